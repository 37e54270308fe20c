// @ts-check
/**
 * What channels cost that nothing goes through: the processor time of a process in which all ends wait, one in each way on
 * each of two threads, beside that of the same process without channels.
 *
 *   node bench/idle.mjs [SECONDS]
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { channel, i32, Receiver, Sender } from "shmol";

const SECONDS = 5;
/** Until threads have started, compiled and settled. */
const SETTLE_MS = 1000;

/** Two channels: an empty one, and one that is full. */
function channels() {
  const empty = channel(i32);
  const full = channel(i32, { capacity: 1 });
  full.sender.sendSync(0);
  return { empty, full };
}

/** Milliseconds of processor time, of all threads together, in so many seconds. @param {boolean} withChannels @param {number} seconds */
async function measure(withChannels, seconds) {
  const { empty, full } = channels();
  const data = { receiver: empty.receiver.share({ opens: 4 }), sender: full.sender.share({ opens: 4 }) };
  const waits = withChannels ? ["recv", "recvSync", "send", "sendSync"] : ["nothing", "nothing", "nothing", "nothing"];
  const workers = waits.map((wait) => new Worker(fileURLToPath(import.meta.url), { workerData: { ...data, wait } }));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const own = withChannels ? empty.receiver.recv().catch(() => {}) : undefined;
  await sleep(SETTLE_MS);
  const before = process.cpuUsage();
  await sleep(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  empty.sender.close();
  full.sender.close();
  await own;
  await Promise.all(workers.map((worker) => worker.terminate()));
  for (const end of [empty.sender, empty.receiver, full.sender, full.receiver]) end.drop();
  return (user + system) / 1000;
}

/** The worker's part: says that it is about to wait, and waits. @param {{ wait: string, receiver: any, sender: any }} data */
async function wait({ wait, receiver, sender }) {
  const taking = Receiver.open(receiver);
  const putting = Sender.open(sender);
  parentPort?.postMessage("waiting");
  try {
    if (wait === "recv") await taking.recv();
    if (wait === "recvSync") taking.recvSync();
    if (wait === "send") await putting.send(1);
    if (wait === "sendSync") putting.sendSync(1);
    if (wait === "nothing") parentPort?.on("message", () => {});
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== "ERR_SHMOL_CLOSED") throw error;
  }
}

if (isMainThread) {
  const seconds = Number(process.argv[2] ?? SECONDS);
  if (!(seconds > 0)) {
    console.error(`SECONDS must be a positive number: ${process.argv[2]}`);
    process.exit(2);
  }
  const without = await measure(false, seconds);
  const idle = await measure(true, seconds);
  console.log(JSON.stringify({ seconds, idleMs: idle, withoutMs: without }));
} else {
  await wait(workerData);
}
