import { workerData } from "node:worker_threads";
import { decode, encode } from "@msgpack/msgpack";
import { ConcurrentQueue } from "shmol";

// A codec that is not built in does not travel: each side brings its own, and the names must agree.
const msgpack = { name: "msgpack", encode, decode };
const orders = ConcurrentQueue.open(workerData.orders, msgpack);
const totals = ConcurrentQueue.open(workerData.totals, msgpack);

const sums = new Map();
// Nothing more will come once the queue is finished; until then an empty one means that the next order is being packed.
while (!orders.isFinished) {
  const order = orders.pop();
  if (order === undefined) continue;
  for (const { name, count, price } of order.items) {
    const sum = sums.get(name) ?? { name, count: 0, total: 0 };
    sum.count += count;
    sum.total += count * price;
    sum.last = order.placed;
    sums.set(name, sum);
  }
}
totals.pushMany([...sums.values()]);

orders.drop();
totals.drop();
