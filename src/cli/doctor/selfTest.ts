/**
 * The self-test: where a heap's blocks lie, then the scenarios of the stress runs for a moment each, and one worker that is killed. It
 * finds what does not work at all on a host, and says what was seen.
 */
import { Arc, ConcurrentQueue, Heap } from "../../index.js";
import { asWords, duration, grouped } from "../figures.js";
import type { Check } from "../frame.js";
import { arc } from "../stress/arc.js";
import { channel } from "../stress/channel.js";
import { ELEMENT_TYPES, encodingOf } from "../stress/encoding.js";
import { listener } from "../stress/listener.js";
import type { Given, OptionTable } from "../stress/options.js";
import { type PAIRINGS, pingPong } from "../stress/pingPong.js";
import { queue } from "../stress/queue.js";
import { inWords } from "../stress/reapLog.js";
import type { Report } from "../stress/report.js";
import { stress } from "../stress/run.js";
import type { Suite } from "../stress/scenario.js";
import { baseOf } from "./address.js";
import { canClone } from "./facts.js";

/** How long each run goes on. */
const SLICE_MS = 150;
/** A run in which nothing moves for this long is stuck. */
const WATCHDOG_MS = 4000;
const HEAP_BYTES = 64 * 1024 * 1024;
const ALIGNS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
/** Of blocks and queues that are tried. */
const SIZE = 64;
/** More round trips than there is time for. */
const ROUNDS = 1_000_000_000;

interface SelfTestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called before each part with its name. */
  readonly onProgress?: ((part: string) => void) | undefined;
  /** For tests: the part of this name is told to fail. */
  readonly sabotage?: string | undefined;
}

/** The verdict on each part, by its name. */
export type Checks = Readonly<Record<string, Check>>;

/** Says what was seen, or throws. */
type Part = (signal: AbortSignal | undefined) => Promise<string>;

const PARTS: Readonly<Record<string, Part>> = {
  heap: checkHeap,
  arc: run(arc, { threads: 2 }),
  "queue, unbounded": run(queue, { producers: 1, consumers: 1 }),
  "element types": checkTypes,
  "queue, bounded": run(queue, { producers: 1, consumers: 1, flavor: "bounded", capacity: SIZE, type: "f64" }),
  "event, blocking": run(playing("sync/sync"), {}),
  "event, awaited": run(playing("async/async"), {}),
  "channel, blocking": run(channel, { senders: 1, receivers: 1, ends: "sync" }),
  "channel, awaited": run(channel, { senders: 1, receivers: 1, ends: "async" }),
  "a worker dies": run(listener, { mode: "mutex", threads: 2, kills: 1, duration: 10_000 }, describeDeath),
};
export const PART_NAMES = Object.keys(PARTS);

export const NOT_TRIED: Check = { ok: false, found: "not tried" };

/** Runs every part, and returns what came of each. Never rejects. */
export async function selfTest({ signal, onProgress, sabotage }: SelfTestOptions = {}): Promise<Checks> {
  const found: Record<string, Check> = Object.fromEntries(PART_NAMES.map((name) => [name, NOT_TRIED]));
  const isUnwanted = () => signal?.aborted === true;
  for (const [name, part] of Object.entries(PARTS)) {
    onProgress?.(name);
    if (isUnwanted()) break;
    try {
      const seen = await part(signal);
      if (isUnwanted()) break;
      if (name === sabotage) throw new Error("it was told to fail");
      found[name] = { ok: true, found: seen };
    } catch (error) {
      found[name] = { ok: false, found: error instanceof Error ? error.message : String(error) };
    }
  }
  return found;
}

function playing(pairing: (typeof PAIRINGS)[number]): Suite<typeof listener.options> {
  return { ...listener, scenarios: () => [pingPong(pairing, ROUNDS)] };
}

function run<T extends OptionTable>(
  suite: Suite<T>,
  given: Given<T>,
  describe: (report: Report) => string = describeRun,
): Part {
  return async (signal) => {
    const limits = { heap: HEAP_BYTES, duration: SLICE_MS, watchdog: WATCHDOG_MS };
    const { failures, trials } = await stress(suite, { ...limits, ...given }, { signal });
    if (failures.length > 0) throw new Error(failures.join("; "));
    const report = trials[0] as Report;
    const { lost } = report.casualties;
    return `${describe(report)}${lost === 0 ? "" : `; ${lost} workers did not start, the next ones did`}`;
  };
}

function describeRun({ counts, unit, latency }: Report): string {
  const trip = latency === undefined || latency.count === 0 ? "" : `, the median took ${duration(latency.p50Ns)}`;
  return `${grouped(counts[unit] ?? 0)} ${asWords(unit)} on two threads, all verified${trip}; nothing left in the heap`;
}

function describeDeath({ casualties: { kills, returned } }: Report): string {
  if (kills === 0) throw new Error("no worker could be killed");
  return `terminated in the middle of its work; returned: ${inWords(returned)}; nothing left in the heap`;
}

async function checkHeap(): Promise<string> {
  using heap = Heap.create({ capacity: HEAP_BYTES });
  const base = baseOf(heap);
  for (const align of ALIGNS) {
    const block = heap.alloc(SIZE, align);
    mustLieOn(align, block, base);
    heap.free(block);
    using arc = Arc.create(SIZE, { heap, align });
    mustLieOn(align, arc.bytes().byteOffset, base);
  }
  const by = base === undefined ? "by offset (addresses cannot be read here)" : "by address";
  return `blocks and Arcs aligned to 16 to 4096 bytes, ${by}`;
}

/** Values of each element type go through a queue. `clone` may be lacking, which `advise` tells. */
async function checkTypes(): Promise<string> {
  using heap = Heap.create({ capacity: HEAP_BYTES });
  const types = ELEMENT_TYPES.filter((type) => type !== "clone" || canClone());
  for (const type of types) {
    const { codec, encode, decode, release } = encodingOf(type, heap);
    using queue = ConcurrentQueue.unbounded(codec, { heap });
    for (let serial = 0; serial < SIZE; serial++) {
      const value = encode(serial);
      const said = decode(value);
      queue.push(value);
      const popped = queue.pop();
      if (decode(popped) !== said) throw new Error(`a value of type ${type} came out as another one`);
      release(popped);
    }
  }
  return `a value of each came out as it went in: ${types.join(", ")}`;
}

function mustLieOn(align: number, offset: number, base: bigint | undefined): void {
  const address = (base ?? 0n) + BigInt(offset);
  const beside = address % BigInt(align);
  if (beside === 0n) return;
  throw new Error(
    `${base === undefined ? "offset" : "address"} 0x${address.toString(16)} is ${beside} beside ${align}`,
  );
}
