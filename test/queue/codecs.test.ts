/**
 * Codecs: how values lie in memory meanwhile, and what becomes of them when something goes wrong on the way. Whatever a test
 * is about, its heap holds in the end what it held before.
 */
import { createContext, runInContext } from "node:vm";
import {
  bool,
  bytes,
  ClosedError,
  type Codec,
  ConcurrentQueue,
  clone,
  DroppedError,
  type FixedCodec,
  f32,
  f64,
  Heap,
  i32,
  i64,
  json,
  struct,
  TokenError,
  u32,
  u64,
  utf8,
} from "shmol";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { heaps, inUse } from "../heaps.js";

const heap = Heap.create();
const isChecked = internals(heap).checked !== undefined;
let before: ReturnType<typeof inUse>;
beforeEach(() => {
  before = inUse(heap);
});
afterEach(() => expect(inUse(heap)).toEqual(before));
afterAll(() => heap.drop());

const unbounded = <T>(type: Codec<T>) => ConcurrentQueue.unbounded(type, { heap });
const bounded = <T>(capacity: number, type: Codec<T>) => ConcurrentQueue.bounded(capacity, type, { heap });
const flavours = [
  ["unbounded", unbounded],
  ["bounded", <T>(type: Codec<T>) => bounded(8, type)],
] as const;

/** Text as bytes, with something that happens in between. */
function texts({ name = "texts", encoding = (_: string) => {}, decoding = (_: string) => {} } = {}): Codec<string> {
  return {
    name,
    encode(text) {
      encoding(text);
      return new TextEncoder().encode(text);
    },
    decode(from) {
      const text = new TextDecoder().decode(from);
      decoding(text);
      return text;
    },
  };
}

/** Throws at one value. */
const unless = (bad: string) => (text: string) => {
  if (text === bad) throw new RangeError(`not ${bad}`);
};

