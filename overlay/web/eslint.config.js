// Owns the lint rules of the page's TypeScript.

import eslint from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const LINES_PER_MODULE_MAX = 400;
const LINES_PER_FUNCTION_MAX = 60;

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
    files: ["tests/**"],
    // A describe block is a function only in form.
    rules: { "max-lines-per-function": "off" },
  },
);
