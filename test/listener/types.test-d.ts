/** What TypeScript knows about events: the tag's type, from the codec to the other thread. */
import { type Codec, type EventToken, i32, type Listener, SharedEvent, utf8 } from "shmol";
import type { SharedEvent as EventOfRoom } from "shmol/listener";
import { describe, expectTypeOf, test } from "vitest";

declare const plain: SharedEvent;
declare const named: SharedEvent<string>;

describe("the tag's type", () => {
  test("comes from the codec, and is void without one", () => {
    expectTypeOf(SharedEvent.create()).toEqualTypeOf<SharedEvent<void>>();
    expectTypeOf(SharedEvent.create({ tag: i32 })).toEqualTypeOf<SharedEvent<number>>();
    expectTypeOf(SharedEvent.create({ tag: utf8 as Codec<string> })).toEqualTypeOf<SharedEvent<string>>();
  });

  test("is what goes in and what comes out", () => {
    expectTypeOf(named.listen()).toEqualTypeOf<Listener<string>>();
    expectTypeOf(named.listen().wait()).toEqualTypeOf<Promise<string>>();
    expectTypeOf(named.listen().waitSync({ timeoutMs: 1 })).toEqualTypeOf<string>();
    expectTypeOf(plain.listen().waitSync()).toEqualTypeOf<void>();
    named.notify(1, { tag: "a" });
    named.notify(Infinity, { additional: true, tag: () => "a" });
    named.notifyAdditional(1, { tag: "a" });
    // @ts-expect-error not a string
    named.notify(1, { tag: 1 });
    // @ts-expect-error there are no tags
    plain.notify(1, { tag: "a" });
  });

  test("travels in the token", () => {
    expectTypeOf(named.share()).toEqualTypeOf<EventToken<string>>();
    expectTypeOf(plain.share()).toEqualTypeOf<EventToken>();
    expectTypeOf(SharedEvent.open(plain.share() as EventToken)).toEqualTypeOf<SharedEvent>();
    expectTypeOf(SharedEvent.open(named.share())).toEqualTypeOf<SharedEvent<string>>();
  });
});

test("an event is one class, whichever door it comes through", () => {
  expectTypeOf<EventOfRoom>().toEqualTypeOf<SharedEvent>();
});

test("handles and listeners are not thenable, and disposable", () => {
  expectTypeOf(plain).not.toHaveProperty("then");
  expectTypeOf(plain.listen()).not.toHaveProperty("then");
  expectTypeOf(plain).toExtend<Disposable>();
  expectTypeOf(plain.listen()).toExtend<Disposable>();
});
