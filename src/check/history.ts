/**
 * Linearizability (Herlihy and Wing 1990): whether the operations of a history can be put in one order that the sequential
 * specification allows and that keeps every operation that ended before another began in front of it. Wing and Gong's
 * search, with Lowe's memory of (operations done, state) pairs that led nowhere. A batch is several steps in order, with
 * others' in between; an operation whose thread was killed may have done any number of its steps.
 */
import type { Event, Part, Specification } from "./program.js";

/** Whether `history` is linearizable. */
export function isLinearizable(history: readonly Event[], specification: Specification): boolean {
  const parts: readonly (readonly Part[])[] = history.map(({ operation, result }) => operation.parts(result));
  const done = parts.map(() => 0);
  const deadEnds = new Set<string>();
  const search = (state: string): boolean => {
    // An operation may come next if no other that has steps left ended before it began.
    let firstEnd = Number.POSITIVE_INFINITY;
    let left = false;
    for (const [i, { end }] of history.entries()) {
      if ((done[i] as number) === (parts[i] as readonly Part[]).length) continue;
      if (end < firstEnd) firstEnd = end;
      if (end !== Number.POSITIVE_INFINITY) left = true;
    }
    // What is left belongs to killed threads and need not have happened.
    if (!left) return true;
    const key = `${done.join()} ${state}`;
    if (deadEnds.has(key)) return false;
    for (const [i, { begin }] of history.entries()) {
      const part = parts[i]?.[done[i] as number];
      if (part === undefined || begin > firstEnd) continue;
      done[i] = (done[i] as number) + 1;
      for (const next of specification.step(state, part)) if (search(next)) return true;
      done[i] = (done[i] as number) - 1;
    }
    deadEnds.add(key);
    return false;
  };
  return search(specification.initial);
}

/** A history as a short string: equal for histories that are equal to the specification. */
export function keyOf(history: readonly Event[]): string {
  let key = "";
  for (const { thread, operation, result, begin, end } of history) {
    key += `${thread}${operation.label}${begin}-${end}=${result === undefined ? "?" : String(result)};`;
  }
  return key;
}
