/**
 * The run of ping-pong: two players, two events, one turn (pingPong.worker.ts). Every notification has exactly one thread to wake. So
 * a round trip is what two wake-ups cost, and a single one that is lost stops the game.
 *
 *   words   | turn |     how often the turn was handed over; OVER
 */
import { type EventToken, SharedEvent } from "../../index.js";
import { checkListeners, describeLists, LEAST_ROUNDS, LISTENERS_CHECK } from "./events.js";
import type { Scenario } from "./scenario.js";

export const TURN = 0;
/** What the turn is when the game is over. */
export const OVER = -1;
const COUNTS = ["rounds", "turns", "listeners", "notified"] as const;

export interface PingPongOrders {
  readonly events: readonly EventToken<void>[];
  readonly rounds: number;
}

/** How each of the two players waits. */
export const PAIRINGS = ["sync/sync", "async/sync", "async/async"] as const;

export function pingPong(pairing: (typeof PAIRINGS)[number], rounds: number): Scenario {
  return {
    ...{ name: `ping-pong ${pairing}`, module: "pingPong", counts: COUNTS, least: LEAST_ROUNDS },
    checks: {
      order: "every turn came after the one before it",
      counts: "both players had all their turns",
      ...LISTENERS_CHECK,
    },
    sabotage: { player: "skip" },
    timing: { every: 1, what: "Round trip", note: "From handing the turn over until it is back; all of them." },
    seats: () => pairing.split("/").map((manner) => ({ part: "player", manner })),
    words: () => 1,
    setUp({ heap, board, verdict }) {
      const events = [SharedEvent.create({ heap }), SharedEvent.create({ heap })];
      return {
        subjects: events,
        orders: { events: events.map((event) => event.share()), rounds },
        verify() {
          const [one, other] = [board.of(1, "turns"), board.of(2, "turns")];
          const isWell = one === other && Atomics.load(board.words, TURN) === OVER;
          verdict("counts", isWell, `${one} turns of player 1, ${other} of player 2`);
          checkListeners(board, events);
        },
        situation: () => `it is turn ${Atomics.load(board.words, TURN)}; ${describeLists(events)}`,
      };
    },
  };
}
