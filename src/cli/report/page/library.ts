/** The parts of Chart.js that are used; the build leaves the others out. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Filler,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from "chart.js";
import type { Theme } from "./theme.js";

export function register(): void {
  Chart.register(BarController, LineController, BarElement, LineElement, PointElement);
  Chart.register(CategoryScale, LinearScale, LogarithmicScale, Filler, Legend, Tooltip);
}

type Kind = "bar" | "line";
type Points = (number | [number, number] | { x: number; y: number } | null)[];

/** A chart as the library wants it, and how high it is. */
export type Drawn = ChartConfiguration<Kind, Points, string> & {
  readonly height: number;
};

/** A chart on its canvas. To compare it with a chart of any kind and data would take the compiler ten seconds. */
export type Drawing = Chart<Kind, Points, string>;

/** What all charts have in common. */
export const COMMON = { responsive: true, maintainAspectRatio: false, animation: false } as const;

export function tooltipOf(theme: Theme) {
  return {
    ...{ backgroundColor: theme.ink, titleColor: theme.card, bodyColor: theme.card, displayColors: false },
    ...{ padding: 10, cornerRadius: 8, caretSize: 5 },
  };
}

/** An axis with lines that stay in the background. */
export function axisOf(theme: Theme, title?: string) {
  return {
    grid: { color: theme.grid, drawTicks: false },
    border: { display: false },
    ticks: { padding: 8, maxRotation: 0, autoSkipPadding: 14 },
    title: { display: title !== undefined, text: title ?? "", color: theme.soft },
  };
}
