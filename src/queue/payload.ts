/**
 * Payloads: values that do not fit into a slot, each in a block of its own that the slot points to. Short ones of some types do
 * fit: then the slot, or the cell, holds the value itself, a number that no address can be (from `VALUES_FROM` on).
 *
 *   block   | bytes : 32 | tag : 32 | the value ... |       starts on a multiple of 8, and so does the value
 *
 * A block is written before it is pushed and read after it was popped, both by the one thread that has it: these are plain
 * accesses, ordered by the queue's atomics. The thread that takes it out frees it. What is left in a queue is freed with the queue, by
 * the kernel, which knows that the slots hold blocks and not what is in them.
 *
 * While a thread has a block, a cell of its account says so, or a slot of its scratch (heap/account.ts): the block is allocated
 * for a cell, which `push` empties, and `pop` takes it out for one, which is emptied when the block is freed.
 */
import type { Scratch } from "../heap/account.js";
import { CorruptionError, DroppedError, TypeMismatchError } from "../heap/errors.js";
import type { HeapInternals } from "../heap/heap.js";
import { ARCS, BLOCKS, OK, OWN_ARC, OWN_BLOCK, OWN_VALUE, SLOT_BYTES, VALUES_FROM } from "../heap/kernel/numbers.js";
import { type Codec, ElementType, PAYLOAD, refused } from "./codec.js";
import { arrayNameOf, checkAttached, lengthOf, type Views, viewsOf } from "./views.js";

/** Bytes of a block before its value. */
const HEAD = 8;
const TAG = 4;
const MAX_BYTES = 0xffffffff - HEAD;

const rooms = new WeakMap<HeapInternals, Room>();

/** A heap as payloads see it. One a thread for each heap, made when the first queue of payloads is. */
export class Room {
  readonly inside: HeapInternals;
  readonly views: Views<SharedArrayBuffer>;

  private constructor(inside: HeapInternals) {
    const { buffer } = inside.heap;
    this.inside = inside;
    this.views = viewsOf(buffer);
  }

  static of(inside: HeapInternals): Room {
    let room = rooms.get(inside);
    if (room === undefined) {
      room = new Room(inside);
      rooms.set(inside, room);
    }
    return room;
  }

  /** A block for `cell` with room for `size` bytes, whose tag is 0. */
  allocate(size: number, cell: number): number {
    const { kernel, exhausted } = this.inside;
    const block = size > MAX_BYTES ? 0 : kernel.alloc(size + HEAD, HEAD, cell) >>> 0;
    if (block === 0) throw exhausted(size + HEAD);
    const { u32 } = this.views;
    u32[block >>> 2] = size;
    u32[(block + TAG) >>> 2] = 0;
    return block;
  }

  /** Says in what other way than the usual one a block's value is written. */
  retag(block: number, tag: number): void {
    this.views.u32[(block + TAG) >>> 2] = tag;
  }

  /** Says how much of a block is used, which was allocated before that was known. */
  resize(block: number, size: number): void {
    this.views.u32[block >>> 2] = size;
  }

  sizeOf(block: number): number {
    return this.views.u32[block >>> 2] as number;
  }

  tagOf(block: number): number {
    return this.views.u32[(block + TAG) >>> 2] as number;
  }

  /** Where a block's value starts. */
  dataOf(block: number): number {
    return block + HEAD;
  }

  /** A block for `cell` that holds a copy of these bytes, which came as a value of type `name`. */
  store(bytes: Uint8Array, cell: number, name: string): number {
    const length = lengthOf.call(bytes);
    if (length === 0) checkAttached(name, bytes);
    const block = this.allocate(length, cell);
    this.views.u8.set(bytes, block + HEAD);
    return block;
  }

  /** A copy of a block's bytes. */
  load(block: number): Uint8Array<ArrayBuffer> {
    const start = block + HEAD;
    return this.views.u8.slice(start, start + this.sizeOf(block)) as unknown as Uint8Array<ArrayBuffer>;
  }

  /** Has `cell` hold a short value itself, a number from `VALUES_FROM` on, where otherwise it owns a block. Returns the number. */
  hold(value: number, cell: number): number {
    this.views.f64[cell >>> 3] = value;
    return value;
  }

  /** Empties `cell`, which owns a block, or holds a value itself. */
  free(block: number, cell: number): void {
    if (block >= VALUES_FROM) {
      this.views.f64[cell >>> 3] = 0;
      return;
    }
    if (this.inside.kernel.free(block, cell) !== OK)
      throw new CorruptionError(`payload block ${block} is not one, or was freed`);
  }
}

