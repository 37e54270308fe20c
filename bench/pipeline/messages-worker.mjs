/** The workers of messages.mjs. */
import { parentPort } from "node:worker_threads";
import { find } from "../../examples/pipeline/log.mjs";

parentPort.on("message", (chunk) => {
  if (chunk === undefined) return parentPort.close();
  find(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).latin1Slice(), (finding) =>
    parentPort.postMessage(finding),
  );
  parentPort.postMessage(undefined);
});
