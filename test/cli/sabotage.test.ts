/**
 * The checks of the stress runs can fail: one worker cheats, and the run says how, with the seed that repeats it.
 *
 * @storm
 */
import { describe, expect, it } from "vitest";
import type { Report, SuiteReport } from "../../dist/cli/stress/report.js";
import { printed, report, type Single, stress } from "./shmol.js";

/** What went wrong in a run with that saboteur. */
async function failed(line: string, sabotage: string) {
  const run = await report<Single & { readonly trials?: readonly Report[] }>(
    `${line} --sabotage ${sabotage} --watchdog 1.5`,
  );
  expect(run).toMatchObject({ ok: false });
  return { failures: run.failures, trials: (run.trials ?? [run]).filter(({ ok }) => !ok) };
}

/** The checks that failed, by name. */
function failedChecks({ checks }: Report): string[] {
  return Object.keys(checks).filter((name) => checks[name]?.ok === false);
}

// A run whose only consumer cheats surely gets values to cheat with.
const QUEUE = "queue --items 100k --consumers 1 --batch 4";
/** No kill comes in time; but the run is ready for one. */
const READY = "--kill 0.001";
/** Values leave by two doors where producers displace them. */
const DISPLACING = `${QUEUE} --flavor bounded --capacity 4 --force`;
const ARC = "arc --operations 200k";
const CHANNEL = "channel --messages 20k";
const LOCK = "lock --rounds 20k";
const MUTEX = "listener --mode mutex --rounds 20k";

describe("is found by these checks alone:", () => {
  it.each<[sabotage: string, checks: string, line: string, found?: RegExp]>([
    ["swallow", "counts checksum", QUEUE, /1 never came out, the first is of serial \d+/],
    ["swallow", "counts checksum", `${QUEUE} ${READY}`],
    ["duplicate", "counts checksum order", QUEUE, /consumer 1: .* came out twice/],
    ["swap", "order", QUEUE, /consumer 1: .* came out of order, or twice/],
    ["swap", "order", `${QUEUE} --batch 1`],
    ["forge", "counts checksum", QUEUE, /never went in/],
    ...["bytes", "utf8", "json", "clone", "struct", "record", "arc"].map((type): [string, string, string, RegExp] => [
      ...(["damage", "checksum", `${QUEUE} --type ${type}`, /came out damaged: that is not what went in/] as const),
    ]),
    ["leak", "memory", QUEUE],
    ["producer:swallow", "counts checksum", DISPLACING],
    ["producer:swallow", "counts checksum", "queue --items 100k --consumers 1 --flavor single --force"],
    ["producer:duplicate", "counts checksum order", `${DISPLACING} ${READY}`],
    ["producer:swap", "order", DISPLACING, /producer 1: .* came out of order/],
    ["producer:damage", "checksum", `${DISPLACING} --type bytes`],
    ["producer:damage", "checksum", `${DISPLACING} --type i64`],

    ["damage", "contents", ARC, /thread \d: .*the block that says that it is number \d+ is damaged/],
    ["leak", "memory", ARC, /blocks \(\d+ bytes\) more than before/],
    ["forget", "liveness", ARC, /^thread 1: a block that was held was gone$/],

    ["swallow", "delivery", CHANNEL, /0 were not sent and came, 1 missing, first: \d+ of sender \d$/],
    ["duplicate", "delivery order", CHANNEL, /came out twice/],
    ["forge", "delivery", CHANNEL, /never went in/],
    ["lie", "delivery", CHANNEL, /1 missing, first: \d+ of sender 1$/],
    ["swap", "order", CHANNEL, /^receiver 1 \(async\): .* came out of order, or twice$/],
    ["leak", "memory", CHANNEL, /^1 blocks \(16 bytes\) more than before$/],

    ["miscount", "counts", MUTEX, /rounds, counted 2000[01] without atomics/],
    ["leak", "listeners memory", MUTEX],
    ["tear", "torn", LOCK, /sharer \d \(\w+\): it found \d+ and \d+/],
    ["mint", "permits", LOCK, /^\d+ of 3 are free$/],
    ["swap", "order", "listener --mode crowd", /^crowd 1: 2 times, first 1 was settled instead of 0$/],
  ])("%s by %s in %s", async (sabotage, checks, line, found) => {
    const { trials } = await failed(line, sabotage);
    expect(trials.map(failedChecks)).toEqual([checks.split(" ")]);
    const said = checks.split(" ").map((name) => trials[0]?.checks[name]?.found);
    if (found !== undefined) expect(said.join("\n")).toMatch(new RegExp(found, "m"));
  });

  it.each([
    // That a bool was false need not show in the sum.
    ["swallow", "counts", `${QUEUE} --type bool`],
    ["barge", "exclusion", "listener --mode mutex"],
    ["barge", "exclusion", LOCK],
    ["miscount", "counts", LOCK],
    ["leak", "memory", LOCK],
    // The same receiver may take it twice.
    ["retract", "delivery", CHANNEL],
  ])("%s by %s, and perhaps others, in %s", async (sabotage, check, line) => {
    const { trials } = await failed(line, sabotage);
    expect(failedChecks(trials[0] as Report)).toContain(check);
  });

  it("a player that hands over a turn that is not next, by order", async () => {
    const { trials } = await failed("listener --mode ping-pong", "skip");
    expect(trials).toHaveLength(3);
    for (const each of trials) {
      expect(failedChecks(each)).toContain("order");
      expect(each.checks.order?.found).toMatch(/player [12] \((async|sync)\): turn 103 came instead of 10[12]/);
    }
  });
});

