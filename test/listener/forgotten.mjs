/**
 * Run with --expose-gc: forgets what the argument names, collects garbage until nothing changes any more, and prints what
 * became of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Heap, SharedEvent, utf8 } from "shmol";

const heap = Heap.create({ capacity: 64 * 65536 });
const event = SharedEvent.create({ heap, tag: utf8 });

const forgets = {
  /** One that was notified: the next gets it. */
  notified() {
    event.listen();
    event.notify(1, { tag: "forgotten" });
  },
  /** Ten thousand that were not, each made in a job of its own or many in one. */
  async idle() {
    for (let i = 0; i < 10_000; i++) {
      event.listen();
      if (i % 100 === 0) await sleep(0);
    }
  },
  /** An event's handle, and a listener of it. */
  event() {
    SharedEvent.create({ heap }).listen();
  },
  handle() {
    SharedEvent.open(event.share());
  },
  /** Forgotten, but awaited: not garbage. */
  awaited() {
    event
      .listen({ ref: false })
      .wait()
      .then((tag) => console.log(tag));
  },
};

const state = () => [heap.stats().blocks, event.totalListeners, last?.isNotified];
let last;
await forgets[process.argv[2]]();
if (process.argv[2] === "notified") last = event.listen();
const fewest = 2 + (last === undefined ? 0 : 1);
for (let calm = 0, rounds = 0, before = ""; calm < 10 && rounds < 200; rounds++) {
  globalThis.gc();
  await sleep(2);
  const now = JSON.stringify(state());
  calm = now === before ? calm + 1 : 0;
  before = now;
}
if (process.argv[2] === "awaited") {
  event.notify(1, { tag: "still there" });
  await sleep(50);
}
const [blocks, listeners, notified] = state();
const tag = notified ? last.waitSync() : undefined;
console.log(JSON.stringify({ blocks: blocks - fewest, listeners, tag }));
