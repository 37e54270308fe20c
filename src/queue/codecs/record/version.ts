/**
 * Two versions of one record type: the one that a token names, by which the records are written, and the one that a program has.
 * A version that only adds optional fields can read what the older one has written.
 */
import { stepTo } from "../../codec.js";
import { boxOf, kindOf, lazyOf, type Part, type Place, type Shape, type StructShape } from "./shape.js";

/** What is different in two types, as the rest of an error's message. */
class Difference extends Error {}

/**
 * The part `theirs` as a version sees it that calls it `ours`: fields that only ours has are always absent.
 *
 * @returns a text if ours differs in any other way: in what, and where it does first.
 */
export function olderVersion(theirs: Part, ours: Part): Part | string {
  try {
    return new Comparison().part(theirs, ours, "");
  } catch (error) {
    if (error instanceof Difference) return error.message;
    throw error;
  }
}

class Comparison {
  /** What became of two shapes. It is not there yet when a recursive type comes to itself again. */
  readonly #results = new Map<Shape, Map<Shape, { shape?: Shape }>>();

  part(theirs: Part, ours: Part, path: string): Part {
    this.#requireSame(theirs, ours, path);
    const result = this.#compare(theirs.shape, ours.shape, path);
    // Only a lazy type leads back to a shape that is being compared.
    return { ...theirs, shape: result.shape as Shape };
  }

  #requireSame(theirs: Part, ours: Part, path: string): void {
    const [their, our] = [theirs, ours].map(describePart);
    if (their !== our) throw new Difference(`${path === "" ? "each" : path} is ${their}, not ${our}`);
  }

  #compare(theirs: Shape, ours: Shape, path: string): { shape?: Shape } {
    const results = this.#results.get(theirs) ?? new Map<Shape, { shape?: Shape }>();
    this.#results.set(theirs, results);
    let result = results.get(ours);
    if (result === undefined) {
      result = {};
      results.set(ours, result);
      result.shape = this.#shape(theirs, ours, path);
    }
    return result;
  }

  /** Two shapes of the same description. */
  #shape(theirs: Shape, ours: Shape, path: string): Shape {
    switch (theirs.kind) {
      case "struct":
        return this.#struct(theirs, ours as StructShape, path);
      case "tuple":
      case "array":
      case "map": {
        const others = (ours as typeof theirs).box.places;
        const inside = (i: number) => (theirs.kind === "tuple" ? stepTo(path, i) : `${path}[]`);
        const parts = theirs.box.places.map((place, i) => this.part(place, others[i] as Place, inside(i)));
        return { kind: theirs.kind, box: boxOf(parts) };
      }
      case "union": {
        const others = (ours as typeof theirs).members;
        const members = theirs.members.map((member, i) => this.#struct(member, others[i] as StructShape, path));
        return { ...theirs, members };
      }
      case "lazy": {
        const [target, other] = [theirs, ours as typeof theirs].map((one) => one.box().places[0]) as [Place, Place];
        this.#requireSame(target, other, path);
        const result = this.#compare(target.shape, other.shape, path);
        return lazyOf(() => ({ ...target, shape: result.shape as Shape }));
      }
      default:
        return theirs;
    }
  }

  #struct({ keys, box }: StructShape, ours: StructShape, path: string): StructShape {
    const parts: Part[] = [];
    const later: string[] = [];
    for (const [i, key] of ours.keys.entries()) {
      const part = ours.box.places[i] as Place;
      const next = keys[parts.length];
      if (key === next) parts.push(this.part(box.places[parts.length] as Place, part, stepTo(path, key)));
      else if (part.isOptional && !keys.includes(key)) later.push(key);
      else if (next !== undefined && !ours.keys.includes(next)) break;
      else
        throw new Difference(
          `${stepTo(path, key)} ${keys.includes(key) ? "has another place in the one passed" : "is only in the one passed, and not optional"}`,
        );
    }
    const next = keys[parts.length];
    if (next !== undefined) throw new Difference(`${stepTo(path, next)} is missing in the one passed`);
    return { kind: "struct", keys, box: boxOf(parts), later };
  }
}

/** Equal for two parts that differ inside only, if at all. */
function describePart({ shape, isNullable, isOptional }: Part): string {
  const how = `${isOptional ? "optional " : ""}${isNullable ? "nullable " : ""}${kindOf(shape)}`;
  if (shape.kind === "tuple") return `${how} of ${shape.box.places.length}`;
  return shape.kind === "union" ? `${how} by ${JSON.stringify(shape.key)} of ${shape.members.length}` : how;
}
