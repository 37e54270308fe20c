/**
 * A program whose host is not as usual when it loads the package, as the first argument says: the only sender of a channel is
 * refused to `reap` while it lives, and is terminated. Prints what came of both.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { Worker } from "node:worker_threads";

const hosts = {
  asUsual() {},
  /** A clock that stands still. */
  clock() {
    performance.now = () => 0;
  },
  /** No files at all. */
  noFiles() {
    fs.statSync = () => undefined;
    fs.readlinkSync = () => {
      throw new Error("there is no such file");
    };
  },
  /** Files that are all there. */
  anyFiles() {
    const { statSync } = fs;
    fs.statSync = () => statSync("/");
  },
};

hosts[process.argv[2]]();
syncBuiltinESMExports();
const { channel, i32 } = await import("shmol");
// What takes the listeners of events away, takes the library's along.
if (process.argv[3] === "removeAllListeners") process.removeAllListeners();

const { sender, receiver } = channel(i32);
const { heap } = sender;
const worker = new Worker(new URL("./member.mjs", import.meta.url), {
  workerData: { part: "sends", token: sender.share({ opens: 1 }) },
});
sender.drop();
await new Promise((resolve) => worker.once("message", resolve));
const seen = [];
try {
  heap.reap(worker.threadId);
  seen.push("reaped");
} catch (error) {
  seen.push(error.code);
}
setTimeout(() => worker.terminate(), 10);
const late = setTimeout(() => {
  console.log(...seen, "told nothing");
  process.exit(1);
}, 3000);
try {
  await receiver.recv();
} catch (error) {
  seen.push(error.name);
}
clearTimeout(late);
console.log(...seen);
process.exit();
