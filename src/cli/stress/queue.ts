/**
 * The stress run of the queue: producers and consumers (queue.worker.ts) on one queue of any flavor and element type. Every value says
 * the serial number under which it was pushed (encoding.ts). The board knows of each serial whether it went in and came out
 * (serials.ts).
 *
 * When the producers have left, the queue is closed; when it is empty, the consumers leave. Then what came out is held against what
 * went in, serial by serial.
 */
import { ConcurrentQueue, type QueueToken } from "../../index.js";
import { DEFAULT_SIZE, ELEMENT_TYPES, encodingOf, SIZED_TYPES, serialBitsOf } from "./encoding.js";
import { type CommonOptions, count, ENDLESS, flag, integer, oneOf, type Values } from "./options.js";
import type { Scenario, Stage, Suite } from "./scenario.js";
import { Serials, type SerialsShape, shapeOf } from "./serials.js";

const COUNTS = ["items", "pushed", "displaced", "full", "refusals"];
export interface QueueOrders {
  readonly queue: QueueToken<unknown>;
}

/** No ring is larger than a heap can be. */
const MAX_CAPACITY = 2 ** 29 - 1;
const DEFAULT_CAPACITY = 1024;

const options = {
  producers: integer("threads that push", [1, 128], 2),
  consumers: integer("threads that pop", [1, 128], 2),
  items: count(
    "values in all, such as 1000000 or 20M (without it and --kills: for 3 seconds)",
    [1, Number.MAX_SAFE_INTEGER],
    ENDLESS,
  ),
  flavor: oneOf("kind of queue: single has one slot", ["unbounded", "bounded", "single"], "unbounded"),
  capacity: count(
    `values that fit into the queue, with --flavor bounded (default ${DEFAULT_CAPACITY})`,
    [1, MAX_CAPACITY],
    undefined,
  ),
  type: oneOf("element type", ELEMENT_TYPES, "i32"),
  size: integer(`largest payload of a type without a fixed size (default ${DEFAULT_SIZE})`, [0, 2 ** 20], undefined),
  force: flag("use forcePush, which displaces the oldest value of a full queue; not with unbounded"),
  batch: integer("values a call: 1 is push and pop, more is pushMany and popInto or popMany", [1, 16_384], 1),
};
export type QueueOptions = Values<typeof options> & CommonOptions;

function misfits({ flavor, type }: QueueOptions) {
  const limit = flavor === "single" ? "a single-slot queue has room for exactly 1" : "an unbounded queue has none";
  return {
    capacity: flavor !== "bounded" && `${limit}: leave it out, or choose flavor bounded`,
    force:
      flavor === "unbounded" &&
      "has nothing to displace in an unbounded queue: leave it out, or choose flavor bounded or single",
    size:
      !SIZED_TYPES.includes(type) &&
      `values of type ${type} all have the same: leave it out, or choose type ${SIZED_TYPES.join(", ")}`,
  };
}

/** With segments that are large enough for a batch, and small enough to go round. */
export function shapeOfRun({ items, producers, batch, type }: QueueOptions): SerialsShape {
  const fair = Math.ceil(Math.log2(items / (8 * producers)));
  return shapeOf(items, Math.min(16, Math.max(6, Math.ceil(Math.log2(batch)), fair)), serialBitsOf(type));
}

