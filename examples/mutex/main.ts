// The same in TypeScript: four workers count in one record, and a fifth one dies in the middle of it.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Mutex, type MutexGuard, type MutexToken, PoisonedError, struct, u32 } from "shmol";

/** What the mutex protects: two numbers that belong together. */
const counters = struct({ rounds: u32, halves: u32 });
export interface Counters {
  rounds: number;
  halves: number;
}

/** What a worker gets. */
export interface Task {
  readonly token: MutexToken<Counters>;
  readonly rounds: number;
  /** Whether it blocks for the mutex, or awaits it. */
  readonly blocks: boolean;
  /** Whether it dies before it has written both. */
  readonly dies?: boolean;
}

const WORKERS = 4;
const ROUNDS = 25_000;

const mutex = Mutex.create(counters);
const start = (task: Omit<Task, "token">) => {
  const workerData: Task = { token: mutex.share(), ...task };
  return once(new Worker(new URL("./worker.ts", import.meta.url), { workerData }), "exit");
};

await start({ rounds: 1, blocks: true, dies: true });
await repair();
await Promise.all(Array.from({ length: WORKERS }, (_, i) => start({ rounds: ROUNDS, blocks: i % 2 === 0 })));

mutex.withLockSync(({ value }) => {
  console.log(value.rounds, value.halves); // 100000 200000
});
mutex.drop();

// A holder has died: the error's guard has the mutex, to look and repair.
async function repair(): Promise<void> {
  try {
    (await mutex.lock()).unlock();
  } catch (error) {
    if (!(error instanceof PoisonedError)) throw error;
    const guard = error.guard as MutexGuard<Counters>;
    guard.value = { rounds: 0, halves: 0 };
    guard.clearPoison();
    guard.unlock();
  }
}
