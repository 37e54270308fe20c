/**
 * What a lock protects: nothing, a number, a record of fixed size, or bytes. It lies behind the lock's events, one alignment unit or more
 * away from the words that others write, and guards read and write it where it lies.
 */
import type { Count } from "../arc/counted.js";
import { TypeMismatchError } from "../heap/errors.js";
import { optionsOf } from "../heap/options.js";
import { checkAlignment, checkInteger, describe, type ObjectToken, own } from "../heap/token.js";
import { type FixedCodec, refused, tagOf } from "../queue/codec.js";
import { NumberType, readNumber, writeNumber } from "../queue/codecs/numbers.js";
import { RecordType } from "../queue/codecs/record/type.js";
import type { Lease } from "../queue/codecs/record/view.js";
import { elementType, openTyped } from "../queue/elements.js";
import { Room } from "../queue/payload.js";
import { Core, type LockKind, type LockOptions, newLock } from "./lock.js";

/** What makes a lock of bytes; see {@link Mutex.create}. */
export interface LockBytesOptions extends LockOptions {
  /** The alignment of the bytes, a power of two from 16 to 4096; by default the heap's unit. */
  align?: number;
}

/** What to make a lock for: nothing, a type of fixed size, or so many bytes. */
export type ContentType<T> = FixedCodec<T> | number | undefined;

/** The name of what is bytes. */
const BYTES = "bytes";
const MAX_SIZE = 0xffffffff;

/** One kind of content. */
export class Content<T> {
  /** The type's name in tokens; undefined: there is nothing. */
  readonly name: string | undefined;
  readonly #type: NumberType<T> | RecordType<T> | undefined;

  constructor(name: string | undefined, type: NumberType<T> | RecordType<T> | undefined) {
    this.name = name;
    this.#type = type;
  }

  /** The name in 32 bits; 0: there is nothing. */
  get tag(): number {
    return this.name === undefined ? 0 : tagOf(this.name);
  }

  get isBytes(): boolean {
    return this.name === BYTES;
  }

  /** What lies there. A struct's properties read and write there as long as the lease lasts. */
  read({ inside, at, size }: ContentCore<T>, lease: () => Lease): T {
    const type = this.#type;
    if (type instanceof RecordType) return type.at(lease());
    if (type !== undefined) return readNumber(Room.of(inside).views, type.lane, at) as T;
    return (this.isBytes ? new Uint8Array(inside.heap.buffer, at, size) : undefined) as T;
  }

  /** Writes all of it at once. What is refused is refused before anything is written. */
  write({ inside, at, size }: ContentCore<T>, value: T): void {
    const type = this.#type;
    const { views } = Room.of(inside);
    if (type instanceof RecordType) type.writeAt(views, at, value);
    else if (type !== undefined) writeNumber(views, type, at, value);
    else if (!this.isBytes) throw new TypeMismatchError(`this lock protects nothing: ${describe(value)}`);
    else if (!(value instanceof Uint8Array) || value.length !== size) throw refused(`${size} bytes`, value);
    else views.u8.set(value, at);
  }
}

const nothing = new Content<unknown>(undefined, undefined);
const bytes = new Content<unknown>(BYTES, undefined);

/** What the handle and the guards of a lock with content work with. */
export class ContentCore<T> extends Core {
  readonly content: Content<T>;
  /** Where the content lies, and its bytes. */
  readonly at: number;
  readonly size: number;

  /** @param events how many events the lock begins with. */
  constructor(count: Count, content: Content<T>, events: number) {
    super(count);
    const { kernel } = this;
    const { control } = count;
    const start = behind(events * kernel.eventSize(), kernel.alignOf(control));
    this.content = content;
    this.at = count.value + start;
    this.size = (kernel.sizeOf(control) >>> 0) - start;
  }
}

/** A count of a new lock with such content. */
export function createWith<T>(
  kind: number,
  events: number,
  type: ContentType<T>,
  options: LockBytesOptions | undefined,
): { count: Count; content: Content<T> } {
  const { heap, align } = optionsOf(options, ["heap", "align"]);
  if (align !== undefined) checkAlign(type, align);
  const { content, size } = contentFor(type);
  const count = newLock(heap, kind, {
    events,
    type: content.tag,
    align,
    sizeBehind: (head, unit) => (size === 0 ? head : behind(head, unit) + size),
  });
  return { count, content };
}

function checkAlign(type: ContentType<unknown>, align: number): void {
  checkAlignment(align, "align");
  if (typeof type === "number") return;
  throw new TypeMismatchError(`align is for bytes, and there are none: ${align}. Use create(size, { align })`);
}

function contentFor<T>(type: ContentType<T>): { content: Content<T>; size: number } {
  if (type === undefined) return { content: nothing as Content<T>, size: 0 };
  if (typeof type === "number") {
    checkInteger(type, "size", 1, MAX_SIZE);
    return { content: bytes as Content<T>, size: type };
  }
  const known = elementType(type);
  if ((known instanceof NumberType || known instanceof RecordType) && known.byteLength !== undefined)
    return { content: new Content<T>(known.name, known), size: known.byteLength };
  throw new TypeMismatchError(
    `a lock protects a number, a bool, a record of fixed size, or bytes: ${known.name} has no fixed size. Use create(size) for bytes`,
  );
}

/** A count by the token of a lock with content. */
export function openWith<T>(
  token: ObjectToken & { readonly type?: string },
  kind: LockKind,
): { count: Count; content: Content<T> } {
  const name = own(token, "type") as string | undefined;
  const { count, type } = openTyped<T>(token, kind, {
    name,
    passed: undefined,
    what: "what it protects",
    without: "it protects nothing",
    tagIn: (kernel, lock) => kernel.tagType(lock),
  });
  if (name === undefined) return { count, content: nothing as Content<T> };
  if (name === BYTES) return { count, content: bytes as Content<T> };
  return { count, content: new Content<T>(name, type as NumberType<T> | RecordType<T>) };
}

/** Where content begins behind the lock's own `size` bytes. */
function behind(size: number, align: number): number {
  return Math.ceil(size / align) * align;
}
