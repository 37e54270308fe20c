/**
 * The self-test: each primitive across a real worker thread, on a heap of its own, for some two seconds in all. It is no stress
 * run: it finds what does not work at all on a host, and says what was seen.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { Arc, ConcurrentQueue, channel, f64, Heap, i32, type ReapReport, SharedEvent } from "../../index.js";
import { grouped } from "../figures.js";
import type { Check } from "../stress/check.js";
import { Obituaries } from "../stress/obituaries.js";
import { bury, checkMemory, takeStock } from "../stress/remains.js";
import { baseOf } from "./address.js";
import { Ball } from "./ball.js";
import { Partner } from "./partner.js";

/** How long each part that could go on for ever does. */
const SLICE_MS = 150;
/** How long a part may take before it counts as stuck. */
const PATIENCE_MS = 8000;
const CAPACITY = 64 * 1024 * 1024;
const ALIGNS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
const ROOM = 64;
const BATCH = 500;
/** Handles that the worker has which is killed, and listeners; and how late its death may be heard of. */
const HELD = 10;
const LATE_MS = 3000;

interface SelfTestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called before each part with its name. */
  readonly onProgress?: ((part: string) => void) | undefined;
  /** For tests: the part of this name is told to fail. */
  readonly sabotage?: string | undefined;
}

/** The verdict on each part, by its name. */
export type Checks = Readonly<Record<string, Check>>;

const PARTS: Readonly<Record<string, (test: Setting) => string | Promise<string>>> = {
  heap: checkHeap,
  arc: checkArc,
  "queue, unbounded": checkUnbounded,
  "queue, bounded": checkBounded,
  "event, blocking": (test) => checkEvent(test, "blocks"),
  "event, awaited": (test) => checkEvent(test, "awaits"),
  "channel, blocking": (test) => checkChannel(test, "blocks"),
  "channel, awaited": (test) => checkChannel(test, "awaits"),
  "a worker dies": checkDeath,
};
export const PART_NAMES = [...Object.keys(PARTS), "memory"];

export const NOT_TRIED: Check = { ok: false, found: "not tried" };

/** What the parts work with. */
interface Setting {
  readonly heap: Heap;
  readonly partner: Partner;
}

/** Runs every part, and answers what came of each; never rejects. */
export async function selfTest({ signal, onProgress, sabotage }: SelfTestOptions = {}): Promise<Checks> {
  const isUnwanted = () => signal?.aborted === true;
  const found: Record<string, Check> = Object.fromEntries(PART_NAMES.map((name) => [name, NOT_TRIED]));
  let heap: Heap;
  try {
    heap = Heap.create({ capacity: CAPACITY });
  } catch (error) {
    return { ...found, heap: failure(error) };
  }
  const obituaries = new Obituaries(heap);
  const before = takeStock(heap);
  let partner: Partner | undefined;
  let lost = 0;
  try {
    for (const [name, part] of Object.entries(PARTS)) {
      if (isUnwanted()) return found;
      onProgress?.(name);
      try {
        if (partner === undefined || partner.isOver) ({ partner, lost } = await Partner.start());
        const seen = (await inTime(part, { heap, partner }, signal)) + whatWasLost(lost);
        lost = 0;
        if (name === sabotage) throw new Error("it was told to fail");
        found[name] = { ok: true, found: seen };
      } catch (error) {
        if (isUnwanted()) return found;
        found[name] = failure(error);
        await partner?.dismiss();
      }
    }
    await partner?.dismiss();
    // What a part that failed did not give back is that part's fault.
    if (Object.entries(found).every(([name, { ok }]) => ok || name === "memory")) {
      onProgress?.("memory");
      found.memory = checkMemory(await bury([], heap, before, obituaries));
    }
    return found;
  } finally {
    await partner?.dismiss();
    heap.drop();
  }
}

function failure(error: unknown): Check {
  return { ok: false, found: error instanceof Error ? error.message : String(error) };
}

