/**
 * The shape of a record: what its type consists of, and where each part lies. Two backends follow it: code that is made for the one
 * shape (compile.ts), and a loop over its parts (interpret.ts).
 *
 *   struct({ id: u32, name: utf8, note: optional(utf8), at: struct({ x: f64, y: f64 }) })
 *
 *   0  id : 4 | name : 4 + 4 | note : 4 + 4 | - : 4 | 24  at.x : 8 | 32  at.y : 8 | 40  flags : 1 | - : 7 |   fixed part, 48 bytes
 *   48 the name's characters | the note's | - |                                                            variable part
 *
 * A box is a fixed part: places one behind the other, as C would lay them out, and behind them a bit for each part that may be
 * absent or null. What has no fixed size lies in the variable part, in the order of the boxes that name it:
 *
 *   utf8, json      | offset : 32 | characters : 31, whether they take two bytes : 1 |     two bytes: on a multiple of 2
 *   bytes           | offset : 32 | bytes : 32 |
 *   array, map      | offset : 32 | elements : 32 |      a box for each element; a map's has a key and a value
 *   union           | offset : 32 | which member : 32 |  the member's box
 *   lazy            | offset : 32 |                      the box of what it stands for
 *
 * Offsets count from the start of the record, and never fall from one place to the next. So whatever bytes a reader finds, it
 * reads each of them once at most.
 */
import { TypeMismatchError } from "../../../heap/errors.js";
import { describe } from "../../../heap/token.js";
import type { NumberType } from "../numbers.js";

/** What a literal or an enumeration consists of. */
export type Constant = string | number | boolean | null;

export interface StructShape {
  readonly kind: "struct";
  readonly keys: readonly string[];
  readonly box: Box;
  /** Fields that a later version of the type has, and no record of this one. */
  readonly later?: readonly string[];
}

interface UnionShape {
  readonly kind: "union";
  /** The field that tells the members apart. */
  readonly key: string;
  readonly members: readonly StructShape[];
  /** Which member has a value in that field. */
  readonly indices: ReadonlyMap<unknown, number>;
}

/** A type that stands for one that is declared later, or around it. */
interface LazyShape {
  readonly kind: "lazy";
  /** The box of one place that the type lies in. */
  readonly box: () => Box;
}

export type Shape =
  | { readonly kind: "number"; readonly type: NumberType<unknown> }
  | { readonly kind: "utf8" | "bytes" | "json" | "date" }
  | { readonly kind: "choice"; readonly values: readonly Constant[] }
  | StructShape
  | { readonly kind: "tuple"; readonly box: Box }
  | { readonly kind: "array"; readonly box: Box }
  | { readonly kind: "map"; readonly box: Box }
  | UnionShape
  | LazyShape;

/** A shape where it is used. */
export interface Part {
  readonly shape: Shape;
  readonly isNullable: boolean;
  readonly isOptional: boolean;
}

/** A part, and where it lies in its box. */
export interface Place extends Part {
  /** Bytes from the start of the box. */
  readonly at: number;
  /** The numbers of its flags: that it is there, that it is not null; -1: it has none. */
  readonly present: number;
  readonly notNull: number;
}

export interface Box {
  readonly places: readonly Place[];
  /** How many flags there are, and where: eight in a byte. */
  readonly flags: number;
  readonly flagsAt: number;
  readonly align: number;
  /** Bytes, with those that the next box's alignment needs. */
  readonly size: number;
}

/** Bytes from one box of a list to the next. Never 0, so a list that lies in some bytes has at most as many elements. */
export function strideOf({ size }: Box): number {
  return Math.max(1, size);
}

/** The size and the alignment of a shape in a box. */
function extentOf(shape: Shape): { readonly size: number; readonly align: number } {
  switch (shape.kind) {
    case "number":
      return { size: shape.type.byteLength, align: shape.type.byteLength };
    case "date":
      return { size: 8, align: 8 };
    case "choice":
      return CHOICES.find(({ most }) => shape.values.length <= most) ?? WIDEST_CHOICE;
    case "struct":
    case "tuple":
      return shape.box;
    case "lazy":
      return { size: 4, align: 4 };
    default:
      return { size: 8, align: 4 };
  }
}

/** What the number of a constant takes, by how many there are. */
const WIDEST_CHOICE = { size: 4, align: 4 };
const CHOICES = [
  { most: 1, size: 0, align: 1 },
  { most: 256, size: 1, align: 1 },
];

