/**
 * Tokens: how a shared object travels to another thread. A token is a plain object that structured cloning takes
 * (`workerData`, `postMessage`, a pool's task). It holds no count: opening it looks whether the object still lives.
 */
import { AlignmentError, TokenError, TypeMismatchError } from "./errors.js";
import { brandOf } from "./handle.js";
import {
  KIND_ARC,
  KIND_BARRIER,
  KIND_EVENT,
  KIND_MUTEX,
  KIND_ONCE_CELL,
  KIND_QUEUE,
  KIND_RECEIVER,
  KIND_RW_LOCK,
  KIND_SEMAPHORE,
  KIND_SENDER,
  KIND_TICKET,
} from "./kernel/numbers.js";

/** The least alignment of a block. */
export const MIN_ALIGNMENT = 16;
const MAX_ALIGNMENT = 4096;

/** What a token is for; see {@link ShareOptions}. */
export type TokenKind =
  | "heap"
  | "arc"
  | "queue"
  | "event"
  | "sender"
  | "receiver"
  | "mutex"
  | "semaphore"
  | "rwLock"
  | "barrier"
  | "onceCell";

/**
 * The memory of a heap: a `WebAssembly.Memory`. TypeScript knows that class from the library DOM only; a program without DOM
 * sees what is used of it. See {@link Heap}.
 */
export type SharedMemory =
  typeof globalThis extends Record<"WebAssembly", Record<"Memory", Record<"prototype", infer Memory>>>
    ? Memory
    : {
        /** Its bytes. */
        readonly buffer: SharedArrayBuffer;
      };

/** The part that all tokens share. Opaque, only `open` reads it; see {@link ShareOptions}. */
export interface Token<K extends TokenKind = TokenKind> {
  /** What it is a token of. */
  readonly shmol: K;
  /** The heap's id. */
  readonly heap: string;
  /** The memory itself; absent from a light token, which opens only where the heap is open already. */
  readonly memory?: SharedMemory;
}

/** A token of a counted object; see {@link ShareOptions}. */
export interface ObjectToken<K extends TokenKind = TokenKind> extends Token<K> {
  /** Where the object's control block lies. */
  readonly control: number;
  /** Which object: a control block serves several objects, one after the other. */
  readonly generation: number;
  /** The strong counts that were set aside for its opens. */
  readonly ticket?: {
    /** Where the ticket lies. */
    readonly control: number;
    /** Which ticket: several tickets lie there, one after the other. */
    readonly generation: number;
  };
}

/** A control block's kind as tokens name it. */
export const KINDS: { readonly [K in TokenKind]?: number } = {
  arc: KIND_ARC,
  queue: KIND_QUEUE,
  event: KIND_EVENT,
  sender: KIND_SENDER,
  receiver: KIND_RECEIVER,
  mutex: KIND_MUTEX,
  semaphore: KIND_SEMAPHORE,
  rwLock: KIND_RW_LOCK,
  barrier: KIND_BARRIER,
  onceCell: KIND_ONCE_CELL,
};

/** Likewise the other way round, and of the kind that has no tokens of its own. */
export const KIND_NAMES: Readonly<Record<number, Exclude<TokenKind, "heap"> | "ticket">> = {
  ...Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [kind, name])),
  [KIND_TICKET]: "ticket",
};

/**
 * The options of every `share()`.
 *
 * @example
 * ```js
 * import { Arc } from "shmol";
 *
 * const arc = Arc.create(16);
 * const token = arc.share({ opens: 2, light: true });
 * arc.drop();
 * const one = Arc.open(token);
 * const two = Arc.open(token);
 * try {
 *   Arc.open(token); // a third one was not asked for
 * } catch (error) {
 *   console.log(error.name, one.strongCount, token.memory); // TokenError 2 undefined
 * }
 * one.drop();
 * two.drop();
 * ```
 */
