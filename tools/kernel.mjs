/**
 * Compiles the kernel (AssemblyScript, entry src/kernel.ts) to wasm: asc first, then binaryen's optimizer again with our
 * own inlining limits. Refuses a module that is not what every thread may instantiate on a memory in use: start-up data
 * or code, imports beyond the memory, or more bytes than its budget.
 *
 * `BUILD` is an integer constant in every kernel source (0 release, 1 checked, 2 model), so `if (BUILD == 1) ...` costs
 * the other builds nothing.
 */
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import binaryen from "binaryen";
import { instrument } from "./instrument.mjs";
import { codeOf, decode, withoutCustomSections } from "./wasm.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const KIB = 1024;

// A facade function is one instruction plus its operands: always worth more inline than as a call.
const ALWAYS_INLINE_MAX_SIZE = 12;
// The checked build's verifies its address first, and must not be a call either: in a window it would be a safepoint.
const CHECKED_INLINE_MAX_SIZE = 40;

/**
 * What sets the builds apart. `imports`: the functions a build may import, as "module.name"; undefined for any. `exports`:
 * a file whose functions it exports on top of kernel.ts's. `inline`: the size up to which functions are inlined always.
 */
const BUILDS = {
  release: { constant: 0, budget: 25 * KIB, imports: [], asc: ["--noAssert"] },
  checked: {
    constant: 1,
    budget: 60 * KIB,
    imports: ["instrument.fault"],
    exports: "arc/kernel/audit.ts",
    inline: CHECKED_INLINE_MAX_SIZE,
    asc: [],
  },
  model: { constant: 2, budget: undefined, imports: undefined, exports: "check/kernel/host.ts", asc: [] },
};

// Leaf functions of this size are inlined at every call site: windows may hold no call, so what runs in one must fit.
const FLEXIBLE_INLINE_MAX_SIZE = 100;
// A function with one caller exists for the reader; inlining it never costs a byte.
const ONE_CALLER_INLINE_MAX_SIZE = 1000;

// What asc was allowed to use; all of it is in every engine that has shared memory.
const { MutableGlobals, SignExt, NontrappingFPToInt, BulkMemory, BulkMemoryOpt } = binaryen.Features;
const FEATURES = MutableGlobals | SignExt | NontrappingFPToInt | BulkMemory | BulkMemoryOpt | binaryen.Features.Atomics;

/** Blocks of 3 slots and of 1: hand-over and recycling happen in programs of a few steps. */
const MODEL_LAP_BITS = [2, 1];

/** The builds whose bytes the package carries, and the module that carries them. */
const EMBEDDED = { release: "src/heap/wasm/release.ts", checked: "src/heap/wasm/checked.ts" };

/**
 * Compiles one build of the kernel. Answers `bytes` (no names) and `named` (same code, with function names).
 *
 *   build       "release", "checked" or "model"
 *   sourceRoot  the folder that holds kernel.ts; the default is this project's src
 *   edit        (path, text) => text, applied to every source as it is read: how a mutant is made
 *   optimize    false skips the optimizer for a quick compile; the model build is never optimized before asyncify
 *   lapBits     log2 of the positions of a queue's block; the model build's blocks are tiny
 *   outFile     where to write the named binary, if anywhere
 */
export async function buildKernel({
  build,
  sourceRoot = path.join(ROOT, "src"),
  edit,
  optimize = true,
  lapBits = 6,
  outFile,
}) {
  const settings = BUILDS[build];
  if (settings === undefined) throw new Error(`no build named ${build}: ${Object.keys(BUILDS).join(", ")}`);
  let named = await compile(settings, sourceRoot, edit, optimize && build !== "model", lapBits);
  if (build === "model") named = asyncify(named, optimize);
  else if (optimize) named = inlineAndOptimize(named, settings.inline);
  if (build !== "model") named = padWaits(named);
  verify(build, settings, named);
  const bytes = withoutCustomSections(named);
  if (outFile !== undefined) {
    await mkdir(path.dirname(outFile), { recursive: true });
    await writeFile(outFile, named);
  }
  return { bytes, named, budget: settings.budget };
}

