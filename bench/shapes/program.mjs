// @ts-check
/**
 * One run of a shape (index.mjs), and each of its threads: `node program.mjs SETTINGS`, as JSON. Prints what it took.
 *
 * Threads are sources, relays and sinks; main may also be a pool, which is a source and a sink. Between them are links. A run has
 * a warm-up and a round that is measured, each with links of its own. A round begins when all threads stand before the gate, and
 * ends when the links are closed.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, MessageChannel, MessagePort, Worker, workerData } from "node:worker_threads";
import { channels } from "./channels.mjs";
import { payloads, SENDER, Tally } from "./messages.mjs";
import { ports } from "./ports.mjs";

/** The words of the gate: how many threads stand before it, and for each round whether it is open. */
const READY = 0;
const OPEN = 1;
/** The others have come to the gate by then, or never will. */
const PATIENCE_MS = 30_000;
/** Jobs for each worker of a pool. */
const UNDER_WAY = 64;
/** The message that a thread sends twice, or dies at, if it is to do something wrong. */
const TRIGGER = 100;

/**
 * @template E
 * @typedef {object} Work What a thread does in one round.
 * @property {E} ends
 * @property {boolean} blocks Or awaits.
 * @property {number} first What its messages' words begin with: who it is.
 * @property {number} items
 * @property {number} underWay
 * @property {(word: number) => any} make
 * @property {(message: any) => number} wordOf
 * @property {(message: any, by: number) => any} change
 * @property {Tally} tally
 */
/**
 * @typedef {"source" | "relay" | "sink" | "pool" | "idle"} Role
 * @typedef {{ out?: any, into?: any }} Ends
 * @typedef {import("./index.mjs").Settings} Settings
 * @typedef {{ settings: Settings, role: Role, index: number, rounds: Ends[], gate: Int32Array, reports?: MessagePort }} Part
 * @typedef {{ count: number, sum: number, ended: number }} Report
 */

const now = () => Number(process.hrtime.bigint());

/** The threads of a shape, main first. @param {Settings} settings @returns {Role[]} */
function rolesOf({ shape, workers }) {
  const many = (/** @type {Role} */ role) => /** @type {Role[]} */ (Array(workers).fill(role));
  if (shape === "fan_in") return ["sink", ...many("source")];
  if (shape === "fan_out") return ["source", ...many("sink")];
  if (shape === "pipeline") return ["sink", "source", ...many("relay")];
  if (shape === "mesh") return ["idle", ...many("source"), ...many("sink")];
  return ["pool", ...many("relay")];
}

/** The ends of all threads in one round. @param {Role[]} roles @param {(from: number, to: number) => { outs: any[], ins: any[] }} link */
function endsOf(roles, link) {
  /** @type {Ends[]} */
  const ends = roles.map(() => ({}));
  /** @param {Role[]} from @param {Role[]} to */
  const join = (from, to) => {
    const [senders = [], receivers = []] = [from, to].map((wanted) =>
      ends.filter((_, i) => wanted.some((role) => role === roles[i])),
    );
    const { outs, ins } = link(senders.length, receivers.length);
    for (const [i, thread] of senders.entries()) thread.out = outs[i];
    for (const [i, thread] of receivers.entries()) thread.into = ins[i];
  };
  if (roles.includes("relay")) {
    join(["source", "pool"], ["relay"]);
    join(["relay"], ["sink", "pool"]);
  } else join(["source"], ["sink"]);
  return ends;
}

/** A function that does something wrong once. @template {(...args: any[]) => any} F @param {F} f @param {string} sabotage */
function cheating(f, sabotage) {
  let calls = 0;
  /** @type {any} */
  let last;
  const cheats = (/** @type {any[]} */ ...args) => {
    if (++calls === TRIGGER && sabotage === "exit") process.exit(1);
    if (calls !== TRIGGER) last = f(...args);
    return last;
  };
  return /** @type {F} */ (cheats);
}

/** How a thread takes part, round for round: opens its ends, then works. @param {Part} part @param {any} shmol */
function member({ settings, role, index, rounds }, shmol) {
  const { by, payload, blocks, shape, workers, sabotage } = settings;
  const links = /** @type {any} */ (by === "shmol" ? channels : ports);
  let { make, wordOf, change } = /** @type {import("./messages.mjs").Payload} */ (payloads[payload]);
  if (sabotage !== undefined && index === 1) {
    [make, wordOf, change] = [cheating(make, sabotage), cheating(wordOf, sabotage), cheating(change, sabotage)];
  }
  return (/** @type {number} */ round) => {
    const ends = links.open(rounds[round] ?? {}, shmol);
    const total = settings.rounds[round] ?? 0;
    const tally = new Tally();
    const work = {
      ...{ ends, tally, make, wordOf, change },
      blocks: index === 0 ? blocks.main : blocks.workers,
      // Only sources of a crowd share what there is to send.
      items: role === "source" && index > 0 && shape !== "pipeline" ? total / workers : total,
      first: index << SENDER,
      underWay: shape === "call" ? 1 : UNDER_WAY * workers,
    };
    return async () => {
      if (role !== "idle") await links[role](work);
      return { count: tally.count, sum: tally.sum, calls: tally.calls, ended: now() };
    };
  };
}

