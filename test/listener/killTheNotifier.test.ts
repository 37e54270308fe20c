/**
 * killTheNotifier: threads that notify are terminated at random instants while others wait. A listener that was notified
 * wakes, whatever became of who notified it. SHMOL_KILLS sets how many: by default 400 in all, besides those of the killStorm and
 * of the stress runs; with SHMOL_FULL=1 they are ten times as many.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Heap, SharedEvent } from "shmol";
import { describe, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { BRIEF, KILLS } from "../counts.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { go, inWorkers, startingLine, startWorker, until } from "../workers.js";

/** Most of them among real listeners of three kinds, the others where a notifier does nothing but wake. */
const AMONG_LISTENERS = Math.ceil(0.1 * KILLS);
const AMONG_DOORBELLS = Math.ceil(0.1 * KILLS);
const AT_ONCE = 4;
/** How long notifiers live at most once they notify, in µs. */
const LIFE_US = 3000;
/** Listeners to be notified in a row. */
const ROW = 3000;
/** How long that may go on, in µs; to kill a thread takes some more. */
const ROW_LIFE_US = 200;

const WORKER = new URL("./worker.mjs", import.meta.url);

/** Starts a notifier and kills it while it notifies. */
async function notifyAndDie(token: unknown, seed: number, lifeUs: number): Promise<void> {
  const line = startingLine();
  const worker = startWorker(WORKER, { part: "notifyForEver", token, seed }, line);
  go(line);
  await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  if (lifeUs > 1000) await sleep(lifeUs / 1000);
  else for (const end = performance.now() + lifeUs / 1000; performance.now() < end; );
  await worker.terminate();
}

describe("killTheNotifier", { timeout: 60_000 + 500 * KILLS }, () => {
  test.each([
    ["blocking", [false, false, false]],
    ["awaited", [true]],
    ["blocking and awaited", [false, true, false]],
  ])(`${AMONG_LISTENERS} notifiers die, listeners %s`, async (_, kinds) => {
    const heap = Heap.create();
    const event = SharedEvent.create({ heap });
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const next = random(seed());
    let kills = 0;
    const jobs = kinds.map((isAsync) => ({ part: "listenUntil", token: event.share(), stop, seats: 8, isAsync }));
    const woken = await inWorkers<number>(
      WORKER,
      jobs,
      async () => {
        while (kills < AMONG_LISTENERS) {
          const lives = Array.from({ length: AT_ONCE }, () => [next(2 ** 31), next(LIFE_US)] as const);
          await Promise.all(lives.map(([seed, lifeUs]) => notifyAndDie(event.share(), seed, lifeUs)));
          kills += AT_ONCE;
          // Nobody notifies any more. A listener that was marked and not woken would stay what it is for ever.
          await until(() => !event.isNotified);
        }
        Atomics.store(stop, 0, 1);
        await until(() => {
          event.notify(Infinity);
          return event.totalListeners === 0;
        });
      },
      60_000 + 500 * KILLS,
    );
    const sum = woken.reduce((a, b) => a + b, 0);
    expect(sum).toBeGreaterThan(kills);
    console.info(`${kills} kills, ${sum} wake-ups`);
    event.drop();
    heap.drop();
  });

  // A thread that is killed while it wakes thousands, each behind a doorbell of its own, is killed next to a wake-up.
  test(`${AMONG_DOORBELLS} notifiers die, each in a row of wake-ups`, async () => {
    const heap = Heap.create();
    const words = new Int32Array(heap.buffer);
    const { kernel } = internals(heap);
    const next = random(seed());
    let [kills, cut, woken] = [0, 0, 0];
    for (; kills < AMONG_DOORBELLS; kills++) {
      const event = SharedEvent.create({ heap });
      const value = kernel.valueOf(event.share().control);
      // It comes up while the row is made.
      const done = new Int32Array(new SharedArrayBuffer(4));
      const line = startingLine();
      const worker = startWorker(WORKER, { part: "notifyAll", token: event.share(), done }, line);
      const row = Array.from({ length: ROW }, (_, id) => {
        const [node, doorbell] = [kernel.listen(value, 0, 0), kernel.newDoorbell(0)];
        if (kernel.enlist(node, doorbell, id) !== 0) throw new Error("notified before anybody notified");
        const bell = kernel.bellOf(doorbell) >>> 2;
        const answer = { node, doorbell, bell, rang: false };
        const wait = Atomics.waitAsync(words, bell, 0);
        if (wait.async) {
          void wait.value.then(() => {
            answer.rang = true;
          });
        }
        return answer;
      });
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      go(line);
      const patience = Date.now() + 20_000;
      while (kernel.notifiedCount(value) === 0 && Date.now() < patience);
      for (const end = performance.now() + next(ROW_LIFE_US) / 1000; performance.now() < end; );
      await worker.terminate();
      await ended;
      const notified = row.filter(({ node }) => kernel.stateOf(node) !== 0);
      expect(notified.length).toBe(kernel.notifiedCount(value));
      if (notified.length < ROW) cut++;
      woken += notified.length;
      await until(() => notified.every(({ rang }) => rang));
      for (const { node, doorbell, bell } of row) {
        kernel.leave(node, 1, 0);
        kernel.freeDoorbell(doorbell, 0);
        Atomics.notify(words, bell);
      }
      event.drop();
    }
    expect(cut, "some were killed before they were through").toBeGreaterThan(kills / (BRIEF ? 20 : 10));
    console.info(`${kills} kills, ${cut} of them in the middle, ${woken} wake-ups`);
    heap.drop();
  });
});
