/**
 * The stress run of the queue: lets producers and consumers loose on one queue, on real threads, and verifies everything
 * that can be. No terminal in here: the command line prints what this reports, and tests call it as it is.
 *
 *   subject    the queue, on a heap of its own                         (queue/subject.ts)
 *   ledger     what the workers say, in shared memory of its own       (queue/ledger.ts)
 *   crew       the threads: started, killed, replaced                  (queue/crew.ts, killer.ts)
 *   audit      what came out against what went in                      (queue/audit.ts)
 *   remains    what is left in the heap: nothing                       (remains.ts, obituaries.ts)
 *
 * A run is a series of rounds; each ends with everybody at rest and everything accounted for. The thread that calls this
 * only looks on, every few milliseconds, and never blocks.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConcurrentQueue, Heap } from "../../index.js";
import { type Check, NOT_REACHED } from "./check.js";
import { Killer } from "./killer.js";
import { Aborted, LOOK_MS } from "./lookOn.js";
import { Obituaries } from "./obituaries.js";
import { Audit } from "./queue/audit.js";
import { QueueCrew } from "./queue/crew.js";
import { type Encoding, encodingOf, SIZED_TYPES } from "./queue/encoding.js";
import { DRAIN, LEAVE, Ledger, type LedgerShape, RUN, SETTLE } from "./queue/ledger.js";
import { type QueueStressOptions, type Settings, settingsOf } from "./queue/options.js";
import { Pulse } from "./queue/pulse.js";
import type { Casualties, Checks, QueueStressReport } from "./queue/report.js";
import { createQueue } from "./queue/subject.js";
import { tollOf } from "./queue/toll.js";
import { createHeap } from "./refusals.js";
import { bury, checkMemory, type Inventory, type Remains, takeStock } from "./remains.js";
import { OF_VALUES, Transit } from "./transit.js";

export type { QueueStressOptions } from "./queue/options.js";
export type { Checks, Progress, QueueStressReport } from "./queue/report.js";

/**
 * Stresses a queue as the options say, and reports. Rejects only for options that cannot be; whatever goes wrong in the
 * run is in the report.
 *
 * @throws {OptionError} with the number that was wrong; nothing was started.
 */
export async function stressQueue(options: QueueStressOptions = {}): Promise<QueueStressReport> {
  const settings = settingsOf(options);
  // For good: from now on this thread creates checked heaps.
  if (settings.checked) await import("../../checked.js");
  using heap = createHeap(settings);
  const run = new Run(settings, heap);
  await run.toTheEnd();
  return run.report();
}

/** How long the rest of the crew gets to end when the run is over or has failed. */
const DISMISSAL_MS = 5000;
/** In runs that kill, serials of a round have this many bits: their marks take 16 MiB. */
const MARKED_BITS = 27;

/** The run cannot go on. */

class Run {
  readonly #settings: Settings;
  readonly #heap: Heap;
  readonly #obituaries: Obituaries;
  readonly #before: Inventory;
  readonly #queue: ConcurrentQueue<unknown>;
  readonly #encoding: Encoding;
  readonly #ledger: Ledger;
  readonly #transit: Transit;
  readonly #crew: QueueCrew;
  readonly #killer: Killer;
  readonly #audit: Audit;
  readonly #pulse: Pulse;
  readonly #failures: string[] = [];
  #finished: Check = NOT_REACHED;
  #remains: Remains | undefined;

  constructor(settings: Settings, heap: Heap) {
    this.#settings = settings;
    this.#heap = heap;
    this.#obituaries = new Obituaries(heap);
    this.#before = takeStock(heap);
    const { type, size, force, batch, seed, sabotage, saboteur } = settings;
    this.#encoding = encodingOf(type, { seed, size, heap });
    const { codec, tellsSerial } = this.#encoding;
    this.#queue = createQueue(settings, codec, heap);
    const ledger = new Ledger(shapeOf(settings, this.#encoding));
    const { buffer, shape } = ledger;
    this.#ledger = ledger;
    this.#transit = new Transit(OF_VALUES, ledger.seats);
    const orders = { type, size, force, batch, seed, sabotage, saboteur };
    this.#crew = new QueueCrew(
      { queue: this.#queue.share(), ledger: buffer, transit: this.#transit.buffer, shape, ...orders },
      ledger,
    );
    this.#killer = new Killer(this.#crew, settings);
    this.#audit = new Audit(ledger, { force, tellsSerial });
    this.#pulse = new Pulse(ledger, this.#crew, this.#queue, heap, settings);
  }

  /** Goes through all rounds; afterwards `report` knows everything. Leaves no thread behind. */
  async toTheEnd(): Promise<void> {
    try {
      await this.#until(() => this.#everybodyAnswered(this.#ledger.step));
      while (!(await this.#round()));
      this.#ledger.advance(LEAVE);
      await this.#until(() => this.#crew.areGone);
      this.#remains = await bury([this.#queue], this.#heap, this.#before, this.#obituaries);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      this.#failures.push(error.message);
    } finally {
      await this.#killer.stop();
      await this.#crew.dismiss(DISMISSAL_MS);
    }
  }

  /** One round. Answers whether it was the last one. */
  async #round(): Promise<boolean> {
    this.#ledger.beginRound(Math.min(this.#itemsLeft, capacityOf(this.#ledger.shape)));
    this.#ledger.advance(RUN);
    this.#pulse.resume();
    const killer = this.#killer;
    killer.start();
    await this.#until(() => this.#isOver || this.#crew.areOutOfValues);
    await killer.stop();
    await this.#until(() => this.#crew.isComplete);
    const settled = this.#ledger.advance(SETTLE);
    await this.#until(() => this.#crew.haveAnswered(settled, "producer"));
    // What was pushed is known now, not yet whether it comes out.
    const last = this.#isOver || this.#itemsLeft <= this.#ledger.attempted();
    if (last) this.#queue.close();
    const drained = this.#ledger.advance(DRAIN);
    await this.#until(() => this.#crew.haveAnswered(drained, "consumer"));
    this.#pulse.pause();
    this.#audit.closeRound();
    if (last) this.#finished = checkFinished(this.#queue);
    return last;
  }

  /** Looks on until `done()`. Throws when that will not come. */
  async #until(done: () => boolean): Promise<void> {
    while (!done()) {
      this.#pulse.feel();
      if (this.#crew.failures.length > 0) throw new Aborted(this.#crew.failures.join("\n"));
      const stuck = this.#pulse.stuckForMs;
      if (stuck !== undefined) throw new Aborted(this.#wedged(stuck));
      await sleep(LOOK_MS);
    }
    this.#pulse.feel();
  }

  #wedged(stuckMs: number): string {
    const workers = this.#crew.describe().map((line) => `\n  ${line}`);
    return `wedged: nothing moved for ${(stuckMs / 1000).toFixed(1)} s, ${this.#queue.size} values in the queue${workers.join("")}`;
  }

  /** Whether the run should end, whatever is left to do. */
  get #isOver(): boolean {
    const { durationMs, signal } = this.#settings;
    const timeIsUp = this.#pulse.elapsedMs >= durationMs;
    return timeIsUp || signal?.aborted === true || this.#killer.isDone || this.#audit.hasFaults;
  }

  /** Values that earlier rounds left to be pushed. */
  get #itemsLeft(): number {
    return this.#settings.items - this.#audit.attempted;
  }

  #everybodyAnswered(step: number): boolean {
    return this.#crew.haveAnswered(step, "producer") && this.#crew.haveAnswered(step, "consumer");
  }

