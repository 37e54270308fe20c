// @ts-check
/**
 * What is measured between threads, against what, and how much better it must be. The names are crossbeam's.
 *
 * The first contender of a scenario is ours; the others are what it is compared with in the same run.
 */

/**
 * @typedef {import("./threads.mjs").Contender} Contender
 * @typedef {import("./threads.mjs").Role} Role
 *
 * @typedef {object} Bar
 * @property {string} against     the contender's label
 * @property {number} ratio       ours must be at least this many times as fast ...
 * @property {number} [orRate]    ... or do this many millions a second
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} about
 * @property {Contender[]} contenders
 * @property {Bar[]} bars
 */

const OURS = "shmol";
const ATOMICS = "JavaScript Atomics";
const MUTEX = "mutex + ring";
const PORT = "MessagePort";
const SINGLY = "shmol, one at a time";

/** @param {number} producers @param {number} consumers @returns {Role[]} */
const threads = (producers, consumers) => [
  .../** @type {Role[]} */ (Array(producers).fill("producer")),
  .../** @type {Role[]} */ (Array(consumers).fill("consumer")),
];

/** @param {string[]} names @param {Omit<Contender, "label" | "peer">} how @returns {Contender[]} */
const contenders = (names, how) => names.map((peer) => ({ label: peer, peer, ...how }));

/** @param {number} batch @param {number} ratio @returns {Scenario} */
function batches(batch, ratio) {
  const roles = threads(1, 1);
  const [ours, ...others] = contenders([OURS, ATOMICS, MUTEX, PORT], { roles, batch });
  const singly = { label: SINGLY, peer: OURS, roles };
  return {
    name: `batch${batch}`,
    about: `spsc in batches of ${batch}; through the port each batch is one message`,
    contenders: [/** @type {Contender} */ (ours), singly, ...others],
    bars: [{ against: SINGLY, ratio }],
  };
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
    contenders: contenders([OURS, ATOMICS, MUTEX, PORT], { roles: threads(1, 1) }),
    bars: [
      { against: ATOMICS, ratio: 3 },
      { against: PORT, ratio: 30 },
    ],
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
    bars: [],
  },
  batches(16, 1.8),
  batches(256, 4),
  {
    name: "to_main",
    about: "a worker produces, the main thread consumes: polling ours, on events from postMessage",
    contenders: contenders([OURS, "worker.postMessage"], { roles: threads(1, 1), mainConsumes: true }),
    bars: [],
  },
  alignments(),
];
