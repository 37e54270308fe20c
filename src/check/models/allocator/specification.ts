/**
 * The allocator's sequential specification. Each block has one owner. `alloc` says that the heap is exhausted only at a moment
 * when it is.
 */
import { PAGE } from "../../../heap/kernel/numbers.js";
import type { Part, Result, Specification } from "../../program.js";

/** What programs ask for, and the size class that it comes from. */
export const REQUESTS = {
  "16K": { size: 16384, align: 16, cls: 11 },
  "32K": { size: 32768, align: 16, cls: 12 },
  "48 on 32K": { size: 48, align: 32768, cls: 12 },
  page: { size: 40000, align: 16, cls: 16 },
  "2 pages": { size: 2 * PAGE, align: PAGE, cls: 17 },
} as const;
export type Request = keyof typeof REQUESTS;

/** The class of the threads' scratch, which users cannot free, and bytes of one in the model build. */
export const SCRATCH = 14;
const SCRATCH_BYTES = 256;
/** The first class of page runs: one page, two pages, ... */
const RUNS = 16;

function bytesOf(cls: number): number {
  if (cls === SCRATCH) return SCRATCH_BYTES;
  return cls < RUNS ? 8 << cls : (cls - RUNS + 1) * PAGE;
}

/** A block by its page and the offset there, as results show it. Pages count from the first behind the header. */
export const nameOf = (page: number, offset: number) => `${page}+${offset / 1024}K`;
const pageOf = (block: string) => Number.parseInt(block, 10);

/** A page that is nobody's yet; one that belongs to the run which began before it. */
const UNUSED = "-";
const INSIDE = "=";

/** Who owns what no thread's cell does. */
export const NOBODYS = "-";
const FREE = "free";
/** Behind whose it is: a block that is on the way back. */
const LEAVING = "~";

/**
 * A heap as the specification sees it: the class that each page belongs to, and each block that was ever handed out: whose it
 * is, whether it is on the way back, or that it is free again. Printed: `12 - 16 = 0+0K:a 0+32K:free 2+0K:b~`.
 */
class Picture {
  readonly #pages: string[];
  readonly #blocks: Map<string, string>;

  constructor(pages: readonly string[], blocks: ReadonlyMap<string, string>) {
    this.#pages = [...pages];
    this.#blocks = new Map(blocks);
  }

  static parse(text: string): Picture {
    const words = text.split(" ");
    const blocks = words.filter((word) => word.includes(":")).map((word) => word.split(":") as [string, string]);
    return new Picture(
      words.filter((word) => !word.includes(":")),
      new Map(blocks),
    );
  }

