/** A worker that makes a channel, sends its receiver's token to its parent, and never ends by itself. */
import { parentPort } from "node:worker_threads";
import { channel, i32 } from "shmol";

const { sender, receiver } = channel(i32);
parentPort.postMessage(receiver.share({ opens: 1 }));
for (let i = 0; i < 3; i++) await sender.send(i);
receiver.drop();
setInterval(() => sender.senderCount, 1000);
