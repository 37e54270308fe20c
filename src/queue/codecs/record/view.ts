/** What `popWith` shows of a struct: an object whose properties read where the record lies. */
import { inspectAs } from "../../../heap/handle.js";
import { overdue } from "../../payload.js";
import type { Views } from "../../views.js";
import { readNumber } from "../numbers.js";
import { Reader } from "./interpret.js";
import type { Box, Place } from "./shape.js";

/** A record that is shown, until `end` is set. */
export interface Lease {
  readonly views: Views;
  readonly start: number;
  readonly size: number;
  ended: boolean;
}

type View = new (lease: Lease, at: number) => object;

const classes = new WeakMap<Box, View>();

/** The value of a box with one place, or, if it is a struct, a view of it. */
export function show(box: Box, lease: Lease): unknown {
  return readerOf(lease, box.size).box(box, lease.start);
}

function readerOf(lease: Lease, end: number): Reader {
  const { views, start, size } = lease;
  return new Reader(views, start, size, end, (keys, box, at) => new (viewOf(keys, box))(lease, at));
}

/** The class of views of a struct. */
function viewOf(keys: readonly string[], box: Box): View {
  let found = classes.get(box);
  if (found === undefined) {
    found = makeView(keys, box);
    classes.set(box, found);
  }
  return found;
}

function makeView(keys: readonly string[], box: Box): View {
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
        const read = readerFor(place, box);
        const get = function (this: View): unknown {
          if (this.#lease.ended) overdue();
          return read(this.#lease, this.#at);
        };
        Object.defineProperty(View.prototype, keys[i] as string, { get, enumerable: true });
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
