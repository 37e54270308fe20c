/** Every scenario of Arc and Weak, for one kind of heap, under the originals' names (docs/parity.md#arc-and-weak). */

import fc from "fast-check";
import {
  Arc,
  type ArcToken,
  CorruptionError,
  DroppedError,
  Heap,
  OutOfMemoryError,
  TokenError,
  type Weak,
} from "shmol";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { count } from "../counts.js";
import { type HeapSpec, inUse, leaveFree } from "../heaps.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { meet } from "../startingLine.mjs";
import { inWorkers } from "../workers.js";

const WORKER = new URL("./worker.mjs", import.meta.url);
const ALIGNMENTS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const;
const ROUNDS = 100;

export function arcSuite(spec: HeapSpec): void {
  describe(`Arc on ${spec.name}`, { timeout: 60_000 }, () => {
    let heap: Heap;
    let before: ReturnType<typeof inUse>;

    beforeAll(() => {
      heap = spec.home();
    });
    beforeEach(() => {
      before = inUse(heap);
    });
    // Whatever a scenario is about, it must leave no block behind and free none twice.
    afterEach(() => {
      expect(inUse(heap)).toEqual(before);
    });

    const numbers = (...values: number[]) => Arc.create(new Int32Array(values), { heap });
    const first = (arc: Arc) => arc.view(Int32Array)[0];
    const shares = (arc: Arc, opens: number): ArcToken => arc.share({ opens, light: true });
    const steps = () => new Int32Array(new SharedArrayBuffer(4));

    test(`the heap is the one that this suite is meant for: its pointers start at ${spec.from}`, () => {
      const arc = numbers(1);
      expect(arc.ptr).toBeGreaterThanOrEqual(spec.from);
      expect(arc.share().control).toBeGreaterThanOrEqual(spec.from);
      arc.drop();
    });

    test("overAligned: a value at alignment 128 is found through its raw pointer", () => {
      const arc = Arc.create(new Uint32Array([0x01020304, 0xfffefdfc]), { heap, align: 128 });
      const ptr = arc.intoRaw();
      expect(ptr % 128).toBe(0);
      expect([...new Uint32Array(heap.buffer, ptr, 2)]).toEqual([0x01020304, 0xfffefdfc]);
      const back = Arc.fromRaw(heap, ptr);
      expect(back.align).toBe(128);
      expect([...back.view(Uint32Array)]).toEqual([0x01020304, 0xfffefdfc]);
      back.drop();
    });

    test("every alignment times every size from 0 to 1000: what a view writes, the raw pointer reads", () => {
      const next = random(seed());
      const noise = Uint8Array.from({ length: 2000 }, () => next(256));
      for (const align of ALIGNMENTS) {
        for (let size = 0; size <= 1000; size++) {
          const arc = Arc.create(size, { heap, align });
          const from = next(noise.length - size);
          const written = noise.subarray(from, from + size);
          arc.bytes().set(written);
          const { control } = arc.share();
          const ptr = arc.intoRaw();
          expect(ptr % align).toBe(0);
          expect(Buffer.from(heap.buffer, ptr, size).equals(written)).toBe(true);
          // The way back to the control block lies right before the value, whatever the alignment.
          expect(new DataView(heap.buffer).getUint32(ptr - 16, true)).toBe(control);
          Arc.fromRaw(heap, ptr).drop();
        }
      }
    });

    test("Arcs that live side by side never reach into one another", () => {
      const shape = fc.record({ align: fc.constantFrom(...ALIGNMENTS), size: fc.nat(1000), fill: fc.nat(255) });
      const property = fc.property(fc.array(shape, { minLength: 2, maxLength: 40 }), (shapes) => {
        const made = shapes.map(({ align, size, fill }) => {
          const arc = Arc.create(size, { heap, align });
          expect(arc.bytes().every((byte) => byte === 0)).toBe(true);
          arc.bytes().fill(fill);
          return { ptr: arc.intoRaw(), size, fill };
        });
        for (const { ptr, size, fill } of made) {
          expect(new Uint8Array(heap.buffer, ptr, size).every((byte) => byte === fill)).toBe(true);
        }
        for (const { ptr } of made) Arc.fromRaw(heap, ptr).drop();
      });
      fc.assert(property, { seed: seed(), numRuns: 50 });
    });

    test("manuallyShareArc: another thread reads what this one wrote", async () => {
      const arc = numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
      expect(await inWorkers(WORKER, [{ part: "read", token: arc.share() }])).toEqual([
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      ]);
      expect([...arc.view(Int32Array)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      arc.drop();
    });

    test("getMut: only while nobody else can reach the bytes", () => {
      const arc = numbers(3);
      const bytes = arc.getMut();
      expect(bytes).toBeInstanceOf(Uint8Array);
      (bytes as Uint8Array)[0] = 4;
      expect(first(arc)).toBe(4);

      const clone = arc.clone();
      expect(arc.getMut()).toBeUndefined();
      clone.drop();
      expect(arc.getMut()).toBeDefined();

      const weak = arc.downgrade();
      expect(arc.getMut()).toBeUndefined();
      weak.drop();
      expect(arc.getMut()).toBeDefined();

      arc.share();
      expect(arc.getMut(), "a token is a weak reference that nobody counts").toBeUndefined();
      arc.drop();
    });

    test("weakCounts: seen from a Weak, while its Arc lives and after", () => {
      const arc = numbers(0);
      const weak = arc.downgrade();
      expect([weak.strongCount, weak.weakCount]).toEqual([1, 1]);
      const weak2 = weak.clone();
      expect([weak.strongCount, weak.weakCount]).toEqual([1, 2]);
      const arc2 = arc.clone();
      expect([weak.strongCount, weak.weakCount]).toEqual([2, 2]);
      arc.drop();
      expect([weak.strongCount, weak.weakCount]).toEqual([1, 2]);
      arc2.drop();
      expect([weak.strongCount, weak.weakCount]).toEqual([0, 0]);
      weak2.drop();
      expect([weak.strongCount, weak.weakCount]).toEqual([0, 0]);
      weak.drop();
    });

    test("tryUnwrap: the last owner gets the bytes, others nothing, and a Weak does not stand in the way", () => {
      const only = Arc.create(new Uint8Array([3]), { heap });
      expect(only.intoInner()).toEqual(new Uint8Array([3]));

      const one = Arc.create(new Uint8Array([4]), { heap });
      const other = one.clone();
      expect(one.intoInner()).toBeUndefined();
      expect(() => one.size).toThrow(DroppedError);
      expect(other.strongCount).toBe(1);
      expect(other.intoInner()).toEqual(new Uint8Array([4]));

      const watched = Arc.create(new Uint8Array([5]), { heap });
      const weak = watched.downgrade();
      expect(watched.intoInner()).toEqual(new Uint8Array([5]));
      expect(weak.upgrade()).toBeUndefined();
      weak.drop();
    });

    test("tryUnwrap answers memory of its own", () => {
      const inner = Arc.create(new Uint8Array([7, 8]), { heap }).intoInner() as Uint8Array;
      expect(inner.buffer).toBeInstanceOf(ArrayBuffer);
      const successor = Arc.create(new Uint8Array([1, 1]), { heap });
      expect([...inner]).toEqual([7, 8]);
      successor.drop();
    });

    test(`intoInner: of two threads that race, exactly one gets the bytes, ${ROUNDS} times`, async () => {
      const tokens = Array.from({ length: ROUNDS }, (_, round) => {
        const arc = Arc.create(new Uint8Array([round]), { heap });
        const token = shares(arc, 2);
        arc.drop();
        return token;
      });
      const job = { part: "intoInner", heap: heap.share(), tokens, step: steps() };
      const [one = [], two = []] = await inWorkers<(number | undefined)[]>(WORKER, [job, job]);
      for (let round = 0; round < ROUNDS; round++) {
        expect([one[round], two[round]].filter((byte) => byte !== undefined)).toEqual([round]);
      }
    });

    test("intoFromRaw: the count travels with the number", () => {
      const arc = Arc.create(Buffer.from("hello"), { heap });
      const clone = arc.clone();
      const { ptr } = arc;
      expect(arc.intoRaw()).toBe(ptr);
      expect(() => arc.ptr).toThrow(DroppedError);
      expect(clone.strongCount).toBe(2);
      const back = Arc.fromRaw(heap, ptr);
      expect(clone.strongCount).toBe(2);
      expect(back.ptrEq(clone)).toBe(true);
      expect(Buffer.from(back.bytes()).toString()).toBe("hello");
      back.drop();
      clone.drop();
      expect(() => Arc.fromRaw(heap, ptr)).toThrow(CorruptionError);
    });

    test("intoFromRaw: another thread takes the count over", async () => {
      const arc = Arc.create(new Uint8Array([1, 2, 3]), { heap });
      const weak = arc.downgrade();
      const ptr = arc.intoRaw();
      expect(await inWorkers(WORKER, [{ part: "takeOver", heap: heap.share(), ptr }])).toEqual([[1, 2, 3]]);
      expect(weak.upgrade()).toBeUndefined();
      weak.drop();
    });

    test("makeMutClone: each of three owners gets its own copy, the last one the original", () => {
      const arcs = [numbers(75)];
      arcs.push((arcs[0] as Arc).clone(), (arcs[0] as Arc).clone());
      const ptrs = arcs.map((arc) => arc.ptr);
      arcs.forEach((arc, i) => {
        new DataView(arc.makeMut().buffer).setInt32(arc.ptr, 76 + i, true);
      });
      expect(arcs.map(first)).toEqual([76, 77, 78]);
      expect(arcs.map((arc) => arc.strongCount)).toEqual([1, 1, 1]);
      expect(new Set(arcs.map((arc) => arc.ptr)).size).toBe(3);
      expect((arcs[2] as Arc).ptr, "nobody else was left").toBe(ptrs[2]);
      for (const arc of arcs) arc.drop();
    });

    test("makeMutUnique: a copy for one leaves the others together", () => {
      const arc = numbers(75);
      const second = arc.clone();
      const third = second.clone();
      (arc.makeMut() as Uint8Array)[0] = 76;
      expect([first(arc), first(second), first(third)]).toEqual([76, 75, 75]);
      expect(arc.ptrEq(second)).toBe(false);
      expect(second.ptrEq(third)).toBe(true);
      for (const handle of [arc, second, third]) handle.drop();

      const alone = numbers(75);
      const { ptr } = alone;
      alone.makeMut()[0] = 76;
      expect(alone.ptr).toBe(ptr);
      expect(first(alone)).toBe(76);
      alone.drop();
    });

    test("makeMutWeak: weak handles stay behind with what is then gone", () => {
      const arc = numbers(75);
      const weak = arc.downgrade();
      const upgraded = weak.upgrade() as Arc;
      expect(first(upgraded)).toBe(75);
      upgraded.drop();
      arc.makeMut()[0] = 76;
      expect(first(arc)).toBe(76);
      expect(weak.upgrade()).toBeUndefined();
      weak.drop();
      arc.drop();
    });

    test("makeMut after share copies: the token's holders keep what they saw", () => {
      const arc = numbers(75);
      const token = arc.share({ opens: 1 });
      arc.makeMut()[0] = 76;
      const opened = Arc.open(token);
      expect([first(arc), first(opened)]).toEqual([76, 75]);
      expect(arc.ptrEq(opened)).toBe(false);
      expect(() => Arc.open({ ...token, ticket: undefined } as unknown as ArcToken).drop()).not.toThrow();
      opened.drop();
      expect(() => Arc.open({ ...token, ticket: undefined } as unknown as ArcToken)).toThrow(TokenError);
      expect(arc.getMut(), "the copy was never shared").toBeDefined();
      arc.drop();
    });

    test("makeMut keeps alignment and size", () => {
      const arc = Arc.create(33, { heap, align: 1024 });
      const clone = arc.clone();
      expect(arc.makeMut().byteLength).toBe(33);
      expect([arc.align, arc.ptr % 1024, arc.size]).toEqual([1024, 0, 33]);
      arc.drop();
      clone.drop();
    });

    test("makeMut on an exhausted heap leaves the handle what it was", () => {
      const full = spec.fresh();
      const arc = Arc.create(new Int32Array([1, 2, 3]), { heap: full, align: 4096 });
      const clone = arc.clone();
      leaveFree(full, 0);
      const fillers: Arc[] = [];
      expect(() => {
        for (;;) fillers.push(Arc.create(12, { heap: full, align: 4096 }));
      }).toThrow(OutOfMemoryError);
      const held = inUse(full);
      expect(() => arc.makeMut()).toThrow(OutOfMemoryError);
      expect(inUse(full)).toEqual(held);
      expect(arc.ptrEq(clone)).toBe(true);
      expect([...arc.view(Int32Array)]).toEqual([1, 2, 3]);
      (fillers.pop() as Arc).drop();
      expect(new DataView(arc.makeMut().buffer).getInt32(arc.ptr + 8, true)).toBe(3);
      full.drop();
    });

    test("live: a Weak of a living Arc upgrades", () => {
      const arc = numbers(5);
      const weak = arc.downgrade();
      const upgraded = weak.upgrade() as Arc;
      expect(upgraded.ptrEq(arc)).toBe(true);
      expect(arc.strongCount).toBe(2);
      for (const handle of [upgraded, weak, arc]) handle.drop();
    });

    test("dead: a Weak of a dead Arc never raises a count from zero", () => {
      const arc = numbers(5);
      const weak = arc.downgrade();
      const { blocks } = heap.stats();
      arc.drop();
      expect(heap.stats().blocks, "the value is gone, the control block is not").toBe(blocks - 1);
      expect(weak.upgrade()).toBeUndefined();
      expect(weak.strongCount).toBe(0);
      weak.drop();
    });

    test("weakSelfCyclic: a block that knows the way to itself", () => {
      let self: Weak | undefined;
      const arc = Arc.cyclic(
        64,
        (weak, bytes) => {
          expect(weak.upgrade(), "not before it is made").toBeUndefined();
          expect(bytes.every((byte) => byte === 0)).toBe(true);
          bytes[63] = 9;
          self = weak.clone();
        },
        { heap, align: 64 },
      );
      expect(arc.bytes()[63]).toBe(9);
      expect([arc.strongCount, arc.weakCount]).toEqual([1, 1]);
      const upgraded = (self as Weak).upgrade() as Arc;
      expect(upgraded.ptrEq(arc)).toBe(true);
      upgraded.drop();
      arc.drop();
      expect((self as Weak).upgrade()).toBeUndefined();
      (self as Weak).drop();
    });

    test("weakSelfCyclic: while it is made, a Weak counts nobody, as there is no value yet", () => {
      const seen: number[][] = [];
      Arc.cyclic(16, (weak) => seen.push([weak.strongCount, weak.weakCount]), { heap }).drop();
      expect(seen).toEqual([[0, 0]]);
    });

    test("weakSelfCyclic: an init that throws leaves nothing but a dead Weak", () => {
      let kept: Weak | undefined;
      const failure = new Error("not today");
      const make = () =>
        Arc.cyclic(
          100,
          (weak) => {
            kept = weak.clone();
            throw failure;
          },
          { heap },
        );
      expect(make).toThrow(failure);
      expect((kept as Weak).upgrade()).toBeUndefined();
      (kept as Weak).drop();
    });

    test("drops: the value goes with the last of many handles, dropped in any order", () => {
      const next = random(seed());
      for (let run = 0; run < ROUNDS; run++) {
        const handles = [numbers(run)];
        for (let i = next(20); i > 0; i--) handles.push((handles[next(handles.length)] as Arc).clone());
        while (handles.length > 0) {
          expect((handles[0] as Arc).strongCount).toBe(handles.length);
          expect(first(handles[0] as Arc)).toBe(run);
          const [dropped] = handles.splice(next(handles.length), 1) as [Arc];
          dropped.drop();
          dropped.drop();
        }
        expect(inUse(heap)).toEqual(before);
      }
    });

    test("drops: of four threads that drop the last handles together, one frees the value", async () => {
      const parties = 4;
      const tokens = Array.from({ length: ROUNDS }, () => {
        const arc = numbers(1);
        const token = shares(arc, parties);
        arc.drop();
        return token;
      });
      expect(heap.stats().blocks).toBe(before.blocks + 3 * ROUNDS);
      const job = { part: "dropTogether", heap: heap.share(), tokens, step: steps(), parties };
      await inWorkers(WORKER, [job, job, job, job]);
    });

    test("strongCount: clones and upgrades count, weak handles do not", () => {
      const arc = numbers(0);
      expect(arc.strongCount).toBe(1);
      const weak = arc.downgrade();
      expect(arc.strongCount).toBe(1);
      const upgraded = weak.upgrade() as Arc;
      expect([arc.strongCount, upgraded.strongCount]).toEqual([2, 2]);
      weak.drop();
      arc.drop();
      expect(upgraded.strongCount).toBe(1);
      upgraded.drop();
    });

    test("weakCount: weak handles count, clones and upgrades do not", () => {
      const arc = numbers(0);
      expect(arc.weakCount).toBe(0);
      const weak = arc.downgrade();
      expect(arc.weakCount).toBe(1);
      const weak2 = weak.clone();
      expect(arc.weakCount).toBe(2);
      weak.drop();
      weak2.drop();
      expect(arc.weakCount).toBe(0);
      const clone = arc.clone();
      expect(arc.weakCount).toBe(0);
      arc.drop();
      expect(clone.weakCount).toBe(0);
      clone.drop();
    });

    test("weakCountLocked: getMut in one thread never shows in the weak count of another", async () => {
      const arc = numbers(0);
      const seen = new Set<number>();
      const [granted] = await inWorkers(WORKER, [{ part: "getMut", token: arc.share() }], () => {
        for (let i = 0; i < 500_000; i++) seen.add(arc.weakCount);
        Atomics.store(arc.view(Int32Array), 0, 1);
      });
      expect(granted).toBe(0);
      expect([...seen]).toEqual([0]);
      arc.drop();
    });

    test("ptrEq: the same block, not the same bytes", () => {
      const one = numbers(5);
      const two = numbers(5);
      const clone = one.clone();
      expect(one.ptrEq(clone)).toBe(true);
      expect(one.ptrEq(two)).toBe(false);
      const weak = one.downgrade();
      const weak2 = clone.downgrade();
      const weak3 = two.downgrade();
      expect(weak.ptrEq(weak2)).toBe(true);
      expect(weak.ptrEq(weak3)).toBe(false);
      for (const handle of [one, two, clone, weak, weak2, weak3]) handle.drop();
    });

    test("ptrEq: the same offset in two heaps is not the same block", () => {
      const [here, there] = [spec.fresh(), spec.fresh()];
      const arc = Arc.create(8, { heap: here });
      const other = Arc.create(8, { heap: there });
      expect(arc.ptr).toBe(other.ptr);
      expect(arc.ptrEq(other)).toBe(false);
      for (const owner of [arc, other, here, there]) owner.drop();
    });

    test("cloneDropStorm: 8 threads clone, downgrade, upgrade and drop; every count ends exact", async () => {
      const arc = numbers(42);
      const start = seed();
      const jobs = Array.from({ length: 8 }, (_, i) => ({
        part: "cloneDropStorm",
        token: arc.share({ opens: 1 }),
        steps: count({ all: 20_000, usually: 20_000, brief: 4000 }),
        seed: start + i,
      }));
      expect(await inWorkers(WORKER, jobs)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      expect([arc.strongCount, arc.weakCount]).toEqual([1, 0]);
      expect(first(arc)).toBe(42);
      arc.drop();
    });

    test("staleToken: a token of a dropped Arc stays stale when its control block serves another", () => {
      const arc = numbers(1);
      const stale = arc.share();
      arc.drop();
      expect(() => Arc.open(stale)).toThrow(TokenError);
      // What comes back goes out again when the blocks that came back earlier are used up.
      const heirs = [numbers(2)];
      while (heirs.at(-1)?.share().control !== stale.control && heirs.length < 10_000) heirs.push(numbers(2));
      const heir = heirs.at(-1) as Arc;
      const fresh = heir.share();
      expect(fresh.control, "the control block is the same one").toBe(stale.control);
      expect(fresh.generation).toBe(stale.generation + 1);
      expect(() => Arc.open(stale)).toThrow(`control block ${stale.control}, generation ${stale.generation}`);
      expect(heir.strongCount).toBe(1);
      for (const each of heirs) each.drop();
    });

    test(`staleToken: an open that races the last drop finds the Arc whole or gone, ${ROUNDS} times`, async () => {
      const arcs = Array.from({ length: ROUNDS }, (_, round) => numbers(round));
      const tokens = arcs.map((arc) => arc.share({ light: true }));
      const step = steps();
      const [seen] = await inWorkers<(number | string)[]>(
        WORKER,
        [{ part: "openRacing", heap: heap.share(), tokens, step }],
        () => {
          arcs.forEach((arc, round) => {
            meet(step, 2, round + 1);
            arc.drop();
          });
        },
      );
      expect(seen).toHaveLength(ROUNDS);
      seen?.forEach((answer, round) => {
        expect([round, "ERR_SHMOL_TOKEN"]).toContain(answer);
      });
    });

    test("share: a token opens any number of times, and keeps nothing alive", () => {
      const arc = numbers(6);
      const token = structuredClone(arc.share());
      const opened = [Arc.open(token), Arc.open(token), Arc.open(token)];
      expect(arc.strongCount).toBe(4);
      expect(opened.every((other) => other.ptrEq(arc) && other.heap === heap)).toBe(true);
      for (const handle of [arc, ...opened]) handle.drop();
      expect(() => Arc.open(token)).toThrow(TokenError);
    });

    test("opens: a ticket keeps the block alive for so many opens, and not one more", () => {
      const arc = numbers(8);
      const token = structuredClone(arc.share({ opens: 3 }));
      expect(arc.strongCount).toBe(4);
      arc.drop();
      const opened = [Arc.open(token), Arc.open(token), Arc.open(token)];
      expect(opened.map(first)).toEqual([8, 8, 8]);
      expect(() => Arc.open(token)).toThrow(TokenError);
      expect((opened[0] as Arc).strongCount).toBe(3);
      for (const handle of opened) handle.drop();
    });

    test("light: a token without the memory opens only where the heap is open already", async () => {
      const arc = numbers(9);
      const token = arc.share({ light: true });
      expect(token.memory).toBeUndefined();
      const here = Arc.open(structuredClone(token));
      expect(first(here)).toBe(9);
      here.drop();
      const [there] = await inWorkers(WORKER, [{ part: "openLight", heap: heap.share(), token }]);
      expect(there).toMatchObject({ refusal: { code: "ERR_SHMOL_TOKEN" }, seen: [9] });
      arc.drop();
    });

    test("retired: a control block whose generation would wrap is never used again", () => {
      const scrap = spec.fresh();
      const young = Arc.create(16, { heap: scrap });
      const { control } = young.share();
      const ptr = young.intoRaw();
      new DataView(scrap.buffer).setUint32(control + 4, 0xfffffffe, true);
      const arc = Arc.fromRaw(scrap, ptr);
      const token = arc.share();
      expect(token.generation).toBe(0xfffffffe);
      arc.drop();
      expect(() => Arc.open(token)).toThrow(TokenError);
      const heirs = Array.from({ length: 2 * 2048 }, () => Arc.create(16, { heap: scrap }));
      expect(heirs.map((heir) => heir.share().control)).not.toContain(control);
      for (const heir of heirs) heir.drop();
      scrap.drop();
    });

    test("a count never passes 2^31 - 1", () => {
      const arc = numbers(1);
      const weak = arc.downgrade();
      const token = arc.share();
      const words = new Uint32Array(heap.buffer, token.control, 3);
      const [strong = 0, , weakWord = 0] = words;
      words[0] = strong | 0x7fffffff;
      words[2] = 0x7fffffff;
      const held = [...words];
      for (const act of [
        () => arc.clone(),
        () => weak.upgrade(),
        () => Arc.open(token),
        () => arc.share({ opens: 1 }),
        () => arc.downgrade(),
        () => weak.clone(),
      ]) {
        expect(act).toThrow(OutOfMemoryError);
        expect(act).toThrow("a count cannot pass 2147483647");
      }
      expect([...words]).toEqual(held);
      words[0] = strong;
      words[2] = weakWord;
      for (const handle of [arc, weak]) handle.drop();
    });

    test("using: a handle's dispose is its drop", () => {
      const arc = numbers(1);
      const weak = arc.downgrade();
      arc[Symbol.dispose]();
      expect(weak.upgrade()).toBeUndefined();
      weak[Symbol.dispose]();
    });

    test("an Arc outlives the handle of its heap", () => {
      const scrap = spec.fresh();
      const arc = Arc.create(new Uint8Array([1, 2]), { heap: scrap });
      scrap.drop();
      expect([...arc.bytes()]).toEqual([1, 2]);
      expect(arc.clone().intoInner()).toBeUndefined();
      expect(() => Arc.create(1, { heap: scrap })).toThrow(DroppedError);
      const reopened = Heap.open({ shmol: "heap", heap: scrap.id, memory: scrap.memory });
      const held = inUse(reopened).blocks;
      arc.drop();
      expect(inUse(reopened).blocks).toBe(held - 2);
      reopened.drop();
    });
  });
}
