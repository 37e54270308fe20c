// A web server's log, and what is asked of it: for each path how many requests failed or were slow, and what they cost.
//
//   2026-03-01T12:00:00Z GET /shop/17 200 5123 48

const SLOW_MS = 900;

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

/** Calls `found` for each line of the text that failed or was slow: path, status, bytes, milliseconds. */
export function find(text, found) {
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const [, , path, status, bytes, ms] = line.split(" ");
    if (Number(status) >= 500 || Number(ms) >= SLOW_MS) {
      found({
        path: Number(path.slice("/shop/".length)),
        status: Number(status),
        bytes: Number(bytes),
        ms: Number(ms),
      });
    }
  }
}

/** What was found, by path. */
export class Totals {
  #paths = new Map();

  add({ path, status, bytes, ms }) {
    const total = this.#paths.get(path) ?? { failed: 0, slow: 0, bytes: 0, ms: 0 };
    if (status >= 500) total.failed++;
    if (ms >= SLOW_MS) total.slow++;
    total.bytes += bytes;
    total.ms += ms;
    this.#paths.set(path, total);
  }

  toString() {
    const rows = [...this.#paths].sort(([one], [other]) => one - other);
    return rows
      .map(
        ([path, { failed, slow, bytes, ms }]) =>
          `/shop/${path}: ${failed} failed, ${slow} slow, ${bytes} bytes, ${ms} ms`,
      )
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