/** The part's answer, or an error when it takes too long or is not wanted any more. What waits for the partner then ends with it. */
async function inTime(
  part: (test: Setting) => string | Promise<string>,
  setting: Setting,
  signal: AbortSignal | undefined,
): Promise<string> {
  const over = new AbortController();
  const signals = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const late = sleep(PATIENCE_MS, undefined, { signal: signals }).then(() => {
    throw new Error(`nothing came of it within ${PATIENCE_MS / 1000} s`);
  });
  try {
    return await Promise.race([part(setting), late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}

async function checkHeap({ heap, partner }: Setting): Promise<string> {
  const token = heap.share();
  const blocks = (await partner.does({ part: "alloc", heap: token, aligns: ALIGNS })) as number[];
  const base = baseOf(heap);
  for (const [i, block] of blocks.entries()) {
    mustLieOn(ALIGNS[i] as number, block, base);
    const bytes = new Uint8Array(heap.buffer, block, ROOM / 2);
    if (bytes.some((byte) => byte !== i + 1)) throw new Error(`what the worker wrote to ${block} is not there`);
    heap.free(block);
  }
  return `blocks aligned to 16 to 4096 bytes, ${byWhat(base)}, written there and read here`;
}

async function checkArc({ heap, partner }: Setting): Promise<string> {
  const base = baseOf(heap);
  for (const align of ALIGNS) {
    using arc = Arc.create(ROOM, { heap, align });
    mustLieOn(align, arc.bytes().byteOffset, base);
  }
  using arc = Arc.create(ROOM, { heap });
  const cloning = partner.does({ part: "arc", arc: arc.share(), ms: SLICE_MS });
  let [mine, isOver] = [0, false];
  const end = () => {
    isOver = true;
  };
  cloning.then(end, end);
  while (!isOver) {
    for (let i = 0; i < BATCH; i++, mine++) arc.clone().drop();
    await nextTurn();
  }
  const count = mine + ((await cloning) as number);
  mustBe(arc.strongCount, 1, "handles are left of one");
  return `values aligned to 16 to 4096 bytes, ${byWhat(base)}; ${grouped(count)} clones dropped on two threads, one handle left`;
}

async function checkUnbounded({ heap, partner }: Setting): Promise<string> {
  using queue = ConcurrentQueue.unbounded(i32, { heap });
  const pushing = partner.does({ part: "push", queue: queue.share(), ms: SLICE_MS });
  let count = 0;
  // The answer comes after the queue is closed, or not at all: then this part is over for those who wait for it.
  while (!queue.isFinished && !partner.isOver) {
    for (let value = queue.pop(); value !== undefined; value = queue.pop()) mustBe(value, count++, "came out of turn");
    await nextTurn();
  }
  mustBe(count, (await pushing) as number, "values came of those that were pushed:");
  return `${grouped(count)} values from the worker, all and in order`;
}

async function checkBounded({ heap, partner }: Setting): Promise<string> {
  using queue = ConcurrentQueue.bounded(ROOM, f64, { heap });
  const popping = partner.does({ part: "pop", queue: queue.share({ opens: 1 }) });
  const end = performance.now() + SLICE_MS;
  let count = 0;
  while (performance.now() < end) {
    for (let tries = 0; tries < BATCH; tries++) if (queue.push(count)) count++;
    await nextTurn();
  }
  queue.close();
  mustBe((await popping) as number, count, "values came of those that were pushed:");
  return `${grouped(count)} values to the worker, all and in order, ${ROOM} at most under way`;
}

async function checkEvent({ heap, partner }: Setting, manner: "blocks" | "awaits"): Promise<string> {
  using mine = SharedEvent.create({ heap });
  using theirs = SharedEvent.create({ heap });
  const turn = heap.alloc(4);
  try {
    // The worker waits first.
    new Int32Array(heap.buffer)[turn >>> 2] = 0;
    const tokens = { heap: heap.share(), mine: theirs.share(), theirs: mine.share() };
    const playing = partner.does({ part: "play", manner, turn, ...tokens });
    const ball = new Ball(heap, turn, mine, theirs, 0);
    const started = performance.now();
    const isOver = () => performance.now() > started + SLICE_MS;
    const turns = manner === "blocks" ? ball.playSync(isOver) : await ball.play(isOver);
    const us = (1000 * (performance.now() - started)) / turns;
    mustBe((await playing) as number, turns, "turns of the worker against");
    return `${grouped(turns)} times there and back, ${us.toFixed(1)} µs each`;
  } finally {
    heap.free(turn);
  }
}

async function checkChannel({ heap, partner }: Setting, manner: "blocks" | "awaits"): Promise<string> {
  const there = channel(i32, { heap, capacity: ROOM });
  const back = channel(i32, { heap, capacity: ROOM });
  const tokens = { from: there.receiver.share({ opens: 1 }), to: back.sender.share({ opens: 1 }) };
  const echoing = partner.does({ part: "echo", manner, ...tokens });
  there.receiver.drop();
  back.sender.drop();
  using sender = there.sender;
  using receiver = back.receiver;
  const end = performance.now() + SLICE_MS;
  const isOn = () => performance.now() < end;
  let count = 0;
  if (manner === "blocks") {
    const limits = { timeoutMs: 3000 };
    for (; isOn(); count++) {
      sender.sendSync(count, limits);
      mustBe(receiver.recvSync(limits), count, "came out of turn");
    }
    sender.close();
  } else {
    const sendAll = async () => {
      for (let sent = 0; isOn(); sent++) await sender.send(sent);
      sender.close();
    };
    const [answered] = await Promise.all([inOrder(receiver), sendAll()]);
    count = answered;
  }
  mustBe((await echoing) as number, count, "messages came there of those that were sent:");
  return `${grouped(count)} messages there and back, in order, until it was closed`;
}

async function inOrder(receiver: AsyncIterable<number>): Promise<number> {
  let count = 0;
  for await (const message of receiver) mustBe(message, count++, "came out of turn");
  return count;
}

async function checkDeath({ heap }: Setting): Promise<string> {
  using arc = Arc.create(ROOM, { heap });
  using event = SharedEvent.create({ heap });
  const { partner: victim, lost } = await Partner.start();
  try {
    await victim.does({ part: "hold", arc: arc.share(), event: event.share(), count: HELD });
    const id = victim.worker.threadId;
    mustBe(event.totalListeners, HELD, "listeners of");
    const reports: ReapReport[] = [];
    heap.on("reaped", (report) => reports.push(report));
    const started = performance.now();
    await victim.dismiss();
    let report: ReapReport | undefined;
    while (report === undefined) {
      if (performance.now() > started + LATE_MS) throw new Error("nobody heard of the worker's death");
      await sleep(1);
      report = reports.find(({ threadId }) => threadId === id);
    }
    const ms = performance.now() - started;
    mustBe(report.listeners, HELD, "listeners returned of");
    mustBe(event.totalListeners, 0, "listeners left of");
    mustBe(arc.strongCount, 1, "handles are left of");
    return `terminated in a loop, heard of after ${ms.toFixed(0)} ms; its ${report.strong} handles and ${HELD} listeners were returned${whatWasLost(lost)}`;
  } finally {
    await victim.dismiss();
  }
}

function whatWasLost(workers: number): string {
  return workers === 0 ? "" : `; ${workers === 1 ? "a worker" : `${workers} workers`} did not start, the next one did`;
}

function mustLieOn(align: number, offset: number, base: bigint | undefined): void {
  const address = (base ?? 0n) + BigInt(offset);
  const beside = address % BigInt(align);
  if (beside !== 0n) {
    throw new Error(
      `${base === undefined ? "offset" : "address"} 0x${address.toString(16)} is ${beside} beside ${align}`,
    );
  }
}

function byWhat(base: bigint | undefined): string {
  return base === undefined ? "by offset (addresses cannot be read here)" : "by address";
}

function mustBe(found: number, expected: number, what: string): void {
  if (found !== expected) throw new Error(`${found} ${what} ${expected}`);
}
