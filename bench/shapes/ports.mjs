// @ts-check
/**
 * What threads do whose links are ports: one message each through `postMessage`, from each sender to each receiver in turn.
 * `null` is the last message of a port.
 */
import { MessageChannel } from "node:worker_threads";

/**
 * @typedef {import("node:worker_threads").MessagePort} Port
 * @typedef {{ out: Port[], into: Port[] }} Ends
 * @typedef {import("./program.mjs").Work<Ends>} Work
 */

/** Makes ports from each of a number of threads to each of another number. @param {number} from @param {number} to */
function link(from, to) {
  const pairs = Array.from({ length: from }, () => Array.from({ length: to }, () => new MessageChannel()));
  return {
    outs: pairs.map((pair) => pair.map(({ port1 }) => port1)),
    ins: Array.from({ length: to }, (_, i) => pairs.map((pair) => pair[i]?.port2)),
  };
}

/** @param {Partial<Ends>} ends @returns {Ends} */
const open = ({ out = [], into = [] }) => ({ out, into });

/** Settles when all ports have sent their last message. @param {Port[]} ports @param {(message: any, port: number) => void} take */
function received(ports, take) {
  let left = ports.length;
  return new Promise((resolve) => {
    for (const [i, port] of ports.entries()) {
      port.on("message", (message) => {
        if (message !== null) take(message, i);
        else if (--left === 0) resolve(undefined);
      });
    }
  });
}

/** @param {Port[]} ports */
function end(ports) {
  for (const port of ports) port.postMessage(null);
}

/** @param {Work} work */
async function source({ ends: { out }, first, items, make }) {
  for (let n = 0; n < items; n++) out[n % out.length]?.postMessage(make(first + n));
  end(out);
}

/** @param {Work} work */
async function relay({ ends: { out, into }, first, change }) {
  let next = 0;
  await received(into, (message) => out[next++ % out.length]?.postMessage(change(message, first)));
  end(out);
}

/** @param {Work} work */
async function sink({ ends: { into }, wordOf, tally }) {
  await received(into, (message) => tally.take(wordOf(message)));
}

/** The worker that has sent a result gets the next job. @param {Work} work */
async function pool({ ends: { out, into }, items, underWay, make, wordOf, tally }) {
  let sent = 0;
  let began = performance.now();
  while (sent < items && sent < underWay) out[sent % out.length]?.postMessage(make(sent++));
  await received(into, (result, worker) => {
    tally.take(wordOf(result));
    if (underWay === 1) {
      const time = performance.now();
      tally.calls.push(time - began);
      began = time;
    }
    if (sent < items) out[worker]?.postMessage(make(sent++));
    else if (tally.count === items) end(out);
  });
}

export const ports = { link, open, source, relay, sink, pool };
