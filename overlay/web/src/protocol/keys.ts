/** Ed25519 public keys and signatures, with the refusals of docs/protocol.md, section 3.4. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { VERIFY_KEYS_MAX } from "../limits";
import { concat, decode, littleEndian } from "./encoding";
import { RemoteError } from "./errors";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
type PublicPoint = InstanceType<typeof Point>;

/**
 * Verifies signatures, remembering which keys are sound.
 *
 * Stricter than RFC 8032 allows, and exactly as strict as every other
 * implementation of this overlay has to be: keys and R decode canonically
 * (`zip215` false), keys lie in the prime-order group, R has no small order, S is
 * below the group order, and the equation is checked without the cofactor.
 * The library's own `verify` multiplies by the cofactor and so takes signatures
 * that the nodes refuse.
 */
export class PublicKeys {
  private readonly points = new Map<string, PublicPoint>();

  /** Raises `bad_key` for text that is no point of the prime-order group. */
  check(id: string): void {
    this.pointOf(id);
  }

  /** Raises `bad_key`, or `bad_signature` where `signature` is not that key's over `message`. */
  verify(id: string, message: Uint8Array, signature: Uint8Array): void {
    const key = this.pointOf(id);
    if (!isSignature(key, decode(id, 32), message, signature)) {
      throw new RemoteError("bad_signature", "the signature does not verify");
    }
  }

  private pointOf(id: string): PublicPoint {
    const known = this.points.get(id);
    if (known !== undefined) return known;
    const point = readKey(id);
    if (this.points.size >= VERIFY_KEYS_MAX) {
      for (const oldest of this.points.keys()) {
        this.points.delete(oldest);
        break;
      }
    }
    this.points.set(id, point);
    return point;
  }
}

function readKey(id: string): PublicPoint {
  const point = decodePoint(decode(id, 32));
  if (point === null || point.isSmallOrder() || !point.isTorsionFree()) {
    throw new RemoteError("bad_key", "no point of the prime-order group");
  }
  return point;
}

function decodePoint(bytes: Uint8Array): PublicPoint | null {
  try {
    return Point.fromBytes(bytes, false);
  } catch {
    return null; // not canonical, or not on the curve: the library says so by throwing
  }
}

function isSignature(
  key: PublicPoint,
  keyBytes: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (signature.length !== 64) return false;
  const rBytes = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const r = decodePoint(rBytes);
  if (s >= ORDER || r === null || r.isSmallOrder()) return false;
  const challenge = littleEndian(sha512(concat(rBytes, keyBytes, message))) % ORDER;
  return Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge)).equals(r);
}
