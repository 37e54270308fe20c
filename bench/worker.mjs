// @ts-check
/** A thread of a crew (threads.mjs): opens its end of what is measured, then works through repetitions as it is told. */
import { parentPort, workerData } from "node:worker_threads";
import { meet } from "./barrier.mjs";
import { payloadOf } from "./payloads.mjs";
import { peers } from "./peers/index.mjs";

/** @type {import("./threads.mjs").Member} */
const { peer, end, role, batch, payload, barrier, members } = workerData;
const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const work = /** @type {import("./peers/index.mjs").Peer} */ (peers[peer]).join(end, role, batch, payloadOf(payload));

port.on("message", async (message) => {
  // A peer may send numbers of its own over this port.
  if (message?.share === undefined) return;
  meet(barrier, members);
  const start = Number(process.hrtime.bigint());
  const result = await work(message.share);
  port.postMessage({ start, end: Number(process.hrtime.bigint()), ...result });
});
port.postMessage("ready");
