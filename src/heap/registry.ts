/**
 * The registry, one for each thread: it listens to the host for all heaps that are open on this thread, and looks for dead
 * threads in their tables. liveness.ts says what counts as proof of a death.
 *
 *   when                                                    how soon a death is seen
 *   a worker of this thread has ended: its `exit`           at once
 *   another thread tells that a worker has ended            at once
 *   a heap is opened                                        at once
 *   from time to time                                       within a second
 *   this thread blocks: between the slices of its wait      likewise
 *
 * However often the package is loaded on a thread (a dependency's own copy, hot reload, a test runner's contexts), its copies
 * share one registry. They find it by a symbol on a module of Node's, which is one for all of them. A copy whose registry has
 * another number has one of its own, and neither touches what is the other's.
 */
import type { BroadcastChannel, MessagePort, Worker } from "node:worker_threads";
import { clearTimeout, mayBlock, nodeProcess, now, setTimeout, threadId, threads } from "./host.js";
import { Liveness, type News, type Registered } from "./liveness.js";
import { osThreadId, sightOf } from "./osThread.js";
import type { ReapReport } from "./reaping.js";

/** Its number goes up when copies of different releases could not work with the same object any more. */
const NAME = "shmol.registry.1";
/** By which threads tell each other. */
const CHANNEL = "shmol.news.1";
/** Pauses between looks: the first one after there was reason to look, and the longest. Each is twice as long as the one before. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 1000;
/** How long a look of a blocked thread stays valid. */
const FRESH_MS = 10;

/** How often `reap` looks again whether a thread is seen to have ended, and after what pauses. */
const PATIENCE = 20;
const LOOK_MS = 1;

/** A heap that is open on this thread, by one copy of the package. */
export interface Member {
  /** The heap's id. */
  readonly heap: string;
  /** The threads in its table. */
  registered(): readonly Registered[];
  /** Returns what a dead thread owned. Undefined: another thread does, or has. */
  reap(dead: Registered): ReapReport | undefined;
  /** Tells the program what was returned, on whichever thread. */
  announce(report: ReapReport): void;
}

/** What was returned, and in which heap. */
interface Returned {
  readonly heap: string;
  readonly report: ReapReport;
}

/** What threads tell each other. */
type Message = News & { readonly returned?: Returned };

/** What a copy of the package does when the thread ends. `isLast`: no other exit handler comes after it. */
type AtExit = (code: number, isLast: boolean) => void;

/** Whether the host says that a worker has ended only after its last step. Deno says it up to some milliseconds before. */
const exitIsProof = (globalThis as { Deno?: unknown }).Deno === undefined;

/** By what this thread can prove that another one is dead; see liveness.ts. */
export const proofOfDeath: "system" | "exit" | "none" =
  osThreadId !== 0 ? "system" : exitIsProof && threads !== undefined ? "exit" : "none";

