/** A worker on which ends of channels are; see places.ts. */
import { parentPort } from "node:worker_threads";
import { Heap, Receiver, Sender } from "shmol";

const handles = new Map();

const acts = {
  open({ handle, token, heap }) {
    Heap.open(heap);
    handles.set(handle, token.shmol === "sender" ? Sender.open(token) : Receiver.open(token));
  },
  call: ({ handle, method, args }) => handles.get(handle)[method](...args),
  get: ({ handle, property }) => handles.get(handle)[property],
  /** Makes another handle by a method of this one; whether there is one. */
  derive({ handle, method, derived }) {
    const made = handles.get(handle)[method]();
    handles.set(derived, made);
    return made !== undefined;
  },
  heap: ({ handle }) => handles.get(handle).heap.share(),
  share: ({ handle }) => handles.get(handle).share({ opens: 1 }),
  /** Begins to call a method, and blocks the thread before anything can come of it, until `gate[0]` is set. */
  callAndBlock({ handle, method, args, gate }) {
    const answer = handles.get(handle)[method](...args);
    Atomics.store(gate, 1, 1);
    Atomics.wait(gate, 0, 0, 20_000);
    return answer;
  },
};

parentPort.on("message", async (asked) => {
  const { question, act } = asked;
  try {
    parentPort.postMessage({ question, answer: await acts[act](asked) });
  } catch (error) {
    const { code, message, sent } = error;
    parentPort.postMessage({ question, error: { code: code ?? String(error), message, sent } });
  }
});
