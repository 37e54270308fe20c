/**
 * Records of numbers, laid out as C would: each field on a multiple of its size, in the order of their declaration.
 *
 *   struct({ id: u32, at: struct({ x: f64, y: f64 }), ok: bool })
 *
 *   0  id : 4 | - : 4 | 8  at.x : 8 | 16  at.y : 8 | 24  ok : 1 | - : 7 |        32 bytes
 */
import { TypeMismatchError } from "../../arc/errors.js";
import { describe } from "../../arc/token.js";
import { type FixedCodec, refused } from "../codec.js";
import { overdue, PayloadType, type Room } from "../payload.js";
import { type Views, viewsOf } from "../views.js";
import { NumberType, readNumber, writeNumber } from "./numbers.js";

/** A record's fields by name. */
export interface Fields {
  readonly [name: string]: FixedCodec<unknown>;
}

/** The record that such fields make. */
export type Struct<F extends Fields> = { -readonly [K in keyof F]: F[K] extends FixedCodec<infer T> ? T : never };

interface Field {
  readonly key: string;
  readonly type: NumberType<unknown> | StructType<unknown>;
  /** Bytes from the start of the record. */
  readonly at: number;
}

/** What the record's values are made from, so that all of them have one shape. */
type Template = Readonly<Record<string, unknown>>;

/** Where a lent view reads from; `end` is called when it is no longer lent. */
interface Lease {
  readonly views: Views;
  ended: boolean;
}

export class StructType<T> extends PayloadType<T> implements FixedCodec<T> {
  readonly byteLength: number;
  /** The largest of its fields'. */
  readonly align: number;
  readonly #fields: readonly Field[];
  readonly #template: Template;
  readonly #View: new (
    lease: Lease,
    at: number,
  ) => object;

  constructor(fields: Fields) {
    const described = Object.entries(fields).map(([key, type]) => [key, checkField(key, type)] as const);
    super(`struct${JSON.stringify(Object.fromEntries(described.map(([key, { name }]) => [key, name])))}`);
    if (described.length === 0) throw new TypeMismatchError("a struct must have fields: 0");
    let end = 0;
    let align = 1;
    this.#fields = described.map(([key, type]) => {
      const own = type instanceof StructType ? type.align : type.byteLength;
      const at = Math.ceil(end / own) * own;
      end = at + type.byteLength;
      align = Math.max(align, own);
      return { key, type, at };
    });
    this.align = align;
    this.byteLength = Math.ceil(end / align) * align;
    this.#template = Object.fromEntries(described.map(([key]) => [key, undefined]));
    this.#View = viewClass(this.#fields);
    Object.freeze(this);
  }

  encode(value: T): Uint8Array {
    const views = viewsOf(new ArrayBuffer(Math.ceil(this.byteLength / 8) * 8));
    this.write(views, 0, value);
    return views.u8.subarray(0, this.byteLength);
  }

  decode(bytes: Uint8Array<ArrayBuffer>): T {
    const views = viewsOf(new ArrayBuffer(Math.ceil(this.byteLength / 8) * 8));
    views.u8.set(bytes.subarray(0, this.byteLength));
    return this.read(views, 0);
  }

  override put(room: Room, value: T): number {
    const block = room.allocate(this.byteLength);
    try {
      this.write(room.views, room.dataOf(block), value);
    } catch (error) {
      room.free(block);
      throw error;
    }
    return block;
  }

  protected override get(room: Room, block: number): T {
    return this.read(room.views, room.dataOf(block));
  }

  override lend<R>(room: Room, block: number, look: (value: T) => R): R {
    const lease = { views: room.views, ended: false };
    try {
      return look(this.view(lease, room.dataOf(block)) as T);
    } finally {
      lease.ended = true;
      room.free(block);
    }
  }

  view(lease: Lease, at: number): object {
    return new this.#View(lease, at);
  }

  /** Writes a record at `start`; refuses one that lacks a field or has one of another type, half-written. */
  write(views: Views, start: number, value: unknown): void {
    if (typeof value !== "object" || value === null) throw refused(this.name, value);
    for (const { key, type, at } of this.#fields) {
      const field = (value as Template)[key];
      if (type instanceof StructType) type.write(views, start + at, field);
      else writeNumber(views, type, start + at, field);
    }
  }

  read(views: Views, start: number): T {
    const record: Record<string, unknown> = { ...this.#template };
    for (const { key, type, at } of this.#fields) {
      record[key] =
        type instanceof StructType ? type.read(views, start + at) : readNumber(views, type.lane, start + at);
    }
    return record as T;
  }
}

function checkField(key: string, type: unknown): NumberType<unknown> | StructType<unknown> {
  if (type instanceof NumberType || type instanceof StructType) return type;
  throw new TypeMismatchError(
    `a struct's fields are numbers, bools and structs: ${JSON.stringify(key)} is ${describe(type)}`,
  );
}

/** A class whose objects read the fields where they lie, while their lease lasts. */
function viewClass(fields: readonly Field[]): new (lease: Lease, at: number) => object {
  class View {
    readonly #lease: Lease;
    readonly #at: number;

    constructor(lease: Lease, at: number) {
      this.#lease = lease;
      this.#at = at;
    }

    static {
      for (const { key, type, at } of fields) {
        const get = function (this: View): unknown {
          const lease = this.#lease;
          if (lease.ended) overdue();
          const start = this.#at + at;
          return type instanceof StructType ? type.view(lease, start) : readNumber(lease.views, type.lane, start);
        };
        Object.defineProperty(View.prototype, key, { get, enumerable: true });
      }
    }
  }
  return View;
}

/**
 * Records of numbers, bools and other such records: `struct({ x: f64, id: u32 })`. Properties that are not among the fields
 * stay behind. `popWith` shows the record where it lies.
 *
 * @throws {TypeMismatchError} there is no field, or one that is of another type.
 */
export function struct<F extends Fields>(fields: F): FixedCodec<Struct<F>> {
  if (typeof fields !== "object" || fields === null) {
    throw new TypeMismatchError(`a struct is made of its fields: ${describe(fields)}`);
  }
  return new StructType<Struct<F>>(fields);
}
