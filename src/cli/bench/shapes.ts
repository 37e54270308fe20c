/**
 * The shapes that programs have, against one message each through `postMessage`. bench/shapes has them, as programs that run in
 * processes of their own; here each repetition is such a run.
 */
import { existsSync } from "node:fs";
import type { Entrant, Subject } from "./measure.js";
import type { Sabotage } from "./sabotage.js";
import type { Bar } from "./scenarios.js";

/** What bench/shapes/index.mjs exports. */
interface Shapes {
  readonly programs: readonly Program[];
  readonly NOT_SLOWER: number;
  isChosen(program: Program, text: string): boolean;
  run(
    program: Program,
    how: { dist: string; by: string; items: number; sabotage?: Sabotage | undefined },
  ): Promise<{ items: number; ns: number; processorNs: number; voluntary: number; involuntary: number }>;
}

interface Program {
  readonly name: string;
  readonly about: string;
  readonly items: number;
  readonly atLeast: number;
  readonly isUsual: boolean;
}

interface ShapeScenario {
  readonly name: string;
  readonly about: string;
  readonly rare: boolean;
  isWanted(text: string): boolean;
  readonly entrants: readonly Entrant[];
  readonly bars: readonly Bar[];
}

const LIBRARY = new URL("../../index.js", import.meta.url).href;
const MODULE = new URL("../../../bench/shapes/index.mjs", import.meta.url);

/** Every program against `postMessage`; none where only `dist` was copied. */
export const shapeScenarios: readonly ShapeScenario[] = existsSync(MODULE)
  ? scenariosOf(await import(MODULE.href))
  : [];

function scenariosOf(shapes: Shapes): ShapeScenario[] {
  return shapes.programs.map((program) => ({
    ...{ name: program.name, about: program.about, rare: !program.isUsual },
    isWanted: (text) => shapes.isChosen(program, text),
    entrants: ["shmol", "postMessage"].map((by) => ({
      label: by,
      start: (sabotage) => subject(shapes, program, by, sabotage),
    })),
    bars: [{ against: "postMessage", ratio: program.atLeast, processor: shapes.NOT_SLOWER }],
  }));
}

function subject(shapes: Shapes, program: Program, by: string, sabotage: Sabotage | undefined): Subject {
  let { items } = program;
  return {
    get items() {
      return items;
    },
    /** Each run has a warm-up of its own. */
    async warmUp(wanted = items) {
      items = wanted;
    },
    async run() {
      const took = await shapes.run(program, { dist: LIBRARY, by, items, sabotage });
      items = took.items;
      const switches = took.voluntary + took.involuntary;
      return { rate: 1000 / took.ns, processorNs: took.processorNs, switches };
    },
    async stop() {},
  };
}
