/** The objects and tickets of a program's memory: how they are made before its threads run, and checked after that. */
import { KIND_ARC, MAX_COUNT, PAGE } from "../../../heap/kernel/numbers.js";
import { CheckFailure, type ModelKernel, type Operation, type Result } from "../../program.js";
import type { Words } from "../litmus.js";
import { NOBODY } from "../payload.js";
import { CONTENT, type Counts, type Left } from "./specification.js";

/** An object or a ticket: one that the program starts with, or one that a thread makes on the way. */
export class Thing {
  readonly label: string;
  control = 0;
  generation = 0;
  value = 0;
  /** What a ticket opens. */
  of: Thing | undefined;

  constructor(label: string) {
    this.label = label;
  }
}

/** A count of a thread's, and the cell that owns it. */
export interface Held {
  readonly thing: Thing;
  readonly cell: number;
}

/** A thread, as far as the world has to do with it (subject.ts). */
interface Holder {
  readonly strong: readonly Held[];
  readonly weak: readonly Held[];
  /** Tickets that it has made. */
  readonly tickets: readonly Thing[];
  /** Before the threads start: gives it a strong or a weak count. */
  owns(thing: Thing): void;
  watches(thing: Thing): void;
  strongCount(thing: Thing): Operation;
  weakCountAtRest(thing: Thing): Operation;
}

/** The objects of a program, and the threads that hold counts of them. */
export class World {
  readonly kernel: ModelKernel;
  /** The memory as numbers of 8 bytes. */
  readonly memory: Float64Array;
  readonly owners: Holder[] = [];
  readonly #counts: Counts;
  readonly #firstByte: number;
  readonly #objects: Thing[] = [];
  /** Those that the setup holds a count of until the threads have theirs. */
  readonly #held: Thing[] = [];
  readonly #tickets: Thing[] = [];
  #extra: { readonly control: number; readonly count: number } | undefined;

  /** Objects and tickets by their names. */
  readonly #things = new Map<string, Thing>();

  constructor(kernel: ModelKernel, memory: Float64Array, counts: Counts) {
    this.kernel = kernel;
    this.memory = memory;
    this.#counts = counts;
    this.#firstByte = kernel.headerPages() * PAGE;
    counts.restart();
  }

  /** What there is by that name; a thread will make it if nobody has. */
  thing(label: string): Thing {
    const thing = this.#things.get(label) ?? new Thing(label);
    this.#things.set(label, thing);
    return thing;
  }

  /** What stands in a condition: its name, and what is the case with it. */
  given([label, verb, ...args]: Words): void {
    const owners = () => args.map((letter) => this.owners["abc".indexOf(letter)] as Holder);
    if (verb === "opens") {
      this.#ticket(this.thing(label), this.thing(args[0] as string), Number(args[1]));
      return;
    }
    const x = this.thing(label);
    if (x.control === 0) this.#object(x, verb === "aligned" ? Number(args[0]) : 16, verb === "unborn");
    if (verb === "of") for (const owner of owners()) owner.owns(x);
    if (verb === "weak") for (const owner of owners()) owner.watches(x);
    if (verb === "left") this.#almostOverflow(x, Number(args[0]));
  }

  /** A control block as results show it. */
  nameOf(control: number): string {
    return control === 0 ? "none" : `c${((control >>> 0) - this.#firstByte) / 32}`;
  }

