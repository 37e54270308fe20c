/**
 * Telling: which threads that wait at a channel are notified, and when. To wake a thread takes as long as dozens of messages, and a
 * thread that is woken for each message, or for each place that comes free, mostly finds that others were there first.
 *
 *   messages   A sender rouses receivers (listener/kernel/event.ts): one that blocks and was notified is enough until it looks. When it
 *              leaves more than it takes it tells the next.
 *   room       In a small channel a receiver tells one more sender of each place that comes free. There is too little room for one
 *              sender to keep the receiver busy until another one is awake. In a larger channel a receiver tells a sender when the channel comes down to its
 *              half, and again when it is empty. So there is work for the sender before it sleeps again, and as many senders run as it
 *              takes to keep the channel from being empty.
 *   whom       Of those that wait, the one that came last: its thread has just run, and may be looking still.
 *
 * Invariants
 *   - While there is a message and a receiver that listens, some thread is to look: a sender that is about to tell, a receiver that was
 *     notified and has not left, or one that has left and has not looked or not told. With awaited receivers: as many as there
 *     were messages, since their threads may be busy.
 *   - Likewise while the channel is empty and a sender listens. So receivers never wait while all senders do.
 *   - In a small channel: likewise for each place that is free. A sender that was told and does not use it tells another one.
 *   - While a larger channel is neither empty nor full there may be room that no sender is told of. So a sender's wait is timed: it
 *     looks after a millisecond, and then after twice as long each time, up to a second (channel/waiting.ts). When it has looked in
 *     vain it listens anew, and is the one that came last: so none is passed over for longer than that.
 *   - What a thread that dies was notified of goes on with its listener, and where it had left, its reaper wakes the side
 *     (reaper/kernel/reap.ts).
 *
 * Who may call what: any thread that owns a count of a side, and with it of what that has.
 */
import { SMALL_CAPACITY } from "../../heap/kernel/numbers";
import { isNotifyIdle, notifyMany, rouse } from "../../listener/kernel/event";
import { capacity, isEmpty, size } from "../../queue/kernel/queue";

/** Channels in the checker's programs have few places. */
const SMALL: u32 = BUILD == 2 ? 2 : SMALL_CAPACITY;

/** Has a receiver look, if there is a message. For one that was woken, and has taken what it wants. */
export function tellOfMessages(recvReady: usize, queue: usize): void {
  if (!isEmpty(queue)) rouse(recvReady, 1);
}

/**
 * Has senders look, of which some may have room for what they send: a receiver has just taken `taken` messages, or a sender that was
 * told of one place does not use it. 0: a sender that was told has used it, and looks whether there is room for others.
 */
export function tellOfRoom(sendReady: usize, queue: usize, taken: u32): void {
  if (isNotifyIdle(sendReady, 1, true)) return;
  const all = <u32>capacity(queue);
  if (all <= SMALL) {
    notifyMany(sendReady, taken, true);
    return;
  }
  const left = <u32>size(queue);
  const half = all >> 1;
  if (left == 0) rouse(sendReady, all);
  else if (left <= half && left + taken > half) rouse(sendReady, 1);
}
