import { workerData } from "node:worker_threads";
import { Mutex } from "shmol";

const { token, rounds, blocks, dies } = workerData;
const mutex = Mutex.open(token);

for (let round = 0; round < rounds; round++) {
  const guard = blocks ? mutex.lockSync() : await mutex.lock();
  guard.value.halves += 1;
  if (dies) process.exit(1);
  guard.value.rounds += 1;
  guard.value.halves += 1;
  guard.unlock();
}
mutex.drop();
