/** What becomes of values that lie in shared memory and that nobody will take: what they point to is given back. */
import { giveBack } from "../../heap/kernel/alloc";
import { addressIn, clear, ownSlot, setKind, VALUE } from "../../heap/kernel/cells";
import { ARCS, BLOCKS, OWN_ARC, OWN_VALUE } from "../../heap/kernel/numbers";
import { adopt, controlOf, finish, release } from "./arc";

/** What a cell owns that a slot's value was moved to. */
export function ownKind(content: u32): u32 {
  return content == ARCS ? OWN_ARC : OWN_VALUE;
}

/** Moves a slot's value to `cell`, which is empty; one that stands for nothing but itself is nothing to own. */
export function seize(content: u32, value: f64, cell: usize): void {
  if (content == BLOCKS || content == ARCS) {
    ownSlot(cell, value);
    setKind(cell, ownKind(content));
  }
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
