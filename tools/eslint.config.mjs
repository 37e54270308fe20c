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
    // JavaScript has nowhere to write a type: `workerData`, what a function takes and what a codec of one's own returns are `any`
    // there. To pass that on (no-unsafe-argument), to name it (-assignment), to call its methods (-call), to read its properties
    // (-member-access), to add to it (restrict-plus-operands), and to print it (restrict-template-expressions, which does not take
    // numbers either) is what these programs are for. In TypeScript nothing is off.
    files: ["examples/**/*.{mjs,js}"],
    rules: off(
      "no-unsafe-argument",
      "no-unsafe-assignment",
      "no-unsafe-call",
      "no-unsafe-member-access",
      "restrict-plus-operands",
      "restrict-template-expressions",
    ),
  },
);
