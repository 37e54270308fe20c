import { Arc, type ArcToken, ConcurrentQueue, Heap, type HeapToken, i32, type Weak } from "shmol";
import { afterAll, describe, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { expectRefusal, type Misuse, refusals, wrong } from "../refusal.js";

const heap = Heap.create({ capacity: 64 * 65536 });
const arc = Arc.create(new Uint8Array(12), { heap });
const weak = arc.downgrade();
const queue = ConcurrentQueue.unbounded(i32, { heap });
const foreignHeap = Heap.create({ capacity: 64 * 65536 });
afterAll(() => {
  for (const handle of [queue, weak, arc, heap, foreignHeap]) handle.drop();
});

const table = (title: string, rows: readonly Misuse[]) =>
  refusals(title, rows, heap, () => [arc.strongCount, arc.weakCount]);

const capacities: unknown[] = [0, -1, 1.5, Number.NaN, Infinity, 2 ** 32, 4 * 1024 ** 3 - 65535, "65536", null, 1n];
const alignments: unknown[] = [
  0,
  1,
  8,
  17,
  96,
  8192,
  -128,
  128.5,
  Number.NaN,
  Infinity,
  2 ** 32 + 128,
  "128",
  null,
  128n,
];
const shown = (value: unknown) =>
  typeof value === "bigint" ? `${value}n` : typeof value === "string" ? `"${value}"` : String(value);

table("creating a heap refuses", [
  ...capacities.map(
    (capacity): Misuse => ({
      what: `a capacity of ${shown(capacity)}`,
      act: () => Heap.create({ capacity: wrong(capacity) }),
      error: "TypeMismatchError",
      says: shown(capacity),
    }),
  ),
  ...alignments.map(
    (alignment): Misuse => ({
      what: `an alignment of ${shown(alignment)}`,
      act: () => Heap.create({ alignment: wrong(alignment) }),
      error: "AlignmentError",
      says: `alignment must be a power of two from 16 to 4096: ${shown(alignment)}`,
    }),
  ),
  {
    what: "a capacity that the header fills",
    act: () => Heap.create({ capacity: 65536 }),
    error: "TypeMismatchError",
    says: "65536",
  },
  {
    what: "a capacity that the header fills at this alignment",
    act: () => Heap.create({ capacity: 10 * 65536, alignment: 4096 }),
    error: "TypeMismatchError",
    says: "4096",
  },
]);

const mismatch = (what: string, act: () => unknown, says: string): Misuse => {
  return { what, act, error: "TypeMismatchError", says };
};

table("looking after threads refuses", [
  mismatch("to watch nothing", () => heap.watch(wrong(undefined)), "worker must be a Worker that runs: undefined"),
  mismatch("to watch what is not a worker", () => heap.watch(wrong({ threadId: 1 })), "an object"),
  mismatch("to watch one that has ended", () => heap.watch(wrong({ threadId: -1, once() {} })), "an object"),
  mismatch("to reap a thread without a number", () => heap.reap(wrong("1")), 'from 0 to 4294967294: "1"'),
  mismatch("to reap a thread with a negative number", () => heap.reap(-1), "-1"),
  mismatch("to tell of something else", () => heap.on(wrong("dropped"), fail), '"dropped"'),
  mismatch("to tell nobody", () => heap.on("reaped", wrong(1)), "listener must be a function: 1"),
  mismatch("to stop telling of something else", () => heap.off(wrong("dropped"), fail), '"dropped"'),
]);

const heapToken = heap.share();
const openHeap = (value: unknown) => () => Heap.open(value as HeapToken);
const unshared = new WebAssembly.Memory({ initial: 2, maximum: 2 });
const blank = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });

function ofAnotherVersion(): HeapToken {
  const { memory, id } = Heap.create({ capacity: 64 * 65536 });
  new DataView(memory.buffer).setUint32(4, 77, true);
  new DataView(memory.buffer).setUint32(8, 0xabcd, true);
  return { shmol: "heap", heap: `${id.slice(0, 8)}0000abcd`, memory };
}

