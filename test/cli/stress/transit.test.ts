/** What stress runs time, and what becomes of it: durations, columns, rates over time. */
import { describe, expect, it } from "vitest";
import { Course } from "../../../dist/cli/stress/course.js";
import { HISTOGRAM_BYTES, Histogram } from "../../../dist/cli/stress/histogram.js";
import { Transit } from "../../../dist/cli/stress/transit.js";

const histogram = (...durations: number[]) => {
  const made = new Histogram(new SharedArrayBuffer(HISTOGRAM_BYTES), 0);
  for (const ns of durations) made.add(ns);
  return made;
};

describe("a histogram", () => {
  it("has columns without gaps, from the first that has something to the last, and loses nothing", () => {
    const durations = [100, 101, 5000, 1e6, 1e6, 3e9];
    const { columns, count, maxNs } = histogram(...durations).latency;
    expect({ count, maxNs }).toEqual({ count: 6, maxNs: 3e9 });
    expect(columns.reduce((sum, column) => sum + column.count, 0)).toBe(6);
    expect(columns[0]?.count).toBeGreaterThan(0);
    expect(columns.at(-1)?.count).toBeGreaterThan(0);
    columns.slice(1).forEach(({ fromNs }, i) => {
      expect(fromNs).toBe(columns[i]?.toNs);
    });
    for (const ns of durations) {
      expect(columns.some(({ fromNs, toNs, count }) => fromNs < ns && ns <= toNs && count > 0)).toBe(true);
    }
  });

  it("takes in another one", () => {
    const one = histogram(10, 20);
    one.merge(histogram(30, 4000));
    expect(one.latency).toMatchObject({ count: 4, maxNs: 4000, p50Ns: 20 });
  });

  it("of nothing has no columns", () => {
    expect(histogram().latency).toMatchObject({ count: 0, p50Ns: 0, columns: [] });
  });
});

describe("the time under way", () => {
  it("is that of the serials that are timed, on any thread", () => {
    const producer = new Transit(10, 2);
    const consumer = new Transit(10, 2, 1, producer.buffer);
    for (let serial = 0; serial < 100; serial++) producer.departs(serial);
    const arrived = performance.now() + 2;
    while (performance.now() < arrived);
    for (let serial = 0; serial < 100; serial++) consumer.arrives(serial);
    const { count, p50Ns, maxNs } = producer.latency;
    expect(count).toBe(10);
    expect(p50Ns).toBeGreaterThan(1.9e6);
    expect(maxNs).toBeLessThan(60e9);
  });

  it("is not known of a value whose stamp another one has, or that never departed", () => {
    const transit = new Transit(1, 1);
    transit.departs(5);
    transit.departs(5 + 2 ** 14);
    transit.arrives(5);
    transit.arrives(6);
    expect(transit.latency.count).toBe(0);
    transit.arrives(5 + 2 ** 14);
    expect(transit.latency.count).toBe(1);
  });
});

describe("the course of a run", () => {
  it("has rates between samples, trials one after the other, and when somebody was killed", () => {
    const course = new Course();
    course.note("first", { count: 100, elapsedMs: 100, kills: 0 });
    course.note("first", { count: 400, elapsedMs: 200, kills: 1 });
    course.note("second", { count: 50, elapsedMs: 100, kills: 0 });
    const [chart] = course.chart("", "", "items/s");
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
    const course = new Course();
    for (let i = 1; i <= 10_000; i++) course.note("long", { count: 10 * i, elapsedMs: 100 * i, kills: 0 });
    const points = course.chart("", "", "items/s")[0]?.series[0]?.points ?? [];
    expect(points.length).toBeLessThan(600);
    expect(points[0]?.[0]).toBeLessThan(10);
    expect(points.at(-1)?.[0]).toBeGreaterThan(980);
    for (const [, rate] of points) expect(rate).toBeCloseTo(100);
  });

  it("of a run that was over before anybody looked has no chart", () => {
    expect(new Course().chart("", "", "items/s")).toEqual([]);
  });
});
