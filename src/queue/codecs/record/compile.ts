/**
 * Writing and reading records by code that is made for the one shape: several times as fast as a loop over its parts, and the
 * objects that it makes have one hidden class. It does what interpret.ts does, in the same order; a value that is not of the type
 * is refused without a reason, which interpret.ts then gives.
 *
 * Nothing that users choose stands in the code but as a JSON text.
 */
import { BOOL, F32, F64, I32, I64, U32, U64 } from "../../codec.js";
import type { Room } from "../../payload.js";
import { asBytes } from "../bytes.js";
import { stringify } from "../json.js";
import { readShortBy } from "../strings.js";
import { corrupt, keysIn, readBytes, readJson, readText, setEntry, timeIn } from "./leaves.js";
import { type Box, isPlain, type Shape, strideOf, widthOf } from "./shape.js";
import { type Read, Stage, type Write } from "./stage.js";

export interface Access {
  readonly write: Write;
  /** Writes a value to a block for `cell`. */
  readonly put: (room: Room, value: unknown, cell: number) => number;
  readonly read: Read;
}

/** Up to so many characters a call with one argument for each is faster than the host's own. */
const SHORT = 24;

/** Reads such strings, of one byte for each character. Undefined: it was not tried whether code may be made from text; null: no. */
let readShort: Parameters<typeof readShortBy>[0] | null | undefined;

/** To try is what a page's security policy reports as a violation: once is enough. */
export function mayCompile(): boolean {
  if (readShort === undefined) {
    try {
      readShort = makeReadShort();
      readShortBy(readShort, SHORT);
    } catch {
      readShort = null;
    }
  }
  return readShort !== null;
}

function makeReadShort(): NonNullable<typeof readShort> {
  const bytes = (length: number) => Array.from({ length }, (_, i) => `u8[at + ${i}]`).join();
  const cases = Array.from({ length: SHORT + 1 }, (_, length) => `case ${length}: return of(${bytes(length)});`);
  return new Function("of", `return (u8, at, length) => { switch (length) { ${cases.join(" ")} } };`)(
    String.fromCharCode,
  );
}

/** For each lane: when a value is one of it, which view it lies in, and the power of two that this counts in. */
const LANES: {
  readonly [lane: number]: { readonly fits: (v: string) => string; readonly view: string; readonly shift: number };
} = {
  [I32]: { fits: (v) => `typeof ${v} === "number" && (${v} | 0) === ${v}`, view: "i32", shift: 2 },
  [U32]: { fits: (v) => `typeof ${v} === "number" && ${v} >>> 0 === ${v}`, view: "u32", shift: 2 },
  [F32]: { fits: (v) => `typeof ${v} === "number"`, view: "f32", shift: 2 },
  [F64]: { fits: (v) => `typeof ${v} === "number"`, view: "f64", shift: 3 },
  [BOOL]: { fits: (v) => `typeof ${v} === "boolean"`, view: "u8", shift: 0 },
  [I64]: { fits: (v) => `typeof ${v} === "bigint" && BigInt.asIntN(64, ${v}) === ${v}`, view: "i64", shift: 3 },
  [U64]: { fits: (v) => `typeof ${v} === "bigint" && BigInt.asUintN(64, ${v}) === ${v}`, view: "u64", shift: 3 },
};
const VIEWS = ["u8", "i32", "u32", "f32", "f64", "i64", "u64"];

/** What the code calls. */
const CALLS = {
  putStaged: Stage.put,
  asBytes,
  stringify,
  corrupt,
  keysIn,
  readBytes,
  readJson,
  readText,
  setEntry,
  timeIn,
  Date,
};

/** A place in memory, as code: a variable that holds a number of bytes, or none, and more bytes. */
interface At {
  readonly base?: string;
  readonly offset: number;
}

function plus({ base, offset }: At, more: number): At {
  return base === undefined ? { offset: offset + more } : { base, offset: offset + more };
}

function bytesTo({ base, offset }: At): string {
  if (base === undefined) return String(offset);
  return offset === 0 ? base : `${base} + ${offset}`;
}

/** An element of a view. */
function element(view: string, shift: number, at: At): string {
  if (at.base === undefined) return `${view}[${at.offset >>> shift}]`;
  return shift === 0 ? `${view}[${bytesTo(at)}]` : `${view}[(${bytesTo(at)}) >>> ${shift}]`;
}

