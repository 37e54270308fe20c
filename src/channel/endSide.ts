/**
 * What becomes of a channel when a side of it, or a handle, goes: on kernel pointers only, since it may be done for a thread
 * that is no more.
 *
 * Who may call what: `endOf`'s whoever gave the side's last count up, before its value is freed; `wake` and `wakeAll` whoever
 * owns a count of it.
 */
import type { Destroy } from "../arc/counted.js";
import type { Kernel } from "../arc/instance.js";
import {
  KIND_RECEIVER,
  KIND_SENDER,
  PART_CLOSED,
  PART_OTHER,
  PART_QUEUE,
  PART_RECV_READY,
  PART_SEND_READY,
} from "../arc/kernel/status.js";

/** The kinds of control blocks of the two sides. */
export type SideKind = typeof KIND_SENDER | typeof KIND_RECEIVER;

/** All listeners, as the kernel takes it. */
const ALL = -1;

function partOf(kernel: Kernel, side: number, kind: SideKind, part: number): number {
  return kernel.valueOf(kernel.partOf(side, kind, part));
}

/**
 * Has everybody look again who waits for room or for messages. Who goes away may have been notified of either and not have
 * come to it: that is for the others then.
 */
export function wake(kernel: Kernel, side: number, kind: SideKind): void {
  kernel.notifyMany(partOf(kernel, side, kind, PART_SEND_READY), ALL, 0);
  kernel.notifyMany(partOf(kernel, side, kind, PART_RECV_READY), ALL, 0);
}

/** Has everybody look again who waits for anything: the channel was closed. */
export function wakeAll(kernel: Kernel, side: number, kind: SideKind): void {
  wake(kernel, side, kind);
  kernel.notifyMany(partOf(kernel, side, kind, PART_CLOSED), ALL, 0);
}

function releaseQueue(kernel: Kernel, control: number): void {
  if (kernel.release(control) === 0) return;
  kernel.destroy(kernel.valueOf(control));
  kernel.finish(control);
}

function releaseEvent(kernel: Kernel, control: number): void {
  if (kernel.release(control) !== 0) kernel.finish(control);
}

/**
 * Closes the channel of a side whose last handle is gone, and gives back what the side owns. Without receivers nobody will
 * take what is queued: it is freed now, and not only when the last sender has noticed.
 */
function endSide(kernel: Kernel, side: number, kind: SideKind): void {
  const queue = partOf(kernel, side, kind, PART_QUEUE);
  kernel.close(queue);
  wakeAll(kernel, side, kind);
  if (kind === KIND_RECEIVER) kernel.drain(queue);
  releaseEvent(kernel, kernel.partOf(side, kind, PART_SEND_READY));
  releaseEvent(kernel, kernel.partOf(side, kind, PART_RECV_READY));
  releaseEvent(kernel, kernel.partOf(side, kind, PART_CLOSED));
  kernel.releaseWeak(kernel.partOf(side, kind, PART_OTHER));
  releaseQueue(kernel, kernel.partOf(side, kind, PART_QUEUE));
}

const endSenders: Destroy = (kernel, side) => endSide(kernel, side, KIND_SENDER);
const endReceivers: Destroy = (kernel, side) => endSide(kernel, side, KIND_RECEIVER);

/** What the last count of a side does. */
export function endOf(kind: SideKind): Destroy {
  return kind === KIND_SENDER ? endSenders : endReceivers;
}
