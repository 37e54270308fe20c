/**
 * The script of a report page: draws the charts, and again when the reader's colours change. Runs in a browser; the build bundles
 * it with Chart.js into dist/cli/report/page.js.
 */
import { Chart as OnCanvas } from "chart.js";
import type { Chart } from "../document.js";
import { bars } from "./bars.js";
import { curve } from "./curve.js";
import { histogram } from "./histogram.js";
import { type Drawing, type Drawn, register } from "./library.js";
import { readTheme, type Theme } from "./theme.js";
import { time } from "./time.js";

const charts = JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as Chart[];
const canvases = [...document.querySelectorAll<HTMLCanvasElement>("canvas[data-chart]")];
let drawings: Drawing[] = [];

function drawn(chart: Chart, theme: Theme): Drawn {
  switch (chart.kind) {
    case "time":
      return time(chart, theme);
    case "histogram":
      return histogram(chart, theme);
    case "ratios":
    case "counts":
      return bars(chart, theme);
    case "curve":
      return curve(chart, theme);
  }
}

function draw(): void {
  for (const drawing of drawings) drawing.destroy();
  const theme = readTheme();
  OnCanvas.defaults.color = theme.soft;
  OnCanvas.defaults.font = { ...OnCanvas.defaults.font, family: theme.family, size: 12 };
  drawings = canvases.flatMap((canvas) => {
    const chart = charts[Number(canvas.dataset.chart)];
    if (chart === undefined || canvas.parentElement === null) return [];
    const { height, ...configuration } = drawn(chart, theme);
    canvas.parentElement.style.height = `${height}px`;
    return [new OnCanvas(canvas, configuration)];
  });
}

register();
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
// What is printed was laid out for a window of another width.
addEventListener("beforeprint", () => {
  for (const drawing of drawings) drawing.resize();
});