export interface ShareOptions {
  /**
   * The number of strong counts to set aside, one for each `open` of the token. The object stays alive until all were taken, also
   * if the handle is dropped, or this thread ends with exit code 0. Counts that are not taken are given back in one of these
   * ways: by `Heap.revoke(token)`; when a worker ends that `heap.watch(worker, token)` bound the token to; after `timeoutMs`; or
   * when this thread ends in any other way. Without `opens` a token keeps nothing alive.
   */
  opens?: number;
  /**
   * The number of milliseconds, 0 or more, after which opens that were not taken are given back. This thread does so, in its event
   * loop or while it blocks in a call of this library. If it ends with exit code 0 before the time is up, the opens stay until they
   * are taken or revoked.
   */
  timeoutMs?: number;
  /**
   * Whether to leave the memory out. Such a token consists of a few numbers. It can be opened only on a thread that has the heap
   * open: by `Heap.open` and not dropped yet, or because one of its objects is in use. Use it for tokens that are sent with every
   * task: on Node 26 to receive a memory costs 250 to 380 µs, and now and then a major collection.
   */
  light?: boolean;
}

/**
 * An object's own property, undefined if it has none: what everything inherits from `Object.prototype` was not meant. Each is
 * to be read once: a getter may say something else the next time.
 */
export function own<T, K extends keyof T>(from: T, key: K): T[K] | undefined {
  return from !== null && from !== undefined && Object.hasOwn(from, key) ? from[key] : undefined;
}

/** The id of the heap that a token of `kind` names; else a `TokenError` that says what `value` is instead. */
export function heapIdIn(value: unknown, kind: TokenKind): string {
  return idIn(value, (value as Token | null | undefined)?.shmol, kind);
}

function idIn(value: unknown, found: unknown, kind: TokenKind): string {
  if (typeof found !== "string") throw new TokenError(`not a token: ${describe(value)}${whatInstead(value)}`);
  if (found !== kind) throw ofKind(found, kind);
  const { heap }: { heap: unknown } = value as Token;
  if (typeof heap !== "string") throw new TokenError(`the token's heap is not an id: ${describe(heap)}`);
  return heap;
}

/** What opens tokens of each kind. */
const OPENERS: { readonly [K in TokenKind]: string } = {
  heap: "Heap",
  arc: "Arc",
  queue: "ConcurrentQueue",
  event: "SharedEvent",
  sender: "Sender",
  receiver: "Receiver",
  mutex: "Mutex",
  semaphore: "Semaphore",
  rwLock: "RwLock",
  barrier: "Barrier",
  onceCell: "OnceCell",
};

/** The error for a token of another kind. */
function ofKind(found: string, kind: TokenKind): TokenError {
  const opener = Object.hasOwn(OPENERS, found) ? OPENERS[found as TokenKind] : undefined;
  return new TokenError(
    `token is of kind "${found}", expected "${kind}"${opener === undefined ? "" : `: ${opener}.open opens it`}`,
  );
}