const scenario: Scenario<QueueOptions> = {
  ...{ name: "queue", module: "queue", counts: COUNTS, limit: "items" },
  checks: {
    counts: "as many came out as went in",
    checksum: "none came out twice, none that was not pushed",
    order: "every thread that takes values out saw each producer's values in order",
    finished: "closed, empty and finished",
  },
  sabotage: {
    consumer: "swallow duplicate swap forge damage leak stall crash",
    producer: "producer:swallow producer:duplicate producer:swap producer:damage",
  },
  timing: {
    ...{ every: 1021, what: "Time under way" },
    note: "From before a push until the consumer has looked at the value, of one value in about a thousand. With producers that are ahead it is the time in the line; consumers look at what they took after up to 1,024 values.",
  },
  source: "producer",
  seats: ({ producers, consumers }) => [
    ...Array(producers).fill({ part: "producer" }),
    ...Array(consumers).fill({ part: "consumer" }),
  ],
  words: (options) => Serials.words(shapeOfRun(options)),
  setUp({ options, heap, board, killed, returned, verdict }): Stage {
    const { flavor, capacity = DEFAULT_CAPACITY, batch, force } = options;
    const { codec, tellsSerial, encode, decode } = encodingOf(options.type, heap, options.size);
    const tells = (serial: number) => (tellsSerial ? 0 : decode(encode(serial)));
    const queue =
      flavor === "unbounded"
        ? ConcurrentQueue.unbounded(codec, { heap })
        : ConcurrentQueue.bounded(flavor === "single" ? 1 : capacity, codec, { heap });
    const shape = shapeOfRun(options);
    const serials = new Serials(board, shape);
    let [maxSize, figures] = [0, { lost: 0, doubtful: 0 }];

    const checkFinished = () => {
      const { size, isEmpty, isClosed, isFinished } = queue;
      const next = queue.pop();
      if (size === 0 && isEmpty && isClosed && isFinished && next === undefined) return;
      const state = `size ${size}, isEmpty ${isEmpty}, isClosed ${isClosed}, isFinished ${isFinished}`;
      board.fault(0, "finished", `${state}, pop ${next}`);
    };
    /**
     * At most `maxLost` values may be lost. A value that was taken out goes where the thread that took it goes. What that had in shared
     * memory, the heap's reports count. What it had in its own, nobody can count: the values of its last call. One that was reported
     * need not be lost: it was noted already, or it was never certain that it went in.
     */
    const checkValues = () => {
      const { confirmed, attempted, missing, first, beyond, untold } = serials.audit(tells);
      const taken = board.total("items");
      const [uncounted, doubtful, reported] = [confirmed - taken, attempted - confirmed, returned().values];
      figures = { lost: tellsSerial ? missing : Math.max(0, uncounted), doubtful };
      const maxLost = batch * killed("consumer") + (force ? killed("producer") : 0);
      const isCalm = killed("consumer") + killed("producer") === 0;
      const fates = `, ${figures.lost} lost with the killed (limit ${maxLost}), ${reported} found with them`;
      const counts = isCalm ? `${confirmed} in, ${taken} out` : `${confirmed} to ${attempted} in, ${taken} out${fates}`;
      verdict("counts", uncounted <= maxLost && reported <= maxLost && taken <= attempted, counts);
      if (!tellsSerial) {
        const isOff = Math.abs(untold) > maxLost + doubtful;
        const found = isOff ? `${untold} more trues went in than came out` : "as many trues came out as went in";
        verdict("checksum", !isOff, found);
        verdict("order", true, "values of type bool have none to see");
        return;
      }
      if (missing > maxLost) board.fault(0, "checksum", `${missing} never came out, the first is of serial ${first}`);
      if (beyond > 0) board.fault(0, "checksum", `${beyond} values came out that nobody had begun to push`);
    };

    return {
      subjects: [queue],
      orders: { queue: queue.share() } satisfies QueueOrders,
      isPart: shape.items < options.items,
      ending: () => queue.close(),
      look() {
        maxSize = Math.max(maxSize, queue.size);
      },
      verify() {
        checkFinished();
        checkValues();
      },
      situation: () => `${queue.size} values in the queue`,
      figures: () => ({ ...figures, maxSize }),
    };
  },
};

export const queue: Suite<typeof options> = {
  name: "queue",
  about: "push and pop on many threads at once",
  help: `A run verifies counts, a checksum, and the order of each producer's values. A value that was displaced (--force) counts as taken
by the producer that displaced it. Every value but a bool tells its serial number. A value that is larger than a number is compared
with the one that was pushed, to the last byte. Values of type bytes, utf8, json, clone, record and arc have many sizes, up to --size bytes
or characters. There is no forcePush for batches: with --force and --batch, producers force most values in one by one, and push some
without force now and then.

Examples:
  $ shmol stress queue                                          3 seconds, 2 producers, 2 consumers
  $ shmol stress queue --items 100M --batch 256 --type f64      in batches
  $ shmol stress queue --flavor bounded --capacity 64 --type json
  $ shmol stress queue --flavor single --force                  the newest value wins
  $ shmol stress queue --type bytes --size 100000 --heap 1GiB   large payloads
  $ shmol stress queue --producers 4 --consumers 1 --duration 60
  $ shmol stress queue --kills 100 --kill 20 --checked          terminate workers in the middle of it
  $ shmol stress queue --json | jq .perSecond`,
  options,
  defaults: ({ items, kills }) => (items === undefined && kills === undefined ? { duration: 3000 } : {}),
  misfits,
  scenarios: () => [scenario],
};
