/** The thread that dies while the main thread of blockedMain.mjs blocks. */
import { parentPort, workerData } from "node:worker_threads";

const { tokens, death, handlers, afterMs } = workerData;

if (handlers === "before") process.on("exit", () => {});
const { Receiver, Sender, SharedEvent } = await import("shmol");
globalThis.held = [Sender.open(tokens.sender), Receiver.open(tokens.receiver), SharedEvent.open(tokens.event).listen()];
if (handlers === "after") process.on("exit", () => {});
parentPort.postMessage("ready");

const deaths = {
  // Not before the main thread blocks.
  exit: () => setTimeout(() => process.exit(), afterMs),
  throw: () =>
    setTimeout(() => {
      throw new Error("on purpose");
    }, afterMs),
  naturally: () => setTimeout(() => {}, afterMs),
  terminate: () => setInterval(() => {}, 1000),
};
deaths[death]();
