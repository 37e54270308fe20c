/** Lines over time; kills are marks at the foot. */
import type { TimeChart } from "../document.js";
import { compact, three } from "./figures.js";
import { axisOf, COMMON, type Drawn, tooltipOf } from "./library.js";
import type { Theme } from "./theme.js";

const HEIGHT = 280;
/** Series this many times apart are drawn on a logarithmic scale. */
const FAR_APART = 20;

export function time({ series, kills, unit }: TimeChart, theme: Theme): Drawn {
  const highest = series.map(({ points }) => Math.max(1, ...points.map(([, y]) => y)));
  const isFar = Math.max(...highest) / Math.min(...highest) > FAR_APART;
  const lines = series.map(({ name, points }, i) => {
    const colour = theme.series[i % theme.series.length] as string;
    return {
      ...{ type: "line" as const, label: name, data: points.map(([x, y]) => ({ x, y: isFar ? Math.max(1, y) : y })) },
      ...{ borderColor: colour, backgroundColor: `${colour}22`, borderWidth: 2, pointHitRadius: 12 },
      ...{
        pointRadius: points.length === 1 ? 3 : 0,
        fill: isFar ? false : "origin",
        cubicInterpolationMode: "monotone" as const,
      },
    };
  });
  const marks = {
    ...{ type: "line" as const, label: "kills", data: kills.map((x) => ({ x, y: isFar ? 1 : 0 })), showLine: false },
    ...{
      pointStyle: "triangle" as const,
      pointRadius: 4,
      clip: false as const,
      borderColor: theme.bad,
      backgroundColor: theme.bad,
    },
  };
  const datasets = kills.length > 0 ? [...lines, marks] : lines;
  const y = axisOf(theme, unit);
  return {
    height: HEIGHT,
    type: "line",
    data: { datasets },
    options: {
      ...COMMON,
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: { ...axisOf(theme, "seconds"), type: "linear", min: 0, grid: { display: false } },
        y: {
          ...y,
          ...(isFar ? { type: "logarithmic" as const, min: 1 } : { type: "linear" as const, beginAtZero: true }),
          ticks: { ...y.ticks, maxTicksLimit: 6, callback: (value) => compact(Number(value)) },
        },
      },
      plugins: {
        legend: {
          display: datasets.length > 1,
          position: "bottom",
          labels: { boxWidth: 10, boxHeight: 10, usePointStyle: true, color: theme.ink },
        },
        tooltip: {
          ...tooltipOf(theme),
          callbacks: {
            title: ([item]) => `${three(item?.parsed.x ?? 0)} s`,
            label: ({ dataset, parsed }) =>
              dataset.label === "kills" ? "a worker is killed" : `${dataset.label}: ${compact(parsed.y ?? 0)} ${unit}`,
          },
        },
      },
    },
  };
}
