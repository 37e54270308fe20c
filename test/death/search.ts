/** Searches of a world: all of its states, or some of its histories. */
import { inWords, kindOf, type State, type Step, type Violation, WEIGHTS, type World } from "./simulator.js";

interface Found {
  readonly violation: Violation;
  /** What led there. */
  readonly steps: readonly Step[];
}

interface Searched {
  readonly states: number;
  readonly transitions: number;
  /** States in which nothing is under way. */
  readonly quiet: number;
  /** Steps from the first state to the last one that was found. */
  readonly depth: number;
  /** Whether that was all. */
  readonly exhaustive: boolean;
  readonly found: Found | undefined;
}

/** Visits every state, the nearest ones first, or the first `most`. */
export function searchAll(world: World, most: number): Searched {
  const seen = new Seen();
  /** By which step each state was found, and from which one. */
  const steps: Step[] = [0];
  const parents: number[] = [0];
  const after = world.initial;
  let layer = new Layer(after.length);
  layer.push(after);
  let first = 0;
  let [transitions, quiet, depth] = [0, 0, 0];
  const result = (exhaustive: boolean, found?: Found): Searched => {
    return { states: steps.length, transitions, quiet, depth, exhaustive, found };
  };
  const historyOf = (index: number) => {
    const history: Step[] = [];
    for (let i = index; i !== 0; i = parents[i] as number) history.unshift(steps[i] as Step);
    return history;
  };
  const words = new Uint32Array(after.buffer);
  seen.add(words);
  while (layer.length > 0) {
    const next = new Layer(after.length);
    for (let i = 0; i < layer.length; i++) {
      const before = layer.at(i);
      for (const step of world.stepsFrom(before)) {
        transitions++;
        try {
          after.set(before);
          world.take(after, step);
          if (!seen.add(words)) continue;
          steps.push(step);
          parents.push(first + i);
          next.push(after);
          if (world.isQuiet(after)) quiet++;
          world.check(after);
        } catch (error) {
          if (!isViolation(error)) throw error;
          return result(false, { violation: error, steps: [...historyOf(first + i), step] });
        }
      }
      if (steps.length >= most) return result(false);
    }
    first += layer.length;
    layer = next;
    if (next.length > 0) depth++;
  }
  return result(true);
}

/**
 * A history that `choices` choose, step by step, with what is under way brought to its end at its own. Returns what is wrong with
 * it; undefined: nothing.
 */
export function roam(world: World, choices: readonly number[]): Found | undefined {
  const state = world.initial;
  const steps: Step[] = [];
  try {
    for (const choice of choices) {
      const possible = world.stepsFrom(state);
      if (possible.length === 0) break;
      const step = choose(possible, choice);
      steps.push(step);
      world.take(state, step);
      world.check(state);
    }
    world.settle(state, choices.length % 2 === 1);
  } catch (error) {
    if (!isViolation(error)) throw error;
    return { violation: error, steps };
  }
  return undefined;
}

/** First what kind of step, some of which are likelier than others, and then which of these. */
function choose(possible: readonly Step[], choice: number): Step {
  const kinds = [...new Set(possible.map(kindOf))];
  const weightOf = (kind: number) => WEIGHTS[kind] as number;
  const all = kinds.reduce((sum, kind) => sum + weightOf(kind), 0);
  let left = choice % all;
  const kind = kinds.find((one) => {
    left -= weightOf(one);
    return left < 0;
  });
  const candidates = possible.filter((step) => kindOf(step) === kind);
  return candidates[Math.trunc(choice / all) % candidates.length] as Step;
}

/** What happened, for people. */
export function storyOf({ violation, steps }: Found): string {
  return [...steps.map((step, i) => `${i + 1}  ${inWords(step)}`), violation.message].join("\n");
}

/** Not by its class: a world with a fault in it has one of its own. */
function isViolation(error: unknown): error is Violation {
  return error instanceof Error && "invariant" in error;
}

/** States, one behind the other in one array. */
class Layer {
  readonly #size: number;
  #words: State;
  length = 0;

  constructor(size: number) {
    this.#size = size;
    this.#words = new Uint16Array(64 * size);
  }

  at(i: number): State {
    return this.#words.subarray(i * this.#size, (i + 1) * this.#size);
  }

  push(state: State): void {
    const at = this.length++ * this.#size;
    if (at === this.#words.length) {
      const grown = new Uint16Array(2 * at);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words.set(state, at);
  }
}

/** States that were there before, each by 64 bits of a hash. */
class Seen {
  #table = new Uint32Array(2 << 16);
  #count = 0;

  /** False: it is there already. */
  add(state: Uint32Array): boolean {
    let [high, low] = [0x9e3779b9, 0x85ebca6b];
    for (let i = 0; i < state.length; i++) {
      const word = state[i] as number;
      high = Math.imul(high ^ word, 0x01000193);
      high ^= high >>> 15;
      low = Math.imul(low + word, 0xcc9e2d51);
      low = (low << 13) | (low >>> 19);
    }
    high = Math.imul(high ^ (high >>> 13), 0xc2b2ae35) >>> 0;
    low = (Math.imul(low ^ (low >>> 16), 0x1b873593) | 1) >>> 0;
    if (2 * this.#count >= this.#table.length / 2) this.#grow();
    if (!insert(this.#table, high, low)) return false;
    this.#count++;
    return true;
  }

  #grow(): void {
    const grown = new Uint32Array(2 * this.#table.length);
    for (let i = 0; i < this.#table.length; i += 2) {
      const low = this.#table[i + 1] as number;
      if (low !== 0) insert(grown, this.#table[i] as number, low);
    }
    this.#table = grown;
  }
}

/** `low` is never 0. */
function insert(table: Uint32Array, high: number, low: number): boolean {
  const mask = table.length / 2 - 1;
  for (let i = (high ^ (low >>> 7)) & mask; ; i = (i + 1) & mask) {
    if (table[2 * i + 1] === 0) {
      table[2 * i] = high;
      table[2 * i + 1] = low;
      return true;
    }
    if (table[2 * i] === high && table[2 * i + 1] === low) return false;
  }
}
