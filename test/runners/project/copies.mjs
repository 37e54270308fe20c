/** Twelve copies of the package in one thread, as dependencies may bring them. Each has the default heap open. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { roundTrip } from "./channels.mjs";
import { note } from "./notes.mjs";

const COPIES = 12;

function copyOf(i) {
  const root = new URL(".", import.meta.resolve("shmol/package.json"));
  const copy = new URL(`copies/${i}/`, import.meta.url);
  for (const path of ["package.json", "dist/index.js", "dist/components"]) {
    cpSync(new URL(path, root), new URL(path, copy), { recursive: true });
  }
  return import(new URL("dist/index.js", copy).href);
}

const copies = await Promise.all([import("shmol"), ...Array.from({ length: COPIES - 1 }, (_, i) => copyOf(i))]);
assert.equal(new Set(copies.map(({ Heap }) => Heap)).size, COPIES);
const heaps = copies.map(({ Heap }) => Heap.default());
for (const heap of heaps) heap.on("reaped", (reaped) => note({ reaped }));
const [heap] = heaps;
for (const { id } of heaps) assert.equal(id, heap.id);
// One more, which knows nothing of that heap.
const { Heap: Other } = await copyOf(COPIES);
Other.create({ capacity: 2 ** 20 });

/** What is in the heap, and what its threads own. Tickets that are used up stand there until the thread makes the next ones. */
function counts() {
  const { used, blocks, controls, threads } = heap.stats();
  const owned = threads.map(({ strong, weak, listeners, values, locks }) => strong + weak + listeners + values + locks);
  return { used, blocks, controls, owned, dead: threads.filter(({ isAlive }) => !isAlive).length };
}

const before = counts();
// Each copy receives what the next one sends; meanwhile a worker starts, and ends.
const pairs = copies.map(({ channel, i32 }, i) => {
  const { sender, receiver } = channel(i32);
  const { Sender, i32: type } = copies[(i + 1) % COPIES];
  const opened = Sender.open(sender.share({ opens: 1 }), type);
  sender.drop();
  return { sender: opened, receiver };
});
console.log((await roundTrip()).join(" "));
const received = await Promise.all(
  pairs.map(async ({ sender, receiver }, i) => {
    await sender.send(i);
    sender.drop();
    const messages = [];
    for await (const message of receiver) messages.push(message);
    receiver.drop();
    return messages;
  }),
);
console.log(received.join(" "));
// What the worker had may be returned some milliseconds after its end.
for (let i = 0; i < 100 && !isDeepStrictEqual(counts(), before); i++) await sleep(50);
assert.deepEqual(counts(), before);
for (const other of heaps.slice(1)) other.drop();
assert.equal(heap.stats().threads.length, 1);
