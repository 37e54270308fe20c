/**
 * A thread's scratch: memory for its batches, whose slots are cells for what they stand for.
 *
 *   scratch   | slot | slot | ... | slot |      8 KiB; in its cell's extra word: what the slots own
 *
 * While the slots own something, one that owns nothing is 0: `pushMany` wipes those that went in, `popMany` fills those that
 * came out, and to free what one points to clears it.
 *
 * Who may call what: a thread, on its own scratch, between two batches.
 */
import { scratchSize } from "./alloc";
import { wipe, write32 } from "./atomic";
import { EXTRA } from "./cells";
import { INLINE } from "./numbers";

/** From now on the slots own what `state` says: a content, and whether it was taken out of a queue. */
export function useScratch(scratch: usize, cell: usize, state: u32): void {
  // What numbers have left there is not to be taken for addresses.
  if (state != INLINE) wipe(scratch, scratchSize());
  write32(cell + EXTRA, state);
}
