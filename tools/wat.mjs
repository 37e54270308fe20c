/**
 * Prints what the optimizer made of kernel functions, from the release build, names kept.
 *
 *   npm run wat -- push        by exported name, or by the end of the source's name: unbounded/push
 *   npm run wat                the names there are
 */
import { readFile } from "node:fs/promises";
import binaryen from "binaryen";
import { decode } from "./wasm.mjs";

const wasm = await readFile(new URL("../build/kernel-release.named.wasm", import.meta.url));
const functions = decode(wasm).functions.filter(({ code }) => code !== undefined);
const [wanted] = process.argv.slice(2);
const found = functions.filter((f) => f.exports.includes(wanted) || f.name === wanted || f.name.endsWith(`/${wanted}`));

if (wanted === undefined) {
  for (const { name, exports, code } of functions)
    console.log(`${exports.join(" = ") || "-"}  ${name}  (${code.length} instructions)`);
} else if (found.length === 0) {
  console.error(`${wanted} is not a function of the release build (inlined into its callers, perhaps)`);
  process.exitCode = 1;
} else {
  const text = binaryen.readBinary(wasm).emitText();
  for (const { name } of found) {
    // In the module's text a function is one block, closed by a parenthesis at its own depth.
    const start = text.indexOf(`\n (func $${name} `) + 1;
    console.log(text.slice(start, text.indexOf("\n )", start) + 3));
  }
}
