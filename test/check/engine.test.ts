/**
 * The checker itself: it finds what is wrong, finds nothing where nothing is, and repeats what it found. Its subject here is
 * a small lock on wait and notify.
 *
 * @storm
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exhaust, sample } from "../../dist/check/explore.js";
import { Machine } from "../../dist/check/machine.js";
import type { Account, Call, ModelKernel, Operation, Program } from "../../dist/check/program.js";
import { decodeSchedule, encodeSchedule, Replay } from "../../dist/check/replay.js";
import { buildModel } from "../../tools/kernel.mjs";
import { type Flaws, futex } from "./futex.js";

const release = await readFile(new URL("../../build/kernel-release.named.wasm", import.meta.url));

async function lockWith(flaws: Flaws): Promise<WebAssembly.Module> {
  const { bytes } = await buildModel({ lapBits: 2, release, mutate: futex(flaws), optimize: false });
  return new WebAssembly.Module(bytes);
}

/** Threads that each take the lock, increment, and let go, `rounds` times; the count must come out right. */
function counting(threads: number, options: Partial<Program> & { rounds?: number; locked?: boolean } = {}): Program {
  const { rounds = 1, locked = true, ...rest } = options;
  return {
    name: "test/counting",
    ...rest,
    setup(kernel, slots) {
      const word = kernel.alloc(64, 16);
      const counter = word + 32;
      slots.fill(0, word / 8, word / 8 + 8);
      const call = (name: string, at: number) => [name, at] as unknown as Call;
      const once: Operation = {
        label: "increment()",
        *run() {
          if (locked) yield call("lock", word);
          yield call("increment", counter);
          if (locked) yield call("unlock", word);
          return "done";
        },
        parts: () => [],
      };
      const check: Operation = {
        label: "count()",
        // biome-ignore lint/correctness/useYield: it only looks
        *run() {
          return slots[counter / 8] as number;
        },
        parts: (result) => [{ name: "count", arg: threads * rounds, result }],
      };
      const body = Array.from({ length: rounds }, () => once);
      return {
        threads: Array.from({ length: threads }, () => () => body),
        finish: { operations: [check], teardown: (k) => void k.free(word) },
      };
    },
    // Who is killed first does not count.
    specification: {
      initial: "",
      step: (state, { arg, result }) => (arg === result || (rest.kills && Number(result) < Number(arg)) ? [state] : []),
    },
  };
}

describe("a lock on wait and notify", () => {
  let right: WebAssembly.Module;
  beforeAll(async () => {
    right = await lockWith({});
  });

  test("is right: nothing is found, however the threads are woken", () => {
    for (const program of [counting(3), counting(2, { rounds: 2 }), counting(2, { rounds: 2, spurious: 2 })]) {
      const { failure, exhaustive } = exhaust(new Machine(program, right), { bound: 3 });
      expect(failure).toBeUndefined();
      expect(exhaustive).toBe(true);
    }
  });

  test("does without being woken when it parks for a while only", async () => {
    const timed = await lockWith({ timed: true, forgetsToWake: true });
    expect(exhaust(new Machine(counting(3), timed), { bound: 2 }).failure).toBeUndefined();
  });

  test.each<[string, Flaws, string]>([
    ["forgets to wake", { forgetsToWake: true }, "deadlock"],
    ["parks on whatever the word holds", { parksBlindly: true }, "deadlock"],
    ["trusts a wake-up", { trustsTheWake: true }, "race"],
  ])("that %s is found out", async (_, flaws, check) => {
    const kernel = await lockWith(flaws);
    for (const reduction of [true, false]) {
      const options = { rounds: 2, spurious: flaws.trustsTheWake === true ? 1 : 0 };
      expect(exhaust(new Machine(counting(3, options), kernel), { bound: 2, reduction }).failure?.check).toBe(check);
    }
  });

  test("left out is a race", () => {
    expect(exhaust(new Machine(counting(2, { locked: false }), right), { bound: 1 }).failure?.check).toBe("race");
  });

  test("left out is a race at random, too", () => {
    const options = { seed: 7, changes: 3, timeMs: 10_000 };
    expect(sample(new Machine(counting(2, { locked: false }), right), options).failure?.check).toBe("race");
  });

  test("whose owner is killed leaves the others waiting, and that is found", () => {
    expect(exhaust(new Machine(counting(2, { kills: 1 }), right), { bound: 1 }).failure?.check).toBe("deadlock");
  });

  test("covers the same histories with the reduction as without", () => {
    const program = counting(3);
    const all = exhaust(new Machine(program, right), { bound: 2, reduction: false });
    const few = exhaust(new Machine(program, right), { bound: 2 });
    expect(few.schedules).toBeLessThan(all.schedules);
    expect([all.exhaustive, few.exhaustive]).toEqual([true, true]);
  });
});

