/** What becomes of an object whose last strong count is gone. */
import { finish, kindOf, release, releaseWeak, valueOf } from "../../arc/kernel/arc";
import { KIND_QUEUE, KIND_RECEIVER, KIND_SENDER, PART_OTHER, PART_QUEUE } from "../../arc/kernel/status";
import { partCell } from "../../arc/kernel/threads";
import { closeSide, takePart } from "../../channel/kernel/side";
import { destroy } from "../../queue/kernel/queue";

/**
 * Takes the object of `cell` apart, which `release` said is the caller's, and frees it. May be begun by one thread and ended
 * by another. An event has no listeners any more: each of them holds a count.
 */
export function end(control: usize, cell: usize): void {
  const kind = kindOf(control);
  if (kind == KIND_QUEUE) {
    destroy(valueOf(control));
  } else if (isSide(kind)) {
    endSide(valueOf(control), kind);
  }
  finish(control, cell);
}

export function isSide(kind: u32): bool {
  return kind == KIND_SENDER || kind == KIND_RECEIVER;
}

/** The queue comes last: while the side has it, it may not have been closed yet, and everybody told. */
function endSide(side: usize, kind: u32): void {
  closeSide(side, kind);
  const cell = partCell();
  for (let part: i32 = PART_OTHER; part >= PART_QUEUE; part--) {
    const control = takePart(side, part);
    if (control == 0) continue;
    if (part == PART_OTHER) {
      releaseWeak(control, cell);
    } else if (release(control, cell)) {
      end(control, cell);
    }
  }
}
