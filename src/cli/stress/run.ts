/**
 * A stress run, whatever it stresses: gathers the workers, lets them begin, looks on until it is over, has everybody leave, and sees
 * what is left. No terminal in here: the command line prints what this reports, and tests call it as it is.
 *
 *   options.ts   what it can be told             board.ts    what its threads tell each other
 *   crew.ts      its threads                     killer.ts   terminates them at random instants
 *   lookOn.ts    whether anything moves          leftovers.ts, reapLog.ts   what is left in the heap: nothing
 *
 * The thread that calls this only looks on, every few milliseconds, and never blocks.
 */
import { AlignmentError, Heap, OutOfMemoryError, TypeMismatchError } from "../../index.js";
import type { Check } from "../frame.js";
import { latencyOf } from "../report/latency.js";
import { Board } from "./board.js";
import { createClock } from "./clock.js";
import { Crew } from "./crew.js";
import { killSome } from "./killer.js";
import { checkLeftovers, takeStock } from "./leftovers.js";
import { Aborted, Onlooker } from "./lookOn.js";
import { type CommonOptions, type Given, OptionError, type OptionTable, valuesOf } from "./options.js";
import { ReapLog, sumsOf } from "./reapLog.js";
import type { Progress, Report, SuiteReport } from "./report.js";
import type { Scenario, Subject, Suite } from "./scenario.js";

/** The verdict of a check that a run did not come to. That it did not is another failure's fault. */
const NOT_REACHED: Check = { ok: false, found: "the run did not get that far" };
/** What is left of runs that did not get that far. A queue or a channel may be in such a state that to drop it never ends. */
const broken: Subject[] = [];
/** Between two calls of `onProgress`. */
const REPORT_MS = 100;
/** How long the rest of the crew gets to end when the run is over or has failed. */
const DISMISSAL_MS = 5000;

interface RunOptions {
  readonly sabotage?: string | undefined;
  /** Ends the run early. What was done so far is verified all the same. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Runs a suite as the options say. Rejects only for options that cannot be; whatever goes wrong in the run is in the report.
 *
 * @throws {OptionError} with the value that was wrong; nothing was started.
 */
export async function stress<T extends OptionTable>(
  suite: Suite<T>,
  given: Given<T> = {},
  runOptions: RunOptions = {},
): Promise<SuiteReport> {
  const options = valuesOf(suite, given);
  const scenarios = suite.scenarios(options);
  const { sabotage, signal } = runOptions;
  if (sabotage !== undefined && scenarios.every((scenario) => culpritOf(scenario, sabotage) === "")) {
    throw new OptionError(`sabotage is ${sabotage}, but nobody does that here`);
  }
  // For good: from now on this thread creates checked heaps.
  if (options.checked) await import("../../checked.js");
  const trials: Report[] = [];
  for (const scenario of scenarios) {
    if (signal?.aborted === true && trials.length > 0) break;
    const share = { ...options, duration: options.duration / scenarios.length };
    trials.push(await runAll(scenario, share, runOptions));
  }
  const failures = trials.flatMap(({ scenario, failures }) =>
    failures.map((failure) => (scenario === suite.name ? failure : `${scenario}: ${failure}`)),
  );
  return {
    ...{ suite: suite.name, ok: failures.length === 0, failures, interrupted: signal?.aborted === true },
    ...{ seed: options.seed, options, seconds: trials.reduce((sum, { seconds }) => sum + seconds, 0), trials },
  };
}

/** Runs a scenario, again and again where one run holds only a part of the work. */
async function runAll<O extends CommonOptions>(
  scenario: Scenario<O>,
  options: O,
  runOptions: RunOptions,
): Promise<Report> {
  const { limit } = scenario;
  let left = options;
  let sum: Report | undefined;
  for (;;) {
    const run = new Run(scenario, left, runOptions);
    await run.toTheEnd();
    const { report } = run;
    sum = sum === undefined ? report : added(sum, report);
    if (!sum.ok || run.isAll || run.isOver) return sum;
    left = {
      ...{ ...left, seed: (left.seed + 1) >>> 0, duration: left.duration - 1000 * report.seconds },
      kills: left.kills - report.casualties.kills,
      ...(limit && { [limit]: (left[limit] as number) - (report.counts[report.unit] as number) }),
    };
  }
}

class Run<O extends CommonOptions> {
  readonly #scenario: Scenario<O>;
  readonly #options: O;
  readonly #runOptions: RunOptions;
  readonly #heap: Heap;
  readonly #reapLog: ReapLog;
  readonly #before: ReturnType<typeof takeStock>;
  readonly #board: Board;
  readonly #clock: ReturnType<typeof createClock>;
  readonly #stage: ReturnType<Scenario<O>["setUp"]>;
  readonly #crew: Crew;
  readonly #onlooker: Onlooker;
  readonly #failures: string[] = [];
  #began = 0;
  #ended = 0;
  #reportedAt = 0;
  #peak = 0;
  #usedAfter = 0;
  /** What was found where all is well. */
  readonly #found = new Map<string, string>();
  #memory = NOT_REACHED;

