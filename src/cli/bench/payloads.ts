/**
 * The values that are sent. For each kind of element: how the n-th value is made, how its number is read again, and the sum of all
 * numbers of a repetition.
 *
 * To make a value takes every contender the same time, and as little as possible. So the way from thread to thread is measured.
 */
import { array, bytes, type Codec, f64, i32, json, struct, utf8 } from "../../index.js";

export interface Payload {
  /** As a queue's element type. */
  readonly type: Codec<unknown>;
  make(n: number): unknown;
  numberOf(value: unknown): number;
  /** Told from the messages of the harness, which use the same port. */
  is(message: unknown): boolean;
  /** What the numbers of items 0, 1, ... add up to, modulo 2^32. */
  total(items: number): number;
}

/** What a payload is to itself: one that knows the type of its values. */
interface Kind<T> {
  readonly type: Codec<T>;
  readonly make: (n: number) => T;
  readonly numberOf: (value: T) => number;
  readonly is: (message: unknown) => boolean;
  readonly total: (items: number) => number;
}

/** Its values come from `make` and nowhere else, so whoever hands them on need not know their type. */
const payload = <T>(kind: Kind<T>): Payload => kind as unknown as Payload;

const byteOf = (received: Uint8Array, at: number): number => received[at] as number;

const hasId = (message: unknown): boolean => (message as { id?: unknown } | null)?.id !== undefined;

/** The number of items in a repetition is a multiple of this. */
const POOL = 1024;

/** 0 + 1 + ... + items - 1, modulo 2^32. */
const series = (items: number) => Number(BigInt.asIntN(32, (BigInt(items) * BigInt(items - 1)) / 2n));

/** Bytes whose first four are the number; one buffer for all, since both ways of sending copy it. */
function buffers(size: number): Payload {
  const words = new Int32Array(size / 4).fill(0x55555555);
  const value = new Uint8Array(words.buffer);
  return payload({
    type: bytes,
    make(n) {
      words[0] = n;
      return value;
    },
    numberOf: (received) =>
      byteOf(received, 0) | (byteOf(received, 1) << 8) | (byteOf(received, 2) << 16) | (byteOf(received, 3) << 24),
    is: (message) => message instanceof Uint8Array,
    total: series,
  });
}

/** Strings of 32 characters, from a pool: the first two say which. */
function strings(): Payload {
  const pool = Array.from({ length: POOL }, (_, n) => {
    const [high, low] = [48 + (n >> 5), 48 + (n & 31)];
    return String.fromCharCode(high, low).padEnd(32, "the quick brown fox jumps over ");
  });
  return payload({
    type: utf8,
    make: (n) => pool[n % POOL] as string,
    numberOf: (text) => ((text.charCodeAt(0) - 48) << 5) | (text.charCodeAt(1) - 48),
    is: (message) => typeof message === "string" && message.length === 32,
    total: (items) => ((items / POOL) * series(POOL)) | 0,
  });
}

const payloads: Record<string, () => Payload> = {
  i32: () =>
    payload({
      type: i32,
      make: (n) => n,
      numberOf: (value) => value,
      is: (message) => typeof message === "number",
      total: series,
    }),
  f64: () =>
    payload({
      type: f64,
      make: (n) => n + 0.5,
      numberOf: (value) => value - 0.5,
      is: (message) => typeof message === "number",
      total: series,
    }),
  bytes64: () => buffers(64),
  bytes4k: () => buffers(4096),
  utf8_32: strings,
  json: () =>
    payload({
      type: json as Codec<{ id: number }>,
      make: (n): { id: number; [key: string]: unknown } => ({
        id: n,
        name: "resize",
        urgent: false,
        image: { width: 640, height: 480 },
      }),
      numberOf: ({ id }) => id,
      is: hasId,
      total: series,
    }),
  record: () =>
    payload({
      type: struct({ id: f64, name: utf8, tags: array(utf8), at: struct({ x: f64, y: f64 }) }),
      make: (n) => ({ id: n, name: "user-123", tags: ["red", "green", "blue"], at: { x: 0.5, y: -1.25 } }),
      numberOf: ({ id }) => id,
      is: hasId,
      total: series,
    }),
  struct: () =>
    payload({
      type: struct({ id: f64, x: f64, y: f64, z: f64 }),
      make: (n) => ({ id: n, x: 0.5, y: -1.25, z: 3 }),
      numberOf: ({ id }) => id,
      is: hasId,
      total: series,
    }),
};

/** A payload by its name. */
export function payloadOf(name: string): Payload {
  const make = payloads[name];
  if (make === undefined) throw new RangeError(`no payload named ${name}`);
  return make();
}
