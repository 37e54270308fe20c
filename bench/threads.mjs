// @ts-check
/**
 * Times what several threads do together, which tinybench cannot.
 *
 * A contender's threads are spawned once, are its own (so nothing is compiled for two peers at once), and are warmed up on
 * the very queue that is measured. Then repetitions run in turns, A B C A B C, each between two probes of the cores
 * (cores.mjs), so that a busy minute of the machine meets all contenders alike. A repetition counts only when the cores
 * were free before and after it, and is put off for a while when they are not; one with a wrong sum ends the run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { MessagePort, Worker } from "node:worker_threads";
import { meet, newBarrier } from "./barrier.mjs";
import { payloadOf } from "./payloads.mjs";
import { peers } from "./peers/index.mjs";

/** Fewer free cores than this, and a repetition says nothing. */
export const CORES_NEEDED = 1.8;
/** How long a repetition should last; its items are chosen for it from the rate seen in the warm-up. */
const TARGET_MS = 100;
/**
 * The warm-up's repetitions: enough that everything is compiled, the last of full size, so that the memory is there. Where an
 * item is a wake-up, each of them ends when it has taken long enough for its code to be compiled.
 */
const WARM_UP_ITEMS = [1024, 50_000, 50_000, 200_000, 200_000];
const WARM_UP_MS = 300;
/** Shares come out even for up to 4 threads and batches of 256. */
const ROUND_TO = 4 * 256;
/** What a scenario may spend waiting for a busy machine to become quiet. */
const WAIT_FOR_QUIET_MS = 10_000;
const PAUSE_MS = 100;
/** A queue whose producer is ahead must hold them all. */
const MAX_ITEMS = 8_000_000;
/** A repetition that has not ended by then never will. */
const PATIENCE_MS = 60_000;

/**
 * @typedef {import("./peers/index.mjs").Role} Role
 * @typedef {import("./peers/index.mjs").Peer} Peer
 * @typedef {import("./roles.mjs").Work} Work
 * @typedef {import("./roles.mjs").Share} Share
 *
 * @typedef {object} Contender
 * @property {string} label
 * @property {string} peer              its name in peers/index.mjs
 * @property {Role[]} roles             one for each thread
 * @property {boolean} [mainConsumes]   the consumer is the main thread
 * @property {number} [batch]           items to a call; 1 unless told
 * @property {number} [alignment]       the heap's unit in bytes; 128 unless told
 * @property {string} [payload]         what is sent, by its name in payloads.mjs; i32 unless told
 * @property {boolean} [whole]          the whole repetition counts, also if a thread says how much of it is to
 *
 * @typedef {{ peer: string, end: unknown, role: Role, batch: number, payload: string, barrier: Int32Array, members: number }} Member
 *   What a thread is told when it starts.
 * @typedef {{ start: number, end: number } & import("./roles.mjs").Sum} Report
 *   What it says after each repetition. Times are nanoseconds of the clock that all threads share.
 * @typedef {{ rate: number, cores: number }} Repetition
 *   Millions of items a second.
 * @typedef {{ contender: Contender, items: number, repetitions: Repetition[] }} Measured
 */

/** Something came out of a queue that did not go in, or the other way round. */
export class WrongSum extends Error {}

/** The threads of one contender. */
export class Crew {
  /** @type {Worker[]} */
  #workers;
  /** @type {((share: Share) => Promise<Report>)[]} */
  #members;
  #contender;
  /** @type {import("./payloads.mjs").Payload} */
  #payload;
  #ready;
  items = 0;

