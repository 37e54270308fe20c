/**
 * A schedule as a short string, and back: which thread ran, and for how many steps, one after the other.
 *
 *   queue/hand over#12a3b!8a      thread a 12 times, b 3 times, then it is killed, a 8 times
 */
import { KILL, type Strategy } from "./strategy.js";

const FIRST = "a".charCodeAt(0);

/** The string for a schedule of the program `name`. */
export function encodeSchedule(name: string, schedule: readonly number[]): string {
  let text = "";
  for (let i = 0; i < schedule.length; ) {
    const who = schedule[i] as number;
    let end = i + 1;
    while (end < schedule.length && schedule[end] === who) end++;
    const times = end - i === 1 ? "" : String(end - i);
    text += times + (who === KILL ? "!" : String.fromCharCode(FIRST + who));
    i = end;
  }
  return `${name}#${text}`;
}

/** The program's name and the schedule in a string; undefined when it is not one. */
export function decodeSchedule(text: string): { name: string; schedule: readonly number[] } | undefined {
  const at = text.lastIndexOf("#");
  if (at < 0 || !/^(\d*[a-z!])*$/.test(text.slice(at + 1))) return undefined;
  const schedule: number[] = [];
  for (const [, times, who] of text.slice(at + 1).matchAll(/(\d*)([a-z!])/g)) {
    const thread = who === "!" ? KILL : (who as string).charCodeAt(0) - FIRST;
    for (let i = Number(times || 1); i > 0; i--) schedule.push(thread);
  }
  return { name: text.slice(0, at), schedule };
}

/** Repeats a schedule. One that the program does not take is of another version of it, and says so. */
export class Replay implements Strategy {
  readonly #schedule: readonly number[];
  #at = 0;

  constructor(schedule: readonly number[]) {
    this.#schedule = schedule;
  }

  choose(_running: number, ready: readonly number[], killable: boolean): number {
    const next = this.#schedule[this.#at++];
    // After what failed the rest is anything at all.
    if (next === undefined) return ready[0] as number;
    if (next === KILL ? killable : ready.includes(next)) return next;
    throw new RangeError(`the schedule does not fit this program from step ${this.#at} on: it is of another version`);
  }
}
