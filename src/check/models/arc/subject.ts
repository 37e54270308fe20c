/**
 * The operations of the programs about counted blocks. Threads hold counts of objects and tickets. Each thread keeps a list of the
 * counts that it holds, and an operation on another object does nothing. The content of an object is one number, which its owners
 * read. If a value was freed too early and used for another object, they read another number.
 *
 *   create y, create y 4096                    an object, aligned to this number of bytes
 *   clone x, drop x, look x                    a strong count; from the value to its control block, and its content
 *   downgrade x, upgrade x, dropWeak x         a weak count
 *   open x, kindIfLive x, openForeign x        a token, which any thread may have; a token that was made up
 *   find x                                     `look` by a thread that has no count: the object may be gone
 *   isUnique x, share x, strongCount x
 *   weakCount x 1                              there can be one in the program
 *   publish x, abandon x                       an object that is not born yet
 *   newTicket x 2 t                            a ticket of two opens
 *   openTicket t, openTicket t y, openMadeUp x its token; claiming to be of another object; one that somebody made up
 *
 * Cells own the counts of a thread with an account, as on the host.
 */
import {
  FOREIGN,
  KIND_ARC,
  OK,
  OVERFLOW,
  OWN_STRONG,
  OWN_TICKET,
  OWN_WEAK,
  STALE,
} from "../../../heap/kernel/numbers.js";
import type { Account, Call, Operation, Program, Result, Steps } from "../../program.js";
import { litmus, type Words } from "../litmus.js";
import { NOBODY } from "../payload.js";
import { CONTENT, Counts } from "./specification.js";
import { type Held, type Thing, World } from "./world.js";

/** The result of an operation for which its thread has no count. */
const NOTHING = "nothing";
type Run = () => Steps<Result>;

const ANSWERS = new Map([
  [OK, "ok"],
  [STALE, "stale"],
  [OVERFLOW, "overflow"],
  [FOREIGN, "foreign"],
]);

/** A thread, and the counts that it holds. */
class Owner {
  readonly #world: World;
  readonly #account: Account | undefined;
  readonly #firstStrong: Held[] = [];
  readonly #firstWeak: Held[] = [];
  readonly #makes: Thing[] = [];
  strong: Held[] = [];
  weak: Held[] = [];

  constructor(world: World, account: Account | undefined) {
    this.#world = world;
    this.#account = account;
  }

