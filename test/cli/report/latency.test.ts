/** What stress runs time, and what becomes of it: durations, columns, rates over time. */
import { createHistogram } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { latencyOf } from "../../../dist/cli/report/latency.js";
import { Timeline } from "../../../dist/cli/report/timeline.js";
import { Clock, type ClockParts, createClock } from "../../../dist/cli/stress/clock.js";

const of = (...durations: number[]) => {
  const histogram = createHistogram();
  for (const ns of durations) histogram.record(ns);
  return latencyOf(histogram);
};

describe("the latency of durations", () => {
  it("has columns without gaps, from the first that has something to the last, and loses nothing", () => {
    const durations = [100, 101, 5000, 1e6, 1e6, 3e9];
    const { columns, count, maxNs } = of(...durations);
    expect(count).toBe(6);
    // Node keeps three digits.
    expect(maxNs).toBeGreaterThanOrEqual(3e9);
    expect(maxNs).toBeLessThan(3.01e9);
    expect(columns.reduce((sum, column) => sum + column.count, 0)).toBe(6);
    expect(columns[0]?.count).toBe(2);
    expect(columns.at(-1)?.count).toBe(1);
    columns.slice(1).forEach(({ fromNs }, i) => {
      expect(fromNs).toBe(columns[i]?.toNs);
    });
    for (const ns of durations) {
      expect(columns.some(({ fromNs, toNs, count }) => fromNs < ns && ns <= toNs && count > 0)).toBe(true);
    }
  });

  it("has percentiles", () => {
    expect(of(10, 20, 30, 400)).toMatchObject({ count: 4, p50Ns: 20, p99Ns: 400, maxNs: 400 });
  });

  it("of nothing has no columns", () => {
    expect(of()).toMatchObject({ count: 0, p50Ns: 0, columns: [] });
  });
});

describe("the time under way", () => {
  const latency = ({ histogram }: ClockParts) => latencyOf(histogram);

  it("is that of the serials that are timed, on any thread", () => {
    const parts = createClock(10) as ClockParts;
    const [producer, consumer] = [new Clock(parts), new Clock(parts)];
    for (let serial = 0; serial < 100; serial++) producer.departs(serial);
    const arrived = performance.now() + 2;
    while (performance.now() < arrived);
    for (let serial = 0; serial < 100; serial++) consumer.arrives(serial);
    const { count, p50Ns, maxNs } = latency(parts);
    expect(count).toBe(10);
    expect(p50Ns).toBeGreaterThan(1.9e6);
    expect(maxNs).toBeLessThan(60e9);
  });

  it("is not known of a value whose stamp another one has, or that never departed", () => {
    const parts = createClock(1) as ClockParts;
    const clock = new Clock(parts);
    clock.departs(5);
    clock.departs(5 + 2 ** 14);
    clock.arrives(5);
    clock.arrives(6);
    expect(latency(parts).count).toBe(0);
    clock.arrives(5 + 2 ** 14);
    expect(latency(parts).count).toBe(1);
  });
});

describe("the timeline of a run", () => {
  it("has rates between samples, trials one after the other, and when somebody was killed", () => {
    const timeline = new Timeline();
    timeline.note("first", { count: 100, elapsedMs: 100, kills: 0 });
    timeline.note("first", { count: 400, elapsedMs: 200, kills: 1 });
    timeline.note("second", { count: 50, elapsedMs: 100, kills: 0 });
    const [chart] = timeline.chart("", "", "items/s");
    expect(chart?.series).toEqual([
      {
        name: "first",
        points: [
          [0.1, 1000],
          [0.2, 3000],
        ],
      },
      { name: "second", points: [[expect.closeTo(0.3), 500]] },
    ]);
    expect(chart?.kills).toEqual([0.2]);
  });

  it("of a long run is thinned, from its beginning to its end", () => {
    const timeline = new Timeline();
    for (let i = 1; i <= 10_000; i++) timeline.note("long", { count: 10 * i, elapsedMs: 100 * i, kills: 0 });
    const points = timeline.chart("", "", "items/s")[0]?.series[0]?.points ?? [];
    expect(points.length).toBeLessThan(600);
    expect(points[0]?.[0]).toBeLessThan(10);
    expect(points.at(-1)?.[0]).toBeGreaterThan(980);
    for (const [, rate] of points) expect(rate).toBeCloseTo(100);
  });

  it("of a run that was over before anybody looked has no chart", () => {
    expect(new Timeline().chart("", "", "items/s")).toEqual([]);
  });
});
