/**
 * The stress run of Arcs: real threads share counted blocks in every way there is (arc.worker.ts). Each block is what it should be for
 * as long as a thread holds it, and gone when none does.
 */
import { Arc, type ArcToken, arc as arcs, ConcurrentQueue, json, type QueueToken } from "../../index.js";
import { contentOf, isIntact, LEAST } from "./content.js";
import { type CommonOptions, count, ENDLESS, integer, size, type Values } from "./options.js";
import type { Scenario, Suite } from "./scenario.js";

/** What a worker can do, in the order in which reports list it. */
export const OPERATIONS = [
  ...["create", "cyclic", "clone", "drop", "look", "downgrade", "upgrade", "dropWeak"],
  ...["share", "open", "push", "pop", "makeMut", "intoInner"],
] as const;
export type Operation = (typeof OPERATIONS)[number];

const COUNTS = ["operations", "staleTokens", "refusals", ...OPERATIONS];

const ANCHORS = 3;
const CAPACITY = 64;

export interface ArcOrders {
  readonly anchors: readonly ArcToken[];
  /** Where Arcs change hands, and where tokens do. */
  readonly arcs: QueueToken<Arc>;
  readonly tokens: QueueToken<unknown>;
}

const options = {
  threads: integer("threads", [1, 64], 4),
  operations: count(
    "operations in all, such as 1000000 or 20M (without it and --kills: for 3 seconds)",
    [1, Number.MAX_SAFE_INTEGER],
    ENDLESS,
  ),
  size: size("largest block", [LEAST, 2 ** 20], 256),
};
export type ArcOptions = Values<typeof options> & CommonOptions;

const scenario: Scenario<ArcOptions> = {
  ...{ name: "arc", module: "arc", counts: COUNTS, compared: OPERATIONS, limit: "operations" },
  checks: {
    contents: "every block was what was written there",
    liveness: "nothing was gone that was held",
  },
  sabotage: { thread: "damage leak forget stall crash" },
  seats: ({ threads }) => Array(threads).fill({ part: "thread" }),
  setUp({ heap, board }) {
    const anchors = Array.from({ length: ANCHORS }, (_, i) => Arc.create(contentOf(i, LEAST * 2 ** i), { heap }));
    const given = ConcurrentQueue.bounded(CAPACITY, arcs, { heap });
    const tokens = ConcurrentQueue.bounded<unknown>(CAPACITY, json, { heap });
    return {
      subjects: [given, tokens, ...anchors],
      orders: { anchors: anchors.map((anchor) => anchor.share()), arcs: given.share(), tokens: tokens.share() },
      verify() {
        for (const anchor of anchors) {
          if (!isIntact(anchor.view(Uint32Array))) board.fault(0, "contents", "what the main thread holds was changed");
        }
      },
    };
  },
};

export const arc: Suite<typeof options> = {
  name: "arc",
  about: "share counted blocks among many threads at once",
  help: `Every thread has some handles, strong and weak. It chooses operations at random: it creates, clones, drops, downgrades and
upgrades; it sends Arcs and tokens to other threads through queues, with opens set aside or without; it takes a block for itself,
or its bytes. The content of a block follows from a number in it. Every thread that gets a handle of the block verifies the content.

Examples:
  $ shmol stress arc                                 3 seconds, 4 threads
  $ shmol stress arc --operations 10M --threads 8
  $ shmol stress arc --size 100000 --heap 64MiB      large blocks
  $ shmol stress arc --kills 100 --kill 20 --checked terminate threads in the middle of it
  $ shmol stress arc --json | jq .counts`,
  options,
  defaults: ({ operations, kills }) => (operations === undefined && kills === undefined ? { duration: 3000 } : {}),
  scenarios: () => [scenario],
};
