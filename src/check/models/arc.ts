/**
 * Models of the counted blocks under every handle: whatever owners, weak handles, tokens and tickets do at once, the counts
 * are those of a plain table, exactly one drop is the last, and what a token opens is what it was made for.
 *
 * Each thread keeps a book of the counts that it holds, so it only does what a holder may. Every object's content is one
 * number that its owners can still read; a value that was freed too early and given to somebody else shows another.
 */
import { FOREIGN, KIND_ARC, MAX_COUNT, OK, OVERFLOW, PAGE, STALE } from "../../heap/kernel/numbers.js";
import {
  answeredBy,
  type Call,
  CheckFailure,
  type ModelKernel,
  type Operation,
  type Part,
  type Program,
  type Result,
  type Specification,
  type Steps,
} from "../program.js";

/** What an operation answers that its thread has no count for. */
const NOTHING = "nothing";
type Run = () => Steps<Result>;

/** What stands in every object. */
const CONTENT = 7;

// ── the specification ────────────────────────────────────────────────────────────────────────────────────────────────

/** What the specification knows of a control block. */
interface Entry {
  readonly generation: number;
  readonly strong: number;
  /** Weak counts that users hold; the one of the strong counts is not among them. */
  readonly weak: number;
  readonly shared: boolean;
  /** The object that a ticket opens; empty for an object. */
  readonly of: string;
  /** Made with no strong count, and neither published nor abandoned yet. */
  readonly unborn: boolean;
}

const NEW: Entry = { generation: 0, strong: 0, weak: 0, shared: false, of: "", unborn: false };

