// Owns the page's start: it draws the page into the document.

import { render } from "preact";

import { Page } from "./page";

const place = document.getElementById("page");
if (place === null) {
  throw new Error("index.html has no element with the id page");
}
render(<Page />, place);