const word = (at: At) => element("u32", 2, at);

const PUT = "function put(room, value, cell) { return putStaged(write, value, room, cell); }";

/** Code that is made for a shape: a function that writes, one that reads, and what these call. */
class Program {
  readonly #functions: string[] = [];
  readonly #numbers = new Map<Box, number>();
  /** Values that no text stands for. */
  readonly constants: unknown[] = [];
  #variables = 0;

  constructor(box: Box) {
    this.#functions.push(new WriterCode(this).whole(box), new ReaderCode(this).whole(box));
    const put = isPlain(box) ? new PlainWriterCode(this).whole(box) : PUT;
    this.#functions.push(put);
  }

  variable(): string {
    return `v${this.#variables++}`;
  }

  constant(value: unknown): string {
    return `C[${this.constants.push(value) - 1}]`;
  }

  /** The number of a box's own functions, which may call themselves: of one that a lazy type stands for. */
  numberOf(box: Box): number {
    let number = this.#numbers.get(box);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(box, number);
      this.#functions.push(new WriterCode(this).part(box, number), new ReaderCode(this).part(box, number));
    }
    return number;
  }

  get source(): string {
    return `let last = 0;\n${this.#functions.join("\n")}\nreturn { write, put, read };`;
  }
}

/** Lines of code in one function. */
abstract class Code {
  protected readonly program: Program;
  readonly #lines: string[] = [];

  constructor(program: Program) {
    this.program = program;
  }

  protected add(...lines: string[]): void {
    this.#lines.push(...lines);
  }

  /** A constant with a value, which is code; its name. */
  protected constant(value: string): string {
    const name = this.program.variable();
    this.add(`const ${name} = ${value};`);
    return name;
  }

  /** All lines, behind those that name the views that they use. */
  protected body(memory: string): string {
    const text = this.#lines.join("\n");
    const used = VIEWS.filter((view) => text.includes(`${view}[`) || text.includes(`(${view},`));
    return `const { ${used.join(", ")} } = ${memory};\n${text}`;
  }
}

/** Code that writes a value. The variable part ends at `end` so far. */
class WriterCode extends Code {
  /** A line that stores what was found to be of the type. */
  protected store(line: string): void {
    this.add(line);
  }

  whole(box: Box): string {
    this.add(`let end = ${box.size};`, "if (stage.size < end) stage.overflow(end);");
    this.box(box, { offset: 0 }, () => "value");
    this.add("return end;");
    return `function write(stage, value) {\n${this.body("stage")}\n}`;
  }

  part(box: Box, number: number): string {
    this.box(box, { base: "at", offset: 0 }, () => "value");
    this.add("return end;");
    return `function write${number}(stage, value, at, end) {\n${this.body("stage")}\n}`;
  }

  protected box({ places, flags, flagsAt }: Box, at: At, valueAt: (i: number) => string): void {
    const bytes = Array.from({ length: Math.ceil(flags / 8) }, () => this.program.variable());
    for (const name of bytes) this.add(`let ${name} = 0;`);
    const raise = (flag: number) => `${bytes[flag >>> 3]} |= ${1 << (flag & 7)};`;
    for (const [i, { shape, isOptional, isNullable, present, notNull, at: from }] of places.entries()) {
      const value = valueAt(i);
      if (isOptional) this.add(`if (${value} !== undefined) { ${raise(present)}`);
      if (isNullable) this.add(`if (${value} !== null) { ${raise(notNull)}`);
      this.#shape(shape, plus(at, from), value);
      if (isNullable) this.add("}");
      if (isOptional) this.add("}");
    }
    for (const [i, name] of bytes.entries()) this.add(`${element("u8", 0, plus(at, flagsAt + i))} = ${name};`);
  }

