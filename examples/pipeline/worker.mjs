import { workerData } from "node:worker_threads";
import { Receiver, Sender } from "shmol";
import { parse } from "./log.mjs";

const chunks = Receiver.open(workerData.chunks);
const requests = Sender.open(workerData.requests);

// A worker with nothing else to do may block: for the next chunk, and for room for what is in it.
for (const chunk of chunks.blocking()) {
  requests.sendManySync(parse(Buffer.from(chunk.buffer).toString("latin1")));
}

chunks.drop();
requests.drop();
