/**
 * The stress run of Arcs: has real threads share counted blocks in every way there is, and verifies that each is what it should
 * be for as long as somebody holds it, and gone when nobody does. No terminal in here: the command line prints what this
 * reports, and tests call it as it is.
 *
 *   hand       what a worker does                                      (arc/hand.ts, content.ts)
 *   ledger     what workers say, in shared memory of its own           (heap/leaks.ts)
 *   crew       the threads: started, killed, replaced                  (arc/crew.ts, killer.ts)
 *   remains    what is left in the heap: nothing                       (remains.ts, obituaries.ts)
 *
 * The thread that calls this only looks on, every few milliseconds, and never blocks.
 */
import { Arc, arc, ConcurrentQueue, type Heap, json } from "../../index.js";
import { DEEDS } from "./arc/activity.js";
import { contentOf, isIntact, LEAST, wordsOf } from "./arc/content.js";
import { ArcCrew } from "./arc/crew.js";
import { DAMAGED, DEED, FIRST_DAMAGED, GONE, Ledger, REFUSALS, STALE } from "./arc/ledger.js";
import { type ArcStressOptions, type Settings, settingsOf } from "./arc/options.js";
import type { ArcStressReport, Checks } from "./arc/report.js";
import { type Check, NOT_REACHED } from "./check.js";
import { Killer } from "./killer.js";
import { Aborted, lookOn } from "./lookOn.js";
import { Obituaries } from "./obituaries.js";
import { createHeap, refusal } from "./refusals.js";
import { bury, checkMemory, type Inventory, type Remains, takeStock } from "./remains.js";
import { Stillness } from "./stillness.js";

export type { ArcStressOptions } from "./arc/options.js";
export type { ArcStressReport, Checks } from "./arc/report.js";

/**
 * Stresses Arcs as the options say, and reports. Rejects only for options that cannot be; whatever goes wrong in the run is in
 * the report.
 *
 * @throws {OptionError} with the number that was wrong; nothing was started.
 */
export async function stressArc(options: ArcStressOptions = {}): Promise<ArcStressReport> {
  const settings = settingsOf(options);
  // For good: from now on this thread creates checked heaps.
  if (settings.checked) await import("../../checked.js");
  using heap = createHeap(settings);
  const run = new Run(settings, heap);
  await run.toTheEnd();
  return run.report();
}

/** Between two calls of `onProgress`. */
const REPORT_MS = 100;
/** How long the rest of the crew gets to end when the run is over or has failed. */
const DISMISSAL_MS = 5000;
/** Arcs that live to the end, and whose counts must then be what they were. */
const ANCHORS = 3;
/** How many Arcs and tokens wait for somebody. */
const ROOM = 64;

/** The run cannot go on. */

class Run {
  readonly #settings: Settings;
  readonly #heap: Heap;
  readonly #obituaries: Obituaries;
  readonly #before: Inventory;
  readonly #anchors: readonly Arc[];
  readonly #arcs: ConcurrentQueue<Arc>;
  readonly #tokens: ConcurrentQueue<unknown>;
  readonly #ledger: Ledger;
  readonly #crew: ArcCrew;
  readonly #killer: Killer;
  readonly #stillness: Stillness;
  readonly #failures: string[] = [];
  #began: number | undefined;
  #seconds = 0;
  #reportedAt = 0;
  #peak = 0;
  #anchorsAreIntact = true;
  #remains: Remains | undefined;

