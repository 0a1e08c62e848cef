/** Bytes and text: UTF-8, strict base64url, length prefixes. docs/protocol.md, introduction. */

import { sha256 } from "@noble/hashes/sha2.js";
import { RemoteError } from "./errors";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const VALUES: ReadonlyMap<string, number> = new Map(
  Array.from(ALPHABET, (character, value) => [character, value]),
);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Raises `malformed` for bytes that are not UTF-8. */
export function readUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new RemoteError("malformed", "not UTF-8");
  }
}

/** Unpadded base64url. */
export function encode(bytes: Uint8Array): string {
  const characters: string[] = [];
  let spare = 0;
  let spareBits = 0;
  for (const byte of bytes) {
    spare = (spare << 8) | byte;
    spareBits += 8;
    while (spareBits >= 6) {
      spareBits -= 6;
      characters.push(ALPHABET.charAt((spare >> spareBits) & 63));
    }
    spare &= (1 << spareBits) - 1;
  }
  if (spareBits > 0) characters.push(ALPHABET.charAt((spare << (6 - spareBits)) & 63));
  return characters.join("");
}

/**
 * The bytes of unpadded base64url, of exactly `sizeBytes` where that is given.
 *
 * Raises `malformed` for padding, another alphabet, a size that cannot be, or
 * spare bits that are not zero: so every value has exactly one text.
 */
export function decode(text: string, sizeBytes?: number): Uint8Array {
  const size = Math.floor((text.length * 6) / 8);
  if (text.length % 4 === 1 || (sizeBytes !== undefined && size !== sizeBytes)) {
    throw new RemoteError("malformed", "base64url of another size");
  }
  const bytes = new Uint8Array(size);
  let spare = 0;
  let spareBits = 0;
  let at = 0;
  for (const character of text) {
    const value = VALUES.get(character);
    if (value === undefined) throw new RemoteError("malformed", "not base64url");
    spare = (spare << 6) | value;
    spareBits += 6;
    if (spareBits >= 8) {
      spareBits -= 8;
      bytes[at++] = spare >> spareBits;
      spare &= (1 << spareBits) - 1;
    }
  }
  if (spare !== 0) throw new RemoteError("malformed", "base64url with spare bits");
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whole numbers as `sizeBytes` bytes, big-endian. */
export function bigEndian(value: number, sizeBytes: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  if (sizeBytes === 4) view.setUint32(0, value);
  else view.setBigUint64(0, BigInt(value));
  return bytes;
}

/** The number that these bytes are, the least significant first. */
export const littleEndian = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);

/** `lp(a, b, …)`: each part preceded by its length as four bytes; text as UTF-8. */
export function lengthPrefixed(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const all = parts.flatMap((part) => {
    const bytes = typeof part === "string" ? utf8(part) : part;
    return [bigEndian(bytes.length, 4), bytes];
  });
  return concat(...all);
}

/** SHA-256 of the length-prefixed parts. */
export const hashOf = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  sha256(lengthPrefixed(...parts));

export const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);
