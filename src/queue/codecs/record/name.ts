/**
 * Names of record types. A name says all of the type, so a thread that opens a token needs nothing else to read the records:
 *
 *   struct{"id":"u32","tags":{"array":["utf8"]},"note":{"optional":["utf8"]}}
 *
 * A word, and what the type is made of, as a JSON text. A type in it is a name, an object of one word, or a number: the type that
 * stands so many types around the lazy one.
 */
import { bool, f32, f64, i32, i64, type NumberType, u32, u64 } from "../numbers.js";
import { boxOf, choiceOf, lazyOf, type Part, partOf, type Shape, structOf, unionOf } from "./shape.js";

type Description = string | number | { readonly [word: string]: unknown };

const NUMBERS = new Map(
  [i32, u32, f32, f64, bool, i64, u64].map((type) => [type.name, type as unknown as NumberType<unknown>]),
);
const LEAVES: readonly unknown[] = ["utf8", "bytes", "json", "date"] satisfies Shape["kind"][];

export function nameOf(part: Part): string {
  const description = describePart(part, []);
  if (typeof description !== "object") return String(description);
  const [word, rest] = Object.entries(description)[0] as [string, unknown];
  return `${word}${JSON.stringify(rest)}`;
}

/** Describes a part that the shapes `around` it are made of, the innermost last. */
function describePart({ shape, isNullable, isOptional }: Part, around: readonly Shape[]): Description {
  if (isOptional) return { optional: [describePart(partOf(shape, isNullable), around)] };
  if (isNullable) return { nullable: [describePart(partOf(shape), around)] };
  const level = around.lastIndexOf(shape);
  return level < 0 ? describeShape(shape, around) : around.length - 1 - level;
}

function describeShape(shape: Shape, around: readonly Shape[]): Description {
  const inside = [...around, shape];
  const inBox = ({ places }: { readonly places: readonly Part[] }) =>
    places.map((place) => describePart(place, inside));
  switch (shape.kind) {
    case "number":
      return shape.type.name;
    case "choice":
      return { [shape.values.length === 1 ? "literal" : "enumeration"]: shape.values };
    case "struct": {
      const parts = inBox(shape.box);
      return { struct: Object.fromEntries(shape.keys.map((key, i) => [key, parts[i]])) };
    }
    case "map":
      return { map: inBox(shape.box).slice(1) };
    case "tuple":
    case "array":
      return { [shape.kind]: inBox(shape.box) };
    case "union":
      return { union: [shape.key, ...shape.members.map((member) => describePart(partOf(member), inside))] };
    case "lazy":
      return { lazy: shape.box().places.map((place) => describePart(place, around)) };
    default:
      return shape.kind;
  }
}

/** The type of that name; undefined: there is none. */
export function partNamed(name: string): Part | undefined {
  const [, word, rest] = /^([a-z]+)([[{].*)?$/s.exec(name) ?? [];
  if (word === undefined) return undefined;
  try {
    const part = partFrom(rest === undefined ? word : { [word]: JSON.parse(rest) }, []);
    // Nothing else was meant by it.
    return nameOf(part) === name ? part : undefined;
  } catch {
    return undefined;
  }
}

/** Throws something where it is no description. The shapes around it are known when it is complete. */
function partFrom(description: unknown, around: readonly (() => Shape)[]): Part {
  if (typeof description === "number") {
    const found = around.at(-1 - description);
    if (found === undefined) throw new RangeError();
    return partOf(found());
  }
  if (typeof description === "string") {
    const type = NUMBERS.get(description);
    if (type !== undefined) return partOf({ kind: "number", type });
    if (LEAVES.includes(description)) return partOf({ kind: description } as Shape);
    throw new RangeError();
  }
  const [[word, rest], more] = Object.entries(description as object) as [[string, unknown], unknown];
  if (more !== undefined) throw new RangeError();
  if (word === "optional" || word === "nullable") {
    const [inner] = (rest as unknown[]).map((each) => partFrom(each, around)) as [Part];
    return word === "optional" ? { ...inner, isOptional: true } : partOf(inner.shape, true);
  }
  if (word === "lazy") return partOf(lazyOf(() => partFrom((rest as unknown[])[0], around)));
  const shape: Shape = shapeFrom(word, rest, [...around, () => shape]);
  return partOf(shape);
}

function shapeFrom(word: string, rest: unknown, around: readonly (() => Shape)[]): Shape {
  const parts = (descriptions: unknown) => (descriptions as unknown[]).map((each) => partFrom(each, around));
  switch (word) {
    case "literal":
    case "enumeration":
      return choiceOf(rest as unknown[]);
    case "struct":
      return structOf(Object.entries(rest as object).map(([key, each]) => [key, partFrom(each, around)] as const));
    case "tuple":
    case "array":
      return { kind: word, box: boxOf(parts(rest)) };
    case "map":
      return { kind: word, box: boxOf([KEY, ...parts(rest)]) };
    case "union": {
      const [key, ...members] = rest as [string, ...unknown[]];
      return unionOf(key, parts(members));
    }
    default:
      throw new RangeError();
  }
}

/** What the keys of a map are. */
export const KEY: Part = partOf({ kind: "utf8" });
