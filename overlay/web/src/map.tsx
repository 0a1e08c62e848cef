/** The start of the map's page: follows the picture that its node pushes, and shows it. */

import { render } from "preact";
import { followPicture } from "./map/feed";
import { begin, reduce, type Change } from "./views/map/model";
import { MapPage } from "./views/map/page";
import "./views/page.css";
import "./views/map/map.css";

const EVENTS = "/overlay-map/events";

const place = document.getElementById("page");
if (place === null) throw new Error("overlay-map.html has no element with the id page");

let model = begin;

function happen(change: Change): void {
  model = reduce(model, change);
  if (place !== null) render(<MapPage model={model} />, place);
}

render(<MapPage model={model} />, place);
const feed = followPicture(
  EVENTS,
  (picture) => {
    happen({ type: "Seen", picture, at: new Date().toLocaleTimeString() });
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
