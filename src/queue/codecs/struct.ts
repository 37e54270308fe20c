/**
 * Records of numbers, laid out as C would: each field on a multiple of its size, in the order of their declaration.
 *
 *   struct({ id: u32, at: struct({ x: f64, y: f64 }), ok: bool })
 *
 *   0  id : 4 | - : 4 | 8  at.x : 8 | 16  at.y : 8 | 24  ok : 1 | - : 7 |        32 bytes
 */
import { TypeMismatchError } from "../../heap/errors.js";
import { inspectAs } from "../../heap/handle.js";
import { describe } from "../../heap/token.js";
import type { FixedCodec } from "../codec.js";
import { HEAD, overdue, PayloadType, type Room } from "../payload.js";
import { type Views, viewsOf } from "../views.js";
import { NumberType, readNumber } from "./numbers.js";
import { type Access, accessOf, type Field } from "./record.js";

/** A record's fields by name; see {@link struct}. */
export interface Fields {
  readonly [name: string]: FixedCodec<unknown>;
}

/** The record that such fields make; see {@link struct}. */
export type Struct<F extends Fields> = { -readonly [K in keyof F]: F[K] extends FixedCodec<infer T> ? T : never };

/** Where a lent view reads from; `end` is called when it is no longer lent. */
interface Lease {
  readonly views: Views;
  ended: boolean;
}

export class StructType<T> extends PayloadType<T> implements FixedCodec<T> {
  readonly byteLength: number;
  /** The largest of its fields'. */
  readonly align: number;
  readonly fields: readonly Field[];
  readonly #access: Access;
  readonly #View: new (
    lease: Lease,
    at: number,
  ) => object;

  constructor(fields: Fields) {
    const described = Object.entries(fields).map(([key, type]) => [key, checkField(key, type)] as const);
    super(`struct${JSON.stringify(Object.fromEntries(described.map(([key, { name }]) => [key, name])))}`);
    let end = 0;
    let align = 1;
    this.fields = described.map(([key, type]) => {
      const own = type instanceof StructType ? type.align : type.byteLength;
      const at = Math.ceil(end / own) * own;
      end = at + type.byteLength;
      align = Math.max(align, own);
      return { key, at, type: type instanceof StructType ? moved(type.fields, at) : type };
    });
    this.align = align;
    this.byteLength = Math.ceil(end / align) * align;
    this.#access = accessOf({ name: this.name, fields: this.fields, size: this.byteLength }, struct.compiles);
    this.#View = viewClass(this.fields);
    Object.freeze(this);
  }

  encode(value: T): Uint8Array {
    const views = viewsOf(new ArrayBuffer(Math.ceil(this.byteLength / 8) * 8));
    this.#access.write({ views, allocate: () => -HEAD }, 0, value);
    return views.u8.subarray(0, this.byteLength);
  }

  decode(bytes: Uint8Array<ArrayBuffer>): T {
    const views = viewsOf(new ArrayBuffer(Math.ceil(this.byteLength / 8) * 8));
    views.u8.set(bytes.subarray(0, this.byteLength));
    return this.#access.read(views, 0) as T;
  }

  override put(room: Room, value: T, cell: number): number {
    return this.#access.write(room, cell, value);
  }

  protected override get(room: Room, block: number): T {
    return this.#access.read(room.views, room.dataOf(block)) as T;
  }

  override lend<R>(room: Room, block: number, cell: number, look: (value: T) => R): R {
    const lease = { views: room.views, ended: false };
    try {
      return look(new this.#View(lease, room.dataOf(block)) as T);
    } finally {
      lease.ended = true;
      room.free(block, cell);
    }
  }
}

/** Fields of a record that lies `by` bytes from the start of another one. */
function moved(fields: readonly Field[], by: number): readonly Field[] {
  return fields.map(({ key, at, type }) => {
    return { key, at: at + by, type: type instanceof NumberType ? type : moved(type, by) };
  });
}

function checkField(key: string, type: unknown): NumberType<unknown> | StructType<unknown> {
  if (type instanceof NumberType || type instanceof StructType) return type;
  throw new TypeMismatchError(
    `a struct's fields are numbers, bools and structs: ${JSON.stringify(key)} is ${describe(type)}`,
  );
}

/** A class whose objects read the fields where they lie, while their lease lasts. */
function viewClass(fields: readonly Field[]): new (lease: Lease, start: number) => object {
  class View {
    readonly #lease: Lease;
    readonly #start: number;

    constructor(lease: Lease, start: number) {
      this.#lease = lease;
      this.#start = start;
    }

    /** For those who only look: the fields, which are on the prototype. */
    toJSON(): object {
      return Object.fromEntries(fields.map(({ key }) => [key, this[key as keyof this]]));
    }

    static {
      inspectAs(View.prototype, "struct");
      for (const { key, type, at } of fields) {
        const Inner = type instanceof NumberType ? undefined : viewClass(type);
        const get = function (this: View): unknown {
          const lease = this.#lease;
          if (lease.ended) overdue();
          if (Inner !== undefined) return new Inner(lease, this.#start);
          return readNumber(lease.views, (type as NumberType<unknown>).lane, this.#start + at);
        };
        Object.defineProperty(View.prototype, key, { get, enumerable: true });
      }
    }
  }
  return View;
}

/**
 * Records of numbers, bools and other such records: `struct({ x: f64, id: u32 })`. Properties that are not among the fields
 * stay behind. `popWith` shows the record where it lies. `struct({})` is the type of the empty record, for messages that say
 * nothing but that they came.
 *
 * Records are written by code that is made for them, where the host allows that. A page whose security policy does not allow it
 * reports the one attempt; `struct.compiles = false`, before the first struct, keeps the library from trying on this thread.
 *
 * @throws {TypeMismatchError} a field is of another type.
 *
 * @example
 * ```js
 * import { ConcurrentQueue, f64, struct, u32 } from "shmol";
 *
 * const sample = struct({ id: u32, at: struct({ x: f64, y: f64 }) });
 * const queue = ConcurrentQueue.unbounded(sample);
 * queue.push({ id: 7, at: { x: 0.5, y: 1 } });
 * console.log(sample.byteLength, queue.popWith(({ at }) => at.y)); // 24 1
 * ```
 */
export function struct<F extends Fields>(fields: F): FixedCodec<Struct<F>> {
  if (typeof fields !== "object" || fields === null) {
    throw new TypeMismatchError(`a struct is made of its fields: ${describe(fields)}`);
  }
  return new StructType<Struct<F>>(fields);
}
/** Whether structs that are made from now on may be read and written by code made from text (`new Function`). */
struct.compiles = true;
