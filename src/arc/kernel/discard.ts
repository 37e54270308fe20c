/** What becomes of values that lie in shared memory and that nobody will take: what they point to is given back. */
import { giveBack } from "./alloc";
import { controlOf, finish, release } from "./arc";
import { ARCS, BLOCKS } from "./status";

/** Gives back what a slot's value stands for. `content` says what that is, whatever type of element the host made of it. */
export function discard(content: u32, value: f64): void {
  if (content == BLOCKS) giveBack(<usize>value);
  if (content == ARCS) {
    const control = controlOf(<usize>value);
    if (release(control)) finish(control);
  }
}
