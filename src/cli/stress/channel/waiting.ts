/** Who waits for what in a channel, in words: for a run that is stuck. */

import type { Receiver, SharedEvent } from "../../../index.js";
import { sideOf } from "../../../internals.js";

export function waiting(end: Receiver<number>): string {
  const { inside, sendReady, recvReady } = sideOf(end);
  const { kernel } = inside;
  const count = (event: SharedEvent) => {
    const notified = kernel.notifiedCount(kernel.valueOf(event.share({ light: true }).control));
    return `${event.totalListeners} listeners, ${notified} notified`;
  };
  return `for room: ${count(sendReady)}; for messages: ${count(recvReady)}`;
}
