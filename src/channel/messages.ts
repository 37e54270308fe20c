/**
 * The async iterator of a receiver. It takes one message at a time, when it is asked for one: that costs a pop each, where a
 * batch would cost less, but nothing is held back that another receiver could have, or that a loop that is left would lose.
 * While there are messages no event is touched.
 */
import { END, NOT_YET, type Side } from "./side.js";
import { inNextTurn, isOverdue } from "./turn.js";
import { UNLIMITED, until } from "./waiting.js";

export class Messages<T> implements AsyncIterableIterator<T> {
  readonly #side: Side<T>;
  #isOver = false;

  constructor(side: Side<T>) {
    this.#side = side;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return Promise.resolve(OVER);
    try {
      const value = this.#side.take();
      if (value === undefined) return this.#wait();
      const result: IteratorYieldResult<T> = { value, done: false };
      return isOverdue() ? inNextTurn(result) : Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The loop is left. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#isOver = true;
    return Promise.resolve(OVER);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wait(): Promise<IteratorResult<T, undefined>> {
    const side = this.#side;
    const poll = (): IteratorResult<T, undefined> | typeof NOT_YET => {
      const found = side.takeOrEnd();
      if (found === NOT_YET) return NOT_YET;
      return found === END ? OVER : { value: found, done: false };
    };
    return until({ side, event: side.recvReady, poll, timeoutMessage: "there was no message" }, UNLIMITED);
  }
}

const OVER: IteratorReturnResult<undefined> = Object.freeze({ value: undefined, done: true });
