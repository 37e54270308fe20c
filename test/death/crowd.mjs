/**
 * Threads die in crowds: five or six of eight within some milliseconds, the creator of the heap among them, whatever they are in the
 * middle of. The two that are left are told, whether they await or block, and nothing is left of the dead.
 *
 *   node crowd.mjs ROUNDS SEED      prints what was seen, as JSON
 *
 * The main thread has the heap open in some of the rounds, and hands everything over in the others.
 */
import { Worker } from "node:worker_threads";
import { Heap, SharedEvent } from "shmol";
import { random } from "../random.mjs";

const [rounds, seed] = process.argv.slice(2).map(Number);
const next = random(seed);
const oneOf = (list) => list[next(list.length)];

const MEMBER = new URL("./crowdMember.mjs", import.meta.url);
/** Of so many, or of one more, all die. */
const DYING = 5;
/** Within so many milliseconds. */
const CROWD_MS = 12;
/** How soon those who are left must be told; and how long they are waited for, to say how late they are. */
const LIMIT_MS = 3000;
const PATIENCE_MS = 10_000;
const IDLE = ["awaits", "rests"];
const BUSY = ["recvSync", "blocking", "timeouts", "waitSync", "spins"];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The next message that `is` one that is waited for, or, too late, what was waited for. */
function said(thread, is, what) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms: ${what}`)), PATIENCE_MS);
    const listener = (message) => {
      if (!is(message)) return;
      thread.worker.off("message", listener);
      clearTimeout(late);
      resolve(message);
    };
    thread.worker.on("message", listener);
  });
}

const isReady = (thread) => said(thread, (message) => message === "ready", "a thread is not ready");

/** Tells one of those who live what to do in this round. */
function tell(thread, order) {
  const ready = isReady(thread);
  thread.worker.postMessage(order);
  return ready;
}

/** Starts a thread. It is ready when it says so. */
function start(data) {
  const worker = new Worker(MEMBER, { workerData: data, stderr: true });
  worker.on("error", () => {});
  const thread = { worker, id: worker.threadId, death: data.death, waits: data.waits };
  return { ...thread, ready: isReady(thread) };
}

function mortal(tokens, isParent) {
  // A thread with a worker of its own does not end naturally.
  const death = oneOf(["terminate", "terminate", "exit", "throw", ...(isParent ? [] : ["naturally"])]);
  // Only one that comes to its event loop can end itself; and an awaited message would keep a thread from ending naturally.
  const waits = death === "terminate" ? oneOf([...IDLE, ...BUSY]) : death === "naturally" ? "rests" : oneOf(IDLE);
  const handlers = oneOf(["none", "before", "after"]);
  const child = isParent ? { role: "dies", death: "terminate", waits: oneOf([...IDLE, "recvSync"]) } : undefined;
  return { role: "dies", tokens, death, waits, handlers, child };
}

/** Has a thread die at its moment. `unseen`: nothing tells this thread's registry, so that it could tell others. */
async function die({ worker, death }, unseen) {
  await sleep((next(1000) * CROWD_MS) / 1000);
  if (unseen) worker.removeAllListeners("exit");
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  if (death === "terminate") worker.terminate();
  else worker.postMessage("die");
  await ended;
}

async function round(left, isFirst) {
  const creator = start(mortal(undefined, false));
  const { shared: tokens } = await said(creator, ({ shared }) => shared !== undefined, "the creator has made nothing");
  await creator.ready;
  const keeps = next(2) === 0;
  const unseen = next(2) === 0;
  const heap = Heap.open(tokens.heap);
  const event = SharedEvent.open(tokens.event);
  const dying = [
    creator,
    ...Array.from({ length: DYING - next(2) }, (_, i) => start(mortal(tokens, i === 0 && next(4) === 0))),
  ];
  await Promise.all(dying.map(({ ready }) => ready));
  const waits = [
    oneOf(["recv", "recv", "recvSync", "timeouts"]),
    oneOf(["recvSync", "blocking", "timeouts", "waitSync"]),
  ];
  await Promise.all(left.map((one, i) => tell(one, { name: ["first", "second"][i], tokens, waits: waits[i] })));
  // Of those who have a listener, the first are notified; with them their notifications go on, to the one who blocks.
  event.notify(1);
  event.drop();
  if (!keeps) heap.drop();
  const told = Promise.all(
    left.map((thread, i) => {
      const what = `the one that waits by ${waits[i]} was not told`;
      return said(thread, (message) => message.told !== undefined, what).then((message) => [
        message.told,
        performance.now(),
      ]);
    }),
  );
  told.catch(() => {});
  // Who has blocked for long looks at longer intervals.
  if (isFirst) await sleep(2000);
  await Promise.all(dying.map((thread) => die(thread, unseen)));
  const dead = performance.now();
  const what = () => `${waits} and ${dying.map(({ death, waits }) => `${waits}/${death}`)}`;
  const answers = await told.catch((error) => {
    throw new Error(`${error.message}; ${what()}`);
  });
  const latest = Math.max(...answers.map(([, at]) => at - dead));
  const wrong = answers.filter(([name]) => name !== "ClosedError").map(([name]) => `told ${name}; ${what()}`);
  if (latest > LIMIT_MS) wrong.push(`told after ${Math.round(latest)} ms; ${what()}`);
  wrong.push(...(await remains(left[0], keeps)));
  if (keeps) heap.drop();
  await tell(left[0], { name: "letGo" });
  return { latest, wrong };
}

/** What is wrong with what is left in the heap: the one is there, and main perhaps, and they own nothing. */
async function remains(thread, mainIsThere) {
  const right = JSON.stringify({
    threads: mainIsThere ? [0, thread.id] : [thread.id],
    used: 0,
    blocks: 0,
    controls: 0,
  });
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = said(
      thread,
      ({ threads }) => threads !== undefined,
      "the one that is left does not say what is there",
    );
    thread.worker.postMessage({ name: "stats" });
    const stats = await answer;
    const found = JSON.stringify({ ...stats, threads: stats.threads.toSorted((a, b) => a - b) });
    if (found === right) return [];
    if (performance.now() > deadline) return [`left: ${found}`];
    await sleep(2);
  }
}

const left = [start({ role: "survives" }), start({ role: "survives" })];
await Promise.all(left.map(({ ready }) => ready));
const wrong = [];
let latest = 0;
for (let i = 0; i < rounds; i++) {
  const seen = await round(left, i === 0).catch((error) => ({ latest: PATIENCE_MS, wrong: [error.message] }));
  latest = Math.max(latest, seen.latest);
  wrong.push(...seen.wrong.map((text) => `round ${i}: ${text}`));
  if (wrong.length > 0) break;
}
console.log(JSON.stringify({ rounds, wrong, latestMs: Math.round(latest) }));
process.exit();
