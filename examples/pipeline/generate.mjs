// Writes a log file: node generate.mjs FILE [MEGABYTES [SEED]]
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { lines } from "./log.mjs";

const LINES_AT_ONCE = 1000;

export async function generate(file, megabytes = 128, seed = 7) {
  let left = megabytes * 1e6;
  function* upTo() {
    for (const text of lines(seed, LINES_AT_ONCE)) {
      if (left <= 0) return;
      left -= text.length;
      yield text;
    }
  }
  await pipeline(Readable.from(upTo()), createWriteStream(file));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [file, megabytes, seed] = process.argv.slice(2);
  await generate(file, megabytes && Number(megabytes), seed && Number(seed));
}
