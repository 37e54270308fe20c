// @ts-check
/**
 * The unbounded queue of src/queue/kernel/unbounded.ts once more, in JavaScript: why there is a kernel.
 *
 *   cell       head | tail, each | index | block |         block   next | written | read | 31 slots of 4 bytes
 *   position   0 ... 30 | 31 | 32 ... 62 | 63 | ...        31, 63, ...: the hole, the next block is being installed
 *
 * It is meant to win where it can. JavaScript has atomics of 32 bits (those of 64 bits allocate a BigInt each), so:
 *
 *   - An index has 32 bits, a bitmap 31: blocks are half as long as the kernel's. (An index wraps after 2^32 items. The
 *     kernel's never does; here a thread would have to sleep through exactly that many.)
 *   - No room for the tag of a tagged free list. Instead the list is only ever taken as a whole, by one exchange, which
 *     needs none: the taker keeps the rest for its next blocks. That is cheaper than the kernel's list, too.
 *   - Slots hold 32-bit integers, the queue cannot be closed, a block that the memory has no room for throws late.
 *   - An `Atomics` call costs 5-10 ns and a plain access 0.5, so whatever an atomic access before it orders is plain: the
 *     block after its index, slots after their bit, and a new block's words, which nobody sees before `next` names it. What a
 *     plain read finds in a recycled block is thrown away, since the compare-and-swap on the index then fails.
 *
 * Cells lie 128 bytes apart like the kernel's, as far as JavaScript can tell: a SharedArrayBuffer starts where it likes.
 */

/** All in words of 4 bytes. */
const UNIT = 32;
const HEAD = UNIT;
const TAIL = 2 * UNIT;
const FREE = 3 * UNIT;
const BUMP = 4 * UNIT;
const FIRST_BLOCK = 5 * UNIT;

/** In a cell, the block beside the index. */
const BLOCK = 1;

const SLOTS = 31;
const LAP_MASK = 31;
const HOLE = 31;
/** A bitmap with every slot's bit. */
const ALL = 0x7fffffff;

/** In a block. Word 0 is `next`, which is also the link of the free list. */
const WRITTEN = UNIT;
const READ = 2 * UNIT;
const FIRST_SLOT = 3 * UNIT;
const BLOCK_WORDS = 4 * UNIT;

/** Failed attempts double the wait up to this power of two. */
const SPIN_LIMIT = 6;

export class AtomicsQueue {
  #words;
  /** Blocks that this thread took off the free list and has not used yet, linked by `next`. */
  #spare = 0;

  /** @param {SharedArrayBuffer} buffer */
  constructor(buffer) {
    this.#words = new Int32Array(buffer);
  }

  /** @param {number} bytes An empty queue in a new memory of that many bytes. */
  static create(bytes) {
    const buffer = new SharedArrayBuffer(bytes);
    const words = new Int32Array(buffer);
    words[BUMP] = FIRST_BLOCK;
    const block = new AtomicsQueue(buffer).#newBlock();
    words[HEAD + BLOCK] = block;
    words[TAIL + BLOCK] = block;
    return buffer;
  }

  /** @param {number} value */
  push(value) {
    const words = this.#words;
    let next = 0;
    for (let step = 0; ; step = this.#backOff(step)) {
      const index = Atomics.load(words, TAIL);
      const block = this.#at(TAIL + BLOCK);
      const offset = index & LAP_MASK;
      if (offset === HOLE) continue;
      if (offset === SLOTS - 1 && next === 0) next = this.#newBlock();
      if (Atomics.compareExchange(words, TAIL, index, (index + 1) | 0) !== index) continue;
      words[block + FIRST_SLOT + offset] = value;
      if (offset === SLOTS - 1) {
        this.#install(block, next);
        next = 0;
      }
      Atomics.or(words, block + WRITTEN, 1 << offset);
      if (next !== 0) this.#keep(next);
      return true;
    }
  }

