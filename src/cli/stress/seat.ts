/**
 * A worker at its seat: what every part works with. The entry of all workers is worker.ts.
 */
import { osThreadId } from "../../internals.js";
import { Random } from "../random.js";
import { Board, LEFT, type Shape } from "./board.js";
import { Clock, type ClockParts } from "./latency.js";
import type { CommonOptions } from "./options.js";

/** What a worker is told when it starts. It travels as `workerData`. */
export interface Assignment {
  readonly module: string;
  readonly part: string;
  readonly manner: string | undefined;
  readonly seat: number;
  /** The number of workers that had this seat before. */
  readonly incarnation: number;
  readonly seed: number;
  readonly options: object;
  readonly orders: object;
  readonly board: SharedArrayBuffer;
  readonly shape: Shape;
  readonly clock: ClockParts | undefined;
  readonly sabotage: string | undefined;
}

export class Seat<O = object, Orders = object, Manner = string | undefined> {
  readonly number: number;
  readonly options: O & CommonOptions;
  readonly orders: Orders;
  readonly manner: Manner;
  readonly board: Board;
  readonly random: Random;
  readonly clock: Clock;
  readonly #sabotage: string | undefined;
  /** Nobody ever notifies here: a place to sleep. */
  readonly #bed = new Int32Array(new SharedArrayBuffer(4));

  constructor({ seat, manner, seed, incarnation, shape, board, clock, options, orders, sabotage }: Assignment) {
    this.number = seat;
    this.options = options as O & CommonOptions;
    this.orders = orders as Orders;
    this.manner = manner as Manner;
    this.board = new Board(shape, board);
    // Streams of workers are numbered from 0; the killer's and the contents' are others.
    this.random = new Random(seed, seat - 1, incarnation);
    this.clock = new Clock(clock);
    this.#sabotage = sabotage;
    this.board.runsBy(seat, osThreadId);
  }

  get isDone(): boolean {
    return this.board.isDone;
  }

  awaitBeginning(): void {
    this.board.awaitBeginning(this.number);
  }

  does(activity: number): void {
    this.board.does(this.number, activity);
  }

  count(what: number, by = 1): void {
    this.board.count(this.number, what, by);
  }

  fault(check: string, words: string): void {
    this.board.fault(this.number, check, words);
  }

  get isSaboteur(): boolean {
    return this.#sabotage !== undefined;
  }

  cheats(how: string): boolean {
    return this.#sabotage === how;
  }

  /** Throws, or stops for ever, if that is what this worker is to do wrong. */
  crashOrStall(): void {
    if (this.cheats("crash")) throw new Error("sabotaged");
    while (this.cheats("stall")) this.sleep(1000);
  }

  sleep(ms: number): void {
    Atomics.wait(this.#bed, 0, 0, ms);
  }

  /** The exhausted heap may refuse a block: counts that, and lets others free some. Every other error is thrown on. */
  refused(error: unknown, what: number): void {
    if ((error as { code?: unknown }).code !== "ERR_SHMOL_OUT_OF_MEMORY") throw error;
    this.count(what);
    this.sleep(1);
  }

  leave(): void {
    this.board.is(this.number, LEFT);
  }
}
