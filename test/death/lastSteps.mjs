/** The workers of lastSteps.test.ts: code of theirs runs behind their last exit handler. */
import { parentPort, workerData } from "node:worker_threads";
import { collect } from "../garbage.mjs";

const { part, tokens, calls } = workerData;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Handles of one kind, none of which anybody has in hand. */
async function forget(kind) {
  const { Arc, Receiver, Sender, SharedEvent } = await import("shmol");
  const forgotten = {
    arc: () => Arc.open(tokens.arc),
    weak: (arc) => arc.downgrade(),
    event: () => SharedEvent.open(tokens.event),
    listener: (_, event) => event.listen(),
    receiver: () => Receiver.open(tokens.receiver),
    weakEnd: (_, __, sender) => sender.downgrade(),
  }[kind];
  globalThis.kept = [Arc.open(tokens.arc), SharedEvent.open(tokens.event), Sender.open(tokens.sender)];
  for (let i = 0; i < 3; i++) forgotten(...globalThis.kept);
}

/** Has each call of a finalization registry counted that is made from now on. */
function countCalls() {
  let isEnding = 0;
  process.on("exit", () => {
    isEnding = 1;
  });
  globalThis.FinalizationRegistry = class extends FinalizationRegistry {
    constructor(callback) {
      super((held) => {
        Atomics.add(calls, isEnding, 1);
        callback(held);
      });
    }
  };
}

const parts = {
  /** Node calls finalization registries after an uncaught error. `calls`: before the end of the thread, and behind. */
  async collected() {
    countCalls();
    await forget(workerData.kind);
    // As long as something keeps its event loop alive, that goes round once more.
    parentPort.on("message", async () => {
      await turn();
      collect();
      throw new Error("on purpose");
    });
    parentPort.postMessage("ready");
  },

  /** What waits for a promise that an exit handler settles goes on behind all of them, if the thread ends naturally. */
  async continued() {
    let resolve;
    const ending = new Promise((settle) => {
      resolve = settle;
    });
    // Before the library's own, which comes when the first heap is opened.
    process.on("exit", () => resolve());
    const { Arc, ConcurrentQueue, SharedEvent } = await import("shmol");
    const queue = ConcurrentQueue.open(tokens.queue);
    const event = SharedEvent.open(tokens.event);
    const listener = event.listen();
    const arc = Arc.open(tokens.arc);
    void ending.then(() => {
      const codes = [
        () => queue.push(1),
        () => queue.pushMany([1, 2, 3]),
        () => queue.pop(),
        () => event.notify(1),
        () => event.listen(),
        () => listener.isNotified,
        () => arc.clone(),
        () => arc.drop(),
        () => queue.drop(),
        () => Arc.open(tokens.arc),
      ].map((use) => {
        try {
          use();
          return "nothing";
        } catch (error) {
          return error.code;
        }
      });
      parentPort.postMessage(codes);
    });
  },
};

await parts[part]();
