import { workerData } from "node:worker_threads";
import { Receiver, Sender } from "shmol";
import { find } from "./log.mjs";

const chunks = Receiver.open(workerData.chunks);
const findings = Sender.open(workerData.findings);

// A worker with nothing else to do may block: for the next chunk, and for room for what it found.
for (const chunk of chunks.blocking()) {
  find(Buffer.from(chunk.buffer).latin1Slice(), (finding) => findings.sendSync(finding));
}

chunks.drop();
findings.drop();
