/** Builds and loads the probe that reads true addresses, where there are a C compiler and Node's headers. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export type Address = (array: ArrayBufferView) => bigint;

const SOURCE = fileURLToPath(new URL("./address.c", import.meta.url));

/** The probe, or in words why there is none. */
export function buildProbe(): Address | string {
  const headers = headerFolders().find((folder) => existsSync(join(folder, "node_api.h")));
  if (headers === undefined) return "Node's headers (node_api.h) are not installed";
  const folder = mkdtempSync(join(tmpdir(), "shmol-probe-"));
  const binary = join(folder, "address.node");
  const undefinedSymbols = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  const options = ["-shared", "-fPIC", "-O1", `-I${headers}`, ...undefinedSymbols, "-o", binary];
  let complaint = "";
  try {
    for (const compiler of ["cc", "gcc", "clang"]) {
      try {
        execFileSync(compiler, [...options, SOURCE], { stdio: "pipe" });
        return createRequire(import.meta.url)(binary) as Address;
      } catch (error) {
        complaint ||= String(error);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return `no C compiler built the probe: ${complaint}`;
}

/** Where Node's headers are found: beside the executable, where npm was told, in node-gyp's cache, on the system. */
function headerFolders(): string[] {
  const roots = [
    join(dirname(process.execPath), ".."),
    process.env.npm_config_nodedir,
    join(homedir(), ".cache", "node-gyp", process.versions.node),
    join(homedir(), "Library", "Caches", "node-gyp", process.versions.node),
    "/usr/local",
    "/usr",
  ];
  return roots.filter((root) => root !== undefined).map((root) => join(root, "include", "node"));
}
