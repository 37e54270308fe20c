/**
 * Tokens of a channel's ends, and how a side is opened by one.
 */
import { PART_QUEUE } from "../heap/kernel/numbers.js";
import { type ObjectToken, own, type ShareOptions } from "../heap/token.js";
import type { Codec, ElementType } from "../queue/codec.js";
import { openTyped } from "../queue/elements.js";
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
  const { name: type } = side.type;
  return { ...side.count.share(name, options), type };
}

/** A side by its token. `type` is passed if it is not a built-in one. */
export function openSide<K extends "sender" | "receiver", T>(
  token: EndToken<K, T>,
  name: K,
  kind: SideKind,
  type: Codec<T> | undefined,
): Side<T> {
  const opened = openTyped<T>(token, name, {
    name: own(token, "type"),
    passed: type,
    what: "the channel's messages",
    tagIn: (kernel, side) => kernel.typeTag(kernel.valueOf(kernel.partOf(side, kind, PART_QUEUE))),
  });
  return new Side(opened.count, kind, opened.type as ElementType<T>);
}
