/**
 * The operations of the listener's programs: all that threads can do with an event in the model's memory. Listeners have names of
 * one letter; each name is used once.
 *
 *   listen a, look a                           comes into the list; whether it is notified
 *   take a, drop a, discard a                  leaves it, and takes its notification, passes it on, or throws it away
 *   wait a, waitAWhile a, waitNot a            blocks until it is notified, for some time only, or not at all, and takes
 *   again a                                    was notified for nothing, and waits on
 *   waitAWhileAndHandOn a                      and if it was notified, notifies another one
 *   untilRaised a                              listens, looks at the flag, and waits only if it is not raised
 *   notify 2, notifyMore 1                     plain and additional notifications
 *   notifyTagged 2 7 8, notifyMoreTagged 1 7   the same with tags
 *   total, notified                            counts
 *   raise, lock, lock 1000                     a user's flag, and a user's lock around a counter; the number is the time-out of
 *                                              each wait, in nanoseconds
 *
 * and those of awaited listeners (doorbell.ts). Cells own the listeners, tags and doorbell of a thread with an account, as on the
 * host.
 */
import {
  BLOCKS,
  DISCARD,
  INLINE,
  KIND_EVENT,
  NODE_BYTES,
  OWN_BLOCK,
  OWN_VALUE,
  PASS,
  TAGGED,
  TAKE,
} from "../../../heap/kernel/numbers.js";
import {
  type Account,
  type Body,
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Program,
  type Steps,
} from "../../program.js";
import { andThen, inTurn, litmus, type Words } from "../litmus.js";
import { makePayload, NOBODY, now, occupy, PAYLOAD_AT, takePayload } from "../payload.js";
import { Doorbell } from "./doorbell.js";
import {
  answerOf,
  counting,
  type How,
  type Kind,
  leaving,
  listening,
  listOf,
  looking,
  markOf,
  notifying,
  reaping,
  specificationOf,
  waitingOn,
} from "./specification.js";

/** What tags are: none, numbers, or blocks with a digit in them. */
type Tags = "none" | "inline" | "blocks";

/** More listeners than any program has. */
const ALL = 9;
/** Some time. */
const NS = 1000;

const HOWS = { [TAKE]: "take", [DISCARD]: "discard", [PASS]: "drop" };

// ── the event ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An event of the model. */
class Event {
  readonly kernel: ModelKernel;
  readonly at: number;
  /** Words of users: a flag, a lock, and what the lock is for. */
  readonly words: number;
  /** This schedule's nodes by name, without those of listeners that left or were about to. */
  readonly nodes = new Map<string, number>();
  readonly users: User[] = [];
  readonly #slots: Float64Array;
  readonly #tags: Tags;
  readonly #control: number;
  readonly #present = new Map<string, number>();
  readonly #digits: { readonly at: number; readonly digit: number }[] = [];
  #calls = 0;

