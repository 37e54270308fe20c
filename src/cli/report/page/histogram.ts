/** Columns side by side, a quarter of a doubling each; lines mark the percentiles. */
import type { Plugin } from "chart.js";
import type { HistogramChart } from "../document.js";
import { duration, three } from "./figures.js";
import { axisOf, COMMON, type Drawn, tooltipOf } from "./library.js";
import type { Theme } from "./theme.js";

const HEIGHT = 280;

export function histogram({ buckets, marks }: HistogramChart, theme: Theme): Drawn {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  const percent = (count: number) => (100 * count) / total;
  const y = axisOf(theme, "% of samples");
  return {
    height: HEIGHT,
    type: "bar",
    data: {
      labels: buckets.map(({ toNs }) => duration(toNs)),
      datasets: [
        {
          data: buckets.map(({ count }) => percent(count)),
          ...{ backgroundColor: theme.accent, barPercentage: 0.94, categoryPercentage: 1, borderRadius: 2 },
        },
      ],
    },
    options: {
      ...COMMON,
      layout: { padding: { top: 22 } },
      scales: {
        x: { ...axisOf(theme), grid: { display: false } },
        y: {
          ...y,
          beginAtZero: true,
          ticks: { ...y.ticks, maxTicksLimit: 6, callback: (value) => three(Number(value)) },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipOf(theme),
          callbacks: {
            title: ([item]) => rangeOf(buckets[item?.dataIndex ?? 0]),
            label: ({ dataIndex }) => {
              const count = buckets[dataIndex]?.count ?? 0;
              return `${count.toLocaleString("en-US")} samples, ${three(percent(count))} %`;
            },
          },
        },
      },
    },
    plugins: [percentiles(buckets, marks, theme)],
  };
}

function rangeOf(bucket: HistogramChart["buckets"][number] | undefined): string {
  return bucket === undefined ? "" : `${duration(bucket.fromNs)} to ${duration(bucket.toNs)}`;
}

function percentiles(
  buckets: HistogramChart["buckets"],
  marks: HistogramChart["marks"],
  theme: Theme,
): Plugin<"bar" | "line"> {
  return {
    id: "percentiles",
    afterDatasetsDraw({ ctx, chartArea: { left, right, top, bottom } }) {
      const width = (right - left) / buckets.length;
      ctx.save();
      ctx.font = `600 11px ${theme.family}`;
      ctx.textBaseline = "bottom";
      let free = left;
      for (const { name, ns } of marks) {
        const index = buckets.findIndex(({ toNs }) => ns <= toNs);
        const { fromNs, toNs } = buckets[index] ?? { fromNs: ns, toNs: ns };
        // Where in its column, which is a part of a doubling.
        const part = fromNs > 0 && toNs > fromNs ? Math.log(ns / fromNs) / Math.log(toNs / fromNs) : 0.5;
        const x = left + ((index < 0 ? buckets.length - 1 : index) + Math.min(1, Math.max(0, part))) * width;
        ctx.strokeStyle = theme.soft;
        ctx.setLineDash([3, 3]);
        ctx.beginPath();
        ctx.moveTo(x, top);
        ctx.lineTo(x, bottom);
        ctx.stroke();
        const text = `${name} ${duration(ns)}`;
        const length = ctx.measureText(text).width;
        // Names that would run into each other, or out of the picture, move aside.
        const start = Math.max(free, Math.min(x - length / 2, right - length));
        if (start + length > right + 1) continue;
        ctx.fillStyle = theme.ink;
        ctx.fillText(text, start, top - 6);
        free = start + length + 10;
      }
      ctx.restore();
    },
  };
}
