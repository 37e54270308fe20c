/**
 * Makes the model build's sources out of the kernel's: tells every call of the facade which call site it is, and marks the
 * places where V8 could stop a thread. Plain text work on the project's own style; the sources stay free of it.
 *
 *   load64(tail + INDEX)        ->  load64(tail + INDEX, 17)          17: src/queue/kernel/unbounded.ts:143 push
 *   while (true) {              ->  while (true) { safepoint();       a loop header
 *   function take(...) {        ->  function take(...) { safepoint(); a function entry; only of functions that the release
 *                                                                     build still has, for the others were inlined
 *   take(cls, ...)              ->  after(take(cls, ...))             V8's baseline code also stops when a call returns
 */
import path from "node:path";

const FACADE =
  "load8 load32 load64 store8 store32 store64 add64 sub32 sub64 or64 swap32 swap64 cas32 cas64 read32 read64 readF64 write32 write64 writeF64 copy wipe zero wait32 notify snooze".split(
    " ",
  );
/** Files that are the instrument, or are not run by threads. */
const PLAIN = /(atomic|instrument|status|backoff)\.ts$/;

/**
 * An `edit` for buildKernel. Fills `sites` with one line for each site number; `survivors` are the names of functions that
 * the release build has, as "alloc/take".
 */
export function instrument(root, sites, survivors) {
  sites.length = 0;
  sites.push("no site");
  /** By name: asc asks for a file again when several import it, and its sites have one number each. */
  const made = new Map();
  return (file, text) => {
    const name = path.relative(root, file).split(path.sep).join("/");
    if (!/\/kernel\/[^/]*\.ts$/.test(name) || PLAIN.test(name)) return text;
    const again = made.get(name);
    if (again !== undefined) return again;
    const stem = path.basename(name, ".ts");
    const mine = new Set(survivors.filter((s) => s.startsWith(`${stem}/`)).map((s) => s.slice(stem.length + 1)));
    const all = new Map(survivors.map((s) => [s.slice(s.indexOf("/") + 1), s]));
    let out = numberSites(text, name, sites);
    out = markReturns(out, [...all.keys()]);
    out = out.replace(/^( *)((?:while|for) \(.*\) \{)$/gm, "$1$2 safepoint();");
    out = out.replace(/^(?:export )?function (\w+)\((?:[^{}]|\n)*?\{$/gm, (head, fn) =>
      mine.has(fn) ? `${head} safepoint();` : head,
    );
    const up = path.posix.relative(path.posix.dirname(name), "src/heap/kernel/instrument").replace(/^(?!\.)/, "./");
    out = `import { after, safepoint } from "${up}"; ${out}`;
    made.set(name, out);
    return out;
  };
}

/** Appends the site's number to the arguments of every facade call. From the end, so that inner calls come first. */
function numberSites(text, name, sites) {
  const pattern = new RegExp(`(?<![\\w.])(${FACADE.join("|")})\\(`, "g");
  const code = withoutComments(text);
  const calls = [...code.matchAll(pattern)].filter(({ index }) => {
    const before = code.slice(code.lastIndexOf("\n", index), index);
    return !before.endsWith("function ") && !before.includes("BUILD == 1");
  });
  const first = sites.length;
  for (const { index } of calls) sites.push(describe(text, index, name));
  let out = text;
  for (const [i, call] of [...calls.entries()].reverse()) {
    const close = closing(out, call.index + call[0].length);
    out = `${out.slice(0, close)}, ${first + i}${out.slice(close)}`;
  }
  return out;
}

/** Marks the return of every call to a function that the release build still calls. */
function markReturns(text, names) {
  const code = withoutComments(text);
  const pattern = new RegExp(`(?<![\\w.])(${names.join("|")})\\(`, "g");
  let out = text;
  for (const call of [...code.matchAll(pattern)].reverse()) {
    if (/function $/.test(code.slice(0, call.index))) continue;
    const close = closing(out, call.index + call[0].length);
    // A statement of its own, perhaps under an `if` without braces: its value, if it has one, goes nowhere.
    const statement = /(\n|\)) *$/.test(out.slice(0, call.index)) && out[close + 1] === ";";
    if (statement) {
      out = `${out.slice(0, call.index)}{ ${out.slice(call.index, close + 2)} safepoint(); }${out.slice(close + 2)}`;
    } else out = `${out.slice(0, call.index)}after(${out.slice(call.index, close + 1)})${out.slice(close + 1)}`;
  }
  return out;
}

/** Blanks comments out, so that positions stay. */
function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) => comment.replace(/[^\n]/g, " "));
}

/** Where the parenthesis closes that opened before `at`. */
function closing(text, at) {
  for (let depth = 1, i = at; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  throw new Error(`a parenthesis does not close: ${text.slice(at, at + 60)}`);
}

/** A site as a schedule prints it. */
function describe(text, index, name) {
  const before = text.slice(0, index);
  const line = before.split("\n").length;
  const fn = [...before.matchAll(/function (\w+)\(/g)].at(-1)?.[1];
  return `${name}:${line} ${fn}: ${text.split("\n")[line - 1].trim()}`;
}
