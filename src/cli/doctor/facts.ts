/**
 * What this host offers, found by trying. Nothing in here judges: see advice.ts.
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, endianness, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isMainThread } from "node:worker_threads";
import { clone } from "../../index.js";
import { proofOfDeath } from "../../internals.js";
import type { Reserved } from "./reserve.js";

export interface Facts {
  readonly runtime: "node" | "bun" | "deno";
  /** Of the runtime, without a "v". */
  readonly version: string;
  readonly v8: string;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly littleEndian: boolean;
  /** Hardware threads of the machine, and how many of them this process may use. */
  readonly cores: number;
  readonly available: number;
  /** Processor time that the process's control group may use, in cores; undefined: as much as there is. */
  readonly quota: number | undefined;
  /** Bytes of memory that the process may use: the control group's, or the machine's. */
  readonly memory: number;
  readonly sharedMemory: boolean;
  /** WebAssembly with shared memory. */
  readonly sharedWasm: boolean;
  /** Whether there is a `v8.Serializer` that works, which the element type `clone` needs. */
  readonly canClone: boolean;
  readonly waitAsync: boolean;
  readonly pause: boolean;
  /** Whether this thread may block. */
  readonly mayBlock: boolean;
  /** By what the death of a thread is proven: the operating system, the exit of a worker that was started here, or nothing. */
  readonly proofOfDeath: "system" | "exit" | "none";
  readonly mainThread: boolean;
  /** Whether this code lives in a context of `node:vm`. */
  readonly vm: boolean;
  /** Whether worker threads may be started: Node's permission model can forbid it. */
  readonly workers: boolean;
  /** Undefined: it could not be tried. */
  readonly reserved: Reserved | undefined;
}

/** How long the trial reservations may take. */
const PATIENCE_MS = 10_000;

export async function probe(signal?: AbortSignal): Promise<Facts> {
  const sharedMemory = typeof SharedArrayBuffer === "function";
  const sharedWasm = sharedMemory && hasSharedWasm();
  const { bun, deno } = process.versions;
  return {
    runtime: bun !== undefined ? "bun" : deno !== undefined ? "deno" : "node",
    version: bun ?? deno ?? process.versions.node,
    v8: process.versions.v8 ?? "none",
    platform: process.platform,
    arch: process.arch,
    littleEndian: endianness() === "LE",
    cores: cpus().length,
    available: availableParallelism(),
    quota: process.platform === "linux" ? cpuQuota() : undefined,
    memory: memoryLimit(),
    sharedMemory,
    sharedWasm,
    canClone: canClone(),
    waitAsync: typeof Atomics.waitAsync === "function",
    pause: typeof (Atomics as { pause?: unknown }).pause === "function",
    mayBlock: sharedMemory && mayBlock(),
    proofOfDeath,
    mainThread: isMainThread,
    // Node's own classes are the main context's; the globals of another one are not among their ancestors.
    vm: !(Buffer.prototype instanceof Uint8Array),
    workers: mayStartWorkers(),
    reserved: sharedWasm ? await tryToReserve(signal) : undefined,
  };
}

/** What `find` returns, or `otherwise` where it throws. */
function tried<T>(find: () => T, otherwise: T): T {
  try {
    return find();
  } catch {
    return otherwise;
  }
}

export function canClone(): boolean {
  return tried(() => clone.encode(null).length > 0, false);
}

function hasSharedWasm(): boolean {
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return (memory.buffer as unknown) instanceof SharedArrayBuffer;
  } catch (error) {
    // That there is no room for even one is for `reserved` to tell.
    return error instanceof RangeError;
  }
}

function mayBlock(): boolean {
  return tried(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === "not-equal", false);
}

function mayStartWorkers(): boolean {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  return permission?.has("worker") ?? true;
}

function memoryLimit(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  // Where there is none, this is 0 or more than any machine has.
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Of control groups of version 2, then 1. */
function cpuQuota(): number | undefined {
  const [quota, period] = readWords("/sys/fs/cgroup/cpu.max") ?? [
    ...(readWords("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") ?? []),
    ...(readWords("/sys/fs/cgroup/cpu/cpu.cfs_period_us") ?? []),
  ];
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : undefined;
}

function readWords(file: string): string[] | undefined {
  return tried(() => readFileSync(file, "utf8").trim().split(/\s+/), undefined);
}

/** In a process of its own: it gives back everything, and where address space is scarce V8 may end it instead of throwing. */
async function tryToReserve(signal: AbortSignal | undefined): Promise<Reserved | undefined> {
  const script = fileURLToPath(new URL("./reserve.js", import.meta.url));
  // The same limits and flags as here.
  const args = [...process.execArgv, script];
  try {
    const options = { timeout: PATIENCE_MS, killSignal: "SIGKILL" as const, signal, encoding: "utf8" as const };
    const { stdout } = await promisify(execFile)(process.execPath, args, options);
    return JSON.parse(stdout) as Reserved;
  } catch {
    return undefined;
  }
}
