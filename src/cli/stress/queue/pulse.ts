/**
 * The pulse of a run: how fast values go through, how full queue and heap get, and whether anything moves at all.
 */
import type { ConcurrentQueue, Heap } from "../../../index.js";
import { Stillness } from "../stillness.js";
import type { QueueCrew } from "./crew.js";
import { type Ledger, TAKEN } from "./ledger.js";
import type { Settings } from "./options.js";

/** Between two calls of `onProgress`. */
const REPORT_MS = 100;
/** The time over which the rate of the moment is taken. */
const WINDOW_MS = 1000;

export class Pulse {
  maxSize = 0;
  peakUsed = 0;
  readonly #ledger: Ledger;
  readonly #crew: QueueCrew;
  readonly #queue: ConcurrentQueue<unknown>;
  readonly #heap: Heap;
  readonly #settings: Settings;
  /** Time and values of the rounds that are over. */
  #pastMs = 0;
  #pastItems = 0;
  /** When the round that is on began. */
  #since: number | undefined;
  readonly #stillness: Stillness;
  #reportedAt = 0;
  /** What `onProgress` was told within the window. */
  #window: { at: number; items: number }[] = [];

  constructor(ledger: Ledger, crew: QueueCrew, queue: ConcurrentQueue<unknown>, heap: Heap, settings: Settings) {
    this.#ledger = ledger;
    this.#crew = crew;
    this.#queue = queue;
    this.#heap = heap;
    this.#settings = settings;
    this.#stillness = new Stillness(settings.watchdogMs);
  }

  /** A round begins. */
  resume(): void {
    this.#since = performance.now();
  }

  /** The round is over, its values are out. Call this before the ledger forgets them. */
  pause(): void {
    this.#pastMs = this.elapsedMs;
    this.#pastItems = this.#items;
    this.#since = undefined;
  }

  /** Milliseconds in rounds. */
  get elapsedMs(): number {
    return this.#pastMs + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }

  /** Milliseconds since anything moved, if those are enough to call the run stuck. */
  get stuckForMs(): number | undefined {
    const { forMs } = this.#stillness;
    return forMs > this.#stillness.limitMs(this.#crew.dying) ? forMs : undefined;
  }

  /** Looks at everything once. */
  feel(): void {
    const now = performance.now();
    this.#stillness.feel(this.#ledger.motion() + this.#crew.hired);
    const { size } = this.#queue;
    const { used } = this.#heap.stats();
    this.maxSize = Math.max(this.maxSize, size);
    this.peakUsed = Math.max(this.peakUsed, used);
    if (this.#since === undefined || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    this.#report(size, used);
  }

  #report(size: number, heapUsed: number): void {
    const { elapsedMs } = this;
    const items = this.#items;
    this.#window = this.#window.filter(({ at }) => at > elapsedMs - WINDOW_MS);
    const { at, items: itemsThen } = this.#window[0] ?? { at: 0, items: 0 };
    this.#window.push({ at: elapsedMs, items });
    const itemsPerSecond = elapsedMs > at ? (1000 * (items - itemsThen)) / (elapsedMs - at) : 0;
    this.#settings.onProgress?.({ elapsedMs, items, itemsPerSecond, size, heapUsed, kills: this.#crew.kills });
  }

  /** Values that takers noted so far. */
  get #items(): number {
    let items = this.#pastItems;
    if (this.#since === undefined) return items;
    const { seats } = this.#ledger;
    for (let seat = 0; seat < seats; seat++) items += this.#ledger.tallyOf(seat, TAKEN).count;
    return items;
  }
}
