/**
 * The self-test's other thread: does what it is told, one order after the other, and answers each.
 */
import { parentPort } from "node:worker_threads";
import { Arc, ConcurrentQueue, Heap, Receiver, Sender, SharedEvent } from "../../index.js";
import { Ball } from "./ball.js";
import type { Answer, Order, Reply } from "./orders.js";

const BLOCK = 48;
/** Values that a queue without bounds may hold, and handles that are made between two looks at the time. */
const ENOUGH = 1_000_000;
const BATCH = 500;

parentPort?.on("message", async (order: Order) => {
  let reply: Reply;
  try {
    reply = { answer: await obey(order) };
  } catch (error) {
    reply = { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  parentPort?.postMessage(reply);
});

function obey(order: Order): Answer | Promise<Answer> {
  switch (order.part) {
    case "start":
      return 0;
    case "alloc":
      return allocate(Heap.open(order.heap), order.aligns);
    case "arc":
      return cloneAndDrop(Arc.open(order.arc), order.ms);
    case "push":
      return push(ConcurrentQueue.open(order.queue), order.ms);
    case "pop":
      return pop(ConcurrentQueue.open(order.queue));
    case "play":
      return play(order);
    case "echo":
      return echo(order);
    case "hold":
      return hold(Arc.open(order.arc), SharedEvent.open(order.event), order.count);
  }
}

function allocate(heap: Heap, aligns: readonly number[]): number[] {
  return aligns.map((align, i) => {
    const block = heap.alloc(BLOCK, align);
    new Uint8Array(heap.buffer, block, BLOCK).fill(i + 1);
    return block;
  });
}

function cloneAndDrop(arc: Arc, ms: number): number {
  const end = performance.now() + ms;
  let count = 0;
  while (performance.now() < end) {
    for (let i = 0; i < BATCH; i++, count++) arc.clone().drop();
  }
  arc.drop();
  return count;
}

function push(queue: ConcurrentQueue<number>, ms: number): number {
  const end = performance.now() + ms;
  let count = 0;
  while (count < ENOUGH && performance.now() < end) {
    for (let i = 0; i < BATCH; i++) queue.push(count++);
  }
  queue.close();
  queue.drop();
  return count;
}

function pop(queue: ConcurrentQueue<number>): number {
  let count = 0;
  while (!queue.isFinished) {
    const value = queue.pop();
    if (value === undefined) continue;
    if (value !== count) throw new Error(`value ${value} came when it was ${count}'s turn`);
    count++;
  }
  queue.drop();
  return count;
}

async function play({ manner, ...order }: Extract<Order, { part: "play" }>): Promise<number> {
  using mine = SharedEvent.open(order.mine);
  using theirs = SharedEvent.open(order.theirs);
  const ball = new Ball(Heap.open(order.heap), order.turn, mine, theirs, 1);
  const never = () => false;
  return manner === "blocks" ? ball.playSync(never) : await ball.play(never);
}

async function echo({ manner, from, to }: Extract<Order, { part: "echo" }>): Promise<number> {
  using receiver = Receiver.open(from);
  using sender = Sender.open(to);
  let count = 0;
  if (manner === "blocks") {
    for (const message of receiver.blocking()) {
      sender.sendSync(message);
      count++;
    }
  } else {
    for await (const message of receiver) {
      await sender.send(message);
      count++;
    }
  }
  return count;
}

/** Takes hold of things, says so, and loops until it is killed. */
function hold(arc: Arc, event: SharedEvent, count: number): never {
  const held = Array.from({ length: count }, () => [arc.clone(), event.listen()]);
  parentPort?.postMessage({ answer: held.length } satisfies Reply);
  const word = new Int32Array(new SharedArrayBuffer(4));
  while (held.length > 0) Atomics.load(word, 0);
  throw new Error("it let go of something");
}
