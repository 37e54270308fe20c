/**
 * Models of the allocator: whatever any number of threads take and give back, each block has one owner, and `alloc` answers
 * that the heap is exhausted only at a moment when it is.
 *
 * Heaps have one to three pages and blocks are large, so that pages are used up, promised and fought over in programs of a
 * few steps. When the threads are through, the rest of the heap is taken until nothing is left, and the allocator's own
 * counters are held against what the specification says is out: a block that was lost on the way is missed there.
 */
import { DOUBLE_FREE, FOREIGN, OK, PAGE } from "../../heap/kernel/numbers.js";
import {
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Part,
  type Program,
  type Result,
  type Specification,
} from "../program.js";

/** What programs ask for, and the size class that it comes from. */
const REQUESTS = {
  "16K": { size: 16384, align: 16, cls: 11 },
  "32K": { size: 32768, align: 16, cls: 12 },
  "48 on 32K": { size: 48, align: 32768, cls: 12 },
  page: { size: 40000, align: 16, cls: 16 },
  "2 pages": { size: 2 * PAGE, align: PAGE, cls: 17 },
} as const;
type Request = keyof typeof REQUESTS;

/** The class of the threads' scratch, which users cannot free, and bytes of one in the model build. */
const SCRATCH = 14;
const SCRATCH_BYTES = 256;
/** The first class of page runs: one page, two pages, ... */
const RUNS = 16;

function bytesOf(cls: number): number {
  if (cls === SCRATCH) return SCRATCH_BYTES;
  return cls < RUNS ? 8 << cls : (cls - RUNS + 1) * PAGE;
}

/** A block by its page and the offset there, as results show it. Pages count from the first behind the header. */
const nameOf = (page: number, offset: number) => `${page}+${offset / 1024}K`;
const pageOf = (block: string) => Number.parseInt(block, 10);

// ── the specification ────────────────────────────────────────────────────────────────────────────────────────────────

/** A page that is nobody's yet; one that belongs to the run which began before it. */
const UNUSED = "-";
const INSIDE = "=";

/**
 * A heap as the specification sees it: the class that each page belongs to, and each block that was ever handed out: in
 * use, free again, or on the way there. Printed: `12 - 16 = 0+0K:live 0+32K:free`.
 */
class Picture {
  readonly #pages: string[];
  readonly #blocks: Map<string, "live" | "leaving" | "free">;

  constructor(pages: readonly string[], blocks: ReadonlyMap<string, "live" | "leaving" | "free">) {
    this.#pages = [...pages];
    this.#blocks = new Map(blocks);
  }

  static parse(text: string): Picture {
    const words = text.split(" ");
    const blocks = words.filter((word) => word.includes(":")).map((word) => word.split(":") as [string, "live"]);
    return new Picture(
      words.filter((word) => !word.includes(":")),
      new Map(blocks),
    );
  }