  /** @param {Contender} contender */
  constructor(contender) {
    this.#contender = contender;
    const { roles, batch = 1, alignment = 128, payload = "i32", mainConsumes = false } = contender;
    const peer = /** @type {Peer} */ (peers[contender.peer]);
    this.#payload = payloadOf(payload);
    const { producer, consumer } = peer.create({ alignment, payload: this.#payload });
    const barrier = newBarrier();
    this.#workers = [];
    this.#members = [];
    for (const role of roles) {
      const end = role === "consumer" ? consumer : producer;
      if (role === "consumer" && mainConsumes) {
        // The worker that produces stands for the end of a peer that has none of its own.
        this.#members.push(
          onThisThread(peer.join(end ?? this.#workers[0], role, batch, this.#payload), barrier, roles.length),
        );
        continue;
      }
      /** @type {Member} */
      const member = { peer: contender.peer, end, role, batch, payload, barrier, members: roles.length };
      const transferList = portsOf(end);
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: member, transferList });
      worker.setMaxListeners(0);
      this.#workers.push(worker);
      this.#members.push((share) => {
        worker.postMessage({ share });
        return /** @type {Promise<Report>} */ (said(worker, (message) => message.count !== undefined));
      });
    }
    // Listens from now on: crews come up at once and are warmed up one after the other.
    this.#ready = Promise.all(this.#workers.map((worker) => said(worker, (message) => message === "ready")));
  }

  /** When all threads have come up: chooses the items and warms up. @param {number | undefined} items */
  async warmUp(items) {
    await this.#ready;
    let rate = 0;
    for (const count of WARM_UP_ITEMS) {
      rate = await this.run(roundUp(rate === 0 ? count : Math.min(count, rate * 1000 * WARM_UP_MS)));
    }
    for (let i = 0; i < 2; i++) {
      this.items = roundUp(items ?? Math.min(MAX_ITEMS, rate * 1000 * TARGET_MS));
      rate = await this.run(this.items);
    }
  }

  /** One repetition. Answers millions of items a second, from the first thread's start to the last one's end. */
  async run(items = this.items) {
    const { roles, label, whole = false } = this.#contender;
    /** @type {Record<Role, number>} */
    const seen = { producer: 0, consumer: 0, pairs: 0 };
    const reports = await within(
      PATIENCE_MS,
      Promise.all(
        this.#members.map((member, i) => {
          const role = /** @type {Role} */ (roles[i]);
          const count = items / roles.filter((other) => other === role).length;
          return member({ first: seen[role]++ * count, count });
        }),
      ),
    );
    const count = reports.reduce((total, report) => total + report.count, 0);
    const sum = reports.reduce((total, report) => (total + report.sum) | 0, 0);
    const expected = this.#payload.total(items);
    if (count !== items || sum !== expected) {
      throw new WrongSum(`${label}: ${items} items with sum ${expected} went in, ${count} with sum ${sum} came out`);
    }
    const start = Math.min(...reports.map((report) => report.start));
    const end = Math.max(...reports.map((report) => report.end));
    const busyNs = reports.find((report) => report.busyNs !== undefined)?.busyNs;
    return (items / (whole || busyNs === undefined ? end - start : busyNs)) * 1000;
  }

  async stop() {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/**
 * Measures contenders in turns. When too few repetitions meet free cores, up to as many again are tried.
 * @param {Contender[]} contenders
 * @param {object} options
 * @param {import("./cores.mjs").CoreProbe} options.probe
 * @param {number} options.reps
 * @param {number | undefined} options.items
 * @returns {Promise<Measured[]>}
 */
export async function measure(contenders, { probe, reps, items }) {
  const crews = contenders.map((contender) => new Crew(contender));
  try {
    for (const crew of crews) await crew.warmUp(items);
    const measured = contenders.map((contender, i) => {
      return { contender, items: crews[i]?.items ?? 0, repetitions: /** @type {Repetition[]} */ ([]) };
    });
    let before = await probe.read();
    let patienceMs = WAIT_FOR_QUIET_MS;
    for (let round = 0; round < 2 * reps; round++) {
      for (const [i, crew] of crews.entries()) {
        for (; before < CORES_NEEDED && patienceMs > 0; patienceMs -= PAUSE_MS) {
          await sleep(PAUSE_MS);
          before = await probe.read();
        }
        const rate = await crew.run();
        const after = await probe.read();
        measured[i]?.repetitions.push({ rate, cores: Math.min(before, after) });
        before = after;
      }
      if (measured.every(({ repetitions }) => repetitions.filter(isClean).length >= reps)) break;
    }
    return measured;
  } finally {
    await Promise.all(crews.map((crew) => crew.stop()));
  }
}

/** Whether a repetition had the cores it needs. @param {{ cores: number }} repetition */
export function isClean({ cores }) {
  return cores >= CORES_NEEDED;
}

/** The ports in what is sent to a thread, which move there. @param {any} end @returns {MessagePort[]} */
function portsOf(end) {
  return [end, end?.port].filter((port) => port instanceof MessagePort);
}

/** A member that is the main thread itself. @param {Work} work @param {Int32Array} barrier @param {number} members */
function onThisThread(work, barrier, members) {
  return async (/** @type {Share} */ share) => {
    // After the workers were told: this thread may not get to it again before the end.
    await new Promise(setImmediate);
    meet(barrier, members);
    const start = Number(process.hrtime.bigint());
    const result = await work(share);
    return { start, end: Number(process.hrtime.bigint()), ...result };
  };
}

/** The next message of a worker that is of the kind wanted. @param {Worker} worker @param {(message: any) => boolean} wanted */
function said(worker, wanted) {
  return new Promise((resolve, reject) => {
    const listener = (/** @type {unknown} */ message) => {
      if (!wanted(message)) return;
      worker.off("message", listener).off("error", reject);
      resolve(message);
    };
    worker.on("message", listener).on("error", reject);
  });
}

/** @template T @param {number} ms @param {Promise<T>} promise @returns {Promise<T>} */
async function within(ms, promise) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a repetition has not ended after ${ms} ms`)), ms);
  });
  try {
    return /** @type {T} */ (await Promise.race([promise, timeout]));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {number} items */
function roundUp(items) {
  return Math.ceil(items / ROUND_TO) * ROUND_TO;
}
