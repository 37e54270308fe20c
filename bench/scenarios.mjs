// @ts-check
/**
 * What is measured between threads, against what, and how much better it must be. The queues' names are crossbeam's.
 *
 * The first contender of a scenario is ours; the others are what it is compared with in the same run.
 */

/**
 * @typedef {import("./threads.mjs").Contender} Contender
 * @typedef {import("./threads.mjs").Role} Role
 *
 * @typedef {object} Bar
 *   Of what one contender does.
 * @property {string} against     its label
 * @property {number} [ratio]     ours must be at least this many times as fast ...
 * @property {number} [orRate]    ... or do this many millions a second
 * @property {number} [atMostNs]  it must take no longer than this: a bar for ours itself
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} about
 * @property {Contender[]} contenders
 * @property {Bar[]} bars
 * @property {"M/s" | "ns"} [unit]  of the figures: millions of items a second unless told, or nanoseconds an item
 * @property {number} [pausesNs]    what an item takes because all contenders pause; its figures are without it
 */

import { PAUSE_US } from "./peers/index.mjs";

const OURS = "shmol";
const ATOMICS = "JavaScript Atomics";
const MUTEX = "mutex + ring";
const PORT = "MessagePort";
const PARENT = "worker.postMessage";
const RINGBUF = "ringbuf.js";
const BOUNDED = "shmol, bounded(1024)";
const COMPANY = "shmol, in company";

/** @param {number} producers @param {number} consumers @returns {Role[]} */
const threads = (producers, consumers) => [
  .../** @type {Role[]} */ (Array(producers).fill("producer")),
  .../** @type {Role[]} */ (Array(consumers).fill("consumer")),
];

/** @param {string[]} names @param {Omit<Contender, "label" | "peer">} how @returns {Contender[]} */
const contenders = (names, how) => names.map((peer) => ({ label: peer, peer, ...how }));

/** Our queue in batches, against itself one at a time and others. @param {string} ours @param {number} batch @param {number} ratio @returns {Scenario} */
function batches(ours, batch, ratio) {
  const roles = threads(1, 1);
  const names = ours === OURS ? [ATOMICS, MUTEX, PORT] : [MUTEX];
  const singly = { label: `${ours}, one at a time`, peer: ours, roles };
  return {
    name: `${ours === OURS ? "" : "bounded-"}batch${batch}`,
    about: `spsc in batches of ${batch}; through the port each batch is one message`,
    contenders: [{ label: ours, peer: ours, roles, batch }, singly, ...contenders(names, { roles, batch })],
    bars: [{ against: singly.label, ratio }],
  };
}

/** Against the ring of ringbuf.js, which is for one producer and one consumer only. @param {number} batch @param {number} ratio @returns {Scenario} */
function ringbuf(batch, ratio) {
  return {
    name: `ringbuf${batch}`,
    about: `spsc against ringbuf.js, which knows no other; ${batch === 1 ? "one at a time" : `in batches of ${batch}`}`,
    contenders: contenders([OURS, BOUNDED, RINGBUF], { roles: threads(1, 1), batch }),
    bars: [{ against: RINGBUF, ratio }],
  };
}

/**
 * Kinds of elements, and how much faster than `postMessage` from worker to worker they must be.
 * @type {[payload: string, ratio: number | undefined][]}
 */
const PAYLOADS = [
  ["i32", 30],
  ["bytes64", 15],
  ["bytes4k", undefined],
  ["utf8_32", 5],
  ["json", 2.5],
  ["struct", 15],
];

/** @returns {Scenario[]} */
function payloads() {
  const roles = threads(1, 1);
  return PAYLOADS.flatMap(([payload, ratio]) => [
    {
      name: `to_worker-${payload}`,
      about: `${payload} from worker to worker, one at a time`,
      contenders: contenders([OURS, BOUNDED, PORT], { roles, payload }),
      bars: ratio === undefined ? [] : [{ against: PORT, ratio }],
    },
    {
      name: `to_main-${payload}`,
      about: `${payload} from a worker to the main thread: polling ours, on events from postMessage`,
      contenders: contenders([OURS, BOUNDED, PARENT], { roles, payload, mainConsumes: true }),
      bars: [],
    },
  ]);
}