table("opening a heap refuses", [
  { what: "nothing", act: openHeap(undefined), error: "TokenError", says: "undefined" },
  { what: "null", act: openHeap(null), error: "TokenError", says: "null" },
  { what: "a string", act: openHeap("heap"), error: "TokenError", says: '"heap"' },
  {
    what: "a heap itself",
    act: openHeap(heap),
    error: "TokenError",
    says: "not a token: a Heap, whose share() makes one",
  },
  {
    what: "an Arc's token",
    act: openHeap(arc.share()),
    error: "TokenError",
    says: 'token is of kind "arc", expected "heap"',
  },
  { what: "an id that is none", act: openHeap({ ...heapToken, heap: 12 }), error: "TokenError", says: "12" },
  {
    what: "an unknown id without a memory",
    act: openHeap({ shmol: "heap", heap: "00000000000000ff" }),
    error: "TokenError",
    says: "00000000000000ff",
  },
  {
    what: "an id that is not the memory's",
    act: openHeap({ ...heapToken, heap: "00000000000000ff" }),
    error: "TokenError",
    says: heap.id,
  },
  {
    what: "a memory that is none",
    act: openHeap({ ...heapToken, heap: "ff", memory: {} }),
    error: "TokenError",
    says: "an object",
  },
  {
    what: "a memory that is not shared",
    act: openHeap({ ...heapToken, heap: "ff", memory: unshared }),
    error: "TokenError",
    says: "shared",
  },
  {
    what: "a memory without a heap",
    act: openHeap({ ...heapToken, heap: "ff", memory: blank }),
    error: "TokenError",
    says: "holds no heap",
  },
  { what: "a heap of another version", act: openHeap(ofAnotherVersion()), error: "TokenError", says: "77" },
]);

table("allocating and freeing refuse", [
  ...[-1, 1.5, Number.NaN, Infinity, 2 ** 32, "16", null, undefined].map(
    (size): Misuse => ({
      what: `a size of ${shown(size)}`,
      act: () => heap.alloc(wrong(size)),
      error: "TypeMismatchError",
      says: shown(size),
    }),
  ),
  ...[0, -16, 3, 24, 1.5, 2 ** 17, 2 ** 32 + 16, Number.NaN, "16", null].map(
    (align): Misuse => ({
      what: `an alignment of ${shown(align)}`,
      act: () => heap.alloc(16, wrong(align)),
      error: "AlignmentError",
      says: shown(align),
    }),
  ),
  ...[-1, 1.5, Number.NaN, 2 ** 32, "16", null, undefined].map(
    (ptr): Misuse => ({
      what: `a pointer of ${shown(ptr)}`,
      act: () => heap.free(wrong(ptr)),
      error: "TypeMismatchError",
      says: shown(ptr),
    }),
  ),
  { what: "a pointer to nothing", act: () => heap.free(0), error: "CorruptionError", says: "0" },
]);

const sizes: unknown[] = [-1, 0.5, Number.NaN, 2 ** 32, "8", null, undefined, 8n, [1], new ArrayBuffer(8)];
const described = (value: unknown) =>
  Array.isArray(value) ? "an array" : value instanceof ArrayBuffer ? "an ArrayBuffer" : shown(value);
const fail = (): never => {
  throw new Error("init must not be called");
};

table("creating an Arc refuses", [
  ...sizes.map(
    (size): Misuse => ({
      what: `a size of ${described(size)}`,
      act: () => Arc.create(wrong(size), { heap }),
      error: "TypeMismatchError",
      says: described(size),
    }),
  ),
  ...alignments.map(
    (align): Misuse => ({
      what: `an alignment of ${shown(align)}`,
      act: () => Arc.create(8, { heap, align: wrong(align) }),
      error: "AlignmentError",
      says: shown(align),
    }),
  ),
  {
    what: "more than there is",
    act: () => Arc.create(heap.capacity, { heap }),
    error: "OutOfMemoryError",
    says: String(heap.capacity),
  },
  {
    what: "2^32 - 1 bytes",
    act: () => Arc.create(2 ** 32 - 1, { heap, align: 4096 }),
    error: "OutOfMemoryError",
    says: "4294967295",
  },
  {
    what: "a token for a heap",
    act: () => Arc.create(8, { heap: wrong(heapToken) }),
    error: "TypeMismatchError",
    says: 'a token of kind "heap"',
  },
  {
    what: "null for a heap",
    act: () => Arc.create(8, { heap: wrong(null) }),
    error: "TypeMismatchError",
    says: "null",
  },
  {
    what: "a cyclic one of a wrong size",
    act: () => Arc.cyclic(-1, fail, { heap }),
    error: "TypeMismatchError",
    says: "-1",
  },
  {
    what: "a cyclic one of a wrong alignment",
    act: () => Arc.cyclic(8, fail, { heap, align: 8 }),
    error: "AlignmentError",
    says: "8",
  },
  {
    what: "a cyclic one that is too large",
    act: () => Arc.cyclic(2 ** 31, fail, { heap }),
    error: "OutOfMemoryError",
    says: "2147483648",
  },
  {
    what: "a cyclic one without an init",
    act: () => Arc.cyclic(8, wrong(undefined), { heap }),
    error: "TypeMismatchError",
    says: "undefined",
  },
]);

