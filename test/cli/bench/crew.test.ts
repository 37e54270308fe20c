/** The benchmark's threads: every scenario of events and channels, and some of queues, comes through a short repetition with the right sum. */
import { afterEach, describe, expect, it } from "vitest";
import { Crew } from "../../../dist/cli/bench/crew.js";
import { scenarios } from "../../../dist/cli/bench/scenarios.js";
import { BRIEF } from "../../counts.js";

/** The fewest: what all shares and crowds go into. */
const ITEMS = 1024;

let crew: Crew | undefined;

afterEach(async () => {
  await crew?.stop();
  crew = undefined;
});

const events = scenarios.filter(({ unit }) => unit === "ns");
const channels = scenarios.filter(({ name }) => /^channel_(mp|to.*i32)/.test(name));

const others = scenarios.filter(({ name }) => /^(bounded1|channel_multi|to_.*-f64)/.test(name));

describe.each([...events, ...channels, ...others])("$name", ({ contenders }) => {
  // What shmol is compared with is the same on every host.
  it.each(BRIEF ? contenders.slice(0, 1) : contenders)(
    "$label: verifies what came through, repetition for repetition",
    async (contender) => {
      crew = new Crew(contender);
      // The second starts from what the first has left: numbers that go on, a listener that stands already.
      for (let i = 0; i < 2; i++) {
        const rate = await crew.run(ITEMS);
        expect(rate).toBeGreaterThan(0);
        expect(rate).toBeLessThan(Number.POSITIVE_INFINITY);
      }
    },
  );
});

it("has scenarios for each way to wait", () => {
  expect(events.map(({ name }) => name)).toEqual([
    "ping_pong-spinning",
    "ping_pong-parked",
    "ping_pong-async_sync",
    "ping_pong-async",
    "thousand_listeners",
  ]);
});

it("has scenarios for each way in which senders and receivers may come together, each against messages", () => {
  expect(channels.map(({ name }) => name)).toEqual([
    "channel_to_worker-i32",
    "channel_to_main-i32",
    "channel_mpsc",
    "channel_mpmc",
    "channel_mpsc_to_main",
  ]);
  for (const { contenders } of channels) {
    expect(contenders.at(-1)?.label).toMatch(/^(MessagePort|worker\.postMessage)$/);
  }
});
