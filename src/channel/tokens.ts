/**
 * Tokens of a channel's ends, and how a side is opened by one.
 */
import { Count } from "../arc/counted.js";
import { TokenError } from "../heap/errors.js";
import { PART_QUEUE } from "../heap/kernel/numbers.js";
import { describe, type ObjectToken, type ShareOptions } from "../heap/token.js";
import { type Codec, tagOf } from "../queue/codec.js";
import { builtIn, elementType } from "../queue/elements.js";
import { Side, type SideKind } from "./side.js";

/** The token of one end of a channel whose messages are of type `T`; see {@link channel}. */
export interface EndToken<K extends "sender" | "receiver", T> extends ObjectToken<K> {
  /** The message type's name. */
  readonly type: string;
  /** Only for the type system: what a message is. */
  readonly message?: T;
}

/** The token of a `Sender` whose messages are of type `T`; see {@link channel}. */
export type SenderToken<T = unknown> = EndToken<"sender", T>;

/** The token of a `Receiver` whose messages are of type `T`; see {@link channel}. */
export type ReceiverToken<T = unknown> = EndToken<"receiver", T>;

/** A token for a side. */
export function shareSide<K extends "sender" | "receiver", T>(
  side: Side<T>,
  name: K,
  options: ShareOptions | undefined,
): EndToken<K, T> {
  return { ...side.count.share(name, options), type: side.type.name };
}

/** A side by its token. `type` is passed if it is not a built-in one. */
export function openSide<K extends "sender" | "receiver", T>(
  token: EndToken<K, T>,
  name: K,
  kind: SideKind,
  type: Codec<T> | undefined,
): Side<T> {
  const passed = type === undefined ? undefined : elementType(type);
  const said: unknown = (token as EndToken<K, T> | null | undefined)?.type;
  const known = passed ?? builtIn(said);
  const count = Count.open(token, name, (kernel, side) => {
    if (passed !== undefined && passed.name !== said) {
      throw new TokenError(`the channel's messages are of type ${describe(said)}, not ${describe(passed.name)}`);
    }
    if (known === undefined) {
      throw new TokenError(
        `the channel's messages are of type ${describe(said)}, which is not a built-in one: pass it`,
      );
    }
    const queue = kernel.valueOf(kernel.partOf(side, kind, PART_QUEUE));
    if (kernel.typeTag(queue) !== tagOf(said as string)) {
      throw new TokenError(
        `the token says that the channel's messages are of type ${describe(said)}, which they are not`,
      );
    }
  });
  return new Side(count, kind, known as NonNullable<typeof passed>);
}