async function compile(settings, sourceRoot, edit, optimize, lapBits) {
  const flags = ["--runtime", "stub", "--enable", "threads", "--debug", "--noColors"];
  flags.push(
    "--importMemory",
    "--noExportMemory",
    "--sharedMemory",
    "--initialMemory",
    "1",
    "--maximumMemory",
    "65536",
  );
  flags.push("--use", "abort=", "--use", `BUILD=${settings.constant}`, "--use", `LAP_BITS=${lapBits}`, ...settings.asc);
  flags.push(...(optimize ? ["--optimizeLevel", "3", "--converge"] : ["--optimizeLevel", "0"]));
  let wasm;
  const entries = ["kernel.ts", ...(settings.exports === undefined ? [] : [settings.exports])];
  const result = await asc.main([...entries, "--baseDir", sourceRoot, "--outFile", "kernel.wasm", ...flags], {
    readFile: (name, base) => readSource(path.resolve(base, name), edit),
    writeFile: (_name, contents) => {
      wasm = contents;
    },
  });
  // asc reports on its search for a fixed point as if it were a problem.
  const messages = result.stderr.toString().replaceAll("Last converge was suboptimal.\n", "").trim();
  if (result.error) throw new Error(`${result.error.message}\n${messages}`);
  if (messages !== "") process.stderr.write(`${messages}\n`);
  return wasm;
}

/** asc probes several paths per import and takes null for "not there". */
function readSource(file, edit) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "EISDIR") return null;
    throw error;
  }
  return edit === undefined ? text : edit(file, text);
}

