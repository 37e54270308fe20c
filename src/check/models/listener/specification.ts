/**
 * The event's sequential specification: its listeners in the order in which they came, and the notification of each.
 *
 *   mark    "" not notified, "plain" or "more" (additional), and behind that the tag's digit, if it has one: "more 7"
 *
 * A call that notifies several listeners has one step for each. The first step fixes how many there may be, and which listeners
 * they may reach. Both are stored under the call's number until the call returns.
 */
import { ADDITIONAL, type DISCARD, NOTIFIED, PASS, PASSED, TAKE } from "../../../heap/kernel/numbers.js";
import { answeredBy, type Part, type Result, type Specification } from "../../program.js";

interface State {
  readonly listeners: readonly (readonly [name: string, mark: string])[];
  /** Notifications under way: the listeners that each may reach yet, and how many. */
  readonly calls: Readonly<Record<number, { readonly reach: readonly string[]; readonly left: number }>>;
}

export type Kind = "plain" | "more";
export type How = typeof TAKE | typeof DISCARD | typeof PASS;

/** What a listener's state, or what `leave` returned, says of its notification. */
export function markOf(state: number): "none" | Kind {
  return (state & NOTIFIED) === 0 ? "none" : (state & ADDITIONAL) === 0 ? "plain" : "more";
}

/** How a listener that left tells of it. The tag is known to whoever took it. */
export function answerOf(state: number, tag: string | undefined): string {
  return `${markOf(state)}${tag === undefined ? "" : ` ${tag}`}${(state & PASSED) === 0 ? "" : " passed"}`;
}

// ── the steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function listening(name: string, result: Result | undefined): Part {
  return { name: "listen", arg: name, result };
}
export function leaving(name: string, how: How, result: Result | undefined): Part {
  return { name: "leave", arg: [name, how], result };
}
/** Listeners that left one after the other, as "a:plain, b:none". */
export function listOf(left: string, how: How): Part[] {
  return left
    .split(", ")
    .filter((text) => text !== "")
    .map((text) => leaving(text.slice(0, text.indexOf(":")), how, text.slice(text.indexOf(":") + 1)));
}
/** A listener of a dead thread leaves if it is there, and what it was notified of goes on. */
export function reaping(name: string): Part {
  return { name: "reap", arg: name, result: undefined };
}
/** A listener waits on, whether it was notified or not. */
export function waitingOn(name: string, result: Result | undefined): Part {
  return { name: "again", arg: name, result };
}
/** What a listener says of itself. `current`: under the lock, so a "none" is true, too. */
export function looking(name: string, result: Result | undefined, current: boolean): Part {
  return { name: current ? "enlist" : "look", arg: name, result };
}
export function counting(name: "total" | "notified", result: Result | undefined): Part {
  return { name, result };
}

/** A call that notified `done` listeners, each with its digit as a tag; undefined: its thread was killed. */
export function notifying(
  call: number,
  n: number,
  kind: Kind,
  done: number | undefined,
  digits: readonly number[],
): Part[] {
  if (done === 0) return [{ name: "nobody", arg: [n, kind], result: 0 }];
  const holds = Array.from({ length: done ?? Math.min(n, 4) }, (_, i) => ({
    name: i === 0 ? "first" : "next",
    arg: [call, n, kind, digits[i] ?? -1],
    result: done === undefined ? undefined : "done",
  }));
  return done === undefined ? holds : [...holds, { name: "end", arg: [call, n, kind], result: "done" }];
}

// ── what they do ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** `present`: the listeners that are there before the threads start, with their marks. `tight`: the heap may be full. */
export function specificationOf(present: readonly (readonly [string, string])[], tight: boolean): Specification {
  return {
    initial: JSON.stringify({ listeners: present, calls: {} } satisfies State),
    step(text, part) {
      const next = step(JSON.parse(text) as State, part, tight);
      return next === undefined ? [] : [JSON.stringify(next)];
    },
  };
}

