/** `shmol doctor`: what it prints of this host, each sentence of its advice, and a verdict for each primitive. */
import { Heap } from "shmol";
import { describe, expect, it, test } from "vitest";
import { baseOf } from "../../dist/cli/doctor/address.js";
import { advise } from "../../dist/cli/doctor/advice.js";
import { type Facts, probe } from "../../dist/cli/doctor/facts.js";
import { PART_NAMES, selfTest } from "../../dist/cli/doctor/selfTest.js";
import { type DoctorReport, table } from "../../dist/cli/doctor/table.js";
import { start } from "./shmol.js";

const GIB = 1024 ** 3;
const reserved = (largest: number, heaps: number) => ({ reserved: { largest, heaps } });
/** A host on which there is nothing to say. */
const PERFECT: Facts = {
  ...{ runtime: "node", version: "24.21.0", v8: "13.6.233.17", platform: "linux", arch: "x64", littleEndian: true },
  ...{ cores: 8, available: 8, quota: undefined, memory: 16 * GIB },
  ...{ sharedMemory: true, sharedWasm: true, canClone: true, waitAsync: true, pause: true, mayBlock: true },
  ...{ proofOfDeath: "system", mainThread: true, vm: false, workers: true },
  ...reserved(65535 * 65536, 16),
};

describe("shmol doctor", () => {
  it("ends with a table of what there is and what works", async () => {
    const { code, stdout, stderr } = await start("doctor").ended;
    expect(stderr).toBe("");
    expect(stdout).toContain(`${process.versions.node}, V8 ${process.versions.v8}, on ${process.platform}`);
    for (const part of PART_NAMES) expect(stdout).toContain(`✓ ${part}`);
    expect(stdout).not.toContain("✗");
    expect(stdout).toMatch(/Everything works here\. \(\d+\.\d s\)\n$/);
    // Not a terminal: no colours, no line that is written again and again.
    expect(stdout).not.toContain("\x1b");
    expect(code).toBe(0);
  });

  it("reports the same as one JSON document", async () => {
    const { code, stdout } = await start("doctor", "--json").ended;
    const report = JSON.parse(stdout) as DoctorReport;
    expect(report).toMatchObject({ ok: true, interrupted: false });
    expect(report.facts).toMatchObject({ runtime: "node", version: process.versions.node, sharedWasm: true });
    expect(Object.keys(report.checks)).toEqual(PART_NAMES);
    expect(report.checks.heap?.found).toContain(process.platform === "linux" ? "by address" : "by offset");
    expect(code).toBe(0);
  });

  it("ends with 1 when a primitive does not work, and tries the others all the same", async () => {
    const { code, stdout } = await start("doctor", "--sabotage", "queue, bounded", "--json").ended;
    const { ok, checks } = JSON.parse(stdout) as DoctorReport;
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    const failed = Object.entries(checks).filter(([, check]) => !check.ok);
    expect(failed).toEqual([["queue, bounded", { ok: false, found: "it was told to fail" }]]);
  });
});

describe("the self-test", () => {
  it("stops when it is told to, and says what was not tried", async () => {
    const stop = new AbortController();
    const checks = await selfTest({ signal: stop.signal, onProgress: (part) => part === "arc" && stop.abort() });
    expect(checks.heap?.ok).toBe(true);
    expect(checks.arc).toEqual({ ok: false, found: "not tried" });
    expect(checks["a worker dies"]).toEqual({ ok: false, found: "not tried" });
  });
});

test("where a heap lies is found by a mark in it, as different places for different heaps", ({ skip }) => {
  const [one, other] = [Heap.create({ capacity: 2 ** 20 }), Heap.create({ capacity: 2 ** 20 })];
  const bases = [baseOf(one), baseOf(other)];
  if (process.platform !== "linux") skip("only Linux lets a process read its memory by address");
  expect(new Set(bases).size).toBe(2);
  for (const base of bases) expect((base as bigint) % 4096n).toBe(0n);
  one.drop();
  other.drop();
});

test("what is said of this host is true", async () => {
  const facts = await probe();
  const { littleEndian, sharedMemory, sharedWasm, canClone, mayBlock, workers } = PERFECT;
  expect(facts).toMatchObject({ littleEndian, sharedMemory, sharedWasm, canClone, mayBlock, workers });
  expect(facts.pause).toBe("pause" in Atomics);
  expect(facts.cores).toBeGreaterThanOrEqual(facts.available);
  expect(facts.reserved?.largest).toBeGreaterThanOrEqual(256 * 1024 * 1024);
  const heap = Heap.create({ capacity: Math.min(facts.reserved?.largest ?? 0, GIB) });
  heap.drop();
});