/** A worker: goes through the rounds, and reports each. @param {Part} part */
async function work(part) {
  const { settings, rounds, gate, reports } = part;
  const begin = member(part, settings.by === "shmol" ? await import(settings.dist) : undefined);
  for (let round = 0; round < rounds.length; round++) {
    const play = begin(round);
    Atomics.add(gate, READY, 1);
    if (Atomics.wait(gate, OPEN + round, 0, PATIENCE_MS) === "timed-out") throw new Error("the others did not come");
    reports?.postMessage(await play());
  }
}

/** @param {Settings} settings */
async function main(settings) {
  const shmol = settings.by === "shmol" ? await import(settings.dist) : undefined;
  const { capacity, payload } = settings;
  const how = { shmol, capacity, codec: payloads[payload]?.codec };
  const links = settings.by === "shmol" ? channels : ports;
  const roles = rolesOf(settings);
  const byRound = settings.rounds.map(() => endsOf(roles, (from, to) => links.link(from, to, how)));
  const gate = new Int32Array(new SharedArrayBuffer(4 * (OPEN + byRound.length)));
  const parts = roles.map((role, index) => ({
    ...{ settings, role, index, gate },
    rounds: byRound.map((ends) => ends[index] ?? {}),
  }));
  const workers = parts.slice(1).map((part) => {
    const { port1, port2 } = new MessageChannel();
    const moved = part.rounds
      .flatMap(({ out, into }) => [out, into].flat())
      .filter((end) => end instanceof MessagePort);
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { ...part, reports: port2 },
      transferList: [port2, ...moved],
    });
    worker.on("error", fail);
    worker.on(
      "exit",
      (code) => code === 0 || fail(new Error(`a thread ended in the middle of the work, with code ${code}`)),
    );
    return port1;
  });
  const begin = member(/** @type {Part} */ (parts[0]), shmol);
  for (const [round, items] of settings.rounds.entries()) {
    const play = begin(round);
    while (Atomics.load(gate, READY) < workers.length * (round + 1)) await sleep(2);
    // What has come to the gate is about to sleep before it.
    await sleep(20);
    const others = workers.map(async (reports) => (await once(reports, "message"))[0]);
    const before = { usage: process.cpuUsage(), resources: process.resourceUsage(), time: now() };
    Atomics.store(gate, OPEN + round, 1);
    Atomics.notify(gate, OPEN + round);
    const reports = [await play(), ...(await Promise.all(others))];
    const took = since(before, items, reports);
    verify(settings, items, reports);
    if (round === byRound.length - 1) console.log(JSON.stringify(took));
  }
  process.exit(0);
}

/**
 * @param {{ usage: NodeJS.CpuUsage, resources: NodeJS.ResourceUsage, time: number }} before
 * @param {number} items @param {(Report & { calls: number[] })[]} reports
 */
function since(before, items, reports) {
  const { user, system } = process.cpuUsage(before.usage);
  const { voluntaryContextSwitches: voluntary, involuntaryContextSwitches: involuntary } = process.resourceUsage();
  const calls = reports.flatMap((report) => report.calls).toSorted((a, b) => a - b);
  const quantile = (/** @type {number} */ q) => Math.round(1e6 * (calls[Math.floor(calls.length * q)] ?? 0));
  return {
    ns: (Math.max(...reports.map(({ ended }) => ended)) - before.time) / items,
    processorNs: (1000 * (user + system)) / items,
    voluntary: (voluntary - before.resources.voluntaryContextSwitches) / items,
    involuntary: (involuntary - before.resources.involuntaryContextSwitches) / items,
    ...(calls.length === 0 ? {} : { p50Ns: quantile(0.5), p99Ns: quantile(0.99) }),
  };
}

/** All came through, and nothing twice. @param {Settings} settings @param {number} items @param {Report[]} reports */
function verify({ shape, workers }, items, reports) {
  const sources = shape === "fan_in" || shape === "mesh" ? workers : 1;
  const each = items / sources;
  const expected = (sources * each * (each - 1)) / 2;
  const count = reports.reduce((all, report) => all + report.count, 0);
  const sum = reports.reduce((all, report) => all + report.sum, 0);
  if (count === items && sum === expected) return;
  throw new Error(`${items} messages with sum ${expected} went in, ${count} with sum ${sum} came out`);
}

/** @param {unknown} error @returns {never} */
function fail(error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

if (isMainThread) {
  process.on("uncaughtException", fail);
  // Ctrl-C is for the program that has started this one.
  process.on("SIGINT", () => {});
  await main(JSON.parse(process.argv[2] ?? "{}")).catch(async (error) => {
    // A thread that has died says more than a channel that is closed since.
    await sleep(500);
    fail(error);
  });
} else await work(workerData);
