// @ts-check
/**
 * Records against other ways to make bytes of objects, in turns, each in processes of its own, on one thread.
 *
 *   node bench/records.mjs [ROUNDS] [--dist DIR] [--only NAMES]     NAMES: of contenders, with commas; shmol is always among them
 *
 * For each shape the nanoseconds that one object takes there and back: of this library `push` and `pop`, which is to write it into
 * shared memory and to hand it over besides; of the others `encode` and `decode`. Of each process the quickest of a few samples, and of
 * all rounds the median. What comes back is compared with what went in. At the end: what a record takes in a process with one type of
 * them, and in one with ten.
 */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { median, summaryOf } from "./ratios.mjs";

/** A sample takes about so long: less than other programs leave to this one at a time. */
const SAMPLE_NS = 100_000;
const WARM_UP_MS = 500;
const SAMPLED_MS = 500;

// ── what is sent ──

/** @param {number} number @returns {{ value: number, name: string, children: any[] }} */
const nodeOf = (number) => ({
  value: number,
  name: `node-${number}`,
  children: [2 * number, 2 * number + 1].filter((child) => child <= 50).map(nodeOf),
});

/** As many objects as are sent in turns: each is another one. @param {(i: number) => unknown} make */
const some = (make) => Array.from({ length: 16 }, (_, i) => make(i));

const VALUES = {
  nested: some((i) => ({
    ...{ id: 1000 + i, name: `user-${100 + i}`, tags: ["red", "green", `blue-${i}`] },
    point: { x: i + 0.5, y: -2.5 * i },
  })),
  log: some((i) => ({
    ...{
      time: 1.7e12 + i,
      level: "info",
      host: `web-${10 + i}.example`,
      pid: 4711,
      method: "GET",
      path: `/shop/items/${i}`,
    },
    ...{ status: 200, bytes: 5123 + i, ms: 4.25, ok: true, user: "ada.lovelace", retries: 0 },
  })),
  points: some((i) => Array.from({ length: 100 }, (_, k) => ({ x: k * 0.5 + i, y: -k }))),
  tree: some((i) => ({ ...nodeOf(1), value: i })),
};
const ABOUT = {
  nested: "an id, a name, three tags, a point",
  log: "12 fields, 6 of them strings",
  points: "a list of 100 points",
  tree: "50 nodes, each with a number, a name and a list of children",
};

/** @typedef {keyof typeof VALUES} Shape */
/** @typedef {(value: any) => unknown} ThereAndBack */

// ── the contenders: for each shape what takes a value there and back ──

/** @param {typeof import("shmol")} shmol */
function typesOf({ array, bool, f64, lazy, struct, u32, utf8 }) {
  /** @type {import("shmol").Codec<any>} */
  const tree = struct({ value: u32, name: utf8, children: array(lazy(() => tree)) });
  return {
    nested: struct({ id: u32, name: utf8, tags: array(utf8), point: struct({ x: f64, y: f64 }) }),
    log: struct({
      ...{ time: f64, level: utf8, host: utf8, pid: u32, method: utf8, path: utf8 },
      ...{ status: u32, bytes: u32, ms: f64, ok: bool, user: utf8, retries: u32 },
    }),
    points: array(struct({ x: f64, y: f64 })),
    tree,
  };
}

/** @param {typeof import("shmol")} shmol @param {import("shmol").Codec<any>} type @returns {ThereAndBack} */
function throughQueue({ ConcurrentQueue }, type) {
  const queue = ConcurrentQueue.bounded(64, type);
  return (value) => {
    queue.push(value);
    return queue.pop();
  };
}

/** @param {{ encode(value: any): any, decode(bytes: any): any }} codec @returns {ThereAndBack} */
const byBytes = (codec) => (value) => codec.decode(codec.encode(value));