function step(state: State, { name, arg, result }: Part, tight: boolean): State | undefined {
  const { listeners, calls } = state;
  const when = (holds: boolean, next = state) => (holds ? next : undefined);
  const answered = answeredBy(result);
  switch (name) {
    case "listen":
      if (result === "exhausted") return when(tight);
      return when(answered("ok"), { ...state, listeners: [...listeners, [String(arg), ""]] });
    case "leave": {
      const [who, how] = arg as readonly [string, How];
      return leave(state, who, how, result);
    }
    case "reap":
      return markIn(state, String(arg)) === undefined ? state : leave(state, String(arg), PASS, undefined);
    case "again": {
      const isWaiting = markIn(state, String(arg)) === "";
      return when(answered(isWaiting ? "none" : "notified"), isWaiting ? state : waitsOn(state, String(arg)));
    }
    case "look":
      return when(result === "none" || answered(kindOf(markIn(state, String(arg)))));
    case "enlist":
      return when(answered(kindOf(markIn(state, String(arg)))));
    case "total":
      return when(answered(listeners.length));
    case "notified":
      return when(answered(notifiedIn(state)));
    case "nobody": {
      const [n, kind] = arg as readonly [number, Kind];
      return when(firstWaiting(state) === undefined || (kind === "plain" && notifiedIn(state) >= n));
    }
    case "first": {
      const [call, n, kind] = arg as readonly [number, number, Kind];
      const reach = listeners.filter(([, mark]) => mark === "").map(([listener]) => listener);
      const left = kind === "more" ? n : n - notifiedIn(state);
      return hold({ ...state, calls: { ...calls, [call]: { reach, left } } }, arg);
    }
    case "next":
      return hold(state, arg);
    case "end": {
      const [call, n, kind] = arg as readonly [number, number, Kind];
      const { [call]: own, ...others } = calls;
      const waiting = firstWaiting(state);
      const over =
        own?.left === 0 ||
        waiting === undefined ||
        own?.reach.includes(waiting) === false ||
        (kind === "plain" && notifiedIn(state) >= n);
      return when(over, { listeners, calls: others });
    }
  }
  throw new RangeError(`no such step: ${name}`);
}

/** Notifies the next one, if the call has one left and may reach it. */
function hold(state: State, arg: Result | undefined): State | undefined {
  const [call, n, kind, digit] = arg as readonly [number, number, Kind, number];
  const own = state.calls[call];
  const waiting = firstWaiting(state);
  if (own === undefined || own.left <= 0 || waiting === undefined || !own.reach.includes(waiting)) return undefined;
  if (kind === "plain" && notifiedIn(state) >= n) return undefined;
  const marked = mark(state, waiting, digit < 0 ? kind : `${kind} ${digit}`);
  return { ...marked, calls: { ...state.calls, [call]: { ...own, left: own.left - 1 } } };
}

function leave(state: State, who: string, how: How, result: Result | undefined): State | undefined {
  const before = markIn(state, who);
  if (before === undefined) return undefined;
  const without = { ...state, listeners: state.listeners.filter(([name]) => name !== who) };
  const heir = firstWaiting(without);
  const passes =
    how === PASS && before !== "" && heir !== undefined && (kindOf(before) === "more" || notifiedIn(without) === 0);
  const answer = before === "" ? "none" : how === TAKE ? before : kindOf(before);
  if (result !== undefined && result !== (passes ? `${answer} passed` : answer)) return undefined;
  return passes ? mark(without, heir, before) : without;
}

/** Its notification was for nothing: it waits, before all that do. */
function waitsOn(state: State, who: string): State {
  const others = state.listeners.filter(([name]) => name !== who);
  const isNotified = ([, mark]: readonly [string, string]) => mark !== "";
  return {
    ...state,
    listeners: [...others.filter(isNotified), [who, ""], ...others.filter((one) => !isNotified(one))],
  };
}

function mark(state: State, who: string, with_: string): State {
  return { ...state, listeners: state.listeners.map((one) => (one[0] === who ? [who, with_] : one)) };
}
function markIn(state: State, who: string): string | undefined {
  return state.listeners.find(([name]) => name === who)?.[1];
}
function kindOf(mark: string | undefined): string {
  return mark === undefined ? "gone" : mark === "" ? "none" : (mark.split(" ")[0] as string);
}
function firstWaiting({ listeners }: State): string | undefined {
  return listeners.find(([, mark]) => mark === "")?.[0];
}
function notifiedIn({ listeners }: State): number {
  return listeners.filter(([, mark]) => mark !== "").length;
}
