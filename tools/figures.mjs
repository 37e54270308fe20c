/**
 * Writes what is generated in the documents: what stands between `<!-- figures:NAME -->` and `<!-- /figures -->` is never
 * typed. README.md has figures from the saved runs in bench, docs/mutants.md and docs/proof.md have tables of the
 * mutants in test/check/mutants.
 *
 *   node tools/figures.mjs            rewrites the documents
 *   node tools/figures.mjs --check    says whether they are current, and ends with 1 if not
 *
 * A figure that was not measured reads "not measured", and its ratio is left out.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { median } from "../bench/ratios.mjs";
import { equivalentMutants, faults, hostMutants } from "../test/check/mutants/index.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The saved runs: what bench/threads.mjs saved, and two of `shmol bench`: all of it, and later what sends values from thread to thread. */
const FILES = {
  programs: "bench/programs.json",
  last: "bench/results/last.json",
  payloads: "bench/results/payloads.json",
};

/** Runs by these names. One whose file is not there was not measured. */
const runs = new Map();

function run(name) {
  if (!runs.has(name)) {
    const file = path.join(ROOT, FILES[name]);
    runs.set(name, existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
  }
  return runs.get(name);
}

/** The row of a contender: `last spsc shmol`. */
function row(place) {
  const [file, scenario, ...contender] = place.split(" ");
  return run(file)?.rows.find((row) => row.scenario === scenario && row.contender === contender.join(" "));
}

/** Two digits, as many as the repetitions agree on. */
function two(value) {
  return value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(0) : Number(value).toPrecision(2);
}

/** Millions a second as a bare number, times with their unit. */
function figure(place) {
  const found = row(place);
  if (found?.figures === undefined) return "not measured";
  const { median } = found.figures;
  if (found.unit === "M/s") return two(median);
  return median >= 1000 || found.scenario.startsWith("ping_pong") || found.scenario.startsWith("thousand")
    ? `${two(median / 1000)} µs`
    : `${two(median)} ns`;
}

const bold = (place) => `**${figure(place)}**`;

/** How many times as fast the first is: `12 ×`; nothing where one of them was not measured. */
function times(ours, theirs) {
  const [one, other] = [row(ours), row(theirs)];
  if (one?.figures === undefined || other?.figures === undefined) return "";
  const more = one.figures.median / other.figures.median;
  return `${two(one.unit === "ns" ? 1 / more : more)} ×`;
}

function table(head, rows) {
  const line = (cells) =>
    `|${cells.map((cell) => (cell === "" ? " " : ` ${cell.replaceAll("|", "\\|")} `)).join("|")}|`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

/** `place` of ours, unbounded and bounded, the better one in bold, and a peer. */
function payload([label, scenario]) {
  const [unbounded, bounded, port] = ["shmol", "shmol, bounded(1024)", "MessagePort"].map(
    (who) => `payloads ${scenario} ${who}`,
  );
  const best = rateOf(bounded) > rateOf(unbounded) ? bounded : unbounded;
  const cells = [unbounded, bounded].map((place) => (place === best ? bold(place) : figure(place)));
  return [label, ...cells, figure(port), times(best, port)];
}

const PAYLOADS = [
  ["`i32`", "to_worker-i32"],
  ["`struct` of four numbers", "to_worker-struct"],
  ["`bytes`, 64", "to_worker-bytes64"],
  ["a record, nested", "to_worker-record"],
  ["`utf8`, 32 characters", "to_worker-utf8_32"],
  ["`json`, nested", "to_worker-json"],
  ["`bytes`, 4096", "to_worker-bytes4k"],
];

const RINGBUF = "[ringbuf.js](https://github.com/padenot/ringbuf.js)";

/** What, ours unbounded, ours bounded, a peer, and which of ours is compared with it. */
const WAYS = [
  ["batches of 256", "batch256", "unbounded", "`MessagePort`, a batch a message", "MessagePort"],
  ["", "bounded-batch256", "bounded", "mutex + ring on `Atomics`", "mutex + ring"],
  ["", "ringbuf256", "both", `${RINGBUF}, for one producer and one consumer only`, "ringbuf.js"],
  ["batches of 16", "batch16", "unbounded", "`MessagePort`", "MessagePort"],
  ["", "bounded-batch16", "bounded", "mutex + ring", "mutex + ring"],
  ["", "ringbuf16", "both", "ringbuf.js", "ringbuf.js"],
  ["one at a time", "ringbuf1", "both", "ringbuf.js", "ringbuf.js"],
  ["two producers, two consumers", "mpmc", "unbounded", "mutex + ring", "mutex + ring"],
  ["", "mpmc", "none", "the same algorithm on `Atomics`", "JavaScript Atomics"],
  ["", "bounded-mpmc", "bounded", "mutex + ring", "mutex + ring"],
  ["one thread, push and pop, pairs", "seq", "unbounded", "the same algorithm on `Atomics`", "JavaScript Atomics"],
  ["", "bounded-seq", "bounded", "mutex + ring", "mutex + ring"],
  ["to the main thread, which polls", "to_main-i32", "both", "`worker.postMessage`", "worker.postMessage"],
];

function way([label, scenario, ours, name, peer]) {
  const place = (who) => `last ${scenario} ${who}`;
  const [unbounded, bounded] = [place("shmol"), place("shmol, bounded(1024)")];
  const compared = ours === "bounded" ? bounded : unbounded;
  return [
    label,
    ours === "unbounded" || ours === "both" ? bold(unbounded) : "",
    ours === "bounded" ? bold(bounded) : ours === "both" ? figure(bounded) : "",
    `${name}: ${figure(place(peer))}`,
    times(compared, place(peer)),
  ];
}

const BALLS = [
  ["both block, and are awake", "ping_pong-spinning", true],
  ["both block, and sleep meanwhile", "ping_pong-parked", true],
  ["both `await`", "ping_pong-async", false],
  ["one awaits, one blocks", "ping_pong-async_sync", false],
];

function ball([label, scenario, waits]) {
  const place = (who) => `last ${scenario} ${who}`;
  const [ours, port] = [place("shmol"), place("MessagePort")];
  return [label, bold(ours), figure(port), times(ours, port), waits ? figure(place("Atomics.wait")) : ""];
}

function crowd() {
  const [ours, port] = ["last thousand_listeners shmol", "last thousand_listeners MessagePort"];
  return ["a thousand awaited listeners, each", bold(ours), `${figure(port)}, a message each`, times(ours, port), ""];
}

const MESSAGES = [
  ["`i32`", "i32"],
  ["`bytes`, 64", "bytes64"],
  ["a record, nested", "record"],
  ["`utf8`, 32 characters", "utf8_32"],
  ["`json`, nested", "json"],
];

/** Both ends blocking, between workers; and to a main thread that iterates. */
function messages([label, payload]) {
  const [toWorker, toMain] = [`payloads channel_to_worker-${payload}`, `payloads channel_to_main-${payload}`];
  const best = (places) => places.toSorted((one, other) => rateOf(other) - rateOf(one))[0];
  const sync = best([`${toWorker} channel, sync to sync`, `${toWorker} channel(1024), sync to sync`]);
  const async = best([`${toMain} channel, sync to async`, `${toMain} channel(1024), sync to async`]);
  const [port, parent] = [`${toWorker} MessagePort`, `${toMain} worker.postMessage`];
  return [label, bold(sync), figure(port), times(sync, port), bold(async), figure(parent), times(async, parent)];
}

/** Programs, in words and as bench/shapes names them; and how many workers they have. */
const PROGRAMS = [
  ["workers send `i32`", "fan_in-i32"],
  ["workers send records", "fan_in-record"],
  ["workers send `json`", "fan_in-json"],
  ["a pool, `i32`", "pool-i32"],
  ["a pool, records", "pool-record"],
  ["a pool, `json`", "pool-json"],
];
const WORKERS = [1, 2, 4, 8];

/** What a message takes, and how many times as fast as `postMessage` that is, in time and in processor time. */
function program([label, name]) {
  const cells = WORKERS.map((workers) => {
    const found = run("programs")?.rows.find((row) => row.name === `${name}-${workers}-1024-block`);
    if (found === undefined) return "not measured";
    const [time, processor] = ["ns", "processorNs"].map((measure) => `${two(found.ratios[measure].median)} ×`);
    return `**${two(median(found.pairs.map(({ ours }) => ours.ns)) / 1000)} µs**, ${time}, ${processor}`;
  });
  return [label, ...cells];
}

const rateOf = (place) => row(place)?.figures?.median ?? 0;

/** What each file was measured on. */
function origin(name) {
  const found = run(name);
  if (found === undefined) return [];
  const { cpu, threads, node, date, commit } = found;
  const place = `${cpu}, ${threads} hardware threads, Node ${node.slice(1)}, ${date.slice(0, 10)}`;
  return [`\`${FILES[name]}\`: ${place}${commit === undefined ? "" : `, commit ${commit}`}`];
}

/** Mutants by their sources, in the order of the files of mutants. */
function bySource(mutants, head, cells) {
  const sources = [...new Set(mutants.map(({ file }) => file))];
  const part = (source) => {
    const rows = mutants.filter(({ file }) => file === source).map(cells);
    return `### \`${source}\`\n\n${table(head, rows)}`;
  };
  return sources.map(part).join("\n\n");
}

/** A test, with a link to its file. */
function link(test) {
  const [file, ...titles] = test.split(" > ");
  return `[${path.basename(file)}](../${file}): ${titles.join(": ")}`;
}

/** How many faults there are, and how many of them each check must find. */
function byCheck() {
  const checks = [...new Set(faults.map(({ expect }) => expect))];
  const counts = checks.map((check) => [check, faults.filter(({ expect }) => expect === check).length]);
  const rows = counts.toSorted((one, other) => other[1] - one[1]).map(([check, count]) => [`\`${check}\``, `${count}`]);
  const says = `There are ${faults.length} faults. The table counts them by the check that must find them:`;
  return `${says}\n\n${table(["found by", "faults"], rows)}`;
}

/** What is generated, by document and by name of the section. */
const SECTIONS = {
  "README.md": {
    programs: () => table(["", ...WORKERS.map((n) => (n === 1 ? "1 worker" : `${n} workers`))], PROGRAMS.map(program)),
    payloads: () => table(["elements", "unbounded", "bounded(1024)", "`MessagePort`", ""], PAYLOADS.map(payload)),
    ways: () => table(["", "unbounded", "bounded(1024)", "", ""], WAYS.map(way)),
    channels: () =>
      table(
        ["messages", "worker to worker", "`MessagePort`", "", "to main, awaiting", "`postMessage`", ""],
        MESSAGES.map(messages),
      ),
    events: () => table(["", "`SharedEvent`", "`MessagePort`", "", "`Atomics.wait`"], [...BALLS.map(ball), crowd()]),
    calls: () =>
      [
        `\`notify\` with nobody listening takes ${figure("last notify_no_listener shmol")} (an \`Atomics.load\` ${figure("last notify_no_listener Atomics.load")}),`,
        `\`listen\` and \`drop\` ${figure("last listen_drop shmol")}, and to listen, be notified and wait ${figure("last notify_and_wait shmol, per listener")}.`,
      ].join("\n"),
    runs: () =>
      Object.keys(FILES)
        .flatMap(origin)
        .map((line) => `* ${line}`)
        .join("\n"),
  },
  "docs/proof.md": {
    checks: byCheck,
    hosts: () => `There are ${hostMutants.length} faults in the host's half.`,
  },
  "docs/mutants.md": {
    faults: () =>
      bySource(faults, ["mutant", "what it leads to", "found by"], ({ name, why, expect }) => [name, why, expect]),
    equivalents: () =>
      bySource(equivalentMutants, ["mutant", "why it leads to nothing"], ({ name, why }) => [name, why]),
    hosts: () =>
      bySource(hostMutants, ["mutant", "what it leads to", "found by"], ({ name, why, test }) => [
        name,
        why,
        link(test),
      ]),
  },
};

const SECTION = /(<!-- figures:(\w+) -->\n)([\s\S]*?)(\n<!-- \/figures -->)/g;

/** The text of a document, with its sections as they must be. */
export function filled(document, text) {
  const sections = SECTIONS[document];
  const missing = new Set(Object.keys(sections));
  const result = text.replace(SECTION, (_, begin, name, _old, end) => {
    const section = sections[name];
    if (section === undefined)
      throw new Error(`${document} has a section figures:${name}, of which tools/figures.mjs knows nothing`);
    missing.delete(name);
    return `${begin}${section()}${end}`;
  });
  if (missing.size > 0) throw new Error(`${document} has no section figures:${[...missing].join(", ")}`);
  return result;
}

/** The documents that have generated sections. */
export const documents = Object.keys(SECTIONS);

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const check = process.argv.includes("--check");
  for (const document of documents) {
    const file = path.join(ROOT, document);
    const text = readFileSync(file, "utf8");
    const current = filled(document, text);
    if (text === current) {
      console.log(`${document} is current`);
    } else if (check) {
      console.error(`${document} is not current: npm run figures`);
      process.exitCode = 1;
    } else {
      writeFileSync(file, current);
      console.log(`${document}: rewritten`);
    }
  }
}
