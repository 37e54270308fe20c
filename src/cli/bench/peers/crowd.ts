/**
 * A crowd on one thread, and a caller on another one: `CROWD` awaited listeners that one notification settles, or as many
 * messages. The crowd says when it is ready. The time is measured from there, by the caller's clock, until the last promise has
 * settled. By choice a contender's time includes the making of the listeners.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { type EventToken, Heap, SharedEvent } from "../../../index.js";
import type { Work } from "../roles.js";
import type { Peer } from "./peer.js";

/** How many; repetitions are of a multiple of it. */
const CROWD = 1024;

/** In words: how often the crowd was ready, and in the eight bytes from 2 on the caller's clock when it called. */
const READY = 0;
const CALLED = 1;

class Square {
  #words;
  #times;
  #calls = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#times = new Float64Array(buffer);
  }

  static create() {
    return new SharedArrayBuffer(16);
  }

  /** The crowd is there. */
  ready() {
    Atomics.add(this.#words, READY, 1);
    Atomics.notify(this.#words, READY);
  }

  /** The caller waits for the crowd, and looks at the clock. */
  waitUntilReady() {
    Atomics.wait(this.#words, READY, this.#calls++);
    this.#times[CALLED] = Number(process.hrtime.bigint());
  }

  /** Nanoseconds since the call that brought the crowd here: what was written before it can be read after it. */
  sinceCall() {
    return Number(process.hrtime.bigint()) - (this.#times[CALLED] as number);
  }
}

function rounds(count: number) {
  if (count % CROWD !== 0) throw new RangeError(`${count} items are no multiple of ${CROWD}`);
  return count / CROWD;
}

/** One event, awaited by all. */
export const listeners: Peer = {
  create({ alignment }) {
    const event = SharedEvent.create({ heap: Heap.create({ alignment }) });
    const ends = { token: event.share({ opens: 2 }), square: Square.create() };
    return { producer: ends, consumer: ends };
  },
  join({ token, square }: { token: EventToken<void>; square: SharedArrayBuffer }, role) {
    const event = SharedEvent.open(token);
    const place = new Square(square);
    return role === "producer" ? call(place, () => event.notify(Number.POSITIVE_INFINITY)) : gather(event, place);
  },
};

function gather(event: SharedEvent, place: Square): Work {
  return async ({ first, count }) => {
    let sum = 0;
    let busyNs = 0;
    for (let n = first; n < first + count; n += CROWD) {
      const settled = [];
      for (let i = 0; i < CROWD; i++) {
        const number = n + i;
        settled.push(
          event
            .listen()
            .wait()
            .then(() => {
              sum = (sum + number) | 0;
            }),
        );
      }
      place.ready();
      // They settle in the order in which they came.
      await settled.at(-1);
      busyNs += place.sinceCall();
    }
    return { count, sum, busyNs };
  };
}

/** A message for each, which one listener of a port takes. */
export const messages: Peer = {
  create() {
    const { port1, port2 } = new MessageChannel();
    const square = Square.create();
    return { producer: { port: port1, square }, consumer: { port: port2, square } };
  },
  join({ port, square }: { port: MessagePort; square: SharedArrayBuffer }, role) {
    const place = new Square(square);
    if (role === "consumer") return receive(port, place);
    return call(place, (n) => {
      for (let i = 0; i < CROWD; i++) port.postMessage(n + i);
    });
  },
};

function receive(port: MessagePort, place: Square): Work {
  return ({ count }) =>
    new Promise((resolve) => {
      let sum = 0;
      let done = 0;
      let busyNs = 0;
      const arrived = (n: number) => {
        sum = (sum + n) | 0;
        if (++done % CROWD !== 0) return;
        busyNs += place.sinceCall();
        if (done < count) {
          place.ready();
          return;
        }
        port.off("message", arrived);
        resolve({ count, sum, busyNs });
      };
      port.on("message", arrived);
      place.ready();
    });
}

/** @param shout to the crowd, whose first number is `n` */
function call(place: Square, shout: (n: number) => void): Work {
  return ({ first, count }) => {
    for (let round = 0; round < rounds(count); round++) {
      place.waitUntilReady();
      shout(first + round * CROWD);
    }
    return { count: 0, sum: 0 };
  };
}