/** What to pass instead of what is not a token: the token in it, or the one that it makes. */
function whatInstead(value: unknown): string {
  const anywhere = ". share() makes one";
  if (typeof value !== "object" || value === null) return anywhere;
  try {
    if (brandOf(value) !== undefined && "share" in value) return ", whose share() makes one";
    for (const [name, { value: inner }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      if (isToken(inner)) return ` with a token at ${JSON.stringify(name)}: pass that`;
    }
  } catch {
    // A proxy.
  }
  return anywhere;
}

/** Whether it says that it is a token. */
function isToken(value: unknown): value is Token {
  if (typeof value !== "object" || value === null) return false;
  const kind: unknown = Object.getOwnPropertyDescriptor(value, "shmol")?.value;
  return typeof kind === "string" && Object.hasOwn(OPENERS, kind);
}

/** A counted object's token as it reads now. Its memory is left out: that is needed only if the heap is not open here. */
export function readObjectToken(value: unknown, kind: TokenKind): ObjectToken {
  return objectTokenOf(value, kind, heapIdIn(value, kind));
}

/** Spelled out, and not by `own`, since tokens are opened often: only what a token may lack could be inherited. */
function objectTokenOf(value: unknown, shmol: TokenKind, heap: string): ObjectToken {
  const { control, generation, ticket }: { control: unknown; generation: unknown; ticket?: unknown } =
    value as ObjectToken;
  checkWord(control, "control block");
  checkWord(generation, "generation");
  const isOwn = ticket !== undefined && Object.hasOwn(value as ObjectToken, "ticket");
  return { shmol, heap, control, generation, ticket: isOwn ? ticketOf(ticket) : undefined } as ObjectToken;
}

function ticketOf(ticket: unknown): ObjectToken["ticket"] {
  if (typeof ticket !== "object" || ticket === null)
    throw new TokenError(`the token's ticket is not one: ${describe(ticket)}`);
  const { control, generation } = ticket as { control: unknown; generation: unknown };
  checkWord(control, "ticket");
  checkWord(generation, "ticket's generation");
  return { control, generation };
}

/** A token with opens set aside. */
export type TicketToken = ObjectToken & { readonly ticket: NonNullable<ObjectToken["ticket"]> };

/** Like `readObjectToken`, for tokens of whatever object that have opens set aside. */
export function readTicketToken(value: unknown): TicketToken {
  const kind: unknown = (value as Token | null | undefined)?.shmol;
  if (typeof kind === "string" && !Object.hasOwn(KINDS, kind)) {
    throw new TokenError(`a token of kind ${describe(kind)} has no opens`);
  }
  const token = objectTokenOf(value, kind as TokenKind, idIn(value, kind, kind as TokenKind));
  if (token.ticket !== undefined) return token as TicketToken;
  throw new TokenError(`the token of ${token.shmol} ${token.control} has no opens: share({ opens }) sets some aside`);
}

function checkWord(value: unknown, what: string): asserts value is number {
  if (typeof value !== "number" || value >>> 0 !== value) {
    throw new TokenError(`the token's ${what} is not a 32-bit number: ${describe(value)}`);
  }
}

/** A value as an error message shows it: short, and without calling its getters or methods. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || (typeof value === "object" && value !== null)) return withArticle(kindOf(value));
  return Object.is(value, -0) ? "-0" : String(value);
}

/** What all typed arrays' constructors inherit from. */
export const AnyTypedArray = Object.getPrototypeOf(Uint8Array) as Uint8ArrayConstructor;

/** What an object is, as its class or its token says. */
function kindOf(value: object): string {
  try {
    const own = brandOf(value);
    if (own !== undefined) return own;
    if (typeof value === "function") return "function";
    if (isToken(value)) return `token of kind "${value.shmol}"`;
    if (Array.isArray(value)) return "array";
    // A proxy of a typed array, or what only inherits from one.
    if (value instanceof AnyTypedArray && !ArrayBuffer.isView(value)) return "object";
    const prototype: object | null = Object.getPrototypeOf(value);
    const Class: unknown =
      prototype === null ? undefined : Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    const name: unknown =
      typeof Class === "function" ? Object.getOwnPropertyDescriptor(Class, "name")?.value : undefined;
    if (name === "Promise") return "Promise that was not awaited";
    return typeof name === "string" && name !== "" && name !== "Object" ? name : "object";
  } catch {
    // A proxy.
    return typeof value;
  }
}

/** A name with its article. */
export function withArticle(name: string): string {
  return `${/^([aeio]|u(?!int|rl))/i.test(name) ? "an" : "a"} ${name}`;
}

/** Milliseconds as an error message shows them: as they were asked for, up to the microsecond. */
export function inMs(timeoutMs: number): string {
  return `${Number(timeoutMs.toFixed(3))} ms`;
}

/** Milliseconds from 0 up, or none; else a `TypeMismatchError`. */
export function checkTimeout(timeoutMs: unknown): void {
  if (timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs >= 0)) return;
  throw new TypeMismatchError(`timeoutMs must be a number that is not negative: ${describe(timeoutMs)}`);
}

/** Whether `value` is an integer from `min` to `max`; else a `TypeMismatchError` that names both. */
export function checkInteger(value: unknown, what: string, min: number, max: number): asserts value is number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return;
  throw new TypeMismatchError(`${what} must be an integer from ${min} to ${max}: ${describe(value)}`);
}

/** Checks an alignment: a power of two from 16 to 4096. */
export function checkAlignment(align: unknown, what = "alignment"): asserts align is number {
  const valid =
    typeof align === "number" && align >= MIN_ALIGNMENT && align <= MAX_ALIGNMENT && (align & (align - 1)) === 0;
  if (valid && Number.isInteger(align)) return;
  throw new AlignmentError(
    `${what} must be a power of two from ${MIN_ALIGNMENT} to ${MAX_ALIGNMENT}: ${describe(align)}`,
  );
}
