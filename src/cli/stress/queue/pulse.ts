/**
 * The pulse of a run: how fast values go through, how full queue and heap get, and whether anything moves at all.
 */
import type { ConcurrentQueue, Heap } from "../../../index.js";
import type { Crew } from "./crew.js";
import { type Ledger, TAKEN } from "./ledger.js";
import type { Settings } from "./options.js";

/** Between two calls of `onProgress`. */
const REPORT_MS = 100;
/** The time over which the rate of the moment is taken. */
const WINDOW_MS = 1000;
/** Some terminations take many seconds. That is V8's business, not a queue that is stuck. */
const TERMINATION_MS = 60_000;
/** When the thread that looks was itself held up for longer than this, the rest of that time proves nothing. */
const LONGEST_LOOK_MS = 1000;

export class Pulse {
  maxSize = 0;
  peakUsed = 0;
  /** Milliseconds since anything moved, as of the last `feel`. */
  stuckForMs = 0;
  readonly #ledger: Ledger;
  readonly #crew: Crew;
  readonly #queue: ConcurrentQueue<unknown>;
  readonly #heap: Heap;
  readonly #settings: Settings;
  /** Time and values of the rounds that are over. */
  #pastMs = 0;
  #pastItems = 0;
  /** When the round that is on began. */
  #since: number | undefined;
  #motion = 0;
  #lookedAt = performance.now();
  #reportedAt = 0;
  /** What `onProgress` was told within the window. */
  #window: { at: number; items: number }[] = [];

  constructor(ledger: Ledger, crew: Crew, queue: ConcurrentQueue<unknown>, heap: Heap, settings: Settings) {
    this.#ledger = ledger;
    this.#crew = crew;
    this.#queue = queue;
    this.#heap = heap;
    this.#settings = settings;
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

  /** From how many of those on the run is stuck. */
  get limitMs(): number {
    return this.#crew.dying > 0 ? Math.max(TERMINATION_MS, this.#settings.watchdogMs) : this.#settings.watchdogMs;
  }

  /** Looks at everything once. */
  feel(): void {
    const now = performance.now();
    const motion = this.#ledger.motion() + this.#crew.hired;
    this.stuckForMs = motion === this.#motion ? this.stuckForMs + Math.min(now - this.#lookedAt, LONGEST_LOOK_MS) : 0;
    this.#motion = motion;
    this.#lookedAt = now;
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
