/**
 * Whatever structured cloning takes: Map, Set, Date, BigInt, Error, cycles, typed arrays. Written by V8's own serializer.
 *
 * That serializer writes an object of the host (Blob, URL, KeyObject) as if it were a plain one, with nothing in it, or
 * refuses it: that depends on the release. So the value is looked through before. Views are written here and not by V8, which
 * takes the whole buffer along: with a Buffer that is the pool, where bytes of others lie.
 *
 *   view   | which class : 32 | 0 : 32 | bytes : 32 | the bytes |                of a part of its buffer: its bytes alone
 *          | which class : 32 | 1 : 32 | offset : 32 | elements : 32 | buffer |  of a whole buffer, or of one that goes anyway
 */
import { TypeMismatchError } from "../../heap/errors.js";
import { describe, withArticle } from "../../heap/token.js";
import { type Codec, refused, refusedAt, stepTo } from "../codec.js";
import { PayloadType } from "../payload.js";
import { isDetached, viewName, withoutMemory } from "../views.js";

type V8 = typeof import("node:v8");
type Types = typeof import("node:util").types;

const node = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule;
// Not `serialize` and `deserialize` themselves: these write typed arrays in a way of their own, which loses that two of them
// share a buffer, and read them as views of what they were given.
const v8 = node?.("node:v8") as V8 | undefined;
/** Used only where there is a serializer: then there are these. */
const types = (node?.("node:util") as { types?: Types } | undefined)?.types as Types;

/** By number, since a class may be lacking where the bytes are read. */
const VIEWS = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Float16Array",
] as const;
const ALONE = 0;
const WITH_BUFFER = 1;
/** The number of elements of a view that grows with its buffer. */
const GROWING = 0xffffffff;

type AnyView = new (
  buffer: ArrayBuffer,
  offset?: number,
  length?: number,
) => ArrayBufferView & { readonly BYTES_PER_ELEMENT?: number };

function needed(): V8 {
  // Bun has the module, and in it functions that only throw.
  if (typeof v8?.Serializer?.prototype?.writeValue !== "function") {
    throw new TypeMismatchError("the type clone needs Node's v8.Serializer, which this host lacks: use json");
  }
  return v8;
}

interface Classes {
  readonly Writer: new (buffers: ReadonlySet<unknown>) => InstanceType<V8["Serializer"]>;
  readonly Reader: new (bytes: Uint8Array) => InstanceType<V8["Deserializer"]>;
}
let classes: Classes | undefined;

/** The two halves of the serializer that know how views are written. */
function serializer(): Classes {
  classes ??= makeClasses(needed());
  return classes;
}

function makeClasses({ Serializer, Deserializer }: V8): Classes {
  class Writer extends Serializer {
    /** Those that go as a whole. */
    readonly #buffers: ReadonlySet<unknown>;

    constructor(buffers: ReadonlySet<unknown>) {
      super();
      this.#buffers = buffers;
      // Documented, and not in @types/node.
      (
        this as unknown as { _setTreatArrayBufferViewsAsHostObjects(flag: boolean): void }
      )._setTreatArrayBufferViewsAsHostObjects(true);
      this.writeHeader();
    }

    _writeHostObject(view: ArrayBufferView): void {
      if (!ArrayBuffer.isView(view)) throw cloneError("an object of the host could not be cloned");
      this.writeUint32(VIEWS.indexOf(viewName(view) as (typeof VIEWS)[number]));
      const { buffer } = view;
      if (types.isSharedArrayBuffer(buffer) || this.#buffers.has(buffer)) {
        this.writeUint32(WITH_BUFFER);
        this.writeUint32(view.byteOffset);
        this.writeUint32(growsWithBuffer(view) ? GROWING : elementsOf(view));
        this.writeValue(buffer);
        return;
      }
      this.writeUint32(ALONE);
      this.writeUint32(view.byteLength);
      this.writeRawBytes(new Uint8Array(buffer, view.byteOffset, view.byteLength));
    }

    _getDataCloneError = cloneError as never;
  }

  class Reader extends Deserializer {
    constructor(bytes: Uint8Array) {
      super(bytes);
      this.readHeader();
    }

    _readHostObject(): ArrayBufferView {
      const name = VIEWS[this.readUint32()] ?? "unknown view";
      const View = (globalThis as unknown as Record<string, AnyView | undefined>)[name];
      if (View === undefined) throw new TypeMismatchError(`clone value has a ${name}, which this host lacks`);
      if (this.readUint32() === ALONE) {
        const size = this.readUint32();
        return new View(new Uint8Array(this.readRawBytes(size)).buffer);
      }
      const offset = this.readUint32();
      const length = this.readUint32();
      const buffer = this.readValue() as ArrayBuffer;
      return length === GROWING ? new View(buffer, offset) : new View(buffer, offset, length);
    }
  }
  return { Writer, Reader };
}

