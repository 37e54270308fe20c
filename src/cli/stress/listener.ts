/**
 * The stress run of the event: real threads wait for each other through it, and no thread may wait in vain.
 *
 *   ping-pong   a turn that two threads hand back and forth, and how long that takes      (pingPong.ts)
 *   mutex       a lock that many threads want, with time-outs, signals, drops, kills      (mutex.ts)
 *   crowd       a thousand awaited listeners on one thread                                (crowd.ts)
 *
 * Each is a scenario, on a heap, with events and with threads of its own, one after the other.
 */
import { crowd } from "./crowd.js";
import { mutex } from "./mutex.js";
import { type CommonOptions, count, ENDLESS, integer, oneOf, type Values } from "./options.js";
import { PAIRINGS, pingPong } from "./pingPong.js";
import type { Suite } from "./scenario.js";

/** Of a mode that is chosen, and in the short form of all modes. */
const DEFAULT_ROUNDS = { "ping-pong": 10_000, mutex: 200_000, crowd: 200 };
const SHORT_ROUNDS = { "ping-pong": 2_000, mutex: 20_000, crowd: 50 };
/** The lock's counter is a word, and so is the turn, which counts two for a round. */
const MAX_ROUNDS = 1_000_000_000;

const options = {
  mode: oneOf("what to do with events, see below", ["all", "ping-pong", "mutex", "crowd"], "all"),
  threads: integer("threads that contend for the lock, with --mode mutex (default 4)", [2, 64], undefined),
  listeners: count("listeners of the crowd, with --mode crowd (default 1000)", [1, 100_000], undefined),
  rounds: count("rounds of each run (default 10k ping-pong, 200k mutex, 200 crowd)", [1, MAX_ROUNDS], undefined),
};
type Options = Values<typeof options> & CommonOptions;

/** Options that need a mode to make sense. */
function misfits({ mode }: Options) {
  const unless = (modes: string, why: string) => !modes.split(" ").includes(mode) && `mode ${mode} ${why}`;
  return {
    threads: unless("all mutex", "has exactly 2: leave it out, or choose mode mutex"),
    listeners: unless("all crowd", "has no crowd: leave it out, or choose mode crowd"),
    rounds: unless("ping-pong mutex crowd", "has rounds of three kinds: choose mode ping-pong, mutex or crowd"),
    kill: unless("mutex", "kills nobody: choose mode mutex"),
    kills: unless("mutex", "kills nobody: choose mode mutex"),
  };
}

export const listener: Suite<typeof options> = {
  name: "listener",
  about: "block and await on many threads at once",
  help: `Modes:
  ping-pong   Two threads hand a turn back and forth: both block, one awaits, both await. Every turn must come in its order;
              the latency of round trips is reported. A round is a round trip.
  mutex       Threads contend for a lock: look, listen, look again, wait. Some block, some await, some do both. At random,
              listeners are dropped, discarded, aborted or out of time. A counter inside the lock is raised without
              atomics, and must be exact. Two threads must never be inside at once, and no wake-up may get lost. Threads
              can be killed in this mode only.
  crowd       One thread awaits a thousand listeners, and another one notifies them. They must be settled in their order,
              with few wake-ups. A round is over when all of them were settled.
  all         A short form of each.

Each run has an equal part of the duration.

Examples:
  $ shmol stress listener                                     a short form of all
  $ shmol stress listener --mode mutex --threads 8 --rounds 10M
  $ shmol stress listener --mode mutex --kills 100 --kill 20 --checked
  $ shmol stress listener --mode crowd --listeners 10000 --duration 10
  $ shmol stress listener --mode ping-pong --json | jq '.trials[] | {scenario, latency}'`,
  options,
  misfits,
  scenarios({ mode, threads = 4, listeners = 1000, rounds, duration, kills }) {
    const isLimited = duration !== ENDLESS || kills !== ENDLESS;
    const usual = mode === "all" ? SHORT_ROUNDS : DEFAULT_ROUNDS;
    const roundsOf = (which: keyof typeof usual) => rounds ?? (isLimited ? MAX_ROUNDS : usual[which]);
    const all = {
      "ping-pong": PAIRINGS.map((pairing) => pingPong(pairing, roundsOf("ping-pong"))),
      mutex: [mutex(threads, roundsOf("mutex"))],
      crowd: [crowd(listeners, roundsOf("crowd"))],
    };
    return mode === "all" ? Object.values(all).flat() : all[mode];
  },
};