  #shape(shape: Shape, at: At, value: string): void {
    const note = word(plus(at, 4));
    switch (shape.kind) {
      case "number": {
        const { fits, view, shift } = laneOf(shape.type.lane);
        this.#require(fits(value));
        this.store(`${element(view, shift, at)} = ${shape.type.lane === BOOL ? `${value} ? 1 : 0` : value};`);
        return;
      }
      case "utf8":
        this.#require(`typeof ${value} === "string"`);
        this.add(`end = stage.putText(${value}, ${bytesTo(at)}, end);`);
        return;
      case "bytes":
        this.add(`end = stage.putBytes(asBytes(${value}), ${bytesTo(at)}, end);`);
        return;
      case "json":
        this.add(`end = stage.putText(stringify(${value}, stage.checked), ${bytesTo(at)}, end);`);
        return;
      case "date": {
        const time = this.constant(`timeIn(${value})`);
        this.#require(`${time} !== undefined`);
        this.store(`${element("f64", 3, at)} = ${time};`);
        return;
      }
      case "choice": {
        const index = this.#indexOf(
          [...shape.values.entries()].map(([i, constant]) => [constant, i]),
          value,
        );
        const width = widthOf(shape);
        if (width > 0) this.store(`${width === 1 ? element("u8", 0, at) : word(at)} = ${index};`);
        return;
      }
      case "struct":
        this.#requireObject(value);
        this.box(shape.box, at, (i) => this.#field(value, shape.keys[i] as string));
        this.#requireNone(value, shape.later);
        return;
      case "tuple":
        this.#require(`Array.isArray(${value}) && ${value}.length === ${shape.box.places.length}`);
        this.box(shape.box, at, (i) => this.constant(`${value}[${i}]`));
        return;
      case "array":
        this.#require(`Array.isArray(${value})`);
        this.#list(shape.box, at, value, (item) => [item]);
        return;
      case "map": {
        const keys = this.constant(`keysIn(${value})`);
        this.#require(`${keys} !== undefined`);
        this.#list(shape.box, at, keys, (key) => [key, this.constant(`${value}[${key}]`)]);
        return;
      }
      case "union": {
        this.#requireObject(value);
        const which = this.#field(value, shape.key);
        const index = this.#indexOf([...shape.indices], which);
        this.add(`${note} = ${index};`, `switch (${index}) {`);
        for (const [i, { keys, box, later }] of shape.members.entries()) {
          this.add(`case ${i}: {`);
          const start = this.#reserve(box, at);
          this.box(box, { base: start, offset: 0 }, (j) => {
            return keys[j] === shape.key ? which : this.#field(value, keys[j] as string);
          });
          this.#requireNone(value, later);
          this.add("break; }");
        }
        this.add("}");
        return;
      }
      case "lazy": {
        const box = shape.box();
        const start = this.#reserve(box, at);
        this.add(`end = write${this.program.numberOf(box)}(stage, ${value}, ${start}, end);`);
      }
    }
  }

  /** A field's value. What every object inherits was not meant. */
  #field(object: string, key: string): string {
    const name = JSON.stringify(key);
    const value = `${object}[${name}]`;
    return this.constant(key in Object.prototype ? `Object.hasOwn(${object}, ${name}) ? ${value} : undefined` : value);
  }

  #require(condition: string): void {
    this.add(`if (!(${condition})) throw refusal;`);
  }

  #requireObject(value: string): void {
    this.#require(`typeof ${value} === "object" && ${value} !== null`);
  }

  #requireNone(value: string, keys: readonly string[] = []): void {
    for (const key of keys) this.#require(`${this.#field(value, key)} === undefined`);
  }

  /** The number that belongs to a constant. */
  #indexOf(entries: readonly (readonly [constant: unknown, index: number])[], value: string): string {
    const isMany = entries.length > FEW;
    const choice = entries.map(([constant, i]) => `${value} === ${JSON.stringify(constant)} ? ${i} : `).join("");
    const index = this.constant(
      isMany ? `${this.program.constant(new Map(entries))}.get(${value})` : `${choice}undefined`,
    );
    this.#require(`${index} !== undefined`);
    return index;
  }

  /** A box in the variable part, whose offset stands at `at`. */
  #reserve(box: Box, at: At): string {
    const start = this.constant(`stage.reserve(${bytesTo(at)}, end, ${box.align}, ${strideOf(box)})`);
    this.add(`end = ${start} + ${strideOf(box)};`);
    return start;
  }

  /** A box for each element of an array, whose parts have the values that `partsOf` says. */
  #list(box: Box, at: At, array: string, partsOf: (element: string) => readonly string[]): void {
    const [length, start, i] = [this.constant(`${array}.length`), this.program.variable(), this.program.variable()];
    const size = `${length} * ${strideOf(box)}`;
    this.add(`let ${start} = stage.reserve(${bytesTo(at)}, end, ${box.align}, ${size});`);
    this.add(`end = ${start} + ${size};`, `${word(plus(at, 4))} = ${length};`);
    this.add(`for (let ${i} = 0; ${i} < ${length}; ${i}++, ${start} += ${strideOf(box)}) {`);
    const parts = partsOf(this.constant(`${array}[${i}]`));
    this.box(box, { base: start, offset: 0 }, (j) => parts[j] as string);
    this.add("}");
  }
}