export const partOf = (shape: Shape, isNullable = false, isOptional = false): Part => ({
  shape,
  isNullable,
  isOptional,
});

/** Places parts behind each other. */
export function boxOf(parts: readonly Part[]): Box {
  let [end, align, flags] = [0, 1, 0];
  const places = parts.map((part) => {
    const own = extentOf(part.shape);
    const at = roundUp(end, own.align);
    end = at + own.size;
    align = Math.max(align, own.align);
    return { ...part, at, present: part.isOptional ? flags++ : -1, notNull: part.isNullable ? flags++ : -1 };
  });
  const flagsAt = end;
  return { places, flags, flagsAt, align, size: roundUp(end + Math.ceil(flags / 8), align) };
}

export function roundUp(size: number, align: number): number {
  return Math.ceil(size / align) * align;
}

/** Whether every value of the shape takes the same number of bytes. */
export function isFixed(shape: Shape): boolean {
  switch (shape.kind) {
    case "number":
    case "date":
    case "choice":
      return true;
    case "struct":
    case "tuple":
      return shape.box.places.every((place) => isFixed(place.shape));
    default:
      return false;
  }
}

/** Whether that is so of the box, and nothing in it may be absent or null. */
export function isPlain({ places, flags }: Box): boolean {
  return flags === 0 && places.every(({ shape }) => isFixed(shape) && (!("box" in shape) || isPlain(shape.box as Box)));
}

/** Bytes that the number of a constant takes. */
export function widthOf(shape: Shape & { readonly kind: "choice" }): number {
  return extentOf(shape).size;
}

/** What errors call a shape. */
export function kindOf(shape: Shape): string {
  if (shape.kind === "number") return shape.type.name;
  if (shape.kind !== "choice") return shape.kind;
  return shape.values.map((value) => JSON.stringify(value)).join(" or ");
}

// ── making shapes ──

export function structOf(fields: readonly (readonly [key: string, part: Part])[]): StructShape {
  return { kind: "struct", keys: fields.map(([key]) => key), box: boxOf(fields.map(([, part]) => part)) };
}

/** @throws {TypeMismatchError} a value is none that an enumeration may have, or is there twice. */
export function choiceOf(values: readonly unknown[]): Shape {
  if (values.length === 0) throw new TypeMismatchError("an enumeration has one value at least");
  for (const [i, value] of values.entries()) {
    const isConstant =
      typeof value === "string" || typeof value === "boolean" || value === null || Number.isFinite(value);
    if (!isConstant) {
      throw new TypeMismatchError(`a literal is a string, a finite number, true, false or null: ${describe(value)}`);
    }
    if (values.indexOf(value) !== i)
      throw new TypeMismatchError(`an enumeration has each value once: ${describe(value)}`);
  }
  return { kind: "choice", values: values as readonly Constant[] };
}

/** @throws {TypeMismatchError} a member is no struct, or its field `key` does not tell it from the others. */
export function unionOf(key: string, parts: readonly Part[]): Shape {
  const indices = new Map<unknown, number>();
  const members = parts.map(({ shape, isNullable }, i) => {
    if (shape.kind !== "struct" || isNullable) {
      throw new TypeMismatchError(`a union's members are structs: member ${i} is ${kindOf(shape)}`);
    }
    const place = shape.box.places[shape.keys.indexOf(key)];
    if (place?.shape.kind !== "choice" || place.isOptional || place.isNullable) {
      throw new TypeMismatchError(
        `a union's members have a literal or an enumeration at ${JSON.stringify(key)}: member ${i} has none`,
      );
    }
    for (const value of place.shape.values) {
      const other = indices.get(value);
      if (other !== undefined) {
        throw new TypeMismatchError(
          `members ${other} and ${i} of a union both have ${JSON.stringify(value)} at ${JSON.stringify(key)}`,
        );
      }
      indices.set(value, i);
    }
    return shape;
  });
  if (members.length === 0) throw new TypeMismatchError("a union has one member at least");
  return { kind: "union", key, members, indices };
}

/** A shape that stands for another one, which is looked for when it is needed first. */
export function lazyOf(target: () => Part): Shape {
  let box: Box | undefined;
  return {
    kind: "lazy",
    box() {
      box ??= boxOf([target()]);
      return box;
    },
  };
}

/** Whether a lazy type is a part of the shape. */
export function isRecursive(shape: Shape): boolean {
  if (shape.kind === "lazy") return true;
  if (shape.kind === "union") return shape.members.some(isRecursive);
  return "box" in shape && shape.box.places.some((place) => isRecursive(place.shape));
}