  constructor(scenario: Scenario<O>, options: O, runOptions: RunOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#runOptions = runOptions;
    const { sabotage = "" } = runOptions;
    const { module, counts, timing } = scenario;
    const roles = scenario.seats(options);
    const { heap: capacity, alignment } = options;
    const heap = blamed("heap: ", () => Heap.create({ capacity, alignment }));
    this.#heap = heap;
    this.#reapLog = new ReapLog(heap);
    this.#before = takeStock(heap);
    const words = scenario.words?.(options) ?? 0;
    const board = new Board({ seats: roles.length, counts, checks: Object.keys(scenario.checks), words });
    this.#board = board;
    this.#clock = timing === undefined ? undefined : createClock(timing.every);
    const context = {
      ...{ options, heap, board },
      killed: (part: string) => this.#crew.killed[part] ?? 0,
      returned: () => this.#reapLog.sum,
      verdict: (check: string, isWell: boolean, found: string) => {
        if (isWell) this.#found.set(check, found);
        else board.fault(0, check, found);
      },
    };
    const lacks = `heap of ${heap.capacity} bytes has no room for this ${module}: `;
    const stage = blamed(lacks, () => scenario.setUp(context), heap);
    this.#stage = stage;
    const orders = {
      ...{ module, options, orders: stage.orders, board: board.buffer, shape: board.shape },
      ...{ clock: this.#clock, sabotage: sabotage.split(":").at(-1) },
    };
    this.#crew = new Crew(roles, board, orders, culpritOf(scenario, sabotage), (seat) => stage.fell?.(seat));
    this.#onlooker = new Onlooker({
      ...{ crew: this.#crew, watchdog: options.watchdog, motion: () => board.motion(), look: () => this.#look() },
      ...{ least: scenario.least ?? 0, situation: () => this.#situation },
    });
  }

  /** Runs to the end. Afterwards `report` knows everything. Leaves no thread behind. */
  async toTheEnd(): Promise<void> {
    const [crew, board, stage] = [this.#crew, this.#board, this.#stage];
    const { source } = this.#scenario;
    const until = (done: () => boolean) => this.#onlooker.until(done);
    const mercy = new AbortController();
    let killer: Promise<void> | undefined;
    try {
      await until(() => crew.isComplete);
      board.begin();
      this.#began = performance.now();
      killer = killSome(crew, this.#options, mercy.signal);
      await this.#onlooker.untilWorked(() => this.isOver || board.isDone || crew.haveLeft(source));
      mercy.abort();
      await killer;
      board.finish();
      await until(() => crew.dying === 0);
      await until(() => source === undefined || crew.haveLeft(source));
      stage.ending?.();
      await until(() => crew.haveLeft());
      this.#ended = performance.now();
      await until(() => crew.areGone);
      const threads = await this.#reapLog.complete();
      stage.verify?.();
      this.#memory = checkLeftovers(stage.subjects, this.#heap, this.#before, threads);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      this.#failures.push(error.message);
    } finally {
      mercy.abort();
      await killer;
      await crew.dismiss(DISMISSAL_MS);
      this.#ended ||= performance.now();
      if (this.#memory === NOT_REACHED) broken.push(...stage.subjects);
      this.#usedAfter = this.#heap.stats().used;
      this.#heap.drop();
    }
  }

  get isOver(): boolean {
    const { duration, kills } = this.#options;
    const isCut = this.#elapsedMs >= duration || this.#runOptions.signal?.aborted === true || this.#crew.kills >= kills;
    const { limit } = this.#scenario;
    return isCut || this.#board.hasFaults || (limit !== undefined && this.#count >= (this.#options[limit] as number));
  }

  get isAll(): boolean {
    return this.#stage.isPart !== true;
  }

  get #count(): number {
    return this.#board.total(this.#scenario.counts[0] as string);
  }

  get #elapsedMs(): number {
    return this.#began === 0 ? 0 : (this.#ended === 0 ? performance.now() : this.#ended) - this.#began;
  }

  get #perSecond(): number {
    return this.#elapsedMs > 0 ? (1000 * this.#count) / this.#elapsedMs : 0;
  }

  /** What everybody waits for. */
  get #situation(): string {
    const situation = this.#stage.situation?.();
    return `${situation === undefined ? "" : `, ${situation}`}${this.#crew.describe()}`;
  }

