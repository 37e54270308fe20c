/**
 * The stress run of locks: real threads contend, give up, and are killed inside and while they wait. What they do is in lock.worker.ts.
 * This says what must be true in the end.
 *
 *   bytes of the lock   | count : 32 | inside : 32 |      rounds, and the seat that is inside
 *
 * Everything that a dead holder leaves half done is repaired by the next one, which is told by a `PoisonedError`: `repaired` below. Nothing
 * else knows of the death.
 */
import { Mutex, type MutexGuard, type MutexToken, PoisonedError } from "../../index.js";
import type { Board } from "./board.js";
import { LEAST_ROUNDS, type Manner } from "./events.js";
import { type CommonOptions, count, ENDLESS, integer, type Values } from "./options.js";
import type { Scenario, Suite } from "./scenario.js";
import { type Bytes, shared } from "./shared.js";

export const COUNT = 0;
export const INSIDE = 1;
const BYTES = 8;

export interface LockOrders {
  readonly mutex: MutexToken<Bytes>;
  readonly rounds: number;
}

const COUNTS = "rounds repaired tried timedOut aborted dropped".split(" ");
const MANNERS: readonly Manner[] = ["sync", "async", "mixed"];
const DEFAULT_ROUNDS = 100_000;
const MAX_ROUNDS = 1_000_000_000;

/**
 * Sees to what a holder has left that died inside, for the next one, and for the main thread. The dead one may have counted a round and
 * not have noted that.
 */
export function repaired(error: unknown, board: Board, seat: number): MutexGuard<Bytes> {
  if (!(error instanceof PoisonedError)) throw error;
  const guard = error.guard as MutexGuard<Bytes>;
  const words = guard.view(Int32Array);
  if (words[COUNT] === board.total("rounds") + 1) board.count(seat, "rounds");
  words[INSIDE] = 0;
  guard.clearPoison();
  board.count(seat, "repaired");
  return guard;
}

function mutex(threads: number, rounds: number): Scenario {
  return {
    ...{ name: "mutex", module: "lock", counts: COUNTS, least: LEAST_ROUNDS },
    checks: {
      counts: "every round was counted once",
      exclusion: "no two threads were inside at once",
      waiting: "nobody has it, waits for it or starves",
    },
    sabotage: { contender: "barge miscount leak stall crash" },
    seats: () =>
      Array.from({ length: threads }, (_, i) => ({ part: "contender", manner: MANNERS[i % MANNERS.length] as Manner })),
    setUp({ heap, board, verdict }) {
      const lock = Mutex.create(BYTES, { heap });
      return {
        subjects: [lock],
        orders: { mutex: lock.share(), rounds } satisfies LockOrders,
        verify() {
          const { holder, waiting, starved } = lock.stats();
          const isQuiet = holder === undefined && waiting === 0 && starved === 0;
          verdict("waiting", isQuiet, `thread ${holder} has it, ${waiting} wait, ${starved} starve`);
          let guard: MutexGuard<Bytes> | undefined;
          try {
            guard = lock.tryLock();
          } catch (error) {
            guard = repaired(error, board, 0);
          }
          const [rounds, counted] = [board.total("rounds"), guard?.view(Int32Array)[COUNT]];
          guard?.unlock();
          verdict("counts", rounds === counted, `${rounds} rounds, counted ${counted} without atomics`);
        },
        situation() {
          const { holder, isPoisoned, waiting, starved } = lock.stats();
          const who = holder === undefined ? "nobody" : `the thread with threadId ${holder}`;
          return `the mutex is held by ${who}; ${waiting} wait, ${starved} of them starve${isPoisoned ? "; it is poisoned" : ""}`;
        },
      };
    },
  };
}

const options = {
  threads: integer("threads that contend", [2, 64], 4),
  rounds: count("rounds of the run (default 100k)", [1, MAX_ROUNDS], undefined),
};
type Options = Values<typeof options> & CommonOptions;

export const lock: Suite<typeof options> = {
  name: "lock",
  about: "contend for locks on many threads at once",
  help: `Threads contend for a mutex. Some block, some await, some do both. At random they only try, give up after a moment, are aborted,
or drop their handle while they wait. A counter inside the mutex is raised without atomics, and must be exact. Two threads must never be
inside at once, and in the end no call may wait. When nothing moves, the run says which thread holds the mutex. Killed holders poison
it, and the next holder repairs the counter. Then they share a readers-writer lock and a semaphore. What one thread writes no other one may
see half done, and in the end all permits must be back, whichever threads were killed with some.

Examples:
  $ shmol stress lock
  $ shmol stress lock --threads 8 --rounds 10M
  $ shmol stress lock --kills 100 --kill 20 --checked`,
  options,
  misfits: () => ({}),
  scenarios({ threads, rounds, duration, kills }: Options) {
    const isLimited = duration !== ENDLESS || kills !== ENDLESS;
    // Those that share sleep more often while they have something.
    const all = rounds ?? (isLimited ? MAX_ROUNDS : DEFAULT_ROUNDS);
    return [mutex(threads, all), shared(threads, Math.ceil(all / 10))];
  },
};
