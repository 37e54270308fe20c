/**
 * A ring buffer behind a lock, on `Atomics`: the simplest queue between threads that one would write. The lock is the second
 * mutex of Drepper's "Futexes Are Tricky", and spins a little before it sleeps.
 */

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;
const SPINS = 100;
const LARGE = 1 << 16;

/** In words of 4 bytes, 128 bytes apart. Head and tail only change under the lock, so they may share a line. */
const LOCK = 0;
const HEAD = 32;
const TAIL = 33;
const RING = 64;

export class MutexRing {
  #words;
  #capacity;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#capacity = this.#words.length - RING;
  }

  /** `capacity`: a power of two. */
  static create(capacity: number = LARGE) {
    return new SharedArrayBuffer(4 * (RING + capacity));
  }

  /** Appends a value; false: the ring is full. */
  push(value: number) {
    const words = this.#words;
    this.#lock();
    const tail = this.#at(TAIL);
    const hasRoom = ((tail - this.#at(HEAD)) | 0) < this.#capacity;
    if (hasRoom) {
      words[RING + (tail & (this.#capacity - 1))] = value;
      words[TAIL] = tail + 1;
    }
    this.#unlock();
    return hasRoom;
  }

  pop(): number | undefined {
    const words = this.#words;
    this.#lock();
    const head = this.#at(HEAD);
    const value = this.#at(TAIL) === head ? undefined : this.#at(RING + (head & (this.#capacity - 1)));
    if (value !== undefined) words[HEAD] = head + 1;
    this.#unlock();
    return value;
  }

  /** Appends as many as there is room for, under one lock. */
  pushMany(values: Int32Array) {
    const words = this.#words;
    this.#lock();
    const tail = this.#at(TAIL);
    const room = this.#capacity - ((tail - this.#at(HEAD)) | 0);
    const count = Math.min(values.length, room);
    for (let i = 0; i < count; i++) {
      words[RING + ((tail + i) & (this.#capacity - 1))] = values[i] as number;
    }
    words[TAIL] = tail + count;
    this.#unlock();
    return count;
  }

  popInto(target: Int32Array) {
    const words = this.#words;
    this.#lock();
    const head = this.#at(HEAD);
    const count = Math.min(target.length, (this.#at(TAIL) - head) | 0);
    for (let i = 0; i < count; i++) {
      target[i] = this.#at(RING + ((head + i) & (this.#capacity - 1)));
    }
    words[HEAD] = head + count;
    this.#unlock();
    return count;
  }

  #at(word: number) {
    return this.#words[word] as number;
  }

  #lock() {
    const words = this.#words;
    for (let i = 0; i < SPINS; i++) {
      if (Atomics.load(words, LOCK) === FREE && Atomics.compareExchange(words, LOCK, FREE, HELD) === FREE) return;
    }
    while (Atomics.exchange(words, LOCK, CONTENDED) !== FREE) Atomics.wait(words, LOCK, CONTENDED);
  }

  #unlock() {
    const words = this.#words;
    if (Atomics.exchange(words, LOCK, FREE) === CONTENDED) Atomics.notify(words, LOCK, 1);
  }
}