describe("advice", () => {
  const say = (facts: Partial<Facts>) => advise({ ...PERFECT, ...facts }).map(({ kind, text }) => `${kind}: ${text}`);

  it("there is none for a host that has everything", () => {
    expect(say({})).toEqual([]);
  });

  it.each<[string, Partial<Facts>, RegExp]>([
    ["an old Node", { version: "20.18.1" }, /^fails: Node 20\.18\.1 is too old: shmol needs 20\.19 or later/],
    ["a very old one", { version: "18.20.0" }, /^fails: Node 18\.20\.0 is too old/],
    ["Bun", { runtime: "bun", version: "1.3.0" }, /^differs: shmol is tested on Node only\. .* bun 1\.3\.0/],
    ["a big-endian processor", { littleEndian: false }, /^fails: This processor is big-endian/],
    ["no v8.Serializer", { canClone: false }, /^differs: There is no v8\.Serializer\. .* of type clone refuse/],
    ["no shared memory", { sharedMemory: false }, /^fails: There is no SharedArrayBuffer\./],
    ["no shared WebAssembly", { sharedWasm: false }, /^fails: There is no WebAssembly with shared memory/],
    ["no permission", { workers: false }, /^fails: Worker threads may not be started: .* --allow-worker/],
    ["no address space", reserved(0, 0), /^fails: Not even the smallest heap can be reserved/],
    ["no answer", { reserved: undefined }, /^differs: How much memory can be reserved could not be tried/],
    [
      "some for small heaps",
      reserved(GIB / 8, 0),
      /^fails: A heap of default size \(256\.0 MiB\) cannot .* to 128\.0 MiB/,
    ],
    ["some for fair heaps", reserved(GIB, 16), /^differs: Heaps of up to 1\.0 GiB .* not of 4\.0 GiB/],
    ["some for one heap", reserved(4 * GIB, 1), /^differs: There is address space for only one heap at once/],
    ["some for three", reserved(4 * GIB, 3), /^differs: .* only 3 heaps at once/],
    ["little memory", { memory: 64 * 1024 * 1024 }, /^differs: The process may use 64\.0 MiB of memory, less than/],
    ["Windows", { platform: "win32" }, /^note: Windows commits the whole capacity of a heap when it is created/],
    ["no waitAsync", { waitAsync: false }, /^differs: There is no Atomics\.waitAsync\. .* grow to 4 ms/],
    ["a thread that may not block", { mayBlock: false }, /^differs: This thread may not block\. .* await instead/],
    ["one core", { cores: 1, available: 1 }, /^differs: There is one core: threads take turns/],
    ["one of many", { available: 1 }, /^differs: This process may use one of 8 cores: threads take turns/],
    ["half a core", { quota: 0.5 }, /^differs: The control group allows 0\.5 of 8 cores' time: threads take turns/],
    ["fewer cores", { quota: 2.5 }, /^note: The control group allows 2\.5 of 8 cores' time\. More busy threads/],
    [
      "exits only",
      { proofOfDeath: "exit" },
      /^differs: The operating system does not tell here whether a thread still exists/,
    ],
    ["no proof", { proofOfDeath: "none" }, /^differs: Nothing proves here that a thread is dead\. .*--allow-all/],
    ["a vm context", { vm: true }, /^note: This code lives in a context of node:vm/],
    ["Node 26", { version: "26.12.1" }, /^note: In Node 26 each message that carries a heap's memory/],
  ])("%s", (_, facts, sentence) => {
    expect(say(facts)).toEqual([expect.stringMatching(sentence)]);
  });

  it("is below the table, marked, within the width of the terminal", () => {
    const facts = { ...PERFECT, waitAsync: false, workers: false };
    const checks = { heap: { ok: true, found: "fine" } };
    const report = { ok: false, interrupted: false, seconds: 1, facts, checks, advice: advise(facts) };
    const stream = { columns: 60, isTTY: false } as NodeJS.WriteStream;
    const text = table(report, stream);
    expect(text).toContain("\n✗ Worker threads may not be started:");
    expect(text).toContain("\n! There is no Atomics.waitAsync.");
    expect(text).toContain("Not everything works here: see above. (1.0 s)");
    const paragraphs = text.slice(text.indexOf("\n✗ Worker"));
    for (const line of paragraphs.split("\n")) expect(line.length).toBeLessThanOrEqual(60);
  });
});
