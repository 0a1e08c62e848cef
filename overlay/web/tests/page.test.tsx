// @vitest-environment jsdom
// Owns what is promised of the page's outermost element.

import { cleanup, render, screen } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";

import { Page } from "../src/page";

afterEach(cleanup);

test("the page says what it is", () => {
  render(<Page />);

  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Overlay");
});