/**
 * A thread that has a block, another that mourns it, and, perhaps, a third that mourns that one. `reaps`: whether the mourners
 * do anything about it.
 */
function mourning(options: Partial<Program> & { reaps: boolean }): Program {
  const { reaps, ...rest } = options;
  const OWN_BLOCK = 1;
  const body = (label: string, ...calls: Call[]) => [
    {
      label,
      *run(): Generator<Call, string, number> {
        for (const call of calls) yield call;
        return "done";
      },
      parts: () => [{ name: label, result: undefined }],
    },
  ];
  return {
    name: "test/mourning",
    kills: 1,
    mortals: [0],
    accounts: 2,
    specification: { initial: "", step: (state, { name }) => [`${state}${name};`] },
    ...rest,
    setup(kernel: ModelKernel, slots: Float64Array, [dead]: readonly Account[]) {
      const { entry, thread, cell } = dead as Account;
      const block = kernel.alloc(64, 16, cell(OWN_BLOCK));
      slots.fill(0, block / 8, block / 8 + 8);
      return {
        threads: [
          () => body("live", ["increment", block + 32], ["alignmentUnit"]),
          // A plain access to what the dead one has written: it knows all that that one did.
          () => body("mourn", ["increment", block + 32], ...(reaps ? [["reap", entry, thread] as Call] : [])),
        ],
        mourns: { 1: 0 },
      };
    },
  };
}

describe("a thread that mourns another", () => {
  test("begins when that was killed, and knows all that it did", () => {
    const { failure, exhaustive } = exhaust(new Machine(mourning({ reaps: true })), { bound: 3 });
    expect(failure).toBeUndefined();
    expect(exhaustive).toBe(true);
  });

  test("never begins otherwise, and nobody waits for it", () => {
    const began: string[] = [];
    const specification = {
      initial: "",
      step(state: string, { name }: { name: string }) {
        began.push(name);
        return [state];
      },
    };
    const { failure } = exhaust(new Machine(mourning({ reaps: true, kills: 0, specification })), { bound: 3 });
    expect(failure).toBeUndefined();
    expect(began).not.toContain("mourn");
    expect(exhaust(new Machine(mourning({ reaps: true, specification })), { bound: 3 }).failure).toBeUndefined();
    expect(began).toContain("mourn");
  });

  test("needs not reap: what is left the main instance returns", () => {
    expect(exhaust(new Machine(mourning({ reaps: false })), { bound: 3 }).failure).toBeUndefined();
  });

  test("is told from one that begins by itself: that one's accesses race", () => {
    const program = mourning({ reaps: false });
    const together: Program = {
      ...program,
      setup: (...args) => ({ ...program.setup(...args), mourns: {} }),
    };
    expect(exhaust(new Machine(together), { bound: 1 }).failure?.check).toBe("race");
  });

  test.each<[string, string, string, string]>([
    [
      "does not return a block",
      "    else blocks++;\n    reclaim(what, cell);\n",
      "    else blocks++;\n    clear(cell);\n",
      "accounting",
    ],
    ["leaves the entry taken", "  vacate(entry);\n", "", "accounting"],
    [
      "returns a block twice",
      "    else blocks++;\n    reclaim(what, cell);\n",
      "    else blocks++;\n    reclaim(what, cell);\n    reclaim(what, cell);\n",
      "accounting",
    ],
  ])("and %s is found out", async (_, find, replacement, check) => {
    const mutate = (file: string, text: string) => {
      if (!file.endsWith("reap.ts")) return text;
      expect(text.split(find)).toHaveLength(2);
      return text.replace(find, replacement);
    };
    const { bytes, sites } = await buildModel({ lapBits: 2, release, mutate, optimize: false });
    const machine = new Machine(mourning({ reaps: true }), new WebAssembly.Module(bytes), sites);
    expect(exhaust(machine, { bound: 2 }).failure?.check).toBe(check);
  });
});