  /** An object that is there before the threads start. It lives on by the counts that they are given. */
  #object(thing: Thing, align: number, unborn: boolean): void {
    const { kernel } = this;
    const strong = unborn ? 0 : 1;
    thing.control = kernel.create(8, align, KIND_ARC, strong) >>> 0;
    thing.value = kernel.valueOf(thing.control) >>> 0;
    thing.generation = kernel.generationOf(thing.control) >>> 0;
    this.memory[thing.value / 8] = CONTENT;
    this.happened("create", `- ${strong}`, `${this.nameOf(thing.control)} ${thing.generation}`);
    this.#objects.push(thing);
    if (!unborn) this.#held.push(thing);
  }

  /** What a made-up token calls an object. */
  madeUp(label: string, control: number): Thing {
    return Object.assign(new Thing(label), { control });
  }

  /** A ticket that is there before the threads start. */
  #ticket(ticket: Thing, of: Thing, opens: number): void {
    ticket.of = of;
    this.#tickets.push(ticket);
    ticket.control = this.kernel.newTicket(of.control, opens) >>> 0;
    ticket.generation = this.kernel.generationOf(ticket.control) >>> 0;
    const name = this.nameOf(ticket.control);
    this.happened("newTicket", `${this.nameOf(of.control)} ${opens}`, `${name} ${ticket.generation}`);
  }
  /** A ticket that nobody owns. */
  left(ticket: Thing): void {
    this.#tickets.push(ticket);
  }

  /** Others have so many counts of an object that threads can take only `left` more. */
  #almostOverflow(thing: Thing, left: number): void {
    const count = MAX_COUNT + 1 - left - this.kernel.strongCount(thing.control);
    this.kernel.retain(thing.control, count);
    this.#extra = { control: thing.control, count };
    this.happened("clone", `${this.nameOf(thing.control)} ${count}`, "ok");
  }

  /** Notes what the setup did. */
  happened(name: string, arg: string, result: Result): void {
    const [next] = this.#counts.step(this.#counts.initial, { name, arg, result });
    if (next === undefined) throw new CheckFailure("linearizability", `in the setup: ${name}(${arg}) = ${result}`);
    this.#counts.initial = next;
  }

  /** The setup gives its own counts up. */
  letGo(): void {
    for (const { control } of this.#held) {
      const last = this.kernel.release(control) !== 0;
      if (last) this.kernel.finish(control);
      this.happened("drop", this.nameOf(control), last ? `last ${CONTENT}` : "one of more");
    }
  }

  /** When the dead were reaped there is what the living have. */
  reaped(dead: readonly number[]): Operation {
    const living = this.owners.filter((_, id) => !dead.includes(id));
    const left = () => ({
      strong: this.#tally(living.map(({ strong }) => strong)),
      weak: this.#tally(living.map(({ weak }) => weak)),
      tickets: dead.flatMap((id) => this.owners[id]?.tickets ?? []).map(({ control }) => this.nameOf(control)),
    });
    return {
      label: "the dead are reaped",
      // biome-ignore lint/correctness/useYield: it is done by then
      *run() {
        return JSON.stringify(left() satisfies Left);
      },
      parts: (result) => [{ name: "reaped", arg: String(result), result: "" }],
    };
  }
  /** How many counts there are in books, by control block. */
  #tally(books: readonly (readonly Held[])[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { thing } of books.flat()) {
      const name = this.nameOf(thing.control);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** What is looked at when the threads are through: the counts are exact. */
  counts(): Operation[] {
    const [owner] = this.owners as [Holder];
    const strong = this.#objects.map((thing) => owner.strongCount(thing));
    return [...strong, ...this.#objects.map((thing) => owner.weakCountAtRest(thing))];
  }

  /** Every count that is left is given up: those of threads that own nothing by cells, and those in tickets of nobody. */
  teardown(): void {
    const { kernel } = this;
    const drop = (control: number) => {
      if (kernel.release(control) !== 0) kernel.finish(control);
    };
    if (this.#extra !== undefined) {
      const { control, count } = this.#extra;
      Atomics.sub(new Int32Array(this.memory.buffer), control / 4, count);
    }
    for (const ticket of this.#tickets) {
      while (ticket.control !== 0) {
        const control = ticket.of?.control ?? 0;
        if (kernel.openTicket(ticket.control, ticket.generation, control) === 0) break;
        drop(control);
      }
    }
    for (const { strong, weak } of this.owners) {
      for (const { thing, cell } of strong) if (cell === NOBODY) drop(thing.control);
      for (const { thing, cell } of weak) if (cell === NOBODY) kernel.releaseWeak(thing.control);
    }
  }
}
