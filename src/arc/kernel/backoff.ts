/**
 * Waiting without a lock to wait on: what a thread does after it lost a race, while another is half-way, and when it has caught
 * up with one.
 *
 * The first two are crossbeam's `Backoff` (2^6 rounds at most), which concurrent-queue does without: it retries at once and its own
 * issue 81 measured that to be 2-4 times slower under contention. wasm has no pause instruction; the loop reads a word that
 * nobody writes, which stays in every core's own cache.
 */
import { stuck } from "./instrument";
import { MAGIC } from "./status";

const SPIN_LIMIT: u32 = 6;
/** How long a thread that has spun in vain parks: JavaScript has no yield. */
const PARK_NS: i64 = 50_000;

/** Reads of the header's first word that take about as long as a pause instruction. */
const PAUSE: u32 = 16;

/** The longest rest, in square roots of some 7 ns: 4 us, in which the other end of a queue moves on by some hundred items. */
const LONGEST_REST: u32 = 512;

/** What an index moves by for one item: the lowest bit is a flag. */
const ONE_POSITION: u64 = 2;

/** The end of a queue that refused this thread last, and where it stood then. */
let refusedBy: usize = 0;
let refusedAt: u64 = 0;
/** What the square roots come to, kept so that they are taken at all. */
let root: f64 = 0;

/** Set by the host: this thread may block (a browser's main thread may not). */
let blocking: bool = false;

export function allowBlocking(allowed: bool): void {
  blocking = allowed;
}

/** After a lost compare-and-swap, so somebody else has moved on: wait a little, longer each time. Answers the next `step`. */
export function lost(step: u32): u32 {
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
 * since that thread may have been descheduled. Nobody notifies the header's first word; the wait just ends. Answers the
 * next `step`. Stands before the reads that it makes worth repeating.
 */
export function spin(step: u32, site: u32 = 0): u32 {
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

/**
 * Before a queue's end, whose index is `at`, refuses this thread: whether that has just caught up with the other end, in the middle
 * of a stream. Then it has rested, and looks once more. Two ends that follow at each other's heels take the same lines from
 * each other for every item, and both are slower than if one stays behind: a ring of 1024 passes twice as many items with
 * this rest, however its users wait.
 *
 * Whoever is refused where he was refused before, or one position further, is told at once: nothing streams here. What it goes
 * by is this thread's own, and no matter of correctness. `room`: the most that the other end can do meanwhile. Square roots
 * leave the core to its other hardware thread, which may be the very one that is waited for.
 */
export function caughtUp(end: usize, at: u64, room: u32): bool {
  if (BUILD == 2) return false;
  const moved = end == refusedBy ? at - refusedAt : 0;
  refusedBy = end;
  refusedAt = at;
  if (moved <= ONE_POSITION) return false;
  let next = root;
  for (let i = min(room, LONGEST_REST); i > 0; i--) next = sqrt<f64>(next + 1);
  root = next;
  return true;
}
