/** The state machine, and the world around it, from their sources: as they are, or with a fault put in. */
import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import type { Mutant } from "./mutants.js";
import type { LivenessClass, World } from "./simulator.js";

const ROOT = new URL("../../", import.meta.url);
const FILES = ["src/heap/liveness.ts", "test/death/simulator.ts"] as const;

/** Both of them; a mutant's file has its fault. Private fields are plain ones, so that a search can keep and copy what is in them. */
export async function loadAll(mutant?: Mutant): Promise<{ Liveness: LivenessClass; World: typeof World }> {
  const modules = FILES.map(async (file) => {
    const text = readFileSync(new URL(file, ROOT), "utf8");
    const edited = mutant?.file === file ? edit(text, mutant) : text;
    const { code } = await transform(edited.replace(/#(?=[a-zA-Z])/g, "_"), { loader: "ts", target: "node20" });
    return import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  });
  return Object.assign({}, ...(await Promise.all(modules)));
}

function edit(text: string, { name, edits }: Mutant): string {
  let edited = text;
  for (const [find, replacement] of edits) {
    const count = edited.split(find).length - 1;
    if (count !== 1) throw new Error(`the mutant ${name} is out of date: its text is there ${count} times: ${find}`);
    edited = edited.replace(find, () => replacement);
  }
  return edited;
}
