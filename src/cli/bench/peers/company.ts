/** What else a program may do with queues: eight codecs in all three flavours, often enough that all of it is compiled. */
import { bool, bytes, type Codec, ConcurrentQueue, f64, i32, i64, json, struct, utf8 } from "../../../index.js";

const ROUNDS = 20_000;

const uses: [Codec<unknown>, unknown][] = [
  [i32, 7],
  [f64, 0.5],
  [bool, true],
  [i64, 2n ** 40n],
  [bytes, new Uint8Array(64)],
  [utf8, "the quick brown fox jumps over"],
  [json, { id: 1, name: "resize" }],
  [struct({ x: f64, y: f64 }), { x: 1, y: 2 }],
];

/** Uses all of them on this thread, in turns, so that no call site has seen less than there is. */
export function useEverything() {
  const queues = uses.flatMap(([type, value]) =>
    [ConcurrentQueue.unbounded(type), ConcurrentQueue.bounded(1024, type), ConcurrentQueue.bounded(1, type)].map(
      (queue) => [queue, value] as const,
    ),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [queue, value] of queues) {
      queue.push(value);
      queue.pop();
    }
  }
  for (const [queue] of queues) queue.drop();
}
