/**
 * A trial: some workers, some events on a heap of their own, and a game that the workers play until it is over. What the
 * game is, and what must be true of it, is for those to say who extend this.
 *
 *   gather, begin, look on until the time or the rounds are up, have everybody leave, see what is left
 *
 * The thread that calls this only looks on, every few milliseconds, and never blocks.
 */

import { type Heap, SharedEvent } from "../../../index.js";
import { internals } from "../../../internals.js";
import { type Check, NOT_REACHED } from "../check.js";
import { Killer } from "../killer.js";
import { Aborted, lookOn } from "../lookOn.js";
import { Obituaries } from "../obituaries.js";
import { createHeap, refusal } from "../refusals.js";
import { bury, checkMemory, type Inventory, type Remains, takeStock } from "../remains.js";
import { Stillness } from "../stillness.js";
import { ListenerCrew, type Role } from "./crew.js";
import { DISORDERS, EXPECTED, FOUND, Ledger, LISTENERS, ROUNDS } from "./ledger.js";
import type { Settings, TrialMode } from "./options.js";
import type { TrialReport } from "./report.js";
import { isSabotageOf } from "./sabotage.js";

/** What a trial is made of. */
interface Plan {
  readonly mode: TrialMode;
  readonly name: string;
  /** One for each worker. */
  readonly roles: readonly Role[];
  readonly events: number;
  /** How long it may last. */
  readonly durationMs: number;
}

/** Between two calls of `onProgress`. */
const REPORT_MS = 100;
/** How long the rest of the crew gets to end when the trial is over or has failed. */
const DISMISSAL_MS = 5000;

function createEvent(heap: Heap): SharedEvent {
  try {
    return SharedEvent.create({ heap });
  } catch (error) {
    throw refusal(error, `heap of ${heap.capacity} bytes has no room for an event: `);
  }
}

/** The trial cannot go on. */

export abstract class Trial {
  protected readonly plan: Plan;
  protected readonly settings: Settings;
  protected readonly ledger: Ledger;
  protected readonly events: readonly SharedEvent[];
  protected readonly crew: ListenerCrew;
  readonly #heap: Heap;
  readonly #obituaries: Obituaries;
  readonly #before: Inventory;
  readonly #killer: Killer;
  readonly #stillness: Stillness;
  readonly #failures: string[] = [];
  #began: number | undefined;
  #seconds = 0;
  #reportedAt = 0;
  /** In the events' lists, when everybody was gone. */
  #listeners = 0;
  #remains: Remains | undefined;

  constructor(settings: Settings, plan: Plan) {
    this.settings = settings;
    this.plan = plan;
    this.#heap = createHeap(settings);
    this.#obituaries = new Obituaries(this.#heap);
    this.#before = takeStock(this.#heap);
    this.events = Array.from({ length: plan.events }, () => createEvent(this.#heap));
    this.ledger = new Ledger(plan.roles.length);
    const { seed, listeners, sabotage } = settings;
    const orders = {
      ...{ seed, listeners, seats: plan.roles.length, ledger: this.ledger.buffer, kills: this.isKilling },
      events: this.events.map((event) => event.share()),
      sabotage: sabotage !== undefined && isSabotageOf(plan.mode, sabotage) ? sabotage : undefined,
    };
    this.crew = new ListenerCrew(plan.roles, orders, this.ledger, (seat) => this.buries(seat));
    const { killRate, kills } = settings;
    this.#killer = new Killer(this.crew, { seed, kills, killRate: this.isKilling ? killRate : 0 });
    this.#stillness = new Stillness(settings.watchdogMs);
  }

  /** Whether workers are killed in this trial. */
  protected get isKilling(): boolean {
    return this.settings.killRate > 0 && this.plan.mode === "mutex";
  }

  /** What workers wait for, in words. */
  protected abstract get prize(): string;

  /** Rounds so far. */
  protected abstract get rounds(): number;

  /** The verdicts on the game, by name. */
  protected abstract checks(): { readonly [name: string]: Check };

  /** What else there is to report. */
  protected abstract details(): Partial<TrialReport>;

  /** What else is to say of a trial that is stuck. */
  protected situation(): string {
    return "";
  }

  /** A worker was killed, and has ended. What it owned in the heap is returned before or after that. */
  protected buries(_seat: number): void {}

  /** Wakes those who would otherwise not learn that it is over. */
  protected dismisses(): void {}

  /** Whether something was found that need not be looked for any longer. */
  protected get hasFaults(): boolean {
    return this.ledger.total(DISORDERS) > 0;
  }

  /** Plays to the end; afterwards `report` knows everything. Leaves no thread behind. */
  async toTheEnd(): Promise<void> {
    const { crew, ledger } = this;
    try {
      await this.#until(() => crew.isComplete);
      ledger.begin(this.settings.rounds[this.plan.mode]);
      this.#began = performance.now();
      this.#killer.start();
      await this.#until(() => this.#isOver || crew.areGone);
      await this.#killer.stop();
      this.#end();
      ledger.finish();
      this.dismisses();
      await this.#until(() => crew.areGone);
      await this.#obituaries.complete();
      this.#listeners = this.events.reduce((sum, event) => sum + event.totalListeners, 0);
      this.#remains = await bury(this.events, this.#heap, this.#before, this.#obituaries);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      this.#failures.push(error.message);
    } finally {
      await this.#killer.stop();
      await crew.dismiss(DISMISSAL_MS);
      if (this.#remains === undefined) for (const event of this.events) event.drop();
      this.#end();
      this.#heap.drop();
    }
  }

  get #elapsedMs(): number {
    return this.#began === undefined ? 0 : performance.now() - this.#began;
  }

  #end(): void {
    if (this.#seconds === 0) this.#seconds = this.#elapsedMs / 1000;
  }

  get #isOver(): boolean {
    const timeIsUp = this.#elapsedMs >= this.plan.durationMs;
    const isCut = timeIsUp || this.settings.signal?.aborted === true || this.#killer.isDone;
    return isCut || this.ledger.isDone || this.hasFaults;
  }

  #until(done: () => boolean): Promise<void> {
    const look = () => {
      this.crew.look();
      this.#reportProgress();
    };
    return lookOn(
      {
        crew: this.crew,
        stillness: this.#stillness,
        motion: () => this.ledger.motion(),
        look,
        wedged: (forMs) => this.#wedged(forMs),
      },
      done,
    );
  }

