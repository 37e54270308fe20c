/**
 * Goes through the scenarios and returns what was found. No terminal in here: the command prints what this reports.
 *
 *   scenarios, shapes,  what there is to measure           (scenarios.ts between threads, shapes.ts in processes,
 *   single                                                  single.ts on one thread)
 *   measure, crew       how, by which threads              (roles.ts: what a thread does; peers/: with what)
 *   cores               whether a figure would mean anything
 *   rows                medians, ratios, verdicts
 */
import { circumstances } from "../circumstances.js";
import { CoreProbe } from "./cores.js";
import { Crew } from "./crew.js";
import { type Entrant, measure, type Probe } from "./measure.js";
import { peers } from "./peers/index.js";
import type { Results } from "./results.js";
import { type Row, rowsOf, type Turns } from "./rows.js";
import type { Sabotage } from "./sabotage.js";
import { type Scenario, scenarios } from "./scenarios.js";
import { shapeScenarios } from "./shapes.js";
import { measureSingle, names } from "./single.js";

interface BenchOptions {
  /** Only scenarios whose names contain one of these. */
  readonly filter: readonly string[];
  readonly reps: number;
  readonly items?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly sabotage?: Sabotage | undefined;
  readonly onProgress?: (parts: readonly string[]) => void;
  /** A scenario is done; `about` says what it is. */
  readonly onRows?: (about: string, rows: readonly Row[]) => void;
}

/** What there is to measure. */
interface Item {
  readonly name: string;
  readonly about: string;
  /** Peers that are missing here, if without them there is nothing to compare. */
  readonly lacks: readonly string[];
  /** One of very many, which `--list` does not name one by one. */
  readonly rare?: boolean;
  /** Whether a filter's text selects it, if that is not because its name contains it. */
  isWanted?(text: string): boolean;
  rows(touch: Touch): Promise<Row[]>;
}

interface Touch {
  readonly probe: Probe;
  readonly options: BenchOptions;
  readonly sabotage: Sabotage | undefined;
  readonly say: (parts: readonly string[]) => void;
}

/** Contenders in turns. */
function inTurns(scenario: Turns, entrants: readonly Entrant[]): Item["rows"] {
  return async ({ probe, options: { reps, items, signal, sabotage: kind }, sabotage, say }) => {
    const wait = kind === "busy" ? { waitForQuietMs: 0 } : {};
    const how = { probe, reps, items, signal, onProgress: say, sabotage, ...wait };
    return rowsOf(scenario, await measure(entrants, how), reps);
  };
}

function threaded(scenario: Scenario): Item {
  const { name, about } = scenario;
  const contenders = scenario.contenders.filter(({ peer }) => peers[peer] !== undefined);
  const missing = scenario.contenders.map(({ peer }) => peer).filter((peer) => peers[peer] === undefined);
  const lacks = contenders.length > 1 ? [] : missing;
  const entrants = contenders.map((contender) => ({
    label: contender.label,
    start: (sabotage: Sabotage | undefined) => new Crew(contender, sabotage),
  }));
  return { ...{ name, about, lacks }, rows: inTurns(scenario, entrants) };
}

function single(name: string): Item {
  return {
    ...{ name, about: "one thread, nanoseconds a call", lacks: [] },
    rows: async ({ probe, options: { signal }, say }) => {
      say(["one thread"]);
      return measureSingle(name, probe, signal === undefined ? {} : { signal });
    },
  };
}

/** Everything that there is to measure, in the order in which it is. */
export const items: readonly Item[] = [
  ...shapeScenarios.map(({ entrants, bars, ...shape }) => ({
    ...{ ...shape, lacks: [] },
    rows: inTurns({ name: shape.name, bars }, entrants),
  })),
  ...scenarios.map(threaded),
  ...names.map(single),
];

/** Those of these names that can be measured here. */
export function chosen(filter: readonly string[]): Item[] {
  return items.filter(
    (item) => item.lacks.length === 0 && filter.some((text) => item.isWanted?.(text) ?? item.name.includes(text)),
  );
}

export async function runBench(options: BenchOptions): Promise<Results> {
  const { filter, reps, signal, sabotage, onProgress, onRows } = options;
  const where = await circumstances();
  const wanted = chosen(filter);
  const isOver = () => signal?.aborted === true;
  const rows: Row[] = [];
  const skipped: string[] = [];
  const probe = sabotage === "busy" ? BUSY : await CoreProbe.start();
  try {
    for (const [i, item] of wanted.entries()) {
      if (isOver()) {
        skipped.push(item.name);
        continue;
      }
      const say = (parts: readonly string[]) => onProgress?.([`${i + 1}/${wanted.length} ${item.name}`, ...parts]);
      say([]);
      const found = await rowsOrFailure(item, { probe, options, sabotage: i === 0 ? sabotage : undefined, say });
      // Begun, and interrupted before anything was measured.
      if (isOver() && found.every((row) => row.reps === 0 && row.failure === undefined)) {
        skipped.push(item.name);
        continue;
      }
      rows.push(...found);
      onRows?.(`${item.name}: ${item.about}`, found);
    }
  } finally {
    await probe.stop();
  }
  return { ...where, reps, ended: isOver() ? "interrupted" : "completed", skipped, rows };
}

/** What goes wrong with a whole scenario is a row of it, and the others are still measured. */
async function rowsOrFailure(item: Item, touch: Touch): Promise<Row[]> {
  try {
    return await item.rows(touch);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    const nothing = { reps: 0, clean: 0, items: 0 };
    return [{ scenario: item.name, contender: "shmol", unit: "ns", ...nothing, verdict: "FAILED", failure }];
  }
}

/** A machine whose cores are never free. */
const BUSY = { read: async () => 1.2, stop: async () => {} };
