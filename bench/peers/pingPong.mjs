// @ts-check
/**
 * Ping-pong with JavaScript's own `Atomics` on the ball itself: the least that two threads can do. Nothing is listened to, so only two
 * threads can play.
 */
import { BACK, newBall, pause, THERE } from "../../dist/cli/bench/peers/pingPong.js";

/** Looks before a thread that only spins lets the processor go: some hundreds of microseconds. */
const SPINS = 50_000;
const NAP_MS = 0.1;

/**
 * @param {boolean} parks whether a thread sleeps until it is notified, or spins
 * @param {number} pauseUs how long a thread is busy before it plays the ball on
 * @returns {import("../../dist/cli/bench/peers/peer.js").Peer}
 */
export const atomics = (parks, pauseUs = 0) => ({
  create() {
    const ball = newBall();
    return { producer: ball, consumer: ball };
  },
  join(end, role) {
    const ball = /** @type {Int32Array} */ (end);
    const wait = parks ? sleepUntil : spinUntil;
    /** @param {number} word @param {number} value */
    const play = (word, value) => {
      pause(pauseUs);
      Atomics.store(ball, word, value);
      if (parks) Atomics.notify(ball, word, 1);
    };
    // Balls are counted from 1 here, and on from one repetition to the next: a word that has not changed means no ball.
    let played = 0;
    if (role === "producer") {
      return ({ count }) => {
        for (let i = 0; i < count; i++) {
          play(THERE, ++played);
          wait(ball, BACK, played);
        }
        return { count: 0, sum: 0 };
      };
    }
    return ({ first, count }) => {
      let sum = 0;
      const before = played + 1 - first;
      for (let i = 0; i < count; i++) {
        wait(ball, THERE, ++played);
        sum = (sum + Atomics.load(ball, THERE) - before) | 0;
        play(BACK, played);
      }
      return { count, sum };
    };
  },
});

/** @param {Int32Array} ball @param {number} word @param {number} value */
function sleepUntil(ball, word, value) {
  for (let seen = Atomics.load(ball, word); seen !== value; seen = Atomics.load(ball, word)) {
    Atomics.wait(ball, word, seen);
  }
}

/** @param {Int32Array} ball @param {number} word @param {number} value */
function spinUntil(ball, word, value) {
  for (;;) {
    for (let i = 0; i < SPINS; i++) if (Atomics.load(ball, word) === value) return;
    Atomics.wait(ball, word, value - 1, NAP_MS);
  }
}
