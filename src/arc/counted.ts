/**
 * What every handle stands on: one strong count of a counted object, owned by one host object.
 *
 *   handle (Arc, ConcurrentQueue, ...) -> Count -> control block
 *
 * The handle may be dropped by its user, or be forgotten and collected; either way the count goes back once.
 */
import { DroppedError, OutOfMemoryError, TokenError } from "./errors.js";
import { type HeapInternals, heapOfToken, internals } from "./heap.js";
import type { Kernel } from "./instance.js";
import {
  KIND_ARC,
  KIND_EVENT,
  KIND_QUEUE,
  KIND_RECEIVER,
  KIND_SENDER,
  MAX_COUNT,
  OK,
  OVERFLOW,
} from "./kernel/status.js";
import type { Holding, HoldingKind } from "./ledger.js";
import { checkInteger, checkObjectToken, type ObjectToken, type ShareOptions, type TokenKind } from "./token.js";

/** A control block's kind as tokens name it. */
const KINDS: { readonly [K in TokenKind]?: number } = {
  arc: KIND_ARC,
  queue: KIND_QUEUE,
  event: KIND_EVENT,
  sender: KIND_SENDER,
  receiver: KIND_RECEIVER,
};

/** And as ledgers name it. */
const HELD_AS: Readonly<Record<number, HoldingKind>> = {
  [KIND_ARC]: "arc",
  [KIND_QUEUE]: "queue",
  [KIND_EVENT]: "event",
  [KIND_SENDER]: "sender",
  [KIND_RECEIVER]: "receiver",
};

/** Takes the content of an object apart when its last count goes, before its value is freed. */
export type Destroy = (kernel: Kernel, value: number) => void;

/**
 * The backstop for handles that nobody dropped. A handle that gave out a view of its memory is only counted: the view may
 * live on, and memory that is freed under a view is the very fault this project began with.
 */
const forgotten = new FinalizationRegistry<Count>((count) => count.collected());

/** One strong count. */
export class Count {
  /** The heap's, also when its own handle was dropped. */
  readonly internals: HeapInternals;
  /** The control block, as the kernel takes it. */
  readonly control: number;
  /** Whether a view of the object's memory was given out. */
  viewed = false;
  readonly #destroy: Destroy | undefined;
  #held = true;
  /** In a checked heap: what stands in its ledger for this count, and the generation of the object that it is of. */
  readonly #holding: Holding | undefined;
  readonly #generation: number = 0;

  constructor(internals: HeapInternals, control: number, destroy?: Destroy) {
    this.internals = internals;
    this.control = control | 0;
    this.#destroy = destroy;
    const { checked } = internals;
    if (checked === undefined) return;
    const { kernel, ledger } = checked;
    this.#generation = kernel.generationOf(control);
    this.#holding = ledger.taken(HELD_AS[kernel.kindOf(control)] ?? "arc", {
      control: control >>> 0,
      ptr: this.value,
      size: kernel.sizeOf(control) >>> 0,
      align: kernel.alignOf(control),
    });
  }

  /** The value's offset. */
  get value(): number {
    return this.internals.kernel.valueOf(this.control) >>> 0;
  }

  /** This count; in a checked heap only if the object that it was taken of is still there. */
  verified(): this {
    this.internals.checked?.kernel.verifyGeneration(this.control, this.#generation);
    return this;
  }

  /** Releases the count when `handle` is collected without having been dropped. */
  backs(handle: object): void {
    forgotten.register(handle, this, this);
  }

  /** Gives the count up; the last one takes the object apart. Once. */
  release(): void {
    if (!this.forget()) return;
    const { kernel } = this.verified().internals;
    if (kernel.release(this.control) === 0) return;
    this.#destroy?.(kernel, kernel.valueOf(this.control));
    kernel.finish(this.control);
  }

  /** Lets go of the count without giving it up: it is somebody else's now. False: it was let go of before. */
  forget(): boolean {
    if (!this.#held) return false;
    this.#held = false;
    forgotten.unregister(this);
    if (this.#holding !== undefined) this.internals.checked?.ledger.givenBack(this.#holding);
    return true;
  }

  /** One more strong count of the same object. */
  clone(): Count {
    const { kernel } = this.verified().internals;
    if (kernel.retain(this.control, 1) === OVERFLOW) throw tooMany();
    return new Count(this.internals, this.control, this.#destroy);
  }

  /** A strong count of an object that the caller knows to be alive. */
  static of(internals: HeapInternals, control: number, destroy?: Destroy): Count {
    if (internals.kernel.retain(control, 1) === OVERFLOW) throw tooMany();
    return new Count(internals, control, destroy);
  }

  /** A token of this object; see `ShareOptions`. */
  share<K extends TokenKind>(kind: K, options: ShareOptions = {}): ObjectToken<K> {
    const { heap, kernel, checked } = this.verified().internals;
    const { opens, light = false } = options;
    let ticket: ObjectToken["ticket"];
    if (opens !== undefined) {
      checkInteger(opens, "opens", 1, MAX_COUNT);
      const control = kernel.newTicket(this.control, opens) >>> 0;
      if (control === 0) throw kernel.ticketRefusal() === OVERFLOW ? tooMany() : this.internals.exhausted(32);
      ticket = { control, generation: kernel.generationOf(control) >>> 0 };
      checked?.ledger.takenControl("ticket", control, ticket.generation);
    }
    kernel.share(this.control);
    return {
      shmol: kind,
      heap: heap.id,
      ...(light ? {} : { memory: heap.memory }),
      control: this.control >>> 0,
      generation: kernel.generationOf(this.control) >>> 0,
      ...(ticket ? { ticket } : {}),
    };
  }

  /** What the finalization registry calls. */
  collected(): void {
    if (this.viewed) this.internals.noteLeak();
    else this.release();
  }

  /**
   * Takes a strong count by a token. `check` may look at the value and throw, before anything is taken: if the count is
   * had afterwards, the object was alive while it looked.
   */
  static open(
    token: ObjectToken,
    kind: TokenKind,
    destroy?: Destroy,
    check?: (kernel: Kernel, value: number) => void,
  ): Count {
    checkObjectToken(token, kind);
    const inside = internals(heapOfToken(token));
    const { kernel } = inside;
    const { control, generation, ticket } = token;
    const found = kernel.kindIfLive(control, generation);
    if (found === 0) throw gone(token);
    if (found !== KINDS[kind]) throw new TokenError(`the token says ${kind} ${control}, which is of kind ${found}`);
    const value = kernel.valueOf(control);
    try {
      check?.(kernel, value);
    } catch (error) {
      // What it did not like may be what came after the object.
      if (kernel.kindIfLive(control, generation) !== 0) throw error;
    }
    if (ticket !== undefined) {
      if (kernel.openTicket(ticket.control, ticket.generation, control) === 0) {
        throw new TokenError(`all opens that the token of ${kind} ${control} was shared with were taken`);
      }
    } else {
      const status = kernel.open(control, generation);
      if (status === OVERFLOW) throw tooMany();
      if (status !== OK) throw gone(token);
    }
    return new Count(inside, control, destroy);
  }
}

/** What a token names is no more. */
function gone({ shmol, control, generation }: ObjectToken): TokenError {
  return new TokenError(`the ${shmol} of this token is gone: control block ${control}, generation ${generation}`);
}

/** A count stands at its limit. */
export function tooMany(): OutOfMemoryError {
  return new OutOfMemoryError(`a count cannot pass ${MAX_COUNT}`);
}

/** A dropped handle is used. */
export function dropped(what: string): never {
  throw new DroppedError(what);
}
