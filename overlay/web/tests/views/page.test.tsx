// @vitest-environment jsdom
// Owns what is promised of the page as people and their tools see it.

import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/preact";
import { afterEach, beforeAll, expect, test } from "vitest";

import type { Fact } from "../../src/machine/facts";
import type { PersonView, Reply, Request } from "../../src/machine/requests";
import type { Entry } from "../../src/machine/state/history";
import { named, type AccountId, type ClientId, type MessageId } from "../../src/protocol/ids";
import { App } from "../../src/views/app";
import type { Talker } from "../../src/views/messenger";

const alice = named<AccountId>("alice's key");
const bob = named<AccountId>("bob's key");
const NOON = 1_700_000_000_000;

beforeAll(() => {
  // jsdom draws nothing, and so knows no widths.
  window.matchMedia = () => ({ matches: false }) as MediaQueryList;
});
afterEach(cleanup);

const person = (isThere: boolean): PersonView => {
  const client = named<ClientId>("bob's client");
  return {
    ...{ account: bob, name: "bob", clients: [client] },
    present: isThere ? [{ client, homeName: "south" }] : [],
  };
};

const line = (sequence: number, more: Partial<Entry>): Entry => ({
  ...{ sequence, place: { kind: "person", account: bob }, from: { account: bob, name: "bob" } },
  ...{ text: "hello", sentAt: NOON, message: null, state: "received", reason: null },
  ...{ followsGap: false, ...more },
});

/** A client of which the test decides what happens to it. */
class ScriptedTalker implements Talker {
  readonly asked: Request[] = [];
  reply: Reply = { type: "Carried" };
  channels: string[] = [];
  private tell: (fact: Fact) => void = () => undefined;

  snapshot() {
    const { channels } = this;
    return { account: alice, people: [person(true)], entries: [], readMarks: new Map(), channels };
  }

  ask(request: Request): Promise<Reply> {
    this.asked.push(request);
    return Promise.resolve(this.reply);
  }

  listen(onFact: (fact: Fact) => void): () => void {
    this.tell = onFact;
    return () => undefined;
  }

  async happens(...facts: Fact[]): Promise<void> {
    await act(() => {
      facts.forEach(this.tell);
    });
  }
}

function open(): ScriptedTalker {
  const talker = new ScriptedTalker();
  render(<App stage={{ type: "talking", talker, name: "alice" }} onName={() => undefined} />);
  return talker;
}

const said = (talker: ScriptedTalker): Request[] =>
  talker.asked.filter(({ type }) => type !== "MarkRead");

test("one names oneself, and cannot go on without a name", () => {
  const names: string[] = [];
  const onName = (name: string) => void names.push(name);
  render(<App stage={{ type: "nameless", isBusy: false }} onName={onName} />);
  const field = screen.getByLabelText<HTMLInputElement>("What should people call you?");

  fireEvent.click(screen.getByTestId("connect-button"));
  expect(screen.getByText("Please type a name.")).toBeTruthy();
  fireEvent.input(field, { target: { value: "  alice " } });
  fireEvent.click(screen.getByTestId("connect-button"));

  expect(names).toEqual(["alice"]);
});

test("a second tab says that the first one is open", () => {
  render(<App stage={{ type: "elsewhere" }} onName={() => undefined} />);

  expect(screen.getByTestId("page-message").textContent).toContain("another tab");
});

