/**
 * The run of the crowd: many awaited listeners on one thread, notified from another one (crowd.worker.ts).
 *
 *   words   | called |     rounds for which everybody listens; OVER
 *
 * How often may the doorbell wake its thread? Each wake-up takes one ring, and one ring takes a bell that was silenced since the last
 * one. The thread silences it before it takes what is ready. A thread that pushed in between rings although its listener is settled
 * already, once at most until the bell is silenced again. So there are at most two rings for each time that something was ready.
 * Mostly, there is one for many listeners.
 */
import { type EventToken, SharedEvent } from "../../index.js";
import { checkListeners, describeLists, LEAST_ROUNDS, LISTENERS_CHECK } from "./events.js";
import type { Scenario } from "./scenario.js";

export const CALLED = 0;
/** What `CALLED` is at the end. */
export const OVER = -1;
const COUNTS = ["rounds", "listeners", "settled", "wakeUps", "drains"] as const;
/** Without wake-ups a crowd looks once a second. In time 200,000 listeners are settled in a second on a busy machine. */
const LEAST_SETTLED = 10_000;

export interface CrowdOrders {
  readonly event: EventToken<void>;
  readonly listeners: number;
  readonly rounds: number;
}

export function crowd(listeners: number, rounds: number): Scenario {
  return {
    ...{ name: "crowd", module: "crowd", counts: COUNTS },
    least: Math.min(LEAST_ROUNDS, LEAST_SETTLED / listeners),
    checks: {
      order: "listeners were settled in the order in which they came",
      counts: "all were notified and settled",
      wakeUps: "at most two for each time that something was ready",
      ...LISTENERS_CHECK,
    },
    sabotage: { crowd: "swap", caller: "overlook dawdle" },
    seats: () => [{ part: "crowd" }, { part: "caller" }],
    words: () => 1,
    setUp({ heap, board, verdict }) {
      const event = SharedEvent.create({ heap });
      return {
        subjects: [event],
        orders: { event: event.share(), listeners, rounds },
        verify() {
          const [made, settled, done] = [board.total("listeners"), board.total("settled"), board.total("rounds")];
          const [wakeUps, drains] = [board.total("wakeUps"), board.total("drains")];
          const isOver = Atomics.load(board.words, CALLED) === OVER;
          const isAll = isOver && settled === made && made === done * listeners;
          verdict("counts", isAll, `${made} listened, ${settled} settled`);
          const rings = `${wakeUps} wake-ups, ${drains} times something was ready (at most two for each)`;
          verdict("wakeUps", wakeUps > 0 && wakeUps <= 2 * drains, rings);
          checkListeners(board, [event]);
        },
        situation: () => describeLists([event]),
      };
    },
  };
}
