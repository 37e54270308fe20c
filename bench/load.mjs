// @ts-check
/**
 * What it takes a worker to load the package: from `new Worker` to its first message, with an import of shmol and without.
 *
 *   node bench/load.mjs [/path/to/other/checkout/dist] [ROUNDS]      in turns, milliseconds, the median and the fastest
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const [other, rounds = "40"] = process.argv.slice(2);
const DIST = fileURLToPath(new URL("../dist", import.meta.url));

const folder = mkdtempSync(path.join(tmpdir(), "shmol-load-"));

/** @param {string} dist @param {string} entry */
const imported = (dist, entry) => `import ${JSON.stringify(pathToFileURL(path.join(path.resolve(dist), entry)).href)};`;

/** By name: what the worker does before it says that it is there. @type {Record<string, string>} */
const programs = {
  nothing: "",
  shmol: imported(DIST, "index.js"),
  "shmol/arc": imported(DIST, "arc/index.js"),
  ...(other === undefined ? {} : { [`shmol of ${other}`]: imported(other, "index.js") }),
};

/** @param {string} file @returns {Promise<number>} milliseconds */
async function start(file) {
  const started = performance.now();
  const worker = new Worker(file);
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  const ms = performance.now() - started;
  await worker.terminate();
  return ms;
}

/** @type {Record<string, number[]>} */
const times = Object.fromEntries(Object.keys(programs).map((name) => [name, []]));
try {
  const files = Object.entries(programs).map(([name, program], i) => {
    const file = path.join(folder, `${i}.mjs`);
    writeFileSync(file, `${program}\nimport { parentPort } from "node:worker_threads";\nparentPort.postMessage("");\n`);
    return { name, file };
  });
  for (let round = 0; round < Number(rounds); round++)
    for (const { name, file } of files) times[name]?.push(await start(file));
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
