/** Bytes: copied in by `push` and out by `pop`, or looked at where they lie by `popWith`. */
import { withArticle } from "../../heap/token.js";
import { type Codec, refusedAt, refusedPart } from "../codec.js";
import { overdue, PayloadType, type Room } from "../payload.js";
import { arrayNameOf, checkAttached, isBuffer, lengthOf, viewName } from "../views.js";

class BytesType extends PayloadType<Uint8Array> {
  constructor() {
    super("bytes");
    Object.freeze(this);
  }

  encode(value: Uint8Array): Uint8Array {
    return asBytes(value);
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

/** The bytes of a value that is bytes; `path` leads to it from the one that was handed in. */
export function asBytes(value: unknown, path = ""): Uint8Array {
  // By its brand: a Uint8Array of another realm, as test environments have, is one too.
  if (arrayNameOf.call(value) === "Uint8Array") {
    if (lengthOf.call(value) === 0) checkAttached("bytes", value as Uint8Array, path);
    return value as Uint8Array;
  }
  if (typeof value !== "object" || value === null) throw refusedPart("bytes", path, value);
  const isView = ArrayBuffer.isView(value);
  if (!isView && !isBuffer(value)) throw refusedPart("bytes", path, value);
  if (isView && viewName(value) !== "DataView") {
    const what = `is of another type: ${withArticle(viewName(value))}`;
    throw refusedAt(
      "bytes",
      path,
      `${what}; for its bytes pass new Uint8Array(it.buffer, it.byteOffset, it.byteLength)`,
    );
  }
  checkAttached("bytes", value, path);
  return isView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
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
 * Bytes. `push` copies them into the shared memory, `pop` into a new array of their own. `push` takes `Uint8Array`s, Buffers,
 * `DataView`s and `ArrayBuffer`s, of any realm. In TypeScript, `unbounded<Uint8Array | ArrayBuffer>(bytes)` says so.
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
