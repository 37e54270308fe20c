/** Parts of records that are more than a number: what both backends do with one of them. */
import { CorruptionError } from "../../../heap/errors.js";
import type { Views } from "../../views.js";
import { readNarrow, readWide } from "../strings.js";

// ── values that are written; undefined: it is not of the type ──

const { getTime } = Date.prototype;

export function timeIn(value: unknown): number | undefined {
  try {
    return getTime.call(value as Date);
  } catch {
    return undefined;
  }
}

/** The keys of a map: of an object that is nothing but its properties. */
export function keysIn(value: unknown): readonly string[] | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of whatever realm.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? Object.keys(value) : undefined;
}

// ── what is read ──

/** What stands in a block is no record of its type: somebody has written there who should not have. */
export function corrupt(): never {
  throw new CorruptionError("a block holds no record of its type");
}

/** Bytes of a string of which a record notes this. */
export function bytesOfText(note: number): number {
  return (note & 1) === 1 ? note - 1 : note >>> 1;
}

export function readText(views: Views, at: number, note: number): string {
  return (note & 1) === 1 ? readWide(views, at, note >>> 1) : readNarrow(views, at, note >>> 1);
}

export function readBytes({ u8 }: Views, at: number, length: number): Uint8Array<ArrayBuffer> {
  return u8.slice(at, at + length) as Uint8Array<ArrayBuffer>;
}

export function readJson(views: Views, at: number, note: number): unknown {
  const text = readText(views, at, note);
  try {
    return JSON.parse(text);
  } catch {
    return corrupt();
  }
}

/** Adds an entry to a map. */
export function setEntry(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}