const { control, generation } = queue.share();
const queueValue = internals(heap).kernel.valueOf(control) >>> 0;

table("fromRaw refuses", [
  ...[-1, 0.5, Number.NaN, 2 ** 32, "16", null].map(
    (ptr): Misuse => ({
      what: `a pointer of ${shown(ptr)}`,
      act: () => Arc.fromRaw(heap, wrong(ptr)),
      error: "TypeMismatchError",
      says: shown(ptr),
    }),
  ),
  { what: "null", act: () => Arc.fromRaw(heap, 0), error: "CorruptionError", says: "0 is not the value of a live Arc" },
  { what: "the header", act: () => Arc.fromRaw(heap, 64), error: "CorruptionError", says: "64" },
  {
    what: "the inside of a value",
    act: () => Arc.fromRaw(heap, arc.ptr + 16),
    error: "CorruptionError",
    says: String(arc.ptr + 16),
  },
  {
    what: "an odd pointer",
    act: () => Arc.fromRaw(heap, arc.ptr + 1),
    error: "CorruptionError",
    says: String(arc.ptr + 1),
  },
  {
    what: "the heap's end",
    act: () => Arc.fromRaw(heap, heap.capacity),
    error: "CorruptionError",
    says: String(heap.capacity),
  },
  {
    what: "what lies beyond",
    act: () => Arc.fromRaw(heap, 2 ** 32 - 16),
    error: "CorruptionError",
    says: "4294967280",
  },
  {
    what: "a control block",
    act: () => Arc.fromRaw(heap, arc.share().control),
    error: "CorruptionError",
    says: String(arc.share().control),
  },
  { what: "a queue", act: () => Arc.fromRaw(heap, queueValue), error: "CorruptionError", says: String(queueValue) },
  {
    what: "an Arc of another heap",
    act: () => Arc.fromRaw(foreignHeap, arc.ptr),
    error: "CorruptionError",
    says: foreignHeap.id,
  },
  {
    what: "something that is no heap",
    act: () => Arc.fromRaw(wrong({}), arc.ptr),
    error: "TypeMismatchError",
    says: "an object",
  },
]);

table("views refuse", [
  {
    what: "elements that do not divide the size",
    act: () => arc.view(Float64Array),
    error: "AlignmentError",
    says: "elements of 8 bytes: 12 bytes are no whole number of them",
  },
  { what: "no type", act: () => arc.view(wrong(undefined)), error: "TypeMismatchError", says: "undefined" },
  { what: "null", act: () => arc.view(wrong(null)), error: "TypeMismatchError", says: "null" },
  { what: "a DataView", act: () => arc.view(wrong(DataView)), error: "TypeMismatchError", says: "a function" },
  {
    what: "a look-alike of a typed array",
    act: () => arc.view(wrong({ BYTES_PER_ELEMENT: 4, name: "Fake" })),
    error: "TypeMismatchError",
    says: "an object",
  },
]);

table("comparing refuses", [
  {
    what: "an Arc with nothing",
    act: () => arc.ptrEq(wrong(undefined)),
    error: "TypeMismatchError",
    says: "undefined",
  },
  { what: "an Arc with an object", act: () => arc.ptrEq(wrong({})), error: "TypeMismatchError", says: "an object" },
  {
    what: "an Arc with a Weak",
    act: () => arc.ptrEq(wrong(weak)),
    error: "TypeMismatchError",
    says: "not an Arc: a Weak",
  },
  {
    what: "a Weak with an Arc",
    act: () => weak.ptrEq(wrong(arc)),
    error: "TypeMismatchError",
    says: "not a Weak: an Arc",
  },
]);

table("sharing refuses", [
  { what: "no opens", act: () => arc.share({ opens: 0 }), error: "TypeMismatchError", says: "0" },
  { what: "negative opens", act: () => arc.share({ opens: -1 }), error: "TypeMismatchError", says: "-1" },
  { what: "half an open", act: () => arc.share({ opens: 1.5 }), error: "TypeMismatchError", says: "1.5" },
  { what: "2^31 opens", act: () => arc.share({ opens: 2 ** 31 }), error: "TypeMismatchError", says: "2147483648" },
  {
    what: "more counts than there can be",
    act: () => arc.share({ opens: 2 ** 31 - 1 }),
    error: "OutOfMemoryError",
    says: "2147483647",
  },
]);

const token = arc.share();
const gone = Arc.create(8, { heap });
const stale = gone.share();
gone.drop();
const open = (value: unknown) => () => Arc.open(value as ArcToken);
const changed = (change: object) => open({ ...token, ...change });

