/** A thread of a crew (crew.ts): opens its end of what is measured, then works through repetitions as it is told. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { meet } from "./barrier.js";
import type { Member } from "./crew.js";
import { payloadOf } from "./payloads.js";
import { peers } from "./peers/index.js";
import type { Peer } from "./peers/peer.js";
import type { Share } from "./roles.js";
import { fillHeap, TRIGGER } from "./sabotage.js";

const { peer, end, role, batch, payload, barrier, members, sabotage } = workerData as Member;
const port = parentPort as MessagePort;

const work = (peers[peer] as Peer).join(end, role, batch, payloadOf(payload));
let repetitions = 0;

port.on("message", async (message: { share?: Share } | undefined) => {
  // A peer may send numbers of its own over this port.
  if (message?.share === undefined) return;
  const cheats = sabotage !== undefined && ++repetitions === TRIGGER;
  if (cheats && sabotage === "exit") process.exit(1);
  if (cheats && sabotage === "heap") fillHeap();
  meet(barrier, members);
  const start = Number(process.hrtime.bigint());
  const result = await work(message.share);
  const ended = Number(process.hrtime.bigint());
  const told = cheats && sabotage === "sum" ? { ...result, sum: result.sum + 1 } : result;
  port.postMessage({ start, end: ended, ...told });
});
port.postMessage("ready");
