// Owns what is promised of the order of names.

import { expect, test, vi } from "vitest";

import { numerically } from "../../src/map/order";

const collator = new Intl.Collator("en", { numeric: true });
const characters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

/** Short, and of few characters, so that many of them begin alike. */
function namesOf(alphabet: readonly string[], count: number): string[] {
  let state = 1;
  const below = (end: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
  const letter = (): string => alphabet[below(alphabet.length)] ?? "";
  return Array.from({ length: count }, () => Array.from({ length: below(7) }, letter).join(""));
}

test.each([
  ["every character", characters],
  ["figures and letters", Array.from("019aAbB ")],
  ["signs", Array.from("_-.:aA1")],
  ["accents", Array.from("aAeé1ö ")],
])("names of %s are ordered as the browser orders them", (_, alphabet) => {
  const names = namesOf(alphabet, 300);
  const sign = Math.sign;

  const different = names.flatMap((one) =>
    names
      .filter((other) => sign(numerically(one, other)) !== sign(collator.compare(one, other)))
      .map((other) => [one, other]),
  );

  expect(different).toEqual([]);
});

test("what orders the names of all countries is loaded where they are met only", async () => {
  vi.resetModules();
  const load = vi.spyOn(Intl, "Collator").mockImplementation(function () {
    return collator;
  });
  const fresh = await import("../../src/map/order");

  expect(["n10", "N2", "n1-b", "n1"].sort(fresh.numerically)).toEqual(["n1", "n1-b", "N2", "n10"]);
  expect(load).not.toHaveBeenCalled();
  expect(["zoë", "émile"].sort(fresh.numerically)).toEqual(["émile", "zoë"]);
  expect(load).toHaveBeenCalledOnce();
});