test("a person is chosen, written to, and the mark of the message climbs", async () => {
  const talker = open();
  talker.reply = { type: "Queued", message: named<MessageId>("m") };

  fireEvent.click(screen.getByRole("button", { name: /bob/ }));
  const field = screen.getByLabelText("Message to bob");
  fireEvent.input(field, { target: { value: "hi <b>bob</b>" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(said(talker)).toMatchObject([{ type: "Say", to: bob, text: "hi <b>bob</b>" }]);

  const message = named<MessageId>("m");
  await talker.happens({
    type: "EntryAdded",
    entry: line(1, { from: null, message, state: "waiting", text: "hi <b>bob</b>" }),
  });
  const log = screen.getByRole("log");
  expect(within(log).getByTestId("message").dataset["state"]).toBe("waiting");
  expect(within(log).getByTestId("message-text").textContent).toBe("hi <b>bob</b>");
  const step = { ...{ type: "LadderStepped" as const, message }, client: null, reason: null };
  await talker.happens({ ...step, step: "accepted" }, { ...step, step: "delivered" });

  expect(within(log).getByTestId("message").dataset["state"]).toBe("delivered");
  expect(within(log).getByTitle("delivered")).toBeTruthy();
});

test("Shift and Enter begin a new line, and Enter belongs to an input method while it composes", () => {
  const talker = open();
  fireEvent.click(screen.getByRole("button", { name: /bob/ }));
  const field = screen.getByTestId("message-input");
  fireEvent.input(field, { target: { value: "half" } });

  fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
  fireEvent.keyDown(field, { key: "Enter", isComposing: true });

  expect(said(talker)).toEqual([]);
});

test("a text that is declined comes back into the field, with the reason", async () => {
  const talker = open();
  talker.reply = { type: "Declined", code: "too_large", detail: "too long" };
  fireEvent.click(screen.getByRole("button", { name: /bob/ }));
  const field = screen.getByTestId<HTMLTextAreaElement>("message-input");

  fireEvent.input(field, { target: { value: "long" } });
  fireEvent.click(screen.getByTestId("send-button"));

  expect(await screen.findByText("That did not work: too long.")).toBeTruthy();
  expect(field.value).toBe("long");
});

test("what is new is counted until it is looked at", async () => {
  const talker = open();

  await talker.happens({ type: "EntryAdded", entry: line(1, {}) });
  expect(screen.getByTestId("unread").textContent).toBe("1 unread");
  expect(document.title).toBe("(1) Overlay");
  fireEvent.click(screen.getByRole("button", { name: /bob/ }));
  await screen.findByTestId("conversation");
  await talker.happens();

  expect(screen.queryByTestId("unread")).toBeNull();
  expect(talker.asked).toContainEqual({
    type: "MarkRead",
    place: { kind: "person", account: bob },
  });
});

test("who goes away is listed as away", async () => {
  const talker = open();
  expect(screen.getByTestId("person").dataset["online"]).toBe("true");

  await talker.happens({ type: "PersonChanged", person: person(false) });

  expect(within(screen.getByTestId("people-away")).getByTestId("person").textContent).toContain(
    "away",
  );
});

test("changed keys are said loudly until somebody says that they understood", async () => {
  const talker = open();

  await talker.happens({
    ...{ type: "KeysChanged", account: bob, name: "bob" },
    ...{ added: [named<ClientId>("new")], removed: [] },
  });
  const alert = screen.getByRole("alert");
  expect(alert.textContent).toContain("The keys of bob changed");
  fireEvent.click(within(alert).getByRole("button", { name: "I understand" }));

  expect(alert.textContent).toBe("");
});

test("a channel is joined, marked as public, and left", async () => {
  const talker = open();
  talker.channels = ["garden"];

  fireEvent.input(screen.getByTestId("channel-field"), { target: { value: "garden" } });
  fireEvent.click(screen.getByTestId("join-button"));
  expect(await screen.findByTestId("channel")).toBeTruthy();
  expect(screen.getByText("Public: anyone can read what is said here")).toBeTruthy();
  talker.channels = [];
  fireEvent.click(screen.getByTestId("leave-button"));
  await talker.happens();

  expect(said(talker)).toMatchObject([
    { type: "JoinChannel", channel: "garden" },
    { type: "LeaveChannel", channel: "garden" },
  ]);
});

test.each(["two words", "#garden", ""])("%j is no channel", (name) => {
  const talker = open();

  fireEvent.input(screen.getByTestId("channel-field"), { target: { value: name } });
  fireEvent.click(screen.getByTestId("join-button"));

  expect(said(talker)).toEqual([]);
});

test("a gap, and why something waits, are said in words", async () => {
  const talker = open();
  fireEvent.click(screen.getByRole("button", { name: /bob/ }));
  const message = named<MessageId>("m");

  await talker.happens(
    { type: "EntryAdded", entry: line(1, { followsGap: true }) },
    {
      type: "EntryAdded",
      entry: line(2, { from: null, message, state: "accepted", reason: "away" }),
    },
  );

  expect(screen.getByText("Something that was said before this is missing.")).toBeTruthy();
  expect(screen.getByText("Waiting: not there right now")).toBeTruthy();
});

test("a day is named once, also around a notice that has no time of its own", async () => {
  const talker = open();
  fireEvent.click(screen.getByRole("button", { name: /bob/ }));
  const notice = line(2, { state: "notice", reason: "keys_changed", sentAt: 0 });
  const entries = [line(1, {}), notice, line(3, {}), line(4, { sentAt: NOON + 48 * 3_600_000 })];

  await talker.happens(...entries.map((entry) => ({ type: "EntryAdded", entry }) as const));

  expect(screen.getByRole("log").querySelectorAll(".day")).toHaveLength(2);
});