class Registry {
  readonly #liveness = new Liveness(threadId, exitIsProof);
  readonly #members = new Set<Member>();
  readonly #watched = new WeakSet<Worker>();
  readonly #atExit = new Set<AtExit>();
  readonly #chores = new Set<() => void>();
  #channel: BroadcastChannel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE_MS;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#listen();
  }

  /** Listens for workers that this thread starts. Called again for each heap, in case the program has removed all listeners. */
  #listen(): void {
    nodeProcess?.off?.("worker", this.#started);
    nodeProcess?.on?.("worker", this.#started);
  }

  readonly #started = (worker: Worker): void => this.watch(worker);

  /** Looks after a heap from now on. */
  join(member: Member): void {
    this.#listen();
    this.#members.add(member);
    this.#open();
    this.#consider(this.#liveness.opened(member.registered()));
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  /** Looks when `worker` has ended. */
  watch(worker: Worker): void {
    if (this.#watched.has(worker)) return;
    this.#watched.add(worker);
    const { threadId: thread } = worker;
    worker.once("exit", () => this.#consider(this.#liveness.exited(thread)));
  }

  /** Has `atExit` called once when the thread ends in good order, after all functions that were registered before. */
  atExit(atExit: AtExit): void {
    this.#atExit.delete(atExit);
    this.#atExit.add(atExit);
    nodeProcess?.off?.("exit", this.#exit);
    nodeProcess?.on?.("exit", this.#exit);
  }

  /** Has `chore` done between the slices of this thread's blocked waits: what its timers would do if it did not block. */
  whenBlocked(chore: () => void): void {
    this.#chores.add(chore);
  }

  /** Whether there is proof that a thread is dead. */
  isDead(registered: Registered): boolean {
    this.#readNews();
    return this.#liveness.isDead(registered, sightOf);
  }

  /** Returns what dead threads owned in all heaps that are open here. */
  look(): void {
    this.#lookedAt = now();
    for (const member of [...this.#members]) {
      for (const dead of this.#liveness.deadAmong(member.registered(), sightOf)) this.reap(member, dead);
    }
  }

  /**
   * Returns what a dead thread owned, and tells every thread that listens. Does nothing if the heap was closed meanwhile, for
   * example by a listener that was told of an earlier death: its entry, by which a reaper reaps, may be another thread's by now.
   */
  reap(member: Member, dead: Registered): ReapReport | undefined {
    if (!this.#members.has(member)) return undefined;
    const report = member.reap(dead);
    if (report !== undefined) {
      const returned = { heap: member.heap, report };
      this.#announce(returned);
      this.#tell({ returned });
    }
    return report;
  }

  #announce({ heap, report }: Returned): void {
    for (const member of [...this.#members]) if (member.heap === heap) member.announce(report);
  }

  /** For a thread that blocks, between the slices of its wait: a look, unless there was one just before. */
  whileBlocked(): void {
    for (const chore of this.#chores) chore();
    if (now() - this.#lookedAt < FRESH_MS) return;
    this.#readNews();
    this.look();
  }

  #consider({ look, tell }: ReturnType<Liveness["heard"]>): void {
    if (tell !== undefined) this.#tell(tell);
    if (!look) return;
    this.#pause = FIRST_PAUSE_MS;
    clearTimeout(this.#timer);
    this.#lookLater();
    this.look();
  }

  /** Looks again, and again. With no heap open there is nothing to look at, and nothing to hear. */
  #lookLater(): void {
    this.#timer = setTimeout(() => {
      if (this.#members.size === 0) {
        this.#close();
        return;
      }
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE_MS);
      this.#lookLater();
      this.look();
    }, this.#pause);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #open(): void {
    if (this.#channel !== undefined || threads?.BroadcastChannel === undefined) return;
    const channel = new threads.BroadcastChannel(CHANNEL) as BroadcastChannel & { unref?: () => void };
    if (channel.unref === undefined) {
      // It would keep the event loop alive.
      channel.close();
      return;
    }
    channel.unref();
    channel.onmessage = (event) => this.#hear((event as { data: unknown }).data);
    this.#channel = channel;
  }

  /** Where only the thread that started a worker can prove its death, it stays open: others may ask for that proof later. */
  #close(): void {
    if (osThreadId === 0) return;
    this.#channel?.close();
    this.#channel = undefined;
  }

  #tell(message: Message): void {
    const isOpen = this.#channel !== undefined;
    this.#open();
    this.#channel?.postMessage(message);
    if (!isOpen && this.#members.size === 0) this.#close();
  }

  #hear(message: unknown): void {
    const { ended, asked, returned } = (message ?? {}) as Message;
    if (returned !== undefined) this.#announce(returned);
    const numbers = (list: unknown): number[] => (Array.isArray(list) ? list.filter(Number.isSafeInteger) : []);
    this.#consider(this.#liveness.heard({ ended: numbers(ended), asked: numbers(asked) }));
  }

  /** Hears what was told while this thread had no turn of its event loop. Node can tell; the others cannot. */
  #readNews(): void {
    if (this.#channel === undefined || !readsWhileBlocked) return;
    for (;;) {
      const news = threads?.receiveMessageOnPort(this.#channel as unknown as MessagePort);
      if (news === undefined) return;
      this.#hear(news.message);
    }
  }

  readonly #exit = (code: number): void => {
    const isLast = nodeProcess?.listeners?.("exit").at(-1) === this.#exit;
    for (const atExit of this.#atExit) atExit(code, isLast);
  };
}

/** Whether `receiveMessageOnPort` works on a channel. Bun's returns undefined, Deno's throws. */
const readsWhileBlocked =
  nodeProcess?.release?.name === "node" &&
  (globalThis as { Deno?: unknown; Bun?: unknown }).Deno === undefined &&
  (globalThis as { Bun?: unknown }).Bun === undefined;

/** This thread's. */
export const registry: Registry = found();

function found(): Registry {
  const name = Symbol.for(NAME);
  const place = (threads ?? globalThis) as unknown as Record<symbol, Registry | undefined>;
  const mine = place[name] ?? new Registry();
  // A program that has frozen the place gets one registry for each copy.
  Reflect.defineProperty(place, name, { value: mine });
  return mine;
}

/** For a thread that blocks, between the slices of its wait: returns what dead threads owned, if it was not just looked. */
export function whileBlocked(): void {
  registry.whileBlocked();
}

/** One that is proven dead. Some hosts say that a worker has ended a little early, so this waits up to 20 ms for the proof. */
export function findDead(registered: readonly Registered[]): Registered | undefined {
  const word = new Int32Array(new SharedArrayBuffer(4));
  // Counted, not timed: the clock may be a mocked one that stands still.
  for (let looks = 1; ; looks++) {
    const dead = registered.find((one) => registry.isDead(one));
    if (dead !== undefined || looks > PATIENCE || !mayBlock()) return dead;
    Atomics.wait(word, 0, 0, LOOK_MS);
  }
}

/** Why there is no proof that they are dead, for an error. */
export function whyAlive(registered: readonly Registered[]): string {
  const osThread = registered.find((one) => one.osThread !== 0)?.osThread;
  if (registered.some(({ thread }) => thread === threadId)) return "it is this one";
  return osThread === undefined
    ? "its end was not seen here; start its worker on this thread, or watch it here"
    : `the operating system has its thread ${osThread}`;
}