  toString(): string {
    return [...this.#pages, ...[...this.#blocks].map((block) => block.join(":")).sort()].join(" ");
  }

  stateOf(block: string): string | undefined {
    return this.#blocks.get(block);
  }
  classOf(block: string): number {
    return Number(this.#pages[pageOf(block)]);
  }
  get hasUnusedPage(): boolean {
    return this.#pages.includes(UNUSED);
  }

  /** The same with `block` in another state. */
  with(block: string, state: string): Picture {
    return new Picture(this.#pages, new Map(this.#blocks).set(block, state));
  }

  /** The same when all that was this thread's has come back. */
  withoutThoseOf(owner: string): Picture {
    const blocks = [...this.#blocks].map(([block, state]): [string, string] => [
      block,
      state === owner || state === owner + LEAVING ? FREE : state,
    ]);
    return new Picture(this.#pages, new Map(blocks));
  }

  /** The same with the first `count` unused pages in the hands of a class; undefined when there are not as many. */
  withPages(cls: number, count: number): Picture | undefined {
    const first = this.#pages.indexOf(UNUSED);
    if (first < 0 || first + count > this.#pages.length) return undefined;
    const next = new Picture(this.#pages, this.#blocks);
    next.#pages.fill(INSIDE, first, first + count);
    next.#pages[first] = String(cls);
    return next;
  }

  /** Every block of a class that may be handed out now, and what comes of it. */
  choices(cls: number, owner: string): Map<string, Picture> {
    const choices = new Map<string, Picture>();
    for (const [page, of] of this.#pages.entries()) {
      if (of !== String(cls)) continue;
      for (let offset = 0; offset < PAGE; offset += bytesOf(cls)) {
        const block = nameOf(page, offset);
        if ((this.stateOf(block) ?? FREE) === FREE) choices.set(block, this.with(block, owner));
      }
    }
    if (cls < RUNS) return choices;
    const run = this.withPages(cls, bytesOf(cls) / PAGE);
    const block = nameOf(this.#pages.indexOf(UNUSED), 0);
    return run === undefined ? choices : choices.set(block, run.with(block, owner));
  }

  /** Blocks of a class that are not free. */
  inUse(cls: number): number {
    return [...this.#blocks].filter(([block, state]) => state !== FREE && this.classOf(block) === cls).length;
  }
}

/**
 * What the allocator promises, step by step.
 *
 *   promise(class)         a class may come to own the next page without anybody taking a block of it
 *   alloc(class owner) = block   it was free           = none     there is no such block, nor a page to make it of
 *   free(block)  = ok      it was in use               = double   it is not in use, but was      = foreign   never was
 *   give(block)            what follows a `free` that went well: now it can be handed out again
 *   reaped(owner)          the thread was killed and reaped: what it had can be handed out again
 *   count(class)           the allocator's counters: blocks that are not free
 */
export class Promises implements Specification {
  initial: string;
  readonly #empty: string;

  constructor(pages: number) {
    this.#empty = Array.from({ length: pages }, () => UNUSED).join(" ");
    this.initial = this.#empty;
  }

  /** Nothing has been taken yet. */
  restart(): void {
    this.initial = this.#empty;
  }

  step(state: string, { name, arg, result }: Part): readonly string[] {
    return this.#step(Picture.parse(state), name, arg as Result, result).map(String);
  }

  #step(heap: Picture, name: string, arg: Result, result: Result | undefined): readonly Picture[] {
    switch (name) {
      case "promise": {
        const promised = heap.withPages(Number(arg), 1);
        return promised === undefined ? [heap] : [heap, promised];
      }
      case "alloc": {
        const [cls = "", owner = NOBODYS] = String(arg).split(" ");
        const choices = heap.choices(Number(cls), owner);
        if (result === undefined) return [heap, ...choices.values()];
        if (result !== "none") return [choices.get(String(result)) ?? []].flat();
        const exhausted = choices.size === 0 && (Number(cls) >= RUNS || !heap.hasUnusedPage);
        return exhausted ? [heap] : [];
      }
      case "free": {
        const block = String(arg);
        const known = heap.classOf(block) === SCRATCH ? undefined : heap.stateOf(block);
        const isInUse = known !== undefined && known !== FREE && !known.endsWith(LEAVING);
        if (isInUse) return (result ?? "ok") === "ok" ? [heap.with(block, known + LEAVING)] : [];
        const refusal = known === undefined ? "foreign" : "double";
        return (result ?? refusal) === refusal ? [heap] : [];
      }
      case "give":
        return [heap.stateOf(String(arg))?.endsWith(LEAVING) === true ? heap.with(String(arg), FREE) : heap];
      case "reaped":
        return [heap.withoutThoseOf(String(arg))];
      case "count":
        return heap.inUse(Number(arg)) === result ? [heap] : [];
    }
    throw new RangeError(`no such step: ${name}`);
  }
}

// ── the steps of an operation ────────────────────────────────────────────────────────────────────────────────────────

/** What an `alloc` may do one after the other; of the pages that it has promised others may take every block. */
export function allocParts(cls: number, owner: string, result: Result | undefined): readonly Part[] {
  const promise = { name: "promise", arg: cls, result: undefined };
  const alloc = { name: "alloc", arg: `${cls} ${owner}`, result };
  return cls < RUNS ? [promise, promise, alloc] : [alloc];
}

/** What a `free` does one after the other. */
export function freeParts(block: string, result: Result | undefined): readonly Part[] {
  const free = { name: "free", arg: block, result };
  return result === "ok" || result === undefined ? [free, { name: "give", arg: block, result }] : [free];
}