describe("when nothing moves any more, the run names which thread waits for what, and for how long:", () => {
  const WEDGED = /^(mutex: |crowd: |shared: )?wedged: nothing moved for \d+\.\d s/;

  it.each<[sabotage: string, line: string, situation: RegExp, threads: readonly RegExp[]]>([
    [
      ...(["stall", "queue --items 100k --consumers 1", /\d+ values in the queue$/] as const),
      [/^producer 1: has left/, /^producer 2: has left/, /^consumer 1: in pop for \d+\.\d s/],
    ],
    ["stall", ARC, /s$/, [/^thread 1: in \w+ for \d+\.\d s, \d+ operations/]],
    [
      ...(["stall", CHANNEL, /\d+ messages in the channel, which is \w+; for room: .*; for messages: /] as const),
      [/^sender 1/, /^sender 2/, /^sender 3/, /^receiver 1 \(async\): receiving for \d+\.\d s, 99 received$/],
    ],
    ...["swallow", "forget"].map((sabotage): [string, string, RegExp, RegExp[]] => [
      ...([
        sabotage,
        MUTEX.replace("20k", "200k"),
        /the lock is held by nobody; the event has \d listeners, 0/,
      ] as const),
      Array(4).fill(
        /^thread \d \((sync|async|mixed)\): (waiting in a listener for the lock, (blocking|awaiting)|giving way: .*) for \d+\.\d s/,
      ),
    ]),
    [
      "stall",
      LOCK,
      /the mutex is held by the thread with threadId \d+; \d wait/,
      [/^contender 1 \(sync\): inside the mutex for/],
    ],
    [
      "freeze",
      LOCK,
      /the thread with threadId \d+ writes, nobody may upgrade, \d wait for the lock; \d of 3 permits are free/,
      [/^sharer 1 \(async\): writing for/],
    ],
    ["forget", `listener --mode mutex --rounds 200k ${READY}`, /the lock is held by nobody;/, []],
    ["stall", MUTEX, /the lock is held by thread 1;/, [/^thread 1 \(sync\): inside the lock for \d+\.\d s/]],
    [
      ...(["overlook", "listener --mode crowd --listeners 10", /the event has 1 listeners, 0 notified$/] as const),
      [
        /^crowd 1: waiting for all listeners, awaiting for \d+\.\d s, 2 rounds, 30 listeners/,
        /^caller 1: waiting for the crowd to listen/,
      ],
    ],
  ])("%s in %s", async (sabotage, line, situation, expected) => {
    const { failures, trials } = await failed(line, sabotage);
    expect(failures).toHaveLength(1);
    const [failure = "", ...threads] = (failures[0] as string).split("\n  ");
    expect(failure).toMatch(WEDGED);
    expect(failure).toMatch(situation);
    for (const [i, thread] of expected.entries()) expect(threads[i]).toMatch(thread);
    expect(trials[0]?.checks.memory).toEqual({ ok: false, found: "the run did not get that far" });
  });
});

it("a crowd that is notified late crawls", async () => {
  const { failures } = await failed("listener --mode crowd --listeners 10 --rounds 500", "dawdle");
  expect(failures).toEqual([
    expect.stringMatching(/^crowd: crawls: fewer than 60 a second for \d\.\d s, the event has /),
  ]);
});

describe("a worker that throws has what it threw passed on", () => {
  it.each([
    ["queue --items 100k --consumers 1", /^consumer 1 threw: Error: sabotaged/],
    [ARC, /^thread 1 threw: Error: sabotaged/],
    [CHANNEL, /^sender 1 \(sync\) threw: Error: sabotaged/],
    [MUTEX, /^mutex: thread 1 \(sync\) threw: Error: sabotaged/],
    [LOCK, /^mutex: contender 1 \(sync\) threw: Error: sabotaged/],
  ])("in %s", async (line, message) => {
    expect((await failed(line, "crash")).failures[0]).toMatch(message);
  });
});

describe("a run that fails prints the seed and the command line that repeats it", () => {
  it.each([
    ["queue --items 100k --sabotage swallow", "✗ counts"],
    ["arc --operations 50k --sabotage leak", "✗ memory"],
    ["listener --mode mutex --rounds 20k --sabotage miscount", "✗ counts"],
  ])("%s", async (line, mark) => {
    const { code, stdout, stderr } = await stress(line);
    expect(code).toBe(1);
    expect(stdout).toContain(mark);
    const seed = /Seed (0x[0-9a-f]+)\./.exec(stderr)?.[1];
    expect(stderr).toContain(`shmol stress ${line} --seed ${seed}`);
  });
});

it("whole reports say it as well", async () => {
  const { code, ok, failures } = await printed<SuiteReport>("listener --mode crowd --sabotage swap");
  expect([code, ok]).toEqual([1, false]);
  expect(failures).toEqual([expect.stringMatching(/^crowd: order: crowd 1/)]);
});
