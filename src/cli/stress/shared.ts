/**
 * The stress run of locks that several threads may have at a time: a readers-writer lock, whose writers write the same number twice, and a
 * semaphore. Threads are killed with either. What they do is in shared.worker.ts.
 *
 *   bytes of the lock   | left : 32 | right : 32 |      equal, unless a thread is writing, or has died while it wrote
 */
import { PoisonedError, RwLock, type RwLockToken, Semaphore, type SemaphoreToken } from "../../index.js";
import type { Board } from "./board.js";
import { LEAST_ROUNDS, type Manner } from "./events.js";
import type { Scenario } from "./scenario.js";

/** What a lock protects: bytes, which a saboteur can write without a guard. */
export type Bytes = Uint8Array<SharedArrayBuffer>;
const BYTES = 8;
export const PERMITS = 3;

export interface SharedOrders {
  readonly lock: RwLockToken<Bytes>;
  readonly semaphore: SemaphoreToken;
  readonly rounds: number;
}

/** What a guard of bytes is, whatever it may do. */
export interface BytesGuard {
  readonly value: Bytes;
  view(type: Int32ArrayConstructor): Int32Array;
  clearPoison(): void;
  unlock(): void;
}

/** Clears the poison of a writer that has died. Only a writer may repair: a reader gives the lock back. Undefined: it did. */
export function seenTo(error: unknown, writes: boolean, board: Board, seat: number): BytesGuard | undefined {
  if (!(error instanceof PoisonedError)) throw error;
  const guard = error.guard as BytesGuard;
  if (!writes) {
    guard.unlock();
    return undefined;
  }
  const numbers = guard.view(Int32Array);
  numbers[1] = numbers[0] as number;
  guard.clearPoison();
  board.count(seat, "repaired");
  return guard;
}

const MANNERS: readonly Manner[] = ["async", "sync", "mixed"];

export function shared(threads: number, rounds: number): Scenario {
  return {
    ...{ name: "shared", module: "shared", least: LEAST_ROUNDS },
    counts: "rounds repaired read written acquired tried timedOut aborted".split(" "),
    checks: {
      torn: "no thread saw what another one was writing",
      permits: "all permits are back",
      waiting: "nobody has the lock, or waits",
    },
    sabotage: { sharer: "tear mint leak freeze" },
    seats: () =>
      Array.from({ length: threads }, (_, i) => ({ part: "sharer", manner: MANNERS[i % MANNERS.length] as Manner })),
    setUp({ heap, board, verdict }) {
      const lock = RwLock.create(BYTES, { heap });
      const semaphore = Semaphore.create(PERMITS, { heap });
      const situation = () => {
        const { readers, writer, upgradable, waiting } = lock.stats();
        const who = [writer, upgradable].map((id) => (id === undefined ? "nobody" : `the thread with threadId ${id}`));
        const permits = semaphore.stats();
        return (
          `${readers} read, ${who[0]} writes, ${who[1]} may upgrade, ${waiting} wait for the lock; ` +
          `${permits.available} of ${PERMITS} permits are free, ${permits.waiting} wait for some`
        );
      };
      return {
        subjects: [lock, semaphore],
        orders: { lock: lock.share(), semaphore: semaphore.share(), rounds } satisfies SharedOrders,
        verify() {
          const { readers, writer, waiting } = lock.stats();
          const permits = semaphore.stats();
          const isQuiet = readers === 0 && writer === undefined && waiting + permits.waiting === 0;
          verdict("waiting", isQuiet, situation());
          verdict("permits", permits.available === PERMITS, `${permits.available} of ${PERMITS} are free`);
          let guard: BytesGuard | undefined;
          try {
            guard = lock.tryWrite();
          } catch (error) {
            guard = seenTo(error, true, board, 0);
          }
          const [left, right] = guard?.view(Int32Array) ?? [];
          guard?.unlock();
          verdict("torn", left === right, `${left} and ${right} were left`);
        },
        situation,
      };
    },
  };
}
