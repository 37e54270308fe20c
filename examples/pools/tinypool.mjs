// The same with tinypool.
import { channel, struct, u32 } from "shmol";
import { Tinypool } from "tinypool";

const TASKS = 20;

const { sender, receiver } = channel(struct({ task: u32, step: u32, done: u32 }), { capacity: 64 });
const pool = new Tinypool({
  filename: new URL("./task.mjs", import.meta.url).href,
  maxThreads: 4,
  workerData: receiver.heap.share(),
});

const results = Array.from({ length: TASKS }, (_, task) =>
  pool.run({ task, progress: sender.share({ opens: 1, light: true }) }),
);
sender.drop();

let steps = 0;
for await (const { done } of receiver) steps += done;
receiver.drop();

let sum = 0;
for (const result of await Promise.all(results)) sum += result;
console.log(`${steps} steps, ${sum} in all`); // 200 steps, 1900 in all
await pool.destroy();
