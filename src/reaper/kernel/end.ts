/** What becomes of an object whose last strong count is gone. */
import { finish, kindOf, valueOf } from "../../arc/kernel/arc";
import { KIND_QUEUE } from "../../arc/kernel/status";
import { destroy } from "../../queue/kernel/queue";

/**
 * Takes the object of `cell` apart, which `release` said is the caller's, and frees it. May be begun by one thread and ended
 * by another. An event has no listeners any more: each of them holds a count.
 */
export function end(control: usize, cell: usize): void {
  if (kindOf(control) == KIND_QUEUE) destroy(valueOf(control));
  finish(control, cell);
}
