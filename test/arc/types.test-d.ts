/** What TypeScript knows about Arc and Heap. */
import type { Worker } from "node:worker_threads";
import {
  Arc,
  type ArcToken,
  type ClosedError,
  channel,
  Heap,
  type HeapStats,
  type HeapToken,
  json,
  type ObjectToken,
  type SharedMemory,
  type ShareOptions,
  ShmolError,
  TimeoutError,
  TokenError,
  type Weak,
} from "shmol";
import type { Arc as ArcOfRoom } from "shmol/arc";
import { describe, expectTypeOf, test } from "vitest";

declare const heap: Heap;
declare const arc: Arc;
declare const weak: Weak;
declare const worker: Worker;

describe("Arc", () => {
  test("is one class, whichever door it comes through", () => {
    expectTypeOf<ArcOfRoom>().toEqualTypeOf<Arc>();
  });

  test("is made of a size or of any view", () => {
    expectTypeOf(Arc.create).parameter(0).toEqualTypeOf<number | ArrayBufferView>();
    expectTypeOf(Arc.create(new Float32Array(2), { heap, align: 64 })).toEqualTypeOf<Arc>();
    // @ts-expect-error a string is no content
    Arc.create("content");
    // @ts-expect-error a token is no heap
    Arc.create(8, { heap: heap.share() });
    // @ts-expect-error handles come from create, open, clone and upgrade
    new Arc();
  });

  test("views its bytes as the type that was asked for", () => {
    expectTypeOf(arc.bytes()).toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
    expectTypeOf(arc.view(Float64Array)).toExtend<Float64Array>();
    expectTypeOf(arc.view(BigInt64Array)).toExtend<BigInt64Array>();
    expectTypeOf(arc.view(Float64Array)).not.toExtend<Int32Array>();
    // @ts-expect-error not a typed array
    arc.view(DataView);
  });

  test("says which answers may be missing", () => {
    expectTypeOf(arc.getMut()).toEqualTypeOf<Uint8Array<SharedArrayBuffer> | undefined>();
    expectTypeOf(arc.makeMut()).toEqualTypeOf<Uint8Array<SharedArrayBuffer>>();
    expectTypeOf(arc.intoInner()).toEqualTypeOf<Uint8Array<ArrayBuffer> | undefined>();
    expectTypeOf(weak.upgrade()).toEqualTypeOf<Arc | undefined>();
    expectTypeOf(Arc.cyclic).parameter(1).parameter(0).toEqualTypeOf<Weak>();
  });

  test("is not thenable, and disposable", () => {
    expectTypeOf(arc).not.toHaveProperty("then");
    expectTypeOf(arc).toExtend<Disposable>();
    expectTypeOf(weak).toExtend<Disposable>();
    expectTypeOf(heap).toExtend<Disposable>();
  });

  test("has properties that only the library sets", () => {
    // @ts-expect-error read-only
    arc.size = 1;
    // @ts-expect-error read-only
    heap.alignment = 64;
  });
});

describe("tokens", () => {
  test("say what they open", () => {
    expectTypeOf(arc.share()).toEqualTypeOf<ArcToken>();
    expectTypeOf(arc.share).parameter(0).toEqualTypeOf<ShareOptions | undefined>();
    expectTypeOf(Arc.open).parameter(0).toEqualTypeOf<ArcToken>();
    expectTypeOf(heap.share()).toEqualTypeOf<HeapToken>();
    expectTypeOf(Heap.open(heap.share())).toEqualTypeOf<Heap>();
    // @ts-expect-error a heap's token opens no Arc
    Arc.open(heap.share());
    // @ts-expect-error an Arc's token opens no heap
    Heap.open(arc.share());
  });

  test("with opens can be revoked and bound to a worker, whatever they are of", () => {
    expectTypeOf(Heap.revoke).toEqualTypeOf<(token: ObjectToken) => number>();
    expectTypeOf(heap.watch).parameters.toEqualTypeOf<[worker: Worker, ...tokens: ObjectToken[]]>();
    const { sender, receiver } = channel<{ id: number }>(json);
    heap.watch(worker, arc.share({ opens: 1, timeoutMs: 100 }), sender.share(), receiver.share());
    heap.watch(worker);
    // @ts-expect-error a heap has no opens
    Heap.revoke(heap.share());
    // @ts-expect-error milliseconds are a number
    arc.share({ opens: 1, timeoutMs: "100" });
    // @ts-expect-error tokens, not handles
    heap.watch(worker, arc);
  });
});

test("a heap's memory is the class of the library DOM, where there is one", () => {
  expectTypeOf<SharedMemory>().toEqualTypeOf<WebAssembly.Memory>();
  expectTypeOf(heap.memory).toEqualTypeOf<WebAssembly.Memory>();
});

test("statistics are numbers that nobody can change", () => {
  expectTypeOf(heap.stats()).toEqualTypeOf<HeapStats>();
  expectTypeOf<HeapStats["classes"]>().toEqualTypeOf<readonly { readonly size: number; readonly blocks: number }[]>();
  // @ts-expect-error read-only
  heap.stats().used = 0;
});

test("errors have a code", () => {
  expectTypeOf<TokenError>().toExtend<ShmolError>();
  expectTypeOf(new TokenError("").code).toEqualTypeOf<"ERR_SHMOL_TOKEN">();
  expectTypeOf(new TimeoutError("").code).toEqualTypeOf<"ERR_SHMOL_TIMEOUT">();
  expectTypeOf(new ShmolError("", "").code).toEqualTypeOf<`ERR_SHMOL_${string}`>();
  expectTypeOf<ClosedError["code"]>().toEqualTypeOf<"ERR_SHMOL_CLOSED">();
});
