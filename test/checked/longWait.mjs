/**
 * Blocks in checked heaps for longer than ten seconds, of a clock that is twenty times as fast. Prints the warnings, while it
 * blocks, and how many there were.
 */
import { isMainThread, Worker } from "node:worker_threads";

const clock = performance.now.bind(performance);
performance.now = () => 20 * clock();
const { channel, Heap, SharedEvent, utf8 } = await import(process.argv[2] ?? "shmol/checked");

let isBlocked = false;
let warnings = 0;
process.on("warning", ({ name }) => {
  if (name !== "ShmolLongWaitWarning") return;
  warnings++;
  if (!isBlocked) throw new Error("the warning came when the wait was over");
});

const heap = Heap.create();
const event = SharedEvent.create({ heap });
const { receiver } = channel(utf8, { heap });
function waitFor(timeoutMs) {
  isBlocked = true;
  for (const wait of [() => event.listen().waitSync({ timeoutMs }), () => receiver.recvSync({ timeoutMs })]) {
    try {
      wait();
    } catch (error) {
      if (error.code !== "ERR_SHMOL_TIMEOUT") throw error;
    }
  }
  isBlocked = false;
}
waitFor(2_000);
console.log(`${warnings} before ten seconds`);
waitFor(12_000);
console.log(`${warnings} after two long waits`);
if (isMainThread) new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
