/** What TypeScript knows about channels: the message's type, from the codec to the other thread. */
import {
  type Channel,
  type Codec,
  channel,
  i32,
  json,
  type Receiver,
  type ReceiverToken,
  Sender,
  type SenderToken,
  select,
  utf8,
  type WeakReceiver,
  type WeakSender,
} from "shmol";
import type { Receiver as ReceiverOfRoom } from "shmol/channel";
import { describe, expectTypeOf, test } from "vitest";

declare const sender: Sender<string>;
declare const receiver: Receiver<string>;
declare const numbers: Receiver<number>;

describe("the message's type", () => {
  test("comes from the codec", () => {
    expectTypeOf(channel(i32)).toEqualTypeOf<Channel<number>>();
    expectTypeOf(channel(utf8, { capacity: 1 })).toEqualTypeOf<Channel<string>>();
    expectTypeOf(channel<{ id: number }>(json as Codec<{ id: number }>)).toEqualTypeOf<Channel<{ id: number }>>();
  });

  test("is what goes in and what comes out", () => {
    expectTypeOf(sender.send("a")).toEqualTypeOf<Promise<void>>();
    expectTypeOf(sender.trySend("a")).toEqualTypeOf<boolean>();
    expectTypeOf(sender.forceSend("a")).toEqualTypeOf<string | undefined>();
    expectTypeOf(sender.sendMany(["a"])).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error not a string
    sender.send(1);
    // @ts-expect-error not strings
    sender.sendMany([1]);
    expectTypeOf(receiver.recv()).toEqualTypeOf<Promise<string>>();
    expectTypeOf(receiver.recvSync({ timeoutMs: 1 })).toEqualTypeOf<string>();
    expectTypeOf(receiver.tryRecv()).toEqualTypeOf<string | undefined>();
    expectTypeOf(receiver.recvMany(9)).toEqualTypeOf<Promise<string[]>>();
    expectTypeOf(receiver.blocking()).toExtend<Iterable<string>>();
    expectTypeOf(receiver.drain()).toExtend<Iterable<string>>();
    expectTypeOf(receiver).toExtend<AsyncIterable<string>>();
  });

  test("travels in tokens, weak ends and streams", () => {
    expectTypeOf(sender.share()).toEqualTypeOf<SenderToken<string>>();
    expectTypeOf(receiver.share()).toEqualTypeOf<ReceiverToken<string>>();
    expectTypeOf(Sender.open(sender.share())).toEqualTypeOf<Sender<string>>();
    expectTypeOf(sender.downgrade()).toEqualTypeOf<WeakSender<string>>();
    expectTypeOf(receiver.downgrade()).toEqualTypeOf<WeakReceiver<string>>();
    expectTypeOf(receiver.downgrade().upgrade()).toEqualTypeOf<Receiver<string> | undefined>();
    expectTypeOf(sender.writable).toEqualTypeOf<WritableStream<string>>();
    expectTypeOf(receiver.readable).toEqualTypeOf<ReadableStream<string>>();
    // @ts-expect-error a receiver's token
    Sender.open(receiver.share());
  });

  test("says from which receiver a selected message is", async () => {
    const selected = await select([receiver, numbers]);
    expectTypeOf(selected.message).toEqualTypeOf<string | number | undefined>();
    if (!selected.closed) expectTypeOf(selected.message).toEqualTypeOf<string | number>();
    expectTypeOf(selected.receiver).toEqualTypeOf<Receiver<string> | Receiver<number>>();
  });
});

test("an end is one class, whichever door it comes through", () => {
  expectTypeOf<ReceiverOfRoom<string>>().toEqualTypeOf<Receiver<string>>();
});

test("handles are not thenable, and disposable", () => {
  expectTypeOf(sender).not.toHaveProperty("then");
  expectTypeOf(receiver).not.toHaveProperty("then");
  expectTypeOf(sender).toExtend<Disposable>();
  expectTypeOf(receiver.downgrade()).toExtend<Disposable>();
});
