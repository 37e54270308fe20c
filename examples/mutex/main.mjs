// Four workers count in one record under a mutex, and a fifth one dies in the middle of it.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Mutex, PoisonedError, struct, u32 } from "shmol";

const WORKERS = 4;
const ROUNDS = 25_000;

// What the mutex protects: two numbers that belong together.
const mutex = Mutex.create(struct({ rounds: u32, halves: u32 }));
const start = (task) => {
  const workerData = { token: mutex.share(), ...task };
  return once(new Worker(new URL("./worker.mjs", import.meta.url), { workerData }), "exit");
};

await start({ rounds: 1, blocks: true, dies: true });
await repair();
await Promise.all(Array.from({ length: WORKERS }, (_, i) => start({ rounds: ROUNDS, blocks: i % 2 === 0 })));

mutex.withLockSync(({ value }) => {
  console.log(value.rounds, value.halves); // 100000 200000
});
mutex.drop();

// A holder has died: the error's guard has the mutex, to look and repair.
async function repair() {
  try {
    (await mutex.lock()).unlock();
  } catch (error) {
    if (!(error instanceof PoisonedError)) throw error;
    const { guard } = error;
    guard.value = { rounds: 0, halves: 0 };
    guard.clearPoison();
    guard.unlock();
  }
}
