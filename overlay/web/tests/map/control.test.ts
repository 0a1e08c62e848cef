// Owns what is promised of the orders that a demo's map gives.

import { expect, test } from "vitest";

import { claim, tokenIn } from "../../src/map/control";

/** Answers as a demo does, and remembers what it was asked. */
class ScriptedDemo {
  readonly asked: (readonly [RequestInfo | URL, RequestInit | undefined])[] = [];

  private readonly answers: readonly (Response | Error)[];

  constructor(answers: readonly (Response | Error)[]) {
    this.answers = answers;
  }

  readonly ask: typeof fetch = (address, how) => {
    const next = this.answers[this.asked.length];
    this.asked.push([address, how]);
    return next instanceof Response
      ? Promise.resolve(next)
      : Promise.reject(next ?? new Error("asked too often"));
  };
}

const answer = (fields: object, status = 200) => new Response(JSON.stringify(fields), { status });

test("the token is what the fragment says it is", () => {
  expect(tokenIn("#token=a-b_c")).toBe("a-b_c");
  expect(tokenIn("#else")).toBeNull();
  expect(tokenIn("")).toBeNull();
});

test("without a token nobody is even asked", async () => {
  const demo = new ScriptedDemo([]);

  expect(await claim("/control", "", demo.ask)).toBeNull();
  expect(demo.asked).toEqual([]);
});

test.each([answer({ ok: false }, 403), answer({ ok: false }, 404), new Error("gone")])(
  "where the token is not taken there are no orders",
  async (refusal) => {
    expect(await claim("/control", "#token=t", new ScriptedDemo([refusal]).ask)).toBeNull();
  },
);

test("orders carry the token, and what became of them is told", async () => {
  const demo = new ScriptedDemo([
    answer({ ok: true }),
    answer({ ok: true, detail: "n1 was killed" }),
    answer({ ok: false, code: "not_now", detail: "n1 does not run" }, 409),
    new Error("gone"),
  ]);
  const give = await claim("/control", "#token=t", demo.ask);
  const order = { do: "kill", node: "id of n1" } as const;

  const outcomes = [await give?.(order), await give?.(order), await give?.(order)];

  expect(outcomes).toEqual([
    { isDone: true, words: "n1 was killed." },
    { isDone: false, words: "Not done: n1 does not run." },
    { isDone: false, words: "The demo does not answer." },
  ]);
  const headers = { authorization: "Bearer t" };
  expect(demo.asked[0]).toEqual(["/control", { headers }]);
  expect(demo.asked[1]).toEqual([
    "/control",
    { method: "POST", headers, body: '{"do":"kill","node":"id of n1"}' },
  ]);
});
