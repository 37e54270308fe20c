/**
 * Looking: a thread that is about to park may look a little longer for what it waits for, since to be woken takes as long as
 * many looks. But a thread that looks has a core to itself. Where more threads want to run than there are cores, it keeps one from
 * those that it waits for. So of all threads of a heap at most as many look at a time as there are cores, and with one core none.
 *
 *   lookers   a word of the header: how many look
 *   LOOKS     a word of each entry of the thread table: 1 while its thread looks
 *
 * Invariant: `lookers` is the sum of all LOOKS. Only speed depends on it, and no model has it.
 *
 * Who may call what: `beginLook` and `endLook` each thread for itself, in turns; `stopLooking` whoever vacates an entry.
 *
 * Windows: in each, the store to the entry .. the addition to `lookers`. Where two threads begin at once there may be one too many.
 */
import { add64, load64, store64, sub64 } from "./atomic";
import { lookers } from "./header";
import { LOOKS, mine } from "./threads";

/** How many threads may look at a time. */
let most: u64 = 0;

/** Called by the host: as many threads run at a time. */
export function useCores(cores: u32): void {
  most = cores > 1 ? cores : 0;
}

/**
 * Whether this thread may look. If so, it calls `endLook` soon. Not while it does already: it may block while it looks for what it
 * awaits, from one turn of its event loop to the next.
 */
export function beginLook(): bool {
  if (BUILD == 2 || mine == 0 || load64(lookers) >= most || load64(mine + LOOKS) != 0) return false;
  store64(mine + LOOKS, 1);
  add64(lookers, 1);
  return true;
}

export function endLook(): void {
  stopLooking(mine);
}

/** The thread of this entry looks no more. */
export function stopLooking(entry: usize): void {
  if (BUILD == 2 || load64(entry + LOOKS) == 0) return;
  store64(entry + LOOKS, 0);
  sub64(lookers, 1);
}
