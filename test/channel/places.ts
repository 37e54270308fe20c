/**
 * Where the ends of a channel are in the scenarios: on this thread or each on a worker of its own, and whether their calls
 * block or are awaited. A scenario is written once, against `FarEnd`.
 */
import { Worker } from "node:worker_threads";
import {
  type ChannelOptions,
  type Codec,
  channel,
  type HeapToken,
  type Receiver,
  type Sender,
  type Token,
  type WaitOptions,
} from "shmol";

const WAIT_MS = 20_000;

type Property =
  | "size"
  | "capacity"
  | "isEmpty"
  | "isFull"
  | "isClosed"
  | "isFinished"
  | "senderCount"
  | "receiverCount";

/** An end, wherever it is. What it throws there, its promises reject with. No wait lasts for ever unless told. */
export interface FarEnd<T> {
  send(message: T, timeoutMs?: number): Promise<void>;
  trySend(message: T): Promise<boolean>;
  forceSend(message: T): Promise<T | undefined>;
  sendMany(messages: T[], timeoutMs?: number): Promise<number>;
  recv(timeoutMs?: number): Promise<T>;
  tryRecv(): Promise<T | undefined>;
  recvMany(max: number, timeoutMs?: number): Promise<T[]>;
  get(property: Property): Promise<unknown>;
  close(): Promise<boolean>;
  closed(timeoutMs?: number): Promise<void>;
  drop(): Promise<void>;
  clone(): Promise<FarEnd<T>>;
  /** Another handle of the same side, on another thread where there is one. */
  elsewhere(): Promise<FarEnd<T>>;
  downgrade(): Promise<FarEnd<T>>;
  /** Of a weak end. */
  upgrade(): Promise<FarEnd<T> | undefined>;
  /** Begins a call on a thread that then blocks, and so never comes to what it waits for, until `release`. */
  callAndBlock(method: "send" | "recv", args: unknown[]): Promise<{ release(): Promise<unknown> }>;
}

export interface Place {
  readonly name: string;
  /** Whether calls that wait leave this thread free to go on. */
  readonly isConcurrent: boolean;
  readonly isFar: boolean;
  open(): Promise<void>;
  close(): Promise<void>;
  /** A new channel, whose two ends are there and nowhere else. */
  channel<T>(type: Codec<T>, options: ChannelOptions): Promise<{ sender: FarEnd<T>; receiver: FarEnd<T> }>;
}

/** How a handle is reached. */
interface Line {
  call(method: string, ...args: unknown[]): Promise<unknown>;
  get(property: string): Promise<unknown>;
  derive(method: string): Promise<Line | undefined>;
  elsewhere(): Promise<Line>;
  callAndBlock(method: string, args: unknown[]): Promise<{ release(): Promise<unknown> }>;
}

function farEnd<T>(line: Line, isSync: boolean): FarEnd<T> {
  const waiting = (method: string) => (isSync ? `${method}Sync` : method);
  const limit = (timeoutMs = WAIT_MS): WaitOptions => ({ timeoutMs });
  const derive = async (method: string) => {
    const derived = await line.derive(method);
    return derived && farEnd<T>(derived, isSync);
  };
  return {
    send: async (message, timeoutMs) => void (await line.call(waiting("send"), message, limit(timeoutMs))),
    trySend: (message) => line.call("trySend", message) as Promise<boolean>,
    forceSend: (message) => line.call("forceSend", message) as Promise<T | undefined>,
    sendMany: (messages, timeoutMs) => line.call(waiting("sendMany"), messages, limit(timeoutMs)) as Promise<number>,
    recv: (timeoutMs) => line.call(waiting("recv"), limit(timeoutMs)) as Promise<T>,
    tryRecv: () => line.call("tryRecv") as Promise<T | undefined>,
    recvMany: (max, timeoutMs) => line.call(waiting("recvMany"), max, limit(timeoutMs)) as Promise<T[]>,
    get: (property) => line.get(property),
    close: () => line.call("close") as Promise<boolean>,
    closed: (timeoutMs) => line.call("closed", limit(timeoutMs)) as Promise<void>,
    drop: async () => void (await line.call("drop")),
    clone: () => derive("clone") as Promise<FarEnd<T>>,
    elsewhere: async () => farEnd<T>(await line.elsewhere(), isSync),
    downgrade: () => derive("downgrade") as Promise<FarEnd<T>>,
    upgrade: () => derive("upgrade"),
    callAndBlock: (method, args) => line.callAndBlock(method, args),
  };
}

