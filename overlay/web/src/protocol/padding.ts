/** Hiding the length of a text but for its size class. docs/protocol.md, section 9.5. */

import { PADDED_BYTES_MAX, PADDED_BYTES_MIN } from "../limits";
import { bigEndian } from "./encoding";
import { RemoteError } from "./errors";

const LENGTH_BYTES = 4;

/** What fits the largest class. */
export const CONTENT_BYTES_MAX = PADDED_BYTES_MAX - LENGTH_BYTES;

function paddedBytes(contentBytes: number): number {
  let size = PADDED_BYTES_MIN;
  while (size < LENGTH_BYTES + contentBytes) size *= 2;
  return size;
}

/** Raises RangeError for more than `CONTENT_BYTES_MAX`. */
export function pad(content: Uint8Array): Uint8Array {
  if (content.length > CONTENT_BYTES_MAX) throw new RangeError("does not fit the largest class");
  const padded = new Uint8Array(paddedBytes(content.length));
  padded.set(bigEndian(content.length, LENGTH_BYTES));
  padded.set(content, LENGTH_BYTES);
  return padded;
}

/** What `pad` hid. Raises `cannot_open` for anything that it does not write. */
export function unpad(padded: Uint8Array): Uint8Array {
  if (padded.length < PADDED_BYTES_MIN || padded.length > PADDED_BYTES_MAX) {
    throw new RemoteError("cannot_open", "padded to a wrong size");
  }
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const isOfItsClass = length <= CONTENT_BYTES_MAX && paddedBytes(length) === padded.length;
  const end = LENGTH_BYTES + length;
  if (!isOfItsClass || padded.subarray(end).some((byte) => byte !== 0)) {
    throw new RemoteError("cannot_open", "not padded as it should be");
  }
  return padded.slice(LENGTH_BYTES, end);
}
