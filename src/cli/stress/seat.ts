/**
 * A worker at its seat: what every part works with. The entry of all workers is worker.ts.
 */
import type { Heap, ObjectToken } from "../../index.js";
import { internals, osThreadId } from "../../internals.js";
import { Random } from "../random.js";
import { AT_WORK, Board, OS_THREAD, type Shape, STATE } from "./board.js";
import { Clock, type ClockParts } from "./clock.js";
import type { CommonOptions } from "./options.js";
import type { Role } from "./scenario.js";

/** What a worker is told when it starts. It travels as `workerData`. */
export interface Assignment extends Role {
  readonly module: string;
  readonly seat: number;
  /** The number of workers that had this seat before. */
  readonly incarnation: number;
  readonly options: CommonOptions;
  readonly orders: object;
  readonly board: SharedArrayBuffer;
  readonly shape: Shape;
  readonly clock: ClockParts | undefined;
  readonly sabotage: string | undefined;
}

/** What a signal is aborted with, for a worker that gives up waiting. */
export const GIVEN_UP = new Error("given up");

export function abortedSoon(when: (act: () => void) => unknown): AbortSignal {
  const controller = new AbortController();
  when(() => controller.abort(GIVEN_UP));
  return controller.signal;
}

export class Seat<O = object, Orders = object, Manner = string | undefined> {
  readonly number: number;
  readonly options: O & CommonOptions;
  readonly orders: Orders;
  readonly manner: Manner;
  readonly board: Board;
  readonly random: Random;
  /** Undefined where nothing is timed. */
  readonly clock: Clock | undefined;
  readonly #sabotage: string | undefined;
  /** Nobody ever notifies here: a place to sleep. */
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));

  constructor({ seat, manner, incarnation, shape, board, clock, options, orders, sabotage }: Assignment) {
    this.number = seat;
    this.options = options as O & CommonOptions;
    this.orders = orders as Orders;
    this.manner = manner as Manner;
    this.board = new Board(shape, board);
    // Streams of workers are numbered from 0; the killer's and the contents' are others.
    this.random = new Random(options.seed, seat - 1, incarnation);
    this.clock = clock && new Clock(clock);
    this.#sabotage = sabotage;
    this.board.set(seat, OS_THREAD, osThreadId);
  }

  get isDone(): boolean {
    return this.board.isDone;
  }

  awaitBeginning(): void {
    this.board.set(this.number, STATE, AT_WORK);
    this.board.awaitBeginning();
  }

  /** Says in words that follow its name what this worker is about to do, for a run that is stuck. */
  readonly does = (activity: string): void => this.board.does(this.number, activity);
  readonly count = (name: string, by = 1): void => this.board.count(this.number, name, by);
  readonly fault = (check: string, words: string): void => this.board.fault(this.number, check, words);

  get isSaboteur(): boolean {
    return this.#sabotage !== undefined;
  }

  readonly cheats = (how: string): boolean => this.#sabotage === how;

  /** Throws, or stops for ever, if that is what this worker is to do wrong. */
  crashOrStall(): void {
    if (this.cheats("crash")) throw new Error("sabotaged");
    while (this.cheats("stall")) this.sleep(1000);
  }

  /** Keeps one more count of an object, which no ledger has. Counts that one has are returned when their thread ends. */
  leak(object: { readonly heap: Heap; share(options: { light: true }): ObjectToken }): void {
    if (this.cheats("leak")) internals(object.heap).kernel.retain(object.share({ light: true }).control, 1, 0);
  }

  readonly sleep = (ms: number): unknown => Atomics.wait(this.#bed, 0, 0, ms);

  /** The exhausted heap may refuse a block: counts that, and lets others free some. Every other error is thrown on. */
  refused(error: unknown): void {
    if ((error as { code?: unknown }).code !== "ERR_SHMOL_OUT_OF_MEMORY") throw error;
    this.does("waiting for memory");
    this.count("refusals");
    this.sleep(1);
  }
}
