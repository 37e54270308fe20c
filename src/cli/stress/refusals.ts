/**
 * Options that cannot be: refused with the number that was wrong, before anything is started.
 */
import { AlignmentError, Heap, OutOfMemoryError, TypeMismatchError } from "../../index.js";

/** An option that cannot be. Nothing was started. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

export const DAY_MS = 24 * 60 * 60 * 1000;

export function integer(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new OptionError(`${name} must be an integer from ${min} to ${max}: ${value}`);
}

export function amount(name: string, value: number, min: number, max: number, unit: string): void {
  if (value >= min && value <= max) return;
  throw new OptionError(`${name} must be from ${min} to ${max}${unit}: ${value}`);
}

export function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new OptionError(`${name} must be one of ${allowed.join(", ")}: ${value}`);
}

/** A heap as the options say. */
export function createHeap({ heap, alignment }: { heap: number; alignment: number }): Heap {
  try {
    return Heap.create({ capacity: heap, alignment });
  } catch (error) {
    throw refusal(error, "heap: ");
  }
}

/** What an option is to blame for, as an `OptionError`. */
export function refusal(error: unknown, what: string): unknown {
  const blamed = [TypeMismatchError, AlignmentError, OutOfMemoryError].some((type) => error instanceof type);
  return blamed ? new OptionError(`${what}${(error as Error).message}`, { cause: error }) : error;
}
