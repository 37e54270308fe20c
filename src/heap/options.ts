/**
 * Options, as every public function takes them: an object whose own properties all have known names, each read once. Most are
 * plain objects. One of a class counts if it has one of the options, as an `AbortController` has a signal. What others have put
 * into `Object.prototype` is nobody's option.
 */
import { TypeMismatchError } from "./errors.js";
import { brandOf } from "./handle.js";
import { describe } from "./token.js";

/** Inherits nothing, but is no `Object.create(null)`, which is slow to read from. */
class None {}
Object.setPrototypeOf(None.prototype, null);
const NONE: object = Object.freeze(new None());

/** The options that go by these names, each read once; else a `TypeMismatchError`. */
export function optionsOf<O extends object>(options: O | undefined, names: readonly (keyof O & string)[]): Readonly<O> {
  return options === undefined ? (NONE as O) : read(options, names);
}

function read<O extends object>(options: O, names: readonly (keyof O & string)[]): O {
  const ofClass = !isPlain(options);
  if (ofClass && !hasSome(options, names)) {
    throw new TypeMismatchError(`options must be a plain object, { ${names.join(", ")} }: ${describe(options)}`);
  }
  const read = new None() as Partial<O>;
  for (const name of Object.getOwnPropertyNames(options) as (keyof O & string)[]) {
    checkName(name, names);
    read[name] = options[name];
  }
  if (ofClass) for (const name of names) if (!(name in read) && has(options, name)) read[name] = options[name];
  return read as O;
}

function checkName(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new TypeMismatchError(`unknown option ${describe(name)}: the options here are { ${names.join(", ")} }`);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isRoot(prototype);
}

/** Whether it is of a class that has some of the options, and no handle or codec. */
function hasSome(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null || brandOf(value) !== undefined) return false;
  return names.some((name) => has(value, name));
}

/** Whether the object or its class has a property, `Object` aside. */
function has(value: object, name: string): boolean {
  if (Object.hasOwn(value, name)) return true;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype !== null && prototype !== Object.prototype && !isRoot(prototype) && has(prototype, name);
}

/** Whether it is the `Object.prototype` of some realm. */
function isRoot(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null;
}