  /** @returns {number | undefined} */
  pop() {
    const words = this.#words;
    for (let step = 0; ; step = this.#backOff(step)) {
      const index = Atomics.load(words, HEAD);
      const block = this.#at(HEAD + BLOCK);
      const offset = index & LAP_MASK;
      if (offset === HOLE) continue;
      const bit = 1 << offset;
      if ((Atomics.load(words, block + WRITTEN) & bit) === 0) {
        if (this.#isEmpty(index)) return undefined;
        continue;
      }
      let next = 0;
      if (offset === SLOTS - 1) {
        next = Atomics.load(words, block);
        if (next === 0) continue;
      }
      if (Atomics.compareExchange(words, HEAD, index, (index + 1) | 0) !== index) continue;
      if (next !== 0) this.#advance(next);
      const value = this.#at(block + FIRST_SLOT + offset);
      if ((Atomics.or(words, block + READ, bit) | bit) === ALL) this.#free(block);
      return value;
    }
  }

  /** @param {Int32Array} values */
  pushMany(values) {
    const words = this.#words;
    const { length } = values;
    let next = 0;
    let done = 0;
    for (let step = 0; done < length; step = this.#backOff(step)) {
      const index = Atomics.load(words, TAIL);
      const block = this.#at(TAIL + BLOCK);
      const offset = index & LAP_MASK;
      if (offset === HOLE) continue;
      const run = Math.min(length - done, SLOTS - offset);
      const last = offset + run === SLOTS;
      if (last && next === 0) next = this.#newBlock();
      if (Atomics.compareExchange(words, TAIL, index, (index + run) | 0) !== index) continue;
      const slot = block + FIRST_SLOT + offset;
      for (let i = 0; i < run; i++) words[slot + i] = /** @type {number} */ (values[done + i]);
      if (last) {
        this.#install(block, next);
        next = 0;
      }
      Atomics.or(words, block + WRITTEN, (ALL >>> (SLOTS - run)) << offset);
      done += run;
      step = -1;
    }
    if (next !== 0) this.#keep(next);
    return done;
  }

  /** @param {Int32Array} target */
  popInto(target) {
    const words = this.#words;
    const { length } = target;
    let done = 0;
    for (let step = 0; done < length; step = this.#backOff(step)) {
      const index = Atomics.load(words, HEAD);
      const block = this.#at(HEAD + BLOCK);
      const offset = index & LAP_MASK;
      if (offset === HOLE) continue;
      const unread = ~(Atomics.load(words, block + WRITTEN) >>> offset);
      // The lowest zero bit of what is written from `offset` on: how many are written without a gap.
      const run = Math.min(length - done, 31 - Math.clz32(unread & -unread));
      if (run === 0) {
        if (done !== 0 || this.#isEmpty(index)) break;
        continue;
      }
      let next = 0;
      if (offset + run === SLOTS) {
        next = Atomics.load(words, block);
        if (next === 0) continue;
      }
      if (Atomics.compareExchange(words, HEAD, index, (index + run) | 0) !== index) continue;
      if (next !== 0) this.#advance(next);
      const slot = block + FIRST_SLOT + offset;
      for (let i = 0; i < run; i++) target[done + i] = this.#at(slot + i);
      const bits = (ALL >>> (SLOTS - run)) << offset;
      if ((Atomics.or(words, block + READ, bits) | bits) === ALL) this.#free(block);
      done += run;
      step = -1;
    }
    return done;
  }

  /** @param {number} word A plain read. */
  #at(word) {
    return /** @type {number} */ (this.#words[word]);
  }

  /** @param {number} index Whether nobody has claimed a slot there, at a head that is not in the hole, or beyond. */
  #isEmpty(index) {
    return Atomics.load(this.#words, TAIL) === index;
  }

  /**
   * Lets the tail go on to block `next`.
   * @param {number} block
   * @param {number} next
   */
  #install(block, next) {
    const words = this.#words;
    words[TAIL + BLOCK] = next;
    // Releases the line above, too.
    Atomics.add(words, TAIL, 1);
    Atomics.store(words, block, next);
  }

  /** @param {number} next The block that the head goes on to. */
  #advance(next) {
    this.#words[HEAD + BLOCK] = next;
    Atomics.add(this.#words, HEAD, 1);
  }

  /** A block that nobody else knows, empty. */
  #newBlock() {
    const words = this.#words;
    let block = this.#spare;
    if (block === 0 && Atomics.load(words, FREE) !== 0) block = Atomics.exchange(words, FREE, 0);
    if (block === 0) {
      block = Atomics.add(words, BUMP, BLOCK_WORDS);
      if (block + BLOCK_WORDS > words.length) throw new RangeError(`no room for a block at word ${block}`);
    }
    this.#spare = this.#at(block);
    words[block] = 0;
    words[block + WRITTEN] = 0;
    words[block + READ] = 0;
    return block;
  }

  /** @param {number} block Taken back: it was not needed after all. */
  #keep(block) {
    this.#words[block] = this.#spare;
    this.#spare = block;
  }

  /** @param {number} block Put on the free list by the thread that read its last value. */
  #free(block) {
    const words = this.#words;
    for (;;) {
      const first = Atomics.load(words, FREE);
      words[block] = first;
      if (Atomics.compareExchange(words, FREE, first, block) === first) return;
    }
  }

  /** @param {number} step Waits, longer each time, and returns the next step. A batch that has just got on passes -1: no wait. */
  #backOff(step) {
    if (step < 0) return 0;
    // Reading a word that nobody writes costs a core nothing but time.
    for (let i = 1 << step; i > 0; i--) Atomics.load(this.#words, 0);
    return step < SPIN_LIMIT ? step + 1 : step;
  }
}
