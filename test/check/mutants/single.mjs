/**
 * Seeded faults of the single slot, and of what all flavours share: the door and the end of values that nobody took. What a
 * mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/queue/kernel/single.ts");
const inDoor = inFile("src/queue/kernel/queue.ts");
const inDiscard = inFile("src/arc/kernel/discard.ts");

// Pieces of the kernel that stand there more than once, with enough around them to be found.
const PUSH_END =
  "      writeF64(state + VALUE, value);\n      sub64(state, BUSY);\n      clear(cell);\n      return OK;\n";
const SWAP = "      const oldest = readF64(state + VALUE);\n      writeF64(state + VALUE, value);\n";
const DISPLACE_END =
  "      sub64(state, BUSY);\n      clear(cell);\n      keep(out, oldest);\n      note(DISPLACED);\n";
const POP_CLAIM = "    if (cas64(state, word, word ^ (HOLDS | BUSY))) {\n";
const POP_END =
  "      const value = readF64(state + VALUE);\n      sub64(state, BUSY);\n      keep(cell, value);\n      note(OK);\n";
const WAIT = "    if ((word & BUSY) != 0) {\n      step = spin(step);\n      continue;\n    }\n";
const PUSH_CLAIM = "    if (cas64(state, word, HOLDS | BUSY)) {\n";

const PAIR = "queue/single/push against pop";
const CLOSE = "queue/single/close against push and pop";
const LAST = "queue/single/close against the last pop";
const FORCE_POP = "queue/single/forcePush against pop";
const FORCE_FORCE = "queue/single/forcePush against forcePush";
const FORCE_CLOSE = "queue/single/forcePush against close";

export const singleMutants = [
  mutant({
    name: "slotReadWithoutBusy",
    why: "a push writes into the slot that is still to be read",
    edits: [
      [POP_CLAIM, "    if (cas64(state, word, word ^ HOLDS)) {\n"],
      [POP_END, "      const value = readF64(state + VALUE);\n      note(OK);\n"],
    ],
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "slotWrittenWithoutBusy",
    why: "a pop reads the slot before the value is in it",
    edits: [
      [PUSH_CLAIM, "    if (cas64(state, word, HOLDS)) {\n"],
      [PUSH_END, "      writeF64(state + VALUE, value);\n      return OK;\n"],
    ],
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "slotTakenWhileWritten",
    why: "a pop does not wait for the push",
    edits: [[`${WAIT}${POP_CLAIM}`, "    if (cas64(state, word, (word & CLOSED_BIT) | BUSY)) {\n"]],
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "slotFilledWhileRead",
    why: "a push does not wait for the pop",
    edits: [[`${WAIT}${PUSH_CLAIM}`, PUSH_CLAIM]],
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "fullWhileEmpty",
    why: "the queue is empty, and the push that comes while the last value is read is told that it is full: concurrent-queue's fault",
    edits: [[`${WAIT}${PUSH_CLAIM}`, `    if ((word & BUSY) != 0) return FULL;\n${PUSH_CLAIM}`]],
    programs: ["queue/single/empty is not full"],
    expect: "linearizability",
  }),
  mutant({
    name: "pushStoresState",
    why: "a close that lands meanwhile is lost",
    edits: [[PUSH_END, PUSH_END.replace("sub64(state, BUSY)", "store64(state, HOLDS)")]],
    programs: [CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "popStoresState",
    why: "the same under a pop",
    edits: [[POP_END, POP_END.replace("sub64(state, BUSY)", "store64(state, word & CLOSED_BIT)")]],
    programs: [LAST, CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceStoresState",
    why: "the same under forcePush",
    edits: [[DISPLACE_END, "      store64(state, HOLDS);\n      note(DISPLACED);\n"]],
    programs: [FORCE_CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceWithoutBusy",
    why: "a pop reads the slot while it is written",
    edits: [
      ["    if (cas64(state, HOLDS, HOLDS | BUSY)) {\n", "    if (load64(state) == HOLDS) {\n"],
      [DISPLACE_END, "      note(DISPLACED);\n"],
    ],
    programs: [FORCE_POP, FORCE_FORCE],
    expect: "race",
  }),
  mutant({
    name: "slotDisplacedReadLate",
    why: "what comes out is what has just gone in",
    edits: [[SWAP, "      writeF64(state + VALUE, value);\n      const oldest = readF64(state + VALUE);\n"]],
    programs: [FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "slotStaysBusy",
    why: "who comes after the displaced value waits for ever",
    edits: [[DISPLACE_END, "      note(DISPLACED);\n"]],
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "fullBeforeClosed",
    why: "closed wins over full",
    edits: [
      [
        "    if ((word & CLOSED_BIT) != 0) return CLOSED;\n    if ((word & HOLDS) != 0) return FULL;\n",
        "    if ((word & HOLDS) != 0) return FULL;\n    if ((word & CLOSED_BIT) != 0) return CLOSED;\n",
      ],
    ],
    programs: [LAST, CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "slotFinishedWhileHeld",
    why: "closed is not finished: there is one left",
    edits: [
      ["(load64(tailOf(queue)) & (HOLDS | CLOSED_BIT)) == CLOSED_BIT", "(load64(tailOf(queue)) & CLOSED_BIT) != 0"],
    ],
    programs: [LAST, CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "slotFinishedInTwoLooks",
    why: "empty at one moment and closed at another, and a push in between",
    edits: [
      [
        "(load64(tailOf(queue)) & (HOLDS | CLOSED_BIT)) == CLOSED_BIT",
        "(load64(tailOf(queue)) & HOLDS) == 0 && (load64(tailOf(queue)) & CLOSED_BIT) != 0",
      ],
    ],
    programs: [CLOSE, LAST],
    expect: "linearizability",
  }),
  mutant({
    name: "slotDestroyForgetsValue",
    why: "the payload leaks that nobody took",
    edits: [["  seize(content, value, cell);\n  discard(content, value, cell);\n", ""]],
    programs: ["queue/single of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  mutant({
    name: "slotDestroyFreesTaken",
    why: "the payload is freed that somebody took",
    edits: [["  if ((load64(state) & HOLDS) == 0) return;\n", ""]],
    programs: ["queue/single of blocks/dropped with the queue"],
    expect: "double free",
  }),

  // ── the door ──
  inDoor({
    name: "forcePushGivesUp",
    why: "there is room meanwhile, or another was faster, and the value is neither in nor refused",
    edits: [["    if (status() == DISPLACED) return oldest;\n", "    return oldest;\n"]],
    programs: [FORCE_POP, "queue/bounded 2/forcePush against pop"],
    expect: "linearizability",
  }),
  inDoor({
    name: "forcePushWithoutStatus",
    why: "the caller is told what the call before said",
    edits: [["      note(answer);\n      return NaN;\n", "      return NaN;\n"]],
    programs: [FORCE_CLOSE],
    expect: "linearizability",
  }),
  inDoor({
    name: "slotBatchGoesOn",
    why: "a value that did not fit is skipped, and the batch says that all went in",
    edits: [["    note(answer);\n    return done;\n", "    note(answer);\n"]],
    programs: ["queue/single/batches"],
    expect: "linearizability",
  }),
  inDoor({
    name: "slotBatchOfNothing",
    why: "a batch from an empty queue has one value: none",
    edits: [["  return status() == OK ? 1 : 0;\n", "  return 1;\n"]],
    programs: ["queue/single/batches"],
    expect: "linearizability",
  }),
  inDiscard({
    name: "payloadsForgotten",
    why: "payloads in the queue leak with it",
    edits: [["  if (content == BLOCKS) giveBack(<usize>value, cell);\n", ""]],
    programs: ["queue/bounded of blocks/dropped with the queue", "queue/unbounded of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  inDiscard({
    name: "countsForgotten",
    why: "an Arc whose count was in the queue is never the last one's",
    edits: [["    if (release(control, cell)) finish(control, cell);\n", ""]],
    programs: ["queue/single of Arcs/dropped with the queue", "queue/bounded of Arcs/dropped with the queue"],
    expect: "accounting",
  }),
  inDiscard({
    name: "lastCountNotFinished",
    why: "the queue's count was the last one, and the object leaks",
    edits: [["    if (release(control, cell)) finish(control, cell);\n", "    release(control, cell);\n"]],
    programs: ["queue/single of Arcs/dropped with the queue", "queue/bounded of Arcs/dropped with the queue"],
    expect: "accounting",
  }),
  inDiscard({
    name: "finishedWithCountsLeft",
    why: "the queue's count was not the last one, and the object goes under its owner",
    edits: [
      [
        "    if (release(control, cell)) finish(control, cell);\n",
        "    release(control, cell);\n    finish(control, cell);\n",
      ],
    ],
    programs: ["queue/unbounded of Arcs/dropped with the queue", "queue/bounded of Arcs/dropped with the queue"],
    expect: "use after free",
  }),
];
