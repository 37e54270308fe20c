/** The tests of each test file, for any runner: Jest and Vitest have `test` as a global, Node has it in a module. */
import assert from "node:assert/strict";
import threads from "node:worker_threads";
import { Arc } from "shmol";
import { fromKilled, roundTrip } from "./channels.mjs";
import { note } from "./notes.mjs";

const LIMIT_MS = 15_000;
const test = globalThis.test ?? (await import("node:test")).test;

// A runner may load this module and the package anew for each file of a thread. Node's own modules are there only once.
const KEY = Symbol.for("Arcs of test files");
threads[KEY] ??= [];
const arcs = threads[KEY];

/** Makes the tests of the file with that number. */
export function suite(file) {
  test(
    "messages go to a worker and back",
    async () => {
      assert.deepEqual(await roundTrip(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },
    LIMIT_MS,
  );

  test(
    "a channel of a worker opens here, and closes when the worker is killed",
    async () => {
      assert.deepEqual(await fromKilled(), [0, 1, 2]);
    },
    LIMIT_MS,
  );

  test("what files of this thread own stays theirs", () => {
    const arc = Arc.create(new Uint8Array(64).fill(file));
    arcs.push({ arc, token: arc.share(), file });
    for (const { token, file } of arcs) {
      const opened = Arc.open(token);
      assert.ok(opened.bytes().every((byte) => byte === file));
      assert.equal(opened.strongCount, 2);
      opened.drop();
    }
    note({ file, inThread: arcs.length });
  });
}
