/**
 * Where a record is put together before it has a block. Its size is known only when all of it was looked at, and to look may run
 * code of users: a getter, a proxy's trap, a `toJSON`. So each part is read once, and written here. The block is allocated last,
 * for the size that it really needs, when nothing can go wrong any more.
 *
 * A copy costs less than a second look: 10 ns for 100 bytes.
 */
import { OutOfMemoryError } from "../../../heap/errors.js";
import type { Room } from "../../payload.js";
import { lengthOf, type Views, viewsOf } from "../../views.js";
import { roomFor, SHORT, writeNarrow, writeShort, writeWide } from "../strings.js";
import { roundUp } from "./shape.js";

const FIRST = 16 * 1024;
/** A larger stage is not kept. */
const KEPT = 1024 * 1024;
const MOST = 1024 ** 3;
/** Up to so many bytes a loop copies faster than `set`. */
const SHORT_COPY = 320;

/** Thrown by writers for which a stage is too small. They are to begin again on a larger one. */
const overflow = new RangeError("a stage is too small");

/** Writes a value from the stage's start on, and returns where it ends. */
export type Write = (stage: Stage, value: unknown) => number;

/** Reads the value that lies at `start`, and takes `size` bytes at most. */
export type Read = (views: Views, start: number, size: number) => unknown;

/** The thread's stage while nobody writes to it. Code of users may write while another record is being written. */
let spare: Stage | undefined;

export class Stage implements Views<ArrayBuffer> {
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly u16: Uint16Array<ArrayBuffer>;
  readonly i32: Int32Array<ArrayBuffer>;
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly f32: Float32Array<ArrayBuffer>;
  readonly f64: Float64Array<ArrayBuffer>;
  readonly i64: BigInt64Array<ArrayBuffer>;
  readonly u64: BigUint64Array<ArrayBuffer>;
  readonly text: Views["text"];
  readonly size: number;
  /** Whether values of `json` are looked through for what JSON would lose. */
  checked = false;
  /** Where the last value ended. */
  #end = 0;
  /** From here on there are zeros. */
  #used = 0;

  private constructor(size: number) {
    const { u8, u16, i32, u32, f32, f64, i64, u64, text } = viewsOf(new ArrayBuffer(size));
    this.u8 = u8;
    this.u16 = u16;
    this.i32 = i32;
    this.u32 = u32;
    this.f32 = f32;
    this.f64 = f64;
    this.i64 = i64;
    this.u64 = u64;
    this.text = text;
    this.size = size;
  }

  /** Writes a value to a block for `cell`. */
  static put(write: Write, value: unknown, room: Room, cell: number): number {
    const stage = Stage.#fill(write, value, room.inside.checked !== undefined);
    // Nobody else writes to the stage before it is copied: no code of users runs from here on.
    const size = (stage.#end + 7) & -8;
    const block = room.allocate(size, cell);
    const start = room.dataOf(block);
    if (size > SHORT_COPY) {
      room.views.u8.set(stage.u8.subarray(0, size), start);
      return block;
    }
    const from = stage.u32;
    const to = room.views.u32;
    const words = size >>> 2;
    for (let i = 0, at = start >>> 2; i < words; i += 2, at += 2) {
      to[at] = from[i] as number;
      to[at + 1] = from[i + 1] as number;
    }
    return block;
  }

  /** A value's bytes. */
  static encode(write: Write, value: unknown, checked = false): Uint8Array<ArrayBuffer> {
    // Between fields there are zeros.
    if (spare !== undefined) spare.u8.fill(0, 0, spare.#used);
    const stage = Stage.#fill(write, value, checked);
    return stage.u8.slice(0, stage.#end);
  }

  /** The value of such bytes. Nothing that is read runs code of users. */
  static decode(read: Read, bytes: Uint8Array): unknown {
    const { length } = bytes;
    let stage = spare ?? new Stage(FIRST);
    if (length > stage.size) stage = new Stage(roundUp(length, 8));
    stage.u8.set(bytes);
    stage.#used = Math.max(stage.#used, length);
    if (stage.size <= KEPT) spare = stage;
    return read(stage, 0, length);
  }

  static #fill(write: Write, value: unknown, checked: boolean): Stage {
    let stage = spare ?? new Stage(FIRST);
    spare = undefined;
    try {
      for (;;) {
        const used = stage.#used;
        stage.#used = stage.size;
        try {
          stage.checked = checked;
          const end = write(stage, value);
          stage.#end = end;
          stage.#used = Math.max(used, end);
          return stage;
        } catch (error) {
          if (error !== overflow) throw error;
          stage = new Stage(roundUp(Math.max(stage.#end, 2 * stage.size), 8));
        }
      }
    } finally {
      if (stage.size <= KEPT) spare = stage;
    }
  }

  /** Has the writer begin again on a larger stage, where it may write up to `end`. */
  overflow(end: number): never {
    if (end > MOST) throw new OutOfMemoryError(`a record of ${end} bytes: it may have ${MOST} at most`);
    this.#end = end;
    throw overflow;
  }

  /** Writes a string at `end`, and at `at` where it lies and how long it is. Returns where it ends, as all such functions. */
  putText(text: string, at: number, end: number): number {
    const { u8, u32, size } = this;
    const { length } = text;
    const after = end + length;
    if (length > SHORT || after > size || !writeShort(u8, text, end)) return this.#putLong(text, at, end);
    u32[at >>> 2] = end;
    u32[(at + 4) >>> 2] = length << 1;
    return after;
  }

  #putLong(text: string, at: number, end: number): number {
    const { length } = text;
    if (end + roomFor(length) > this.size) this.overflow(end + roomFor(length));
    const isNarrow = writeNarrow(this, text, end);
    const start = isNarrow ? end : (end + 1) & -2;
    const after = start + (isNarrow ? length : 2 * length);
    if (after > this.size) this.overflow(after);
    if (!isNarrow) writeWide(this, text, start);
    this.u32[at >>> 2] = start;
    this.u32[(at + 4) >>> 2] = (length << 1) | (isNarrow ? 0 : 1);
    return after;
  }

  putBytes(bytes: Uint8Array, at: number, end: number): number {
    const length = lengthOf.call(bytes);
    const after = end + length;
    if (after > this.size) this.overflow(after);
    this.u8.set(bytes, end);
    this.u32[at >>> 2] = end;
    this.u32[(at + 4) >>> 2] = length;
    return after;
  }

  /** Room at `end`, on a multiple of `align`, for `size` bytes, which is noted at `at`. Returns where it starts. */
  reserve(at: number, end: number, align: number, size: number): number {
    const start = (end + align - 1) & -align;
    if (start + size > this.size) this.overflow(start + size);
    this.u32[at >>> 2] = start;
    return start;
  }
}
