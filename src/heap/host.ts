/**
 * What the host has of Node's modules, without an import that a bundler for browsers would trip over. Elsewhere than in Node,
 * Bun and Deno there are none.
 *
 * They are the thread's own, whatever stands in their place where the package is loaded: test runners give each test file a
 * copy of `process` that gets no events.
 */
const found = (globalThis as { process?: NodeJS.Process }).process;

export const threads = found?.getBuiltinModule?.("node:worker_threads");
export const nodeProcess = found?.getBuiltinModule?.("node:process") ?? found;
export const files = found?.getBuiltinModule?.("node:fs");
/** Timers as they are when the package is loaded. Tests that replace them afterwards do not mean this library. */
export const { setTimeout, clearTimeout, setInterval, clearInterval } =
  found?.getBuiltinModule?.("node:timers") ?? globalThis;
/** The longest delay that a timer takes, in ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;
/** Jest's jsdom has neither. */
export const { TextEncoder, TextDecoder } = found?.getBuiltinModule?.("node:util") ?? globalThis;

/** This thread's number. A host without Node's modules has none, and no use for it. */
export const threadId = threads?.threadId ?? 0;

/** How many threads of this process run at a time. */
export const cores: number =
  found?.getBuiltinModule?.("node:os").availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;

/** Milliseconds since some moment, also while tests have put a clock of their own in place. */
export const now: () => number = performance.now.bind(performance);

/** Whether this thread may block: everywhere but on a browser's main thread. */
export function mayBlock(): boolean {
  if (threads !== undefined) return true;
  return typeof (globalThis as { WorkerGlobalScope?: unknown }).WorkerGlobalScope !== "undefined";
}
