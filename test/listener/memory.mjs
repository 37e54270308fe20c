/**
 * Run with --expose-gc: warms up, measures, does the same many times more, measures again, and prints both. The arguments
 * say what is done, for how many listeners, and what each of them leaks: nothing, unless a test is to see that it would
 * notice.
 */
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Heap, SharedEvent } from "shmol";

const AT_ONCE = 1000;
const [, , what, count, leak] = process.argv;

const heap = Heap.create({ capacity: 64 * 65536 });
const event = SharedEvent.create({ heap });
const leaked = [];
const silent = new Int32Array(new SharedArrayBuffer(4));

function listen() {
  // An array of two, and what it holds: four words each.
  if (leak === "64 bytes") leaked.push(new Array(2).fill(0));
  // What a listener would cost that waited for itself, and gave up.
  if (leak === "waitAsync") Atomics.waitAsync(silent, 0, 0);
  return event.listen();
}

/** A batch of listeners that wait at the same time, until the last wait has ended. */
const batches = {
  async notified() {
    const waits = Array.from({ length: AT_ONCE }, () => listen().wait());
    event.notify(Infinity);
    await Promise.all(waits);
    return waits.length;
  },
  /** One after the other: the doorbell comes and goes with each. */
  async notifiedAlone() {
    for (let i = 0; i < AT_ONCE; i++) {
      const wait = listen().wait();
      event.notify();
      await wait;
    }
    return AT_ONCE;
  },
  /** As `notified`, blocking. */
  async notifiedSync() {
    for (let i = 0; i < AT_ONCE; i++) {
      const listener = listen();
      event.notify();
      listener.waitSync();
    }
    return AT_ONCE;
  },
  async timedOut() {
    const waits = Array.from({ length: AT_ONCE }, () => listen().wait({ timeoutMs: 1 }));
    return (await Promise.allSettled(waits)).filter(({ reason }) => reason?.code === "ERR_SHMOL_TIMEOUT").length;
  },
  async aborted() {
    const gaveUp = new AbortController();
    setMaxListeners(0, gaveUp.signal);
    const waits = Array.from({ length: AT_ONCE }, () => listen().wait({ signal: gaveUp.signal }));
    await sleep(0);
    gaveUp.abort();
    return (await Promise.allSettled(waits)).filter(({ reason }) => reason === gaveUp.signal.reason).length;
  },
  /** By one signal that lives as long as the program, and never tells: what each leaves behind there would stay. */
  async droppedWithSignal() {
    const listeners = Array.from({ length: AT_ONCE }, listen);
    const waits = listeners.map((listener) => listener.wait({ signal: never.signal }));
    await sleep(0);
    for (const listener of listeners) listener.drop();
    return (await Promise.allSettled(waits)).filter(({ reason }) => reason?.code === "ERR_SHMOL_DROPPED").length;
  },
};
const never = new AbortController();
setMaxListeners(0, never.signal);

async function repeat(times) {
  let ended = 0;
  while (ended < times) {
    const as = await batches[what]();
    // Somebody ended otherwise than he should: that is not what is measured.
    if (as !== AT_ONCE) throw new Error(`${as} of ${AT_ONCE} listeners: ${what}`);
    ended += as;
  }
  return ended;
}

/** What is in use once garbage is gone. Some of it goes by finalization only, and pages go back late. */
async function measure() {
  for (let i = 0; i < 8; i++) {
    globalThis.gc();
    await sleep(5);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const { used, blocks, controls } = heap.stats();
  return { rss, host: heapUsed + external, used, blocks, controls, listeners: event.totalListeners };
}

await repeat(Math.max(20 * AT_ONCE, Number(count) / 4));
const before = await measure();
const ended = await repeat(Number(count));
const after = await measure();
console.log(JSON.stringify({ before, after, ended }));
