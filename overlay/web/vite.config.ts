// Owns how the page is built and how its unit tests run.

import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

const NO_NODE = new URL("src/runtime/no_node.ts", import.meta.url);

export default defineConfig(({ command }) => ({
  resolve: {
    // Tests run on Node, whose own crypto is the right one.
    alias: command === "build" ? { crypto: fileURLToPath(NO_NODE) } : {},
  },
  // Relative, so that the page also works behind a path of somebody's proxy.
  base: "./",
  build: {
    target: "es2022",
    // The page's policy forbids inline scripts and data: addresses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    rolldownOptions: { input: ["index.html", "overlay-map.html"] },
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    // Tests of what is drawn ask for jsdom in their first line. It is not the default because its
    // Uint8Array is another class than Node's, which breaks cryptography.
    environment: "node",
    testTimeout: 20_000,
  },
}));