/** @returns {Scenario} */
function alignments() {
  const at = (/** @type {number} */ alignment) => ({
    label: alignment === 128 ? OURS : `shmol, ${alignment} bytes apart`,
    peer: OURS,
    roles: threads(1, 1),
    alignment,
  });
  const others = [16, 32, 64, 256].map(at);
  return {
    name: "alignment",
    about: "spsc with head, tail and bitmaps 128 bytes apart, against other distances: false sharing",
    contenders: [at(128), ...others],
    bars: [{ against: /** @type {Contender} */ (others[0]).label, ratio: 1.8 }],
  };
}

/**
 * A ball from thread to thread and back. Whoever has to be woken waits for a core to wake up, and that takes tens of
 * microseconds however it is done; what differs is whether it comes to that.
 * @param {string} name @param {string} about @param {[label: string, peer: string][]} players @param {Bar[]} bars @returns {Scenario}
 */
function pingPong(name, about, players, bars) {
  const pauses = players.some(([, peer]) => peer.endsWith("pauses"));
  return {
    name: `ping_pong-${name}`,
    about,
    contenders: players.map(([label, peer]) => ({ label, peer: `ping-pong, ${peer}`, roles: threads(1, 1) })),
    bars,
    unit: "ns",
    ...(pauses ? { pausesNs: 2 * 1000 * PAUSE_US } : {}),
  };
}

/** @returns {Scenario[]} */
function events() {
  const crowd = { roles: threads(1, 1) };
  const port = /** @type {[string, string]} */ ([PORT, "MessagePort"]);
  return [
    pingPong(
      "spinning",
      "a ball there and back, both threads in waitSync and awake",
      [[OURS, "sync/sync"], port, ["Atomics.wait", "Atomics.wait"], ["Atomics, spinning", "Atomics spinning"]],
      [{ against: PORT, ratio: 10 }],
    ),
    pingPong(
      "parked",
      `the same, each pausing for ${PAUSE_US} µs with the ball, so that the other one sleeps; without the pauses`,
      [
        [OURS, "sync/sync, pauses"],
        ["Atomics.wait", "Atomics.wait, pauses"],
        [PORT, "MessagePort, pauses"],
      ],
      [{ against: "Atomics.wait", ratio: 1 }],
    ),
    pingPong("async_sync", "one awaits, the other one blocks", [[OURS, "async/sync"], port], []),
    pingPong("async", "both await", [[OURS, "async/async"], port], [{ against: PORT, ratio: 1 }]),
    {
      name: "thousand_listeners",
      about: "1,024 awaited listeners of a thread that another one notifies, against a message for each",
      contenders: [
        { label: OURS, peer: "crowd, listeners", ...crowd },
        { label: PORT, peer: "crowd, messages", ...crowd },
        { label: "shmol, with listen()", peer: "crowd, listeners", whole: true, ...crowd },
      ],
      bars: [{ against: PORT, ratio: 5 }],
      unit: "ns",
    },
  ];
}

/** Payloads of channels, and how much faster than `postMessage` they must be: both ends blocking, and to an awaiting main thread. */
const MESSAGES = /** @type {[payload: string, toWorker: number | undefined, toMain: number | undefined][]} */ ([
  ["i32", 20, 8],
  ["bytes64", 10, undefined],
  ["utf8_32", undefined, undefined],
  ["json", undefined, 2],
]);

