/**
 * `postMessage`, the way that JavaScript has of its own: from worker to worker through a MessageChannel, and from a worker
 * to its parent. A port has two ends, so there is one for each pair of a producer and a consumer; each producer spreads what
 * it sends over its ports.
 *
 * A port takes any number of messages, so a producer that is faster than its consumer fills the memory. Here it is at most
 * `WINDOW` messages ahead. Now and then the consumer says how far it has come. That costs one message in thousands, and makes the
 * port faster, because fewer messages wait in it.
 */
import { MessageChannel, parentPort as port } from "node:worker_threads";
import type { Payload } from "../payloads.js";
import type { Work } from "../roles.js";
import { OneEach, type Peer } from "./peer.js";

/** What both kinds of port, and a worker, have. */
interface Port {
  postMessage(value: unknown): void;
  on(event: "message", listener: (value: unknown) => void): unknown;
  off(event: "message", listener: (value: unknown) => void): unknown;
}

/** Messages that may be under way. */
const WINDOW = 8192;
/** Messages after which the consumer says so. */
const ACKNOWLEDGE = WINDOW / 4;

/** Workers to workers. */
export const messagePort: Peer = {
  create({ producers, consumers }) {
    const channels = Array.from({ length: producers }, () =>
      Array.from({ length: consumers }, () => new MessageChannel()),
    );
    return {
      producer: new OneEach(channels.map((ofOne) => ofOne.map(({ port1 }) => port1))),
      consumer: new OneEach(Array.from({ length: consumers }, (_, i) => channels.map((ofOne) => ofOne[i]?.port2))),
    };
  },
  join(ends: readonly Port[], role, batch, payload) {
    return overAll(ends, (end) => (role === "producer" ? produce : consume)(end, batch, payload));
  },
};

/** Workers to the main thread. The consumer's ends are the workers themselves, which the harness puts there. */
export const parentPort: Peer = {
  create() {
    return { producer: undefined, consumer: undefined };
  },
  join(workers: readonly Port[], role, batch, payload) {
    if (role === "producer") return produce(port as Port, batch, payload);
    return overAll(workers, (worker) => consume(worker, batch, payload));
  },
};

/** The same work at several ports at once, an even part of each share at each. */
function overAll(ends: readonly Port[], workAt: (end: Port) => Work): Work {
  const works = ends.map(workAt);
  return async ({ first, count }) => {
    const each = count / works.length;
    const sums = await Promise.all(works.map((work, i) => work({ first: first + i * each, count: each })));
    return sums.reduce((all, { count, sum }) => ({ count: all.count + count, sum: (all.sum + sum) | 0 }));
  };
}

function produce(end: Port, batch: number, { make }: Payload): Work {
  const values = new Int32Array(batch);
  return ({ first, count }) =>
    new Promise((resolve) => {
      let sent = 0;
      let allowed = WINDOW;
      const send = () => {
        if (batch === 1) {
          for (; sent < count && sent < allowed; sent++) end.postMessage(make(first + sent));
        } else {
          for (; sent < count && sent / batch < allowed; sent += batch) {
            for (let i = 0; i < batch; i++) values[i] = first + sent + i;
            end.postMessage(values);
          }
        }
        if (sent < count) return;
        end.off("message", acknowledged);
        resolve({ count: 0, sum: 0 });
      };
      const acknowledged = (message: unknown) => {
        if (typeof message !== "number") return;
        allowed += ACKNOWLEDGE;
        send();
      };
      end.on("message", acknowledged);
      send();
    });
}

function consume(end: Port, batch: number, { is, numberOf }: Payload): Work {
  return ({ count }) =>
    new Promise((resolve) => {
      const total = count / batch;
      let done = 0;
      let messages = 0;
      let sum = 0;
      const arrived = (message: unknown) => {
        if (batch === 1) {
          if (!is(message)) return;
          sum = (sum + numberOf(message)) | 0;
        } else {
          if (!(message instanceof Int32Array)) return;
          for (let i = 0; i < batch; i++) sum = (sum + (message[i] as number)) | 0;
        }
        done += batch;
        // Only what the producer will wait for: what it does not read would be in the next repetition's way.
        if (++messages % ACKNOWLEDGE === 0 && messages < total - WINDOW + ACKNOWLEDGE) end.postMessage(messages);
        if (done < count) return;
        end.off("message", arrived);
        resolve({ count: done, sum });
      };
      end.on("message", arrived);
    });
}
