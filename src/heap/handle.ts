/**
 * What a handle shows to those who see nothing of its private fields: structured cloning, deep equality, inspectors, and other
 * copies of this package.
 */
import { TypeMismatchError } from "./errors.js";

/** Under this key each class of handles says what it is, to whichever copy of the package. */
const BRAND = Symbol.for("shmol.handle");
/** What Node, Bun and Deno call to show an object. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** What a class of handles says of itself. */
interface Brand {
  readonly name: string;
  /** Whose class it is; another object in each copy of the package. */
  readonly copy: object;
}

const COPY: object = Object.freeze({});

type Inspect = (value: unknown, options: unknown) => string;

/** Gives a class of handles its name, as a text, which survives minifiers; and has inspectors show what `toJSON` returns. */
export function brand(Class: { readonly prototype: object }, name: string): void {
  nameAs(Class.prototype, name);
  inspectAs(Class.prototype, name);
}

/** What errors call objects with this prototype. */
export function nameAs(prototype: object, name: string): void {
  Object.defineProperty(prototype, BRAND, { value: { name, copy: COPY } satisfies Brand });
}

/** Has inspectors show what the objects' `toJSON` returns. */
export function inspectAs(prototype: object, name: string): void {
  const value = function (this: object, depth: number, options: object, inspect: Inspect): string {
    if (depth < 0) return `[${name}]`;
    try {
      return `${name} ${inspect((this as { toJSON(): object }).toJSON(), options)}`;
    } catch (error) {
      // Who only looks must not fail.
      return `${name} { ${(error as Error).message} }`;
    }
  };
  Object.defineProperty(prototype, INSPECT, { value });
}

/** What `value` is if it is a handle or a codec; of another copy of the package, if it is that. */
export function brandOf(value: object): string | undefined {
  const found = (value as { readonly [BRAND]?: Brand })[BRAND];
  if (found === undefined) return undefined;
  return found.copy === COPY ? found.name : `${found.name} of another copy of this package (see npm ls shmol)`;
}

/** The error for `new` of a class whose constructor is not for users. */
export function notByNew(name: string, ways: string): TypeMismatchError {
  return new TypeMismatchError(`there is no new ${name}(): use ${ways}`);
}

/**
 * Makes structured cloning refuse a handle: it would make an empty object of it. What no algorithm clones is a function, and
 * cloning looks at every enumerable property. The error (a `DataCloneError`, as for everything that cannot be cloned) quotes the
 * function, so its text is the advice. A getter that throws would say it better, and would also throw at everyone else who only
 * looks: inspectors, deep equality, spread.
 *
 * Each handle has a number of its own beside it, so no two handles are deep-equal: a function of its own would cost more.
 */
export function refuseCloning(handle: object): void {
  const shown = handle as { uncloneable?: unknown; serial?: number };
  // A listener is made and gone in 100 ns: `defineProperty` would double that.
  shown.uncloneable = uncloneable;
  serial = (serial + 1) | 0;
  shown.serial = serial;
}

let serial = 0;

// No comment inside: bundlers leave those out.
const uncloneable = () => "a handle stays on its thread: send what share() gives, and open() that on the other side";