/** @returns {Scenario[]} */
function channels() {
  const bars = (/** @type {string} */ against, /** @type {number | undefined} */ ratio) =>
    ratio === undefined ? [] : [{ against, ratio }];
  const pairs = MESSAGES.flatMap(([payload, toWorker, toMain]) => [
    {
      name: `channel_to_worker-${payload}`,
      about: `${payload} from worker to worker, both ends blocking`,
      contenders: contenders(["channel, sync to sync", "channel(1024), sync to sync", PORT], {
        roles: threads(1, 1),
        payload,
      }),
      bars: bars(PORT, toWorker),
    },
    {
      name: `channel_to_main-${payload}`,
      about: `${payload} from a worker that blocks to the main thread, which iterates with for await`,
      contenders: contenders(
        ["channel, sync to async", "channel(1024), sync to async", "channel(1024), async to async", PARENT],
        { roles: threads(1, 1), payload, mainConsumes: true },
      ),
      bars: bars(PARENT, toMain),
    },
  ]);
  const crowds = /** @type {[string, string, Role[]][]} */ ([
    ["mpsc", "two senders, one receiver", threads(2, 1)],
    ["mpmc", "two senders, two receivers", threads(2, 2)],
  ]).map(([name, about, roles]) => ({
    name: `channel_${name}`,
    about: `${about}, all blocking`,
    contenders: contenders(["channel, sync to sync", "channel(1024), sync to sync"], { roles }),
    bars: [],
  }));
  return [...pairs, ...crowds];
}

/** @type {Scenario[]} */
export const scenarios = [
  {
    name: "seq",
    about: "one thread pushes an item and pops it again; pairs",
    contenders: contenders([OURS, ATOMICS, MUTEX], { roles: ["pairs"] }),
    bars: [{ against: ATOMICS, ratio: 2.5, orRate: 30 }],
  },
  {
    name: "spsc",
    about: "one producer, one consumer, one item at a time",
    contenders: contenders([OURS, ATOMICS, MUTEX], { roles: threads(1, 1) }),
    bars: [{ against: ATOMICS, ratio: 3 }],
  },
  {
    name: "mpsc",
    about: "two producers, one consumer",
    contenders: contenders([OURS, ATOMICS, MUTEX], { roles: threads(2, 1) }),
    bars: [],
  },
  {
    name: "spmc",
    about: "one producer, two consumers",
    contenders: contenders([OURS, ATOMICS, MUTEX], { roles: threads(1, 2) }),
    bars: [],
  },
  {
    name: "mpmc",
    about: "two producers, two consumers",
    contenders: contenders([OURS, ATOMICS, MUTEX], { roles: threads(2, 2) }),
    bars: [{ against: MUTEX, ratio: 3 }],
  },
  batches(OURS, 16, 1.8),
  batches(OURS, 256, 4),
  {
    name: "bounded-seq",
    about: "one thread pushes an item and pops it again, through a ring of 1024 slots; pairs",
    contenders: contenders([BOUNDED, "shmol, bounded(1)", OURS, MUTEX], { roles: ["pairs"] }),
    bars: [{ against: MUTEX, ratio: 1 }],
  },
  {
    name: "bounded-spsc",
    about: "one producer, one consumer, through a ring of 1024 slots",
    contenders: contenders([BOUNDED, OURS, MUTEX], { roles: threads(1, 1) }),
    bars: [{ against: MUTEX, ratio: 3 }],
  },
  {
    name: "bounded-mpmc",
    about: "two producers, two consumers, through a ring of 1024 slots",
    contenders: contenders([BOUNDED, OURS, MUTEX], { roles: threads(2, 2) }),
    bars: [{ against: MUTEX, ratio: 3 }],
  },
  batches(BOUNDED, 16, 1.3),
  batches(BOUNDED, 256, 2),
  ringbuf(1, 8),
  ringbuf(16, 1.8),
  ringbuf(256, 0.8),
  ...payloads(),
  {
    name: "company",
    about: "seq of a thread that uses one codec and flavour, in a thread that uses eight and three: it may cost 1.3 x",
    contenders: contenders([COMPANY, OURS], { roles: ["pairs"] }),
    bars: [{ against: OURS, ratio: 1 / 1.3 }],
  },
  alignments(),
  ...events(),
  ...channels(),
];
