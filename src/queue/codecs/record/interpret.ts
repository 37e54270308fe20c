/**
 * Writing and reading records by a loop over their parts: where the host lets no code be made from text (a page with a strict
 * content security policy, Node with --disallow-code-generation-from-strings). It also says what is wrong with a value that was
 * refused, and reads what `popWith` shows, part by part.
 */
import { TypeMismatchError } from "../../../heap/errors.js";
import { refused, refusedPart, stepTo } from "../../codec.js";
import { isOf } from "../../lanes.js";
import type { Views } from "../../views.js";
import { asBytes } from "../bytes.js";
import { stringify } from "../json.js";
import { readNumber, writeNumber } from "../numbers.js";
import { bytesOfText, corrupt, keysIn, readBytes, readJson, readText, setEntry, timeIn } from "./leaves.js";
import { type Box, type Constant, kindOf, type Place, type Shape, strideOf, widthOf } from "./shape.js";
import type { Stage } from "./stage.js";

// ── writing ──

/** Writes a value from the stage's start on; returns where it ends. */
export function write(box: Box, name: string, stage: Stage, value: unknown): number {
  try {
    if (value === undefined) throw refused(name, value);
    if (box.size > stage.size) stage.overflow(box.size);
    const writer = new Writer(stage, name, box.size);
    writer.box(box, 0, value);
    return writer.end;
  } catch (error) {
    throw error instanceof Refusal ? error.toError() : error;
  }
}

/** What is wrong with a part of a value. Whoever it goes through adds its step to the path. */
class Refusal extends Error {
  readonly #error: (path: string) => Error;
  readonly #steps: PropertyKey[] = [];

  constructor(error: (path: string) => Error) {
    super();
    this.#error = error;
  }

  static at(step: PropertyKey, error: unknown): unknown {
    if (error instanceof Refusal) error.#steps.push(step);
    return error;
  }

  toError(): Error {
    return this.#error(this.#steps.reduceRight<string>(stepTo, ""));
  }
}

/** Does what tells what is wrong with a value, if told the path to it. */
function attempt<T>(act: (path: string) => T): T {
  try {
    return act("");
  } catch (error) {
    if (!(error instanceof TypeMismatchError)) throw error;
    throw new Refusal((path) => {
      try {
        act(path);
      } catch (again) {
        return again as Error;
      }
      return error;
    });
  }
}

/** A field's value. What every object inherits was not meant. */
function fieldOf(object: object, key: string): unknown {
  return key in Object.prototype && !Object.hasOwn(object, key) ? undefined : object[key as never];
}

class Writer {
  readonly #stage: Stage;
  /** What errors call the whole value. */
  readonly #name: string;
  /** Where the variable part ends so far. */
  end: number;

  constructor(stage: Stage, name: string, end: number) {
    this.#stage = stage;
    this.#name = name;
    this.end = end;
  }

  /** A box with one place. */
  box(box: Box, start: number, value: unknown): void {
    this.#parts(box, start, [undefined], () => value);
  }

