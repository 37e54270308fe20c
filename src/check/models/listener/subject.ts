/**
 * What the listener's programs are made of: an event in the model's memory with every operation on it, a thread that awaits
 * its listeners behind a doorbell, and words that users look at and change around all that.
 */
import { BLOCKS, DISCARD, INLINE, KIND_EVENT, PASS, TAGGED, TAKE } from "../../../heap/kernel/numbers.js";
import {
  type Body,
  CheckFailure,
  type Finish,
  type ModelKernel,
  type Operation,
  type Part,
  type Program,
  type Steps,
} from "../../program.js";
import { makePayload, now, occupy, PAYLOAD_AT, takePayload } from "../payload.js";
import {
  answerOf,
  counting,
  type How,
  type Kind,
  leaving,
  listening,
  looking,
  markOf,
  notifying,
  specificationOf,
} from "./specification.js";

/** What tags are: none, numbers, or blocks with a digit in them. */
type Tags = "none" | "inline" | "blocks";

/** More listeners than any program has. */
const ALL = 9;
/** Bytes of a listener's node. */
const NODE = 48;
/** Some time. */
const NS = 1000;

const HOWS = { [TAKE]: "take", [DISCARD]: "discard", [PASS]: "drop" };

// ── the event ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An event of the model and the operations on it. Listeners have names; each name is used once. */
export class Subject {
  readonly #kernel: ModelKernel;
  readonly #slots: Float64Array;
  readonly #tags: Tags;
  readonly #control: number;
  readonly event: number;
  /** Words of users: a flag, a lock, and what the lock is for. */
  readonly #words: number;
  readonly #present = new Map<string, number>();
  readonly #digits: { readonly at: number; readonly digit: number }[] = [];
  readonly #owners: Owner[] = [];
  /** This schedule's nodes by name, without those of listeners that left or were about to. */
  readonly nodes = new Map<string, number>();
  #calls = 0;

