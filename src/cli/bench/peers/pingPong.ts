/**
 * One thread serves a ball, another one returns it. An item is a ball that went there and back. The ball is a number in shared
 * memory, or in the message. The thread that returns it adds the numbers up, and the thread that served it expects the same
 * number back. So a wake-up that comes too early, or for nothing, is found.
 *
 * With a pause each thread is busy for that time before it returns the ball. The other one spins without success and then sleeps,
 * in every contender alike.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type EventToken, Heap, SharedEvent } from "../../../index.js";
import type { Sum, Work } from "../roles.js";
import type { Peer } from "./peer.js";

/** Where the ball lies, in words: on lines of their own. */
export const THERE = 0;
export const BACK = 32;
const WORDS = 64;

/** Longer than a thread spins before it sleeps, in microseconds. So a thread that waits for one with such a pause is asleep. */
export const PAUSE_US = 60;

type Wait = "sync" | "async";
type Token = EventToken<void>;

interface Court {
  readonly there: Token;
  readonly back: Token;
  readonly ball: Int32Array;
}

export const newBall = () => new Int32Array(new SharedArrayBuffer(4 * WORDS));

/** Keeps this thread busy. */
export function pause(us: number) {
  if (us === 0) return;
  for (const until = performance.now() + us / 1000; performance.now() < until; );
}

function check(sent: number, returned: number) {
  if (sent !== returned) throw new Error(`ball ${sent} was served, and ${returned} came back`);
}

/**
 * Two events of ours, one for each direction. A thread listens for the next ball before it returns this one, so it need not look in
 * between.
 * @param server how the thread that serves waits
 */
export const events = (server: Wait, returner: Wait, pauseUs: number = 0): Peer => ({
  create({ alignment }) {
    const heap = Heap.create({ alignment });
    const token = () => SharedEvent.create({ heap }).share({ opens: 2 });
    const court = { there: token(), back: token(), ball: newBall() };
    return { producer: court, consumer: court };
  },
  join({ there, back, ball }: Court, role) {
    const [to, from] = [SharedEvent.open(there), SharedEvent.open(back)];
    if (role === "producer") return { sync: serve, async: serveAsync }[server](to, from, ball, pauseUs);
    return { sync: giveBack, async: giveBackAsync }[returner](to, from, ball, pauseUs);
  },
});

function serve(there: SharedEvent, back: SharedEvent, ball: Int32Array, pauseUs: number): Work {
  return ({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const listener = back.listen();
      pause(pauseUs);
      Atomics.store(ball, THERE, n);
      there.notify();
      listener.waitSync();
      check(n, Atomics.load(ball, BACK));
    }
    return { count: 0, sum: 0 };
  };
}

function serveAsync(there: SharedEvent, back: SharedEvent, ball: Int32Array, pauseUs: number): Work {
  return async ({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const listener = back.listen();
      pause(pauseUs);
      Atomics.store(ball, THERE, n);
      there.notify();
      await listener.wait();
      check(n, Atomics.load(ball, BACK));
    }
    return { count: 0, sum: 0 };
  };
}

/** Listens from the start, and between repetitions. */
function giveBack(there: SharedEvent, back: SharedEvent, ball: Int32Array, pauseUs: number): Work {
  let listener = there.listen();
  return ({ count }) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      listener.waitSync();
      const n = Atomics.load(ball, THERE);
      sum = (sum + n) | 0;
      listener = there.listen();
      pause(pauseUs);
      Atomics.store(ball, BACK, n);
      back.notify();
    }
    return { count, sum };
  };
}

function giveBackAsync(there: SharedEvent, back: SharedEvent, ball: Int32Array, pauseUs: number): Work {
  let listener = there.listen();
  return async ({ count }) => {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      await listener.wait();
      const n = Atomics.load(ball, THERE);
      sum = (sum + n) | 0;
      listener = there.listen();
      pause(pauseUs);
      Atomics.store(ball, BACK, n);
      back.notify();
    }
    return { count, sum };
  };
}

/** Messages from worker to worker. */
export const port = (pauseUs: number = 0): Peer => ({
  create() {
    const { port1, port2 } = new MessageChannel();
    return { producer: port1, consumer: port2 };
  },
  join(end: MessagePort, role) {
    return ({ first, count }) =>
      new Promise((resolve) => {
        let sum = 0;
        let done = 0;
        const play = (n: number) => {
          pause(pauseUs);
          end.postMessage(n);
        };
        const finish = (result: Sum) => {
          end.off("message", arrived);
          resolve(result);
        };
        const arrived = (n: number) => {
          if (role === "producer") {
            check(first + done, n);
            if (++done === count) finish({ count: 0, sum: 0 });
            else play(first + done);
          } else {
            sum = (sum + n) | 0;
            play(n);
            if (++done === count) finish({ count, sum });
          }
        };
        end.on("message", arrived);
        if (role === "producer") play(first);
      });
  },
});
