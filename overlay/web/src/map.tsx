/** The start of the map's page: follows the picture that its node pushes, and shows it. */

import { render } from "preact";
import { claim, type Give } from "./map/control";
import { followPicture } from "./map/feed";
import { begin, reduce, type Change } from "./views/map/model";
import { MapPage } from "./views/map/page";
import "./views/page.css";
import "./views/map/map.css";

const EVENTS = "/overlay-map/events";
const CONTROL = "/overlay-map/control";

const place = document.getElementById("page");
if (place === null) throw new Error("overlay-map.html has no element with the id page");

let model = begin;
let give: Give | null = null;

function show(): void {
  if (place !== null) render(<MapPage model={model} give={give} />, place);
}

function happen(change: Change): void {
  model = reduce(model, change);
  show();
}

async function askForOrders(): Promise<void> {
  give = await claim(CONTROL, location.hash);
  show();
}

show();
void askForOrders();
// Whoever pastes the demo's address over that of the same page changes the fragment only.
addEventListener("hashchange", () => void askForOrders());
const feed = followPicture(
  EVENTS,
  (picture) => {
    const nowMs = performance.now();
    happen({ type: "Seen", picture, nowMs, atMs: Date.now() });
  },
  () => {
    happen({ type: "Lost" });
  },
);
addEventListener("pagehide", () => {
  feed.stop();
});
// A page that the browser took out of its memory follows nothing any more.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
