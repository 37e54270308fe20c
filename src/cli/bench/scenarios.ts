/**
 * What is measured between threads, against what, and how much better it must be. The queues' names are crossbeam's.
 *
 * The first contender of a scenario is ours; the others are what it is compared with in the same run.
 */

import type { Contender } from "./crew.js";
import type { Role } from "./peers/peer.js";
import { PAUSE_US } from "./peers/pingPong.js";

/** Of what one contender does. */
export interface Bar {
  /** Its label. */
  readonly against: string;
  /** Ours must be at least this many times as fast ... */
  readonly ratio?: number;
  /** ... or do this many millions a second. */
  readonly orRate?: number;
  /** It must take no longer than this: a bar for ours itself. */
  readonly atMostNs?: number;
  /** And its processor time must be at least this many times that of ours. */
  readonly processor?: number;
}

export interface Scenario {
  readonly name: string;
  readonly about: string;
  readonly contenders: readonly Contender[];
  readonly bars: readonly Bar[];
  /** Of the figures: by default millions of items a second, or nanoseconds an item. */
  readonly unit?: "M/s" | "ns";
  /** What an item takes because all contenders pause; its figures are without it. */
  readonly pausesNs?: number;
}

const OURS = "shmol";
const ATOMICS = "JavaScript Atomics";
const MUTEX = "mutex + ring";
const PORT = "MessagePort";
const PARENT = "worker.postMessage";
const RINGBUF = "ringbuf.js";
const BOUNDED = "shmol, bounded(1024)";
const BOUNDED1 = "shmol, bounded(1)";
const MUTEX1 = "mutex + ring of 1";
const MULTITHREADING = "multithreading, channel(1024)";
const COMPANY = "shmol, in company";

const threads = (producers: number, consumers: number): Role[] => [
  ...(Array(producers).fill("producer") as Role[]),
  ...(Array(consumers).fill("consumer") as Role[]),
];

const contenders = (names: string[], how: Omit<Contender, "label" | "peer">): Contender[] =>
  names.map((peer) => ({ label: peer, peer, ...how }));

const bars = (against: string, ratio: number | undefined): Bar[] => (ratio === undefined ? [] : [{ against, ratio }]);

/** Several threads and a bounded queue: with room for 1024, and with room for one, where every item is a hand-over. */
function rings(): Scenario[] {
  const crowds: [name: string, about: string, roles: Role[], ratio?: number][] = [
    ["spsc", "one producer, one consumer", threads(1, 1), 3],
    ["mpsc", "two producers, one consumer", threads(2, 1)],
    ["spmc", "one producer, two consumers", threads(1, 2)],
    ["mpmc", "two producers, two consumers", threads(2, 2), 3],
  ];
  return [
    ...crowds.map(([name, about, roles, ratio]) => ({
      name: `bounded-${name}`,
      about: `${about}, through a ring of 1024 slots`,
      contenders: contenders([BOUNDED, OURS, MUTEX], { roles }),
      bars: bars(MUTEX, ratio),
    })),
    ...crowds.map(([name, about, roles]) => ({
      name: `bounded1-${name}`,
      about: `${about}, through a single slot`,
      contenders: contenders([BOUNDED1, MUTEX1], { roles }),
      bars: bars(MUTEX1, 1),
    })),
  ];
}

/** Our queue in batches, against itself one at a time and others. */
function batches(ours: string, batch: number, ratio: number): Scenario {
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

/** Against the ring of ringbuf.js, which is for one producer and one consumer only. */
function ringbuf(batch: number, ratio: number): Scenario {
  return {
    name: `ringbuf${batch}`,
    about: `spsc against ringbuf.js, which knows no other; ${batch === 1 ? "one at a time" : `in batches of ${batch}`}`,
    contenders: contenders([OURS, BOUNDED, RINGBUF], { roles: threads(1, 1), batch }),
    bars: [{ against: RINGBUF, ratio }],
  };
}

/**
 * Kinds of elements, and how much faster than `postMessage` from worker to worker they must be.
 */
const PAYLOADS: [payload: string, ratio: number | undefined][] = [
  ["i32", 30],
  ["f64", undefined],
  ["bytes64", 15],
  ["bytes4k", undefined],
  ["utf8_32", 5],
  ["json", 2.5],
  ["record", 8],
  ["struct", 15],
];

function payloads(): Scenario[] {
  const roles = threads(1, 1);
  return PAYLOADS.flatMap(([payload, ratio]) => [
    {
      name: `to_worker-${payload}`,
      about: `${payload} from worker to worker, one at a time`,
      contenders: contenders([OURS, BOUNDED, PORT], { roles, payload }),
      bars: bars(PORT, ratio),
    },
    {
      name: `to_main-${payload}`,
      about: `${payload} from a worker to the main thread: polling ours, on events from postMessage`,
      contenders: contenders([OURS, BOUNDED, PARENT], { roles, payload, mainConsumes: true }),
      bars: [],
    },
  ]);
}

function alignments(): Scenario {
  const at = (alignment: number) => ({
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
    bars: [{ against: (others[0] as Contender).label, ratio: 1.8 }],
  };
}

/**
 * A ball from thread to thread and back. To wake a sleeping thread takes tens of microseconds with every contender, because its
 * core has to wake up. Contenders differ in how often a thread sleeps.
 */
function pingPong(name: string, about: string, players: [label: string, peer: string][], bars: Bar[]): Scenario {
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

function events(): Scenario[] {
  const crowd = { roles: threads(1, 1) };
  const port = [PORT, "MessagePort"] as [string, string];
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
const MESSAGES = [
  ["i32", 20, 8],
  ["bytes64", 10, undefined],
  ["utf8_32", undefined, undefined],
  ["json", undefined, 2],
  ["record", undefined, 5],
] as [payload: string, toWorker: number | undefined, toMain: number | undefined][];

function channels(): Scenario[] {
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
  const crowds = (
    [
      ["mpsc", "two senders, one receiver", threads(2, 1)],
      ["mpmc", "two senders, two receivers", threads(2, 2)],
    ] as [string, string, Role[]][]
  ).map(([name, about, roles]) => ({
    name: `channel_${name}`,
    about: `${about}, all blocking`,
    contenders: contenders(["channel, sync to sync", "channel(1024), sync to sync", PORT], { roles }),
    bars: [],
  }));
  const toMultithreading = {
    name: "channel_multithreading",
    about: "json from worker to worker, both ends blocking, against the channel of multithreading",
    contenders: contenders(["channel(1024), sync to sync", MULTITHREADING], { roles: threads(1, 1), payload: "json" }),
    bars: [],
  };
  const toMain = {
    name: "channel_mpsc_to_main",
    about: "two senders that block, and the main thread, which iterates with for await",
    contenders: contenders(["channel, sync to async", "channel(1024), sync to async", PARENT], {
      roles: threads(2, 1),
      mainConsumes: true,
    }),
    bars: [],
  };
  return [...pairs, ...crowds, toMain, toMultithreading];
}

export const scenarios: Scenario[] = [
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
    contenders: contenders([BOUNDED, BOUNDED1, OURS, MUTEX], { roles: ["pairs"] }),
    bars: [{ against: MUTEX, ratio: 1 }],
  },
  ...rings(),
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
