/** Whatever structured cloning takes: Map, Set, Date, BigInt, Error, cycles, typed arrays. Written by V8's own serializer. */
import { TypeMismatchError } from "../../heap/errors.js";
import { describe } from "../../heap/token.js";
import { type Codec, refused } from "../codec.js";
import { PayloadType } from "../payload.js";
import type { Anything } from "./text.js";

type V8 = typeof import("node:v8");

// Not `serialize` and `deserialize` themselves: these write typed arrays in a way of their own, which loses that two of them
// share a buffer, and read them as views of what they were given.
const v8 = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:v8") as V8 | undefined;

function needed(): V8 {
  if (v8 === undefined) throw new TypeMismatchError("the type clone needs Node's v8 module, which this host lacks");
  return v8;
}

class CloneType extends PayloadType<Anything> {
  constructor() {
    super("clone");
    Object.freeze(this);
  }

  encode(value: Anything): Uint8Array {
    if (value === undefined) throw refused(this.name, value);
    const serializer = new (needed().Serializer)();
    serializer.writeHeader();
    try {
      serializer.writeValue(value);
    } catch (cause) {
      if (!isCloneError(cause)) throw cause;
      throw new TypeMismatchError(`clone value cannot be cloned: ${describe(value)}: ${cause.message}`, { cause });
    }
    return serializer.releaseBuffer();
  }

  decode(bytes: Uint8Array<ArrayBuffer>): Anything {
    const deserializer = new (needed().Deserializer)(bytes);
    deserializer.readHeader();
    return deserializer.readValue();
  }
}

/** V8 says what it cannot clone in a plain Error; what a getter throws is the getter's affair. */
function isCloneError(error: unknown): error is Error {
  return error instanceof Error && /could not be cloned|cloning/.test(error.message);
}

/**
 * What structured cloning takes. Nothing can be transferred, and a SharedArrayBuffer does not go.
 *
 * @example
 * ```js
 * import { clone, ConcurrentQueue } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(clone);
 * queue.push(new Map([["when", new Date(0)]]));
 * console.log(queue.pop().get("when").getUTCFullYear()); // 1970
 * ```
 */
export const clone: Codec<Anything> = new CloneType();
