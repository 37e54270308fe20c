/** A line through points that have ranges. */
import type { Plugin } from "chart.js";
import type { CurveChart } from "../document.js";
import { three } from "./figures.js";
import { axisOf, COMMON, type Drawn, tooltipOf } from "./library.js";
import type { Theme } from "./theme.js";

const HEIGHT = 280;
/** Half the width of a range's ends. */
const CAP = 5;

export function curve({ points, unit, xTitle }: CurveChart, theme: Theme): Drawn {
  const y = axisOf(theme, unit);
  return {
    height: HEIGHT,
    type: "line",
    data: {
      labels: points.map(({ x }) => x),
      datasets: [
        {
          data: points.map((point) => point.y),
          ...{ borderColor: theme.accent, backgroundColor: theme.accentSoft, fill: "origin", borderWidth: 2 },
          ...{ pointRadius: 4, pointBackgroundColor: theme.accent, pointHitRadius: 16 },
        },
      ],
    },
    options: {
      ...COMMON,
      scales: {
        x: { ...axisOf(theme, xTitle), grid: { display: false }, offset: true },
        y: { ...y, beginAtZero: true, suggestedMax: Math.max(...points.map(({ max }) => max)) },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipOf(theme),
          callbacks: {
            label: ({ dataIndex }) => {
              const point = points[dataIndex];
              return point === undefined ? "" : `${three(point.y)} ${unit}, ${three(point.min)} to ${three(point.max)}`;
            },
          },
        },
      },
    },
    plugins: [ranges(points, theme)],
  };
}

function ranges(points: CurveChart["points"], theme: Theme): Plugin<"bar" | "line"> {
  return {
    id: "ranges",
    beforeDatasetsDraw({ ctx, scales: { x, y } }) {
      if (x === undefined || y === undefined) return;
      ctx.save();
      ctx.strokeStyle = theme.soft;
      points.forEach(({ min, max }, i) => {
        const [at, low, high] = [x.getPixelForValue(i), y.getPixelForValue(min), y.getPixelForValue(max)];
        ctx.beginPath();
        ctx.moveTo(at, low);
        ctx.lineTo(at, high);
        for (const end of [low, high]) {
          ctx.moveTo(at - CAP, end);
          ctx.lineTo(at + CAP, end);
        }
        ctx.stroke();
      });
      ctx.restore();
    },
  };
}
