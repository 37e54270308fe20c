/**
 * The operations of the allocator's programs. Threads take blocks of a heap with one to three pages, and give them back. Blocks are
 * large: so threads use up, promise and contend for pages in programs of a few steps.
 *
 *   alloc 32K, alloc 48 on 32K, alloc page, alloc 2 pages
 *   free 0                                the first block that the thread was given
 *   free x, free x+16, free scratch       what was there before, or a pointer near it
 *   free 64, free page 0+32768            an address; one in a page, as the specification counts pages
 *
 * When the threads are done, the rest of the heap is taken until nothing is left. Then the allocator's own counters are compared
 * with the blocks that are in use by the specification. If a block was lost, the two differ.
 */
import { DOUBLE_FREE, FOREIGN, OK, OWN_BLOCK, PAGE } from "../../../heap/kernel/numbers.js";
import {
  type Account,
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Part,
  type Program,
} from "../../program.js";
import { litmus, type Words } from "../litmus.js";
import { NOBODY } from "../payload.js";
import { allocParts, freeParts, NOBODYS, nameOf, Promises, REQUESTS, type Request, SCRATCH } from "./specification.js";

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
  /** Blocks from before the threads start, by their names, without those that were given back. */
  readonly #taken = new Map<string, number>();
  #scratch = 0;

  /** `firstPage`: the first one that the specification knows of, behind the header. */
  constructor(kernel: ModelKernel, promises: Promises, firstPage: number) {
    this.#kernel = kernel;
    this.#promises = promises;
    this.#firstByte = (kernel.headerPages() + firstPage) * PAGE;
    promises.restart();
  }

  /** A thread that takes blocks and gives them back. */
  owner(letter: string, account: Account | undefined): Owner {
    const owner = new Owner(this, letter, account);
    this.#owners.push(owner);
    return owner;
  }

  /** What stands in a condition. */
  given([verb, ...names]: Words): void {
    if (verb === "scratch") this.#takeScratch();
    else if (verb === "back") this.#giveBack(names);
    else for (const name of names) this.#taken.set(name, this.#take(verb as Request));
  }

  nameOf(ptr: number): string {
    const at = (ptr >>> 0) - this.#firstByte;
    return ptr === 0 ? "none" : nameOf(Math.floor(at / PAGE), at % PAGE);
  }

  /** What a table calls `x`, `x+16`, `scratch`, `64` or `page 0+32768`. */
  addressOf(words: readonly string[]): number {
    const [where = "", offset = "0"] = (words.at(-1) as string).split("+");
    if (words[0] === "page") return this.#firstByte + Number(where) * PAGE + Number(offset);
    if (where === "scratch") return this.#scratch;
    return (this.#taken.get(where) ?? Number(where)) + Number(offset);
  }

  #take(request: Request): number {
    const { size, align, cls } = REQUESTS[request];
    return this.#handedOut(cls, this.#kernel.alloc(size, align));
  }
  #takeScratch(): void {
    this.#scratch = this.#kernel.allocScratch();
    this.#handedOut(SCRATCH, this.#scratch);
  }
  #handedOut(cls: number, block: number): number {
    this.#happened(allocParts(cls, NOBODYS, this.nameOf(block)));
    return block;
  }

  /** Gives blocks back before the threads start; the last one will be the first to be handed out again. */
  #giveBack(names: readonly string[]): void {
    for (const name of names) {
      const block = this.#taken.get(name) as number;
      this.#taken.delete(name);
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

  /** The dead were reaped: what they had can be had again. */
  #reaped(dead: readonly number[]): Operation {
    const owners = dead.map((id) => this.#owners[id]?.letter ?? NOBODYS).filter((letter) => letter !== NOBODYS);
    return {
      label: "the dead are reaped",
      // biome-ignore lint/correctness/useYield: it is done by then
      *run() {
        return owners.join(" ");
      },
      parts: () => owners.map((arg) => ({ name: "reaped", arg, result: "" })),
    };
  }

  /** What comes after the threads: the rest is taken, the allocator's counters are read, everything is given back. */
  finish(requests: readonly Request[], leaksPerKill: number): Finish {
    const last = this.owner(NOBODYS, undefined);
    return {
      reaped: (dead) => this.#reaped(dead),
      operations: requests.flatMap((request) => [last.drain(request), count(REQUESTS[request].cls)]),
      teardown: (kernel) => {
        for (const { held } of this.#owners)
          for (const { block, cell } of held) if (cell === NOBODY) kernel.free(block);
        for (const block of this.#taken.values()) kernel.free(block);
        if (this.#scratch !== 0) kernel.freeScratch(this.#scratch);
        last.restart();
      },
      leaksPerKill,
    };
  }
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
  readonly letter: string;
  readonly #account: Account | undefined;
  /**
   * Every block that it was given, in order, and the cell that owns it; those that it gave back included: to free one of them
   * again does no harm.
   */
  readonly held: { readonly block: number; readonly cell: number }[] = [];

  constructor(heap: Heap, letter: string, account: Account | undefined) {
    this.#heap = heap;
    this.letter = letter;
    this.#account = account;
  }

  /** What the words of a table mean. */
  does([verb, ...args]: Words): Operation {
    const isNumber = /^\d$/.test(args.join(" "));
    if (verb === "alloc") return this.#alloc(args.join(" ") as Request);
    if (verb === "free") return isNumber ? this.#free(Number(args[0])) : this.#heap.free(this.#heap.addressOf(args));
    throw new RangeError(`no such operation: ${verb}`);
  }

  /** Forgets the last schedule. */
  restart(): void {
    this.held.length = 0;
  }

  #alloc(request: Request): Operation {
    const { size, align, cls } = REQUESTS[request];
    const { held, letter } = this;
    const cell = this.#account?.cell(OWN_BLOCK) ?? NOBODY;
    const heap = this.#heap;
    return {
      label: `alloc(${request})`,
      *run() {
        const block = yield ["alloc", size, align, cell];
        held.push({ block, cell });
        return heap.nameOf(block);
      },
      parts: (result) => allocParts(cls, letter, result),
    };
  }

  /** Gives back what its `alloc` number `nth` returned. */
  #free(nth: number): Operation {
    const { held } = this;
    const heap = this.#heap;
    return {
      label: `free(block ${nth})`,
      *run() {
        const { block, cell } = held[nth] as Owner["held"][number];
        if (block === 0) return "nothing";
        return `${heap.nameOf(block)} ${ANSWERS.get(yield ["free", block, cell])}`;
      },
      parts(result) {
        if (result === "nothing") return [];
        if (result === undefined)
          return held[nth] === undefined ? [] : freeParts(heap.nameOf(held[nth].block), undefined);
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
          held.push({ block, cell: NOBODY });
        }
      },
      parts: (result) =>
        String(result)
          .split(" ")
          .flatMap((block) => allocParts(cls, NOBODYS, block)),
    };
  }
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Programs of up to three threads. Their conditions:
 *
 *   pages 2        of the heap
 *   32K x y        blocks that were taken before, in this order
 *   back y x       some of them were given back: the last one will be the first to be handed out again
 *   scratch        one was taken
 *   rest page      what is taken to the end afterwards; blocks of half a page
 *   raw            blocks are as those of `heap.alloc`: no cell owns them
 *   kills 1        threads that die
 */
export function heaps(table: string): Program[] {
  return litmus(table).map(({ name, given, threads }): Program => {
    const pages = given.number("pages") ?? 1;
    const kills = given.number("kills") ?? 0;
    const isRaw = given.has("raw");
    const rest = given.all("rest").map((request) => request.join(" ") as Request);
    // The accounts' cells lie in a page of their own.
    const ofAccounts = kills > 0 ? 1 : 0;
    const promises = new Promises(pages);
    return {
      name: `allocator/${name}`,
      pages: pages + ofAccounts,
      kills,
      accounts: kills > 0 ? threads.length : 0,
      specification: promises,
      setup(kernel, _memory, accounts) {
        const heap = new Heap(kernel, promises, ofAccounts);
        for (const words of given.without("pages", "rest", "raw", "kills")) heap.given(words);
        const bodies = threads.map((operations, id) => {
          const account = isRaw ? undefined : accounts[id];
          const owner = heap.owner(account === undefined ? NOBODYS : ("abc"[id] as string), account);
          return { owner, body: operations.map((words) => owner.does(words)) };
        });
        return {
          threads: bodies.map(({ owner, body }) => () => {
            owner.restart();
            return body;
          }),
          // A block that a thread was taking, or giving back, when it died is nobody's if no cell owned it.
          finish: heap.finish(rest.length === 0 ? ["32K"] : rest, isRaw ? 1 : 0),
        };
      },
    };
  });
}