/**
 * Code that writes a value of numbers only to its block, without a stage: all is read and looked at before there is a block, and stored
 * when there is one.
 */
class PlainWriterCode extends WriterCode {
  readonly #stores: string[] = [];

  protected override store(line: string): void {
    this.#stores.push(line);
  }

  override whole(box: Box): string {
    this.box(box, { base: "start", offset: 0 }, () => "value");
    this.add(`const block = room.allocate(${box.size}, cell);`, "const start = room.dataOf(block);");
    this.add(...this.#stores, "return block;");
    return `function put(room, value, cell) {\n${this.body("room.views")}\n}`;
  }
}

/** Code that reads a value. Of the variable part nothing was read from `end` on. */
class ReaderCode extends Code {
  whole(box: Box): string {
    this.add(`let end = ${box.size};`, "if (size < end) corrupt();");
    this.add(`return ${this.#part(box, { base: "start", offset: 0 })};`);
    return `function read(views, start, size) {\n${this.body("views")}\n}`;
  }

  part(box: Box, number: number): string {
    const value = this.constant(this.#part(box, { base: "at", offset: 0 }));
    this.add("last = end;", `return ${value};`);
    return `function read${number}(views, start, size, at, end) {\n${this.body("views")}\n}`;
  }

  /** The value of a box with one place. */
  #part(box: Box, at: At): string {
    return this.#box(box, at)[0] as string;
  }

  /** The values of a box's places, undefined for those that are absent: constants, or what may be read at any time. */
  #box({ places, flags, flagsAt }: Box, at: At): string[] {
    const bytes = Array.from({ length: Math.ceil(flags / 8) }, (_, i) => {
      return this.constant(element("u8", 0, plus(at, flagsAt + i)));
    });
    const isRaised = (flag: number) => `(${bytes[flag >>> 3]} & ${1 << (flag & 7)}) !== 0`;
    return places.map(({ shape, isOptional, isNullable, present, notNull, at: from }) => {
      if (!isOptional && !isNullable) return this.#shape(shape, plus(at, from));
      const name = this.program.variable();
      this.add(`let ${name};`);
      if (isOptional) this.add(`if (${isRaised(present)}) {`);
      if (isNullable) this.add(`${name} = null;`, `if (${isRaised(notNull)}) {`);
      this.add(`${name} = ${this.#shape(shape, plus(at, from))};`);
      if (isNullable) this.add("}");
      if (isOptional) this.add("}");
      return name;
    });
  }

