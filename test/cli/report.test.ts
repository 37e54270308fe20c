/**
 * The report pages, as the command line writes them and a real browser shows them: the charts are drawn, everything fits, nothing
 * is loaded, and a run that broke is told as it was. Screenshots are left in build/reports, to be looked at.
 *
 * `@storm`
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { benchReport } from "../../dist/cli/bench/report.js";
import type { Results } from "../../dist/cli/bench/results.js";
import { writeReport } from "../../dist/cli/report/html.js";
import { launch, open } from "../browser/pages.js";
import { start } from "./shmol.js";

const SHOTS = fileURLToPath(new URL("../../build/reports/", import.meta.url));
const SAVED = new URL("../../bench/results/", import.meta.url);
const DESKTOP = 1280;
const PHONE = 390;

let browser: Browser;
let folder: string;

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  folder = mkdtempSync(path.join(tmpdir(), "shmol-report-"));
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** Of each canvas, what part of its pixels something was drawn on, and how many colours that has. */
const drawnOn = (page: Page) =>
  page.$$eval("canvas", (canvases) =>
    canvases.map((canvas) => {
      const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
        0,
        0,
        canvas.width,
        canvas.height,
      );
      const colours = new Set<number>();
      let drawn = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 0) continue;
        drawn++;
        colours.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
      }
      return { part: drawn / (data.length / 4), colours: colours.size };
    }),
  );

/** Looks at a page in both widths and colours: whatever it says, it must be drawn, fit, and load nothing. */
async function lookAt(name: string, file: string, charts: number): Promise<string> {
  let text = "";
  for (const [width, scheme] of [
    [DESKTOP, "light"],
    [DESKTOP, "dark"],
    [PHONE, "light"],
    [PHONE, "dark"],
  ] as const) {
    const { page, errors, requests } = await open(browser, pathToFileURL(file), width, scheme);
    await page.screenshot({
      path: path.join(SHOTS, `${name}-${width}-${scheme}.png`) as `${string}.png`,
      fullPage: true,
    });
    const canvases = await drawnOn(page);
    expect(canvases, name).toHaveLength(charts);
    for (const { part, colours } of canvases) {
      expect(part).toBeGreaterThan(0.01);
      expect(colours).toBeGreaterThan(3);
    }
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(beyond, `${name} is wider than ${width} pixels`).toBeLessThanOrEqual(0);
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(paper).toBe(scheme === "dark" ? "rgb(15, 18, 23)" : "rgb(246, 247, 249)");
    expect(errors).toEqual([]);
    expect(requests).toEqual([`file://${file}`]);
    text = await page.evaluate(() => document.body.innerText);
    await page.close();
  }
  return text;
}

/** Runs the command line with `--report`, and answers where that is. */
async function reported(name: string, code: number, ...args: string[]): Promise<string> {
  const file = path.join(folder, `${name}.html`);
  expect((await start(...args, "--report", file).ended).code).toBe(code);
  return file;
}

describe("the page of a stress run", () => {
  it.each([
    ["queue", 2, ["--duration", "0.8"], "items a second"],
    ["channel", 2, ["--messages", "100k"], "received a second"],
    ["listener", 4, ["--duration", "1.5"], "ping-pong sync/sync"],
    ["arc", 2, ["--duration", "0.8"], "operations a second"],
  ])("%s has %i charts, the circumstances and every check", async (kind, charts, args, words) => {
    const file = await reported(kind, 0, "stress", kind, ...args, "--seed", "0xc0ffee");
    const text = await lookAt(kind, file, charts);
    for (const word of [
      words,
      "Everything was verified",
      process.version,
      "0xc0ffee",
      "the heap holds what it held before",
    ]) {
      expect(text).toContain(word);
    }
  });

  it("shows kills, and how to do it again", async () => {
    const file = await reported("kills", 0, "stress", "queue", "--kills", "6", "--kill", "20", "--seed", "7");
    const text = await lookAt("kills", file, 2);
    expect(text).toContain("npx shmol stress queue --kills 6 --kill 20 --seed 7");
    expect(text).toMatch(/kills\s+\d+: \d+ producers, \d+ consumers/);
  });

  it("that found something wrong says so first", async () => {
    const args = ["--items", "2M", "--sabotage", "swallow"];
    const text = await lookAt("wrong", await reported("wrong", 1, "stress", "queue", ...args), 2);
    expect(text).toMatch(/things? (was|were) wrong/);
    expect(text).toContain("counts: ");
    expect(text).not.toContain("Everything was verified");
  });

  it("whose worker crashed says how", async () => {
    const file = await reported("crashed", 1, "stress", "channel", "--sabotage", "crash");
    const text = await readText(file);
    expect(text).toContain("sabotaged");
    expect(text).toContain("the run did not get that far");
  });
});

async function readText(file: string): Promise<string> {
  const { page, errors } = await open(browser, pathToFileURL(file), PHONE, "light");
  const text = await page.evaluate(() => document.body.innerText);
  expect(errors).toEqual([]);
  await page.close();
  return text;
}

describe("the page of a benchmark", () => {
  it("of the saved run has a chart for each peer and the curve of false sharing", async () => {
    const saved = JSON.parse(readFileSync(new URL("last.json", SAVED), "utf8")) as Results;
    const document = benchReport({ ...saved, ended: "completed", skipped: [] }, "npx shmol bench");
    const file = path.join(folder, "saved.html");
    writeReport(file, document);
    expect(document.charts.map(({ title }) => title)).toEqual(
      expect.arrayContaining([
        "Against mutex + ring",
        "Against MessagePort",
        "Against ringbuf.js",
        "False sharing, by distance",
      ]),
    );
    const text = await lookAt("bench", file, document.charts.length);
    for (const { scenario } of saved.rows) expect(text).toContain(scenario);
  });

  it("says what was not measured, where no cores were free, and draws nothing then", async () => {
    const quick = ["--filter", "bounded-seq", "--reps", "1", "--items", "1024"];
    const file = await reported("busy", 0, "bench", ...quick, "--sabotage", "busy");
    const text = await lookAt("busy", file, 0);
    expect(text).toContain("Nothing was measured: two cores were not free often enough");
  });

  it("says what failed", async () => {
    const quick = ["--filter", "bounded-seq", "--reps", "1", "--items", "1024"];
    const text = await readText(await reported("failed", 1, "bench", ...quick, "--sabotage", "exit"));
    expect(text).toContain("bounded-seq, shmol, bounded(1024): a thread ended in the middle of the work, with code 1");
    expect(text).toMatch(/^1 failed, /m);
  });
});
