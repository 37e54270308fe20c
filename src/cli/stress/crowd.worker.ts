/**
 * The crowd and its caller.
 *
 *   crowd    a thread that awaits a thousand listeners at once, round after round: they must be settled in the order in which they came
 *   caller   notifies all of them from another thread: at once, in portions, a few at a time while the first are being settled already,
 *            or with pauses about as long as a wake-up takes. So the last notification of a small crowd comes while the thread is
 *            taking what is ready
 *
 * Deliberate faults: the crowd says that two were settled in the wrong order (`swap`), the caller overlooks the last listener
 * (`overlook`), or notifies late, as if wake-ups were lost (`dawdle`).
 */
import { SharedEvent } from "../../index.js";
import { Doorbell, internals } from "../../internals.js";
import { CALLED, type CrowdOrders, OVER } from "./crowd.js";
import type { Seat } from "./seat.js";

type Member = Seat<object, CrowdOrders>;

/** The round in which a saboteur cheats, and how long one that dawdles does nothing in each round. */
const TRIGGER = 2;
const DAWDLES_MS = 20;

// ── the crowd ──

async function beTheCrowd(seat: Member): Promise<void> {
  const event = SharedEvent.open(seat.orders.event);
  seat.awaitBeginning();
  for (let round = 0; round < seat.orders.rounds && !seat.isDone; round++) {
    await listen(seat, event, round);
    seat.count("rounds");
  }
  call(seat, OVER);
  seat.does("leaving");
  event.drop();
}

async function listen(seat: Member, event: SharedEvent, round: number): Promise<void> {
  const doorbell = Doorbell.of(internals(event.heap));
  const { settled, wakeUps, drains } = doorbell;
  const swaps = round === TRIGGER && seat.cheats("swap");
  let next = 0;
  const settle = (index: number) => {
    const said = swaps && index < 2 ? 1 - index : index;
    if (said !== next) seat.fault("order", `${said} was settled instead of ${next}`);
    next++;
  };
  seat.does("making listeners");
  const waits: Promise<void>[] = [];
  for (let index = 0; index < seat.orders.listeners; index++) {
    seat.count("listeners");
    const wait = event.listen().wait();
    waits.push(wait.then(() => settle(index)));
  }
  seat.does("waiting for all listeners, awaiting");
  call(seat, round + 1);
  await Promise.all(waits);
  seat.count("settled", doorbell.settled - settled);
  seat.count("wakeUps", doorbell.wakeUps - wakeUps);
  seat.count("drains", doorbell.drains - drains);
}

function call({ board: { words } }: Member, round: number): void {
  Atomics.store(words, CALLED, round);
  Atomics.notify(words, CALLED);
}

// ── the caller ──

/** Iterations of a loop: the pauses of a whole round. */
const MAX_PAUSE = 200_000;
const MAX_PORTION = 64;
/** How often in a row a plain notification may find enough listeners notified before the caller sleeps in between. */
const PATIENCE = 64;
const NAP_MS = 0.05;

function beTheCaller(seat: Member): void {
  const event = SharedEvent.open(seat.orders.event);
  seat.awaitBeginning();
  for (let round = 0; isCalled(seat, round); round++) {
    if (seat.cheats("dawdle")) seat.sleep(DAWDLES_MS);
    seat.does("in notify");
    const left = notifyAll(seat, event, round);
    if (left !== 0) seat.fault("counts", `${seat.orders.listeners - left} of ${seat.orders.listeners} were notified`);
  }
  seat.does("leaving");
  event.drop();
}

/** Waits until all listen for a round. False: it is over. */
function isCalled(seat: Member, round: number): boolean {
  const { words } = seat.board;
  seat.does("waiting for the crowd to listen, blocking");
  while (Atomics.load(words, CALLED) === round) Atomics.wait(words, CALLED, round);
  return Atomics.load(words, CALLED) !== OVER;
}

/** Returns how many listeners it did not notify; negative: too many. */
function notifyAll(seat: Member, event: SharedEvent, round: number): number {
  const { listeners } = seat.orders;
  if (round === TRIGGER && seat.cheats("overlook")) return listeners - 1 - event.notify(listeners - 1);
  const how = seat.random.below(4);
  if (how === 0) return listeners - event.notify(Infinity);
  if (how === 3) return listeners - notifySlowly(seat, event);
  let [left, idle] = [listeners, 0];
  while (left > 0) {
    const portion = 1 + seat.random.below(MAX_PORTION);
    const done = how === 1 ? event.notifyAdditional(portion) : event.notify(portion);
    left -= done;
    // Plain ones find as many notified as they were to notify until the crowd has taken its notifications.
    idle = done === 0 ? idle + 1 : 0;
    if (how === 1 && done === 0) break;
    if (idle < PATIENCE) continue;
    if (event.totalListeners === 0) break;
    seat.sleep(NAP_MS);
  }
  return left;
}

/** One by one, with pauses. Returns how many it notified. */
function notifySlowly({ orders: { listeners }, random }: Member, event: SharedEvent): number {
  const pause = 1 + random.below(MAX_PAUSE / listeners);
  let done = 0;
  for (let i = 0; i < listeners; i++) {
    done += event.notifyAdditional(1);
    for (let spin = random.below(pause); spin > 0; spin--);
  }
  return done;
}

export const parts = { crowd: beTheCrowd, caller: beTheCaller };
