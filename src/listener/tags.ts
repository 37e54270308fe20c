/**
 * Tags: how the value that goes with a notification comes to lie in 64 bits of a listener's node, and out again. The types
 * are those of queues, and a tag lies in its node as an element does in its slot.
 */
import { IN } from "../heap/account.js";
import type { HeapInternals } from "../heap/heap.js";
import { INLINE } from "../heap/kernel/numbers.js";
import { type ElementType, I64, PAYLOAD, tagOf, U64 } from "../queue/codec.js";
import { decode, decodeBits, encode, encodeBits } from "../queue/lanes.js";
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

  /** The thread's hand for a tag that is to be made, until its `handBack`; 0 likewise. */
  hand(): number {
    const { type } = this;
    return type instanceof PayloadType ? this.#inside.account.hand(type.ownedBefore, IN) : 0;
  }

  /**
   * Makes a value into a tag, owned by `cell`; throws for one that is not of the type, and what a codec throws. Then nothing is
   * left behind.
   */
  put(value: Tag, cell: number): Slot {
    const { type } = this;
    if (type.lane === PAYLOAD) return (type as PayloadType<Tag>).put(this.#room as Room, value, cell);
    return type.lane < I64 ? encode(type, value) : encodeBits(type, value);
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
    return lane === I64 || lane === U64 ? kernel.takenTagBits() : kernel.takenTag();
  }

  /** A taken tag's value. What it stood for, in `cell`, is used up, also when this throws. */
  take(slot: Slot, cell: number): Tag {
    const { lane } = this.type;
    if (lane === PAYLOAD) return (this.type as PayloadType<Tag>).take(this.#room as Room, slot as number, cell);
    return (typeof slot === "bigint" ? decodeBits(lane, slot) : decode(lane, slot)) as Tag;
  }
}
