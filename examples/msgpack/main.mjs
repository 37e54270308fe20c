// A worker sums up orders that travel as MessagePack, through a queue with room for sixteen of them.
import { Worker } from "node:worker_threads";
import { decode, encode } from "@msgpack/msgpack";
import { ConcurrentQueue } from "shmol";

// A codec of your own is a name and a way to bytes and back.
const msgpack = { name: "msgpack", encode, decode };

const orders = ConcurrentQueue.bounded(16, msgpack);
const totals = ConcurrentQueue.unbounded(msgpack);

const workerData = { orders: orders.share({ opens: 1 }), totals: totals.share({ opens: 1 }) };
const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });

for (let id = 1; id <= 100; id++) {
  const order = { id, placed: new Date(2026, 0, id), items: [{ name: "söta bullar 🥐", count: id, price: 2.5 }] };
  // False: sixteen orders are waiting. Let the worker have the processor, and try again.
  while (!orders.push(order)) await new Promise(setImmediate);
}
orders.close();
await new Promise((resolve) => worker.once("exit", resolve));

for (const { name, count, total, last } of totals.drain()) {
  console.log(`${count} ${name} for ${total}, the last on ${last.toDateString()}`);
}
