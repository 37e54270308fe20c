/**
 * A thread of crowd.mjs: has senders of two channels, a listener that stands before all others', and something that it waits
 * for; or it survives, and says when it is told that the others are dead.
 */
import { parentPort, Worker, workerData } from "node:worker_threads";

const { role, tokens, handlers, waits, death } = workerData;

const say = (message) => parentPort.postMessage(message);
if (handlers === "before") process.on("exit", () => {});
const { channel, Heap, i32, Receiver, Sender, SharedEvent } = await import("shmol");

/** What keeps the handles from being collected. */
const held = [];

function hold(...things) {
  held.push(...things);
  return things[0];
}

/** Makes the heap and what is in it, for all others. */
function create() {
  const heap = hold(Heap.create({ capacity: 2 ** 22 }));
  const awaited = channel(i32, { heap });
  const blocked = channel(i32, { heap });
  const mine = channel(i32, { heap });
  const event = SharedEvent.create({ heap });
  const shared = {
    heap: heap.share(),
    event: event.share(),
    awaited: { sender: awaited.sender.share(), receiver: awaited.receiver.share() },
    blocked: { sender: blocked.sender.share(), receiver: blocked.receiver.share() },
  };
  hold(awaited.sender, awaited.receiver, blocked.sender, blocked.receiver, mine.sender, event, event.listen());
  say({ shared });
  return mine.receiver;
}

/** Opens what all those have who will die. */
function open() {
  const heap = hold(Heap.open(tokens.heap));
  const event = hold(SharedEvent.open(tokens.event));
  const mine = channel(i32, { heap });
  hold(Sender.open(tokens.awaited.sender), Sender.open(tokens.blocked.sender), event.listen(), mine.sender);
  return mine.receiver;
}

const deaths = {
  exit: () => process.exit(),
  throw() {
    throw new Error("on purpose");
  },
  naturally: () => parentPort.close(),
};

/** What a thread is in the middle of when it dies. Nobody sends what it waits for. */
const pastimes = {
  awaits: (receiver) => void receiver.recv().catch(() => {}),
  rests() {},
  recvSync: (receiver) => receiver.recvSync(),
  blocking(receiver) {
    for (const _ of receiver.blocking());
  },
  timeouts(receiver) {
    for (;;) {
      try {
        receiver.recvSync({ timeoutMs: 5 });
      } catch (error) {
        if (error.name !== "TimeoutError") throw error;
      }
    }
  },
  waitSync: () =>
    held
      .find((one) => one instanceof SharedEvent)
      .listen()
      .waitSync(),
  spins() {
    for (;;);
  },
};

const roles = {
  async dies() {
    const receiver = tokens === undefined ? create() : open();
    if (workerData.child !== undefined) {
      const child = new Worker(new URL(import.meta.url), { workerData: { ...workerData.child, tokens } });
      await new Promise((resolve) => child.once("message", resolve));
    }
    if (handlers === "after") process.on("exit", () => held.length);
    parentPort.on("message", () => deaths[death]());
    say("ready");
    // The others must be told of that first, and then this thread may block.
    setImmediate(() => pastimes[waits](receiver));
  },

  /** Lives through all rounds, and is told what to wait for in each. */
  survives() {
    parentPort.on("message", (order) => orders[order.name]?.(order));
    say("ready");
  },
};

/** The heap that the first of those who survive has open still. */
let heap;

/** What ends the wait: the loop over `blocking()`, and the wait for a notification, end by themselves. */
const told = (wait) => {
  try {
    wait();
    return "ClosedError";
  } catch (error) {
    return error.name;
  }
};

const orders = {
  /** Waits for a message, which nobody is there to send: awaits it, or blocks. */
  async first({ tokens, waits }) {
    heap = Heap.open(tokens.heap);
    const receiver = Receiver.open(tokens.awaited.receiver);
    say("ready");
    await new Promise((resolve) => setImmediate(resolve));
    const name =
      waits === "recv"
        ? await receiver.recv().then(
            () => "a message",
            (error) => error.name,
          )
        : told(() => pastimes[waits](receiver));
    receiver.drop();
    say({ told: name });
  },

  /** Blocks, on the other channel, or for a notification. */
  async second({ tokens, waits }) {
    const heap = Heap.open(tokens.heap);
    const event = SharedEvent.open(tokens.event);
    const receiver = Receiver.open(tokens.blocked.receiver);
    // Behind those of the threads that will die with their notifications.
    const listener = event.listen();
    say("ready");
    await new Promise((resolve) => setImmediate(resolve));
    const name = told(() => (waits === "waitSync" ? listener.waitSync() : pastimes[waits](receiver)));
    for (const handle of [listener, event, receiver, heap]) handle.drop();
    say({ told: name });
  },

  stats() {
    const { threads, used, blocks, controls } = heap.stats();
    say({ threads: threads.map(({ threadId }) => threadId), used, blocks, controls });
  },

  letGo() {
    heap.drop();
    say("ready");
  },
};

await roles[role]();