/** Runs `passes` over a binary and keeps function names. Binaryen's settings are global, so all of them are set here. */
function withBinaryen(wasm, level, passes, inline = ALWAYS_INLINE_MAX_SIZE) {
  binaryen.setOptimizeLevel(level);
  binaryen.setShrinkLevel(0);
  binaryen.setAlwaysInlineMaxSize(inline);
  binaryen.setFlexibleInlineMaxSize(FLEXIBLE_INLINE_MAX_SIZE);
  binaryen.setOneCallerInlineMaxSize(ONE_CALLER_INLINE_MAX_SIZE);
  binaryen.setAllowInliningFunctionsWithLoops(false);
  binaryen.setGenerateStackIR(true);
  binaryen.setOptimizeStackIR(true);
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinaryWithFeatures(wasm, FEATURES);
  try {
    passes(module);
    if (!module.validate()) throw new Error("binaryen made an invalid kernel");
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Until the code stops changing: a function that shrank by inlining may now be small enough to be inlined itself. */
function inlineAndOptimize(wasm, inline) {
  let before = wasm;
  for (let round = 0; round < 8; round++) {
    const after = withBinaryen(before, 3, (module) => module.optimize(), inline);
    if (Buffer.compare(codeOf(after), codeOf(before)) === 0) return after;
    before = after;
  }
  return before;
}

const WAIT = "memory.atomic.wait32";

/**
 * Gives each function that waits one local more, which nobody uses, as its last one.
 *
 * V8's baseline compiler (Liftoff; Node 20 and 22 at least) saves the address that a wait is for, an i32 on its stack with room
 * for 4 bytes, as 8 bytes, and so overwrites half of what lies above: the function's last local. Whoever had parked in a
 * loop went on with, say, a capacity of 0. The kernel's only f32 is there to be overwritten.
 */
function padWaits(wasm) {
  const waiting = decode(wasm).functions.filter(({ code }) => code?.some(({ op }) => op === WAIT));
  return withBinaryen(wasm, 0, (module) => {
    for (const { name } of waiting) binaryen._BinaryenFunctionAddVar(module.getFunction(name), binaryen.f32);
  });
}

/** What may suspend the model kernel: an access, having to wait, and waking others. */
const SUSPENDING = ["point", "stuck", "park", "wake"];

/**
 * Lets these imported functions suspend the kernel. Optimizing afterwards is safe: the calls are split by then. From level 1 on the pass
 * also optimizes what it makes, which takes four times as long as the rest of a compile.
 */
function asyncify(wasm, optimize) {
  const imports = decode(wasm).imports.filter(({ name }) => SUSPENDING.includes(name));
  binaryen.setPassArgument("asyncify-imports", imports.map(({ module, name }) => `${module}.${name}`).join(","));
  binaryen.setPassArgument("asyncify-ignore-indirect", "1");
  const split = withBinaryen(wasm, optimize ? 1 : 0, (module) => module.runPasses(["asyncify"]));
  binaryen.clearPassArguments();
  return optimize ? withBinaryen(split, 2, (module) => module.optimize()) : split;
}

function verify(build, settings, wasm) {
  const module = decode(wasm);
  const faults = [];
  if (module.dataSegments > 0)
    faults.push(`${module.dataSegments} data segment(s): instantiating would overwrite a memory in use`);
  if (module.start !== undefined) faults.push("a start function: instantiating would run code on a memory in use");
  for (const { module: from, name, kind } of module.imports) {
    if (from === "env" && name === "memory" && kind === "memory") continue;
    if (kind === "function" && (settings.imports?.includes(`${from}.${name}`) ?? true)) continue;
    faults.push(`the import ${from}.${name} (${kind})`);
  }
  for (const { name, code, lastLocal } of module.functions) {
    const waits = code?.some(({ op }) => op === WAIT);
    if (waits && build !== "model" && lastLocal !== "f32") faults.push(`a wait in ${name} that overwrites a local`);
  }
  const size = withoutCustomSections(wasm).length;
  if (settings.budget !== undefined && size > settings.budget)
    faults.push(`${size} bytes, over its budget of ${settings.budget}`);
  if (faults.length > 0) throw new Error(`the ${build} kernel has ${faults.join(", and ")}`);
}

/**
 * Compiles the model kernel with blocks of 2^lapBits - 1 slots. Answers its bytes and the names of its sites. `mutate`
 * changes the sources first. `release`: the named release kernel, which says what functions there are to stop in.
 */
export async function buildModel({ lapBits, release, mutate = (_file, text) => text, optimize }) {
  const survivors = decode(release)
    .functions.filter(({ code }) => code !== undefined)
    .map(({ name }) => name.split("/").slice(-2).join("/"));
  const sites = [];
  const mark = instrument(ROOT, sites, survivors);
  const edit = (file, text) => mark(file, mutate(file, text));
  const { bytes } = await buildKernel({ build: "model", edit, lapBits, optimize });
  return { bytes, sites };
}

/** Builds everything the package carries, into generated modules and, with names, into build/ for the tools. */
export async function buildEmbeddedKernels() {
  for (const [build, file] of Object.entries(EMBEDDED)) {
    const { bytes, budget } = await buildKernel({
      build,
      outFile: path.join(ROOT, `build/kernel-${build}.named.wasm`),
    });
    const source = `// Generated by tools/kernel.mjs: the ${build} kernel, ${bytes.length} bytes.\nexport const bytes: string =\n  "${Buffer.from(bytes).toString("base64")}";\n`;
    await mkdir(path.dirname(path.join(ROOT, file)), { recursive: true });
    await writeFile(path.join(ROOT, file), source);
    console.log(`kernel ${build}: ${bytes.length} of ${budget} bytes`);
  }
  const release = await readFile(path.join(ROOT, "build/kernel-release.named.wasm"));
  const models = [];
  for (const lapBits of MODEL_LAP_BITS) models.push(await buildModel({ lapBits, release }));
  const [first] = models;
  const embedded = models.map(
    ({ bytes }, i) => `  ${2 ** MODEL_LAP_BITS[i] - 1}: "${Buffer.from(bytes).toString("base64")}",\n`,
  );
  await mkdir(path.join(ROOT, "src/check/wasm"), { recursive: true });
  await writeFile(
    path.join(ROOT, "src/check/wasm/model.ts"),
    `// Generated by tools/kernel.mjs: the model kernels, by slots in a block, and the names of their sites.\n` +
      `export const kernels: Readonly<Record<number, string>> = {\n${embedded.join("")}};\n` +
      `export const sites: readonly string[] = ${JSON.stringify(first.sites, null, 2)};\n`,
  );
  console.log(
    `kernel model: ${models.map(({ bytes }) => bytes.length).join(" and ")} bytes, ${first.sites.length} sites`,
  );
}