  /** A box whose places have values of the object that `steps` lead into. */
  #parts<S extends PropertyKey | undefined>(
    box: Box,
    start: number,
    steps: readonly S[],
    valueAt: (step: S) => unknown,
  ) {
    const { u8 } = this.#stage;
    const flagsAt = start + box.flagsAt;
    u8.fill(0, flagsAt, flagsAt + Math.ceil(box.flags / 8));
    const raise = (flag: number) => {
      if (flag >= 0) u8[flagsAt + (flag >>> 3)] = (u8[flagsAt + (flag >>> 3)] as number) | (1 << (flag & 7));
    };
    for (const [i, place] of box.places.entries()) {
      const step = steps[i] as S;
      const value = valueAt(step);
      if (place.isOptional && value === undefined) continue;
      raise(place.present);
      if (place.isNullable && value === null) continue;
      raise(place.notNull);
      try {
        this.#shape(place.shape, start + place.at, value);
      } catch (error) {
        throw step === undefined ? error : Refusal.at(step, error);
      }
    }
  }

  #shape(shape: Shape, at: number, value: unknown): void {
    const stage = this.#stage;
    switch (shape.kind) {
      case "number":
        if (!isOf(shape.type.lane, value)) throw this.#refusal(shape, value);
        writeNumber(stage, shape.type, at, value);
        return;
      case "utf8":
        if (typeof value !== "string") throw this.#refusal(shape, value);
        this.end = stage.putText(value, at, this.end);
        return;
      case "bytes":
        this.end = stage.putBytes(
          attempt((path) => asBytes(value, path)),
          at,
          this.end,
        );
        return;
      case "json": {
        const text = attempt((path) => stringify(value, stage.checked, path));
        this.end = stage.putText(text, at, this.end);
        return;
      }
      case "date": {
        const time = timeIn(value);
        if (time === undefined) throw this.#refusal(shape, value);
        stage.f64[at >>> 3] = time;
        return;
      }
      case "choice": {
        const index = (shape.values as readonly unknown[]).indexOf(value);
        if (index < 0) throw this.#refusal(shape, value);
        if (widthOf(shape) === 1) stage.u8[at] = index;
        if (widthOf(shape) === 4) stage.u32[at >>> 2] = index;
        return;
      }
      case "struct": {
        const object = this.#object(shape, value);
        this.#parts(shape.box, at, shape.keys, (key) => fieldOf(object, key));
        this.#requireNone(object, shape.later);
        return;
      }
      case "tuple":
        if (!Array.isArray(value) || value.length !== shape.box.places.length) throw this.#refusal(shape, value);
        this.#parts(shape.box, at, [...shape.box.places.keys()], (i) => value[i]);
        return;
      case "array": {
        if (!Array.isArray(value)) throw this.#refusal(shape, value);
        const { length } = value;
        this.#list(shape.box, at, length, (start, i) => {
          this.#parts(shape.box, start, [i], (index) => value[index]);
        });
        return;
      }
      case "map": {
        const keys = keysIn(value);
        if (keys === undefined) throw this.#refusal(shape, value);
        this.#list(shape.box, at, keys.length, (start, i) => {
          const key = keys[i] as string;
          const parts = [key, (value as Record<string, unknown>)[key]];
          try {
            this.#parts(shape.box, start, [undefined, undefined], () => parts.shift());
          } catch (error) {
            throw Refusal.at(key, error);
          }
        });
        return;
      }
      case "union": {
        const object = this.#object(shape, value);
        const { key } = shape;
        const which = fieldOf(object, key);
        const index = shape.indices.get(which);
        const member = shape.members[index ?? -1];
        if (index === undefined || member === undefined) {
          const values = [...shape.indices.keys()] as readonly Constant[];
          throw Refusal.at(key, this.#refusal({ kind: "choice", values }, which));
        }
        const start = this.#reserve(member.box, at, 1);
        stage.u32[(at + 4) >>> 2] = index;
        this.#parts(member.box, start, member.keys, (each) => (each === key ? which : fieldOf(object, each)));
        this.#requireNone(object, member.later);
        return;
      }
      case "lazy": {
        const box = shape.box();
        this.box(box, this.#reserve(box, at, 1), value);
      }
    }
  }

  /** Room in the variable part for boxes, which `at` notes. */
  #reserve(box: Box, at: number, count: number): number {
    const size = count * strideOf(box);
    const start = this.#stage.reserve(at, this.end, box.align, size);
    this.end = start + size;
    return start;
  }

  #list(box: Box, at: number, count: number, write: (start: number, i: number) => void): void {
    const first = this.#reserve(box, at, count);
    this.#stage.u32[(at + 4) >>> 2] = count;
    for (let i = 0; i < count; i++) write(first + i * strideOf(box), i);
  }

  #object(shape: Shape, value: unknown): Record<string, unknown> {
    if (typeof value !== "object" || value === null) throw this.#refusal(shape, value);
    return value as Record<string, unknown>;
  }

  /** Refuses what a later version of the type has. */
  #requireNone(object: object, keys: readonly string[] = []): void {
    const found = keys.find((key) => fieldOf(object, key) !== undefined);
    if (found === undefined) return;
    throw Refusal.at(
      found,
      new Refusal((path) => {
        return new TypeMismatchError(
          `${path} is not in the older version of the type by which these records are written`,
        );
      }),
    );
  }

  #refusal(shape: Shape, value: unknown): Refusal {
    return new Refusal((path) => {
      if (path === "") return refused(this.#name, value);
      if (Array.isArray(value) && shape.kind === "tuple") {
        return new TypeMismatchError(`${path} is no tuple of ${shape.box.places.length}: an array of ${value.length}`);
      }
      if (value !== undefined || /\[\d+\]$/.test(path)) return refusedPart(kindOf(shape), path, value);
      return new TypeMismatchError(`${path} is missing: the struct's field of type ${kindOf(shape)}`);
    });
  }
}

// ── reading ──

/** Reads the value that a record from `start` on has; it takes `size` bytes at most. */
export function read(box: Box, views: Views, start: number, size: number): unknown {
  return new Reader(views, start, size, box.size).box(box, start);
}