/** @type {Record<string, (shape: Shape, dist: string) => Promise<ThereAndBack>>} */
const CONTENDERS = {
  shmol: async (shape, dist) => {
    const shmol = await import(pathToFileURL(path.join(dist, "index.js")).href);
    return throughQueue(shmol, typesOf(shmol)[shape]);
  },
  "shmol json": async (_, dist) => {
    const shmol = await import(pathToFileURL(path.join(dist, "index.js")).href);
    return throughQueue(shmol, shmol.json);
  },
  "shmol clone": async (_, dist) => {
    const shmol = await import(pathToFileURL(path.join(dist, "index.js")).href);
    return throughQueue(shmol, shmol.clone);
  },
  "shmol msgpackr": async (_, dist) => {
    const shmol = await import(pathToFileURL(path.join(dist, "index.js")).href);
    const { Packr } = await import("msgpackr");
    const packr = new Packr({ structures: [] });
    const codec = { encode: (/** @type {any} */ value) => packr.pack(value), decode: packr.unpack.bind(packr) };
    return throughQueue(shmol, { name: "msgpackr", ...codec });
  },
  JSON: async () => (value) => JSON.parse(JSON.stringify(value)),
  "msgpackr, records": async () => {
    const { Packr } = await import("msgpackr");
    return byBytes(new Packr({ structures: [] }));
  },
  "cbor-x, records": async () => {
    const { Encoder } = await import("cbor-x");
    return byBytes(new Encoder({ structures: [] }));
  },
  avsc: async (shape) => {
    const { default: avro } = await import("avsc");
    const field = (/** @type {string} */ name, /** @type {any} */ type) => ({ name, type });
    const point = { type: "record", name: "Point", fields: [field("x", "double"), field("y", "double")] };
    const text = { type: "array", items: "string" };
    /** @type {Record<Shape, any>} */
    const schemas = {
      nested: {
        ...{ type: "record", name: "Nested" },
        fields: [field("id", "int"), field("name", "string"), field("tags", text), field("point", point)],
      },
      log: {
        ...{ type: "record", name: "Log" },
        fields: Object.entries(LOG).map(([name, type]) =>
          field(name, { u32: "int", f64: "double", bool: "boolean", utf8: "string" }[type]),
        ),
      },
      points: { type: "array", items: point },
      tree: {
        ...{ type: "record", name: "Node" },
        fields: [field("value", "int"), field("name", "string"), field("children", { type: "array", items: "Node" })],
      },
    };
    const type = avro.Type.forSchema(schemas[shape]);
    return (value) => type.fromBuffer(type.toBuffer(value));
  },
  "protobuf-es": async (shape) => {
    const { createFileRegistry, fromBinary, fromJson, toBinary } = await import("@bufbuild/protobuf");
    const { FileDescriptorProtoSchema } = await import("@bufbuild/protobuf/wkt");
    const kinds = { u32: "TYPE_UINT32", f64: "TYPE_DOUBLE", bool: "TYPE_BOOL", utf8: "TYPE_STRING" };
    const message = (/** @type {string} */ name, /** @type {Record<string, string>} */ fields) => ({
      name,
      field: Object.entries(fields).map(([key, type], i) => {
        const [, item = type] = /^(.*)\[\]$/.exec(type) ?? [];
        const kind = kinds[/** @type {keyof typeof kinds} */ (item)];
        const label = item === type ? "LABEL_OPTIONAL" : "LABEL_REPEATED";
        return {
          name: key,
          number: i + 1,
          label,
          ...(kind ? { type: kind } : { type: "TYPE_MESSAGE", typeName: `.${item}` }),
        };
      }),
    });
    const file = fromJson(FileDescriptorProtoSchema, {
      ...{ name: "records.proto", syntax: "proto3" },
      messageType: [
        message("Point", { x: "f64", y: "f64" }),
        message("nested", { id: "u32", name: "utf8", tags: "utf8[]", point: "Point" }),
        message("log", LOG),
        message("points", { list: "Point[]" }),
        message("tree", { value: "u32", name: "utf8", children: "tree[]" }),
      ],
    });
    const schema = createFileRegistry(file, () => undefined).getMessage(shape);
    if (schema === undefined) throw new Error(`no message ${shape}`);
    // It takes and gives messages of its own: what these cost to make is not counted.
    const { create } = await import("@bufbuild/protobuf");
    const messages = new Map(
      VALUES[shape].map((value) => [
        value,
        create(schema, /** @type {any} */ (shape === "points" ? { list: value } : value)),
      ]),
    );
    return (value) => fromBinary(schema, toBinary(schema, /** @type {any} */ (messages.get(value))));
  },
};

/** The fields of a line of a log. */
const LOG = {
  ...{ time: "f64", level: "utf8", host: "utf8", pid: "u32", method: "utf8", path: "utf8" },
  ...{ status: "u32", bytes: "u32", ms: "f64", ok: "bool", user: "utf8", retries: "u32" },
};

// ── measuring ──

/** What protobuf returns has more properties. @param {any} found @param {any} value */
function sees(found, value) {
  const plain = JSON.parse(JSON.stringify(found, (key, each) => (key === "$typeName" ? undefined : each)));
  assert.deepEqual(
    Array.isArray(value) && !Array.isArray(plain) ? plain.list : plain,
    JSON.parse(JSON.stringify(value)),
  );
}

