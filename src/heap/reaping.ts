/** What a thread owns in a heap, and what was found with one that died: in numbers, for people. */
import type { Kernel } from "./instance.js";
import {
  OWN_ARC,
  OWN_BLOCK,
  OWN_ENDING,
  OWN_LISTENER,
  OWN_LOCK,
  OWN_MAKING,
  OWN_STRONG,
  OWN_TICKET,
  OWN_VALUE,
  OWN_WEAK,
  PASSED_ON,
  PHASE_FREE,
  PHASE_LIVE,
} from "./kernel/numbers.js";
import type { Registered } from "./liveness.js";

/** What a thread owns; see {@link ThreadStats}. */
export interface Holdings {
  /** The worker's `threadId`; 0 is the main thread. */
  readonly threadId: number;
  /** Strong counts behind handles; a listener has its event's. */
  readonly strong: number;
  /** Weak counts behind handles. */
  readonly weak: number;
  /** Tickets of `share({ opens })` from which somebody may still open. */
  readonly tickets: number;
  /** Listeners in events' lists. */
  readonly listeners: number;
  /** Payloads, and Arcs' counts, that it has taken out of a queue and not finished reading: messages that nobody else will get. */
  readonly values: number;
  /** Other blocks of memory that its calls had under way. */
  readonly blocks: number;
  /** Locks. */
  readonly locks: number;
}

/**
 * A thread that has the heap open. Its numbers are a moment's, while it lives and does something.
 *
 * @see {@link Heap.stats}
 */
export interface ThreadStats extends Holdings {
  /**
   * The operating system's number of the thread, by whose absence everybody sees that it is dead. Undefined where there is none
   * (elsewhere than on Linux): then its end is seen only where its worker was started, and what it owned may stay here.
   */
  readonly osThreadId: number | undefined;
  /** False: it is dead, and what it owned is just being returned. */
  readonly isAlive: boolean;
}

/** What was found with a dead thread, and returned; see {@link Heap.on}. */
export interface ReapReport extends Holdings {
  /** Notifications that its listeners had not taken and that went on to others. */
  readonly passedOn: number;
}

/** The threads in a heap's table. One that has it open twice is there twice. */
export function registeredIn(kernel: Kernel): Registered[] {
  const found: Registered[] = [];
  for (let i = 0; i < kernel.threadLimit(); i++) {
    const entry = kernel.entryAt(i);
    if (kernel.phaseOf(entry) !== PHASE_FREE) found.push(identityOf(kernel, entry));
  }
  return found;
}

function identityOf(kernel: Kernel, entry: number): Registered {
  const identity = kernel.identityOf(entry);
  return { thread: Number(identity & 0xffff_ffffn), osThread: Number((identity >> 32n) & 0xffff_ffffn) };
}

/** The threads in a heap's table, and what they own. */
export function threadsOf(kernel: Kernel): ThreadStats[] {
  const found: ThreadStats[] = [];
  for (let i = 0; i < kernel.threadLimit(); i++) {
    const entry = kernel.entryAt(i);
    const phase = kernel.phaseOf(entry);
    if (phase === PHASE_FREE) continue;
    const { thread, osThread } = identityOf(kernel, entry);
    const holds = (...kinds: number[]) => kinds.reduce((sum, kind) => sum + (kernel.holds(entry, kind, 0, 0) >>> 0), 0);
    found.push({
      threadId: thread,
      osThreadId: osThread === 0 ? undefined : osThread,
      isAlive: phase === PHASE_LIVE,
      strong: holds(OWN_STRONG),
      weak: holds(OWN_WEAK),
      tickets: holds(OWN_TICKET),
      listeners: holds(OWN_LISTENER),
      values: holds(OWN_VALUE, OWN_ARC),
      blocks: holds(OWN_BLOCK, OWN_MAKING, OWN_ENDING),
      locks: holds(OWN_LOCK),
    });
  }
  return found;
}

/** Returns what a dead thread owned. Undefined: there is nothing of it, or others are returning it. */
export function reapThread(kernel: Kernel, { thread, osThread }: Registered): ReapReport | undefined {
  let reaped = false;
  kernel.forgetFound();
  for (let i = 0; i < kernel.threadLimit(); i++) {
    if (kernel.reap(kernel.entryAt(i), thread, osThread) !== 0) reaped = true;
  }
  if (!reaped) return undefined;
  const found = (what: number) => kernel.found(what) >>> 0;
  return {
    threadId: thread,
    strong: found(OWN_STRONG),
    weak: found(OWN_WEAK),
    tickets: found(OWN_TICKET),
    listeners: found(OWN_LISTENER),
    passedOn: found(PASSED_ON),
    values: found(OWN_VALUE),
    blocks: found(OWN_BLOCK),
    locks: found(OWN_LOCK),
  };
}

/** The report on a thread that owns nothing. */
export function nothingOf(threadId: number): ReapReport {
  return { threadId, strong: 0, weak: 0, tickets: 0, listeners: 0, passedOn: 0, values: 0, blocks: 0, locks: 0 };
}
