/** What workers do in the tests of events. No wait of theirs is longer than a lost wake-up takes to be one. */
import { parentPort } from "node:worker_threads";
import { SharedEvent } from "shmol";
import { random } from "../random.mjs";
import { play } from "../startingLine.mjs";

const LOST_MS = 20_000;

// Indices in `totals`.
const SENT = 0;
const RECEIVED = 1;

const GAVE_UP = new Error("gave up");

const open = SharedEvent.open;

/** Waits as told; null if the time was up. */
async function waitUpTo(listener, isAsync, timeoutMs, signal) {
  try {
    if (isAsync) await listener.wait({ timeoutMs, signal });
    else listener.waitSync({ timeoutMs });
    return true;
  } catch (error) {
    if (error.code === "ERR_SHMOL_TIMEOUT" || error === signal?.reason) return false;
    throw error;
  }
}

/** Whether a listener's wait has not ended. */
function isWaiting(listener) {
  try {
    return listener.isNotified || true;
  } catch {
    return false;
  }
}

/** Parks, so that others run, without an event. */
function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

play({
  /**
   * Counts to `rounds` in `cells[1]` under a try-lock in `cells[0]`, in the loop that events are made for: check, listen, check,
   * wait. Now and then it drops its listener instead, or waits too short a time. Answers how often it slept.
   */
  lockAndCount({ token, cells, rounds, seed, isAsync }) {
    const event = open(token);
    const next = random(seed);
    const tryLock = () => Atomics.compareExchange(cells, 0, 0, 1) === 0;

    async function lock() {
      let slept = 0;
      while (!tryLock()) {
        const listener = event.listen();
        if (tryLock()) {
          listener.drop();
          break;
        }
        const dice = next(20);
        slept++;
        if (dice === 0) listener.drop();
        else if (dice === 1) await waitUpTo(listener, isAsync, next(2));
        else if (!(await waitUpTo(listener, isAsync, LOST_MS))) throw new Error("slept on, as if not notified");
      }
      return slept;
    }

    return async () => {
      let slept = 0;
      for (let round = 0; round < rounds; round++) {
        slept += await lock();
        cells[1]++;
        // Long enough, now and then, for others to find it locked.
        if (next(64) === 0) pause(0.05);
        Atomics.store(cells, 0, 0);
        event.notify(1);
      }
      event.drop();
      return slept;
    };
  },

  /** Moves `turn` on whenever it is this one's: nobody else makes up for a wake-up that is lost. */
  pingPong({ tokens, turn, player, rounds, isAsync }) {
    const [mine, theirs] =
      player === 0 ? tokens.map((token) => open(token)) : tokens.map((token) => open(token)).reverse();
    return async () => {
      for (let round = 0; round < rounds; round++) {
        while (Atomics.load(turn, 0) !== 2 * round + player) {
          const listener = mine.listen();
          if (Atomics.load(turn, 0) === 2 * round + player) {
            listener.drop();
            break;
          }
          if (!(await waitUpTo(listener, isAsync, LOST_MS))) throw new Error(`lost in round ${round}`);
        }
        Atomics.add(turn, 0, 1);
        theirs.notify();
      }
      mine.drop();
      theirs.drop();
    };
  },

  /** Notifies until `stop` is set; answers how many listeners it notified. */
  notifyUntil({ token, stop, seed, additional }) {
    const event = open(token);
    const next = random(seed);
    return () => {
      let sum = 0;
      while (Atomics.load(stop, 0) === 0) {
        sum += event.notify(1 + next(2), { additional });
        for (let i = next(2000); i > 0; i--) Atomics.load(stop, 0);
      }
      event.drop();
      return sum;
    };
  },

  /** Waits for next to no time, `rounds` times, or is told to give up by a signal; answers how often it was notified. */
  expire({ token, rounds, seed, isAsync, stop, left }) {
    const event = open(token);
    const next = random(seed);
    return async () => {
      let notified = 0;
      for (let round = 0; round < rounds; round++) {
        const listener = event.listen();
        const dice = next(4);
        const timeoutMs = dice === 0 ? 0 : dice === 1 ? 1 : next(100) / 100;
        const gaveUp = isAsync && dice === 3 ? new AbortController() : undefined;
        if (gaveUp !== undefined) setImmediate(() => gaveUp.abort(new Error("gave up")));
        if (await waitUpTo(listener, isAsync, timeoutMs, gaveUp?.signal)) notified++;
      }
      // The last one lets the notifiers go.
      if (Atomics.sub(left, 0, 1) === 1) Atomics.store(stop, 0, 1);
      event.drop();
      return notified;
    };
  },

  /**
   * Sends the numbers from `first` up as tags, `count` of them, never more than `ahead` before they were received, all threads
   * together. Answers how many listeners it notified.
   */
  sendNumbers({ token, first, count, ahead, totals, seed }) {
    const event = open(token);
    const next = random(seed);
    return () => {
      let notified = 0;
      const deadline = Date.now() + 2 * LOST_MS;
      for (let i = 0; i < count; i++) {
        Atomics.add(totals, SENT, 1);
        notified += event.notifyAdditional(1, { tag: first + i });
        while (Atomics.load(totals, SENT) - Atomics.load(totals, RECEIVED) > ahead) {
          if (Date.now() > deadline) throw new Error("notified, and nobody received it");
          pause(0.05);
        }
        for (let turns = next(3000); turns > 0; turns--) Atomics.load(totals, SENT);
      }
      event.drop();
      return notified;
    };
  },

  /**
   * Listens and gives up in every way there is, at about the moment when a number comes, until all were received; counts in
   * `seen` how often each was. Answers how many it received, discarded, and gave up on.
   */
  receiveOrGiveUp({ token, seen, totals, total, seed, isAsync }) {
    const event = open(token);
    const next = random(seed);
    const answer = { received: 0, discarded: 0, gaveUp: 0 };
    const receive = (number) => {
      Atomics.add(seen, number, 1);
      answer.received++;
      Atomics.add(totals, RECEIVED, 1);
    };
    const discard = (listener) => {
      if (listener.discard()) {
        answer.discarded++;
        Atomics.add(totals, RECEIVED, 1);
      } else answer.gaveUp++;
    };
    const giveUp = async (listener) => {
      const dice = next(8);
      const timeoutMs = [0, 1, next(100) / 100][next(3)];
      if (dice === 0) {
        pause(timeoutMs / 20);
        listener.drop();
        return;
      }
      if (dice === 1) {
        pause(timeoutMs / 20);
        discard(listener);
        return;
      }
      try {
        if (!isAsync) {
          receive(listener.waitSync({ timeoutMs }));
          return;
        }
        const gaveUp = new AbortController();
        const wait = listener.wait(dice < 5 ? { timeoutMs } : { signal: gaveUp.signal, timeoutMs: LOST_MS });
        // Some wait already when they are dropped or discarded.
        if (dice === 5) setImmediate(() => listener.drop());
        else if (dice === 6) setImmediate(() => isWaiting(listener) && discard(listener));
        else setImmediate(() => gaveUp.abort(GAVE_UP));
        receive(await wait);
      } catch (error) {
        if (error !== GAVE_UP && !["ERR_SHMOL_TIMEOUT", "ERR_SHMOL_DROPPED"].includes(error.code)) throw error;
        answer.gaveUp++;
      }
    };
    return async () => {
      const deadline = Date.now() + 2 * LOST_MS;
      while (Atomics.load(totals, RECEIVED) < total) {
        if (Date.now() > deadline) throw new Error(`${totals[RECEIVED]} of ${total} numbers were received`);
        await Promise.all(Array.from({ length: isAsync ? 4 : 1 }, () => giveUp(event.listen())));
      }
      event.drop();
      return answer;
    };
  },

  /** Receives what others give up: `seats` listeners that never do. Answers as `receiveOrGiveUp`. */
  receive({ token, seen, totals, total, seats }) {
    const event = open(token);
    let received = 0;
    async function sit() {
      let listener = event.listen();
      const gaveUp = new AbortController();
      stops.push(gaveUp);
      while (!isThrough()) {
        const wait = listener.wait({ signal: gaveUp.signal });
        try {
          const number = await wait;
          // Sits down again before it says so: there is always somebody to pass a number on to.
          listener = event.listen();
          Atomics.add(seen, number, 1);
          received++;
          Atomics.add(totals, RECEIVED, 1);
        } catch (error) {
          if (error !== GAVE_UP) throw error;
          return;
        }
      }
      listener.drop();
    }
    const stops = [];
    const isThrough = () => Atomics.load(totals, RECEIVED) >= total;
    const sitting = Array.from({ length: seats }, sit);
    return async () => {
      const deadline = Date.now() + 3 * LOST_MS;
      while (!isThrough() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const stop of stops) stop.abort(GAVE_UP);
      await Promise.all(sitting);
      event.drop();
      return { received, discarded: 0, gaveUp: 0 };
    };
  },

  /** Notifies `count` listeners one by one, then says so in `done`. */
  notifySome({ token, done, count }) {
    const event = open(token);
    return () => {
      let notified = 0;
      while (notified < count && event.notifyAdditional() === 1) notified++;
      Atomics.store(done, 0, 1);
      Atomics.notify(done, 0);
      event.drop();
      return notified;
    };
  },

  /** Notifies everybody, then says so in `done`. */
  notifyAll({ token, done }) {
    const event = open(token);
    return () => {
      const notified = event.notify(Infinity);
      Atomics.store(done, 0, 1);
      Atomics.notify(done, 0);
      event.drop();
      return notified;
    };
  },

  /** Notifies those who listen one at a time, until `count` were notified. */
  notifyEach({ token, count }) {
    const event = open(token);
    return () => {
      let notified = 0;
      const deadline = Date.now() + LOST_MS;
      while (notified < count && Date.now() < deadline) notified += event.notifyAdditional();
      event.drop();
      return notified;
    };
  },

  /** Listens and waits, `seats` listeners at a time, until `stop` is set; answers how often it was woken. */
  listenUntil({ token, stop, seats, isAsync }) {
    const event = open(token);
    let woken = 0;
    async function sit() {
      while (Atomics.load(stop, 0) === 0) {
        const listener = event.listen();
        if (Atomics.load(stop, 0) !== 0) {
          listener.drop();
          return;
        }
        if (isAsync) await listener.wait();
        else listener.waitSync();
        woken++;
      }
    }
    return async () => {
      await Promise.all(Array.from({ length: isAsync ? seats : 1 }, sit));
      event.drop();
      return woken;
    };
  },

  /** Sits down and stays: one awaited listener, which never hears of anything, since the thread blocks for another. */
  sitForEver({ token }) {
    const event = open(token);
    return () => {
      event.listen().wait();
      const blocking = event.listen();
      parentPort.postMessage("sits");
      blocking.waitSync();
    };
  },

  /** Notifies for ever; says when it begins. */
  notifyForEver({ token, seed }) {
    const event = open(token);
    const next = random(seed);
    return () => {
      parentPort.postMessage("notifying");
      for (;;) {
        event.notify(1 + next(4), { additional: next(2) === 0 });
        for (let i = next(500); i > 0; i--) next(2);
      }
    };
  },
});
