/**
 * The threads of one contender. They are started once, and work for this contender only, so nothing is compiled for two peers at
 * once. They are warmed up on the same queue that is measured.
 */
import { MessagePort, Worker } from "node:worker_threads";
import { meet, newBarrier } from "./barrier.js";
import { type Payload, payloadOf } from "./payloads.js";
import { peers } from "./peers/index.js";
import { OneEach, type Role } from "./peers/peer.js";
import type { Share, Sum, Work } from "./roles.js";
import type { Sabotage } from "./sabotage.js";

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
/** A queue whose producer is ahead must hold them all. */
const MAX_ITEMS = 8_000_000;
/** A repetition that has not ended by then never will. */
const PATIENCE_MS = 60_000;
/** The heap of a thread that is to run out of it. */
const TIGHT_MB = 16;

export interface Contender {
  readonly label: string;
  /** Its name in peers/index.ts. */
  readonly peer: string;
  /** One for each thread. */
  readonly roles: readonly Role[];
  /** The consumer is the main thread. */
  readonly mainConsumes?: boolean;
  /** Items to a call; 1 by default. */
  readonly batch?: number;
  /** The heap's unit in bytes; by default 128. */
  readonly alignment?: number;
  /** What is sent, by its name in payloads.ts; i32 by default. */
  readonly payload?: string;
  /** The whole repetition counts, also if a thread says how much of it is to. */
  readonly whole?: boolean;
}

/** What a thread is told when it starts. */
export interface Member {
  readonly peer: string;
  readonly end: unknown;
  readonly role: Role;
  readonly batch: number;
  readonly payload: string;
  readonly barrier: Int32Array;
  readonly members: number;
  readonly sabotage?: Sabotage | undefined;
}

/** What it says after each repetition. Times are nanoseconds of the clock that all threads share. */
interface Report extends Sum {
  readonly start: number;
  readonly end: number;
}

/** Something came out of a queue that did not go in, or the other way round. */
class WrongSum extends Error {}

export class Crew {
  readonly #workers: Worker[] = [];
  readonly #members: ((share: Share) => Promise<Report>)[] = [];
  readonly #contender: Contender;
  readonly #payload: Payload;
  readonly #ready: Promise<unknown>;
  /** How one of the threads has ended. */
  #death: Error | undefined;
  items = 0;

  /** `sabotage`: what the first thread does wrong. */
  constructor(contender: Contender, sabotage?: Sabotage) {
    this.#contender = contender;
    const { roles, batch = 1, alignment = 128, payload = "i32", mainConsumes = false } = contender;
    const peer = peers[contender.peer];
    if (peer === undefined) throw new Error(`${contender.label} is not there: it needs what only a checkout has`);
    this.#payload = payloadOf(payload);
    const consumers = roles.filter((role) => role === "consumer").length;
    const producers = roles.length - consumers;
    const ends = peer.create({ alignment, payload: this.#payload, producers, consumers });
    const barrier = newBarrier();
    for (const [i, role] of roles.entries()) {
      const ofRole = role === "consumer" ? ends.consumer : ends.producer;
      const end =
        ofRole instanceof OneEach ? ofRole.ends[roles.slice(0, i).filter((one) => one === role).length] : ofRole;
      if (role === "consumer" && mainConsumes) {
        // The workers that produce stand for the end of a peer that has none of its own.
        const work = peer.join(end ?? this.#workers, role, batch, this.#payload);
        this.#members.push(onThisThread(work, barrier, roles.length));
        continue;
      }
      const cheats = this.#workers.length === 0 ? sabotage : undefined;
      const member: Member = {
        ...{ peer: contender.peer, end, role, batch, payload, barrier, members: roles.length, sabotage: cheats },
      };
      const worker = new Worker(new URL("./worker.js", import.meta.url), {
        workerData: member,
        transferList: portsOf(end),
        ...(cheats === "heap" ? { resourceLimits: { maxOldGenerationSizeMb: TIGHT_MB } } : {}),
      });
      worker.setMaxListeners(0);
      // Also between repetitions, when nobody waits for it.
      worker.once("error", (error) => {
        this.#death ??= error;
      });
      worker.once("exit", (code) => {
        this.#death ??= endedWith(code);
      });
      this.#workers.push(worker);
      this.#members.push((share) => {
        if (this.#death !== undefined) return Promise.reject(this.#death);
        worker.postMessage({ share });
        return said<Report>(worker, (message) => (message as Partial<Report>).count !== undefined);
      });
    }
    // Listens from now on: crews come up at once and are warmed up one after the other.
    this.#ready = Promise.all(this.#workers.map((worker) => said(worker, (message) => message === "ready")));
    // Whoever waits for them hears of it.
    this.#ready.catch(() => {});
  }

  /** When all threads have come up: chooses the items and warms up. */
  async warmUp(items: number | undefined): Promise<void> {
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

  /** One repetition. Returns millions of items a second, from the first thread's start to the last one's end. */
  async run(items = this.items): Promise<number> {
    const { roles, label, whole = false } = this.#contender;
    const seen: Record<Role, number> = { producer: 0, consumer: 0, pairs: 0 };
    const reports = await within(
      PATIENCE_MS,
      Promise.all(
        this.#members.map((member, i) => {
          const role = roles[i] as Role;
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

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

/** The ports in what is sent to a thread, which move there. */
function portsOf(end: unknown): MessagePort[] {
  return [end, (end as { port?: unknown } | undefined)?.port].flat().filter((port) => port instanceof MessagePort);
}

/** A member that is the main thread itself. */
function onThisThread(work: Work, barrier: Int32Array, members: number) {
  return async (share: Share): Promise<Report> => {
    // After the workers were told: this thread may not get to it again before the end.
    await new Promise(setImmediate);
    meet(barrier, members);
    const start = Number(process.hrtime.bigint());
    const result = await work(share);
    return { start, end: Number(process.hrtime.bigint()), ...result };
  };
}

/** The next message of a worker that is of the kind wanted. One that has ended says nothing any more. */
function said<T>(worker: Worker, wanted: (message: unknown) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => worker.off("message", listener).off("error", failed).off("exit", ended);
    const listener = (message: unknown) => {
      if (!wanted(message)) return;
      settle();
      resolve(message as T);
    };
    const failed = (error: Error) => {
      settle();
      reject(error);
    };
    const ended = (code: number) => failed(endedWith(code));
    worker.on("message", listener).on("error", failed).on("exit", ended);
  });
}

function endedWith(code: number): Error {
  return new Error(`a thread ended in the middle of the work, with code ${code}`);
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a repetition has not ended after ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function roundUp(items: number): number {
  return Math.ceil(items / ROUND_TO) * ROUND_TO;
}
