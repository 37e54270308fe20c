// What a strict user's linter says about the examples. Their style is biome's matter.
import tseslint from "typescript-eslint";

const off = (...rules) => Object.fromEntries(rules.map((rule) => [`@typescript-eslint/${rule}`, "off"]));

export default tseslint.config(
  {
    files: ["examples/**/*.{ts,mjs,js}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "./tsconfig.examples.json", tsconfigRootDir: process.cwd() } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
  },
  {
    // JavaScript has nowhere to write a type: what a function takes, and `workerData`, is `any` there. In TypeScript nothing is off.
    files: ["examples/**/*.{mjs,js}"],
    rules: off(
      "no-unsafe-argument",
      "no-unsafe-assignment",
      "no-unsafe-call",
      "no-unsafe-member-access",
      "no-unsafe-return",
      "restrict-plus-operands",
      "restrict-template-expressions",
      "use-unknown-in-catch-callback-variable",
    ),
  },
);
