/** What becomes of an object whose last strong count is gone, and of counts in a ticket that nobody is to take any more. */
import { emptyTicket, finish, kindOf, release, releaseMany, releaseWeak, valueOf } from "../../arc/kernel/arc";
import { closeSide, takePart } from "../../channel/kernel/side";
import { read32 } from "../../heap/kernel/atomic";
import { EXTRA, owned } from "../../heap/kernel/cells";
import {
  KIND_ONCE_CELL,
  KIND_QUEUE,
  KIND_RECEIVER,
  KIND_SENDER,
  PART_OTHER,
  PART_QUEUE,
} from "../../heap/kernel/numbers";
import { partCell } from "../../heap/kernel/threads";
import { emptyCell } from "../../lock/kernel/onceCell";
import { destroy } from "../../queue/kernel/queue";

/**
 * Takes the object of `cell` apart, which `release` said is the caller's, and frees it. One thread may begin this and another one complete
 * it. An event has no listeners any more: each of them holds a count.
 */
export function dispose(control: usize, cell: usize): void {
  const kind = kindOf(control);
  if (kind == KIND_QUEUE) {
    destroy(valueOf(control));
  } else if (isSide(kind)) {
    disposeSide(valueOf(control), kind);
  } else if (kind == KIND_ONCE_CELL) {
    emptyCell(valueOf(control));
  }
  finish(control, cell);
}

export function isSide(kind: u32): bool {
  return kind == KIND_SENDER || kind == KIND_RECEIVER;
}

/** The queue comes last: while the side has it, it may not have been closed yet, and everybody told. */
function disposeSide(side: usize, kind: u32): void {
  closeSide(side, kind);
  const cell = partCell();
  for (let part: i32 = PART_OTHER; part >= PART_QUEUE; part--) {
    const control = takePart(side, part);
    if (control == 0) continue;
    if (part == PART_OTHER) {
      releaseWeak(control, cell);
    } else if (release(control, cell)) {
      dispose(control, cell);
    }
  }
}

/** Gives up the counts of `cell`, which came out of a ticket. Returns how many they were. */
export function releaseCounts(cell: usize): u32 {
  const control = owned(cell);
  const count = read32(cell + EXTRA);
  if (releaseMany(control, count, cell)) dispose(control, cell);
  return count;
}

/**
 * Takes all opens that are left in a ticket, whoever made it, into an empty `cell`, and gives them up. Returns how many; 0: none
 * are left. For anyone who was given a token with a ticket: `ticket` is one, or was when that generation began.
 */
export function revoke(ticket: usize, generation: u32, cell: usize): u32 {
  return emptyTicket(ticket, generation, cell) ? releaseCounts(cell) : 0;
}
