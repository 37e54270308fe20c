/**
 * Where listeners sit in the scenarios: on this thread or each on a worker of its own, blocking or awaited. A scenario is
 * written once, against `Seat`.
 */
import { Worker } from "node:worker_threads";
import type { EventToken, Listener, SharedEvent } from "shmol";

const WAIT_MS = 20_000;

/** A listener, wherever it listens. What it throws there, its promises reject with. */
export interface Seat<Tag> {
  isNotified(): Promise<boolean>;
  /** Waits for its tag, not for ever unless told how long. */
  wait(timeoutMs?: number): Promise<Tag>;
  drop(): Promise<void>;
  discard(): Promise<boolean>;
}

export interface Seating {
  readonly name: string;
  /** Whether a seat's `wait` leaves this thread free to go on. */
  readonly isConcurrent: boolean;
  /** What seats need that are not here. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** The event's listeners sit down one after the other. */
  listen<Tag>(event: SharedEvent<Tag>): Promise<Seat<Tag>>;
}

function here(name: string, wait: <Tag>(listener: Listener<Tag>, timeoutMs: number) => Tag | Promise<Tag>): Seating {
  return {
    name: `on one thread, ${name}`,
    isConcurrent: name === "awaited",
    open: async () => {},
    close: async () => {},
    listen: async <Tag>(event: SharedEvent<Tag>): Promise<Seat<Tag>> => {
      const listener = event.listen();
      return {
        isNotified: async () => listener.isNotified,
        wait: async (timeoutMs = WAIT_MS) => wait(listener, timeoutMs),
        drop: async () => listener.drop(),
        discard: async () => listener.discard(),
      };
    },
  };
}

/** What a seat's worker is asked, and what it answers. */
interface Question {
  readonly question: number;
  readonly seat: number;
  readonly act: "listen" | "isNotified" | "wait" | "waitSync" | "drop" | "discard";
  readonly token?: EventToken<unknown>;
  readonly timeoutMs?: number;
}
interface Answer {
  readonly question: number;
  readonly answer: unknown;
  /** The error's code. */
  readonly error: string | undefined;
}

const WORKERS = 4;

function onWorkers(name: string, act: "wait" | "waitSync"): Seating {
  let workers: Worker[] = [];
  let questions = 0;
  let seats = 0;
  const asked = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();

  function ask<T>(worker: Worker, question: Omit<Question, "question">): Promise<T> {
    return new Promise((resolve, reject) => {
      asked.set(questions, { resolve: resolve as (answer: unknown) => void, reject });
      worker.postMessage({ ...question, question: questions++ });
    });
  }

  return {
    name: `on workers, ${name}`,
    isConcurrent: true,
    async open() {
      workers = Array.from({ length: WORKERS }, () => new Worker(new URL("./seat.mjs", import.meta.url)));
      for (const worker of workers) {
        worker.on("message", ({ question, answer, error }: Answer) => {
          const promise = asked.get(question);
          asked.delete(question);
          if (error === undefined) promise?.resolve(answer);
          else promise?.reject(Object.assign(new Error(`on a worker: ${error}`), { code: error }));
        });
        worker.on("error", (error) => {
          for (const { reject } of asked.values()) reject(error as Error);
        });
      }
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
    async listen<Tag>(event: SharedEvent<Tag>): Promise<Seat<Tag>> {
      const seat = seats++;
      const worker = workers[seat % WORKERS] as Worker;
      await ask(worker, { seat, act: "listen", token: event.share() });
      return {
        isNotified: () => ask(worker, { seat, act: "isNotified" }),
        wait: (timeoutMs = WAIT_MS) => ask(worker, { seat, act, timeoutMs }),
        drop: () => ask(worker, { seat, act: "drop" }),
        discard: () => ask(worker, { seat, act: "discard" }),
      };
    },
  };
}

export const seatings: readonly Seating[] = [
  here("blocking", (listener, timeoutMs) => listener.waitSync({ timeoutMs })),
  here("awaited", (listener, timeoutMs) => listener.wait({ timeoutMs })),
  onWorkers("blocking", "waitSync"),
  onWorkers("awaited", "wait"),
];