test("each program whose threads may be killed gives them accounts, so that nothing may be left of them", async () => {
  const { programs } = await import("../../dist/check/index.js");
  const mortal = programs.filter(({ kills = 0 }) => kills > 0);
  expect(mortal.length).toBeGreaterThan(100);
  expect(mortal.filter(({ accounts = 0 }) => accounts === 0).map(({ name }) => name)).toEqual([]);
});

describe("a schedule as a string", () => {
  test.each([[[]], [[0, 0, 0, 1, -1, 0]], [[2, 1, 0]], [Array.from({ length: 300 }, () => 1)]])(
    "goes both ways: %j",
    (schedule) => {
      expect(decodeSchedule(encodeSchedule("queue/a name, with # in it", schedule))).toEqual({
        name: "queue/a name, with # in it",
        schedule,
      });
    },
  );

  test.each(["", "no mark", "name#12", "name#1a?"])("is told from %j, which is none", (text) => {
    expect(decodeSchedule(text)).toBeUndefined();
  });

  test("of another program is refused", async () => {
    const machine = new Machine(counting(2), await lockWith({}));
    expect(() => machine.run(new Replay([3]))).toThrow(/another version/);
  });
});

describe("a replay", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "shmol-replay-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** Each time in a new process. */
  const TIMES = process.env.SHMOL_FULL === "1" ? 100 : 20;

  test(`leads to the same failure ${TIMES} times of ${TIMES}, in new processes`, { timeout: 120_000 }, async () => {
    const { bytes } = await buildModel({ lapBits: 2, release, mutate: bitBeforeValue, optimize: false });
    await writeFile(join(folder, "model.wasm"), bytes);
    const name = "queue/one slot before the end";
    const machine = new Machine(await programNamed(name), new WebAssembly.Module(bytes));
    const { failure } = exhaust(machine, { bound: 2 });
    expect(failure).toBeDefined();
    const text = encodeSchedule(name, machine.schedule);
    const script = new URL("./replay.mjs", import.meta.url).pathname;
    const again = () => promisify(execFile)(process.execPath, [script, join(folder, "model.wasm"), text]);
    for (let i = 0; i < TIMES; i += 4) {
      const outputs = await Promise.all([again(), again(), again(), again()]);
      for (const { stdout } of outputs) expect(stdout).toBe(`${failure?.check}: ${failure?.message}\n`);
    }
  });
});

/** A fault: the slot's bit is set before its value is written. */
function bitBeforeValue(file: string, text: string): string {
  if (!file.endsWith("unbounded.ts")) return text;
  const write = "      writeF64(slotOf(block, offset), value);\n";
  const publish = /\n {6}add64\(writtenOf\(block\), \(<u64>1\) << offset\);\n/.exec(text)?.[0];
  if (publish === undefined || !text.includes(write)) throw new Error("the source has changed");
  return text.replace(publish, "\n").replace(write, publish.slice(1) + write);
}

async function programNamed(name: string): Promise<Program> {
  const { programs } = await import("../../dist/check/index.js");
  const found = programs.find((program) => program.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}
