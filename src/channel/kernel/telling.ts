/**
 * Telling: which threads that wait at a channel are notified, and when. To wake a thread takes as long as dozens of messages, and a
 * thread that is woken for each message, or for each place that comes free, mostly finds that others were there first.
 *
 *   messages   A sender rouses receivers (listener/kernel/event.ts): one that blocks and was notified is enough until it looks. When it
 *              leaves more than it takes it tells the next.
 *   room       A receiver tells senders when the channel is at least half empty, likewise. A sender that was told, and leaves
 *              room, tells the next.
 *
 * Invariants
 *   - While there is a message and a receiver that listens, some thread is to look: a sender that is about to tell, a receiver that was
 *     notified and has not left, or one that has left and has not looked or not told. With awaited receivers: as many as there
 *     were messages, since their threads may be busy.
 *   - Likewise while the channel is at least half empty and a sender listens. While it is fuller there may be room that no
 *     sender is told of. So a sender's wait is timed: it looks after a millisecond, and then after twice as long each time, up to a
 *     second (channel/waiting.ts).
 *   - What a thread that dies was notified of goes on with its listener, and where it had left, its reaper wakes the side
 *     (reaper/kernel/reap.ts).
 *
 * Who may call what: any thread that owns a count of a side, and with it of what that has.
 */
import { isNotifyIdle, rouse } from "../../listener/kernel/event";
import { capacity, isEmpty, size } from "../../queue/kernel/queue";

/** Has a receiver look, if there is a message. For one that was woken, and has taken what it wants. */
export function tellOfMessages(recvReady: usize, queue: usize): void {
  if (!isEmpty(queue)) rouse(recvReady, 1);
}

/** Has senders look, if there is room worth waking them for. For a receiver that took a message, and a sender that was woken. */
export function tellOfRoom(sendReady: usize, queue: usize): void {
  if (isNotifyIdle(sendReady, 1, true)) return;
  const all = capacity(queue);
  const room = all - size(queue);
  if (2 * room >= all) rouse(sendReady, <u32>room);
}