  #wedged(stuckMs: number): string {
    const { kernel } = internals(this.#heap);
    const lists = this.events.map((event, index) => {
      const notified = kernel.notifiedCount(kernel.valueOf(event.share({ light: true }).control));
      const name = this.events.length === 1 ? "the event" : `event ${index + 1}`;
      return `${name} has ${event.totalListeners} listeners, ${notified} notified`;
    });
    const workers = this.crew.describe(this.prize).map((line) => `\n  ${line}`);
    const seconds = (stuckMs / 1000).toFixed(1);
    return `wedged: nothing moved for ${seconds} s${this.situation()}; ${lists.join("; ")}${workers.join("")}`;
  }

  #reportProgress(): void {
    const now = performance.now();
    if (this.#began === undefined || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    const elapsedMs = now - this.#began;
    const { rounds } = this;
    const listeners = this.events.reduce((sum, event) => sum + event.totalListeners, 0);
    const roundsPerSecond = elapsedMs > 0 ? (1000 * rounds) / elapsedMs : 0;
    const { kills } = this.crew;
    this.settings.onProgress?.({ trial: this.plan.name, elapsedMs, rounds, roundsPerSecond, listeners, kills });
  }

  report(): TrialReport {
    const { mode, name, roles } = this.plan;
    const { kills } = this.crew;
    const remains = this.#remains;
    const checks = {
      ...this.#reached(() => this.checks()),
      listeners: remains === undefined ? NOT_REACHED : this.#checkListeners(),
      memory: remains === undefined ? NOT_REACHED : checkMemory(remains),
    };
    const wrong = Object.entries(checks).filter(([, check]) => !check.ok && check !== NOT_REACHED);
    const failures = [...this.#failures, ...wrong.map(([check, { found }]) => `${check}: ${found}`)];
    const seconds = this.#seconds;
    return {
      ...{ mode, name, ok: failures.length === 0, failures, threads: roles.length },
      ...{ rounds: this.rounds, seconds, roundsPerSecond: seconds > 0 ? this.rounds / seconds : 0 },
      ...this.details(),
      casualties: { kills, locksHeld: this.locksHeld, returned: this.#obituaries.sum },
      heapUsed: { before: this.#before.bytes, after: remains?.usedAfter ?? this.#before.bytes },
      checks,
    };
  }

  #checkListeners(): Check {
    const left = this.#listeners;
    return { ok: left === 0, found: left === 0 ? "nobody listens any more" : `${left} are in the list still` };
  }

  /** Locks that killed workers had. */
  protected get locksHeld(): number {
    return 0;
  }

  /** Checks of a game that was not played to its end prove nothing, but for those that failed. */
  #reached(checks: () => { readonly [name: string]: Check }): { [name: string]: Check } {
    const isWhole = this.#remains !== undefined;
    const verdicts = Object.entries(checks());
    return Object.fromEntries(verdicts.map(([name, check]) => [name, isWhole ? check : NOT_REACHED]));
  }

  /** Whether everything came in its order. */
  protected checkOrder(found: string): Check {
    for (let seat = 0; seat < this.ledger.seats; seat++) {
      const count = this.ledger.of(seat, DISORDERS);
      if (count === 0) continue;
      const [expected, instead] = [this.ledger.of(seat, EXPECTED), this.ledger.of(seat, FOUND)];
      return { ok: false, found: `thread ${seat + 1}: ${count} out of order, first ${instead} instead of ${expected}` };
    }
    return { ok: true, found };
  }

  protected roundsOf(seat: number): number {
    return this.ledger.of(seat, ROUNDS);
  }

  protected get listenersMade(): number {
    return this.ledger.total(LISTENERS);
  }
}
