/** Notes of what happens in a project, one line of JSON each. The test that has started the runner reads them. */
import { appendFileSync } from "node:fs";

const FILE = new URL("notes.jsonl", import.meta.url);

export function note(what) {
  appendFileSync(FILE, `${JSON.stringify({ process: process.pid, ...what })}\n`);
}
