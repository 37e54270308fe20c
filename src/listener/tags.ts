/**
 * Tags: how the value that goes with a notification comes to lie in 64 bits of a listener's node, and out again. The types
 * are those of queues, and a tag lies in its node as an element does in its slot.
 */
import type { HeapInternals } from "../heap/heap.js";
import { INLINE } from "../heap/kernel/numbers.js";
import { BOOL, type ElementType, F32, I32, I64, PAYLOAD, refused, tagOf, U32 } from "../queue/codec.js";
import { PayloadType, Room } from "../queue/payload.js";

/** A tag as the kernel takes it: a bigint for types of 64-bit integers. */
export type Slot = number | bigint;

export class Tags<Tag = unknown> {
  readonly type: ElementType<Tag>;
  readonly #inside: HeapInternals;
  /** For payloads only. */
  readonly #room: Room | undefined;

  constructor(type: ElementType<Tag>, inside: HeapInternals) {
    this.type = type;
    this.#inside = inside;
    this.#room = type instanceof PayloadType ? Room.of(inside) : undefined;
  }

  /** Whether code of users may run while a value is made into a tag: codecs, getters, `toJSON`. */
  get runsCode(): boolean {
    return this.type.lane === PAYLOAD;
  }

  /** What the kernel frees when a tag is lost. */
  static contentOf(type: ElementType<unknown> | undefined): number {
    return type instanceof PayloadType ? type.content : INLINE;
  }

  /** The type's name in 32 bits; 0: there are no tags. */
  static typeOf(name: string | undefined): number {
    return name === undefined ? 0 : tagOf(name);
  }

  /** An empty cell for a tag that comes with a notification; 0: tags of this type need none. */
  cell(): number {
    const { type } = this;
    if (!(type instanceof PayloadType)) return 0;
    return this.#inside.account.take(type.ownedAfter);
  }

  /** An empty cell for a tag that is to be made; 0 likewise. */
  cellToPut(): number {
    const { type } = this;
    return type instanceof PayloadType ? this.#inside.account.take(type.ownedBefore) : 0;
  }

  /**
   * Makes a value into a tag, owned by `cell`; throws for one that is not of the type, and what a codec throws. Then nothing is
   * left behind.
   */
  put(value: Tag, cell: number): Slot {
    const { lane, name } = this.type;
    if (lane === PAYLOAD) return (this.type as PayloadType<Tag>).put(this.#room as Room, value, cell);
    const slot = numberOf(lane, value);
    if (slot === undefined) throw refused(name, value);
    return slot;
  }

  /** Takes `put` back. */
  undo(slot: Slot, value: Tag, cell: number): void {
    if (this.type.lane === PAYLOAD)
      (this.type as PayloadType<Tag>).undo(this.#room as Room, slot as number, value, cell);
  }

  /** The tag that the kernel's last `leave` took, as it lies. */
  taken(): Slot {
    const { kernel } = this.#inside;
    const { lane } = this.type;
    return lane === I64 || lane === I64 + 1 ? kernel.takenTagBits() : kernel.takenTag();
  }

  /** A taken tag's value. What it stood for, in `cell`, is used up, also when this throws. */
  take(slot: Slot, cell: number): Tag {
    const { lane } = this.type;
    if (lane === PAYLOAD) return (this.type as PayloadType<Tag>).take(this.#room as Room, slot as number, cell);
    let value: unknown = slot;
    if (typeof slot === "bigint") value = lane === I64 ? BigInt.asIntN(64, slot) : BigInt.asUintN(64, slot);
    else if (lane === I32) value = slot | 0;
    else if (lane === U32) value = slot >>> 0;
    else if (lane === BOOL) value = slot !== 0;
    return value as Tag;
  }
}

/** What lies in the node for a value of a type without payload; undefined: it is not of the type. */
function numberOf(lane: number, value: unknown): Slot | undefined {
  if (typeof value === "number") {
    switch (lane) {
      case I32:
        return (value | 0) === value ? value | 0 : undefined;
      case U32:
        return value >>> 0 === value ? value : undefined;
      case F32:
        return Math.fround(value);
      default:
        return lane < BOOL ? value : undefined;
    }
  }
  if (typeof value === "boolean") return lane === BOOL ? Number(value) : undefined;
  if (typeof value !== "bigint" || lane < I64) return undefined;
  return value === (lane === I64 ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) ? value : undefined;
}
