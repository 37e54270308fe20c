/** What workers do that have another version of a record type than the test. */
import { array, ConcurrentQueue, optional, Receiver, SharedEvent, struct, u32, utf8 } from "shmol";
import { play } from "../startingLine.mjs";

const older = struct({ id: u32, tags: array(utf8) });
const newer = struct({ id: u32, due: optional(u32), tags: array(utf8), note: optional(struct({ by: utf8 })) });

play({
  /** Passes on what it receives; answers how many records without the new fields these were. */
  newer({ receiver, back }) {
    const from = Receiver.open(receiver, newer);
    const to = ConcurrentQueue.open(back, newer);
    return async () => {
      let count = 0;
      for await (const record of from) {
        if (!("due" in record) && record.note === undefined) count++;
        to.push(record);
      }
      for (const handle of [from, to]) handle.drop();
      return count;
    };
  },

  /** Opens each with the older version; answers why it cannot. */
  older({ queue, event, receiver }) {
    const messages = [
      () => ConcurrentQueue.open(queue, older),
      () => SharedEvent.open(event, older),
      () => Receiver.open(receiver, older),
    ].map((open) => {
      try {
        open();
        return "opened";
      } catch (error) {
        return error.message;
      }
    });
    return () => messages;
  },
});