  toString(): string {
    return [...this.#pages, ...[...this.#blocks].map((block) => block.join(":")).sort()].join(" ");
  }

  stateOf(block: string): "live" | "leaving" | "free" | undefined {
    return this.#blocks.get(block);
  }
  classOf(block: string): number {
    return Number(this.#pages[pageOf(block)]);
  }
  get hasUnusedPage(): boolean {
    return this.#pages.includes(UNUSED);
  }

  /** The same with `block` in another state. */
  with(block: string, state: "live" | "leaving" | "free"): Picture {
    return new Picture(this.#pages, new Map(this.#blocks).set(block, state));
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
  choices(cls: number): Map<string, Picture> {
    const choices = new Map<string, Picture>();
    for (const [page, owner] of this.#pages.entries()) {
      if (owner !== String(cls)) continue;
      for (let offset = 0; offset < PAGE; offset += bytesOf(cls)) {
        const block = nameOf(page, offset);
        if ((this.stateOf(block) ?? "free") === "free") choices.set(block, this.with(block, "live"));
      }
    }
    if (cls < RUNS) return choices;
    const run = this.withPages(cls, bytesOf(cls) / PAGE);
    const block = nameOf(this.#pages.indexOf(UNUSED), 0);
    return run === undefined ? choices : choices.set(block, run.with(block, "live"));
  }

  /** Blocks of a class that are not free. */
  inUse(cls: number): number {
    return [...this.#blocks].filter(([block, state]) => state !== "free" && this.classOf(block) === cls).length;
  }
}

/**
 * What the allocator promises, step by step.
 *
 *   promise(class)         a class may come to own the next page without anybody taking a block of it
 *   alloc(class) = block   it was nobody's             = none     there is no such block, nor a page to make it of
 *   free(block)  = ok      it was in use               = double   it is not in use, but was      = foreign   never was
 *   give(block)            what follows a `free` that went well: now it can be handed out again
 *   count(class)           the allocator's counters: blocks that are not free
 */
class Promises implements Specification {
  initial: string;

  constructor(pages: number) {
    this.initial = Array.from({ length: pages }, () => UNUSED).join(" ");
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
        const choices = heap.choices(Number(arg));
        if (result === undefined) return [heap, ...choices.values()];
        if (result !== "none") return [choices.get(String(result)) ?? []].flat();
        const exhausted = choices.size === 0 && (Number(arg) >= RUNS || !heap.hasUnusedPage);
        return exhausted ? [heap] : [];
      }
      case "free": {
        const block = String(arg);
        const known = heap.classOf(block) === SCRATCH ? undefined : heap.stateOf(block);
        if (known === "live") return (result ?? "ok") === "ok" ? [heap.with(block, "leaving")] : [];
        const refusal = known === undefined ? "foreign" : "double";
        return (result ?? refusal) === refusal ? [heap] : [];
      }
      case "give":
        return [heap.stateOf(String(arg)) === "leaving" ? heap.with(String(arg), "free") : heap];
      case "count":
        return heap.inUse(Number(arg)) === result ? [heap] : [];
    }
    throw new RangeError(`no such step: ${name}`);
  }
}

// ── the operations ───────────────────────────────────────────────────────────────────────────────────────────────────

/** What an `alloc` may do one after the other; of the pages that it has promised others may take every block. */
function allocParts(cls: number, result: Result | undefined): readonly Part[] {
  const promise = { name: "promise", arg: cls, result: undefined };
  const alloc = { name: "alloc", arg: cls, result };
  return cls < RUNS ? [promise, promise, alloc] : [alloc];
}

const ANSWERS = new Map([
  [OK, "ok"],
  [DOUBLE_FREE, "double"],
  [FOREIGN, "foreign"],
]);

/** The heap of a program. */
class Heap {
  readonly #kernel: ModelKernel;
  readonly #promises: Promises;
  readonly #firstByte: number;
  readonly #owners: Owner[] = [];
  #scratch = 0;

  constructor(kernel: ModelKernel, promises: Promises) {
    this.#kernel = kernel;
    this.#promises = promises;
    this.#firstByte = kernel.headerPages() * PAGE;
  }

  /** A thread that takes blocks and gives them back. */
  owner(): Owner {
    const owner = new Owner(this);
    this.#owners.push(owner);
    return owner;
  }

  nameOf(ptr: number): string {
    const at = (ptr >>> 0) - this.#firstByte;
    return ptr === 0 ? "none" : nameOf(Math.floor(at / PAGE), at % PAGE);
  }

  /** The address at an offset of a page. */
  addressOf(page: number, offset: number): number {
    return this.#firstByte + page * PAGE + offset;
  }

  /** Takes a block before the threads start. */
  take(request: Request): number {
    const { size, align, cls } = REQUESTS[request];
    return this.#taken(cls, this.#kernel.alloc(size, align));
  }
  takeScratch(): number {
    this.#scratch = this.#kernel.allocScratch();
    return this.#taken(SCRATCH, this.#scratch);
  }
  #taken(cls: number, block: number): number {
    this.#happened(allocParts(cls, this.nameOf(block)));
    return block;
  }

  /** Gives blocks back before the threads start; the last one will be the first to be handed out again. */
  giveBack(...blocks: number[]): void {
    for (const block of blocks) {
      this.#kernel.free(block);
      const arg = this.nameOf(block);
      this.#happened(freeParts(arg, "ok"));
    }
  }
  /** Notes what the setup did. Of all that may have come of it nothing was promised in vain: that is the first. */
  #happened(parts: readonly Part[]): void {
    const [after] = parts.reduce<readonly string[]>(
      (states, part) => states.flatMap((state) => this.#promises.step(state, part)),
      [this.#promises.initial],
    );
    if (after === undefined) throw new CheckFailure("linearizability", `in the setup: ${JSON.stringify(parts)}`);
    this.#promises.initial = after;
  }

  /** `free(ptr)` by somebody who may have no right to. */
  free(ptr: number): Operation {
    const block = this.nameOf(ptr);
    return {
      label: `free(${block})`,
      *run() {
        return ANSWERS.get(yield ["free", ptr]) ?? "?";
      },
      parts: (result) => freeParts(block, result),
    };
  }

  /** What comes after the threads: the rest is taken, the allocator's counters are read, everything is given back. */
  finish(requests: readonly Request[], before: readonly number[], leaksPerKill: number): Finish {
    const last = this.owner();
    const operations = requests.flatMap((request) => [last.drain(request), count(REQUESTS[request].cls)]);
    return {
      operations,
      teardown: (kernel) => {
        for (const { held } of this.#owners) for (const block of held) kernel.free(block);
        for (const block of before) kernel.free(block);
        if (this.#scratch !== 0) kernel.freeScratch(this.#scratch);
        last.restart();
      },
      leaksPerKill,
    };
  }
}

/** What a `free` does one after the other. */
function freeParts(block: string, result: Result | undefined): readonly Part[] {
  const free = { name: "free", arg: block, result };
  return result === "ok" || result === undefined ? [free, { name: "give", arg: block, result }] : [free];
}

/** The allocator's counters of a class. */
function count(cls: number): Operation {
  return {
    label: `count of class ${cls}`,
    *run() {
      return yield ["liveBlocks", cls];
    },
    parts: (result) => [{ name: "count", arg: cls, result }],
  };
}

/** A thread and the blocks it was given. */
class Owner {
  readonly #heap: Heap;
  /** Every block that it was given, in order, those that it gave back included: freeing one of them again does no harm. */
  readonly held: number[] = [];

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** Forgets the last schedule. */
  restart(): void {
    this.held.length = 0;
  }

  alloc(request: Request): Operation {
    const { size, align, cls } = REQUESTS[request];
    const { held } = this;
    const heap = this.#heap;
    return {
      label: `alloc(${request})`,
      *run() {
        const block = yield ["alloc", size, align];
        held.push(block);
        return heap.nameOf(block);
      },
      parts: (result) => allocParts(cls, result),
    };
  }

  /** Gives back what its `alloc` number `nth` answered. */
  free(nth: number): Operation {
    const { held } = this;
    const heap = this.#heap;
    return {
      label: `free(block ${nth})`,
      *run() {
        const block = held[nth] as number;
        if (block === 0) return "nothing";
        return `${heap.nameOf(block)} ${ANSWERS.get(yield ["free", block])}`;
      },
      parts(result) {
        if (result === "nothing") return [];
        if (result === undefined) return held[nth] === undefined ? [] : freeParts(heap.nameOf(held[nth]), undefined);
        const [block = "", answer] = String(result).split(" ");
        return freeParts(block, answer);
      },
    };
  }

  /** Takes blocks until there are none. */
  drain(request: Request): Operation {
    const { size, align, cls } = REQUESTS[request];
    const { held } = this;
    const heap = this.#heap;
    return {
      label: `drain(${request})`,
      *run() {
        const blocks: string[] = [];
        for (;;) {
          const block = yield ["alloc", size, align];
          blocks.push(heap.nameOf(block));
          if (block === 0) return blocks.join(" ");
          held.push(block);
        }
      },
      parts: (result) =>
        String(result)
          .split(" ")
          .flatMap((block) => allocParts(cls, block)),
    };
  }
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** How a program differs from the plain one. */
interface Options {
  /** Pages of the heap beside the header's. */
  readonly pages: number;
  readonly kills?: number;
  /** What is taken to the end afterwards; blocks of half a page unless told. */
  readonly requests?: readonly Request[];
}

/** The block that the kernel call under way had just taken or was about to return. */
const LEAKS_PER_KILL = 1;

/** A program of up to three threads. `before`: blocks that it starts with, given back at the end. */
function program(
  name: string,
  { pages, kills = 0, requests = ["32K"] }: Options,
  threads: (heap: Heap, a: Owner, b: Owner, c: Owner, before: number[]) => Operation[][],
): Program {
  const promises = new Promises(pages);
  const empty = promises.initial;
  return {
    name: `allocator/${name}`,
    pages,
    kills,
    specification: promises,
    setup(kernel) {
      promises.initial = empty;
      const heap = new Heap(kernel, promises);
      const owners = [heap.owner(), heap.owner(), heap.owner()] as const;
      const before: number[] = [];
      const lists = threads(heap, ...owners, before);
      const bodies = lists.map((list, i) => () => {
        owners[i]?.restart();
        return list;
      });
      return { threads: bodies, finish: heap.finish(requests, before, LEAKS_PER_KILL) };
    },
  };
}

export const allocatorPrograms: readonly Program[] = [
  program("the heap is exhausted", { pages: 1 }, (_heap, a, b, c) => [
    [a.alloc("32K"), a.free(0)],
    [b.alloc("32K"), b.free(0)],
    [c.alloc("48 on 32K"), c.alloc("32K")],
  ]),
  // There is always a block: first one of the last page, later the one given back.
  program(
    "a block is given back before the last page goes",
    { pages: 2, requests: ["16K", "32K"] },
    (heap, a, b, c, before) => {
      const [x, y] = [heap.take("32K"), heap.take("32K")];
      before.push(x, y);
      return [
        [a.alloc("32K"), a.free(0)],
        [heap.free(x), b.alloc("16K")],
        [c.alloc("32K"), heap.free(y)],
      ];
    },
  ),
  // The ready list is x, y. A pop of x sleeps; x comes back with something else behind it.
  program("recycling", { pages: 2 }, (heap, a, b, c, before) => {
    const [x, y, w, v] = [heap.take("32K"), heap.take("32K"), heap.take("32K"), heap.take("32K")];
    heap.giveBack(y, x, v);
    before.push(w, heap.take("32K"));
    return [
      [a.alloc("32K"), a.alloc("32K")],
      [b.alloc("32K"), b.alloc("32K"), b.free(0)],
      [heap.free(w), c.alloc("32K")],
    ];
  }),
  program("recycling by two", { pages: 2 }, (heap, a, b) => {
    heap.giveBack(heap.take("32K"), heap.take("32K"));
    return [
      [a.alloc("32K"), a.alloc("32K"), a.free(0)],
      [b.alloc("32K"), b.alloc("32K"), b.free(0)],
    ];
  }),
  // No ready ones; some that came back, and more that do so while these are taken over. No page is left.
  program("blocks come back while others go out", { pages: 2 }, (heap, a, b, _c, before) => {
    const blocks = [heap.take("32K"), heap.take("32K"), heap.take("32K"), heap.take("32K")] as const;
    const [x, y, w, v] = blocks;
    before.push(w, v);
    heap.giveBack(x, y);
    return [[a.alloc("32K"), a.free(0)], [b.alloc("32K"), heap.free(w)], [heap.free(v)]];
  }),
  program("two classes want a page", { pages: 2, requests: ["16K", "32K"] }, (_heap, a, b, c) => [
    [a.alloc("32K"), a.alloc("32K")],
    [b.alloc("16K"), b.free(0)],
    [c.alloc("32K"), c.free(0)],
  ]),
  program("a helper comes late", { pages: 3 }, (_heap, a, b, c) => [
    [a.alloc("32K")],
    [b.alloc("32K"), b.alloc("32K")],
    [c.alloc("32K"), c.alloc("32K")],
  ]),
  program("runs of pages", { pages: 3, requests: ["page", "2 pages"] }, (_heap, a, b, c) => [
    [a.alloc("page"), a.free(0)],
    [b.alloc("2 pages"), b.free(0)],
    [c.alloc("page"), c.alloc("page")],
  ]),
  program(
    "a run is given back before the last page goes",
    { pages: 2, requests: ["page", "32K"] },
    (heap, a, b, c, before) => {
      const x = heap.take("page");
      before.push(x);
      return [
        [a.alloc("page"), a.free(0)],
        [heap.free(x), b.alloc("32K")],
        [c.alloc("page"), c.free(0)],
      ];
    },
  ),
  program("runs against promised pages", { pages: 2, requests: ["page", "32K"] }, (_heap, a, b, c) => [
    [a.alloc("page"), a.free(0)],
    [b.alloc("32K"), b.free(0)],
    [c.alloc("32K"), c.alloc("page")],
  ]),
  program("double free", { pages: 1, requests: ["32K"] }, (heap, a, b, c, before) => {
    before.push(heap.take("32K"));
    const [x] = before as [number];
    return [
      [heap.free(x), a.alloc("32K")],
      [heap.free(x), b.alloc("32K")],
      [heap.free(x), c.alloc("32K")],
    ];
  }),
  program("foreign pointers", { pages: 3 }, (heap, a, _b, _c, before) => {
    before.push(heap.take("32K"));
    const [x] = before as [number];
    const scratch = heap.takeScratch();
    return [
      [a.alloc("32K"), a.free(0)],
      [heap.free(x + 16), heap.free(scratch)],
      [heap.free(64), heap.free(x)],
    ];
  }),
  // Half a page that no `alloc` answers before the threads are through, while its page is made.
  program("a pointer to what nobody has had yet", { pages: 1 }, (heap, a) => [
    [a.alloc("32K"), a.free(0)],
    [heap.free(heap.addressOf(0, 32768)), heap.free(heap.addressOf(0, 32768))],
  ]),
  program("killed while the heap is exhausted", { pages: 1, kills: 1 }, (_heap, a, b, c) => [
    [a.alloc("32K")],
    [b.alloc("32K"), b.free(0)],
    [c.alloc("32K")],
  ]),
  program("killed with a page promised", { pages: 2, kills: 1, requests: ["16K", "32K"] }, (_heap, a, b) => [
    [a.alloc("32K"), a.free(0)],
    [b.alloc("16K"), b.alloc("32K")],
  ]),
  program("killed while recycling", { pages: 1, kills: 1 }, (heap, a, b) => {
    heap.giveBack(heap.take("32K"), heap.take("32K"));
    return [
      [a.alloc("32K"), a.alloc("32K"), a.free(0)],
      [b.alloc("32K"), b.free(0), b.alloc("32K")],
    ];
  }),
  program("killed with a run", { pages: 2, kills: 1, requests: ["page", "32K"] }, (_heap, a, b) => [
    [a.alloc("page"), a.free(0), a.alloc("32K")],
    [b.alloc("32K"), b.alloc("page"), b.free(1)],
  ]),
  program("killed during a double free", { pages: 1, kills: 1 }, (heap, a, b, _c, before) => {
    before.push(heap.take("32K"));
    const [x] = before as [number];
    return [
      [heap.free(x), a.alloc("32K")],
      [heap.free(x), b.alloc("32K")],
    ];
  }),
];
