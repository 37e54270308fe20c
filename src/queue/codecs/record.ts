/**
 * Reading and writing records, field by field: what struct.ts lays out. In straight-line code made for the one layout where
 * the host lets code be made from text, which is five times as fast; by a loop over the fields where it does not (a page
 * with a strict content security policy, Node with --disallow-code-generation-from-strings).
 */
import { BOOL, F32, F64, I32, I64, refused, U32, U64 } from "../codec.js";
import type { Views } from "../views.js";
import { type NumberType, readNumber, writeNumber } from "./numbers.js";

/** A field: a number, or a record in the record. */
export interface Field {
  readonly key: string;
  /** Bytes from the start of the outermost record. */
  readonly at: number;
  readonly type: NumberType<unknown> | readonly Field[];
}

/** How records of one layout are written to and read from memory, at a multiple of their alignment. */
export interface Access {
  /** Refuses a record that lacks a field or has one of another type, half-written. */
  write(views: Views, start: number, record: unknown): void;
  read(views: Views, start: number): object;
}

const isRecord = (type: Field["type"]): type is readonly Field[] => Array.isArray(type);

/** Whether code may be made from text here. */
function mayCompile(): boolean {
  try {
    new Function("");
    return true;
  } catch {
    return false;
  }
}

/** The fastest access to records with these fields that the host allows. `name` is the struct's. */
export function accessOf(name: string, fields: readonly Field[]): Access {
  return mayCompile() ? compiled(name, fields) : looping(name, fields);
}

function looping(name: string, fields: readonly Field[]): Access {
  const template: Readonly<Record<string, unknown>> = Object.fromEntries(fields.map(({ key }) => [key, undefined]));
  const parts = fields.map(({ key, at, type }) => {
    return isRecord(type) ? { key, at, type, inner: looping(name, type) } : { key, at, type, inner: undefined };
  });
  return {
    write(views, start, record) {
      if (typeof record !== "object" || record === null) throw refused(name, record);
      for (const { key, at, type, inner } of parts) {
        const value = (record as Record<string, unknown>)[key];
        if (inner === undefined) writeNumber(views, type as NumberType<unknown>, start + at, value);
        else inner.write(views, start, value);
      }
    },
    read(views, start) {
      const record = { ...template };
      for (const { key, at, type, inner } of parts) {
        record[key] = inner?.read(views, start) ?? readNumber(views, (type as NumberType<unknown>).lane, start + at);
      }
      return record;
    },
  };
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

function compiled(name: string, fields: readonly Field[]): Access {
  const views = `const { u8, i32, u32, f32, f64, i64, u64 } = views;`;
  const source = `return {
    write(views, start, r0) { ${views} let v; ${writing(name, fields, 0)} },
    read(views, start) { ${views} return ${reading(fields)}; },
  };`;
  return new Function("refused", source)(refused) as Access;
}

function writing(name: string, fields: readonly Field[], depth: number): string {
  const record = `r${depth}`;
  const lines = [
    `if (typeof ${record} !== "object" || ${record} === null) throw refused(${JSON.stringify(name)}, ${record});`,
  ];
  for (const { key, at, type } of fields) {
    const value = `${record}[${JSON.stringify(key)}]`;
    if (isRecord(type)) {
      lines.push(`{ const r${depth + 1} = ${value}; ${writing(name, type, depth + 1)} }`);
      continue;
    }
    const { fits, view, shift } = laneOf(type);
    lines.push(
      `v = ${value};`,
      `if (!(${fits})) throw refused(${JSON.stringify(type.name)}, v);`,
      `${view}[(start + ${at}) >>> ${shift}] = ${type.lane === BOOL ? "v ? 1 : 0" : "v"};`,
    );
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
