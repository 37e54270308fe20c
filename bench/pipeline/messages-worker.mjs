/** The workers of messages.mjs. */
import { parentPort } from "node:worker_threads";
import { parse } from "../../examples/pipeline/log.mjs";

parentPort.on("message", (chunk) => {
  if (chunk === undefined) return parentPort.close();
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
  parentPort.postMessage(parse(text));
});