  #cell(kind: number): number {
    return this.#account?.cell(kind) ?? NOBODY;
  }
  #owns(thing: Thing): boolean {
    return this.strong.some((held) => held.thing === thing);
  }
  #watches(thing: Thing): boolean {
    return this.weak.some((held) => held.thing === thing);
  }
  /** Tickets that it has made. */
  get tickets(): Thing[] {
    return this.#makes.filter(({ of, control }) => of !== undefined && control !== 0);
  }

  /** What the words of a table mean. */
  does([verb, name = "", ...args]: Words): Operation {
    const world = this.#world;
    const x = world.thing(name);
    const n = Number(args[0]);
    switch (verb) {
      case "create":
        return this.#create(x, args[0] === undefined ? 16 : n);
      case "weakCount":
        return this.#weakCount(x, n);
      case "newTicket":
        return this.#newTicket(x, n, world.thing(args[1] as string));
      case "openTicket":
        return this.#openTicket(x, args[0] === undefined ? undefined : world.thing(args[0]));
      case "openMadeUp":
        return this.#openTicket(x, world.madeUp(`what stands in ${name}`, x.value));
      case "clone":
        return this.#clone(x);
      case "upgrade":
        return this.#upgrade(x);
      case "open":
        return this.#open(x);
      case "kindIfLive":
        return this.#kindIfLive(x);
      case "openForeign":
        return this.#openForeign(x);
      case "drop":
        return this.#drop(x);
      case "look":
        return this.#look(x);
      case "find":
        return this.#find(x);
      case "downgrade":
        return this.#downgrade(x);
      case "dropWeak":
        return this.#dropWeak(x);
      case "isUnique":
        return this.#isUnique(x);
      case "share":
        return this.#share(x);
      case "strongCount":
        return this.strongCount(x);
      case "publish":
        return this.#publish(x);
      case "abandon":
        return this.#abandon(x);
    }
    throw new RangeError(`no such operation: ${verb}`);
  }

  // Before the threads start.

  /** Gives the thread a strong count. */
  owns(thing: Thing): void {
    const { kernel } = this.#world;
    const cell = this.#cell(OWN_STRONG);
    kernel.retain(thing.control, 1, cell);
    this.#world.happened("clone", this.#world.nameOf(thing.control), "ok");
    this.#firstStrong.push({ thing, cell });
  }

  /** Gives the thread a weak count. */
  watches(thing: Thing): void {
    const { kernel } = this.#world;
    const cell = this.#cell(OWN_WEAK);
    kernel.downgrade(thing.control, cell);
    this.#world.happened("downgrade", this.#world.nameOf(thing.control), "ok");
    this.#firstWeak.push({ thing, cell });
  }

  /** Forgets the last schedule. */
  restart(): void {
    this.strong = [...this.#firstStrong];
    this.weak = [...this.#firstWeak];
    for (const thing of this.#makes) thing.control = 0;
  }

  // What the thread does.

  /** One step of the specification, about `thing`; or nothing at all. `more` are the step's other arguments. */
  #operation(name: string, thing: Thing, run: Run, more: () => readonly Result[] = () => []): Operation {
    return {
      label: `${name}(${[thing.label, ...more()].join(" ")})`,
      run,
      parts: (result) => {
        const arg = [this.#world.nameOf(thing.control), ...more()].join(" ");
        return result === NOTHING ? [] : [{ name, arg, result }];
      },
    };
  }

  /** A call that raises the strong count if it goes well. */
  #raise(
    name: string,
    thing: Thing,
    may: () => boolean,
    call: (cell: number) => Call,
    more?: () => readonly Result[],
  ): Operation {
    const owner = this;
    const cell = this.#cell(OWN_STRONG);
    const run: Run = function* () {
      if (!may()) return NOTHING;
      const status = yield call(cell);
      if (status === OK) owner.strong.push({ thing, cell });
      return ANSWERS.get(status) ?? `status ${status}`;
    };
    return this.#operation(name, thing, run, more);
  }
  #clone(thing: Thing): Operation {
    return this.#raise(
      "clone",
      thing,
      () => this.#owns(thing),
      (cell) => ["retain", thing.control, 1, cell],
    );
  }
  #upgrade(thing: Thing): Operation {
    return this.#raise(
      "upgrade",
      thing,
      () => this.#watches(thing),
      (cell) => ["upgrade", thing.control, cell],
    );
  }
  /** Opens a token, which anybody may have. */
  #open(thing: Thing): Operation {
    const generation = () => thing.generation;
    const call = (cell: number): Call => ["open", thing.control, generation(), cell];
    return this.#raise(
      "open",
      thing,
      () => thing.control !== 0,
      call,
      () => [generation()],
    );
  }
  /** What kind of object a token would open. */
  #kindIfLive(thing: Thing): Operation {
    const run: Run = function* () {
      return (yield ["kindIfLive", thing.control, thing.generation]) === KIND_ARC ? "live" : "gone";
    };
    return this.#operation("kindIfLive", thing, run, () => [thing.generation]);
  }
  /** Opens a token that somebody made up. */
  #openForeign(thing: Thing): Operation {
    const call = (cell: number): Call => ["open", thing.value, thing.generation, cell];
    return this.#raise("foreign", thing, () => true, call);
  }

  #create(thing: Thing, align: number): Operation {
    this.#makes.push(thing);
    const owner = this;
    const cell = this.#cell(OWN_STRONG);
    const world = this.#world;
    return this.#operation("create", thing, function* () {
      const control = (yield ["create", 8, align, KIND_ARC, 1, cell]) >>> 0;
      if (control === 0) return "none";
      const value = (yield ["valueOf", control]) >>> 0;
      const generation = (yield ["generationOf", control]) >>> 0;
      Object.assign(thing, { control, value, generation });
      world.memory[value / 8] = CONTENT;
      owner.strong.push({ thing, cell });
      const off = value % align;
      return `${world.nameOf(control)} ${generation}${off === 0 ? "" : ` misaligned by ${off}`}`;
    });
  }

  /** A handle's `drop()`. Whoever is told that it was the last one still finds the content there. */
  #drop(thing: Thing): Operation {
    const owner = this;
    const world = this.#world;
    return this.#operation("drop", thing, function* () {
      const held = take(owner.strong, thing);
      if (held === undefined) return NOTHING;
      const { control, value } = thing;
      if ((yield ["release", control, held.cell]) === 0) return "one of more";
      const content = world.memory[value / 8];
      yield ["finish", control, held.cell];
      return `last ${content}`;
    });
  }

  /** From the value's address to its control block, and its content: what an owner can always do. */
  #look(thing: Thing): Operation {
    const owner = this;
    const world = this.#world;
    return this.#operation("look", thing, function* () {
      if (!owner.#owns(thing)) return NOTHING;
      const control = yield ["controlOf", thing.value];
      return `${world.nameOf(control)} ${world.memory[thing.value / 8]}`;
    });
  }
  /** The same by somebody who has no count, only the address: it may be gone. */
  #find(thing: Thing): Operation {
    const world = this.#world;
    const run: Run = function* () {
      return world.nameOf(yield ["controlOf", thing.value]);
    };
    return this.#operation("find", thing, run, () => [thing.generation]);
  }

  #downgrade(thing: Thing): Operation {
    const owner = this;
    const cell = this.#cell(OWN_WEAK);
    return this.#operation("downgrade", thing, function* () {
      if (!owner.#owns(thing)) return NOTHING;
      const status = yield ["downgrade", thing.control, cell];
      if (status === OK) owner.weak.push({ thing, cell });
      return ANSWERS.get(status) ?? `status ${status}`;
    });
  }
  #dropWeak(thing: Thing): Operation {
    const owner = this;
    return this.#operation("dropWeak", thing, function* () {
      const held = take(owner.weak, thing);
      if (held === undefined) return NOTHING;
      yield ["releaseWeak", thing.control, held.cell];
      return "dropped";
    });
  }

  #isUnique(thing: Thing): Operation {
    const owner = this;
    return this.#operation("isUnique", thing, function* () {
      return owner.#owns(thing) ? (yield ["isUnique", thing.control]) !== 0 : NOTHING;
    });
  }
  #share(thing: Thing): Operation {
    const owner = this;
    return this.#operation("share", thing, function* () {
      if (!owner.#owns(thing)) return NOTHING;
      yield ["share", thing.control];
      return "shared";
    });
  }

  strongCount(thing: Thing): Operation {
    return this.#operation("strongCount", thing, function* () {
      return yield ["strongCount", thing.control];
    });
  }
  /** `most`: weak counts that there can be in the program. */
  #weakCount(thing: Thing, most: number): Operation {
    const run: Run = function* () {
      return (yield ["weakCount", thing.control]) >>> 0;
    };
    return this.#operation("weakCount", thing, run, () => [most]);
  }

  weakCountAtRest(thing: Thing): Operation {
    return this.#operation("weakCountAtRest", thing, function* () {
      return yield ["weakCount", thing.control];
    });
  }

  /** Gives an object that is not born yet its first count. */
  #publish(thing: Thing): Operation {
    const owner = this;
    return this.#operation("publish", thing, function* () {
      yield ["publish", thing.control];
      owner.strong.push({ thing, cell: NOBODY });
      return "published";
    });
  }
  #abandon(thing: Thing): Operation {
    return this.#operation("abandon", thing, function* () {
      yield ["abandon", thing.control];
      return "abandoned";
    });
  }

  /** Puts `opens` counts into a ticket. */
  #newTicket(thing: Thing, opens: number, ticket: Thing): Operation {
    this.#makes.push(ticket);
    ticket.of = thing;
    const cell = this.#cell(OWN_TICKET);
    if (cell === NOBODY) this.#world.left(ticket);
    const owner = this;
    const world = this.#world;
    const run: Run = function* () {
      if (!owner.#owns(thing)) return NOTHING;
      const control = (yield ["newTicket", thing.control, opens, cell]) >>> 0;
      if (control === 0) return "none";
      Object.assign(ticket, { control, generation: (yield ["generationOf", control]) >>> 0 });
      return `${world.nameOf(control)} ${ticket.generation}`;
    };
    return this.#operation("newTicket", thing, run, () => [opens]);
  }
  /** Opens a ticket; with `as`, one that claims to be of another object. */
  #openTicket(ticket: Thing, other: Thing | undefined): Operation {
    const owner = this;
    const cell = this.#cell(OWN_STRONG);
    // Another thread may make the ticket.
    const as = () => other ?? ticket.of ?? ticket;
    const run: Run = function* () {
      if (ticket.control === 0) return NOTHING;
      const thing = as();
      const opened = (yield ["openTicket", ticket.control, ticket.generation, thing.control, cell]) !== 0;
      if (opened) owner.strong.push({ thing, cell });
      return opened;
    };
    return this.#operation("openTicket", ticket, run, () => [ticket.generation, this.#world.nameOf(as().control)]);
  }
}

