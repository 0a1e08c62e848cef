// Owns that the golden frames are read and refused here as nodes read and refuse them.
// docs/protocol.md, sections 1.2 and 11.

import { describe, expect, test } from "vitest";

import { decodeFrame } from "../../src/protocol/codec";
import { RemoteError } from "../../src/protocol/errors";
import { golden } from "../golden";

interface GoldenFrames {
  read: { frame: string; messages: unknown[] }[];
  refused: { name: string; frame: string; code: string }[];
}

const { read, refused } = golden("golden_frames.json") as GoldenFrames;

describe("a golden frame is read", () => {
  test.each(read)("$frame", ({ frame, messages }) => {
    expect(decodeFrame(frame)).toEqual(messages);
  });
});

describe("a golden bad frame is refused", () => {
  test.each(refused)("$name", ({ frame, code }) => {
    const reading = (): unknown => decodeFrame(frame);

    expect(reading).toThrow(RemoteError);
    expect(reading).toThrow(expect.objectContaining({ code }));
  });
});
