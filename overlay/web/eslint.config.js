// Owns the lint rules of the page's TypeScript.

import eslint from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const LINES_PER_MODULE_MAX = 400;
const LINES_PER_FUNCTION_MAX = 60;

// What a pure module must be handed instead of taking it.
const OUTSIDE = [
  ...["Date", "performance", "setTimeout", "setInterval", "queueMicrotask", "crypto"],
  ...["WebSocket", "indexedDB", "localStorage", "navigator", "document", "window", "location"],
  ...["fetch", "console"],
];

const above = (...layers) =>
  layers.map((layer) => ({
    regex: `^(\\.\\./)+${layer}/`,
    message: "Lower layers do not know those above them.",
  }));

const ours = {
  "max-lines": ["error", LINES_PER_MODULE_MAX],
  "max-lines-per-function": ["error", LINES_PER_FUNCTION_MAX],
  "no-restricted-properties": [
    "error",
    { object: "Math", property: "random", message: "Use crypto.getRandomValues." },
  ],
  eqeqeq: "error",
  "@typescript-eslint/switch-exhaustiveness-check": "error",
  "@typescript-eslint/consistent-type-imports": "error",
  // A number in a template is what templates are for.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
};

export default defineConfig(
  { ignores: ["dist/", "node_modules/"] },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [
      eslint.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    plugins: { "react-hooks": reactHooks },
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ["vite.config.ts"] } },
    },
    rules: {
      ...ours,
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
    },
  },
  {
    files: ["src/protocol/**", "src/machine/**"],
    rules: {
      "no-restricted-globals": ["error", ...OUTSIDE],
      "no-restricted-imports": ["error", { patterns: above("runtime", "views") }],
    },
  },
  {
    files: ["src/protocol/**"],
    rules: {
      "no-restricted-imports": ["error", { patterns: above("machine", "runtime", "views") }],
    },
  },
  {
    files: ["src/runtime/**"],
    rules: { "no-restricted-imports": ["error", { patterns: above("views") }] },
  },
  {
    // Parts know each other's types; how they are joined is known to the assembly alone.
    files: ["src/machine/parts/**"],
    rules: {
      "no-restricted-imports": "off",
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          patterns: [
            ...above("runtime", "views"),
            { regex: "^\\./", allowTypeImports: true, message: "A part imports no other part." },
          ],
        },
      ],
    },
  },
  {
    files: ["tests/**"],
    // A describe block is a function only in form.
    rules: { "max-lines-per-function": "off" },
  },
);