  constructor(kernel: ModelKernel, slots: Float64Array, tags: Tags) {
    this.#kernel = kernel;
    this.#slots = slots;
    this.#tags = tags;
    this.#control = kernel.create(kernel.eventSize(), 16, KIND_EVENT, 1);
    this.event = kernel.valueOf(this.#control);
    kernel.constructEvent(this.event, tags === "blocks" ? BLOCKS : INLINE, 0);
    this.#words = kernel.alloc(64, 16);
    slots.fill(0, this.#words / 8, this.#words / 8 + 8);
    // Nodes that were used before lie ready, full of ones: recycling is part of every program.
    const used = [1, 2].map(() => kernel.listen(this.event));
    for (const node of used) kernel.leave(node, TAKE);
    for (const node of used) slots.fill(-1, node / 8 + 2, node / 8 + 6);
  }

  /** Listens before the threads start; then those are notified that have a mark. */
  fill(present: readonly (readonly [name: string, mark: string])[]): void {
    const kernel = this.#kernel;
    for (const [name] of present) this.#present.set(name, kernel.listen(this.event));
    for (const [i, [, mark]] of present.entries()) {
      if (mark === "") continue;
      const [kind, digit] = mark.split(" ");
      const [n, more] = kind === "more" ? [1, 1] : [i + 1, 0];
      if (digit === undefined) kernel.notifyMany(this.event, n, more);
      else kernel.notifyTagged(this.event, n, more, -1, this.#makeNow(Number(digit)));
    }
  }

  #makeNow(digit: number): number {
    if (this.#tags !== "blocks") return digit;
    const block = now(this.#kernel, makePayload(this.#slots, digit));
    this.#digits.push({ at: (block + PAYLOAD_AT) / 8, digit });
    return block;
  }

  /** Forgets the last schedule. What it wrote into tags the machine has not seen. */
  restart(): void {
    this.nodes.clear();
    for (const [name, node] of this.#present) this.nodes.set(name, node);
    for (const { at, digit } of this.#digits) this.#slots[at] = digit;
    for (const owner of this.#owners) owner.restart();
  }

  listen(name: string): Operation {
    const { event, nodes } = this;
    return {
      label: `listen(${name})`,
      *run() {
        const node = (yield ["listen", event]) >>> 0;
        if (node === 0) return "exhausted";
        nodes.set(name, node);
        return "ok";
      },
      parts: (result) => [listening(name, result)],
    };
  }

  /** Leaves the list, and says how; a tag that it takes it frees. */
  *leaveNow(name: string, how: How): Steps<string> {
    const node = this.nodes.get(name) as number;
    this.nodes.delete(name);
    const state = yield ["leave", node, how];
    if (how !== TAKE || (state & TAGGED) === 0) return answerOf(state, undefined);
    return answerOf(state, yield* this.#take(yield ["takenTag"]));
  }

  *#make(digit: number): Steps<number> {
    return this.#tags === "blocks" ? yield* makePayload(this.#slots, digit) : digit;
  }

  *#take(tag: number): Steps<string> {
    return this.#tags === "blocks" ? yield* takePayload(this.#slots, tag) : String(tag);
  }

  #leave(name: string, how: How): Operation {
    return {
      label: `${HOWS[how]}(${name})`,
      run: () => this.leaveNow(name, how),
      parts: (result) => [leaving(name, how, result)],
    };
  }
  /** Takes the notification, if there is one: how a wait ends. */
  take(name: string): Operation {
    return this.#leave(name, TAKE);
  }
  drop(name: string): Operation {
    return this.#leave(name, PASS);
  }
  discard(name: string): Operation {
    return this.#leave(name, DISCARD);
  }

  /** Blocks until the listener is notified. */
  wait(name: string): Operation {
    return this.#wait(name, -1);
  }
  /** The same for some time only. */
  waitAWhile(name: string): Operation {
    return this.#wait(name, NS);
  }
  /** Only looks. */
  waitNot(name: string): Operation {
    return this.#wait(name, 0);
  }
  #wait(name: string, ns: number): Operation {
    const waitNow = () => this.#waitNow(name, ns);
    return {
      label: `wait(${name}${ns < 0 ? "" : `, ${ns} ns`})`,
      run: waitNow,
      parts: (result) => [leaving(name, TAKE, result)],
    };
  }
  *#waitNow(name: string, ns: number): Steps<string> {
    const node = this.nodes.get(name) as number;
    let state = 0;
    do state = yield ["waitOn", node, ns];
    while (state === 0 && ns < 0);
    const result = yield* this.leaveNow(name, TAKE);
    // What it was told must be true, and a wait without limit ends with a notification.
    return state === 0 || result.startsWith(markOf(state)) ? result : `${result}, told ${markOf(state)}`;
  }

  look(name: string): Operation {
    const nodes = this.nodes;
    return {
      label: `isNotified(${name})`,
      *run() {
        return markOf(yield ["stateOf", nodes.get(name) as number]);
      },
      parts: (result) => [looking(name, result, false)],
    };
  }

  notify(n: number): Operation {
    return this.#notify(n, "plain");
  }
  notifyMore(n: number): Operation {
    return this.#notify(n, "more");
  }
  #notify(n: number, kind: Kind): Operation {
    const { event } = this;
    const call = this.#calls++;
    return {
      label: kind === "plain" ? `notify(${n})` : `notify(${n} more)`,
      *run() {
        return yield ["notifyMany", event, n, Number(kind === "more")];
      },
      parts: (result) => notifying(call, n, kind, result as number | undefined, []),
    };
  }

  /** As the host does it: a tag is made for each step, and taken back if there is nobody for it. */
  notifyTagged(n: number, kind: Kind, ...digits: number[]): Operation {
    const call = this.#calls++;
    return {
      label: `notify(${n}${kind === "more" ? " more" : ""}, tags ${digits.join(" ")})`,
      run: () => this.#notifyTagged(n, kind, digits),
      parts: (result) => notifying(call, n, kind, result as number | undefined, digits),
    };
  }
  *#notifyTagged(n: number, kind: Kind, digits: readonly number[]): Steps<number> {
    const { event } = this;
    const more = Number(kind === "more");
    let limit = -1;
    let quota = n;
    let done = 0;
    while (done < quota && (yield ["isNotifyIdle", event, n, more]) === 0) {
      const tag = yield* this.#make(digits[done] as number);
      if ((yield ["notifyTagged", event, n, more, limit, tag]) === 0) {
        yield* this.#take(tag);
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

  total(): Operation {
    return this.#count("total", "listenerCount");
  }
  notified(): Operation {
    return this.#count("notified", "notifiedCount");
  }
  #count(name: "total" | "notified", call: "listenerCount" | "notifiedCount"): Operation {
    const { event } = this;
    return {
      label: `${name}()`,
      *run() {
        return yield [call, event];
      },
      parts: (result) => [counting(name, result)],
    };
  }

  // ── what users do around it ──

  raise(): Operation {
    const flag = this.#words;
    return {
      label: "raise the flag",
      *run() {
        yield ["raise", flag];
        return "";
      },
      parts: () => [],
    };
  }
  isRaised(): Operation {
    const flag = this.#words;
    return {
      label: "look at the flag",
      *run() {
        return (yield ["isRaised", flag]) !== 0;
      },
      parts: () => [],
    };
  }

  /** Takes a lock that users built, counts under it, and lets it go. `ns`: how long each wait may take. */
  lock(ns = -1): Operation {
    const name = `lock ${this.#calls++}`;
    const word = this.#words + 8;
    const { event } = this;
    const steps = function* (this: Subject): Steps<string> {
      while ((yield ["tryLock", word]) === 0) {
        const node = (yield ["listen", event]) >>> 0;
        this.nodes.set(name, node);
        if ((yield ["tryLock", word]) !== 0) {
          yield* this.leaveNow(name, PASS);
          break;
        }
        yield* this.#waitNow(name, ns);
      }
      yield ["increment", this.#words + 16];
      yield ["unlock", word];
      yield ["notifyMany", event, 1, 0];
      return "done";
    };
    return { label: "lock and count", run: () => steps.call(this), parts: () => [] };
  }
  counted(times: number): Operation {
    const at = (this.#words + 16) / 8;
    const slots = this.#slots;
    return {
      label: "count",
      // biome-ignore lint/correctness/useYield: it only looks
      *run() {
        if (slots[at] !== times) throw new CheckFailure("race", `${slots[at]} of ${times} counted under the lock`);
        return "";
      },
      parts: () => [],
    };
  }

  owner(): Owner {
    const owner = new Owner(this, this.#kernel);
    this.#owners.push(owner);
    return owner;
  }

  // ── at the end ──

  /** All that were there and have not left leave now, those first that came first. */
  #reap(): Operation {
    return {
      label: "the rest leaves",
      run: () => this.#reapNow(),
      parts: (result) => listOf(String(result), PASS),
    };
  }
  *#reapNow(): Steps<string> {
    const answers: string[] = [];
    for (const name of [...this.nodes.keys()]) answers.push(`${name}:${yield* this.leaveNow(name, PASS)}`);
    return answers.join(", ");
  }

  finish(kept: number, leaksPerKill: number, operations: readonly Operation[]): Finish {
    return {
      operations: [
        ...operations,
        this.total(),
        this.notified(),
        this.#reap(),
        this.total(),
        this.notifyMore(ALL),
        this.notified(),
      ],
      teardown: (kernel) => {
        for (const owner of this.#owners) owner.closeNow();
        kernel.release(this.#control);
        kernel.finish(this.#control);
        kernel.free(this.#words);
      },
      kept,
      leaksPerKill,
    };
  }
}

/** Listens, looks at the flag, and waits only if it is not raised: how an event is meant to be used. */
export function untilRaised(subject: Subject, name: string, wait = subject.wait(name)): Body {
  function* body(): Generator<Operation, void, void> {
    yield subject.listen(name);
    let raised = false;
    const look = subject.isRaised();
    yield {
      ...look,
      *run() {
        raised = (yield* look.run()) === true;
        return raised;
      },
    };
    yield raised ? subject.drop(name) : wait;
  }
  return { [Symbol.iterator]: body };
}

// ── awaiting ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A thread's doorbell and what the host does with it. Its listeners' names rise in the order in which they listened. */
export class Owner {
  readonly #subject: Subject;
  readonly #kernel: ModelKernel;
  readonly #doorbell: number;
  readonly #bell: number;
  /** Awaited listeners, by their ids. */
  readonly #awaited = new Map<number, string>();
  #closed = false;

  constructor(subject: Subject, kernel: ModelKernel) {
    this.#subject = subject;
    this.#kernel = kernel;
    this.#doorbell = kernel.newDoorbell();
    this.#bell = kernel.bellOf(this.#doorbell);
  }

  restart(): void {
    this.#awaited.clear();
    this.#closed = false;
  }

  /** Awaits a listener. It may have been notified before: then it leaves at once, and `how` says what becomes of that. */
  enlist(name: string, how: How = TAKE): Operation {
    return {
      label: `await(${name})`,
      run: () => this.#enlist(name, how),
      parts: (result) => {
        if (result === undefined) return [looking(name, undefined, true), leaving(name, how, undefined)];
        const [state, left] = String(result).split(", ");
        const look = looking(name, state, true);
        return left === undefined ? [look] : [look, leaving(name, how, left)];
      },
    };
  }
  *#enlist(name: string, how: How): Steps<string> {
    const id = name.charCodeAt(0);
    this.#awaited.set(id, name);
    const state = markOf(yield ["enlist", this.#subject.nodes.get(name) as number, this.#doorbell, id]);
    if (state === "none") return state;
    this.#awaited.delete(id);
    return `${state}, ${yield* this.#subject.leaveNow(name, how)}`;
  }

  /** Rests on the bell until every awaited listener was notified. */
  settle(): Operation {
    return this.#settles("settle()", true);
  }
  /** Takes what is ready now. */
  drain(): Operation {
    return this.#settles("drain()", false);
  }
  #settles(label: string, rests: boolean): Operation {
    let names: readonly string[] = [];
    return {
      label,
      run: () => {
        names = [...this.#awaited.values()];
        return this.#settle(rests);
      },
      // If it was killed, it had settled those first that listened first.
      parts: (result) =>
        result === undefined ? names.map((name) => leaving(name, TAKE, undefined)) : listOf(String(result), TAKE),
    };
  }
  *#settle(rests: boolean): Steps<string> {
    const settled: string[] = [];
    do {
      if (rests && this.#awaited.size > 0) yield ["restOn", this.#bell];
      let last = "";
      for (let node = (yield ["takeReady", this.#doorbell]) >>> 0; node !== 0; ) {
        const after = (yield ["readyAfter", node]) >>> 0;
        const id = yield ["idOf", node];
        const name = this.#awaited.get(id);
        if (name === undefined) throw new CheckFailure("linearizability", `${id} is ready, and nobody awaits it`);
        if (name < last) throw new CheckFailure("linearizability", `${name} is ready after ${last}`);
        last = name;
        this.#awaited.delete(id);
        settled.push(`${name}:${yield* this.#subject.leaveNow(name, TAKE)}`);
        node = after;
      }
    } while (rests && this.#awaited.size > 0);
    return settled.join(", ");
  }

  /**
   * An awaited listener is dropped, or its wait given up, before it is known whether it was notified. Nothing, if it was
   * notified before it was awaited.
   */
  drop(name: string): Operation {
    return this.#leave(name, this.#subject.drop(name));
  }
  giveUp(name: string): Operation {
    return this.#leave(name, this.#subject.take(name));
  }
  #leave(name: string, leave: Operation): Operation {
    const awaited = this.#awaited;
    return {
      label: leave.label,
      *run() {
        return awaited.delete(name.charCodeAt(0)) ? yield* leave.run() : "gone";
      },
      parts: (result) => (result === "gone" ? [] : leave.parts(result)),
    };
  }

  /** The last awaited listener has left. */
  close(): Operation {
    return { label: "close()", run: () => this.#close(), parts: () => [] };
  }
  *#close(): Steps<string> {
    this.#closed = true;
    yield ["freeDoorbell", this.#doorbell];
    return "closed";
  }

  closeNow(): void {
    if (!this.#closed) this.#kernel.freeDoorbell(this.#doorbell);
  }
}

/** Listeners that left one after the other, as "a:plain, b:none". */
function listOf(left: string, how: How): Part[] {
  return left
    .split(", ")
    .filter((text) => text !== "")
    .map((text) => leaving(text.slice(0, text.indexOf(":")), how, text.slice(text.indexOf(":") + 1)));
}

/** The same as `untilRaised` for a thread that must not block. */
export function settlesOnceRaised(subject: Subject, owner: Owner, name: string): Body {
  function* body(): Generator<Operation, void, void> {
    yield* untilRaised(subject, name, owner.enlist(name));
    yield owner.settle();
    yield owner.close();
  }
  return { [Symbol.iterator]: body };
}

// ── the programs ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** How a program differs from the plain one. */
interface Options {
  readonly kills?: number;
  readonly spurious?: number;
  readonly timeouts?: number;
  readonly tags?: Tags;
  /** Listeners that are there before the threads start: their names and marks, such as "a plain", "b", "c more 7". */
  readonly present?: readonly string[];
  /** Whether the heap is full. */
  readonly tight?: boolean;
  /** Blocks that a killed thread takes with it at most; two unless told. */
  readonly leaksPerKill?: number;
  /** Whether `lock` counts the threads' turns: how many there are. */
  readonly turns?: number;
}

/** A program on one event: each thread's operations, by what they do to it. */
export function program(name: string, threads: (subject: Subject) => Body[], options: Options = {}): Program {
  const { tags = "none", present = [], tight = false, leaksPerKill = 2, turns, ...rest } = options;
  const there = present.map((text): readonly [string, string] => [text.slice(0, 1), text.slice(2)]);
  return {
    name: `listener/${name}`,
    specification: specificationOf(there, tight),
    ...rest,
    setup(kernel, memory) {
      const subject = new Subject(kernel, memory, tags);
      subject.fill(there);
      const bodies = threads(subject);
      const kept = tight ? occupy(kernel, NODE) : 0;
      return {
        threads: bodies.map((body) => () => {
          subject.restart();
          return body;
        }),
        finish: subject.finish(kept, leaksPerKill, turns === undefined ? [] : [subject.counted(turns)]),
      };
    },
  };
}
