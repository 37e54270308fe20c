/**
 * The operating system's threads: their numbers, and whether one of them is gone.
 *
 * On Linux each thread of this process is a folder in /proc/self/task, from before its first step until after its last one. A
 * worker of Node, Bun or Deno is one such thread for as long as it runs, and what V8 had of it is taken apart on that thread,
 * before it ends. So a folder that is not there any more is proof: that thread takes no step, and waits nowhere.
 *
 *   there     it lives; or another thread has got its number since
 *   gone      no living thread of this process has that number
 *   unknown   it has no number, or nothing can be seen: another operating system, no permission, a mocked file system
 *
 * The folder is looked up by its name: the system's result is exact. A list of all folders is not: a thread that ends while the
 * list is made may hide those behind it (`next_tid` in Linux, fs/proc/base.c).
 */
import { files } from "./host.js";

/** What can be seen of a thread of the operating system. */
export type Sight = "there" | "gone" | "unknown";

const TASKS = "/proc/self/task/";
/** "1234/task/1240": this process, and this thread of it. */
const OWN = "/proc/thread-self";

// As they are now: file systems that tests put in their place come later.
const { readlinkSync, statSync } = files ?? {};

/** This thread's number; 0: it cannot be found out. */
export const osThreadId = ownNumber();

function ownNumber(): number {
  if (readlinkSync === undefined || !mayRead()) return 0;
  try {
    const number = Number(/\/task\/(\d+)$/.exec(readlinkSync(OWN))?.[1] ?? 0);
    return Number.isSafeInteger(number) && number <= 0xffffffff && isThere(number) ? number : 0;
  } catch {
    return 0;
  }
}

/** Deno would ask the person at the terminal. */
function mayRead(): boolean {
  const deno = (globalThis as { Deno?: { permissions?: { querySync?(what: object): { state: string } } } }).Deno;
  return deno === undefined || deno.permissions?.querySync?.({ name: "read", path: OWN }).state === "granted";
}

function isThere(thread: number): boolean {
  return statSync?.(TASKS + thread, { throwIfNoEntry: false }) !== undefined;
}

/** Whether the operating system has a thread of that number in this process. It takes some 2 µs. */
export function sightOf(thread: number): Sight {
  if (thread === 0 || osThreadId === 0) return "unknown";
  try {
    if (isThere(thread)) return "there";
    // Where not even this thread can be seen, nothing can.
    return isThere(osThreadId) ? "gone" : "unknown";
  } catch {
    return "unknown";
  }
}
