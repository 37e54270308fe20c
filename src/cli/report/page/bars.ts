/**
 * Bars that lie, one below the other, each with its name above it and its figure at its end: names may be long and a phone is
 * narrow. Ratios begin at 1, on a logarithmic scale: to the right is faster, to the left slower.
 */
import type { Plugin } from "chart.js";
import type { CountChart, RatioChart } from "../document.js";
import { compact, times } from "./figures.js";
import { axisOf, COMMON, type Drawn, tooltipOf } from "./library.js";
import type { Theme } from "./theme.js";

/** A name and its bar. */
const ROW = 42;
const BAR = 12;
const AXIS = 36;
/** Room for the figure at the end of the longest bar. */
const FIGURE = 52;
/** How far above the middle of a bar its name stands. */
const ABOVE = 16;

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly detail: string;
}

export function bars(chart: RatioChart | CountChart, theme: Theme): Drawn {
  const all = barsOf(chart);
  const values = all.map(({ value }) => value);
  const isRatio = chart.kind === "ratios";
  const least = isRatio ? Math.min(0.8, ...values.map((value) => value / 1.3)) : 0;
  const most = isRatio ? Math.max(1.6, ...values) * 1.15 : Math.max(1, ...values);
  const axis = axisOf(theme);
  return {
    height: AXIS + ROW * all.length,
    type: "bar",
    data: {
      labels: all.map(({ label }) => label),
      datasets: [
        {
          data: isRatio ? values.map((value): [number, number] => [1, value]) : values,
          backgroundColor: values.map((value) => (isRatio && value < 1 ? theme.slow : theme.accent)),
          ...{ borderRadius: 4, borderSkipped: false, barThickness: BAR, minBarLength: 2 },
        },
      ],
    },
    options: {
      ...COMMON,
      indexAxis: "y",
      layout: { padding: { top: 10, right: FIGURE } },
      scales: {
        x: {
          ...axis,
          type: isRatio ? "logarithmic" : "linear",
          ...{ min: least, max: most },
          grid: { ...axis.grid, color: ({ tick }) => (isRatio && tick?.value === 1 ? theme.soft : theme.grid) },
          ticks: { ...axis.ticks, callback: (value) => tickOf(Number(value), isRatio) },
        },
        y: { display: false },
      },
      plugins: {
        legend: { display: false },
        tooltip: { ...tooltipOf(theme), callbacks: { label: ({ dataIndex }) => all[dataIndex]?.detail ?? "" } },
      },
    },
    plugins: [words(all, isRatio, theme)],
  };
}

function barsOf(chart: RatioChart | CountChart): Bar[] {
  if (chart.kind === "ratios") {
    return chart.bars.map(({ label, ratio, detail }) => ({ label, value: ratio, text: `${times(ratio)} ×`, detail }));
  }
  return chart.bars.map(({ label, count }) => ({
    ...{ label, value: count, text: compact(count), detail: count.toLocaleString("en-US") },
  }));
}

/** Of a logarithmic axis only a few numbers are said. */
function tickOf(value: number, isRatio: boolean): string {
  if (!isRatio) return compact(value);
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(digit - round) < 1e-6) ? `${Number(value.toPrecision(1))} ×` : "";
}

/** Writes names and figures. */
function words(all: readonly Bar[], isRatio: boolean, theme: Theme): Plugin<"bar" | "line"> {
  return {
    id: "words",
    afterDatasetsDraw({ ctx, chartArea, scales: { x, y } }) {
      if (x === undefined || y === undefined) return;
      ctx.save();
      ctx.textBaseline = "middle";
      all.forEach(({ label, value, text }, i) => {
        const middle = y.getPixelForValue(i);
        ctx.textAlign = "left";
        ctx.font = `12.5px ${theme.family}`;
        // No line of the grid goes through a name.
        ctx.fillStyle = theme.card;
        ctx.fillRect(chartArea.left, middle - ABOVE - 8, ctx.measureText(label).width + 6, 16);
        ctx.fillStyle = theme.ink;
        ctx.fillText(label, chartArea.left + 1, middle - ABOVE);
        ctx.font = `600 12px ${theme.family}`;
        ctx.fillStyle = theme.soft;
        // Behind the bar, also one that goes to the left.
        ctx.fillText(text, x.getPixelForValue(isRatio ? Math.max(1, value) : value) + 8, middle + 1);
      });
      ctx.restore();
    },
  };
}