  report(): QueueStressReport {
    const { producers, consumers, flavor, capacity, type, size, force } = this.#settings;
    const { batch, alignment, checked, seed, signal } = this.#settings;
    const audit = this.#audit;
    const checks = this.#checks();
    const wrong = Object.entries(checks).filter(([, check]) => !check.ok && check !== NOT_REACHED);
    const failures = [...this.#failures, ...wrong.map(([name, { found }]) => `${name}: ${found}`)];
    const seconds = this.#pulse.elapsedMs / 1000;
    return {
      ok: failures.length === 0,
      failures,
      interrupted: signal?.aborted === true,
      ...{ seed, producers, consumers, flavor, capacity: Number.isFinite(capacity) ? capacity : null },
      ...{ type, size: SIZED_TYPES.includes(type) ? size : null, force, batch },
      ...{ heap: this.#heap.capacity, alignment, checked },
      items: audit.taken,
      rounds: audit.rounds,
      seconds,
      itemsPerSecond: seconds > 0 ? audit.taken / seconds : 0,
      latency: this.#transit.latency,
      maxSize: this.#pulse.maxSize,
      heapUsed: {
        before: this.#before.bytes,
        peak: this.#pulse.peakUsed,
        after: this.#remains?.usedAfter ?? this.#heap.stats().used,
      },
      fulls: this.#ledger.fulls(),
      displaced: audit.displaced,
      refusals: this.#ledger.refusals(),
      casualties: this.#casualties(),
      checks,
    };
  }

  #checks(): Checks {
    const audit = this.#audit;
    const toll = tollOf(this.#settings, this.#crew);
    const audited = audit.rounds > 0 && this.#finished !== NOT_REACHED;
    return {
      counts: audited ? audit.counts(toll, this.#obituaries.sum.values) : NOT_REACHED,
      checksum: audited ? audit.checksum() : NOT_REACHED,
      order: audited ? audit.order() : NOT_REACHED,
      finished: this.#finished,
      memory: this.#remains === undefined ? NOT_REACHED : checkMemory(this.#remains),
    };
  }

  #casualties(): Casualties {
    const { kills, killedProducers, killedConsumers } = this.#crew;
    const { lost: lostValues, doubtful: doubtfulValues } = this.#audit;
    const returned = this.#obituaries.sum;
    return { kills, killedProducers, killedConsumers, lostValues, doubtfulValues, returned };
  }
}

/** A ledger that is large enough, in segments small enough to go round. */
function shapeOf({ producers, consumers, items, batch, killRate }: Settings, { serialBits }: Encoding): LedgerShape {
  const marks = killRate > 0;
  const fair = Math.ceil(Math.log2(items / (8 * producers)));
  const segmentBits = Math.min(16, Math.max(6, Math.ceil(Math.log2(batch)), fair));
  const serials = Math.min(2 ** serialBits, marks ? 2 ** MARKED_BITS : Number.POSITIVE_INFINITY, items);
  return { producers, consumers, segments: Math.ceil(serials / 2 ** segmentBits), segmentBits, marks };
}

/** How many values a round can have. */
function capacityOf({ segments, segmentBits }: LedgerShape): number {
  return segments * 2 ** segmentBits;
}

/** Whether a queue that was closed and emptied says so in all its ways. */
function checkFinished(queue: ConcurrentQueue<unknown>): Check {
  const { size, isEmpty, isClosed, isFinished } = queue;
  const next = queue.pop();
  const ok = size === 0 && isEmpty && isClosed && isFinished && next === undefined;
  if (ok) return { ok, found: "closed, empty and finished" };
  return { ok, found: `size ${size}, isEmpty ${isEmpty}, isClosed ${isClosed}, isFinished ${isFinished}, pop ${next}` };
}