  #shape(shape: Shape, at: At): string {
    switch (shape.kind) {
      case "number": {
        const { view, shift } = laneOf(shape.type.lane);
        return `${element(view, shift, at)}${shape.type.lane === BOOL ? " !== 0" : ""}`;
      }
      case "date":
        return `new Date(${element("f64", 3, at)})`;
      case "utf8":
      case "json": {
        const note = this.#note(at);
        const start = this.#take(at, `((${note} & 1) === 1 ? ${note} - 1 : ${note} >>> 1)`);
        if (shape.kind === "json") return this.constant(`readJson(views, ${start}, ${note})`);
        const isShort = `(${note} & 1) === 0 && ${note} <= ${2 * SHORT}`;
        return this.constant(
          `${isShort} ? readShort(u8, ${start}, ${note} >>> 1) : readText(views, ${start}, ${note})`,
        );
      }
      case "bytes": {
        const note = this.#note(at);
        return this.constant(`readBytes(views, ${this.#take(at, note)}, ${note})`);
      }
      case "choice": {
        const width = widthOf(shape);
        if (width === 0) return JSON.stringify(shape.values[0]);
        const index = width === 1 ? element("u8", 0, at) : word(at);
        const value = this.constant(`${this.program.constant(shape.values)}[${index}]`);
        this.add(`if (${value} === undefined) corrupt();`);
        return value;
      }
      case "struct":
        return this.#object(shape.keys, shape.box, at);
      case "tuple":
        return `[${this.#box(shape.box, at).join(", ")}]`;
      case "array": {
        const array = this.program.variable();
        const make = (length: string) => this.add(`const ${array} = new Array(${length});`);
        this.#list(shape.box, at, (start, i) => `${array}[${i}] = ${this.#part(shape.box, start)};`, make);
        return array;
      }
      case "map": {
        const map = this.constant("{}");
        this.#list(shape.box, at, (start) => `setEntry(${map}, ${this.#box(shape.box, start).join(", ")});`);
        return map;
      }
      case "union": {
        const value = this.program.variable();
        this.add(`let ${value};`, `switch (${word(plus(at, 4))}) {`);
        for (const [i, { keys, box }] of shape.members.entries()) {
          this.add(`case ${i}: {`);
          const start = this.#take(at, String(strideOf(box)));
          this.add(`${value} = ${this.#object(keys, box, { base: start, offset: 0 })};`, "break; }");
        }
        this.add("default: corrupt();", "}");
        return value;
      }
      case "lazy": {
        const box = shape.box();
        const start = this.#take(at, String(strideOf(box)));
        const value = this.constant(`read${this.program.numberOf(box)}(views, start, size, ${start}, end)`);
        this.add("end = last;");
        return value;
      }
    }
  }

  #object(keys: readonly string[], box: Box, at: At): string {
    // In a literal this one key would set the prototype.
    const nameOf = (i: number) => (keys[i] === "__proto__" ? `["__proto__"]` : JSON.stringify(keys[i]));
    const values = this.#box(box, at);
    const literal = (to: number) =>
      `{ ${values
        .slice(0, to)
        .map((value, i) => `${nameOf(i)}: ${value}`)
        .join(", ")} }`;
    const first = box.places.findIndex((place) => place.isOptional);
    if (first < 0) return literal(values.length);
    const object = this.program.variable();
    const isThere = box.places.flatMap(({ isOptional }, i) => (isOptional ? [`${values[i]} !== undefined`] : []));
    this.add(`let ${object};`, `if (${isThere.join(" && ")}) ${object} = ${literal(values.length)};`);
    this.add(`else {`, `${object} = ${literal(first)};`);
    for (const [i, { isOptional }] of box.places.entries()) {
      if (i < first) continue;
      const add =
        keys[i] === "__proto__"
          ? `setEntry(${object}, "__proto__", ${values[i]})`
          : `${object}[${JSON.stringify(keys[i])}] = ${values[i]}`;
      this.add(`${isOptional ? `if (${values[i]} !== undefined) ` : ""}${add};`);
    }
    this.add("}");
    return object;
  }

  /** What a place notes beside the offset. */
  #note(at: At): string {
    return this.constant(word(plus(at, 4)));
  }

  /** Where the bytes lie whose offset is noted at `at`: behind all that were read before. */
  #take(at: At, bytes: string): string {
    const offset = this.constant(word(at));
    this.add(`if (${offset} < end || (end = ${offset} + ${bytes}) > size) corrupt();`);
    return this.constant(`start + ${offset}`);
  }

  #list(box: Box, at: At, eachAt: (start: At, i: string) => string, begin = (_length: string) => {}): void {
    const [length, i, start] = [this.#note(at), this.program.variable(), this.program.variable()];
    const first = this.#take(at, `${length} * ${strideOf(box)}`);
    begin(length);
    this.add(`for (let ${i} = 0, ${start} = ${first}; ${i} < ${length}; ${i}++, ${start} += ${strideOf(box)}) {`);
    this.add(eachAt({ base: start, offset: 0 }, i), "}");
  }
}

/** More values than this are looked up in a map. */
const FEW = 8;

function laneOf(lane: number) {
  const found = LANES[lane];
  if (found === undefined) throw new RangeError(`no lane ${lane}`);
  return found;
}

export function compiled(box: Box, refusal: Error): Access {
  const program = new Program(box);
  const used = { ...CALLS, refusal, readShort, C: program.constants };
  return new Function(...Object.keys(used), program.source)(...Object.values(used)) as Access;
}