table("opening an Arc refuses", [
  { what: "nothing", act: open(undefined), error: "TokenError", says: "undefined" },
  { what: "null", act: open(null), error: "TokenError", says: "null" },
  { what: "a pointer", act: open(arc.ptr), error: "TokenError", says: String(arc.ptr) },
  { what: "an Arc", act: open(arc), error: "TokenError", says: "not a token: an Arc, whose share() makes one" },
  {
    what: "a queue's token",
    act: open(queue.share()),
    error: "TokenError",
    says: 'token is of kind "queue", expected "arc"',
  },
  {
    what: "a queue's token that says it is an Arc's",
    act: changed({ control, generation }),
    error: "TokenError",
    says: String(control),
  },
  { what: "a token of a dropped Arc", act: open(stale), error: "TokenError", says: String(stale.generation) },
  {
    what: "another generation",
    act: changed({ generation: token.generation + 1 }),
    error: "TokenError",
    says: String(token.generation + 1),
  },
  {
    what: "the inside of a control block",
    act: changed({ control: token.control + 16 }),
    error: "TokenError",
    says: String(token.control + 16),
  },
  {
    what: "a control block that was never used",
    act: changed({ control: token.control + 32 * 100 }),
    error: "TokenError",
    says: String(token.control + 3200),
  },
  {
    what: "a value for a control block",
    act: changed({ control: arc.ptr }),
    error: "TokenError",
    says: String(arc.ptr),
  },
  {
    what: "a control block beyond the heap",
    act: changed({ control: 2 ** 32 - 32 }),
    error: "TokenError",
    says: String(2 ** 32 - 32),
  },
  { what: "no control block", act: changed({ control: undefined }), error: "TokenError", says: "undefined" },
  { what: "a control block of 1.5", act: changed({ control: 1.5 }), error: "TokenError", says: "1.5" },
  { what: "a generation of 2^32", act: changed({ generation: 2 ** 32 }), error: "TokenError", says: "4294967296" },
  {
    what: "a ticket that is none",
    act: changed({ ticket: { control: token.control, generation: token.generation } }),
    error: "TokenError",
    says: String(token.control),
  },
  {
    what: "a ticket of no generation",
    act: changed({ ticket: { control: token.control } }),
    error: "TokenError",
    says: "undefined",
  },
  { what: "a null ticket", act: changed({ ticket: null }), error: "TokenError", says: "null" },
  {
    what: "an unknown heap, lightly",
    act: changed({ heap: "00000000000000ff", memory: undefined }),
    error: "TokenError",
    says: "00000000000000ff",
  },
]);

describe("opening with a ticket", () => {
  const other = Arc.create(8, { heap });
  afterAll(() => other.drop());

  test.each([
    ["of another kind", { shmol: "queue" }],
    ["of another generation", { generation: 77 }],
    ["of another control block", { control: other.share().control }],
    ["of another heap", { heap: foreignHeap.id }],
  ])("%s takes none of its opens", (_, change) => {
    const shared = Arc.create(8, { heap });
    const ticketed = shared.share({ opens: 1 });
    const tampered = { ...ticketed, ...change };
    const act = () =>
      tampered.shmol === ("queue" as string)
        ? ConcurrentQueue.open({ ...tampered, type: "i32" } as never)
        : Arc.open(tampered as ArcToken);
    expectRefusal(heap, { act, error: "TokenError", says: "" });
    expect([shared.strongCount, other.strongCount]).toEqual([2, 1]);
    const opened = Arc.open(ticketed);
    expect(opened.ptrEq(shared)).toBe(true);
    for (const handle of [opened, shared]) handle.drop();
  });

  test("by the ticket's own control block takes none of its opens", () => {
    const shared = Arc.create(8, { heap });
    const ticketed = shared.share({ opens: 1 });
    const { ticket, ...plain } = ticketed;
    expectRefusal(heap, { act: open({ ...plain, ...ticket }), error: "TokenError", says: String(ticket?.control) });
    const opened = Arc.open(ticketed);
    expect(shared.strongCount).toBe(2);
    for (const handle of [opened, shared]) handle.drop();
  });

  test("that was used up is refused, also when its control block serves another", () => {
    const shared = Arc.create(8, { heap });
    const used = shared.share({ opens: 1 });
    Arc.open(used).drop();
    const next = shared.share({ opens: 1 });
    expect(next.ticket?.control, "the same control block").toBe(used.ticket?.control);
    expectRefusal(heap, { act: open(used), error: "TokenError", says: String(used.control) });
    Arc.open(next).drop();
    shared.drop();
  });
});