/** All control blocks that were ever used, as a string and back. */
class Table {
  readonly #entries: ReadonlyMap<string, Entry>;
  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }
  static parse(text: string): Table {
    return new Table(new Map(JSON.parse(text) as [string, Entry][]));
  }
  toString(): string {
    return JSON.stringify([...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  /** Undefined for one that was never used. */
  at(control: string): Entry | undefined {
    return this.#entries.get(control);
  }
  with(control: string, change: Partial<Entry>): Table {
    const entry = { ...(this.at(control) ?? NEW), ...change };
    return new Table(new Map(this.#entries).set(control, entry));
  }
}

/** A new object or ticket in a control block that nobody uses, under a generation that it never had. */
function created(table: Table, control: string, generation: number, entry: Partial<Entry>): Table[] {
  const old = table.at(control);
  if (old !== undefined && (old.strong !== 0 || old.weak !== 0 || old.unborn || generation < old.generation)) return [];
  return [table.with(control, { ...NEW, generation, ...entry })];
}

/** The sequential specification. A part's argument begins with the control block that it is about. */
class Counts implements Specification {
  initial = String(new Table(new Map()));

  step(state: string, { name, arg, result }: Part): readonly string[] {
    const words = String(arg).split(" ");
    return this.#step(Table.parse(state), name, words, result).map(String);
  }

  #step(table: Table, name: string, [control = "", ...args]: string[], result: Result | undefined): readonly Table[] {
    const entry = table.at(control) ?? NEW;
    const { strong, weak } = entry;
    const answered = answeredBy(result);
    const with_ = (change: Partial<Entry>) => table.with(control, change);
    const raised = (by: number, refusal: string | undefined, next: () => Table): readonly Table[] => {
      const answer = refusal ?? (strong + by > MAX_COUNT ? "overflow" : "ok");
      if (!answered(answer)) return [];
      return [answer === "ok" ? next() : table];
    };
    const oneMore = () => with_({ strong: strong + 1 });
    switch (name) {
      case "create": {
        if (result === undefined || result === "none") return [table];
        const [made = "", generation, misaligned] = String(result).split(" ");
        if (misaligned !== undefined) return [];
        return created(table, made, Number(generation), { strong: Number(args[0] ?? 1), unborn: args[0] === "0" });
      }
      case "clone": {
        const by = Number(args[0] ?? 1);
        return raised(by, undefined, () => with_({ strong: strong + by }));
      }
      case "upgrade":
        return raised(1, strong === 0 ? "stale" : undefined, oneMore);
      case "open": {
        const stale = Number(args[0]) !== entry.generation || strong === 0 || entry.of !== "";
        return raised(1, stale ? "stale" : undefined, oneMore);
      }
      case "kindIfLive": {
        const live = Number(args[0]) === entry.generation && strong > 0;
        return answered(live ? "live" : "gone") ? [table] : [];
      }
      case "drop": {
        const after = strong === 1 ? { strong: 0, generation: entry.generation + 1 } : { strong: strong - 1 };
        return answered(strong === 1 ? `last ${CONTENT}` : "one of more") ? [with_(after)] : [];
      }
      case "downgrade":
        return answered("ok") ? [with_({ weak: weak + 1 })] : [];
      case "dropWeak":
        return [with_({ weak: weak - 1 })];
      case "isUnique":
        return answered(strong === 1 && weak === 0 && !entry.shared) ? [table] : [];
      case "share":
        return [with_({ shared: true })];
      case "publish":
        return [with_({ strong: 1, unborn: false })];
      case "abandon":
        return [with_({ unborn: false, generation: entry.generation + 1 })];
      case "look":
        return answered(`${control} ${CONTENT}`) ? [table] : [];
      case "find":
        return answered(strong > 0 && Number(args[0]) === entry.generation ? control : "none") ? [table] : [];
      case "strongCount":
        // Of one that is gone nobody may ask: its place may be that of an object whose maker was killed.
        return strong === 0 || answered(strong) ? [table] : [];
      case "weakCountAtRest":
        return (strong === 0 && weak === 0) || answered(weak) ? [table] : [];
      case "weakCount":
        // May answer late. It never counts what no thread has.
        return Number(result ?? 0) <= Number(args[0]) ? [table] : [];
      case "newTicket": {
        const opens = Number(args[0]);
        if (result === undefined) return [table, with_({ strong: strong + opens })];
        if (result === "none") return strong + opens > MAX_COUNT ? [table] : [];
        const [ticket = "", generation] = String(result).split(" ");
        return created(with_({ strong: strong + opens }), ticket, Number(generation), { strong: opens, of: control });
      }
      case "openTicket": {
        const [generation, of] = args;
        const isOpen = Number(generation) === entry.generation && strong > 0 && entry.of !== "" && entry.of === of;
        if (!answered(isOpen)) return [];
        if (!isOpen) return [table];
        return [with_(strong === 1 ? { strong: 0, generation: entry.generation + 1 } : { strong: strong - 1 })];
      }
      case "foreign":
        return answered("foreign") ? [table] : [];
    }
    throw new RangeError(`no such step: ${name}`);
  }
}

// ── the operations ───────────────────────────────────────────────────────────────────────────────────────────────────

const ANSWERS = new Map([
  [OK, "ok"],
  [STALE, "stale"],
  [OVERFLOW, "overflow"],
  [FOREIGN, "foreign"],
]);

/** An object or a ticket: one that the program starts with, or one that a thread makes on the way. */
class Thing {
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

/** The objects of a program, and the threads that hold counts of them. */
class World {
  readonly kernel: ModelKernel;
  /** The memory as numbers of 8 bytes. */
  readonly memory: Float64Array;
  readonly owners: readonly [Owner, Owner, Owner];
  readonly #counts: Counts;
  readonly #firstByte: number;
  readonly #objects: Thing[] = [];
  /** Those that the setup holds a count of until the threads have theirs. */
  readonly #held: Thing[] = [];
  readonly #tickets: Thing[] = [];
  #extra: { readonly control: number; readonly count: number } | undefined;

  constructor(kernel: ModelKernel, memory: Float64Array, counts: Counts) {
    this.kernel = kernel;
    this.memory = memory;
    this.owners = [new Owner(this), new Owner(this), new Owner(this)];
    this.#counts = counts;
    this.#firstByte = kernel.headerPages() * PAGE;
    counts.initial = String(new Table(new Map()));
  }

  /** A control block as results show it. */
  nameOf(control: number): string {
    return control === 0 ? "none" : `c${((control >>> 0) - this.#firstByte) / 32}`;
  }

  /** An object that is there before the threads start. It lives on by the counts that they are given. */
  object(label: string, { align = 16, unborn = false } = {}): Thing {
    const { kernel } = this;
    const thing = new Thing(label);
    const strong = unborn ? 0 : 1;
    thing.control = kernel.create(8, align, KIND_ARC, strong) >>> 0;
    thing.value = kernel.valueOf(thing.control) >>> 0;
    thing.generation = kernel.generationOf(thing.control) >>> 0;
    this.memory[thing.value / 8] = CONTENT;
    this.happened("create", `- ${strong}`, `${this.nameOf(thing.control)} ${thing.generation}`);
    this.#objects.push(thing);
    if (!unborn) this.#held.push(thing);
    return thing;
  }

  /** What a made-up token calls an object. */
  madeUp(label: string, control: number): Thing {
    return Object.assign(new Thing(label), { control });
  }

  /** An object that a thread will make. */
  later(label: string): Thing {
    return new Thing(label);
  }

  /** A ticket that is there before the threads start. */
  ticket(label: string, of: Thing, opens: number): Thing {
    const ticket = this.ticketLater(label, of);
    ticket.control = this.kernel.newTicket(of.control, opens) >>> 0;
    ticket.generation = this.kernel.generationOf(ticket.control) >>> 0;
    const name = this.nameOf(ticket.control);
    this.happened("newTicket", `${this.nameOf(of.control)} ${opens}`, `${name} ${ticket.generation}`);
    return ticket;
  }

  /** A ticket that a thread will make. */
  ticketLater(label: string, of: Thing): Thing {
    const ticket = new Thing(label);
    ticket.of = of;
    this.#tickets.push(ticket);
    return ticket;
  }

  /** Somebody else has so many counts of an object that threads can take only `left` more. */
  almostOverflow(thing: Thing, left: number): void {
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

  /** What is looked at when the threads are through: strong counts are exact, and weak ones unless a thread was killed. */
  counts(kills: number): Operation[] {
    const [owner] = this.owners;
    const strong = this.#objects.map((thing) => owner.strongCount(thing));
    return kills > 0 ? strong : [...strong, ...this.#objects.map((thing) => owner.weakCountAtRest(thing))];
  }

  /** Every count that is left is given up: those of the threads, killed ones' too, and those in tickets. */
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
      for (const { control } of strong) drop(control);
      for (const { control } of weak) kernel.releaseWeak(control);
    }
  }
}

/** A thread, and the counts that it holds. Operations on what it does not hold do nothing. */
class Owner {
  readonly #world: World;
  readonly #firstStrong: Thing[] = [];
  readonly #firstWeak: Thing[] = [];
  readonly #makes: Thing[] = [];
  strong: Thing[] = [];
  weak: Thing[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  // Before the threads start.

  /** Gives the thread a strong count. */
  owns(thing: Thing): void {
    const { kernel } = this.#world;
    kernel.retain(thing.control, 1);
    this.#world.happened("clone", this.#world.nameOf(thing.control), "ok");
    this.#firstStrong.push(thing);
  }

  /** Gives the thread a weak count. */
  watches(thing: Thing): void {
    const { kernel } = this.#world;
    kernel.downgrade(thing.control);
    this.#world.happened("downgrade", this.#world.nameOf(thing.control), "ok");
    this.#firstWeak.push(thing);
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
  #raise(name: string, thing: Thing, may: () => boolean, call: () => Call, more?: () => readonly Result[]): Operation {
    const owner = this;
    const run: Run = function* () {
      if (!may()) return NOTHING;
      const status = yield call();
      if (status === OK) owner.strong.push(thing);
      return ANSWERS.get(status) ?? `status ${status}`;
    };
    return this.#operation(name, thing, run, more);
  }
  clone(thing: Thing): Operation {
    return this.#raise(
      "clone",
      thing,
      () => this.strong.includes(thing),
      () => ["retain", thing.control, 1],
    );
  }
  upgrade(thing: Thing): Operation {
    return this.#raise(
      "upgrade",
      thing,
      () => this.weak.includes(thing),
      () => ["upgrade", thing.control],
    );
  }
  /** Opens a token, which anybody may have. */
  open(thing: Thing): Operation {
    const generation = () => thing.generation;
    const call = (): Call => ["open", thing.control, generation()];
    return this.#raise(
      "open",
      thing,
      () => thing.control !== 0,
      call,
      () => [generation()],
    );
  }
  /** What kind of object a token would open. */
  kindIfLive(thing: Thing): Operation {
    const run: Run = function* () {
      return (yield ["kindIfLive", thing.control, thing.generation]) === KIND_ARC ? "live" : "gone";
    };
    return this.#operation("kindIfLive", thing, run, () => [thing.generation]);
  }
  /** Opens a token that somebody made up. */
  openForeign(thing: Thing): Operation {
    const call = (): Call => ["open", thing.value, thing.generation];
    return this.#raise("foreign", thing, () => true, call);
  }

  create(thing: Thing, align = 16): Operation {
    this.#makes.push(thing);
    const owner = this;
    const world = this.#world;
    return this.#operation("create", thing, function* () {
      const control = (yield ["create", 8, align, KIND_ARC, 1]) >>> 0;
      if (control === 0) return "none";
      const value = (yield ["valueOf", control]) >>> 0;
      const generation = (yield ["generationOf", control]) >>> 0;
      Object.assign(thing, { control, value, generation });
      world.memory[value / 8] = CONTENT;
      owner.strong.push(thing);
      const off = value % align;
      return `${world.nameOf(control)} ${generation}${off === 0 ? "" : ` misaligned by ${off}`}`;
    });
  }

  /** A handle's `drop()`. Whoever is told that it was the last one still finds the content there. */
  drop(thing: Thing): Operation {
    const owner = this;
    const world = this.#world;
    return this.#operation("drop", thing, function* () {
      if (!take(owner.strong, thing)) return NOTHING;
      const { control, value } = thing;
      if ((yield ["release", control]) === 0) return "one of more";
      const content = world.memory[value / 8];
      yield ["finish", control];
      return `last ${content}`;
    });
  }

  /** From the value's address to its control block, and its content: what an owner can always do. */
  look(thing: Thing): Operation {
    const owner = this;
    const world = this.#world;
    return this.#operation("look", thing, function* () {
      if (!owner.strong.includes(thing)) return NOTHING;
      const control = yield ["controlOf", thing.value];
      return `${world.nameOf(control)} ${world.memory[thing.value / 8]}`;
    });
  }
  /** The same by somebody who has no count, only the address: it may be gone. */
  find(thing: Thing): Operation {
    const world = this.#world;
    const run: Run = function* () {
      return world.nameOf(yield ["controlOf", thing.value]);
    };
    return this.#operation("find", thing, run, () => [thing.generation]);
  }

  downgrade(thing: Thing): Operation {
    const owner = this;
    return this.#operation("downgrade", thing, function* () {
      if (!owner.strong.includes(thing)) return NOTHING;
      const status = yield ["downgrade", thing.control];
      if (status === OK) owner.weak.push(thing);
      return ANSWERS.get(status) ?? `status ${status}`;
    });
  }
  dropWeak(thing: Thing): Operation {
    const owner = this;
    return this.#operation("dropWeak", thing, function* () {
      if (!take(owner.weak, thing)) return NOTHING;
      yield ["releaseWeak", thing.control];
      return "dropped";
    });
  }

  isUnique(thing: Thing): Operation {
    const owner = this;
    return this.#operation("isUnique", thing, function* () {
      return owner.strong.includes(thing) ? (yield ["isUnique", thing.control]) !== 0 : NOTHING;
    });
  }
  share(thing: Thing): Operation {
    const owner = this;
    return this.#operation("share", thing, function* () {
      if (!owner.strong.includes(thing)) return NOTHING;
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
  weakCount(thing: Thing, most: number): Operation {
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
  publish(thing: Thing): Operation {
    const owner = this;
    return this.#operation("publish", thing, function* () {
      yield ["publish", thing.control];
      owner.strong.push(thing);
      return "published";
    });
  }
  abandon(thing: Thing): Operation {
    return this.#operation("abandon", thing, function* () {
      yield ["abandon", thing.control];
      return "abandoned";
    });
  }

  /** Puts `opens` counts into a ticket. */
  newTicket(thing: Thing, opens: number, ticket: Thing): Operation {
    this.#makes.push(ticket);
    const owner = this;
    const world = this.#world;
    const run: Run = function* () {
      if (!owner.strong.includes(thing)) return NOTHING;
      const control = (yield ["newTicket", thing.control, opens]) >>> 0;
      if (control === 0) return "none";
      Object.assign(ticket, { control, generation: (yield ["generationOf", control]) >>> 0 });
      return `${world.nameOf(control)} ${ticket.generation}`;
    };
    return this.#operation("newTicket", thing, run, () => [opens]);
  }
  /** Opens a ticket; with `as`, one that claims to be of another object. */
  openTicket(ticket: Thing, as = ticket.of ?? ticket): Operation {
    const owner = this;
    const run: Run = function* () {
      if (ticket.control === 0) return NOTHING;
      const opened = (yield ["openTicket", ticket.control, ticket.generation, as.control]) !== 0;
      if (opened) owner.strong.push(as);
      return opened;
    };
    return this.#operation("openTicket", ticket, run, () => [ticket.generation, this.#world.nameOf(as.control)]);
  }
}

