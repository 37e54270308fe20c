/**
 * Programs as litmus tests: a table with a line for each program and a column for each thread.
 *
 *   program          | given             | a              | b        | c
 *   full and empty   | start 3, items 1  | push 2, push 3 | pop, pop | isFull, isEmpty
 *
 * Here thread `a` pushes 2 and then 3. `given` says what is there before, and how the program differs from the plain one. Commas
 * separate operations, and blanks separate an operation from its arguments. The file of the subject says what each means. A line
 * without a name continues the line above. A line without columns is a heading.
 */
import type { Body, Operation } from "../program.js";

/** An operation or a condition, and its arguments. */
export type Words = readonly [verb: string, ...args: string[]];

/** What a program starts from: conditions by their first word. */
export class Given {
  readonly #conditions: readonly Words[];

  constructor(conditions: readonly Words[]) {
    this.#conditions = conditions;
  }

  has(verb: string): boolean {
    return this.#conditions.some(([first]) => first === verb);
  }
  /** The argument of a condition; undefined: it is not there. */
  number(verb: string): number | undefined {
    const words = this.#conditions.find(([first]) => first === verb);
    return words === undefined ? undefined : Number(words[1]);
  }
  /** The arguments of all conditions that begin with this word. */
  all(verb: string): readonly (readonly string[])[] {
    return this.#conditions.filter(([first]) => first === verb).map(([, ...args]) => args);
  }
  /** All conditions but those that begin with one of these words. */
  without(...verbs: string[]): readonly Words[] {
    return this.#conditions.filter(([first]) => !verbs.includes(first));
  }
  numbers(verb: string): readonly number[] {
    return this.all(verb).flat().map(Number);
  }

  /** Every condition must be one that the subject knows. */
  check(known: readonly string[]): this {
    const unknown = this.#conditions.find(([verb]) => !known.includes(verb));
    if (unknown !== undefined) throw new RangeError(`no such condition: ${unknown.join(" ")}`);
    return this;
  }
}

/** A line of a table. */
interface Litmus {
  readonly name: string;
  readonly given: Given;
  /** The operations of each thread. */
  readonly threads: readonly (readonly Words[])[];
}

/** The programs of a table. */
export function litmus(table: string): Litmus[] {
  const lines: string[][] = [];
  for (const line of table.split("\n").filter((line) => line.includes("|"))) {
    const cells = line.split("|").map((cell) => cell.trim());
    const above = lines.at(-1);
    if (cells[0] !== "" || above === undefined) lines.push(cells);
    else for (const [i, cell] of cells.entries()) above[i] = [above[i] ?? "", cell].join(" ").trim();
  }
  // The first one has the columns' names.
  return lines.slice(1).map(([name = "", given = "", ...threads]) => ({
    name,
    given: new Given(wordsOf(given)),
    threads: threads.filter((operations) => operations !== "").map(wordsOf),
  }));
}

function wordsOf(cell: string): Words[] {
  if (cell === "") return [];
  return cell.split(",").map((item) => item.trim().split(" ") as [string, ...string[]]);
}

/** One body after the other. */
export function inTurn(bodies: readonly Body[]): Body {
  return {
    *[Symbol.iterator](): Generator<Operation, void, void> {
      for (const body of bodies) yield* body;
    },
  };
}

/** An operation, and then what its result leads to. */
export function andThen(operation: Operation, next: (result: unknown) => Body): Body {
  return {
    *[Symbol.iterator](): Generator<Operation, void, void> {
      let result: unknown;
      yield {
        ...operation,
        *run() {
          const answer = yield* operation.run();
          result = answer;
          return answer;
        },
      };
      yield* next(result);
    },
  };
}
