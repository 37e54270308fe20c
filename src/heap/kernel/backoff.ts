/**
 * Waiting without a lock to wait on: what a thread does after it lost a race, and while another is half-way.
 *
 * Both are crossbeam's `Backoff` (2^6 rounds at most), which concurrent-queue does without: it retries at once and its own
 * issue 81 measured that to be 2-4 times slower under contention. wasm has no pause instruction; the loop reads a word that
 * nobody writes, which stays in every core's own cache.
 */
import { stuck } from "./instrument";
import { MAGIC } from "./numbers";

const SPIN_LIMIT: u32 = 6;
/** How long a thread that has spun in vain parks: JavaScript has no yield. */
const PARK_NS: i64 = 50_000;

/** Reads of the header's first word that take about as long as a pause instruction. */
const PAUSE: u32 = 16;

/** Set by the host: this thread may block (a browser's main thread may not). */
let blocking: bool = false;

export function allowBlocking(allowed: bool): void {
  blocking = allowed;
}

/** After a lost compare-and-swap, so somebody else has moved on: wait a little, longer each time. Returns the next `step`. */
export function spin(step: u32): u32 {
  if (BUILD == 2) return step;
  pause(step);
  return step < SPIN_LIMIT ? step + 1 : step;
}

/** 2^step pauses. No access of the protocol: the optimizer keeps an atomic load, and that is all it is for. */
function pause(step: u32): void {
  for (let i = PAUSE << step; i > 0; i--) atomic.load<u32>(0);
}

/**
 * While another thread is between two steps of its own: wait a little, longer each time, and then let the processor go,
 * since that thread may have been descheduled. Nobody notifies the header's first word; the wait just ends. Returns the
 * next `step`. Stands before the reads that it makes worth repeating.
 */
export function snooze(step: u32, site: u32 = 0): u32 {
  if (BUILD == 2) {
    stuck(site);
    return step;
  }
  if (step <= SPIN_LIMIT) {
    pause(step);
    return step + 1;
  }
  if (blocking) atomic.wait<i32>(0, MAGIC, PARK_NS);
  return step;
}
