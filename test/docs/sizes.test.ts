/** What docs/memory-and-alignment.md says that things take. `@storm` */
import { Arc, type ArcOptions, ConcurrentQueue, channel, Heap, i32, SharedEvent } from "shmol";
import { expect, test } from "vitest";
import { read } from "./markdown.js";

const guide = read("docs/memory-and-alignment.md");

/** Bytes in use behind `make`, as the guide writes them. */
function sizeOf(make: (heap: Heap) => unknown, alignment = 128): string {
  const heap = Heap.create({ alignment });
  make(heap);
  return String(heap.stats().used).replace(/(?=\d{3}$)/, (_, at) => (at === 0 ? "" : " "));
}
const sizeOfArc = (size: number, options: ArcOptions = {}) => sizeOf((heap) => Arc.create(size, { heap, ...options }));
const sizeOfChannel = (alignment?: number) => sizeOf((heap) => channel(i32, { heap, capacity: 16 }), alignment);

test("sizes are what the guide says", () => {
  const queues = [
    sizeOf((heap) => ConcurrentQueue.unbounded(i32, { heap })),
    sizeOf((heap) => ConcurrentQueue.bounded(1000, i32, { heap })),
    sizeOf((heap) => ConcurrentQueue.bounded(1, i32, { heap })),
  ];
  const event = sizeOf((heap) => SharedEvent.create({ heap }));
  const listened = sizeOf((heap) => SharedEvent.create({ heap }).listen().unref());
  expect(sizeOfArc(112)).toBe(sizeOfArc(100));
  for (const row of [
    `a channel, unbounded / of 16 \`i32\` | ${sizeOf((heap) => channel(i32, { heap }))} / ${sizeOfChannel()}`,
    `a queue, unbounded / of 1000 \`i32\` / of one | ${queues.join(" / ")}`,
    `an event | ${event}`,
    `a listener | ${Number(listened) - Number(event)}`,
    `an Arc of 100 or of 112 bytes | ${sizeOfArc(100)}`,
    `an Arc of 128 bytes | ${sizeOfArc(128)}`,
    `an Arc of 112 bytes with \`align: 16\` | ${sizeOfArc(112, { align: 16 })}`,
  ]) {
    expect(guide).toContain(`| ${row} |`);
  }
  expect(guide).toContain(
    `a channel of 16 numbers takes ${sizeOfChannel(64)} bytes at 64 instead of ${sizeOfChannel()}.`,
  );
});