  #look(): void {
    this.#crew.look();
    this.#stage.look?.();
    const heapUsed = this.#heap.stats().used;
    this.#peak = Math.max(this.#peak, heapUsed);
    const now = performance.now();
    if (this.#began === 0 || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    this.#runOptions.onProgress?.({
      ...{ scenario: this.#scenario.name, unit: this.#scenario.counts[0] as string, heapUsed, kills: this.#crew.kills },
      ...{ count: this.#count, perSecond: this.#perSecond, elapsedMs: this.#elapsedMs },
    });
  }

  get report(): Report {
    const { name, counts, compared = [], timing } = this.#scenario;
    const checks = this.#checks();
    const wrong = Object.entries(checks).filter(([, check]) => !check.ok && check !== NOT_REACHED);
    const failures = [...this.#failures, ...wrong.map(([check, { found }]) => `${check}: ${found}`)];
    const { kills, killed, lost } = this.#crew;
    return {
      ...{ scenario: name, ok: failures.length === 0, failures, threads: this.#board.shape.seats, parts: 1 },
      ...{ seconds: this.#elapsedMs / 1000, unit: counts[0] as string, perSecond: this.#perSecond },
      counts: { ...Object.fromEntries(counts.map((one) => [one, this.#board.total(one)])), ...this.#stage.figures?.() },
      ...(compared.length === 0 ? {} : { compared }),
      ...(timing && this.#clock ? { latency: { ...timing, ...latencyOf(this.#clock.histogram) } } : {}),
      heapUsed: { before: this.#before.bytes, peak: this.#peak, after: this.#usedAfter },
      casualties: { kills, killed, lost, returned: this.#reapLog.sum },
      checks,
    };
  }

  #checks(): Report["checks"] {
    const checks: { [name: string]: Check } = {};
    for (const [name, allWell] of Object.entries(this.#scenario.checks)) {
      const wrong = this.#board.faults(name, this.#crew.nameOf);
      if (wrong !== "") checks[name] = { ok: false, found: wrong };
      else
        checks[name] =
          this.#memory === NOT_REACHED ? NOT_REACHED : { ok: true, found: this.#found.get(name) ?? allWell };
    }
    return { ...checks, memory: this.#memory };
  }
}

/** The part whose first worker commits a deliberate fault. */
function culpritOf({ sabotage }: Pick<Scenario, "sabotage">, kind: string): string {
  return Object.keys(sabotage).find((part) => sabotage[part]?.split(" ").includes(kind)) ?? "";
}

/** Two runs as one. The second one is only begun when all was well with the first one. */
function added(one: Report, other: Report): Report {
  const [counts, seconds] = [sumsOf(one.counts, other.counts), one.seconds + other.seconds];
  const [mine, theirs] = [one.casualties, other.casualties];
  return {
    ...other,
    ...{ parts: one.parts + other.parts, seconds, counts, perSecond: (counts[one.unit] as number) / seconds },
    heapUsed: { ...other.heapUsed, peak: Math.max(one.heapUsed.peak, other.heapUsed.peak) },
    casualties: {
      ...{ kills: mine.kills + theirs.kills, lost: mine.lost + theirs.lost },
      ...{ killed: sumsOf(mine.killed, theirs.killed), returned: sumsOf(mine.returned, theirs.returned) },
    },
  };
}

/** What an option is to blame for, as an `OptionError`. The heap is of no use then. */
function blamed<T>(what: string, make: () => T, heap?: Heap): T {
  try {
    return make();
  } catch (cause) {
    heap?.drop();
    if (![TypeMismatchError, AlignmentError, OutOfMemoryError].some((type) => cause instanceof type)) throw cause;
    throw new OptionError(`${what}${(cause as Error).message}`, { cause });
  }
}
