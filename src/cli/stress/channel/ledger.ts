/**
 * The ledger: what the workers of a run say, in a SharedArrayBuffer of its own. Nothing in it comes from the heap under
 * test, so it stays true whatever becomes of that.
 *
 *   words      | step | done | next message | limit |
 *   seat       | begun : 1, left : 2 | messages | given up | disorders |                          one for each, senders first
 *   messages   | sender : 6, fate : 2 | for each         | times received | for each
 *
 * A message is its number: senders draw them from one counter, so those of one sender rise.
 */

// Words.
const STEP = 0;
const DONE = 1;
const NEXT = 2;
const LIMIT = 3;
const SEATS = 4;

// Words of a seat.
const BEGUN = 0;
export const MESSAGES = 1;
export const GIVEN_UP = 2;
export const DISORDERS = 3;
const SEAT = 4;

/** What is known of a message, beside nothing (0: nobody drew it): it was to be sent; it was sent; it was not. */
export const DRAWN = 1;
export const SENT = 2;
export const REFUSED = 3;
const FATE_BITS = 2;

export class Ledger {
  readonly buffer: SharedArrayBuffer;
  readonly seats: number;
  readonly #words: Int32Array;
  readonly #fates: Uint8Array;
  readonly #received: Uint8Array;

  constructor(seats: number, messages: number, buffer?: SharedArrayBuffer) {
    const words = SEATS + SEAT * seats;
    this.buffer = buffer ?? new SharedArrayBuffer(4 * words + 2 * messages);
    this.seats = seats;
    this.#words = new Int32Array(this.buffer, 0, words);
    this.#fates = new Uint8Array(this.buffer, 4 * words, messages);
    this.#received = new Uint8Array(this.buffer, 4 * words + messages, messages);
    if (buffer === undefined) this.#words[LIMIT] = messages;
  }

  begin(): void {
    Atomics.store(this.#words, STEP, 1);
    Atomics.notify(this.#words, STEP);
  }

  /** A worker stands at the start, until all are let go. */
  awaitBeginning(seat: number): void {
    Atomics.store(this.#words, at(seat, BEGUN), 1);
    while (Atomics.load(this.#words, STEP) === 0) Atomics.wait(this.#words, STEP, 0, 1000);
  }

  hasBegun(seat: number): boolean {
    return Atomics.load(this.#words, at(seat, BEGUN)) > 0;
  }

  /** A worker is done, and its handle dropped. */
  leave(seat: number): void {
    Atomics.store(this.#words, at(seat, BEGUN), 2);
  }

  hasLeft(seat: number): boolean {
    return Atomics.load(this.#words, at(seat, BEGUN)) === 2;
  }

  vacate(seat: number): void {
    Atomics.store(this.#words, at(seat, BEGUN), 0);
  }

  /** Nobody draws messages any more. */
  finish(): void {
    Atomics.store(this.#words, DONE, 1);
  }

  /** The next message, for this seat to send; undefined: there is none. */
  draw(seat: number): number | undefined {
    if (Atomics.load(this.#words, DONE) === 1) return undefined;
    const message = Atomics.add(this.#words, NEXT, 1);
    if (message >= (this.#words[LIMIT] as number)) return undefined;
    this.#fates[message] = (seat << FATE_BITS) | DRAWN;
    return message;
  }

  /** Messages that were drawn. */
  get drawn(): number {
    return Math.min(Atomics.load(this.#words, NEXT), this.#words[LIMIT] as number);
  }

  decide(seat: number, message: number, fate: typeof SENT | typeof REFUSED): void {
    this.#fates[message] = (seat << FATE_BITS) | fate;
    this.count(seat, fate === SENT ? MESSAGES : GIVEN_UP);
  }

  fateOf(message: number): number {
    return (this.#fates[message] as number) & (2 ** FATE_BITS - 1);
  }

  senderOf(message: number): number {
    return (this.#fates[message] as number) >> FATE_BITS;
  }

  receive(seat: number, message: number): void {
    Atomics.add(this.#received, message, 1);
    this.count(seat, MESSAGES);
  }

  timesReceived(message: number): number {
    return this.#received[message] as number;
  }

  count(seat: number, word: number, by = 1): void {
    Atomics.add(this.#words, at(seat, word), by);
  }

  of(seat: number, word: number): number {
    return Atomics.load(this.#words, at(seat, word));
  }

  total(word: number, from = 0, to = this.seats): number {
    let sum = 0;
    for (let seat = from; seat < to; seat++) sum += this.of(seat, word);
    return sum;
  }

  /** A number that changes whenever a message is sent or received, or a worker begins. To give up is not to move. */
  motion(): number {
    return this.total(MESSAGES) + this.total(BEGUN) + Atomics.load(this.#words, STEP);
  }
}

function at(seat: number, word: number): number {
  return SEATS + SEAT * seat + word;
}