/** All but what is for those who only look. */
type Shown = "strongCount" | "weakCount" | "toJSON";
type Uses<Handle> = Record<Exclude<keyof Handle, "drop" | typeof Symbol.dispose | Shown>, () => unknown>;

describe("a dropped Arc refuses", () => {
  const dropped = Arc.create(8, { heap });
  dropped.drop();
  const uses: Uses<Arc> = {
    ptr: () => dropped.ptr,
    size: () => dropped.size,
    align: () => dropped.align,
    heap: () => dropped.heap,
    bytes: () => dropped.bytes(),
    view: () => dropped.view(Uint8Array),
    clone: () => dropped.clone(),
    downgrade: () => dropped.downgrade(),
    intoRaw: () => dropped.intoRaw(),
    ptrEq: () => dropped.ptrEq(arc),
    getMut: () => dropped.getMut(),
    makeMut: () => dropped.makeMut(),
    intoInner: () => dropped.intoInner(),
    share: () => dropped.share(),
  };
  test.each(Object.entries(uses))("%s", (_, act) => {
    expectRefusal(heap, { act, error: "DroppedError", says: "this Arc was dropped" });
  });
  test("to be compared with", () => {
    expectRefusal(heap, { act: () => arc.ptrEq(dropped), error: "DroppedError", says: "this Arc was dropped" });
  });
  test.each(["intoRaw", "intoInner"] as const)("everything after %s, too", (way) => {
    const moved = Arc.create(8, { heap });
    const ptr = moved.ptr;
    moved[way]();
    expectRefusal(heap, { act: () => moved.bytes(), error: "DroppedError", says: "this Arc was dropped" });
    moved.drop();
    if (way === "intoRaw") Arc.fromRaw(heap, ptr).drop();
  });
  test("no counter: there is nothing to count", () => {
    expect([dropped.strongCount, dropped.weakCount]).toEqual([0, 0]);
  });
  test("nothing when it is dropped again", () => {
    expect(() => dropped.drop()).not.toThrow();
    expect(() => dropped[Symbol.dispose]()).not.toThrow();
  });
});

describe("a dropped Weak refuses", () => {
  const dropped = arc.downgrade();
  dropped.drop();
  const uses: Uses<Weak> = {
    upgrade: () => dropped.upgrade(),
    clone: () => dropped.clone(),
    ptrEq: () => dropped.ptrEq(weak),
  };
  test.each(Object.entries(uses))("%s", (_, act) => {
    expectRefusal(heap, { act, error: "DroppedError", says: "this Weak was dropped" });
  });
  test("to be compared with", () => {
    expectRefusal(heap, { act: () => weak.ptrEq(dropped), error: "DroppedError", says: "this Weak was dropped" });
  });
  test("no counter: there is nothing to count", () => {
    expect([dropped.strongCount, dropped.weakCount]).toEqual([0, 0]);
  });
  test("nothing when it is dropped again", () => {
    const { weakCount } = arc;
    dropped.drop();
    dropped[Symbol.dispose]();
    expect(arc.weakCount).toBe(weakCount);
  });
});

describe("a dropped heap refuses", () => {
  const dropped = Heap.create({ capacity: 64 * 65536 });
  dropped.drop();
  const properties = ["memory", "id", "buffer", "alignment", "capacity"] as const;
  const uses: Omit<Uses<Heap>, (typeof properties)[number]> = {
    alloc: () => dropped.alloc(16),
    free: () => dropped.free(16),
    share: () => dropped.share(),
    stats: () => dropped.stats(),
    watch: () => dropped.watch(wrong(undefined)),
    reap: () => dropped.reap(1),
    on: () => dropped.on("reaped", fail),
    once: () => dropped.once("reaped", fail),
    off: () => dropped.off("reaped", fail),
  };
  const makers = {
    "Arc.create": () => Arc.create(8, { heap: dropped }),
    "Arc.cyclic": () => Arc.cyclic(8, fail, { heap: dropped }),
    "Arc.fromRaw": () => Arc.fromRaw(dropped, 65536),
    "ConcurrentQueue.unbounded": () => ConcurrentQueue.unbounded(i32, { heap: dropped }),
  };
  test.each(Object.entries({ ...uses, ...makers }))("%s", (_, act) => {
    expectRefusal(heap, { act, error: "DroppedError", says: "this heap was dropped" });
  });
});

describe("structured cloning is refused by", () => {
  test.each([
    ["an Arc", arc],
    ["a Weak", weak],
    ["a heap", heap],
  ])("%s", (_, handle) => {
    expect(() => structuredClone(handle)).toThrow(
      expect.objectContaining({ name: "DataCloneError", message: expect.stringContaining("share()") }),
    );
  });
});
