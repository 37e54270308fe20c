/** Bytes: copied in by `push` and out by `pop`, or looked at where they lie by `popWith`. */
import { type Codec, refused } from "../codec.js";
import { overdue, PayloadType, type Room } from "../payload.js";

/** The name of a typed array's kind, whatever realm it is of; undefined for what is none. */
const brandOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined;

class BytesType extends PayloadType<Uint8Array> {
  constructor() {
    super("bytes");
    Object.freeze(this);
  }

  encode(value: Uint8Array): Uint8Array {
    // By its brand: a Uint8Array of another realm, as test environments have, is one too.
    if (brandOf.call(value) !== "Uint8Array") throw refused(this.name, value);
    return value;
  }

  decode(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return bytes;
  }

  override lend<R>(room: Room, block: number, cell: number, look: (bytes: Uint8Array) => R): R {
    try {
      if (room.inside.checked !== undefined) return lendCopy(room.load(block), look);
      const start = room.dataOf(block);
      return look(room.views.u8.subarray(start, start + room.sizeOf(block)));
    } finally {
      room.free(block, cell);
    }
  }
}

/**
 * In a checked heap: shows bytes that can be taken away again. Afterwards they are of length 0, and whatever is asked of them
 * but an element says why.
 */
function lendCopy<R>(bytes: Uint8Array<ArrayBuffer>, look: (bytes: Uint8Array) => R): R {
  try {
    return look(bytes);
  } finally {
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    Object.setPrototypeOf(bytes, takenAway);
  }
}

/** What bytes that were taken away inherit from: everything that `Uint8Array` has, refused. */
const takenAway = new Proxy(Uint8Array.prototype, { get: overdue, has: overdue, getPrototypeOf: overdue });

/**
 * Bytes. `push` copies them into the shared memory, `pop` into a new array of their own.
 *
 * @example
 * ```js
 * import { bytes, ConcurrentQueue } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(bytes);
 * const mine = Uint8Array.of(1, 2, 3);
 * queue.push(mine);
 * mine[0] = 9; // too late to be seen
 * console.log(queue.pop()[0]); // 1
 * ```
 */
export const bytes: Codec<Uint8Array> = new BytesType();
