/**
 * Reads a wasm binary: its sections, names, and every function's instructions. Knows the instructions that asc emits for
 * a kernel (no SIMD, no GC, no exceptions) and throws on any other, so that nothing it does not understand passes unseen.
 */

const SECTION = { custom: 0, type: 1, import: 2, function: 3, export: 7, start: 8, code: 10, data: 11 };
const KINDS = ["function", "table", "memory", "global"];

/** A position in a binary, and the encodings wasm uses there. */
class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }
  get done() {
    return this.at >= this.end;
  }
  byte() {
    if (this.at >= this.end) throw new Error(`wasm ends early, at byte ${this.at}`);
    return this.bytes[this.at++];
  }
  unsigned() {
    return Number(this.leb(false));
  }
  leb(signed) {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if ((byte & 0x80) === 0) return signed && (byte & 0x40) !== 0 ? value - (1n << shift) : value;
    }
  }
  string() {
    const length = this.unsigned();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
  list(read) {
    return Array.from({ length: this.unsigned() }, () => read());
  }
}

function* sections(bytes) {
  const reader = new Reader(bytes, 8);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.unsigned();
    const body = reader.at;
    reader.at += size;
    yield { id, start, body, end: reader.at };
  }
}

/** The module without names and other custom sections: what ships. All other bytes stay as they are. */
export function withoutCustomSections(bytes) {
  const kept = [bytes.subarray(0, 8)];
  for (const { id, start, end } of sections(bytes)) if (id !== SECTION.custom) kept.push(bytes.subarray(start, end));
  return new Uint8Array(Buffer.concat(kept));
}

/** The body of the code section: every instruction of every function. */
export function codeOf(bytes) {
  for (const { id, body, end } of sections(bytes)) if (id === SECTION.code) return bytes.subarray(body, end);
  return new Uint8Array();
}

/** Imports, functions (exports, name, instructions), number of data segments and start function of a module. */
export function decode(bytes) {
  const module = { types: [], imports: [], functions: [], dataSegments: 0, start: undefined };
  const bodies = [];
  const exported = [];
  const names = new Map();
  for (const { id, body, end } of sections(bytes)) {
    const reader = new Reader(bytes, body, end);
    if (id === SECTION.type) module.types = reader.list(() => readType(reader));
    else if (id === SECTION.import) module.imports = reader.list(() => readImport(reader));
    else if (id === SECTION.function) bodies.push(...reader.list(() => ({ type: reader.unsigned() })));
    else if (id === SECTION.export) exported.push(...reader.list(() => readExport(reader)));
    else if (id === SECTION.start) module.start = reader.unsigned();
    else if (id === SECTION.data) module.dataSegments = reader.unsigned();
    else if (id === SECTION.custom && reader.string() === "name") readNames(reader, names);
    else if (id === SECTION.code) {
      const count = reader.unsigned();
      for (let i = 0; i < count; i++) Object.assign(bodies[i], readBody(reader));
    }
  }
  const imported = module.imports.filter(({ kind }) => kind === "function");
  module.functions = [...imported, ...bodies].map((func, index) => ({
    ...func,
    index,
    type: module.types[func.type],
    name: names.get(index) ?? `#${index}`,
    exports: exported.filter((e) => e.kind === "function" && e.index === index).map((e) => e.name),
  }));
  return module;
}

function readType(reader) {
  if (reader.byte() !== 0x60) throw new Error("a type that is not a function's");
  return { params: reader.list(() => reader.byte()).length, results: reader.list(() => reader.byte()).length };
}

function readLimits(reader) {
  const flags = reader.byte();
  reader.unsigned();
  if ((flags & 1) !== 0) reader.unsigned();
}

function readImport(reader) {
  const entry = { module: reader.string(), name: reader.string(), kind: KINDS[reader.byte()], type: 0 };
  if (entry.kind === "function") entry.type = reader.unsigned();
  else if (entry.kind === "memory") readLimits(reader);
  else if (entry.kind === "global") reader.at += 2;
  else throw new Error(`an import of a kind that no kernel needs: ${entry.module}.${entry.name}`);
  return entry;
}

function readExport(reader) {
  return { name: reader.string(), kind: KINDS[reader.byte()], index: reader.unsigned() };
}

function readNames(reader, names) {
  while (!reader.done) {
    const kind = reader.byte();
    const size = reader.unsigned();
    const end = reader.at + size;
    if (kind === 1)
      for (const [index, name] of reader.list(() => [reader.unsigned(), reader.string()])) names.set(index, name);
    reader.at = end;
  }
}

function readBody(reader) {
  const size = reader.unsigned();
  const body = new Reader(reader.bytes, reader.at, reader.at + size);
  reader.at += size;
  let locals = 0;
  let lastLocal;
  body.list(() => {
    locals += body.unsigned();
    lastLocal = VALUE_TYPES[body.byte()];
  });
  const code = [];
  while (!body.done) code.push(readInstruction(body));
  return { locals, lastLocal, code };
}

const VALUE_TYPES = { 127: "i32", 126: "i64", 125: "f32", 124: "f64" };

