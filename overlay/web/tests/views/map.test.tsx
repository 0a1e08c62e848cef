// @vitest-environment jsdom
// Owns what is promised of the map as people and their tools see it.

import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/preact";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

import type { Give, Order } from "../../src/map/control";
import type { MapNode } from "../../src/map/picture";
import { memo } from "../../src/views/map/memo";
import { begin, reduce } from "../../src/views/map/model";
import { MapPage } from "../../src/views/map/page";
import { aLink, aNode, aPicture } from "../map/pictures";

const FAILSAFE_MS = 60_000;
vi.setConfig({ testTimeout: FAILSAFE_MS });

beforeAll(() => {
  // jsdom draws nothing, and so knows no sizes.
  window.matchMedia = () => ({ matches: true }) as MediaQueryList;
  const nothing = (): void => undefined;
  window.ResizeObserver = class {
    observe = nothing;
    disconnect = nothing;
    unobserve = nothing;
  };
});
afterEach(cleanup);

/** A whole map of three nodes; with `orders`, one that takes orders and keeps them there. */
async function open(south: Partial<MapNode> = {}, orders?: Order[]): Promise<void> {
  const picture = {
    ...aPicture(
      [aNode("north", { clients: 2, cutOff: 1 }), aNode("south", south), aNode("west")],
      [aLink("north", "south", "open", 7), aLink("north", "west", "cut")],
    ),
    troubles: [{ who: "east at 127.0.0.1:7", state: "kept_apart", detail: "asked for" }],
  };
  const give: Give | null =
    orders === undefined
      ? null
      : (order) => {
          orders.push(order);
          return Promise.resolve({ isDone: false, words: "Not done: not now." });
        };
  const model = reduce(begin, { type: "Seen", picture, nowMs: 0, atMs: 0 });
  render(<MapPage model={model} give={give} />);
  await screen.findByTestId("troubles-table", {}, { timeout: FAILSAFE_MS });
}

const option = (name: RegExp) => screen.getByRole("option", { name });
const buttons = () => within(screen.getByTestId("details")).queryAllByRole("button");

test("before the first picture there is nothing to see", () => {
  render(<MapPage model={begin} give={null} />);

  expect(screen.getByText("One moment…")).toBeTruthy();
  expect(screen.getByTestId("feed-state").textContent).toBe("connecting");
});

test("nodes are options of one list, of which one is a stop of Tab", async () => {
  await open();

  const options = screen.getAllByRole("option");

  expect(options.map((each) => each.getAttribute("tabindex"))).toEqual(["0", "-1", "-1"]);
  expect(option(/^north, alive, 2 clients, 1 link, its loss/).getAttribute("aria-selected")).toBe(
    "false",
  );
});

test("keys choose a node, whose facts are told", async () => {
  await open();
  const list = screen.getByRole("listbox");

  fireEvent.keyDown(list, { key: "a" });
  fireEvent.keyDown(list, { key: "Enter" });
  fireEvent.keyDown(list, { key: "PageDown" });
  fireEvent.keyDown(list, { key: "PageDown", ctrlKey: true });

  expect(option(/^south/).getAttribute("aria-selected")).toBe("true");
  expect(document.activeElement).toBe(option(/^south/));
  expect(screen.getByTestId("details").textContent).toContain("north: open, 7 ms");
});

test("where nobody takes orders there are no buttons", async () => {
  await open();
  fireEvent.click(option(/^north/));

  expect(buttons()).toEqual([]);
});

test("what cannot be done to a node keeps its button and does nothing", async () => {
  const orders: Order[] = [];
  await open({ state: "dead" }, orders);
  fireEvent.click(option(/^south/));
  const named = (name: string) => screen.getByRole("button", { name });

  await act(() => {
    for (const name of ["Kill south", "Pause south", "Revive south"]) fireEvent.click(named(name));
  });

  expect(named("Kill south").getAttribute("aria-disabled")).toBe("true");
  expect(orders).toEqual([{ do: "revive", node: "id of south" }]);
  expect(await screen.findByText("Not done: not now.")).toBe(screen.getByTestId("outcome"));
});

test("links that stand are cut, and those that are cut are mended", async () => {
  const orders: Order[] = [];
  await open({}, orders);
  fireEvent.click(option(/^north/));

  await act(() => {
    fireEvent.click(screen.getByRole("button", { name: "Cut north and south" }));
    fireEvent.click(screen.getByRole("button", { name: "Mend north and west" }));
  });

  expect(orders).toEqual([
    { do: "cut", node: "id of north", other: "id of south" },
    { do: "mend", node: "id of north", other: "id of west" },
  ]);
});

test("the tables of a large picture come to have all of it", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `n${index + 1}`);
  const nodes = names.map((name) => aNode(name));
  const links = names.flatMap((name, index) =>
    names.slice(index + 1, index + 3).map((other) => aLink(name, other)),
  );
  const seen = { type: "Seen", picture: aPicture(nodes, links), nowMs: 0, atMs: 0 } as const;

  render(<MapPage model={reduce(begin, seen)} give={null} />);

  const rows = (table: string) => [
    ...(screen.queryByTestId(table)?.querySelectorAll("tbody tr") ?? []),
  ];
  await waitFor(
    () => {
      expect(rows("links-table")).toHaveLength(links.length);
    },
    { timeout: FAILSAFE_MS },
  );
  expect(rows("nodes-table").map((row) => row.querySelector("button")?.textContent)).toEqual(names);
  expect(screen.getAllByTestId("node")).toHaveLength(names.length);
});

test("what is kept is drawn anew only for another property, one that comes or goes, too", () => {
  const drawn: (string | undefined)[] = [];
  const Kept = memo(({ words }: { words?: string }) => {
    drawn.push(words);
    return words;
  });
  const { rerender } = render(<Kept words="one" />);

  rerender(<Kept words="one" />);
  rerender(<Kept words="two" />);
  rerender(<Kept />);
  rerender(<Kept />);
  rerender(<Kept words="two" />);

  expect(drawn).toEqual(["one", "two", undefined, "two"]);
});

test("the tables have the same facts, and choose nodes, too", async () => {
  await open();
  fireEvent.click(within(screen.getByTestId("nodes-table")).getByRole("button", { name: "south" }));

  expect(screen.getByRole("heading", { name: "south" })).toBeTruthy();
  const rows = within(screen.getByTestId("links-table")).getAllByRole("row");
  expect(rows.map((row) => row.textContent)).toEqual([
    "betweenstateround trip",
    "north – southopen7 ms",
    "north – westcut–",
  ]);
  expect(screen.getByTestId("troubles-table").textContent).toContain("kept apart");
});
