/** Awaits two listeners, then blocks until it is told to end, so that it never hears of a notification. */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { SharedEvent } from "shmol";

const event = SharedEvent.open(workerData);
for (const listener of [event.listen(), event.listen()]) listener.wait();
event.drop();
parentPort.postMessage("waits");

const nobody = new Int32Array(new SharedArrayBuffer(4));
while (receiveMessageOnPort(parentPort) === undefined) Atomics.wait(nobody, 0, 0, 5);
process.exit(0);
