/**
 * Times what several threads do together, which tinybench cannot.
 *
 * Repetitions of all contenders run in turns, A B C A B C, each between two probes of the cores (cores.ts), so that a busy
 * minute of the machine meets all contenders alike. A repetition counts only when the cores were free before and after it, and
 * is put off for a while when they are not. A contender that fails, by a wrong sum or because a thread has died, is out; the
 * others go on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sabotage } from "./sabotage.js";

/** Fewer free cores than this, and a repetition says nothing. */
const CORES_NEEDED = 1.8;
/** What a scenario may spend waiting for a busy machine to become quiet, for each repetition. */
const WAIT_FOR_QUIET_MS = 2000;
const PAUSE_MS = 100;

/** What a repetition has taken. */
export interface Spent {
  /** Millions of items a second. */
  readonly rate: number;
  /** Processor time of all threads, and their context switches, for each item; where a repetition is a process of its own. */
  readonly processorNs?: number;
  readonly switches?: number;
}

interface Repetition extends Spent {
  readonly cores: number;
}

/** What does the work of a contender, and can do it again and again. */
export interface Subject {
  /** In each repetition. */
  readonly items: number;
  warmUp(items: number | undefined): Promise<void>;
  /** One repetition. A number is its rate. */
  run(): Promise<number | Spent>;
  stop(): Promise<void>;
}

export interface Entrant {
  readonly label: string;
  start(sabotage: Sabotage | undefined): Subject;
}

export interface Measured {
  readonly contender: { readonly label: string };
  readonly items: number;
  readonly repetitions: readonly Repetition[];
  /** What went wrong with it. */
  readonly failure?: string;
}

/** What tells how many cores are free. */
export interface Probe {
  read(): Promise<number>;
}

interface MeasureOptions {
  readonly probe: Probe;
  readonly reps: number;
  readonly items?: number | undefined;
  /** Ends it early: what was measured so far is returned. */
  readonly signal?: AbortSignal | undefined;
  /** Says what is being done. */
  readonly onProgress?: ((parts: readonly string[]) => void) | undefined;
  readonly waitForQuietMs?: number | undefined;
  readonly sabotage?: Sabotage | undefined;
}

/** A contender on the way. */
class Lane {
  readonly contender: Entrant;
  readonly repetitions: Repetition[] = [];
  failure: string | undefined;
  readonly #subject: Subject | undefined;

  constructor(contender: Entrant, sabotage: Sabotage | undefined) {
    this.contender = contender;
    try {
      this.#subject = contender.start(sabotage);
    } catch (error) {
      this.#fail(error);
    }
  }

  get clean(): number {
    return this.repetitions.filter(isClean).length;
  }

  async warmUp(items: number | undefined): Promise<void> {
    await this.attempt(async (subject) => subject.warmUp(items));
  }

  /** Does it with the subject, unless the contender is out already. What fails ends the contender, not the run. */
  async attempt(act: (subject: Subject) => Promise<void>): Promise<void> {
    if (this.failure !== undefined || this.#subject === undefined) return;
    try {
      await act(this.#subject);
    } catch (error) {
      this.#fail(error);
      await this.stop();
    }
  }

  async stop(): Promise<void> {
    await this.#subject?.stop();
  }

  get measured(): Measured {
    const { contender, repetitions, failure } = this;
    return { contender, items: this.#subject?.items ?? 0, repetitions, ...(failure === undefined ? {} : { failure }) };
  }

  #fail(error: unknown): void {
    this.failure = error instanceof Error ? error.message : String(error);
  }
}

/** Measures contenders in turns. When too few repetitions meet free cores, up to as many again are tried. */
export async function measure(contenders: readonly Entrant[], options: MeasureOptions): Promise<Measured[]> {
  const { probe, reps, items, signal, onProgress, waitForQuietMs = WAIT_FOR_QUIET_MS * reps, sabotage } = options;
  // A cheat has no friends: the others are what they are.
  const lanes = contenders.map((contender, i) => new Lane(contender, i === 0 ? sabotage : undefined));
  const isOver = () => signal?.aborted === true;
  try {
    for (const lane of lanes) {
      if (isOver()) break;
      onProgress?.([`${lane.contender.label} warms up`]);
      await lane.warmUp(items);
    }
    let before = await probe.read();
    let patienceMs = waitForQuietMs;
    for (let round = 0; round < 2 * reps; round++) {
      for (const lane of lanes) {
        for (; before < CORES_NEEDED && patienceMs > 0 && !isOver(); patienceMs -= PAUSE_MS) {
          onProgress?.(["waiting for two free cores", `${before.toFixed(2)} are`]);
          await sleep(PAUSE_MS);
          before = await probe.read();
        }
        if (isOver()) return lanes.map(({ measured }) => measured);
        onProgress?.([`${lane.contender.label} ${lane.clean + 1}/${reps}`, `${before.toFixed(2)} cores free`]);
        await lane.attempt(async (subject) => {
          const ran = await subject.run();
          const after = await probe.read();
          const spent = typeof ran === "number" ? { rate: ran } : ran;
          lane.repetitions.push({ ...spent, cores: Math.min(before, after) });
          before = after;
        });
      }
      if (lanes.every(({ clean, failure }) => clean >= reps || failure !== undefined)) break;
    }
    return lanes.map(({ measured }) => measured);
  } finally {
    await Promise.all(lanes.map((lane) => lane.stop()));
  }
}

/** Whether a repetition had the cores it needs. */
export function isClean({ cores }: { readonly cores: number }): boolean {
  return cores >= CORES_NEEDED;
}
