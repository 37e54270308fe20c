/** What workers do before they die, in the tests of reaping. */
import { parentPort, threadId, workerData } from "node:worker_threads";
import { Arc, ConcurrentQueue, Heap, SharedEvent, utf8 } from "shmol";

const { what, how, heap: token, queue, event, arc, ticket, codec = false } = workerData;

/** A codec of which the second value is never encoded to the end. */
const fatal = {
  name: "fatal",
  encode: (value) => (value === "fatal" ? die() : new TextEncoder().encode(value)),
  decode: (bytes) => new TextDecoder().decode(bytes),
};

const heap = Heap.open(token);
const values = ConcurrentQueue.open(queue, codec ? fatal : utf8);
const signal = SharedEvent.open(event);
// To be returned, whatever else is: a handle, a weak one, a ticket.
const held = Arc.open(arc);
const weak = held.downgrade();
const set = held.share({ opens: 2 }).ticket;
ticket.set([set.control, set.generation]);

/** Ends this thread in the given way; `terminate` is for the other one to do. */
function die() {
  if (how === "exit") process.exit(0);
  if (how === "throw") throw new Error("on purpose");
  if (how === "heapLimit") for (const eaten = []; ; ) eaten.push(new Array(1e5).fill({}));
  parentPort.postMessage(threadId);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** Does something for ever, and dies in the middle of it. */
const deeds = {
  parked() {
    parentPort.postMessage(threadId);
    signal.listen().waitSync();
    // It was woken for its death, unless that is for the other one to bring about.
    die();
  },
  spinning() {
    for (let i = 0; ; i++) {
      if (i === 500) {
        if (how !== "terminate") die();
        parentPort.postMessage(threadId);
      }
      values.push(`value ${i}`);
      values.pop();
    }
  },
  inABatch() {
    const batch = Array.from({ length: 50 }, (_, i) => `value ${i}`);
    for (let i = 0; ; i++) {
      if (i === 20) {
        // A getter is code of ours, which runs in the middle of the call.
        if (how !== "terminate") Object.defineProperty(batch, 25, { get: die });
        else parentPort.postMessage(threadId);
      }
      // What a value throws ends the batch, and the call.
      if (values.pushMany(batch) < 50) die();
      values.popMany(50);
    }
  },
  encoding() {
    values.push("first");
    values.push("fatal");
  },
  encodingABatch() {
    if (values.pushMany(["first", "second", "fatal", "third"]) < 4) values.push("fatal");
  },
  listening() {
    for (let i = 0; i < 3; i++) void signal.listen().wait();
    if (how === "terminate") parentPort.postMessage(threadId);
    else setTimeout(die, 20);
  },
  looking() {
    values.push("a look");
    values.popWith(die);
  },
};

deeds[what]();
// Nobody lets go of these before.
parentPort.ref();
globalThis.alive = [heap, values, signal, held, weak];
