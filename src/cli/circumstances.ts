/** Where and when something was run: what a figure means nothing without. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface Circumstances {
  /** ISO 8601. */
  readonly date: string;
  /** Of the checkout that was run; an installed package has none. */
  readonly commit?: string;
  /** Node's version. */
  readonly node: string;
  readonly cpu: string;
  /** Hardware threads that the process may use. */
  readonly threads: number;
  readonly platform: string;
}

const ROOT = new URL("../../", import.meta.url);

export async function circumstances(): Promise<Circumstances> {
  const commit = await commitOf(ROOT);
  return {
    date: new Date().toISOString(),
    ...(commit === undefined ? {} : { commit }),
    node: process.version,
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    threads: os.availableParallelism(),
    platform: `${os.platform()} ${os.arch()}`,
  };
}

/** As one line. */
export function inOneLine({ cpu, threads, node, platform, commit }: Circumstances): string {
  return `${cpu}, ${threads} threads, Node ${node}, ${platform}${commit === undefined ? "" : `, commit ${commit}`}`;
}

/** As names and values, for a report. */
export function asFacts({
  cpu,
  threads,
  node,
  platform,
  commit,
  date,
}: Circumstances): [name: string, value: string][] {
  return [
    ["Processor", cpu],
    ["Hardware threads", `${threads}`],
    ["Node", node],
    ["Platform", platform],
    ["Commit", commit ?? "an installed package"],
    ["Date", `${date.slice(0, 16).replace("T", " ")} UTC`],
  ];
}

/** Of this very checkout: a package in somebody's node_modules must not tell that one's commit. */
async function commitOf(root: URL): Promise<string | undefined> {
  if (!existsSync(new URL(".git", root))) return undefined;
  const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: fileURLToPath(root) });
  try {
    const { stdout } = await git("rev-parse", "--short", "HEAD");
    return stdout.trim();
  } catch {
    return undefined; // no git here
  }
}
