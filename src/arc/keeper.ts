/**
 * Who is told when a thread dies: the keeper of a heap, which is the thread that created it, or one that has followed it.
 *
 *   a thread that starts a worker                  the worker's `exit`: what that owned is returned
 *   a thread that opens the heap   -- a port -->   the keeper
 *   ... dies, however                              the port's `close`: the same, whoever started the worker
 *   the keeper dies                                everyone's port closes: one of them becomes the keeper, the others go to it
 *
 * A thread sends its port before it takes its entry in the thread table. But Node drops messages of a worker that ends before
 * the main thread, through which they all go, came to read them; and one that had its port with a dead keeper may die before
 * it finds the next. So once a second the keeper looks for entries of threads that it has not heard of, and asks them: a
 * message to a thread that is no more is refused. A keeper that drops the heap closes the ports, as if it had died.
 *
 * The keeper hears when it comes to its event loop, not before, and so does the main thread. Hosts without `postMessageToThread`
 * have no keeper: there, `Heap.watch` and `Heap.reap` are for the user.
 */
import type { MessagePort, Worker } from "node:worker_threads";
import { threadId } from "./account.js";
import type { Kernel } from "./instance.js";
import { threadIdsOf } from "./reaping.js";

const nodeProcess = (globalThis as { process?: NodeJS.Process }).process;
const threads = nodeProcess?.getBuiltinModule?.("node:worker_threads");
/** Node 20.19, 22.5 and up. */
const send = (threads as { postMessageToThread?: Send } | undefined)?.postMessageToThread;

type Send = (thread: number, message: Hello | Question, transfer?: readonly MessagePort[]) => Promise<void>;

/** How often the keeper looks. */
const LOOKS_EVERY_MS = 1000;
/** What refusals of messages to threads are called that are no more, or listen to nobody; those that open a heap listen. */
const NOBODY_THERE = "ERR_WORKER_MESSAGING_FAILED";

/** What a thread says that opens a heap. */
interface Hello {
  readonly shmol: "alive";
  readonly heap: string;
  readonly thread: number;
  readonly port: MessagePort;
}

/** What the keeper asks a thread that it has not heard of. To have got it is the answer. */
interface Question {
  readonly shmol: "alive?";
}

/** The links of this thread to the heaps that it has open, by the heap's id. */
const links = new Map<string, Set<Link>>();
let listens = false;

/** This thread's side of a heap: a port to the keeper, or, if it is the keeper itself, ports of all others. */
export class Link {
  readonly #heap: string;
  readonly #kernel: Kernel;
  readonly #died: (thread: number) => void;
  /** To the keeper. */
  #port: MessagePort | undefined;
  /** From the others: one for each time that one opened the heap. */
  readonly #ports = new Map<MessagePort, number>();
  /** Threads that were asked and have not answered. */
  readonly #asked = new Set<number>();
  #looks: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  /** `died` is called, on the keeper, with the number of a thread that will not take another step. */
  constructor(heap: string, kernel: Kernel, died: (thread: number) => void) {
    this.#heap = heap;
    this.#kernel = kernel;
    this.#died = died;
    const mine = links.get(heap) ?? new Set();
    links.set(heap, mine.add(this));
    if (send === undefined) return;
    listen();
    this.#connect();
  }

  #connect(): void {
    const keeper = this.#kernel.keeper() >>> 0;
    if (keeper === threadId) {
      this.#looks = setInterval(() => this.#look(), LOOKS_EVERY_MS);
      (this.#looks as { unref?: () => void }).unref?.();
      return;
    }
    const { port1, port2 } = new (threads as NonNullable<typeof threads>).MessageChannel();
    this.#port = port1;
    // The same for a keeper that is gone, and for one that closes the port because it does not know the heap any more.
    port1.once("close", () => this.#follow(keeper));
    const hello: Hello = { shmol: "alive", heap: this.#heap, thread: threadId, port: port2 };
    (send as Send)(keeper, hello, [port2]).catch((error) => {
      if (error.code === NOBODY_THERE) port1.close();
    });
  }

  /** Asks whoever has an entry and has not been heard of. */
  #look(): void {
    const heardOf = new Set(this.#ports.values());
    for (const thread of threadIdsOf(this.#kernel)) {
      if (thread === threadId || heardOf.has(thread) || this.#asked.has(thread)) continue;
      this.#asked.add(thread);
      (send as Send)(thread, { shmol: "alive?" })
        .catch((error) => {
          if (error.code === NOBODY_THERE) this.returnOf(thread);
        })
        .finally(() => this.#asked.delete(thread));
    }
  }

  /** The keeper is gone. Somebody takes its place, and sees to what it owned itself. */
  #follow(last: number): void {
    if (this.#closed) return;
    const isHeir = this.#kernel.succeed(last, threadId) !== 0;
    this.#connect();
    if (!isHeir) return;
    this.#died(last);
    this.#look();
  }

  /** Somebody opens the heap whose keeper this thread is. */
  hear({ thread, port }: Hello): void {
    this.#ports.set(port, thread);
    port.once("close", () => {
      this.#ports.delete(port);
      this.returnOf(thread);
    });
  }

  /** A thread will not take another step. */
  returnOf(thread: number): void {
    if (!this.#closed) this.#died(thread);
  }

  /** Whether a thread may live still, as far as can be seen from here; undefined: nothing can. */
  mayLive(thread: number): boolean | undefined {
    if (ended.has(thread)) return false;
    let known: boolean | undefined;
    for (const [port, owner] of this.#ports) {
      if (owner !== thread) continue;
      known = false;
      if (isOpen(port)) return true;
    }
    return known;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#looks);
    this.#port?.close();
    for (const port of this.#ports.keys()) port.close();
    const mine = links.get(this.#heap);
    mine?.delete(this);
    if (mine?.size === 0) links.delete(this.#heap);
  }
}

/** Threads that this one has started and seen end: the last ones, since what they owned is returned at once. */
const ended = new Set<number>();
const MOST_ENDED = 1000;

/** Workers whose end is listened for. */
const attended = new WeakSet<Worker>();

/** Notes when a worker that this thread has started ends, and returns what it owned in every heap that is open here. */
export function attendTo(worker: Worker): void {
  if (attended.has(worker)) return;
  attended.add(worker);
  const { threadId: thread } = worker;
  worker.once("exit", () => {
    ended.add(thread);
    for (const oldest of ended) {
      if (ended.size <= MOST_ENDED) break;
      ended.delete(oldest);
    }
    for (const [link] of links.values()) link?.returnOf(thread);
  });
}

function listen(): void {
  if (listens) return;
  listens = true;
  nodeProcess?.on("worker", attendTo);
  nodeProcess?.on("workerMessage" as "message", (message: unknown) => {
    const hello = message as Partial<Hello> | null | undefined;
    if (hello?.shmol !== "alive" || hello.port === undefined) return;
    const [link] = links.get(hello.heap as string) ?? [];
    if (link === undefined) hello.port.close();
    else link.hear(hello as Hello);
  });
}

/** Whether the other end of a port is open, also before the event loop comes to say that it is not. */
function isOpen(port: MessagePort): boolean {
  threads?.receiveMessageOnPort(port);
  port.ref();
  const open = (port as MessagePort & { hasRef(): boolean }).hasRef() === true;
  port.unref();
  return open;
}