describe("a codec of one's own", () => {
  test("carries whatever it makes bytes of, in the one buffer that it may have for all of them", () => {
    const buffer = new Uint8Array(16);
    const reused: Codec<number> = {
      name: "reused",
      encode: (value) => buffer.fill(value).subarray(0, value),
      decode: (from) => from.length * 100 + (from[0] ?? 0),
    };
    const queue = unbounded(reused);
    expect(queue.pushMany([1, 2, 3])).toBe(3);
    queue.push(0);
    expect(queue.popMany(4)).toEqual([101, 202, 303, 0]);
    queue.drop();
  });

  test("is handed bytes that are its own, to keep", () => {
    const raw: Codec<Uint8Array> = { name: "raw", encode: (value) => value, decode: (from) => from };
    const queue = unbounded(raw);
    queue.pushMany([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    const [first, second] = queue.popMany(2) as [Uint8Array, Uint8Array];
    first.fill(9);
    queue.push(Uint8Array.of(7, 7));
    expect([[...first], [...second]]).toEqual([[9, 9], [3]]);
    expect(first.buffer).toBeInstanceOf(ArrayBuffer);
    expect(first.buffer.byteLength).toBe(2);
    queue.drop();
  });

  test("is used as its methods: `this` is the codec", () => {
    class Shifted {
      readonly name = "shifted";
      readonly by = 3;
      encode(value: number) {
        return Uint8Array.of(value + this.by);
      }
      decode(from: Uint8Array) {
        return (from[0] as number) - this.by;
      }
    }
    const queue = unbounded(new Shifted());
    queue.push(4);
    expect(queue.pop()).toBe(4);
    queue.drop();
  });

  test("is passed where the queue is opened, and checked by its name", () => {
    const queue = unbounded(texts());
    const token = structuredClone(queue.share());
    expect(token.type).toBe("texts");
    const other = ConcurrentQueue.open(token, texts());
    queue.push("one");
    expect(other.pop()).toBe("one");
    const held = inUse(heap);
    const open = (type?: Codec<string>) => () => ConcurrentQueue.open(token, type);
    expect(open()).toThrow(TokenError);
    expect(open()).toThrow('the queue\'s elements are of type "texts", which is not a built-in one: pass it');
    expect(open(texts({ name: "text" }))).toThrow('the queue\'s elements are of type "texts", not "text"');
    expect(open(utf8)).toThrow('of type "texts", not "utf8"');
    expect(() => ConcurrentQueue.open({ ...token, type: "text" }, texts({ name: "text" }))).toThrow(
      'the token says that the queue\'s elements are of type "text", which they are not',
    );
    expect(inUse(heap)).toEqual(held);
    for (const handle of [queue, other]) handle.drop();
  });

  describe.each(flavours)("in a queue that is %s", (_, make) => {
    test("that throws in encode leaves nothing behind", () => {
      const queue = make(texts({ encoding: unless("bad") }));
      const held = inUse(heap);
      for (const push of [() => queue.push("bad"), () => queue.forcePush("bad"), () => queue.pushMany(["bad", "a"])]) {
        expect(push).toThrow(new RangeError("not bad"));
      }
      expect([queue.size, inUse(heap)]).toEqual([0, held]);
      expect(queue.pushMany(["a", "b", "bad", "c"]), "what stands before it goes in").toBe(2);
      expect(queue.popMany(9)).toEqual(["a", "b"]);
      queue.drop();
    });

    test("that throws in decode consumes the item", () => {
      const queue = make(texts({ decoding: unless("bad") }));
      queue.pushMany(["bad", "a", "bad", "b"]);
      expect(() => queue.pop()).toThrow("not bad");
      expect(queue.pop()).toBe("a");
      expect(() => queue.popWith((value) => value)).toThrow("not bad");
      expect([...queue.drain()]).toEqual(["b"]);
      queue.drop();
    });

    test("that throws in decode does not cost popMany what came before: the next pop throws it", () => {
      const queue = make(texts({ decoding: unless("bad") }));
      const fill = () => queue.pushMany(["a", "b", "bad", "c"]);
      const pops: [string, () => unknown][] = [
        ["pop", () => queue.pop()],
        ["popMany", () => queue.popMany(9)],
        ["popWith", () => queue.popWith((value) => value)],
        ["drain", () => [...queue.drain()]],
      ];
      for (const [name, pop] of pops) {
        fill();
        expect(queue.popMany(9)).toEqual(["a", "b"]);
        expect(queue.size, "those behind it are still there").toBe(1);
        expect(pop, name).toThrow(new RangeError("not bad"));
        expect(queue.popMany(9), "once").toEqual(["c"]);
      }
      fill();
      queue.pop();
      queue.pop();
      expect(() => queue.popMany(9), "nothing came before it").toThrow("not bad");
      expect(queue.popMany(9)).toEqual(["c"]);
      queue.drop();
    });

    test("that drops the very queue that it encodes for: that queue was dropped", () => {
      const ways: ((queue: ConcurrentQueue<string>) => unknown)[] = [
        (queue) => queue.push("drop"),
        (queue) => queue.forcePush("drop"),
        (queue) => queue.pushMany(["a", "drop", "b"]),
      ];
      for (const push of ways) {
        const queue: ConcurrentQueue<string> = make(
          texts({
            encoding: (text) => {
              if (text === "drop") queue.drop();
            },
          }),
        );
        queue.push("before");
        expect(() => push(queue)).toThrow(DroppedError);
        expect(inUse(heap)).toEqual(before);
      }
    });

    test("that drops the very queue that it decodes for: what was popped is answered", () => {
      const ways: ((queue: ConcurrentQueue<string>) => unknown)[] = [
        (queue) => queue.pop(),
        (queue) => queue.popMany(1)[0],
        (queue) => queue.popWith((value) => value),
      ];
      for (const pop of ways) {
        const queue: ConcurrentQueue<string> = make(texts({ decoding: () => queue.drop() }));
        queue.pushMany(["a", "b"]);
        expect(pop(queue)).toBe("a");
        expect(() => queue.pop()).toThrow(DroppedError);
        expect(inUse(heap)).toEqual(before);
      }
    });

    test("may use the same queue, and batches, while it encodes and decodes", () => {
      const other = make(i32);
      let seen: number[] = [];
      const queue: ConcurrentQueue<string> = make(
        texts({
          encoding(text) {
            if (text.length > 1) return;
            expect(queue.pushMany([`${text}1`, `${text}2`])).toBe(2);
            expect(queue.pop()).toBe(text === "a" ? "a1" : "a2");
            expect(other.pushMany([1, 2])).toBe(2);
          },
          decoding(text) {
            if (text !== "a") return;
            queue.push("later");
            seen = other.popMany(9);
          },
        }),
      );
      expect(queue.pushMany(["a", "b"])).toBe(2);
      expect(queue.popMany(3)).toEqual(["b1", "b2", "a"]);
      expect([...queue.drain()]).toEqual(["b", "later"]);
      expect(seen).toEqual([1, 2, 1, 2]);
      queue.drop();
      other.drop();
    });
  });

  test("costs nothing where there is no room: what does not go in is taken back", () => {
    let encoded = 0;
    const queue = bounded(3, texts({ encoding: () => encoded++ }));
    expect(queue.pushMany(["a", "b", "c", "d", "e"])).toBe(3);
    expect(encoded, "no more than there is room for").toBeLessThanOrEqual(4);
    const held = inUse(heap);
    expect([queue.push("x"), queue.pushMany(["x", "y"]), inUse(heap)]).toEqual([false, 0, held]);
    expect([queue.forcePush("f"), inUse(heap)]).toEqual(["a", held]);
    queue.close();
    for (const push of [() => queue.push("x"), () => queue.forcePush("x"), () => queue.pushMany(["x"])]) {
      expect(push).toThrow(ClosedError);
    }
    expect(inUse(heap)).toEqual(held);
    expect(queue.popMany(9)).toEqual(["b", "c", "f"]);
    queue.drop();
  });

  test("that throws in decode of what a forced push displaced: the new value is in, the old one gone", () => {
    const queue = bounded(2, texts({ decoding: unless("bad") }));
    queue.pushMany(["bad", "a"]);
    expect(() => queue.forcePush("b")).toThrow("not bad");
    expect(queue.popMany(9)).toEqual(["a", "b"]);
    queue.drop();
  });
});

describe("bytes of a class that says it is shorter, or longer, than it is", () => {
  class Liar extends Uint8Array {
    override get length() {
      return said;
    }
  }
  let said = 0;
  const raw: Codec<Uint8Array> = { name: "raw", encode: (value) => value, decode: (from) => from };

  test.each([
    [1, "bytes", bytes],
    [1, "raw", raw],
    [500, "bytes", bytes],
    [500, "raw", raw],
  ] as const)("%i: go as they are and touch nobody else's, in a queue of %s", (length, _, type) => {
    said = length;
    const queue = unbounded(type);
    queue.pushMany([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
    // Its block goes to the next one, among those of the others.
    queue.pop();
    queue.push(new Liar(30).fill(77));
    expect(queue.popMany(9).map((value) => [...value])).toEqual([[2], [3], new Array(30).fill(77)]);
    queue.drop();
  });
});

describe("popWith", () => {
  test("shows bytes where they lie, without a copy", () => {
    const queue = unbounded(bytes);
    queue.push(Uint8Array.of(1, 2, 3));
    expect(
      queue.popWith((view) => {
        // A checked heap shows a copy, which it can take away again.
        expect(view.buffer === heap.buffer).toBe(!isChecked);
        return [...view];
      }),
    ).toEqual([1, 2, 3]);
    expect(queue.popWith(() => expect.unreachable())).toBeUndefined();
    queue.drop();
  });

  const onlyChecked = isChecked ? test : () => {};
  onlyChecked("in a checked heap, says so when bytes are used afterwards", () => {
    const queue = unbounded(bytes);
    queue.push(Uint8Array.of(1, 2, 3));
    const kept = queue.popWith((view) => view) as Uint8Array;
    expect(() => kept.length).toThrow(DroppedError);
    expect(() => kept.slice()).toThrow("view, which was valid during its popWith only");
    expect(() => [...kept]).toThrow(DroppedError);
    expect(kept[0]).not.toBe(1);
    queue.drop();
  });

  test("shows a struct where it lies, and says so when it is used afterwards", () => {
    const queue = unbounded(struct({ id: u32, at: struct({ x: f64, y: f64 }), ok: bool }));
    const value = { id: 7, at: { x: 1.5, y: -0 }, ok: true };
    queue.push(value);
    let kept = value;
    const answer = queue.popWith((shown) => {
      kept = shown;
      expect([shown.id, shown.at.x, shown.at.y, shown.ok]).toEqual([7, 1.5, -0, true]);
      expect(Object.isFrozen(shown) || Reflect.set(shown, "id", 8) === false, "it cannot be written").toBe(true);
      const { at } = shown;
      return { at, x: at.x };
    });
    expect(answer?.x).toBe(1.5);
    for (const use of [() => kept.id, () => kept.at, () => answer?.at.y]) {
      expect(use).toThrow(DroppedError);
      expect(use).toThrow("view, which was valid during its popWith only");
    }
    queue.drop();
  });

  test.each([
    ["bytes", bytes, Uint8Array.of(1)],
    ["struct", struct({ x: f64 }), { x: 1 }],
    ["utf8", utf8, "text"],
    ["json", json, { x: 1 }],
    ["texts", texts(), "text"],
    ["i32", i32, 1],
  ] as [string, Codec<unknown>, unknown][])("frees what it shows of %s when the look throws", (_, type, value) => {
    const queue = unbounded(type);
    queue.pushMany([value, value]);
    const look = () => {
      throw new RangeError("seen enough");
    };
    expect(() => queue.popWith(look)).toThrow(new RangeError("seen enough"));
    expect(queue.size).toBe(1);
    queue.drop();
  });

  test("may push to, pop from and drop the queue while it looks", () => {
    const queue = unbounded(bytes);
    queue.pushMany([Uint8Array.of(1), Uint8Array.of(2)]);
    const seen = queue.popWith((first) => {
      queue.push(Uint8Array.of(3));
      const second = queue.popWith((view) => view[0]);
      const third = queue.pop()?.[0];
      queue.drop();
      return [first[0], second, third];
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(() => queue.popWith(() => 1)).toThrow(DroppedError);
  });
});

describe("struct", () => {
  test("lies in memory as C would lay it out", () => {
    const record = struct({ ok: bool, id: u32, at: struct({ x: f64, near: bool }), small: f32, when: i64 });
    expect(record.byteLength).toBe(40);
    const encoded = record.encode({ ok: true, id: 0x01020304, at: { x: 1, near: true }, small: 0.5, when: -1n });
    expect([...encoded]).toEqual([
      ...[1, 0, 0, 0, 4, 3, 2, 1],
      ...[0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 1, 0, 0, 0, 0, 0, 0, 0],
      ...[0, 0, 0, 0x3f, 0, 0, 0, 0],
      ...[255, 255, 255, 255, 255, 255, 255, 255],
    ]);
  });

  test("leaves behind what is not among its fields, and what a field's getter throws leaves nothing", () => {
    const queue = unbounded(struct({ x: f64, y: f64 }));
    queue.push({ x: 1, y: 2, z: 3 } as { x: number; y: number });
    expect(queue.pop()).toEqual({ x: 1, y: 2 });
    const held = inUse(heap);
    const trap = {
      x: 1,
      get y(): number {
        throw new RangeError("no y");
      },
    };
    expect(() => queue.push(trap)).toThrow("no y");
    expect(() => queue.forcePush(trap)).toThrow("no y");
    expect(queue.pushMany([{ x: 1, y: 2 }, trap])).toBe(1);
    expect(queue.pop()).toEqual({ x: 1, y: 2 });
    expect(inUse(heap)).toEqual(held);
    queue.drop();
  });

  test.each(["__proto__", "constructor", "a b", '"', "\u2028", "`x`", "7"])("has a field named %j, if asked", (key) => {
    const fields = JSON.parse(`{${JSON.stringify(key)}: 0, "last": 0}`, (at, value) => (at === "" ? value : i32));
    const value = JSON.parse(`{${JSON.stringify(key)}: 5, "last": 6}`);
    const queue = ConcurrentQueue.bounded<unknown>(1, struct(fields), { heap });
    const other = ConcurrentQueue.open<unknown>(structuredClone(queue.share()));
    queue.push(value);
    const popped = other.pop();
    expect(JSON.stringify(popped)).toBe(JSON.stringify(value));
    expect(Object.getPrototypeOf(popped)).toBe(Object.prototype);
    for (const handle of [queue, other]) handle.drop();
  });

  test("travels in the token, fields, order and all", () => {
    const queue = unbounded(struct({ b: u64, a: struct({ ok: bool }) }));
    const token = structuredClone(queue.share());
    expect(token.type).toBe('struct{"b":"u64","a":{"struct":{"ok":"bool"}}}');
    const other = ConcurrentQueue.open(token);
    queue.push({ b: 2n ** 64n - 1n, a: { ok: true } });
    expect(other.pop()).toEqual({ b: 2n ** 64n - 1n, a: { ok: true } });
    const held = inUse(heap);
    for (const type of [
      "struct{",
      'struct{"b":"utf8"}',
      'struct{"b": "u64"}',
      'struct{"b":"u64"}',
      "struct[]",
      "lazy[0]",
    ]) {
      expect(() => ConcurrentQueue.open({ ...token, type })).toThrow(TokenError);
    }
    expect(() => ConcurrentQueue.open(token, struct({ a: struct({ ok: bool }), b: u64 }) as never)).toThrow(TokenError);
    expect(inUse(heap)).toEqual(held);
    for (const handle of [queue, other]) handle.drop();
  });
});

describe("clone", () => {
  test("answers values that share no memory with the heap, nor with what went in", () => {
    const queue = unbounded<Record<"whole" | "part", Uint16Array>>(clone);
    const sent = new Uint16Array([1, 2, 3]);
    queue.push({ whole: sent, part: sent.subarray(1) });
    sent.fill(9);
    const { whole, part } = queue.pop() as Record<"whole" | "part", Uint16Array>;
    queue.push({ whole: new Uint16Array([7, 7, 7]), part: new Uint16Array() });
    expect([[...whole], [...part]]).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
    expect(whole.buffer).toBeInstanceOf(ArrayBuffer);
    part[0] = 5;
    expect(whole[1], "two views of one buffer are that again").toBe(5);
    queue.drop();
  });

  test("throws what a getter throws, as it is", () => {
    const queue = unbounded(clone);
    const trap = {
      get x() {
        throw new RangeError("no x");
      },
    };
    expect(() => queue.push(trap)).toThrow(new RangeError("no x"));
    queue.drop();
  });
});

test("a codec of one's own may return bytes of another realm, and hand on to bytes what that takes", () => {
  const realm = createContext({});
  const codecs: Record<string, Codec<unknown>> = {
    "its Uint8Array": {
      name: "far",
      encode: () => runInContext("Uint8Array.of(1, 2)", realm),
      decode: (from) => [...from],
    },
    "by bytes, its ArrayBuffer": {
      name: "far",
      encode: () => bytes.encode(runInContext("Uint8Array.of(1, 2).buffer", realm)),
      decode: (from) => [...bytes.decode(from)],
    },
  };
  for (const [what, codec] of Object.entries(codecs)) {
    const queue = unbounded(codec);
    queue.push("");
    expect(queue.pop(), what).toEqual([1, 2]);
    queue.drop();
  }
});

describe("bytes takes", () => {
  const realm = createContext({});
  test.each([
    ["a Buffer", Buffer.from([1, 2])],
    ["an ArrayBuffer", Uint8Array.of(1, 2).buffer],
    ["a SharedArrayBuffer", new Uint8Array(new SharedArrayBuffer(2)).fill(1).buffer],
    ["a DataView of a part", new DataView(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2)],
    ["another realm's Uint8Array", runInContext("Uint8Array.of(1, 2)", realm)],
    ["another realm's ArrayBuffer", runInContext("Uint8Array.of(1, 2).buffer", realm)],
    ["an empty one", new Uint8Array()],
  ])("%s", (_, value) => {
    const queue = unbounded(bytes as Codec<unknown>);
    queue.push(value);
    const view = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value as ArrayBuffer);
    expect(queue.pop()).toEqual(new Uint8Array(view));
    queue.drop();
  });
});

describe("clone", () => {
  test("sends of a Buffer its own bytes, and nothing of its pool", () => {
    const queue = unbounded(clone);
    const secret = Buffer.from("a neighbour's password");
    const mine = Buffer.from("mine");
    expect(mine.buffer).toBe(secret.buffer);
    expect(Buffer.from(clone.encode([mine])).includes("neighbour")).toBe(false);
    queue.push({ mine, at: new DataView(mine.buffer, mine.byteOffset, 2), one: Float64Array.of(1, 2).subarray(1) });
    const popped = queue.pop() as { mine: Uint8Array; at: DataView; one: Float64Array };
    expect([popped.mine.buffer.byteLength, popped.at.getUint8(1), popped.one[0]]).toEqual([4, "i".charCodeAt(0), 2]);
    expect(popped.mine).toEqual(new Uint8Array(mine));
    queue.drop();
  });

  test("still brings an instance of a class as a plain object, and errors with their cause", () => {
    const queue = unbounded(clone);
    class Job {
      id = 1;
    }
    queue.push([new Job(), new TypeError("no", { cause: new Date(5) })]);
    const [job, error] = queue.pop() as [object, Error];
    expect([Object.getPrototypeOf(job), job]).toEqual([Object.prototype, { id: 1 }]);
    expect([error instanceof TypeError, error.message]).toEqual([true, "no"]);
    queue.drop();
  });
});

describe("json", () => {
  test.each<[string, unknown, string]>([
    ["a Date", { a: [new Date(0)] }, "json value at a[0] is of class Date, for which JSON has no form"],
    ["a Map", new Map(), "json value is of class Map"],
    ["a Set", { "a b": new Set() }, 'json value at ["a b"] is of class Set'],
    ["bytes", { at: { b: Buffer.alloc(1) } }, "json value at at.b is of class Uint8Array"],
    ["a function", { f() {} }, "json value at f is a function, which JSON leaves out"],
    ["a symbol", [Symbol("s")], "json value at [0] is Symbol(s), which JSON leaves out"],
    ["undefined in an array", { a: [1, undefined] }, "json value at a[1] is undefined, which JSON leaves out"],
    ["NaN", { n: Number.NaN }, "json value at n is NaN, for which JSON has no form"],
  ])("refuses %s in a checked heap, and sends what JSON makes of it in others", (_, value, says) => {
    const queue = unbounded(json);
    if (isChecked) {
      expect(() => queue.push(value)).toThrow(says);
      expect(() => queue.pushMany([value])).toThrow(says);
    } else {
      queue.push(value);
      expect(queue.pop()).toEqual(JSON.parse(JSON.stringify(value)));
    }
    queue.drop();
  });

  test("leaves out a field that is undefined, and takes what toJSON of one's own says, in every heap", () => {
    const queue = ConcurrentQueue.unbounded(json(), { heap });
    const shared = { n: 1 };
    const money = { toJSON: () => ({ cents: 5 }) };
    queue.push({ none: undefined, twice: [shared, shared], money });
    expect(queue.pop()).toEqual({ twice: [{ n: 1 }, { n: 1 }], money: { cents: 5 } });
    queue.drop();
  });

  test("is one codec, called or not", () => {
    const queue = unbounded(json);
    const other = ConcurrentQueue.open(structuredClone(queue.share()), json());
    expect([json.name, json().name, queue.share().type]).toEqual(["json", "json", "json"]);
    expect(json.decode(json.encode({ a: 1 }) as Uint8Array<ArrayBuffer>)).toEqual({ a: 1 });
    for (const handle of [queue, other]) handle.drop();
  });
});

describe("a struct", () => {
  test("without fields is a type of one value", () => {
    const unit = struct({});
    expect([unit.byteLength, unit.name]).toEqual([0, "struct{}"]);
    const queue = unbounded(unit);
    const other = ConcurrentQueue.open(structuredClone(queue.share()));
    queue.pushMany([{}, {}]);
    queue.push({});
    expect(other.popMany(2)).toEqual([{}, {}]);
    expect(other.popWith((value) => Object.keys(value as object))).toEqual([]);
    expect(() => queue.push(5 as never)).toThrow("struct{} value is of another type: 5");
    for (const handle of [queue, other]) handle.drop();
  });

  test("is written without code made from text, if asked, in the same way", () => {
    const fields = { x: f64, at: struct({ id: u32, "a b": bool }) };
    const value = { x: 0.5, at: { id: 1, "a b": true } };
    const quick = struct(fields);
    // Its code is made when the first value comes.
    quick.encode(value);
    const made = Object.getOwnPropertyDescriptor(globalThis, "Function") as PropertyDescriptor;
    let probes = 0;
    globalThis.Function = class extends Function {
      constructor() {
        super();
        probes++;
      }
    } as FunctionConstructor;
    try {
      struct.compiles = false;
      const slow = struct(fields);
      expect(slow.encode(value)).toEqual(quick.encode(value));
      expect(slow.decode(quick.encode(value) as Uint8Array<ArrayBuffer>)).toEqual(value);
      for (const type of [slow, quick]) {
        expect(() => type.encode({ x: 1, at: { id: 1 } } as never)).toThrow('at["a b"] is missing');
      }
      expect(probes).toBe(0);
    } finally {
      struct.compiles = true;
      Object.defineProperty(globalThis, "Function", made);
    }
  });
});

describe("built-in codecs encode and decode by themselves", () => {
  const point = struct({ x: f64, at: struct({ id: u32, ok: bool }) });
  test.each([
    [i32, [0, -1, 2 ** 31 - 1, -(2 ** 31)], 4],
    [u32, [0, 2 ** 32 - 1], 4],
    [f32, [0.5, -0, Number.NaN], 4],
    [f64, [0.1, -0, Number.NaN, Infinity], 8],
    [bool, [true, false], 1],
    [i64, [-1n, -(2n ** 63n), 2n ** 63n - 1n], 8],
    [u64, [0n, 2n ** 64n - 1n], 8],
    [point, [{ x: 1, at: { id: 2, ok: true } }], 16],
    [bytes, [Uint8Array.of(), Uint8Array.of(1, 2)], undefined],
    [utf8, ["", "häß 🥐", "\ufeffbom"], undefined],
    [json, [null, { a: [1, "\ud800"] }], undefined],
    [clone, [null, new Map([[1, new Date(5)]])], undefined],
  ] as [Codec<unknown>, unknown[], number | undefined][])("$name", (type, values, size) => {
    expect((type as FixedCodec<unknown>).byteLength).toBe(size);
    for (const value of values) {
      const encoded = type.encode(value);
      expect(encoded).toBeInstanceOf(Uint8Array);
      if (size !== undefined) expect(encoded).toHaveLength(size);
      // At an odd offset in a larger buffer, where nothing is aligned.
      const moved = new Uint8Array(encoded.length + 3);
      moved.set(encoded, 1);
      expect(type.decode(moved.subarray(1, encoded.length + 1))).toEqual(value);
    }
  });

  test("and refuse what is not theirs there, too", () => {
    expect(() => i32.encode(0.5)).toThrow("i32 value is not an integer: 0.5");
    expect(() => utf8.encode(5 as never)).toThrow("utf8 value is of another type: 5");
    expect(() => bytes.encode("x" as never)).toThrow("bytes value is of another type");
    expect(() => point.encode({ x: 1 } as never)).toThrow("at is missing");
    expect(() => json.encode(undefined)).toThrow("json value is undefined, which JSON leaves out");
  });
});

describe.each(heaps.map((spec) => [spec.name, spec] as const))("on %s", (_, spec) => {
  test("values of every kind come out as they went in, wherever their blocks lie", () => {
    const home = spec.home();
    const held = inUse(home);
    const point = struct({ id: u32, at: struct({ x: f64, y: f64 }), big: i64 });
    const long = "x".repeat(5000);
    const rows: [Codec<unknown>, unknown[]][] = [
      [bytes, [Uint8Array.of(), Uint8Array.of(1, 2, 3), new Uint8Array(100_000).fill(7)]],
      [utf8, ["", "häß 🥐", `${long}ä`, `${long}\ud800`, "\udc00"]],
      [json, [null, { a: [1, "ä", "\ud800"] }, long, -0.5]],
      [clone, [null, new Map([["k", [1n, new Date(7)]]]), new Float64Array([1, Number.NaN])]],
      [point, [{ id: 2 ** 32 - 1, at: { x: -0, y: 0.1 }, big: -(2n ** 63n) }]],
      [texts(), ["", "häß", long]],
      [i64, [-1n, 2n ** 63n - 1n, 0n]],
      [u64, [2n ** 64n - 1n, 2n ** 63n]],
    ] as [Codec<unknown>, unknown[]][];
    for (const [type, values] of rows) {
      const queue = ConcurrentQueue.bounded(8, type, { heap: home });
      for (const value of values) queue.push(value);
      expect(queue.popMany(1)).toEqual(values.slice(0, 1));
      expect([...queue.drain()]).toEqual(values.slice(1));
      expect(queue.pushMany(values)).toBe(values.length);
      const first = queue.popWith((value) => (value instanceof Uint8Array ? value.slice() : structuredCloneOf(value)));
      expect([first, ...queue.popMany(9)]).toEqual(values);
      queue.drop();
    }
    expect(inUse(home)).toEqual(held);
  });
});

/** A copy of what `popWith` shows, whose properties may be getters on a prototype. */
function structuredCloneOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("at" in value && "id" in value)) return value;
  const { id, at, big } = value as { id: number; at: { x: number; y: number }; big: bigint };
  return { id, at: { x: at.x, y: at.y }, big };
}
