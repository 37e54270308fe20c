/** A worker on which listeners sit; see seats.ts. */
import { parentPort } from "node:worker_threads";
import { SharedEvent } from "shmol";

const listeners = new Map();

const acts = {
  listen({ seat, token }) {
    const event = SharedEvent.open(token);
    listeners.set(seat, event.listen());
    // The listener keeps the event.
    event.drop();
  },
  isNotified: ({ seat }) => listeners.get(seat).isNotified,
  wait: ({ seat, timeoutMs }) => listeners.get(seat).wait({ timeoutMs }),
  waitSync: ({ seat, timeoutMs }) => listeners.get(seat).waitSync({ timeoutMs }),
  drop: ({ seat }) => listeners.get(seat).drop(),
  discard: ({ seat }) => listeners.get(seat).discard(),
};

parentPort.on("message", async (asked) => {
  const { question, act } = asked;
  try {
    parentPort.postMessage({ question, answer: await acts[act](asked) });
  } catch (error) {
    parentPort.postMessage({ question, error: error.code ?? String(error) });
  }
});
