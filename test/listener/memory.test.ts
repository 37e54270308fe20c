/**
 * Memory stays what it was, however many listeners there have been: the heap's exactly, V8's within a margin that a leak of 64
 * bytes a listener would exceed, the process's within one that a wait that is never ended would. Each in a process of its own, whose garbage can be collected.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { BRIEF, count } from "../counts.js";
import { testWhere } from "../testWhere.js";

const SCRIPT = fileURLToPath(new URL("./memory.mjs", import.meta.url));
/** By how much a process may grow for each listener: a leak is more. */
const MARGIN_BYTES = 48;
/** What V8 may keep of pages that it has no use for, however many listeners there were: up to 14 MB on Node 22, 24 and 26. */
const POOLED_BYTES = 20_000_000;
const MANY = count({ all: 1_000_000, usually: 1_000_000, brief: 300_000 });
const ABANDONED = 100_000;

/** What was in use. `rss` is the process's, `host` is what V8 says of its own. */
interface Memory {
  readonly rss: number;
  readonly host: number;
  readonly used: number;
  readonly blocks: number;
  readonly controls: number;
  readonly listeners: number;
}

async function grow(what: string, count: number, leak = "") {
  // A small nursery: garbage that waits there for its time would look like a leak.
  const args = ["--expose-gc", "--max-semi-space-size=1", SCRIPT, what, String(count), leak];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 110_000 });
  const { before, after, ended } = JSON.parse(stdout) as { before: Memory; after: Memory; ended: number };
  expect(ended).toBe(count);
  const { rss: rssBefore, host: hostBefore, ...sharedBefore } = before;
  const { rss, host, ...shared } = after;
  return { rss: rss - rssBefore, host: host - hostBefore, shared, sharedBefore };
}

describe("memory is what it was", { timeout: 120_000 }, () => {
  test.each([
    ["notified and awaited, a thousand at a time", "notified", MANY],
    ["notified and awaited one by one", "notifiedAlone", ABANDONED],
    ["notified, and blocked for", "notifiedSync", MANY],
    ["abandoned by a time-out, a thousand at a time", "timedOut", ABANDONED],
    ["abandoned by a signal, a thousand at a time", "aborted", ABANDONED],
    ["dropped while they waited, with a signal that never tells", "droppedWithSignal", ABANDONED],
  ])("after listeners that were %s: %s, %i", async (_, what, count) => {
    const { rss, host, shared, sharedBefore } = await grow(what, count);
    expect(shared).toEqual(sharedBefore);
    expect(shared.listeners).toBe(0);
    expect(host, "bytes that V8 knows of").toBeLessThan(MARGIN_BYTES * count);
    expect(rss, "bytes of the process").toBeLessThan(MARGIN_BYTES * count + POOLED_BYTES);
  });

  // The margin is the same wherever this runs.
  testWhere(!BRIEF)("a leak of 64 bytes a listener would show", async () => {
    const { host } = await grow("timedOut", ABANDONED, "64 bytes");
    expect(host).toBeGreaterThan(MARGIN_BYTES * ABANDONED);
  });

  testWhere(!BRIEF)("a listener that armed a wait of its own would show", async () => {
    // It costs the process half a kilobyte, too, but a system may have put that aside: nobody touches it any more.
    const { host } = await grow("timedOut", ABANDONED, "waitAsync");
    expect(host).toBeGreaterThan(MARGIN_BYTES * ABANDONED);
  });
});