/** Removes one count from a book; undefined: there is none. */
function take(book: Held[], thing: Thing): Held | undefined {
  const at = book.findIndex((held) => held.thing === thing);
  return at < 0 ? undefined : book.splice(at, 1)[0];
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Programs of up to three threads. Their conditions, in the order in which they come to hold:
 *
 *   x, x aligned 128, x unborn   there is an object; it has no strong count yet
 *   x of a b, x weak c           these threads have strong counts of it, or weak ones
 *   x left 1                     others have all counts but one, so threads can take only one more
 *   t opens x 2                  there is a ticket of two opens
 *   pages 1                      of the heap
 *   kills 1                      threads that die
 */
export function objects(table: string): Program[] {
  return litmus(table).map(({ name, given, threads }): Program => {
    const counts = new Counts();
    const kills = given.number("kills") ?? 0;
    const pages = given.number("pages");
    return {
      name: `arc/${name}`,
      specification: counts,
      kills,
      accounts: kills > 0 ? threads.length : 0,
      ...(pages === undefined ? {} : { pages }),
      setup(kernel, memory, accounts) {
        const world = new World(kernel, memory, counts);
        const owners = [0, 1, 2].map((id) => new Owner(world, accounts[id]));
        world.owners.push(...owners);
        for (const words of given.without("kills", "pages")) world.given(words);
        const bodies = threads.map((operations, id) => {
          const owner = owners[id] as Owner;
          return { owner, body: operations.map((words) => owner.does(words)) };
        });
        world.letGo();
        return {
          threads: bodies.map(({ owner, body }) => () => {
            owner.restart();
            return body;
          }),
          finish: {
            reaped: (dead) => world.reaped(dead),
            operations: world.counts(),
            teardown: () => world.teardown(),
          },
        };
      },
    };
  });
}
