// Tasks of a pool feed one channel, and the main thread consumes it while they run.
import { Piscina } from "piscina";
import { channel, struct, u32 } from "shmol";

const TASKS = 20;

const { sender, receiver } = channel(struct({ task: u32, step: u32, done: u32 }), { capacity: 64 });
// The memory goes to each thread once, with the worker's data; a task gets a light token, which is a few numbers.
const pool = new Piscina({
  filename: new URL("./task.mjs", import.meta.url).href,
  maxThreads: 4,
  workerData: receiver.heap.share(),
});

const results = Array.from({ length: TASKS }, (_, task) =>
  pool.run({ task, progress: sender.share({ opens: 1, light: true }) }),
);
// The tasks' senders are the only ones now, and those set aside for tasks that have not begun: the last one ends the loop.
sender.drop();

let steps = 0;
for await (const { done } of receiver) steps += done;
receiver.drop();

let sum = 0;
for (const result of await Promise.all(results)) sum += result;
console.log(`${steps} steps, ${sum} in all`); // 200 steps, 1900 in all
await pool.destroy();
