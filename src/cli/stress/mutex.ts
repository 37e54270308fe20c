/**
 * The run of the lock, `noLostWakeup`: more threads than cores contend for a lock whose waiters listen to one event. What contenders do
 * and why is in mutex.worker.ts; this says what must be true in the end.
 *
 *   words   | lock |                                       0, or the number of the seat that holds it
 *           | counter | inside | last | yielder |          128 bytes further on: rounds, the seats that are inside, were inside last,
 *                                                          and give way
 *
 * A killed contender's listener is removed by the reaper, and a notification that it had goes on. But the contender may have had the
 * lock, which is a word that the heap knows nothing of; or it may have taken a notification, or given the lock back, and not have come
 * to do what follows from that. Its successor knows nothing of it either. So the main thread, when it learns of the death, gives that
 * contender's lock back and notifies one: in the dead one's stead, as it would have, and not one more.
 */
import { type EventToken, SharedEvent } from "../../index.js";
import { checkListeners, describeLists, LEAST_ROUNDS, LISTENERS_CHECK, type Manner } from "./events.js";
import type { Scenario } from "./scenario.js";

const LINE = 32;
export const LOCK = 0;
export const COUNTER = LINE;
export const INSIDE = LINE + 1;
export const LAST = LINE + 2;
export const YIELDER = LINE + 3;

const COUNTS = "rounds listeners notified timedOut aborted dropped discarded yielded".split(" ");

export interface MutexOrders {
  readonly event: EventToken<void>;
  readonly rounds: number;
}

/** From seat to seat, so that every manner has its turn. */
const MANNERS: readonly Manner[] = ["sync", "async", "mixed"];

export function mutex(threads: number, rounds: number): Scenario {
  return {
    ...{ name: "mutex", module: "mutex", counts: COUNTS, least: LEAST_ROUNDS },
    checks: {
      counts: "every round was counted once",
      exclusion: "no two threads were inside at once",
      ...LISTENERS_CHECK,
    },
    sabotage: { thread: "swallow forget barge miscount leak stall crash" },
    seats: () =>
      Array.from({ length: threads }, (_, i) => ({ part: "thread", manner: MANNERS[i % MANNERS.length] as Manner })),
    words: () => 2 * LINE,
    setUp({ heap, board, verdict }) {
      const event = SharedEvent.create({ heap });
      const { words } = board;
      let locksHeld = 0;
      const ownerInWords = () => {
        const owner = Atomics.load(words, LOCK);
        return owner === 0 ? "nobody" : `thread ${owner}`;
      };
      return {
        subjects: [event],
        orders: { event: event.share(), rounds },
        fell(seat) {
          if (Atomics.load(words, LOCK) === seat) {
            locksHeld++;
            // No other thread is inside, so none changes these: the dead one counted and was killed before it wrote that down.
            if (Atomics.load(words, COUNTER) === board.total("rounds") + 1) board.count(0, "rounds");
            Atomics.store(words, INSIDE, 0);
            Atomics.store(words, LAST, seat);
            Atomics.store(words, LOCK, 0);
          }
          // What it kept others from is now for another one to do.
          Atomics.compareExchange(words, YIELDER, seat, 0);
          event.notify(1);
        },
        ending() {
          // Every thread that leaves notifies the next.
          event.notifyAdditional(1);
        },
        verify() {
          const [rounds, counted] = [board.total("rounds"), Atomics.load(words, COUNTER)];
          verdict("counts", rounds === counted, `${rounds} rounds, counted ${counted} without atomics`);
          if (Atomics.load(words, LOCK) !== 0) board.fault(0, "exclusion", `${ownerInWords()} kept the lock`);
          checkListeners(board, [event]);
        },
        situation: () => `the lock is held by ${ownerInWords()}; ${describeLists([event])}`,
        figures: () => ({ locksHeld }),
      };
    },
  };
}
