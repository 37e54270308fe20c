/** The look of a report page. Colours are chosen once for light and once for dark; charts read them from here. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #e3e6eb; --ink: #1a1f29; --soft: #5b6575; --grid: #e9ecf1;
  --accent: #3558d4; --accent-soft: #3558d426; --slow: #c2611f; --good: #18794e; --good-soft: #18794e1a;
  --bad: #c4302b; --bad-soft: #c4302b17; --open: #96690a; --open-soft: #96690a1c;
  --s1: #3558d4; --s2: #0e8a7d; --s3: #b4469b; --s4: #c2611f; --s5: #6d5bd0; --s6: #587a1b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1217; --card: #171b22; --line: #272d38; --ink: #e8ebf0; --soft: #98a2b3; --grid: #232934;
    --accent: #7f9cff; --accent-soft: #7f9cff2e; --slow: #f0a05e; --good: #56c590; --good-soft: #56c59024;
    --bad: #ff7b74; --bad-soft: #ff7b7424; --open: #e2b04a; --open-soft: #e2b04a24;
    --s1: #7f9cff; --s2: #4bc9b9; --s3: #e58bd0; --s4: #f0a05e; --s5: #a99bff; --s6: #a5c95c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
header { margin-bottom: 28px; }
.brand { color: var(--soft); font-size: 14px; letter-spacing: .02em; margin: 0 0 6px; }
h1 { font-size: clamp(26px, 4.4vw, 38px); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 16px; text-wrap: balance; }
h2 { font-size: 17px; line-height: 1.3; letter-spacing: -.005em; margin: 0; }
p { margin: 0; }
.verdict { display: inline-block; padding: 6px 14px; border-radius: 999px; font-weight: 600; font-size: 15px; }
.good { color: var(--good); } .bad { color: var(--bad); } .open { color: var(--open); }
.verdict.good { background: var(--good-soft); } .verdict.bad { background: var(--bad-soft); } .verdict.open { background: var(--open-soft); }
.remarks { margin: 18px 0 0; padding: 14px 18px; border-left: 3px solid currentColor; border-radius: 0 10px 10px 0; list-style: none; }
.remarks.good { background: var(--good-soft); } .remarks.bad { background: var(--bad-soft); } .remarks.open { background: var(--open-soft); }
.remarks li { color: var(--ink); white-space: pre-wrap; overflow-wrap: anywhere; }
.remarks li + li { margin-top: 8px; }
.highlights { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr)); gap: 16px; margin: 0 0 16px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px; min-width: 0; }
.highlights .card { padding: 16px 20px; }
.figure { font-size: 28px; font-weight: 650; letter-spacing: -.02em; line-height: 1.2; font-variant-numeric: tabular-nums; }
.about, .note { color: var(--soft); font-size: 14px; line-height: 1.45; }
.note { margin-top: 4px; max-width: 68ch; }
.charts { columns: 2; column-gap: 16px; }
.charts figure { margin: 0 0 16px; break-inside: avoid; }
.charts .wide { column-span: all; }
.plot { position: relative; margin-top: 16px; }
canvas { display: block; max-width: 100%; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 230px), 1fr)); gap: 12px 24px; margin: 16px 0 0; }
.facts div { min-width: 0; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
section { margin-top: 16px; }
.charts figure:last-child { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin-top: 12px; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; }
th, td { padding: 7px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child { padding-left: 0; } th:last-child, td:last-child { padding-right: 0; }
td { overflow-wrap: anywhere; }
pre { margin: 12px 0 0; padding: 12px 14px; border-radius: 10px; background: var(--page); border: 1px solid var(--line);
  font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 24px; color: var(--soft); font-size: 13px; }
@media (max-width: 760px) {
  main { padding: 24px 16px 40px; }
  .card { padding: 16px; border-radius: 12px; }
  .charts { columns: 1; }
  .highlights { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
  .highlights .card { padding: 12px 14px; }
  .figure { font-size: 22px; }
  .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px 16px; }
  table, tbody { display: block; }
  thead { display: none; }
  tbody tr { display: flex; flex-wrap: wrap; gap: 1px 16px; padding: 10px 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; padding-bottom: 0; }
  td { border: 0; padding: 0; }
  td:empty { display: none; }
  td:first-child { flex: 1 0 100%; font-weight: 600; }
  td:not(:first-child)::before { content: attr(data-name) " "; color: var(--soft); }
}
@media print { body { background: none; } .card { break-inside: avoid; } }
`;
