/**
 * A thread dies while its doorbell's wait is armed. This one then waits on the block that was the doorbell's, and is notified:
 * does it wake?
 *
 *   node stolenWakes.mjs HOW WHAT ROUNDS
 *     HOW    exit: in good order, with an exit handler that takes its time; terminate
 *     WHAT   bell: the block is this thread's doorbell now; futex: one that `heap.alloc` gave, with a word to wait on
 *
 *            late: as bell, but the dying thread does not wait before its last exit handler, which begins to
 *
 * Prints as JSON in how many rounds the block was the same one, in how many this thread slept on, and how many waits were armed
 * in a last exit handler. Nobody looks for lost wake-ups, so a sleeper whose wake-up was stolen sleeps for ever.
 */
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { Heap, SharedEvent } from "shmol";
import { Doorbell, internals, lookForLostWakeUps } from "../../dist/internals.js";

/** How long a wake-up may take: far longer than on any machine, since one that was stolen never comes. */
const PATIENCE_MS = 5000;
/** How long the dying thread stays in its exit handler at most. */
const SLOW_MS = 20_000;
/** When a thread that begins to wait has looked enough, and has armed its wait: surely, and where there is no time to lose. */
const ARMED_MS = 10;
const ARMED_SOON_MS = 0.1;
/** Bytes of a block in the class of a doorbell, and the index of the bell among its words. */
const BLOCK = 100;
const BELL = 2;
/** Objects that a terminated thread leaves behind: to clear them up takes the engine some milliseconds. */
const LITTER = 10_000;
/** Shared words: whether the thread is in its last exit handler, whether that may end, how many waits were armed in it. */
const LEFT = 0;
const GO = 1;
const ARMED = 2;

if (isMainThread) {
  const [how, what, rounds] = process.argv.slice(2);
  lookForLostWakeUps(false);
  console.log(JSON.stringify(await play(how, what, Number(rounds))));
} else {
  die(workerData);
}

async function play(how, what, rounds) {
  const heap = Heap.create({ capacity: 2 ** 24 });
  const [mine, theirs] = [SharedEvent.create({ heap }), SharedEvent.create({ heap })];
  const tally = { rounds: 0, reused: 0, sleptOn: 0, armedLate: 0 };
  const doorbell = Doorbell.of(internals(heap));
  // One that slept on is enough: it sleeps for seconds.
  while (tally.rounds < rounds && tally.sleptOn === 0) {
    tally.rounds++;
    // Its node now: it would take the block.
    const listener = mine.listen();
    const words = new Int32Array(new SharedArrayBuffer(12));
    const worker = new Worker(new URL(import.meta.url), { workerData: { how, what, token: theirs.share(), words } });
    const exit = new Promise((resolve) => worker.once("exit", resolve));
    const ended = reaped(heap);
    const bell = await heard(worker);
    if (how === "exit") {
      worker.postMessage("exit");
      while (Atomics.load(words, LEFT) === 0) await sleep(1);
    } else {
      void worker.terminate();
      await ended;
    }
    const armed = how === "exit" ? ARMED_MS : ARMED_SOON_MS;
    const end =
      what === "futex" ? await sleepOnFutex(heap, bell) : await sleepOnBell(mine, listener, doorbell, bell, armed);
    if (end.reused) tally.reused++;
    if (!end.woke) tally.sleptOn++;
    tally.armedLate += words[ARMED];
    Atomics.store(words, GO, 1);
    Atomics.notify(words, GO);
    await exit;
    listener.drop();
  }
  tally.sleptOn += doorbell.rescues;
  return tally;
}

/** The worker's next message. */
function heard(worker) {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/** When a dead thread's things have been returned, in that very moment. */
function reaped(heap) {
  return new Promise((resolve) => {
    const listener = () => {
      heap.off("reaped", listener);
      resolve();
    };
    heap.on("reaped", listener);
  });
}

async function sleepOnBell(event, listener, doorbell, theirs, armedMs) {
  const wait = listener.wait();
  const reused = doorbell.bell === theirs;
  for (const end = performance.now() + armedMs; performance.now() < end; ) await turn();
  event.notify(1);
  return { reused, woke: await isSoon(wait) };
}

async function sleepOnFutex(heap, theirs) {
  const blocks = [];
  while (blocks.length < 4 && blocks.at(-1) / 4 + BELL !== theirs) blocks.push(heap.alloc(BLOCK));
  const words = new Int32Array(heap.buffer, blocks.at(-1), BLOCK / 4).fill(0);
  const { value } = Atomics.waitAsync(words, BELL, 0);
  Atomics.notify(words, BELL, 1);
  const woke = await isSoon(value);
  const reused = blocks.at(-1) / 4 + BELL === theirs;
  for (const block of blocks) heap.free(block);
  return { reused, woke };
}

async function isSoon(promise) {
  const late = new AbortController();
  const lateness = sleep(PATIENCE_MS, false, { signal: late.signal }).catch(() => false);
  const woke = await Promise.race([promise.then(() => true), lateness]);
  late.abort();
  return woke;
}

function die({ how, what, token, words }) {
  const event = SharedEvent.open(token);
  const wait = event.listen().wait();
  if (how === "terminate") globalThis.litter = Array.from({ length: LITTER }, (_, i) => ({ i, list: [i] }));
  // Behind the library's handler, by which this thread has given everything back.
  process.on("exit", () => {
    if (what === "late") {
      const { waitAsync } = Atomics;
      Atomics.waitAsync = (...given) => {
        words[ARMED]++;
        return waitAsync.call(Atomics, ...given);
      };
      void event.listen().wait();
    }
    Atomics.store(words, LEFT, 1);
    Atomics.wait(words, GO, 0, SLOW_MS);
  });
  parentPort.on("message", () => process.exit());
  setTimeout(async () => {
    if (what === "late") {
      // A thread that has looked in vain does not look before its next wait: that would be armed at once.
      event.notify();
      await wait;
    }
    parentPort.postMessage(Doorbell.of(internals(event.heap)).bell);
  }, ARMED_MS);
}
