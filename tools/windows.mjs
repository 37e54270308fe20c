/**
 * The window check. A terminated thread stops only at safepoints, so whatever takes shared state (the claim) must give it
 * back (the publish) before the next one: no loop, call, return or trap in between, on any path. Source order proves
 * nothing about that, so this reads the release binary itself, against the table in windows.json:
 *
 *   "pop":  [{ "claim": "i64.atomic.rmw.cmpxchg", "nth": 1,
 *              "writes": ["i64.atomic.rmw.add", "i32.atomic.store offset=8, i64.atomic.rmw.add, i64.atomic.rmw.add"] }],
 *   "lock": [{ "claim": "i32.atomic.rmw.cmpxchg", "nth": 1, "publish": ["i32.atomic.store"] },
 *            { "single": "i64.atomic.rmw.cmpxchg", "nth": 2, "why": "links a finished block in, publishes by itself" }]
 *
 * `pop` is an exported name, or else a function's name in `--list`. `nth` counts that instruction in that function from 1
 * and may be a list. A window is described in one of two ways:
 *   writes    everything that is written between the claim and the first safepoint, one entry for each way that may go; so
 *             nothing of what the claim owes is left for later. Each way must exist, and there must be no other. An "op?"
 *             stands for two ways, with it and without: cells that are nobody's get no store (heap/kernel/cells.ts)
 *   publish   the instructions that every path must pass in this order, the last of which ends the window: "op",
 *             "op offset=8" for that offset only, "op|op" for either
 * A claim by another rmw than cmpxchg always succeeds, unless `when` gives the result with which it does. Every cmpxchg of
 * the binary must be in the table.
 *
 *   node tools/windows.mjs                  checks the release build, and that the checked one calls nothing in its windows
 *   node tools/windows.mjs --list [NAME]    prints each cmpxchg and what follows its success, up to the first safepoint
 *   node tools/windows.mjs --self-test      checks that the deliberately bad kernels in fixtures/ are refused
 */
