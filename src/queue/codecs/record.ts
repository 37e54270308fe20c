/**
 * Reading and writing records, field by field: what struct.ts lays out. In straight-line code made for the one layout where
 * the host lets code be made from text, which is five times as fast; by a loop over the fields where it does not (a page
 * with a strict content security policy, Node with --disallow-code-generation-from-strings).
 */
import { BOOL, F32, F64, I32, I64, stepTo, U32, U64 } from "../codec.js";
import { isOf } from "../lanes.js";
import { HEAD } from "../payload.js";
import type { Views } from "../views.js";
import { type NumberType, readNumber, refusedField, writeNumber } from "./numbers.js";

/** A field: a number, or a record in the record. */
export interface Field {
  readonly key: string;
  /** Bytes from the start of the outermost record. */
  readonly at: number;
  readonly type: NumberType<unknown> | readonly Field[];
}

/** Where a record is written: the heap, or a buffer of its own. */
interface Target {
  readonly views: Views;
  /** A block for `cell` with room for so many bytes; the record lies `HEAD` bytes behind its start. */
  allocate(size: number, cell: number): number;
}

/**
 * How records of one layout are written to and read from memory, at a multiple of their alignment.
 *
 * To read a field may run code: a getter, a proxy's trap. So all fields are read, once, before there is a block for them.
 */
export interface Access {
  /** Returns the block that the record was written to. Refuses one that lacks a field or has one of another type. */
  write(target: Target, cell: number, record: unknown): number;
  read(views: Views, start: number): object;
}

const isRecord = (type: Field["type"]): type is readonly Field[] => Array.isArray(type);

/** Whether code may be made from text here; undefined: it was not tried. */
let canCompile: boolean | undefined;

/** To try is what a page's security policy reports as a violation: once is enough. */
function mayCompile(): boolean {
  if (canCompile === undefined) {
    try {
      new Function("");
      canCompile = true;
    } catch {
      canCompile = false;
    }
  }
  return canCompile;
}

/** A record type as `accessOf` takes it. */
interface Layout {
  /** The struct's. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Bytes of a record. */
  readonly size: number;
}

/** The fastest access to such records that the host allows, or that needs no code made from text. */
export function accessOf(layout: Layout, compile: boolean): Access {
  return compile && mayCompile() ? compiled(layout) : looping(layout);
}

function looping({ name, fields, size }: Layout): Access {
  return {
    write(target, cell, record) {
      const values: unknown[] = [];
      collect(name, fields, record, "", values);
      const block = target.allocate(size, cell);
      scatter(target.views, block + HEAD, fields, values.values());
      return block;
    },
    read: (views, start) => gather(views, start, fields),
  };
}

/** Appends the values of a record's fields to `values`. */
function collect(name: string, fields: readonly Field[], record: unknown, path: string, values: unknown[]): void {
  if (typeof record !== "object" || record === null) throw refusedField(name, record, path);
  for (const { key, type } of fields) {
    const value = (record as Record<string, unknown>)[key];
    const where = stepTo(path, key);
    if (isRecord(type)) {
      collect("struct", type, value, where, values);
      continue;
    }
    if (!isOf(type.lane, value)) throw refusedField(type.name, value, where);
    values.push(value);
  }
}

/** Writes what `collect` found. */
function scatter(views: Views, start: number, fields: readonly Field[], values: Iterator<unknown>): void {
  for (const { at, type } of fields) {
    if (isRecord(type)) scatter(views, start, type, values);
    else writeNumber(views, type, start + at, values.next().value);
  }
}

function gather(views: Views, start: number, fields: readonly Field[]): object {
  return Object.fromEntries(
    fields.map(({ key, at, type }) => {
      return [key, isRecord(type) ? gather(views, start, type) : readNumber(views, type.lane, start + at)];
    }),
  );
}

/** For each lane: when `v` is a value of it, which view it lies in, the power of two that this counts in. */
const LANES: { readonly [lane: number]: { readonly fits: string; readonly view: string; readonly shift: number } } = {
  [I32]: { fits: `typeof v === "number" && (v | 0) === v`, view: "i32", shift: 2 },
  [U32]: { fits: `typeof v === "number" && v >>> 0 === v`, view: "u32", shift: 2 },
  [F32]: { fits: `typeof v === "number"`, view: "f32", shift: 2 },
  [F64]: { fits: `typeof v === "number"`, view: "f64", shift: 3 },
  [BOOL]: { fits: `typeof v === "boolean"`, view: "u8", shift: 0 },
  [I64]: { fits: `typeof v === "bigint" && BigInt.asIntN(64, v) === v`, view: "i64", shift: 3 },
  [U64]: { fits: `typeof v === "bigint" && BigInt.asUintN(64, v) === v`, view: "u64", shift: 3 },
};

function compiled({ name, fields, size }: Layout): Access {
  const views = `{ u8, i32, u32, f32, f64, i64, u64 }`;
  const stores: string[] = [];
  const reads = writing(name, fields, "", "r", stores);
  const source = `return {
    write(target, cell, r) {
      ${reads}
      const ${views} = target.views;
      const block = target.allocate(${size}, cell);
      const start = block + ${HEAD};
      ${stores.join("\n")}
      return block;
    },
    read(views, start) { const ${views} = views; return ${reading(fields)}; },
  };`;
  return new Function("refused", source)(refusedField) as Access;
}

/** Code that reads the fields of `record` into variables, and appends to `stores` the code that writes these. */
function writing(name: string, fields: readonly Field[], path: string, record: string, stores: string[]): string {
  const refuse = (type: string, value: string, where: string) =>
    `throw refused(${JSON.stringify(type)}, ${value}, ${JSON.stringify(where)});`;
  const lines = [`if (typeof ${record} !== "object" || ${record} === null) ${refuse(name, record, path)}`];
  for (const [i, { key, at, type }] of fields.entries()) {
    const v = `${record}_${i}`;
    const where = stepTo(path, key);
    lines.push(`const ${v} = ${record}[${JSON.stringify(key)}];`);
    if (isRecord(type)) {
      lines.push(writing("struct", type, where, v, stores));
      continue;
    }
    const { fits, view, shift } = laneOf(type);
    lines.push(`if (!(${fits.replace(/\bv\b/g, v)})) ${refuse(type.name, v, where)}`);
    stores.push(`${view}[(start + ${at}) >>> ${shift}] = ${type.lane === BOOL ? `${v} ? 1 : 0` : v};`);
  }
  return lines.join("\n");
}

function reading(fields: readonly Field[]): string {
  const entries = fields.map(({ key, at, type }) => {
    // In a literal this one key would set the prototype.
    const property = key === "__proto__" ? `["__proto__"]` : JSON.stringify(key);
    if (isRecord(type)) return `${property}: ${reading(type)}`;
    const { view, shift } = laneOf(type);
    return `${property}: ${view}[(start + ${at}) >>> ${shift}]${type.lane === BOOL ? " !== 0" : ""}`;
  });
  return `{ ${entries.join(", ")} }`;
}

function laneOf(type: NumberType<unknown>) {
  const lane = LANES[type.lane];
  if (lane === undefined) throw new RangeError(`no lane ${type.lane}`);
  return lane;
}
