// Owns what is promised of the small structures under the machine's parts.

import { expect, test } from "vitest";

import { rangesOf } from "../../src/machine/parts/receipts";
import { ReplayWindows } from "../../src/machine/state/window";
import { named, type ChainId } from "../../src/protocol/ids";
import { SeededRandom } from "./keys";

const chain = named<ChainId>("A".repeat(43));

test("a counter is taken once, and not far below the highest", () => {
  const windows = new ReplayWindows();
  const take = (counter: number) => windows.take("alice", 1, counter);

  expect([take(5_000), take(5_000), take(4_999), take(2_953), take(2_952)]).toEqual([
    true,
    false,
    true,
    true,
    false,
  ]);
});

test("a newer incarnation begins anew, and an older one is over", () => {
  const windows = new ReplayWindows();

  expect(windows.take("alice", 1, 7)).toBe(true);
  expect(windows.take("alice", 2, 7)).toBe(true);
  expect(windows.take("alice", 1, 8)).toBe(false);
  expect(windows.take("bob", 1, 7)).toBe(true);
});

test("a window agrees with remembering everything", () => {
  const random = new SeededRandom("window");
  const windows = new ReplayWindows();
  const taken = new Set<number>();
  let highest = 0;

  for (let turn = 0; turn < 5_000; turn++) {
    const counter = Math.max(1, Math.floor(turn + 4_000 * (random.fraction() - 0.5)));
    const isExpected = !taken.has(counter) && counter > highest - 2_048;
    expect(windows.take("alice", 1, counter)).toBe(isExpected);
    if (isExpected) taken.add(counter);
    highest = Math.max(highest, isExpected ? counter : 0);
  }
});

test("indices become rising ranges, in pieces that a receipt can hold", () => {
  const odd = Array.from({ length: 65 }, (_, at) => 2 * at + 1);

  expect(rangesOf(chain, [4, 1, 3, 0, 9])).toEqual([
    {
      chain,
      ranges: [
        [0, 1],
        [3, 4],
        [9, 9],
      ],
    },
  ]);
  expect(rangesOf(chain, odd).map(({ ranges }) => ranges.length)).toEqual([64, 1]);
});