  constructor(settings: Settings, heap: Heap) {
    const { threads, seed, size, sabotage } = settings;
    this.#settings = settings;
    this.#heap = heap;
    this.#obituaries = new Obituaries(heap);
    this.#before = takeStock(heap);
    try {
      this.#anchors = Array.from({ length: ANCHORS }, (_, i) => Arc.create(contentOf(i, LEAST * 2 ** i), { heap }));
      this.#arcs = ConcurrentQueue.bounded(ROOM, arc, { heap });
      this.#tokens = ConcurrentQueue.bounded<unknown>(ROOM, json, { heap });
    } catch (error) {
      throw refusal(error, `heap of ${heap.capacity} bytes has no room for what the threads share: `);
    }
    this.#ledger = new Ledger(threads);
    const orders = {
      ...{ seats: threads, seed, size, sabotage, ledger: this.#ledger.buffer },
      anchors: this.#anchors.map((anchor) => anchor.share()),
      arcs: this.#arcs.share(),
      tokens: this.#tokens.share(),
    };
    this.#crew = new ArcCrew(orders, this.#ledger);
    this.#killer = new Killer(this.#crew, settings);
    this.#stillness = new Stillness(settings.watchdogMs);
  }

  /** Runs to the end; afterwards `report` knows everything. Leaves no thread behind. */
  async toTheEnd(): Promise<void> {
    const [crew, killer] = [this.#crew, this.#killer];
    try {
      await this.#until(() => crew.isComplete);
      this.#ledger.begin();
      this.#began = performance.now();
      killer.start();
      await this.#until(() => this.#isOver || crew.areGone);
      await killer.stop();
      this.#end();
      this.#ledger.finish();
      await this.#until(() => crew.areGone);
      this.#anchorsAreIntact = this.#anchors.every((anchor) => isIntact(wordsOf(anchor)));
      const subjects = [this.#arcs, this.#tokens, ...this.#anchors];
      this.#remains = await bury(subjects, this.#heap, this.#before, this.#obituaries);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      this.#failures.push(error.message);
    } finally {
      await killer.stop();
      await crew.dismiss(DISMISSAL_MS);
      this.#end();
    }
  }

  get #elapsedMs(): number {
    return this.#began === undefined ? 0 : performance.now() - this.#began;
  }

  #end(): void {
    if (this.#seconds === 0) this.#seconds = this.#elapsedMs / 1000;
  }

  get #isOver(): boolean {
    const { durationMs, deeds, signal } = this.#settings;
    const isCut = this.#elapsedMs >= durationMs || signal?.aborted === true || this.#killer.isDone;
    return isCut || this.#ledger.deeds >= deeds || this.#ledger.total(DAMAGED) + this.#ledger.total(GONE) > 0;
  }

  #until(done: () => boolean): Promise<void> {
    const look = () => {
      this.#peak = Math.max(this.#peak, this.#heap.stats().used);
      this.#reportProgress();
    };
    return lookOn(
      {
        crew: this.#crew,
        stillness: this.#stillness,
        motion: () => this.#ledger.motion(),
        look,
        wedged: (forMs) => this.#wedged(forMs),
      },
      done,
    );
  }

  #wedged(stuckMs: number): string {
    const workers = this.#crew.describe().map((line) => `\n  ${line}`);
    return `wedged: nothing moved for ${(stuckMs / 1000).toFixed(1)} s${workers.join("")}`;
  }

  #reportProgress(): void {
    const now = performance.now();
    if (this.#began === undefined || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    const elapsedMs = now - this.#began;
    const { deeds } = this.#ledger;
    const deedsPerSecond = elapsedMs > 0 ? (1000 * deeds) / elapsedMs : 0;
    const { kills } = this.#crew;
    this.#settings.onProgress?.({ elapsedMs, deeds, deedsPerSecond, heapUsed: this.#heap.stats().used, kills });
  }

  report(): ArcStressReport {
    const { seed, threads, size, alignment, checked, signal } = this.#settings;
    const ledger = this.#ledger;
    const checks = this.#checks();
    const wrong = Object.entries(checks).filter(([, check]) => !check.ok && check !== NOT_REACHED);
    const failures = [...this.#failures, ...wrong.map(([name, { found }]) => `${name}: ${found}`)];
    const seconds = this.#seconds;
    const { deeds } = ledger;
    return {
      ...{ ok: failures.length === 0, failures, interrupted: signal?.aborted === true },
      ...{ seed, threads, size, heap: this.#heap.capacity, alignment, checked },
      did: Object.fromEntries(DEEDS.map((deed, i) => [deed, ledger.total(DEED + i)])),
      ...{ deeds, seconds, deedsPerSecond: seconds > 0 ? deeds / seconds : 0 },
      ...{ stale: ledger.total(STALE), refusals: ledger.total(REFUSALS) },
      heapUsed: {
        before: this.#before.bytes,
        peak: this.#peak,
        after: this.#remains?.usedAfter ?? this.#heap.stats().used,
      },
      casualties: { kills: this.#crew.kills, returned: this.#obituaries.sum },
      checks,
    };
  }

  #checks(): Checks {
    const remains = this.#remains;
    if (remains === undefined) return { contents: NOT_REACHED, liveness: NOT_REACHED, memory: NOT_REACHED };
    return { contents: this.#checkContents(), liveness: this.#checkLiveness(), memory: checkMemory(remains) };
  }

  #checkContents(): Check {
    const ledger = this.#ledger;
    const wrong = this.#anchorsAreIntact ? [] : ["what the watching thread holds was changed"];
    for (let seat = 0; seat < ledger.seats; seat++) {
      const count = ledger.of(seat, DAMAGED);
      const first = `the first says that it is number ${ledger.of(seat, FIRST_DAMAGED)}`;
      if (count > 0)
        wrong.push(`thread ${seat + 1} found ${count} ${count === 1 ? "block" : "blocks"} damaged, ${first}`);
    }
    return { ok: wrong.length === 0, found: wrong.join("; ") || "every block was what was written there" };
  }

  #checkLiveness(): Check {
    const gone = this.#ledger.total(GONE);
    return {
      ok: gone === 0,
      found: gone === 0 ? "nothing was gone that was held" : `${gone} that were held were gone`,
    };
  }
}