const words = (text) => text.trim().split(/\s+/);
const of = (type, names) => names.map((name) => `${type}.${name}`);
const opcodes = (text) => new Map(words(text).map((word) => [Number(word.split(":")[0]), word.split(":")[1]]));

const PLAIN = opcodes("0x00:unreachable 0x01:nop 0x05:else 0x0b:end 0x0f:return 0x1a:drop 0x1b:select");
const BLOCKS = opcodes("0x02:block 0x03:loop 0x04:if");
const INDEXED = opcodes(`0x0c:br 0x0d:br_if 0x10:call 0x12:return_call
  0x20:local.get 0x21:local.set 0x22:local.tee 0x23:global.get 0x24:global.set`);
/** The instructions 0x28 to 0x3e, in order. */
const MEMORY = words(`
  i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
  i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
  i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32`);
const INT_COMPARE = words("eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u");
const FLOAT_COMPARE = words("eq ne lt gt le ge");
const INT_MATH = words("clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr");
const FLOAT_MATH = words("abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign");
/** The instructions 0x45 to 0xc4, in order. */
const NUMERIC = [
  ...["i32", "i64"].flatMap((type) => of(type, INT_COMPARE)),
  ...["f32", "f64"].flatMap((type) => of(type, FLOAT_COMPARE)),
  ...["i32", "i64"].flatMap((type) => of(type, INT_MATH)),
  ...["f32", "f64"].flatMap((type) => of(type, FLOAT_MATH)),
  ...words(`
    i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u
    i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s
    f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
    i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
    i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s`),
];
const TRUNC_SAT = ["i32", "i64"].flatMap((type) => of(type, words("f32_s f32_u f64_s f64_u"))).map(saturating);
function saturating(name) {
  return name.replace(".", ".trunc_sat_");
}
const WAITING = words("memory.atomic.notify memory.atomic.wait32 memory.atomic.wait64");
/** The atomics 0x10 to 0x4e, in order; a narrow one answers its value zero-extended. */
const WIDTHS = words("i32: i64: i32:8 i32:16 i64:8 i64:16 i64:32").map((width) => width.split(":"));
const ATOMIC = [
  ...WIDTHS.map(([type, bits]) => `${type}.atomic.load${bits}${bits && "_u"}`),
  ...WIDTHS.map(([type, bits]) => `${type}.atomic.store${bits}`),
  ...words("add sub and or xor xchg cmpxchg").flatMap((name) =>
    WIDTHS.map(([type, bits]) => `${type}.atomic.rmw${bits}.${name}${bits && "_u"}`),
  ),
];

/** One instruction: `op`, and what it carries (`index`, `value`, `offset`, `blockType`, `labels`). */
function readInstruction(reader) {
  const code = reader.byte();
  if (PLAIN.has(code)) return { op: PLAIN.get(code) };
  if (BLOCKS.has(code)) return { op: BLOCKS.get(code), blockType: Number(reader.leb(true)) };
  if (INDEXED.has(code)) return { op: INDEXED.get(code), index: reader.unsigned() };
  if (code >= 0x28 && code <= 0x3e) return { op: MEMORY[code - 0x28], ...readAddress(reader) };
  if (code >= 0x45 && code <= 0xc4) return { op: NUMERIC[code - 0x45] };
  switch (code) {
    case 0x0e:
      return { op: "br_table", labels: [...reader.list(() => reader.unsigned()), reader.unsigned()] };
    case 0x11:
      return { op: "call_indirect", type: reader.unsigned(), index: reader.unsigned() };
    case 0x3f:
    case 0x40:
      reader.byte();
      return { op: code === 0x3f ? "memory.size" : "memory.grow" };
    case 0x41:
    case 0x42:
      return { op: code === 0x41 ? "i32.const" : "i64.const", value: reader.leb(true) };
    case 0x43:
    case 0x44: {
      const size = code === 0x43 ? 4 : 8;
      reader.at += size;
      return { op: size === 4 ? "f32.const" : "f64.const" };
    }
    case 0xfc:
      return readBulk(reader);
    case 0xfe:
      return readAtomic(reader);
  }
  throw new Error(`instruction 0x${code.toString(16)} at byte ${reader.at - 1} is not one the kernel may use`);
}

function readAddress(reader) {
  reader.unsigned();
  return { offset: Number(reader.leb(false)) };
}

function readBulk(reader) {
  const code = reader.unsigned();
  if (code < 8) return { op: TRUNC_SAT[code] };
  if (code === 10 || code === 11) {
    reader.at += 12 - code; // a memory index for the target, and for a copy one for the source
    return { op: code === 10 ? "memory.copy" : "memory.fill" };
  }
  throw new Error(`instruction 0xfc ${code} at byte ${reader.at - 1} is not one the kernel may use`);
}

function readAtomic(reader) {
  const code = reader.unsigned();
  if (code === 3) {
    reader.at += 1; // reserved
    return { op: "atomic.fence" };
  }
  const op = code < 3 ? WAITING[code] : ATOMIC[code - 0x10];
  if (op === undefined)
    throw new Error(`instruction 0xfe ${code} at byte ${reader.at - 1} is not one the kernel may use`);
  return { op, ...readAddress(reader) };
}
