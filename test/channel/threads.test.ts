/** Channels between real threads: every message comes once, in its sender's order, whoever blocks, awaits or gives up. */
import { channel, Heap, i32 } from "shmol";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { inUse } from "../heaps.js";
import { seed } from "../seed.js";
import { Crew, until } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
/** Messages of each scenario. Upstream's number is what SHMOL_FULL=1 restores. */
const SPSC = count({ all: 100_000, usually: 10_000, brief: 2000 });
const EACH = count({ all: 25_000, usually: 2500, brief: 500 });
const IN_LINE = count({ all: 25_000, usually: 25_000, brief: 5000 });

const flavours = [
  ["unbounded", undefined],
  ["bounded, of one", 1],
  ["bounded, of three", 3],
] as const;

const crew = new Crew(WORKER);
const heap = Heap.create();
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  before = inUse(heap);
});
afterEach(async () => {
  await until(() => inUse(heap).blocks <= before.blocks);
  expect(inUse(heap)).toEqual(before);
});
afterAll(async () => {
  await crew.dismiss();
  heap.drop();
});

interface Received {
  readonly seen: Int32Array;
  readonly size: number;
}

/** A channel that is only its tokens: one for each sender and one for each receiver. */
function tokens(capacity: number | undefined, senders: number, receivers: number) {
  const { sender, receiver } = channel(i32, { heap, ...(capacity === undefined ? {} : { capacity }) });
  const both = [sender.share({ opens: senders }), receiver.share({ opens: receivers })] as const;
  sender.drop();
  receiver.drop();
  return both;
}

/** Senders and receivers on workers of their own; what was received, by receiver. */
async function exchange(
  capacity: number | undefined,
  senders: readonly string[],
  receivers: readonly string[],
  count: number,
): Promise<Received[]> {
  const [into, outOf] = tokens(capacity, senders.length, receivers.length);
  const home = heap.share();
  const answers = await crew.play<unknown>([
    ...senders.map((way, number) => ({
      part: "send",
      token: into,
      heap: home,
      way,
      number,
      senders: senders.length,
      count,
    })),
    ...receivers.map((way) => ({ part: "receive", token: outOf, heap: home, way })),
  ]);
  expect(answers.slice(0, senders.length)).toEqual(senders.map(() => count));
  return answers.slice(senders.length) as Received[];
}

/** Every message came once, and those of one sender in order wherever they came. */
function verify(received: readonly Received[], senders: number, count: number): void {
  const all = Int32Array.from(received.flatMap(({ seen }) => [...seen])).sort();
  expect(all).toEqual(Int32Array.from({ length: senders * count }, (_, i) => i));
  for (const { seen } of received) {
    const last = new Int32Array(senders).fill(-1);
    const late = seen.filter((message) => {
      const isLate = message <= (last[message % senders] as number);
      last[message % senders] = message;
      return isLate;
    });
    expect(late).toEqual(new Int32Array(0));
  }
}

describe.each(flavours)("%s", (_, capacity) => {
  const ways = ["awaited", "blocking", "batches", "stream"] as const;
  const pairs = ways.flatMap((one) => ways.map((other) => [one, other] as const));

  test.each(pairs)(`spsc, in order: %s to %s`, async (one, other) => {
    const received = await exchange(capacity, [one], [other], SPSC);
    expect(received[0]?.seen).toEqual(Int32Array.from({ length: SPSC }, (_, i) => i));
    expect(received[0]?.size).toBeLessThanOrEqual(capacity ?? SPSC);
  });

  test.each([
    ["mpmc, all awaited", ["awaited", "awaited", "awaited", "awaited"]],
    ["mpmc, all blocking", ["blocking", "blocking", "blocking", "blocking"]],
    ["mpmcStream", ["stream", "stream", "stream", "stream"]],
    ["mpmc, one of each", ["awaited", "blocking", "batches", "stream"]],
  ])("%s", async (_, kinds) => {
    verify(await exchange(capacity, kinds, kinds, EACH), kinds.length, EACH);
  });

  test("a close in the middle: what went in comes out, and nobody waits for ever", async () => {
    const kinds = [true, false, true, false];
    const { sender, receiver } = channel(i32, { heap, ...(capacity === undefined ? {} : { capacity }) });
    const into = sender.share();
    const outOf = receiver.share();
    const home = heap.share();
    const answers = await crew.play<unknown>(
      [
        ...kinds.map((isAsync, number) => ({
          part: "sendUntilClosed",
          token: into,
          heap: home,
          isAsync,
          number,
          senders: kinds.length,
        })),
        ...kinds.map((isAsync) => ({
          part: "receive",
          token: outOf,
          heap: home,
          way: isAsync ? "awaited" : "blocking",
        })),
      ],
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(sender.close()).toBe(true);
      },
    );
    const sent = answers.slice(0, kinds.length) as number[];
    const received = answers.slice(kinds.length) as Received[];
    const expected = sent.flatMap((count, number) =>
      Array.from({ length: count }, (_, i) => i * kinds.length + number),
    );
    const all = Int32Array.from(received.flatMap(({ seen }) => [...seen])).sort();
    expect(all).toEqual(Int32Array.from(expected).sort());
    expect(all.length, "some were sent before the close").toBeGreaterThan(0);
    sender.drop();
    receiver.drop();
  });

  test("timeout, abort: whoever is told that he gave up has neither sent nor taken", async () => {
    const kinds = [true, false];
    const first = seed();
    const { sender, receiver } = channel(i32, { heap, ...(capacity === undefined ? {} : { capacity }) });
    const into = sender.share({ opens: kinds.length });
    const outOf = receiver.share({ opens: kinds.length });
    receiver.drop();
    const home = heap.share();
    const gaveUp = new Int32Array(new SharedArrayBuffer(4));
    const answers = await crew.play<Int32Array>(
      [
        ...kinds.map((isAsync, number) => ({
          part: "sendOrGiveUp",
          token: into,
          heap: home,
          isAsync,
          number,
          senders: kinds.length,
          count: EACH / 2,
          seed: first + number,
        })),
        ...kinds.map((isAsync, i) => ({
          part: "receiveOrGiveUp",
          token: outOf,
          heap: home,
          isAsync,
          gaveUp,
          seed: first + 10 + i,
        })),
      ],
      async () => {
        // The channel stays open until each has waited for nothing at least once, however fast the senders are.
        await until(() => Atomics.load(gaveUp, 0) >= kinds.length);
        sender.drop();
      },
    );
    const sent = answers.slice(0, kinds.length).flatMap((messages) => [...messages]);
    const received = answers.slice(kinds.length).flatMap((messages) => [...messages]);
    expect(Int32Array.from(received).sort()).toEqual(Int32Array.from(sent).sort());
    expect(received.length, "some came through").toBeGreaterThan(0);
  });
});

test("len: two threads, a thousand have room, order is kept, and there are never more", async () => {
  const [received] = await exchange(1000, ["blocking"], ["awaited"], IN_LINE);
  expect(received?.seen).toEqual(Int32Array.from({ length: IN_LINE }, (_, i) => i));
  expect(received?.size).toBeLessThanOrEqual(1000);
});
