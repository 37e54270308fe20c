/** A page of a browser and its workers: what works in Node works there, and what cannot says so. `@storm` */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { ISOLATION, launch, open, serve } from "./pages.js";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const [JOBS, ITEMS] = [20_000, 50_000];
const sumTo = (n: number) => (n * (n + 1)) / 2;

test("a page has all of it but blocking and V8's clones, and its workers block as others do", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "shmol-page-"));
  const [browser, { url, close }] = await Promise.all([launch(), serve(folder, ISOLATION)]);
  try {
    const entryPoints = [path.join(HERE, "page.mjs"), path.join(HERE, "pageWorker.mjs")];
    await build({ entryPoints, outdir: folder, bundle: true, format: "esm", target: "es2022", logLevel: "warning" });
    await writeFile(path.join(folder, "index.html"), '<!doctype html><script type="module" src="page.js"></script>');
    const { page, errors } = await open(browser, url);
    await page.waitForFunction(() => "found" in globalThis);
    expect(errors.filter((text) => !text.includes("favicon"))).toEqual([]);
    expect(await page.evaluate(() => (globalThis as unknown as { found: unknown }).found)).toEqual([
      ["utf8", "naïve 😀"],
      ["json", { id: 7 }],
      ["struct", { x: 0.5, id: 7 }],
      ["bytes", [1, 2, 3]],
      ["clone", "ERR_SHMOL_TYPE_MISMATCH"],
      ["arc", 0],
      ["recvSync, nothing to receive", "ERR_SHMOL_MAY_NOT_BLOCK"],
      ["sendSync, no room", "ERR_SHMOL_MAY_NOT_BLOCK"],
      ["waitSync", "ERR_SHMOL_MAY_NOT_BLOCK"],
      ["wait, in vain", "ERR_SHMOL_TIMEOUT"],
      ["workers that block", sumTo(JOBS)],
      ["a queue that four workers share", [2 * sumTo(ITEMS), 0]],
      ["what is left", 0],
    ]);
  } finally {
    close();
    await browser.close();
    await rm(folder, { recursive: true });
  }
});