/** What is made of a struct, whose fields lie in a box at `at`. */
type MakeObject = (keys: readonly string[], box: Box, at: number) => object;

/** Reads parts of a record. */
export class Reader {
  readonly #views: Views;
  readonly #start: number;
  readonly #size: number;
  /** From here on, counted from the start of the record, nothing was read of the variable part. */
  #end: number;
  /** Of a struct that is no element of a list; undefined: an object with all that is in it. */
  readonly #make: MakeObject | undefined;

  constructor(views: Views, start: number, size: number, end: number, make?: MakeObject) {
    if (end > size) corrupt();
    this.#make = make;
    this.#views = views;
    this.#start = start;
    this.#size = size;
    this.#end = end;
  }

  /** The value of a box with one place. */
  box(box: Box, at: number): unknown {
    return this.place(box.places[0] as Place, box, at);
  }

  /** The value of a place in a box that starts at `start`; undefined: it is absent. */
  place(place: Place, box: Box, start: number): unknown {
    if (!this.#isRaised(place.present, box, start)) return undefined;
    if (!this.#isRaised(place.notNull, box, start)) return null;
    return this.#shape(place.shape, start + place.at);
  }

  #isRaised(flag: number, { flagsAt }: Box, start: number): boolean {
    return flag < 0 || ((this.#views.u8[start + flagsAt + (flag >>> 3)] as number) & (1 << (flag & 7))) !== 0;
  }

  #shape(shape: Shape, at: number): unknown {
    const views = this.#views;
    switch (shape.kind) {
      case "number":
        return readNumber(views, shape.type.lane, at);
      case "date":
        return new Date(views.f64[at >>> 3] as number);
      case "utf8":
        return readText(views, this.#take(at, bytesOfText(this.#note(at))), this.#note(at));
      case "json":
        return readJson(views, this.#take(at, bytesOfText(this.#note(at))), this.#note(at));
      case "bytes":
        return readBytes(views, this.#take(at, this.#note(at)), this.#note(at));
      case "choice": {
        const width = widthOf(shape);
        const index = width === 0 ? 0 : width === 1 ? views.u8[at] : views.u32[at >>> 2];
        const value = shape.values[index as number];
        return value === undefined ? corrupt() : value;
      }
      case "struct":
        return this.#object(shape.keys, shape.box, at);
      case "tuple": {
        const inside = this.#inside();
        return shape.box.places.map((place) => inside.place(place, shape.box, at));
      }
      case "array":
        return this.#list(shape.box, at, (start, inside) => inside.box(shape.box, start));
      case "map": {
        const map = {};
        const [key, value] = shape.box.places as [Place, Place];
        this.#list(shape.box, at, (start, inside) => {
          setEntry(map, inside.place(key, shape.box, start) as string, inside.place(value, shape.box, start));
        });
        return map;
      }
      case "union": {
        const member = shape.members[this.#note(at)] ?? corrupt();
        return this.#object(member.keys, member.box, this.#take(at, strideOf(member.box)));
      }
      case "lazy": {
        const box = shape.box();
        return this.box(box, this.#take(at, strideOf(box)));
      }
    }
  }

  #object(keys: readonly string[], box: Box, at: number): object {
    if (this.#make !== undefined) return this.#make(keys, box, at);
    const object = {};
    for (const [i, place] of box.places.entries()) {
      const value = this.place(place, box, at);
      if (value !== undefined) setEntry(object, keys[i] as string, value);
    }
    return object;
  }

  #list<T>(box: Box, at: number, readAt: (start: number, inside: Reader) => T): T[] {
    const count = this.#note(at);
    const first = this.#take(at, count * strideOf(box));
    const inside = this.#inside();
    return Array.from({ length: count }, (_, i) => readAt(first + i * strideOf(box), inside));
  }

  /** What reads the elements of a list: whole values. */
  #inside(): Reader {
    return this.#make === undefined ? this : new Reader(this.#views, this.#start, this.#size, this.#end);
  }

  /** What a place notes beside the offset. */
  #note(at: number): number {
    return this.#views.u32[(at + 4) >>> 2] as number;
  }

  /** Where the bytes lie whose offset is noted at `at`: behind all that were read before. */
  #take(at: number, bytes: number): number {
    const offset = this.#views.u32[at >>> 2] as number;
    if (offset < this.#end || offset + bytes > this.#size) corrupt();
    this.#end = offset + bytes;
    return this.#start + offset;
  }
}
