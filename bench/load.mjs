// @ts-check
/**
 * What it takes a worker to load the package: from `new Worker` to its first message, with an import of shmol and without; and
 * to instantiate the kernel and open a queue, by its own clock.
 *
 *   node bench/load.mjs [/path/to/other/checkout/dist] [ROUNDS]      in turns, milliseconds, the median and the fastest
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

import { ConcurrentQueue, i32 } from "shmol";

const [other, rounds = "40"] = process.argv.slice(2);
const DIST = fileURLToPath(new URL("../dist", import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), "shmol-load-"));

/** @param {string} dist @param {string} entry */
const imported = (dist, entry) => `import ${JSON.stringify(pathToFileURL(path.join(path.resolve(dist), entry)).href)};`;

const workerData = ConcurrentQueue.unbounded(i32).share({ opens: 1000 });
const OPENS = `
import { workerData } from "node:worker_threads";
import { ConcurrentQueue, i32 } from ${JSON.stringify(pathToFileURL(path.join(DIST, "index.js")).href)};
const started = performance.now();
ConcurrentQueue.open(workerData, i32);
const ms = performance.now() - started;`;

/** By name: what the worker does before it says that it is there. @type {Record<string, string>} */
const programs = {
  nothing: "",
  shmol: imported(DIST, "index.js"),
  "shmol/arc": imported(DIST, "arc/index.js"),
  "shmol, and opens": OPENS,
  ...(other === undefined ? {} : { [`shmol of ${other}`]: imported(other, "index.js") }),
};

/** @param {string} file @returns {Promise<{ ms: number, own: number }>} what it took, and what the worker says itself */
async function start(file) {
  const started = performance.now();
  const worker = new Worker(file, { workerData });
  const own = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  const ms = performance.now() - started;
  await worker.terminate();
  return { ms, own };
}

/** @type {Record<string, number[]>} */
const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
/** @type {number[]} */
const opens = [];
try {
  const files = Object.entries(programs).map(([name, program], i) => {
    const file = path.join(folder, `${i}.mjs`);
    writeFileSync(
      file,
      `${program}\nimport { parentPort } from "node:worker_threads";\nparentPort.postMessage(typeof ms === "number" ? ms : 0);\n`,
    );
    return { name, file };
  });
  for (let round = 0; round < Number(rounds); round++)
    for (const { name, file } of files) {
      const { ms, own } = await start(file);
      times[name]?.push(ms);
      if (name === "shmol, and opens") opens.push(own);
    }
} finally {
  rmSync(folder, { recursive: true });
}

const median = (/** @type {number[]} */ sorted) => /** @type {number} */ (sorted[sorted.length >> 1]);
const base = median((times.nothing ?? []).toSorted((a, b) => a - b));
for (const [name, ms] of Object.entries(times)) {
  const sorted = ms.toSorted((a, b) => a - b);
  const more = name === "nothing" ? "" : `  ${(median(sorted) - base).toFixed(1)} more`;
  console.log(`${name.padEnd(24)} ${median(sorted).toFixed(1)} ms, fastest ${sorted[0]?.toFixed(1)}${more}`);
}
const sorted = opens.toSorted((a, b) => a - b);
console.log(`to instantiate and open  ${median(sorted).toFixed(2)} ms, fastest ${sorted[0]?.toFixed(2)}`);
