/** The types of records, as queues work with them. */
import { TypeMismatchError } from "../../../heap/errors.js";
import { describe } from "../../../heap/token.js";
import { ElementType, type FixedCodec } from "../../codec.js";
import { overdue, PayloadType, type Room } from "../../payload.js";
import type { Views } from "../../views.js";
import { bytes } from "../bytes.js";
import { json, jsonType } from "../json.js";
import { NumberType } from "../numbers.js";
import { utf8 } from "../text.js";
import { type Access, compiled, mayCompile } from "./compile.js";
import { read, write } from "./interpret.js";
import { nameOf } from "./name.js";
import { type Box, boxOf, isFixed, isRecursive, type Part, partOf } from "./shape.js";
import { Stage } from "./stage.js";
import { type Lease, show } from "./view.js";

/** Thrown by code that was made for a type: it says that something is wrong with a value, and not what. */
const refusal = new TypeMismatchError("the value has changed while it was read");

export class RecordType<T> extends PayloadType<T> implements FixedCodec<T> {
  readonly part: Part;
  /** Undefined where values take different numbers of bytes; then it is no `FixedCodec`. */
  readonly byteLength: number;
  /** The box of one place that a value lies in. */
  readonly #box: Box;
  readonly #compiles: boolean;
  /** Until the first value comes, what makes the others. */
  #write: Access["write"] = (stage, value) => this.#prepare().write(stage, value);
  #put: Access["put"] = (room, value, cell) => this.#prepare().put(room, value, cell);
  #read: Access["read"] = (views, start, size) => this.#prepare().read(views, start, size);

  /** @param compiles whether code may be made from text for it. */
  constructor(part: Part, compiles: boolean) {
    // What a lazy type stands for may not be declared yet.
    const isComplete = !isRecursive(part.shape);
    super(isComplete ? nameOf(part) : "");
    if (!isComplete) Object.defineProperty(this, "name", { get: () => nameOf(part), enumerable: true });
    this.part = part;
    this.#box = boxOf([part]);
    this.byteLength = (isFixed(part.shape) ? this.#box.size : undefined) as number;
    this.#compiles = compiles;
    Object.freeze(this);
  }

  encode(value: T): Uint8Array {
    try {
      return Stage.encode(this.#write, value);
    } catch (error) {
      throw this.#reason(error, value, false);
    }
  }

  decode(bytes: Uint8Array<ArrayBuffer>): T {
    return Stage.decode(this.#read, bytes) as T;
  }

  override put(room: Room, value: T, cell: number): number {
    try {
      return this.#put(room, value, cell);
    } catch (error) {
      throw this.#reason(error, value, room.inside.checked !== undefined);
    }
  }

  override get(room: Room, block: number): T {
    return this.#read(room.views, room.dataOf(block), room.sizeOf(block)) as T;
  }

  override lend<R>(room: Room, block: number, cell: number, look: (value: T) => R): R {
    const lease: Lease = {
      views: room.views,
      start: room.dataOf(block),
      size: room.sizeOf(block),
      writes: false,
      ended: false,
      over: overdue,
    };
    try {
      return look(show(this.#box, lease) as T);
    } finally {
      lease.ended = true;
      room.free(block, cell);
    }
  }

  /** A value that lies in memory: a struct's properties read, and perhaps write, there. */
  at(lease: Lease): T {
    return show(this.#box, lease) as T;
  }

  /** Writes a value of a type of fixed size to `start`. One that is not of the type is refused, and nothing is written. */
  writeAt({ u8 }: Views, start: number, value: T): void {
    u8.set(this.encode(value), start);
  }

  #prepare(): Access {
    const access = this.#compiles && mayCompile() ? compiled(this.#box, refusal) : this.#looping();
    this.#write = access.write;
    this.#put = access.put;
    this.#read = access.read;
    return access;
  }

  #looping(): Access {
    const writing: Access["write"] = (stage, value) => write(this.#box, this.name, stage, value);
    return {
      write: writing,
      put: (room, value, cell) => Stage.put(writing, value, room, cell),
      read: (views, start, size) => read(this.#box, views, start, size),
    };
  }

  /** What is wrong with a value that was refused. */
  #reason(error: unknown, value: T, checked: boolean): unknown {
    if (!(error instanceof TypeMismatchError)) return error;
    try {
      Stage.encode(this.#looping().write, value, checked);
    } catch (reason) {
      return reason;
    }
    return error === refusal ? new TypeMismatchError(refusal.message) : error;
  }
}

/** A codec as a part of a record; `what` says which: "an array's element". */
export function partFor(codec: unknown, what: string): Part {
  if (codec instanceof RecordType) return codec.part;
  if (codec instanceof NumberType) return partOf({ kind: "number", type: codec });
  if (codec === json || codec === jsonType) return partOf({ kind: "json" });
  if (codec === utf8) return partOf({ kind: "utf8" });
  if (codec === bytes) return partOf({ kind: "bytes" });
  const found = codec instanceof ElementType ? codec.name : describe(codec);
  throw new TypeMismatchError(
    `${what} is ${found}. Records consist of numbers, bool, utf8, bytes, json and date, and of what struct, array, tuple, map, ` +
      "nullable, literal, enumeration, union and lazy make; a struct's field may be optional",
  );
}