/** What V8 cannot clone: its own message, told from errors that getters throw. */
class CloneError extends Error {}
function cloneError(message: string): CloneError {
  return new CloneError(message);
}

/** Of a SharedArrayBuffer V8 says so by itself. */
function isCloneError(error: unknown): error is Error {
  return (
    error instanceof CloneError ||
    (error instanceof Error && /SharedArrayBuffer> could not be cloned/.test(error.message))
  );
}

function elementsOf(view: ArrayBufferView): number {
  return view.byteLength / ((view as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1);
}

function growsWithBuffer(view: ArrayBufferView): boolean {
  const { resizable, byteLength } = view.buffer as { resizable?: boolean; byteLength: number };
  // Of a view that ends where its buffer does it cannot be told otherwise.
  return resizable === true && view.byteOffset + view.byteLength === byteLength;
}

class CloneType extends PayloadType<unknown> {
  constructor() {
    super("clone");
    Object.freeze(this);
  }

  encode(value: unknown): Uint8Array {
    if (value === undefined) throw refused(this.name, value);
    const { Writer } = serializer();
    try {
      const writer = new Writer(isObject(value) ? new Inspection().buffersOf(value) : new Set());
      writer.writeValue(value);
      return writer.releaseBuffer();
    } catch (cause) {
      if (!isCloneError(cause)) throw cause;
      throw new TypeMismatchError(`clone value cannot be cloned: ${describe(value)}: ${cause.message}`, { cause });
    }
  }

  decode(bytes: Uint8Array<ArrayBuffer>): unknown {
    const { Reader } = serializer();
    return new Reader(bytes).readValue();
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** How a look through a value came to an object in it. */
interface Step {
  /** The object that it is in; undefined: it is the value itself. */
  readonly from: object | undefined;
  /** Its key there, or what a path has instead. */
  readonly key: string | number | { readonly part: string };
}

/** One look through a value, for what V8 would not tell: objects of the host, and which buffers go as a whole. */
class Inspection {
  readonly #steps = new Map<object, Step>();
  readonly #buffers = new Set<unknown>();

  buffersOf(whole: object): ReadonlySet<unknown> {
    this.#add(whole, undefined, "");
    // Those that are added meanwhile, too.
    for (const value of this.#steps.keys()) this.#look(value);
    return this.#buffers;
  }

  #add(value: unknown, from: Step["from"], key: Step["key"]): void {
    if (isObject(value) && !this.#steps.has(value)) this.#steps.set(value, { from, key });
  }

  #pathTo(value: object): string {
    const { from, key } = this.#steps.get(value) as Step;
    if (from === undefined) return "";
    const path = this.#pathTo(from);
    return typeof key === "object" ? `${path}<${key.part}>` : stepTo(path, key);
  }

  #look(value: object): void {
    if (ArrayBuffer.isView(value)) {
      this.#checkAttached(value);
      if (value.byteLength === value.buffer.byteLength) this.#buffers.add(value.buffer);
      return;
    }
    // V8 refuses it, and to look into it would run its traps.
    if (types.isProxy(value)) return;
    if (types.isAnyArrayBuffer(value)) {
      this.#checkAttached(value);
      this.#buffers.add(value);
      return;
    }
    const host = hostClassOf(value);
    if (host !== "") {
      const what = `is ${withArticle(host)}, which cannot be cloned into shared memory: send what it is made of`;
      throw refusedAt("clone", this.#pathTo(value), what);
    }
    let i = 0;
    if (types.isMap(value)) {
      mapEach.call(value, (item, key) => {
        this.#add(key, value, { part: `key ${i}` });
        this.#add(item, value, { part: `value ${i++}` });
      });
    } else if (types.isSet(value)) {
      setEach.call(value, (item) => this.#add(item, value, { part: `${i++}` }));
    } else if (Array.isArray(value)) {
      for (; i < value.length; i++) this.#add(value[i], value, i);
      return;
    }
    for (const key of Object.keys(value)) this.#add((value as Record<string, unknown>)[key], value, key);
  }

  #checkAttached(value: ArrayBufferView | ArrayBufferLike): void {
    if (isDetached(value)) throw refusedAt("clone", this.#pathTo(value), withoutMemory(value));
  }
}

const { forEach: mapEach } = Map.prototype;
const { forEach: setEach } = Set.prototype;

/** Modules whose classes are no globals, and whose objects V8 would write as plain ones. */
const MODULES = [
  "node:net",
  "node:crypto",
  "node:perf_hooks",
  "node:buffer",
  "node:util",
  "node:worker_threads",
] as const;
/** What V8 itself knows how to write, or to refuse. */
const OF_THE_LANGUAGE =
  /^(Object|Array|Date|RegExp|Map|Set|Boolean|Number|String|BigInt|(\w*Error)|ArrayBuffer|SharedArrayBuffer|Function|Symbol|Promise|Weak(Map|Set|Ref)|Buffer|SlowBuffer)$/;

/** Names of the host's classes, and their prototypes where these can be had without loading what is loaded on demand. */
let hosts: { readonly names: ReadonlySet<string>; readonly prototypes: ReadonlyMap<unknown, string> } | undefined;
/** The host's class of objects of a prototype; "": none. */
const verdicts = new WeakMap<object, string>();

function hostClasses() {
  if (hosts !== undefined) return hosts;
  const names = new Set<string>();
  const prototypes = new Map<unknown, string>();
  const isClass = (name: string) => /^[A-Z]/.test(name) && !OF_THE_LANGUAGE.test(name);
  const note = (name: string, found: unknown) => {
    if (typeof found === "function" && isObject(found.prototype)) prototypes.set(found.prototype, name);
  };
  for (const [name, { value, enumerable }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
    // What a program adds can be enumerated.
    if (enumerable === true || !isClass(name)) continue;
    names.add(name);
    note(name, value);
  }
  for (const scope of [WebAssembly, ...MODULES.map((id) => node?.(id) ?? {})]) {
    // Some are getters, which load little.
    for (const name of Object.getOwnPropertyNames(scope).filter(isClass)) note(name, Reflect.get(scope, name));
  }
  hosts = { names, prototypes };
  return hosts;
}

/** The name of the host's class that an object is of, by its prototypes, or in other realms (jsdom) by what it calls itself. */
function hostClassOf(value: object): string {
  const proto: unknown = Object.getPrototypeOf(value);
  if (!isObject(proto) || proto === Object.prototype || proto === Array.prototype) return "";
  if (types.isMap(value) || types.isSet(value) || types.isDate(value) || types.isRegExp(value)) return "";
  let found = verdicts.get(proto);
  if (found !== undefined) return found;
  const { names, prototypes } = hostClasses();
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  found = names.has(tag) ? tag : "";
  for (let each: unknown = proto; isObject(each) && found === ""; each = Object.getPrototypeOf(each)) {
    found = prototypes.get(each) ?? "";
  }
  verdicts.set(proto, found);
  return found;
}

/** The codec {@link clone}: values of unknown type, or of the type that a queue is made of. */
export interface CloneCodec {
  /** "clone". */
  readonly name: string;
  /** A value's bytes. */
  encode(value: unknown): Uint8Array;
  /** The value of such bytes. */
  decode<T = unknown>(bytes: Uint8Array<ArrayBuffer>): T;
}

/**
 * What structured cloning takes. Nothing can be transferred, and a SharedArrayBuffer does not go. Objects of the host (Blob,
 * File, URL, DOMException, CryptoKey, BlockList) are refused, at any depth: what arrived would be something else. An instance
 * of a class of your own arrives as a plain object. Of a view of a part of a buffer, such as most Buffers, only the bytes that
 * it shows are sent; it arrives as a view of a buffer of its own. A Buffer arrives as a `Uint8Array`.
 *
 * Its values are `unknown` to TypeScript: write what they are, as in `unbounded<Map<string, Job>>(clone)`.
 *
 * @throws {TypeMismatchError} (by `push` and `pop`) the value cannot be cloned; or the host has no `v8.Serializer`: Bun, pages.
 *
 * @example
 * ```js
 * import { clone, ConcurrentQueue } from "shmol";
 *
 * const queue = ConcurrentQueue.unbounded(clone);
 * queue.push(new Map([["when", new Date(0)]]));
 * console.log(queue.pop().get("when").getUTCFullYear()); // 1970
 * ```
 */
export const clone: CloneCodec = new CloneType() as Codec<unknown> as CloneCodec;