import { readdir, readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import binaryen from "binaryen";
import { codeOf, decode } from "./wasm.mjs";
import { Flow } from "./window-paths.mjs";

const at = (relative) => new URL(relative, import.meta.url);

/**
 * Checks the windows of a kernel. `shipped`: the bytes that users run; `named`: the same code with function names.
 * Answers how many windows and single-step claims hold, and one sentence for everything that does not.
 */
export function checkWindows({ shipped, named, table }) {
  const problems = [];
  if (Buffer.compare(codeOf(shipped), codeOf(named)) !== 0) problems.push("the named binary is not the shipped code");
  const module = decode(named);
  let windows = 0;
  let singles = 0;
  for (const name of Object.keys(table)) {
    if (!module.functions.some((func) => answersTo(func, name)))
      problems.push(`${name}: no such function in the binary`);
  }
  for (const func of module.functions.filter(({ code }) => code !== undefined)) {
    const name = nameOf(func);
    const entries = Object.keys(table)
      .filter((key) => answersTo(func, key))
      .flatMap((key) => table[key]);
    const flow = new Flow(module, func);
    const declared = new Map();
    for (const entry of entries) {
      for (const nth of [entry.nth].flat()) {
        const op = entry.claim ?? entry.single;
        const where = `${name}: ${op} #${nth}`;
        const start = occurrences(func, op)[nth - 1];
        if (start === undefined) problems.push(`${where} is in the table but not in the binary`);
        else if (declared.has(start)) problems.push(`${where} is in the table twice`);
        else if (entry.single !== undefined) {
          if (entry.why) singles++;
          else problems.push(`${where} publishes by itself, but the table does not say why`);
        } else {
          const reasons = entry.writes === undefined ? openEnds(flow, start, entry) : otherWays(flow, start, entry);
          if (reasons.length === 0) windows++;
          for (const reason of reasons) problems.push(`${where} ${reason}`);
        }
        declared.set(start, entry);
      }
    }
    for (const [op, starts] of claims(func)) {
      for (const [i, start] of starts.entries()) {
        if (!declared.has(start)) problems.push(`${name}: ${op} #${i + 1} is not in the table`);
      }
    }
  }
  return { windows, singles, problems };
}

/**
 * The checked build's windows. What verifies an address in them may refuse it, which throws; any other call, so one to a
 * facade function that grew too large to be inlined, would be a safepoint. (To refuse a block it looks up what lies there,
 * for the message.) Answers one sentence for each. Claims that are
 * inlined elsewhere in that build are not looked at.
 */
function checkedProblems(named, table) {
  const module = decode(named);
  const problems = [];
  for (const func of module.functions.filter(({ code }) => code !== undefined)) {
    const flow = new Flow(module, func);
    const entries = Object.keys(table)
      .filter((key) => answersTo(func, key))
      .flatMap((key) => table[key]);
    for (const { claim, nth, writes } of entries) {
      if (writes === undefined) continue;
      const ways = waysOf(writes);
      const start = occurrences(func, claim)[nth - 1];
      for (const { ops, at, stops } of start === undefined ? [] : flow.paths(start)) {
        const wrote = ops.map((op) => describe(flow, op)).join(", ");
        const refuses = /^call (#0|heap\/kernel\/verify\/refuse|heap\/kernel\/classes\/classAt)$/.test(
          describe(flow, at),
        );
        if (stops.startsWith("calls") && !refuses && !ways.includes(wrote)) {
          problems.push(
            `${nameOf(func)}: ${claim} #${nth} of the checked build: ${describe(flow, at)} after ${wrote || "nothing"}`,
          );
        }
      }
    }
  }
  return problems;
}

/** Why a window is none: one reason for each way in which a path from its claim ends before the publish. */
function openEnds(flow, start, { publish, when }) {
  const tests = publish.map((pattern) => (instruction) => matches(pattern, instruction));
  const reasons = flow
    .paths(start, { publish: tests, when })
    .filter(({ stops }) => stops !== undefined)
    .map(({ stops, at }) => `${stops} before ${publish.join(", ")} (instruction ${at}, ${describe(flow, at)})`);
  return [...new Set(reasons)];
}

/** Why a window is none: its writes before the first safepoint are not the declared ones. */
function otherWays(flow, start, { writes, when }) {
  const paths = flow.paths(start, { when });
  const found = new Set(paths.map(({ ops }) => ops.map((at) => describe(flow, at)).join(", ")));
  const declared = new Set(waysOf(writes));
  const reasons = [];
  for (const { stops, at } of paths) {
    if (/cannot tell|never reached|too many|looked/.test(stops)) reasons.push(`${stops} (instruction ${at})`);
  }
  for (const way of found) {
    if (!declared.has(way)) reasons.push(`writes before its first safepoint: ${way || "nothing"}`);
  }
  for (const way of declared) if (!found.has(way)) reasons.push(`never writes ${way} before its first safepoint`);
  return [...new Set(reasons)];
}

/** All ways that a window's `writes` stand for. */
function waysOf(writes) {
  return writes.flatMap((line) => {
    let ways = [[]];
    for (const word of line === "" ? [] : line.split(", ")) {
      const op = word.replace(/\?$/, "");
      const taken = ways.map((way) => [...way, op]);
      ways = op === word ? taken : [...ways, ...taken];
    }
    return ways.map((way) => way.join(", "));
  });
}

function matches(pattern, { op, offset }) {
  return pattern.split("|").some((one) => one === op || one === `${op} offset=${offset}`);
}

function describe(flow, at) {
  const { op, index, offset } = flow.code[at];
  if (op.startsWith("call") && op !== "call_indirect") return `${op} ${nameOf(flow.module.functions[index])}`;
  return offset ? `${op} offset=${offset}` : op;
}

const nameOf = (func) => func.exports[0] ?? func.name;
const answersTo = (func, name) => func.code !== undefined && (func.exports.includes(name) || func.name === name);

function occurrences(func, op) {
  return func.code.flatMap((instruction, at) => (instruction.op === op ? [at] : []));
}

/** Every cmpxchg of a function, by instruction. */
function claims(func) {
  const ops = new Set(func.code.map(({ op }) => op).filter((op) => op.includes("cmpxchg")));
  return [...ops].map((op) => [op, occurrences(func, op)]);
}

/** What one reads to fill in the table. */
function list(named, only) {
  const module = decode(named);
  for (const func of module.functions.filter(({ code }) => code !== undefined)) {
    if (only !== undefined && !answersTo(func, only)) continue;
    const flow = new Flow(module, func);
    for (const [op, starts] of claims(func)) {
      for (const [i, start] of starts.entries()) {
        console.log(`${func.exports.join(" = ") || func.name}: ${op} #${i + 1} (instruction ${start})`);
        const lines = flow
          .paths(start)
          .map(
            ({ ops, at, stops }) =>
              `${ops.map((o) => `${describe(flow, o)}, `).join("")}${stops} (${describe(flow, at)})`,
          );
        for (const line of new Set(lines)) console.log(`    ${line}`);
      }
    }
  }
}

/** Each fixture says in its first line whether it must be accepted or for what reason refused. */
async function selfTest() {
  const standard = { f: [{ claim: "i64.atomic.rmw.cmpxchg", nth: 1, publish: ["i64.atomic.rmw.or"] }] };
  let failed = 0;
  for (const file of (await readdir(at("fixtures/"))).sort()) {
    const text = await readFile(at(`fixtures/${file}`), "utf8");
    const [, verdict, reason] = /^;; (accepted|refused)(?:: (.*))?$/m.exec(text);
    const table = JSON.parse(/^;; table: (.*)$/m.exec(text)?.[1] ?? "null") ?? standard;
    const bytes = assemble(text);
    const { problems } = checkWindows({ shipped: bytes, named: bytes, table });
    const right =
      verdict === "accepted" ? problems.length === 0 : problems.length > 0 && problems.every((p) => p.includes(reason));
    if (!right) failed++;
    console.log(`${right ? "ok   " : "WRONG"} ${file}: ${problems.join("; ") || "accepted"}`);
  }
  return failed;
}

/** A fixture's text as a binary with names, not optimized. */
export function assemble(text) {
  const module = binaryen.parseText(text);
  binaryen.setDebugInfo(true);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** The release build: the bytes that dist carries, their named twin, and the table of their windows. */
export async function release() {
  const { releaseKernel } = await import(at("../dist/internals.js"));
  const named = new Uint8Array(await readFile(at("../build/kernel-release.named.wasm")));
  const table = JSON.parse(await readFile(at("windows.json"), "utf8"));
  return { shipped: new Uint8Array(Buffer.from(releaseKernel, "base64")), named, table };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [mode, name] = process.argv.slice(2);
  if (mode === "--list") list((await release()).named, name);
  else if (mode === "--self-test") process.exitCode = (await selfTest()) > 0 ? 1 : 0;
  else {
    const { windows, singles, problems } = checkWindows(await release());
    const checked = new Uint8Array(await readFile(at("../build/kernel-checked.named.wasm")));
    problems.push(...checkedProblems(checked, (await release()).table));
    for (const problem of problems) console.error(problem);
    console.log(`${windows} windows closed, ${singles} single-step claims, ${problems.length} problems`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