/** Removes one count from a book. False: there is none. */
function take(book: Thing[], thing: Thing): boolean {
  const at = book.indexOf(thing);
  if (at >= 0) book.splice(at, 1);
  return at >= 0;
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** How a program differs from the plain one. */
interface Options {
  readonly kills?: number;
  /** Pages of the heap beside the header's. */
  readonly pages?: number;
  /** A killed thread leaves behind: the object whose count it was about to take or to give up. */
  readonly leaksPerKill?: number;
}

/** An object: its value block and its control block. */
const OBJECT = 2;
/** An object, and the ticket through which a count of it was on its way. */
const OBJECT_AND_TICKET = 3;

/** A program of up to three threads. */
function program(
  name: string,
  threads: (world: World, a: Owner, b: Owner, c: Owner) => Operation[][],
  { leaksPerKill = OBJECT, ...options }: Options = {},
): Program {
  const counts = new Counts();
  return {
    name: `arc/${name}`,
    specification: counts,
    ...options,
    setup(kernel, memory) {
      const world = new World(kernel, memory, counts);
      const lists = threads(world, ...world.owners);
      world.letGo();
      const bodies = lists.map((list, i) => () => {
        world.owners[i]?.restart();
        return list;
      });
      const finish = { operations: world.counts(options.kills ?? 0), teardown: () => world.teardown(), leaksPerKill };
      return { threads: bodies, finish };
    },
  };
}

export const arcPrograms: readonly Program[] = [
  program("clone and drop", (world, a, b, c) => {
    const x = world.object("x");
    for (const owner of [a, b, c]) owner.owns(x);
    return [
      [a.clone(x), a.drop(x)],
      [b.drop(x), b.clone(x)],
      [c.drop(x), c.look(x)],
    ];
  }),
  program("the last owner", (world, a, b, c) => {
    const [x, y, z] = [world.object("x"), world.later("y"), world.later("z")];
    for (const owner of [a, b, c]) owner.owns(x);
    return [
      [a.drop(x), a.create(y)],
      [b.drop(x), b.create(z)],
      [c.drop(x), c.look(x)],
    ];
  }),
  program("the last owner against upgrades", (world, a, b, c) => {
    const [x, y] = [world.object("x"), world.later("y")];
    a.owns(x);
    b.watches(x);
    c.watches(x);
    return [
      [a.drop(x), a.create(y)],
      [b.upgrade(x), b.look(x)],
      [c.upgrade(x), c.dropWeak(x)],
    ];
  }),
  program("weak handles outlive", (world, a, b, c) => {
    const [x, y, z] = [world.object("x"), world.later("y"), world.later("z")];
    a.owns(x);
    b.watches(x);
    c.watches(x);
    return [
      [a.drop(x), a.create(y)],
      [b.dropWeak(x), b.create(z)],
      [c.dropWeak(x), c.look(x)],
    ];
  }),
  program("drop, look and create", (world, a, b) => {
    const [x, y, z] = [world.object("x"), world.later("y"), world.later("z")];
    a.owns(x);
    b.owns(x);
    return [
      [a.drop(x), a.create(y), a.look(y)],
      [b.drop(x), b.create(z), b.look(z)],
    ];
  }),
  program("uniqueness against weak handles", (world, a, b, c) => {
    const x = world.object("x");
    a.owns(x);
    b.watches(x);
    return [
      [a.isUnique(x), a.isUnique(x)],
      [b.upgrade(x), b.dropWeak(x)],
      [c.weakCount(x, 1), c.weakCount(x, 1)],
    ];
  }),
  program("uniqueness against downgrades", (world, a, b, c) => {
    const x = world.object("x");
    a.owns(x);
    b.owns(x);
    return [
      [a.isUnique(x), a.isUnique(x)],
      [b.downgrade(x), b.drop(x)],
      [c.weakCount(x, 1), c.strongCount(x)],
    ];
  }),
  program("uniqueness against both", (world, a, b) => {
    const x = world.object("x");
    a.owns(x);
    b.owns(x);
    return [
      [a.isUnique(x), a.downgrade(x), a.dropWeak(x)],
      [b.downgrade(x), b.drop(x), b.upgrade(x)],
    ];
  }),
  program("uniqueness against sharing", (world, a, b, c) => {
    const x = world.object("x");
    for (const owner of [a, b, c]) owner.owns(x);
    return [
      [a.drop(x), a.open(x)],
      [b.share(x), b.drop(x)],
      [c.isUnique(x), c.isUnique(x)],
    ];
  }),
  program("a token against the last drop", (world, a, b, c) => {
    const [x, y] = [world.object("x"), world.later("y")];
    a.owns(x);
    return [
      [a.drop(x), a.create(y)],
      [b.open(x), b.drop(x)],
      [c.open(x), c.look(x)],
    ];
  }),
  program("a token against reuse", (world, a, b) => {
    const [x, y] = [world.object("x"), world.later("y")];
    a.owns(x);
    return [
      [a.drop(x), a.create(y), a.drop(y)],
      [b.open(x), b.kindIfLive(x), b.open(x)],
    ];
  }),
  program("made-up tokens", (world, a, b, c) => {
    const [x, y] = [world.object("x"), world.later("y")];
    a.owns(x);
    const t = world.ticket("t", x, 1);
    return [
      [a.drop(x), a.create(y)],
      [b.openForeign(x), b.openTicket(x, world.madeUp("what stands in x", x.value))],
      [c.openTicket(t, y), c.openTicket(t)],
    ];
  }),
  program("a ticket of two opens", (world, a, b, c) => {
    const [x, y] = [world.object("x"), world.later("y")];
    const t = world.ticket("t", x, 2);
    return [
      [a.openTicket(t), a.drop(x)],
      [b.openTicket(t), b.look(x)],
      [c.openTicket(t), c.create(y)],
    ];
  }),
  program("a used-up ticket against new ones", (world, a, b, c) => {
    const x = world.object("x");
    const s = world.ticket("s", x, 1);
    const [t, u] = [world.ticketLater("t", x), world.ticketLater("u", x)];
    a.owns(x);
    c.owns(x);
    return [
      [a.openTicket(s), a.newTicket(x, 1, t)],
      [b.openTicket(s), b.openTicket(t)],
      [c.newTicket(x, 2, u), c.drop(x)],
    ];
  }),
  program("counts at their limit", (world, a, b, c) => {
    const x = world.object("x");
    for (const owner of [a, c]) owner.owns(x);
    b.watches(x);
    world.almostOverflow(x, 1);
    return [
      [a.clone(x), a.drop(x)],
      [b.upgrade(x), b.open(x)],
      [c.newTicket(x, 1, world.ticketLater("t", x)), c.drop(x)],
    ];
  }),
  program("overaligned values", (world, a, b) => {
    const x = world.object("x", { align: 128 });
    const [y, z] = [world.later("y"), world.later("z")];
    a.owns(x);
    return [
      [a.drop(x), a.create(y, 4096)],
      [b.create(z, 256), b.look(z)],
    ];
  }),
  program(
    "no room for a control block",
    (world, a, b) => {
      const [y, z] = [world.later("y"), world.later("z")];
      return [[a.create(y), a.create(y)], [b.create(z)]];
    },
    { pages: 1 },
  ),
  program("an object is born", (world, a, b, c) => {
    const x = world.object("x", { unborn: true });
    b.watches(x);
    c.watches(x);
    return [
      [a.publish(x), a.drop(x)],
      [b.upgrade(x), b.drop(x)],
      [c.upgrade(x), c.find(x)],
    ];
  }),
  program("an object is never born", (world, a, b, c) => {
    const [x, y] = [world.object("x", { unborn: true }), world.later("y")];
    b.watches(x);
    return [
      [a.abandon(x), a.create(y, 256)],
      [b.upgrade(x), b.dropWeak(x)],
      [c.open(x), c.find(x)],
    ];
  }),
  program(
    "killed with the last count",
    (world, a, b) => {
      const [x, y] = [world.object("x"), world.later("y")];
      a.owns(x);
      b.owns(x);
      return [
        [a.drop(x), a.create(y), a.drop(y)],
        [b.clone(x), b.drop(x), b.drop(x)],
      ];
    },
    { kills: 1 },
  ),
  program(
    "killed between weak and strong",
    (world, a, b, c) => {
      const x = world.object("x");
      a.owns(x);
      b.watches(x);
      c.watches(x);
      return [
        [a.isUnique(x), a.drop(x)],
        [b.upgrade(x), b.drop(x)],
        [c.dropWeak(x), c.open(x)],
      ];
    },
    { kills: 1 },
  ),
  program(
    "killed at a ticket",
    (world, a, b) => {
      const x = world.object("x");
      const s = world.ticket("s", x, 1);
      const t = world.ticketLater("t", x);
      a.owns(x);
      return [
        [a.newTicket(x, 1, t), a.openTicket(s), a.drop(x)],
        [b.openTicket(s), b.openTicket(t), b.drop(x)],
      ];
    },
    { kills: 1, leaksPerKill: OBJECT_AND_TICKET },
  ),
];
