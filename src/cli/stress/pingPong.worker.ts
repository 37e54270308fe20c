/**
 * A player of ping-pong: waits for its turn, looks whether it is the one that comes next, and hands it over. The turn is a number that
 * only ever grows by one, in shared memory. Each player listens to an event of its own. The first player times every round trip and
 * decides when the game is over.
 *
 * A deliberate fault: `skip` hands over the wrong turn.
 */
import { SharedEvent } from "../../index.js";
import type { Manner } from "./events.js";
import { OVER, type PingPongOrders, TURN } from "./pingPong.js";
import type { Seat } from "./seat.js";

const NS_PER_MS = 1e6;
/** The turn with which a saboteur begins. */
const TRIGGER = 100;

async function play(seat: Seat<object, PingPongOrders, Manner>): Promise<void> {
  const { words } = seat.board;
  const me = seat.number - 1;
  const events = seat.orders.events.map((token) => SharedEvent.open(token));
  const [mine, theirs] = [events[me], events[1 - me]] as [SharedEvent, SharedEvent];

  const blocks = seat.manner === "sync";
  const waiting = `waiting for its turn, ${blocks ? "blocking" : "awaiting"}`;

  const handOver = (turn: number) => {
    seat.does("in notify");
    Atomics.store(words, TURN, turn);
    theirs.notify(1);
  };
  /** Whether there is something to do: it is that turn, or any but the one before it. */
  const isOn = (turn: number) => Atomics.load(words, TURN) !== turn - 1;
  /** Waits for a turn: looks, listens, looks again, waits. False: the game is over. */
  const comes = async (turn: number) => {
    for (; !isOn(turn); seat.count("notified")) {
      seat.does("looking for its turn");
      const listener = mine.listen();
      seat.count("listeners");
      if (isOn(turn)) {
        listener.drop();
        break;
      }
      seat.does(waiting);
      if (blocks) listener.waitSync();
      else await listener.wait();
    }
    const found = Atomics.load(words, TURN);
    if (found === OVER || found === turn) return found === turn;
    seat.fault("order", `turn ${found} came instead of ${turn}`);
    handOver(OVER);
    return false;
  };

  seat.awaitBeginning();
  const isFirst = me === 0;
  let handedOverAt = 0;
  for (let turn = me; await comes(turn); turn += 2) {
    if (isFirst && turn > 0) {
      seat.clock?.record(NS_PER_MS * (performance.now() - handedOverAt));
      seat.count("rounds");
    }
    if (isFirst && (seat.isDone || turn / 2 >= seat.orders.rounds)) {
      handOver(OVER);
      break;
    }
    seat.count("turns");
    if (isFirst) handedOverAt = performance.now();
    handOver(seat.cheats("skip") && turn >= TRIGGER ? turn + 3 : turn + 1);
  }
  for (const event of events) event.drop();
}

export const parts = { player: play };