/** A type whose values travel as pointers. */
export abstract class PayloadType<T> extends ElementType<T> {
  /** What the kernel frees when a queue is taken apart. */
  readonly content: number;
  /** What the cell owns that `put` fills, and the one that a value comes out to. */
  readonly ownedBefore: number;
  readonly ownedAfter: number;

  constructor(name: string, content = BLOCKS) {
    super(name, PAYLOAD);
    this.content = content;
    this.ownedBefore = content === ARCS ? OWN_ARC : OWN_BLOCK;
    this.ownedAfter = content === ARCS ? OWN_ARC : OWN_VALUE;
  }

  /**
   * Makes a value into something that a slot can point to, owned by `cell`, which is empty. Whatever goes wrong, nothing is left
   * behind.
   */
  put(room: Room, value: T, cell: number): number {
    if (value === undefined) throw refused(this.name, value);
    return room.store(this.encode(value), cell, this.name);
  }

  /** Takes `put` back, for a value that did not go in. The cell is empty again. */
  undo(room: Room, ptr: number, _value: T, cell: number): void {
    room.free(ptr, cell);
  }

  /** The value of what `cell` owns; that is used up, also when this throws, and the cell empty. */
  take(room: Room, ptr: number, cell: number): T {
    try {
      return this.get(room, ptr);
    } finally {
      room.free(ptr, cell);
    }
  }

  /** Shows the value where it lies, or a copy, to `look`; otherwise as `take`. */
  lend<R>(room: Room, ptr: number, cell: number, look: (value: T) => R): R {
    return look(this.take(room, ptr, cell));
  }

  /**
   * `put` for up to `count` values from index `from` on, each into the slot of the scratch that `pushMany` takes it from: the
   * slot owns it, as a cell would. Getters and codecs may run, and must not use the scratch meanwhile.
   *
   * @returns the values that were put, and the error that the next one was refused for.
   */
  putMany(
    room: Room,
    values: ArrayLike<T>,
    from: number,
    count: number,
    scratch: Scratch,
  ): { done: readonly T[]; error: unknown } {
    const done: T[] = [];
    scratch.busy = true;
    try {
      while (done.length < count) {
        const value = values[from + done.length] as T;
        this.put(room, value, slotAt(scratch, done.length));
        done.push(value);
      }
      return { done, error: undefined };
    } catch (error) {
      return { done, error };
    } finally {
      scratch.busy = false;
    }
  }

  /** Takes `putMany` back, for the values from index `from` on. */
  undoMany(room: Room, values: readonly T[], from: number, scratch: Scratch): void {
    for (let i = from; i < values.length; i++) {
      this.undo(room, scratch.slots[i] as number, values[i] as T, slotAt(scratch, i));
    }
  }

  /**
   * Appends the values of the scratch's first `count` slots to `values`. If one cannot be decoded it is gone, and those after it
   * are appended all the same.
   *
   * @returns the first error, if there was one.
   */
  takeMany(room: Room, scratch: Scratch, count: number, values: T[]): { readonly error: unknown } | undefined {
    let first: { readonly error: unknown } | undefined;
    for (let i = 0; i < count; i++) {
      try {
        values.push(this.take(room, scratch.slots[i] as number, slotAt(scratch, i)));
      } catch (error) {
        first ??= { error };
      }
    }
    return first;
  }

  /** The value of what lies there. It is not used up. */
  get(room: Room, ptr: number): T {
    return this.decode(room.load(ptr));
  }
}

/** A slot of the scratch, as the kernel takes a cell. */
function slotAt({ ptr }: Scratch, i: number): number {
  return ptr + SLOT_BYTES * i;
}

/** A view that was lent by `popWith` is used after that. */
export function overdue(): never {
  throw new DroppedError("view, which was valid during its popWith only,");
}

/** A user's codec. */
export class CustomType<T> extends PayloadType<T> {
  readonly codec: Codec<T>;

  constructor(codec: Codec<T>) {
    super(codec.name);
    this.codec = codec;
  }

  encode(value: T): Uint8Array {
    const bytes: unknown = this.codec.encode(value);
    if (arrayNameOf.call(bytes) === "Uint8Array") return bytes as Uint8Array;
    throw refused(`encoded ${this.name}`, bytes);
  }

  /** Nothing is in the cell any more while the codec runs. */
  override take(room: Room, ptr: number, cell: number): T {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = room.load(ptr);
    } finally {
      room.free(ptr, cell);
    }
    return this.decode(bytes);
  }

  decode(bytes: Uint8Array<ArrayBuffer>): T {
    const value = this.codec.decode(bytes);
    // It would pass for an empty queue.
    if (value === undefined)
      throw new TypeMismatchError(`decode of ${this.name} returned undefined, which is no value`);
    return value;
  }
}
