/**
 * Objects whose properties read where a record lies: what `popWith` shows of a struct. A lock's guard shows what the lock protects in the
 * same way, and its properties can be assigned to.
 */
import { inspectAs } from "../../../heap/handle.js";
import { refusedPart } from "../../codec.js";
import { isOf } from "../../lanes.js";
import type { Views } from "../../views.js";
import { readNumber, writeNumber } from "../numbers.js";
import { Reader, write } from "./interpret.js";
import { type Box, boxOf, type Place, partOf, structOf } from "./shape.js";
import { Stage } from "./stage.js";

/** A record that is shown, until `end` is set. */
export interface Lease {
  readonly views: Views;
  readonly start: number;
  readonly size: number;
  /** Whether its properties can be assigned to. */
  readonly writes: boolean;
  ended: boolean;
  /** Throws what is wrong with a use after the end. */
  over(): never;
}

type View = new (lease: Lease, at: number) => object;

const readers = new WeakMap<Box, View>();
const writers = new WeakMap<Box, View>();

/** The value of a box with one place, or, if it is a struct, a view of it. */
export function show(box: Box, lease: Lease): unknown {
  return readerOf(lease, box.size).box(box, lease.start);
}

function readerOf(lease: Lease, end: number): Reader {
  const { views, start, size } = lease;
  return new Reader(views, start, size, end, (keys, box, at) => new (viewOf(keys, box, lease.writes))(lease, at));
}

/** The class of views of a struct. */
function viewOf(keys: readonly string[], box: Box, writes: boolean): View {
  const classes = writes ? writers : readers;
  let found = classes.get(box);
  if (found === undefined) {
    found = makeView(keys, box, writes);
    classes.set(box, found);
  }
  return found;
}

function makeView(keys: readonly string[], box: Box, writes: boolean): View {
  class View {
    readonly #lease: Lease;
    readonly #at: number;

    constructor(lease: Lease, at: number) {
      this.#lease = lease;
      this.#at = at;
    }

    /** For those who only look: the fields, which are on the prototype. */
    toJSON(): object {
      return Object.fromEntries(keys.map((key) => [key, this[key as keyof this]]));
    }

    static {
      inspectAs(View.prototype, "struct");
      for (const [i, place] of box.places.entries()) {
        const key = keys[i] as string;
        const read = readerFor(place, box);
        const get = function (this: View): unknown {
          if (this.#lease.ended) this.#lease.over();
          return read(this.#lease, this.#at);
        };
        const assign = writes ? writerFor(key, place, box) : undefined;
        const set = function (this: View, value: unknown): void {
          if (this.#lease.ended) this.#lease.over();
          assign?.(this.#lease, this.#at, value);
        };
        Object.defineProperty(View.prototype, key, { get, enumerable: true, ...(assign && { set }) });
      }
    }
  }
  return View;
}

/** What reads a place of boxes like this one. */
function readerFor(place: Place, box: Box): (lease: Lease, at: number) => unknown {
  const { shape, isNullable, isOptional, at: from } = place;
  if (shape.kind !== "number" || isNullable || isOptional)
    return (lease, at) => readerOf(lease, 0).place(place, box, at);
  const { lane } = shape.type;
  return ({ views }, at) => readNumber(views, lane, at + from);
}

/** What writes a place of boxes like this one. A value that is not of the type is refused, and nothing is written. */
function writerFor(key: string, place: Place, box: Box): (lease: Lease, at: number, value: unknown) => void {
  const { shape, isNullable, isOptional, at: from, present, notNull } = place;
  if (shape.kind === "number" && !isNullable && !isOptional) {
    const { type } = shape;
    return ({ views }, at, value) => {
      if (!isOf(type.lane, value)) throw refusedPart(type.name, key, value);
      writeNumber(views, type, at + from, value);
    };
  }
  // The value is put together in a struct of this one field.
  const alone = structOf([[key, place]]);
  const [own] = alone.box.places as [Place];
  const whole = boxOf([partOf(alone)]);
  return ({ views: { u8 } }, at, value) => {
    const bytes = Stage.encode((stage, fields) => write(whole, key, stage, fields), { [key]: value });
    u8.set(bytes.subarray(0, alone.box.flagsAt), at + from);
    copyFlag(bytes, alone.box.flagsAt, own.present, u8, at + box.flagsAt, present);
    copyFlag(bytes, alone.box.flagsAt, own.notNull, u8, at + box.flagsAt, notNull);
  };
}

/** Copies one flag from some to others; -1: there is none. */
function copyFlag(from: Uint8Array, fromAt: number, i: number, to: Uint8Array, toAt: number, k: number): void {
  if (k < 0) return;
  const isRaised = ((from[fromAt + (i >>> 3)] as number) & (1 << (i & 7))) !== 0;
  const at = toAt + (k >>> 3);
  to[at] = ((to[at] as number) & ~(1 << (k & 7))) | (isRaised ? 1 << (k & 7) : 0);
}