  constructor(kernel: ModelKernel, slots: Float64Array, tags: Tags) {
    this.kernel = kernel;
    this.#slots = slots;
    this.#tags = tags;
    this.#control = kernel.create(kernel.eventSize(), 16, KIND_EVENT, 1);
    this.at = kernel.valueOf(this.#control);
    kernel.constructEvent(this.at, tags === "blocks" ? BLOCKS : INLINE, 0, 0);
    this.words = kernel.alloc(64, 16);
    slots.fill(0, this.words / 8, this.words / 8 + 8);
    // Nodes that were used before lie ready, full of ones: recycling is part of every program.
    const used = [1, 2].map(() => kernel.listen(this.at));
    for (const node of used) kernel.leave(node, TAKE);
    for (const node of used) slots.fill(-1, node / 8 + 2, node / 8 + 6);
  }

  /** Listens before the threads start, each for the thread whose it is; then those are notified that have a mark. */
  fill(present: readonly (readonly [name: string, mark: string])[], cellOf: (name: string) => number): void {
    const { kernel } = this;
    for (const [name] of present) this.#present.set(name, kernel.listen(this.at, cellOf(name)));
    for (const [i, [, mark]] of present.entries()) {
      if (mark === "") continue;
      const [kind, digit] = mark.split(" ");
      const [n, more] = kind === "more" ? [1, 1] : [i + 1, 0];
      if (digit === undefined) kernel.notifyMany(this.at, n, more);
      else kernel.notifyTagged(this.at, n, more, -1, this.#makeNow(Number(digit)));
    }
  }

  #makeNow(digit: number): number {
    const tag = now(this.kernel, this.make(digit, NOBODY));
    if (this.#tags === "blocks") this.#digits.push({ at: (tag + PAYLOAD_AT) / 8, digit });
    return tag;
  }

  /** A tag, which `cell` owns. */
  *make(digit: number, cell: number): Steps<number> {
    return this.#tags === "blocks" ? yield* makePayload(this.#slots, digit, cell) : digit;
  }
  /** Gives a tag up, and returns its digit. */
  *take(tag: number, cell: number): Steps<string> {
    return this.#tags === "blocks" ? yield* takePayload(this.#slots, tag, cell) : String(tag);
  }

  /** Leaves the list, and says how; a tag that it takes it frees. */
  *leave(name: string, how: How, tagCell = NOBODY): Steps<string> {
    const node = this.nodes.get(name) as number;
    this.nodes.delete(name);
    const state = yield ["leave", node, how, tagCell];
    if (how !== TAKE || (state & TAGGED) === 0) return answerOf(state, undefined);
    return answerOf(state, yield* this.take(yield ["takenTag"], tagCell));
  }

  /** A number of its own for a call. */
  nextCall(): number {
    return this.#calls++;
  }

  /** Forgets the last schedule. What it wrote into tags the machine has not seen. */
  restart(): void {
    this.nodes.clear();
    for (const [name, node] of this.#present) this.nodes.set(name, node);
    for (const { at, digit } of this.#digits) this.#slots[at] = digit;
    for (const { doorbell } of this.users) doorbell?.restart();
  }

  // ── at the end ──

  /** The dead were reaped: each of their listeners that was there left, as if it was dropped. */
  #reaped(dead: readonly number[]): Operation {
    const names = dead.flatMap((id) => this.users[id]?.names ?? []);
    return {
      label: "the dead are reaped",
      // biome-ignore lint/correctness/useYield: it is done by then
      run: function* (this: Event): Steps<string> {
        for (const name of names) this.nodes.delete(name);
        return names.join(" ");
      }.bind(this),
      parts: () => names.map(reaping),
    };
  }

  /** All that were there and have not left leave now, those first that came first. */
  #restLeaves(): Operation {
    const leave = function* (this: Event): Steps<string> {
      const answers: string[] = [];
      for (const name of [...this.nodes.keys()]) answers.push(`${name}:${yield* this.leave(name, PASS)}`);
      return answers.join(", ");
    };
    return { label: "the rest leaves", run: () => leave.call(this), parts: (result) => listOf(String(result), PASS) };
  }

  #counted(turns: number): Operation {
    const at = (this.words + 16) / 8;
    const slots = this.#slots;
    return {
      label: "count",
      // biome-ignore lint/correctness/useYield: it only looks
      *run() {
        if (slots[at] !== turns) throw new CheckFailure("race", `${slots[at]} of ${turns} counted under the lock`);
        return "";
      },
      parts: () => [],
    };
  }

  /** What comes after the threads. `turns`: how often the lock was taken. */
  finish(kept: number, turns: number | undefined): Finish {
    const last = new User(this, undefined);
    const counted = turns === undefined ? [] : [this.#counted(turns)];
    const before = [last.count("total"), last.count("notified"), this.#restLeaves()];
    return {
      reaped: (dead) => this.#reaped(dead),
      operations: [...counted, ...before, last.count("total"), last.notify(ALL, "more"), last.count("notified")],
      teardown: (kernel) => {
        for (const { doorbell } of this.users) doorbell?.end();
        kernel.release(this.#control);
        kernel.finish(this.#control);
        kernel.free(this.words);
      },
      kept,
    };
  }
}

// ── threads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A thread with its operations on the event. */
export class User {
  readonly event: Event;
  /** Its listeners, in the order of their cells. */
  readonly names: string[] = [];
  doorbell: Doorbell | undefined;
  readonly #account: Account | undefined;

  constructor(event: Event, account: Account | undefined) {
    this.event = event;
    this.#account = account;
  }

  /** It awaits its listeners. */
  awaits(): void {
    this.doorbell = new Doorbell(this);
  }

  /** What the words of a table mean. */
  does(words: Words): Body {
    const [verb, name = "", ...tags] = words;
    const n = Number(name);
    switch (verb) {
      case "listen":
        return [this.#listen(name)];
      case "look":
        return [this.#look(name)];
      case "again":
        return [this.#again(name)];
      case "take":
        return [this.leave(name, TAKE)];
      case "discard":
        return [this.leave(name, DISCARD)];
      case "drop":
        return [this.doorbell?.leave(name, PASS) ?? this.leave(name, PASS)];
      case "wait":
        return [this.#wait(name, -1)];
      case "waitAWhile":
        return [this.#wait(name, NS)];
      case "waitNot":
        return [this.#wait(name, 0)];
      case "waitAWhileAndHandOn":
        return this.#waitAWhileAndHandOn(name);
      case "untilRaised":
        return this.untilRaised(name, [this.#wait(name, -1)]);
      case "notify":
        return [this.notify(n, "plain")];
      case "notifyMore":
        return [this.notify(n, "more")];
      case "notifyTagged":
        return [this.#notifyTagged(n, "plain", tags.map(Number))];
      case "notifyMoreTagged":
        return [this.#notifyTagged(n, "more", tags.map(Number))];
      case "total":
      case "notified":
        return [this.count(verb)];
      case "raise":
        return [this.#raise()];
      case "lock":
        return [this.#lock(name === "" ? -1 : n)];
    }
    const does = this.doorbell?.does(words);
    if (does === undefined) throw new RangeError(`no such operation: ${words.join(" ")}`);
    return does;
  }

  /** A cell of the thread's; `NOBODY`: it has no account. */
  cell(kind: number): number {
    return this.#account?.cell(kind) ?? NOBODY;
  }
  get hasAccount(): boolean {
    return this.#account !== undefined;
  }
  /** A cell for a listener of the thread's. */
  cellOf(name: string): number {
    this.names.push(name);
    return this.cell(OWN_BLOCK);
  }

  #listen(name: string): Operation {
    const { at, nodes } = this.event;
    const cell = this.cellOf(name);
    return {
      label: `listen(${name})`,
      *run() {
        const node = (yield ["listen", at, cell]) >>> 0;
        if (node === 0) return "exhausted";
        nodes.set(name, node);
        return "ok";
      },
      parts: (result) => [listening(name, result)],
    };
  }

  leave(name: string, how: How): Operation {
    const { event } = this;
    const tagCell = how === TAKE ? this.cell(OWN_VALUE) : NOBODY;
    return {
      label: `${HOWS[how]}(${name})`,
      run: () => event.leave(name, how, tagCell),
      parts: (result) => [leaving(name, how, result)],
    };
  }

  #again(name: string): Operation {
    const { nodes } = this.event;
    return {
      label: `again(${name})`,
      *run() {
        return (yield ["again", nodes.get(name) as number]) === 0 ? "none" : "notified";
      },
      parts: (result) => [waitingOn(name, result)],
    };
  }

  #wait(name: string, ns: number): Operation {
    const tagCell = this.cell(OWN_VALUE);
    return {
      label: `wait(${name}${ns < 0 ? "" : `, ${ns} ns`})`,
      run: () => this.#waitNow(name, ns, tagCell),
      parts: (result) => [leaving(name, TAKE, result)],
    };
  }
  *#waitNow(name: string, ns: number, tagCell: number): Steps<string> {
    const node = this.event.nodes.get(name) as number;
    let state = 0;
    do state = yield ["waitOn", node, ns];
    while (state === 0 && ns < 0);
    const result = yield* this.event.leave(name, TAKE, tagCell);
    // What it was told must be true, and a wait without limit ends with a notification.
    return state === 0 || result.startsWith(markOf(state)) ? result : `${result}, told ${markOf(state)}`;
  }

  #waitAWhileAndHandOn(name: string): Body {
    const handOn = this.notify(1, "plain");
    return andThen(this.#wait(name, NS), (result) => (result === "none" ? [] : [handOn]));
  }

  /** How an event is meant to be used. */
  untilRaised(name: string, wait: Body): Body {
    const drop = this.leave(name, PASS);
    return inTurn([[this.#listen(name)], andThen(this.#isRaised(), (isRaised) => (isRaised === true ? [drop] : wait))]);
  }

  #look(name: string): Operation {
    const { nodes } = this.event;
    return {
      label: `isNotified(${name})`,
      *run() {
        return markOf(yield ["stateOf", nodes.get(name) as number]);
      },
      parts: (result) => [looking(name, result, false)],
    };
  }

  notify(n: number, kind: Kind): Operation {
    const { at } = this.event;
    const call = this.event.nextCall();
    return {
      label: kind === "plain" ? `notify(${n})` : `notify(${n} more)`,
      *run() {
        return yield ["notifyMany", at, n, Number(kind === "more")];
      },
      parts: (result) => notifying(call, n, kind, result as number | undefined, []),
    };
  }

  /** As the host does it: a tag is made for each step, and taken back if there is nobody for it. */
  #notifyTagged(n: number, kind: Kind, digits: readonly number[]): Operation {
    const call = this.event.nextCall();
    const cell = this.cell(OWN_BLOCK);
    return {
      label: `notify(${n}${kind === "more" ? " more" : ""}, tags ${digits.join(" ")})`,
      run: () => this.#notifyTaggedNow(n, kind, digits, cell),
      parts: (result) => notifying(call, n, kind, result as number | undefined, digits),
    };
  }
  *#notifyTaggedNow(n: number, kind: Kind, digits: readonly number[], cell: number): Steps<number> {
    const { event } = this;
    const more = Number(kind === "more");
    let limit = -1;
    let quota = n;
    let done = 0;
    while (done < quota && (yield ["isNotifyIdle", event.at, n, more]) === 0) {
      const tag = yield* event.make(digits[done] as number, cell);
      if ((yield ["notifyTagged", event.at, n, more, limit, tag, cell]) === 0) {
        yield* event.take(tag, cell);
        break;
      }
      if (limit < 0) {
        limit = yield ["notifyLimit"];
        quota = (yield ["notifyQuota"]) >>> 0;
      }
      done++;
    }
    return done;
  }

  count(name: "total" | "notified"): Operation {
    const { at } = this.event;
    const call = name === "total" ? "listenerCount" : "notifiedCount";
    return {
      label: `${name}()`,
      *run() {
        return yield [call, at];
      },
      parts: (result) => [counting(name, result)],
    };
  }

  // ── what users do around it ──

  #raise(): Operation {
    const flag = this.event.words;
    return {
      label: "raise the flag",
      *run() {
        yield ["raise", flag];
        return "";
      },
      parts: () => [],
    };
  }
  #isRaised(): Operation {
    const flag = this.event.words;
    return {
      label: "look at the flag",
      *run() {
        return (yield ["isRaised", flag]) !== 0;
      },
      parts: () => [],
    };
  }

  /** Takes a lock that users built, counts under it, and lets it go. `ns`: how long each wait may take. */
  #lock(ns: number): Operation {
    const { at, words, nodes } = this.event;
    const name = `lock ${this.event.nextCall()}`;
    const cell = this.cellOf(name);
    const word = words + 8;
    const steps = function* (this: User): Steps<string> {
      while ((yield ["tryWord", word]) === 0) {
        const node = (yield ["listen", at, cell]) >>> 0;
        nodes.set(name, node);
        if ((yield ["tryWord", word]) !== 0) {
          yield* this.event.leave(name, PASS);
          break;
        }
        yield* this.#waitNow(name, ns, NOBODY);
      }
      yield ["increment", words + 16];
      yield ["freeWord", word];
      yield ["notifyMany", at, 1, 0];
      return "done";
    };
    return { label: "lock and count", run: () => steps.call(this), parts: () => [] };
  }
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Programs on one event. Their conditions:
 *
 *   a, b plain, c more 7   listeners that are there, the first one first; plain or additional, what they were notified of; the
 *                          tag that came with it
 *   tags blocks            what tags are: `inline` for numbers
 *   tight                  the heap is full
 *   spurious 1             threads that wake although nobody woke them
 *   timeouts 2             time-outs that come while others can still move; 1
 *   turns 3                how often the lock is taken
 *   kills 1                threads that die
 */
export function events(prefix: string, table: string): Program[] {
  return litmus(table).map(({ name, given, threads }): Program => {
    const there = LETTERS.flatMap((letter) => given.all(letter).map((mark) => [letter, mark.join(" ")] as const));
    const tight = given.has("tight");
    const kills = given.number("kills") ?? 0;
    const [tags = "none"] = given.check([...LETTERS, ...CONDITIONS]).all("tags")[0] ?? [];
    return {
      name: `listener/${prefix}${name}`,
      specification: specificationOf(there, tight),
      kills,
      accounts: kills > 0 ? threads.length : 0,
      spurious: given.number("spurious") ?? 0,
      timeouts: given.number("timeouts") ?? 1,
      setup(kernel, memory, accounts) {
        const event = new Event(kernel, memory, tags as Tags);
        // A listener is the thread's that has to do with it first, or nobody's.
        const owner = (listener: string) => threads.findIndex((all) => all.some(([, one]) => one === listener));
        const users = threads.map((_, id) => new User(event, accounts[id]));
        event.fill(there, (listener) => users[owner(listener)]?.cellOf(listener) ?? NOBODY);
        const bodies = threads.map((operations, id) => {
          const user = users[id] as User;
          if (operations.some(([verb]) => AWAITING.test(verb))) user.awaits();
          return inTurn(operations.map((words) => user.does(words)));
        });
        event.users.push(...users);
        const kept = tight ? occupy(kernel, NODE_BYTES) : 0;
        return {
          threads: bodies.map((body) => () => {
            event.restart();
            return body;
          }),
          finish: event.finish(kept, given.number("turns")),
        };
      },
    };
  });
}
const LETTERS = [..."abcdefg"];
const CONDITIONS = "tags tight spurious timeouts turns kills".split(" ");
/** Operations of threads that have a doorbell. */
const AWAITING = /^(await|settle)/;
