/**
 * What one thread does on its own, timed by tinybench: taking memory and giving it back, counting references, events and locks
 * that nobody else uses.
 *
 * For the reader, of native code on such machines: event-listener takes 18.9 ns to notify without listeners, 44 ns to listen
 * and drop, and 66 ns a listener to listen, notify and wait for 8.
 */

import { Bench } from "tinybench";
import { Arc, Heap, Mutex, RwLock, Semaphore, SharedEvent } from "../../index.js";
import { isClean, type Probe } from "./measure.js";
import { judge, type Row } from "./rows.js";
import type { Bar } from "./scenarios.js";

/** An operation takes some ten nanoseconds, and to read the clock takes as long. So this number of operations is timed at once. */
const CALLS = 1000;
const TIME_MS = 300;
/** How often that is tried on a busy machine. */
const ATTEMPTS = 5;

/** Listeners that are notified at once. */
const LISTENERS = 8;

/** What is operated on. */
class Subjects {
  readonly heap = Heap.create();
  readonly arc = Arc.create(64, { heap: this.heap });
  readonly event = SharedEvent.create({ heap: this.heap });
  readonly mutex = Mutex.create(undefined, { heap: this.heap });
  readonly rwLock = RwLock.create(undefined, { heap: this.heap });
  readonly semaphore = Semaphore.create(1, { heap: this.heap });
  readonly words = new Int32Array(new SharedArrayBuffer(4));
}

interface Task {
  readonly scenario: string;
  readonly label: string;
  /** The loop that is timed. */
  readonly on: (subjects: Subjects) => () => void;
}

let subjects: Subjects | undefined;

/** @public What the loops find out, lest the compiler leave them out. */
export let found = 0;
const allocAndFree =
  (size: number) =>
  ({ heap }: Subjects) =>
  () => {
    for (let i = 0; i < CALLS; i++) heap.free(heap.alloc(size));
  };

/** In the order in which they run; the first of a scenario is ours. */
const tasks: readonly Task[] = [
  { scenario: "alloc_free", label: "shmol, 64 bytes", on: allocAndFree(64) },
  { scenario: "alloc_free", label: "shmol, 1 KiB", on: allocAndFree(1024) },
  {
    scenario: "alloc_free",
    label: "new SharedArrayBuffer(64)",
    on: () => () => {
      for (let i = 0; i < CALLS; i++) new SharedArrayBuffer(64);
    },
  },
  {
    scenario: "arc_clone_drop",
    label: "shmol",
    on:
      ({ arc }) =>
      () => {
        for (let i = 0; i < CALLS; i++) arc.clone().drop();
      },
  },
  {
    scenario: "notify_no_listener",
    label: "shmol",
    on:
      ({ event }) =>
      () => {
        let sum = 0;
        for (let i = 0; i < CALLS; i++) sum += event.notify();
        found += sum;
      },
  },
  {
    scenario: "notify_no_listener",
    label: "Atomics.load",
    on:
      ({ words }) =>
      () => {
        let sum = 0;
        for (let i = 0; i < CALLS; i++) sum += Atomics.load(words, 0);
        found += sum;
      },
  },
  {
    scenario: "notify_no_listener",
    label: "event.totalListeners",
    on:
      ({ event }) =>
      () => {
        let sum = 0;
        for (let i = 0; i < CALLS; i++) sum += event.totalListeners;
        found += sum;
      },
  },
  {
    scenario: "notify_no_listener",
    label: "an empty loop",
    on: () => () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i++) sum += i;
      found += sum;
    },
  },
  {
    scenario: "listen_drop",
    label: "shmol",
    on:
      ({ event }) =>
      () => {
        for (let i = 0; i < CALLS; i++) event.listen().drop();
      },
  },
  {
    scenario: "notify_and_wait",
    label: "shmol, per listener",
    on:
      ({ event }) =>
      () => {
        for (let i = 0; i < CALLS; i += LISTENERS) {
          const listeners = [];
          for (let k = 0; k < LISTENERS; k++) listeners.push(event.listen());
          found += event.notify(LISTENERS);
          for (const listener of listeners) listener.waitSync();
        }
      },
  },
  {
    scenario: "lock_unlock",
    label: "Mutex",
    on:
      ({ mutex }) =>
      () => {
        for (let i = 0; i < CALLS; i++) mutex.lockSync().unlock();
      },
  },
  {
    scenario: "lock_unlock",
    label: "two Atomics.compareExchange",
    on:
      ({ words }) =>
      () => {
        for (let i = 0; i < CALLS; i++) {
          Atomics.compareExchange(words, 0, 0, 1);
          Atomics.compareExchange(words, 0, 1, 0);
        }
      },
  },
  {
    scenario: "lock_unlock",
    label: "RwLock, read",
    on:
      ({ rwLock }) =>
      () => {
        for (let i = 0; i < CALLS; i++) rwLock.readSync().unlock();
      },
  },
  {
    scenario: "lock_unlock",
    label: "RwLock, write",
    on:
      ({ rwLock }) =>
      () => {
        for (let i = 0; i < CALLS; i++) rwLock.writeSync().unlock();
      },
  },
  {
    scenario: "lock_unlock",
    label: "Semaphore",
    on:
      ({ semaphore }) =>
      () => {
        for (let i = 0; i < CALLS; i++) semaphore.acquireSync().release();
      },
  },
];

const bars: { readonly [scenario: string]: readonly Bar[] } = {
  notify_no_listener: [
    { against: "shmol", atMostNs: 15 },
    { against: "Atomics.load", ratio: 0.5 },
  ],
  lock_unlock: [{ against: "two Atomics.compareExchange", ratio: 1 / 3 }],
};

export const names = [...new Set(tasks.map(({ scenario }) => scenario))];

interface SingleOptions {
  readonly timeMs?: number;
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures a scenario's contenders, which is one of `names`, one after the other, again if the cores were not free meanwhile.
 * `timeMs` is for each contender, and as long again for its warm-up.
 */
export async function measureSingle(
  scenario: string,
  probe: Probe,
  { timeMs = TIME_MS, attempts = ATTEMPTS, signal }: SingleOptions = {},
): Promise<Row[]> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs });
  subjects ??= new Subjects();
  for (const { label, on } of tasks.filter((task) => task.scenario === scenario)) bench.add(label, on(subjects));
  let cores = 0;
  for (let attempt = 0; attempt < attempts && !isClean({ cores }) && signal?.aborted !== true; attempt++) {
    const before = await probe.read();
    await bench.run();
    cores = Math.min(before, await probe.read());
  }
  const perCall = (ms: number) => (ms * 1e6) / CALLS;
  const rows: Row[] = bench.tasks.map(({ name, result }) => {
    if ("error" in result) throw result.error;
    if (!("latency" in result)) throw new Error(`${scenario}, ${name}: ${result.state}`);
    const { p50, min, p99, samplesCount } = result.latency;
    const figures = isClean({ cores }) ? { median: perCall(p50), min: perCall(min), max: perCall(p99) } : undefined;
    return {
      scenario,
      contender: name,
      unit: "ns",
      figures,
      reps: samplesCount,
      clean: samplesCount,
      items: CALLS,
      cores,
    };
  });
  return judge(rows, bars[scenario] ?? []);
}
