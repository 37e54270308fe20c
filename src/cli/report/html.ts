/**
 * Writes a report as one HTML file that needs nothing else, no network above all: style, data and the script that draws the
 * charts are in it. Verdict, circumstances and tables are there without the script, too.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Cell, Chart, ReportDocument, ReportTable } from "./document.js";
import { STYLE } from "./style.js";

/** Bundled by the build, with the library that draws. */
const SCRIPT = new URL("./page.js", import.meta.url);

/** Nothing may be loaded, whatever a browser thinks that it needs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** Charts of these kinds have the width of the page. So has one that would stand alone beside nothing. */
const WIDE: readonly Chart["kind"][] = ["time"];

export function writeReport(file: string, document: ReportDocument): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, htmlOf(document));
}

function htmlOf(document: ReportDocument): string {
  const { title, verdict, charts, tables, again } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="brand">shmol</p>
<h1>${escaped(title)}</h1>
<p class="verdict ${verdict.tone}">${escaped(verdict.text)}</p>
${remarksOf(document)}
</header>
${highlightsOf(document)}
<div class="charts">
${charts.map(figureOf).join("\n")}
</div>
<section class="card">
<h2>Circumstances</h2>
${factsOf(document)}
<pre>${escaped(again)}</pre>
</section>
${tables.map(tableOf).join("\n")}
<footer>Made by shmol. The charts are drawn by Chart.js, which is in this file; nothing is loaded.</footer>
</main>
<script type="application/json" id="charts">${jsonOf(charts)}</script>
<script>${readFileSync(SCRIPT, "utf8").replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}

function remarksOf({ verdict, remarks }: ReportDocument): string {
  if (remarks.length === 0) return "";
  const items = remarks.map((remark) => `<li>${escaped(remark)}</li>`);
  return `<ul class="remarks ${verdict.tone}">${items.join("")}</ul>`;
}

function highlightsOf({ highlights }: ReportDocument): string {
  const cards = highlights.map(
    ({ figure, about }) =>
      `<div class="card"><p class="figure">${escaped(figure)}</p><p class="about">${escaped(about)}</p></div>`,
  );
  return cards.length === 0 ? "" : `<div class="highlights">${cards.join("")}</div>`;
}

function isAlone(charts: readonly Chart[]): boolean {
  return charts.filter(({ kind }) => !WIDE.includes(kind)).length === 1;
}

function figureOf(chart: Chart, index: number, charts: readonly Chart[]): string {
  const wide = WIDE.includes(chart.kind) || isAlone(charts) ? " wide" : "";
  return `<figure class="card${wide}"><h2>${escaped(chart.title)}</h2><p class="note">${escaped(chart.note)}</p>
<div class="plot"><canvas data-chart="${index}" role="img" aria-label="${escaped(chart.title)}"></canvas></div></figure>`;
}

function factsOf({ facts }: ReportDocument): string {
  const pairs = facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`);
  return `<dl class="facts">${pairs.join("")}</dl>`;
}

function tableOf({ title, note, head, rows }: ReportTable): string {
  const names = head.map((name) => `<th scope="col">${escaped(name)}</th>`).join("");
  const heads = head.some((name) => name !== "") ? `<thead><tr>${names}</tr></thead>` : "";
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellOf(cell, head[i] ?? "")).join("")}</tr>`).join("\n");
  const below = note === undefined ? "" : `<p class="note">${escaped(note)}</p>`;
  return `<section class="card"><h2>${escaped(title)}</h2>${below}
<table>${heads}<tbody>
${body}
</tbody></table></section>`;
}

function cellOf({ text, tone }: Cell, name: string): string {
  return `<td data-name="${escaped(name)}"${tone === undefined ? "" : ` class="${tone}"`}>${escaped(text)}</td>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** JSON that no text in it can end the script element with. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
