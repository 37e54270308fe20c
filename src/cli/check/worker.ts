/** A thread of the checker (crew.ts): searches one program after the other, as it is told. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { check } from "../../check/index.js";
import type { Order, Said } from "./crew.js";

const port = parentPort as MessagePort;
const say = (said: Said) => port.postMessage(said);

port.on("message", ({ index, options }: Order) => {
  say({ checked: check(index, options, (progress) => say({ progress })) });
});
