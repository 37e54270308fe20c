// @ts-check
/** A worker of the page: blocks, which a page may not. */
import { ConcurrentQueue, f64, i32, Receiver, Sender } from "shmol";

const parts = {
  /** @param {{ jobs: import("shmol").ReceiverToken<number>, sums: import("shmol").SenderToken<number> }} tokens */
  addUp(tokens) {
    const jobs = Receiver.open(tokens.jobs, i32);
    const sums = Sender.open(tokens.sums, f64);
    let sum = 0;
    for (const job of jobs.blocking()) sum += job;
    sums.sendSync(sum);
    jobs.drop();
    sums.drop();
    return sum;
  },

  /** @param {{ token: import("shmol").QueueToken<number>, count: number }} job */
  push({ token, count }) {
    const queue = ConcurrentQueue.open(token, i32);
    for (let i = 1; i <= count; i++) queue.push(i);
    queue.drop();
    return 0;
  },

  /** @param {{ token: import("shmol").QueueToken<number>, count: number }} job */
  pop({ token, count }) {
    const queue = ConcurrentQueue.open(token, i32);
    let sum = 0;
    for (let popped = 0; popped < count; ) {
      const value = queue.pop();
      if (value === undefined) continue;
      sum += value;
      popped++;
    }
    queue.drop();
    return sum;
  },
};

addEventListener("message", ({ data }) => {
  const part = /** @type {(job: any) => unknown} */ (parts[/** @type {keyof typeof parts} */ (data.part)]);
  postMessage(part(data));
});