/** Nanoseconds for each value: the quickest sample. @param {ThereAndBack} act @param {unknown[]} values */
async function quickest(act, values) {
  let best = Number.POSITIVE_INFINITY;
  let passes = 1;
  // At first the code is being compiled, by threads that want a processor too.
  for (const ms of [WARM_UP_MS, SAMPLED_MS]) {
    best = Number.POSITIVE_INFINITY;
    for (const until = performance.now() + ms; performance.now() < until; ) {
      const start = process.hrtime.bigint();
      for (let i = 0; i < passes; i++) for (const value of values) act(value);
      best = Math.min(best, Number(process.hrtime.bigint() - start) / (passes * values.length));
      await new Promise(setImmediate);
    }
    passes = Math.ceil(SAMPLE_NS / (best * values.length));
  }
  return best;
}

/** In a process of its own. @param {string} name @param {string} dist */
async function measureAll(name, dist) {
  /** @type {Record<string, number>} */
  const found = {};
  for (const shape of /** @type {Shape[]} */ (Object.keys(VALUES))) {
    const act = await /** @type {(typeof CONTENDERS)[string]} */ (CONTENDERS[name])(shape, dist);
    for (const value of VALUES[shape]) sees(act(value), value);
    found[shape] = await quickest(act, VALUES[shape]);
  }
  process.send?.(found);
}

/** So many types of records that differ in one field, each value of another one. @param {number} types @param {string} dist */
async function measureTypes(types, dist) {
  const shmol = await import(pathToFileURL(path.join(dist, "index.js")).href);
  const { array, f64, struct, u32, utf8 } = shmol;
  const acts = Array.from({ length: types }, (_, i) => {
    return throughQueue(
      shmol,
      struct({ id: u32, name: utf8, tags: array(utf8), [`point${i}`]: struct({ x: f64, y: f64 }) }),
    );
  });
  const values = acts.map((_, i) => ({
    id: i,
    name: "user-123",
    tags: ["red", "green", "blue"],
    [`point${i}`]: { x: 0.5, y: 1 },
  }));
  let turn = 0;
  const next = () => {
    const i = turn++ % types;
    return acts[i]?.(values[i]);
  };
  process.send?.({ [types]: await quickest(next, Array(10).fill(undefined)) });
}

/** @param {string} what @param {string} dist @returns {Promise<Record<string, number>>} */
function measured(what, dist) {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [what, dist], { env: { ...process.env, SHMOL_MEASURED: "1" } });
    child.once("message", (found) => resolve(/** @type {Record<string, number>} */ (found)));
    child.once("exit", (code) => reject(new Error(`measuring ${what} ended with ${code}`)));
  });
}

async function compare() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { dist: { type: "string" }, only: { type: "string" } },
  });
  const dist = values.dist ?? path.join(import.meta.dirname, "../dist");
  const rounds = Number(positionals[0] ?? 5);
  const only = values.only?.split(",");
  const names = Object.keys(CONTENDERS).filter((name) => name === "shmol" || only?.includes(name) !== false);
  /** @type {Record<string, Record<string, number>>[]} */
  const all = [];
  for (let i = 0; i < rounds; i++) {
    /** @type {Record<string, Record<string, number>>} */
    const round = {};
    for (const name of [...names, "1", "10"]) round[name] = await measured(name, dist);
    all.push(round);
  }
  const of = (/** @type {string} */ name, /** @type {string} */ shape) =>
    all.map((round) => round[name]?.[shape] ?? Number.NaN);
  console.log(`Node ${process.version}; ${rounds} rounds; ns there and back, and how many times as long as shmol`);
  for (const [shape, about] of Object.entries(ABOUT)) {
    console.log(`\n${shape}: ${about}`);
    const ours = of("shmol", shape);
    for (const name of names) {
      const theirs = of(name, shape);
      const { median: ratio, low, high } = summaryOf(theirs.map((ns, i) => ns / (ours[i] ?? Number.NaN)));
      console.log(
        `  ${name.padEnd(20)}${median(theirs).toFixed(0).padStart(8)}${ratio.toFixed(2).padStart(8)}  (${low.toFixed(2)} - ${high.toFixed(2)})`,
      );
    }
  }
  const cliff = summaryOf(of("10", "10").map((ns, i) => ns / (of("1", "1")[i] ?? Number.NaN)));
  console.log(
    `\nten types in one process: ${cliff.median.toFixed(2)} times as long as one (${cliff.low.toFixed(2)} - ${cliff.high.toFixed(2)})`,
  );
}

const [what = "", dist = ""] = process.argv.slice(2);
if (process.env.SHMOL_MEASURED === undefined) await compare();
else if (what in CONTENDERS) await measureAll(what, dist);
else await measureTypes(Number(what), dist);
