// A web server's log, and what is asked of it: how many requests there were for each path, and how they went.
//
//   2026-03-01T12:00:00Z GET /shop/17 200 5123 48

/** Numbers that look random and come again with the same seed: `next(n)` is an integer from 0 to n - 1. */
export function random(seed) {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** Lines of such a log, `count` at a time. */
export function* lines(seed, count) {
  const next = random(seed);
  const start = Date.UTC(2026, 2, 1);
  for (let second = 0; ; second++) {
    const time = new Date(start + 1000 * second).toISOString().replace(".000", "");
    let text = "";
    for (let i = 0; i < count; i++) {
      const status = next(12) === 0 ? 500 + next(4) : 200;
      text += `${time} GET /shop/${next(40)} ${status} ${next(100_000)} ${next(1000)}\n`;
    }
    yield text;
  }
}

/** The requests in these lines. */
export function parse(text) {
  const requests = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, , path, status, bytes, ms] = line.split(" ");
    requests.push({ path, status: Number(status), bytes: Number(bytes), ms: Number(ms) });
  }
  return requests;
}

/** Requests added up, by path. */
export class Totals {
  /** @type {Map<string, { requests: number, failed: number, bytes: number, slowest: number }>} */
  #paths = new Map();

  add({ path, status, bytes, ms }) {
    if (!this.#paths.has(path)) this.#paths.set(path, { requests: 0, failed: 0, bytes: 0, slowest: 0 });
    const total = this.#paths.get(path);
    total.requests++;
    if (status >= 500) total.failed++;
    total.bytes += bytes;
    total.slowest = Math.max(total.slowest, ms);
  }

  toString() {
    const rows = [...this.#paths].sort(([one], [other]) => one.localeCompare(other, "en", { numeric: true }));
    return rows
      .map(([path, { requests, failed, bytes, slowest }]) => {
        return `${path}: ${requests} requests, ${failed} failed, ${bytes} bytes, ${slowest} ms at most`;
      })
      .join("\n");
  }
}

/** The whole lines of a stream of chunks, in pieces about as large as those. */
export async function* wholeLines(chunks) {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) yield Buffer.concat([rest, chunk.subarray(0, end)]);
    rest = end > 0 ? Buffer.from(chunk.subarray(end)) : Buffer.concat([rest, chunk]);
  }
  if (rest.length > 0) yield rest;
}
