/** Where a machine's randomness comes from: handed in, so that a test can repeat a run. */

export interface Random {
  /** Fresh secret bytes. */
  bytes(sizeBytes: number): Uint8Array;
  /** At least 0 and below 1, for waits; not secret. */
  fraction(): number;
}