type Handle = Readonly<Record<string, unknown>>;

function lineHere(handle: Handle): Line {
  return {
    call: async (method, ...args) => (handle[method] as (...args: unknown[]) => unknown)(...args),
    get: async (property) => handle[property],
    derive: async (method) => {
      const derived = (handle[method] as () => Handle | undefined)();
      return derived && lineHere(derived);
    },
    elsewhere: async () => lineHere((handle.clone as () => Handle)()),
    callAndBlock: () => Promise.reject(new Error("this thread has other things to do")),
  };
}

/** A handle whose methods need no `this`. */
function bound(handle: object): Handle {
  return new Proxy(handle, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(value, target, args);
        return key === "clone" || key === "downgrade" || key === "upgrade" ? answer && bound(answer) : answer;
      };
    },
  }) as Handle;
}

function here(name: string, isSync: boolean): Place {
  return {
    name: `on one thread, ${name}`,
    isConcurrent: !isSync,
    isFar: false,
    open: async () => {},
    close: async () => {},
    channel: async <T>(type: Codec<T>, options: ChannelOptions) => {
      const { sender, receiver } = channel(type, options);
      return {
        sender: farEnd<T>(lineHere(bound(sender)), isSync),
        receiver: farEnd<T>(lineHere(bound(receiver)), isSync),
      };
    },
  };
}

interface Answer {
  readonly question: number;
  readonly answer: unknown;
  readonly error: { readonly code: string; readonly message: string; readonly sent?: number } | undefined;
}

const WORKERS = 6;

function onWorkers(name: string, isSync: boolean): Place {
  let workers: Worker[] = [];
  let questions = 0;
  let handles = 0;
  let placed = 0;
  const asked = new Map<number, { resolve(answer: unknown): void; reject(error: unknown): void }>();

  function ask(worker: Worker, question: Readonly<Record<string, unknown>>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      asked.set(questions, { resolve, reject });
      worker.postMessage({ ...question, question: questions++ });
    });
  }

  function line(worker: Worker, handle: number): Line {
    return {
      call: (method, ...args) => ask(worker, { act: "call", handle, method, args }),
      get: (property) => ask(worker, { act: "get", handle, property }),
      derive: async (method) => {
        const derived = handles++;
        return (await ask(worker, { act: "derive", handle, method, derived })) ? line(worker, derived) : undefined;
      },
      async elsewhere() {
        const token = (await ask(worker, { act: "share", handle })) as Token;
        const heap = (await ask(worker, { act: "heap", handle })) as HeapToken;
        return place(token, heap);
      },
      async callAndBlock(method, args) {
        const gate = new Int32Array(new SharedArrayBuffer(8));
        const answer = ask(worker, { act: "callAndBlock", handle, method, args, gate });
        answer.catch(() => {});
        while (Atomics.load(gate, 1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        return {
          release: () => {
            Atomics.store(gate, 0, 1);
            Atomics.notify(gate, 0);
            return answer;
          },
        };
      },
    };
  }

  /** Each end on a worker of its own, as long as there are any: they may block. */
  async function place(token: Token, heap: HeapToken): Promise<Line> {
    const handle = handles++;
    const worker = workers[placed++ % WORKERS] as Worker;
    await ask(worker, { act: "open", handle, token, heap });
    return line(worker, handle);
  }

  async function move<T>(end: Sender<T> | Receiver<T>): Promise<FarEnd<T>> {
    const there = await place(end.share({ opens: 1 }), end.heap.share());
    end.drop();
    return farEnd<T>(there, isSync);
  }

  return {
    name: `on workers, ${name}`,
    isConcurrent: true,
    isFar: true,
    async open() {
      workers = Array.from({ length: WORKERS }, () => new Worker(new URL("./place.mjs", import.meta.url)));
      for (const worker of workers) {
        worker.on("message", ({ question, answer, error }: Answer) => {
          const promise = asked.get(question);
          asked.delete(question);
          if (error === undefined) promise?.resolve(answer);
          else promise?.reject(Object.assign(new Error(`on a worker: ${error.message}`), error));
        });
        worker.on("error", (error) => {
          for (const { reject } of asked.values()) reject(error);
        });
      }
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
    async channel(type, options) {
      const { sender, receiver } = channel(type, options);
      return { sender: await move(sender), receiver: await move(receiver) };
    },
  };
}

export const places: readonly Place[] = [
  here("blocking", true),
  here("awaited", false),
  onWorkers("blocking", true),
  onWorkers("awaited", false),
];
