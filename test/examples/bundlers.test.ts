/** Bundlers: what they make of the examples runs, kernel and worker included, and has nothing in it that nobody imports. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { build, type Metafile } from "esbuild";
import { ConcurrentQueue, struct, u32 } from "shmol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import vite from "../../examples/bundlers/vite/vite.config.mjs";
import { launch, open, serve } from "../browser/pages.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const VITE = path.join(ROOT, "node_modules/vite/bin/vite.js");
const SUM = "332833500";
/** A kernel as it is in a script: base64 of "\0asm", version 1 and at least 15 KB more. */
const KERNEL = /["'`]AGFzbQEAAAA[\w+/=]{20000,}["'`]/g;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "shmol-"));
});
afterAll(() => rm(folder, { recursive: true }));

const run = async (args: string[], env = {}) => {
  const options = { cwd: ROOT, timeout: 50_000, env: { ...process.env, ...env } };
  return (await promisify(execFile)(process.execPath, args, options)).stdout.trim();
};

describe("the README's first example, bundled for Node", () => {
  test("by esbuild: a main file, a worker, and a chunk that they share", async () => {
    const out = path.join(folder, "esbuild");
    await run(["examples/bundlers/esbuild/build.mjs", out]);
    await runsAlone(out);
  });

  test("by Vite", async () => {
    const out = path.join(folder, "vite-node");
    await run([VITE, "build", "--config", "examples/bundlers/vite/node.config.mjs"], { OUT_DIR: out });
    await runsAlone(out);
  });

  /** Nothing but the bundle is there: it lies where no node_modules are. */
  async function runsAlone(out: string): Promise<void> {
    const files = await readdir(out);
    expect(files).toHaveLength(3);
    expect(files).toEqual(expect.arrayContaining(["main.mjs", "worker.mjs"]));
    const texts = await Promise.all(files.map((file) => readFile(path.join(out, file), "utf8")));
    // Doc comments may stay in, and import it in their examples.
    for (const text of texts) expect(text).not.toMatch(/^import\b.*from\s*["']shmol/m);
    expect(kernelsIn(texts.join("")), "one release kernel, one checked").toBe(2);
    expect(await run([path.join(out, "main.mjs")])).toBe(SUM);
  }
});

describe("a page and its worker, built by Vite", () => {
  let out: string;
  beforeAll(async () => {
    out = path.join(folder, "vite");
    await run([VITE, "build", "examples/bundlers/vite"], { OUT_DIR: out });
  });

  test("each have the kernel, and no module of Node's", async () => {
    expect(existsSync(path.join(out, "index.html"))).toBe(true);
    const scripts = await readdir(path.join(out, "assets"));
    const [page, worker] = [/^index-.*\.js$/, /^worker-.*\.js$/].map((name) => scripts.find((file) => name.test(file)));
    const read = (file = "missing") => readFile(path.join(out, "assets", file), "utf8");
    expect(await read(page)).toContain(`assets/${worker}`);
    for (const text of [await read(page), await read(worker)]) {
      expect(kernelsIn(text)).toBe(2);
      expect(text).not.toMatch(/(from|import)\s*\(?["'`](node:|shmol)/);
    }
  });

  test("work in a browser, on shared memory", async () => {
    const answer = await inBrowser(out, vite.preview?.headers as Record<string, string>);
    expect(answer).toEqual({ output: SUM, errors: [] });
  });

  test("fail in a browser that gives the page no shared memory, which says so", async () => {
    const { output, errors } = await inBrowser(out, {});
    expect(output).toBe("being worked out");
    expect(errors.join()).toMatch(/SharedArrayBuffer/);
  });
});

describe("what is not imported is not bundled", () => {
  test.each([
    ["Heap", ["arc", "heap"], 160_000],
    ["Arc", ["arc", "heap"], 160_000],
    ["ConcurrentQueue", ["arc", "heap", "queue"], 188_000],
    ["SharedEvent", ["arc", "heap", "listener", "queue"], 202_000],
    ["channel", ["arc", "channel", "heap", "listener", "queue"], 218_000],
  ])("%s alone is made of %j, in %i bytes", async (name, components, most) => {
    const { sources, text } = await bundled(`export { ${name} } from "shmol"`);
    expect([...new Set(sources.map((file) => file.split("/")[0]))].sort()).toEqual(components);
    expect(kernelsIn(text)).toBe(2);
    expect(text.length).toBeLessThan(most);
  });

  test("records are not there where none is declared; then a token of them is refused, and the error says what to do", async () => {
    const queue = ConcurrentQueue.unbounded(struct({ id: u32 }));
    queue.push({ id: 7 });
    /** What a bundled worker makes of the token. */
    const popped = async (imports: string, args: string) => {
      const { text } = await bundled(`
        import { workerData, parentPort } from "node:worker_threads";
        import { ${imports} } from "shmol";
        try { parentPort.postMessage(ConcurrentQueue.open(${args}).pop()); }
        catch (error) { parentPort.postMessage(error.message); }`);
      const file = path.join(folder, "popper.mjs");
      await writeFile(file, text);
      const worker = new Worker(file, { workerData: queue.share() });
      const [message] = await once(worker, "message", { signal: AbortSignal.timeout(20_000) });
      await worker.terminate();
      return message;
    };
    expect(await popped("ConcurrentQueue", "workerData")).toMatch(
      /of type "struct{.*", and this program was bundled without records: pass the type as the second argument$/,
    );
    expect(await popped("ConcurrentQueue, struct, u32", "workerData, struct({ id: u32 })")).toEqual({ id: 7 });
    queue.drop();
  });

  test("the whole package has neither the command line nor the checker", async () => {
    const { sources } = await bundled('export * from "shmol"');
    expect(sources.filter((file) => /^(cli|check)\b/.test(file))).toEqual([]);
  });

  test("importing it for nothing leaves nothing", async () => {
    expect((await bundled('import "shmol"; import { Heap } from "shmol"')).text).toBe("");
    const { sources, text } = await bundled('import "shmol/checked"');
    expect([...new Set(sources.map((file) => file.split("/")[0]))].sort(), "but for the switch").toEqual([
      "arc",
      "checked.ts",
      "heap",
    ]);
    expect(text.length).toBeLessThan(160_000);
  });
});

/** What the example's page comes to when it is served with these headers and opened. */
async function inBrowser(folder: string, headers: Readonly<Record<string, string>>) {
  const [browser, { url, close }] = await Promise.all([launch(), serve(folder, headers)]);
  try {
    const { page, errors } = await open(browser, url);
    const output = () => page.evaluate(() => document.querySelector("output")?.value);
    while ((await output()) === "being worked out" && errors.length === 0) await sleep(20);
    return { output: await output(), errors };
  } finally {
    close();
    await browser.close();
  }
}

function kernelsIn(text: string): number {
  return [...text.matchAll(KERNEL)].length;
}

/** What came of a program that was bundled and minified: the sources of the files that something is left of. */
async function bundled(contents: string): Promise<{ sources: string[]; text: string }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    ...{ bundle: true, minify: true, write: false, metafile: true },
    ...{ format: "esm", platform: "neutral", target: "es2022", logLevel: "silent" },
    external: ["node:*"],
  });
  const [output] = Object.values((metafile as Metafile).outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const files = used.map(([file]) => file).filter((file) => file !== "<stdin>");
  const maps = await Promise.all(files.map((file) => readFile(path.join(ROOT, `${file}.map`), "utf8")));
  const sources = maps.flatMap((map) => (JSON.parse(map) as { sources: string[] }).sources);
  return { sources: sources.map((file) => file.replace(/^.*\bsrc\//, "")), text: outputFiles?.[0]?.text ?? "" };
}
