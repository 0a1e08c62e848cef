// Owns how the page's tests read the golden files that the Python tests read too.

import { readFileSync } from "node:fs";

interface GoldenText {
  kind: string;
  text: string;
  leaf: string;
  index: number;
  path: string[];
}

interface GoldenBatch {
  network: string;
  seed: string;
  signer: string;
  root: string;
  signature: string;
  texts: GoldenText[];
}

export interface GoldenSignatures {
  batches: GoldenBatch[];
}

export interface GoldenChains {
  network: string;
  accounts: [string, string];
  conversation: string;
  origin: string;
  first_key: string;
  chain: string;
  messages: {
    index: number;
    chain_key: string;
    message_key: string;
    content: string;
    padded: string;
    sealed: string;
  }[];
  padding: { content_bytes: number; padded_bytes: number }[];
}

export interface GoldenSealing {
  seed: string;
  public: string;
  key_id: string;
  network: string;
  conversation: string;
  chain: string;
  origin: string;
  recipient: string;
  info: string;
  text: string;
  sealed: string;
}

interface Attempt {
  name: string;
  key: string;
  text: string;
  signature: string;
}

export interface RefusedKeys {
  keys: { name: string; key: string }[];
  signatures: Attempt[];
  control: Attempt;
}

const FOLDER = new URL("../../../tests/vectors/", import.meta.url);

/** The golden file of this name; its shape is asserted by the tests that use it. */
export function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf-8"));
}

/** The bytes of the hexadecimal that published vectors are written in. */
export const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(hex, "hex"));
