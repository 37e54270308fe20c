/** What becomes of values that lie in shared memory and that nobody will take: what they point to is given back. */
import { giveBack } from "../../heap/kernel/alloc";
import { addressIn, clear, ownSlot, setKind, VALUE } from "../../heap/kernel/cells";
import { ARCS, BLOCKS, INLINE, OWN_ARC, OWN_VALUE } from "../../heap/kernel/numbers";
import { adopt, controlOf, finish, release } from "./arc";

/** Says what `cell`, which is empty, owns when a slot's value was moved to it. */
export function prepare(content: u32, cell: usize): void {
  setKind(cell, content == ARCS ? OWN_ARC : OWN_VALUE);
}

/**
 * Moves a slot's value to `cell`, which was prepared; one that stands for nothing but itself is nothing to own. It does no more than
 * fits into a window of the checked build: a function of more would be a call there.
 */
export function seize(content: u32, value: f64, cell: usize): void {
  if (content != INLINE) ownSlot(cell, value);
}

/** Gives back what a slot's value stands for, which `cell` owns. `content` says what it is, whatever type the host made of it. */
export function discard(content: u32, value: f64, cell: usize): void {
  if (content == BLOCKS) {
    const block = addressIn(value);
    if (block != VALUE) giveBack(block, cell);
    else clear(cell);
  }
  if (content == ARCS) {
    const control = controlOf(<usize>value);
    adopt(control, cell);
    if (release(control, cell)) finish(control, cell);
  }
}
