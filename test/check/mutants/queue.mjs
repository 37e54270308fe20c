/**
 * Seeded faults of the unbounded queue, and those of the other flavours from beside it. What a mutant is: mutant.mjs.
 */
import { boundedMutants } from "./bounded.mjs";
import { inFile } from "./mutant.mjs";
import { singleMutants } from "./single.mjs";

const mutant = inFile("src/queue/kernel/unbounded.ts");
const inDoor = inFile("src/queue/kernel/queue.ts");

// Pieces of the kernel that stand there more than once, with enough around them to be found.
const PUSH_CLAIM = "    if (cas64(tail + INDEX, index, index + ONE)) {\n";
const PUSH_WRITE = "      writeF64(slotOf(block, offset), value);\n";
const PUSH_PUBLISH = "      add64(writtenOf(block), (<u64>1) << offset);\n";
const INSTALL =
  "        store32(tail + BLOCK, <u32>next);\n        add64(tail + INDEX, ONE);\n        store32(nextOf(block), <u32>next);\n        clear(ofNext);\n        next = 0;\n      }\n";
const MANY_COPY = "      copy(slotOf(block, offset), source + ((<usize>done) << 3), (<usize>run) << 3);\n";
const MANY_PUBLISH = "      add64(writtenOf(block), (((<u64>1) << run) - 1) << offset);\n";
const LEAVE =
  "      if (next != 0) {\n        store32(head + BLOCK, next);\n        add64(head + INDEX, ONE);\n      }\n";
const POP_BEGIN =
  "export function pop(queue: usize, cell: usize): f64 {\n  const head = headOf(queue);\n  const ofBlock = queueCell();\n  let step: u32 = 0;\n  while (true) {\n";
const POP_READ = "      const value = readF64(slotOf(block, offset));\n";
const POP_CLAIM = "    if (cas64(head + INDEX, index, index + ONE)) {\n";
const POP_NEXT =
  "    let next: u32 = 0;\n    if (offset == SLOTS - 1) {\n      next = load32(nextOf(block));\n      if (next == 0) {\n        step = spin(step);\n        continue;\n      }\n    }\n";
const POP_SEEN = "    if ((load64(writtenOf(block)) & bit) == 0) {\n";
const POP_FREE =
  "      const isDone = add64(readOf(block), bit) == ALL - bit;\n      keep(cell, value);\n      if (isDone) {\n        charge(ofBlock, block);\n        giveBack(block, ofBlock);\n      }\n      note(OK);\n";
const NEW_FOR_LAST =
  "    if (last && next == 0) {\n      next = newBlock();\n      if (next == 0) {\n        // Exhausted; but if another thread has installed a block meanwhile, none is needed.\n        if (load64(tail + INDEX) != index) continue;\n        answer = NO_MEMORY;\n        break;\n      }\n    }\n";
const INDEX_THEN_BLOCK = (side) =>
  `    const index = load64(${side} + INDEX);\n    const block = <usize>load32(${side} + BLOCK);\n`;
const BLOCK_THEN_INDEX = (side) =>
  `    const block = <usize>load32(${side} + BLOCK);\n    const index = load64(${side} + INDEX);\n`;

const END = "queue/one slot before the end";
const PUSHERS = "queue/pushers only";
const BATCHES = "queue/batches over the end";
const AGAIN = "queue/blocks come back";
const ONE_SLOT = "queue/blocks of one slot come back";

export const queueMutants = [
  mutant({
    name: "holeLeftByStore",
    why: "a close that lands while the tail is in the hole is lost",
    edits: [
      [
        `${PUSH_WRITE}      if (last) {\n${INSTALL}`,
        PUSH_WRITE +
          "      if (last) {\n" +
          INSTALL.replace("add64(tail + INDEX, ONE)", "store64(tail + INDEX, index + 2 * ONE)"),
      ],
    ],
    programs: ["queue/close against push and pop"],
    expect: "linearizability",
  }),
  mutant({
    name: "holeLeftByStoreInBatch",
    why: "the same at the end of a batch",
    edits: [
      [
        `${MANY_COPY}      if (last) {\n${INSTALL}`,
        MANY_COPY +
          "      if (last) {\n" +
          INSTALL.replace("add64(tail + INDEX, ONE)", "store64(tail + INDEX, index + ((run + 1) << SHIFT))"),
      ],
    ],
    programs: ["queue/close against the hole"],
    expect: "linearizability",
  }),
  mutant({
    name: "publishBeforeWrite",
    why: "a pop reads the slot before the value is in it",
    edits: [
      [PUSH_WRITE, PUSH_PUBLISH + PUSH_WRITE],
      [INSTALL + PUSH_PUBLISH, INSTALL],
    ],
    programs: [END],
    expect: "race",
  }),
  mutant({
    name: "publishBeforeCopy",
    why: "the same with a batch",
    edits: [
      [MANY_COPY, MANY_PUBLISH + MANY_COPY],
      [INSTALL + MANY_PUBLISH, INSTALL],
    ],
    programs: [BATCHES],
    expect: "race",
  }),
  mutant({
    name: "claimBeforeBlock",
    why: "the next block is allocated after the claim: a thread killed there leaves the tail in the hole for ever",
    edits: [
      [NEW_FOR_LAST, ""],
      [`${PUSH_WRITE}      if (last) {\n`, `${PUSH_WRITE}      if (last) {\n        next = newBlock();\n`],
    ],
    programs: ["queue/a pusher or popper is killed"],
    expect: "deadlock",
  }),
  mutant({
    name: "waitAfterClaim",
    why: "the pop waits for the next block after its claim: a thread killed there leaves the head in the hole for ever",
    edits: [
      [POP_NEXT, "    let next: u32 = 0;\n"],
      [
        POP_CLAIM,
        POP_CLAIM +
          "      while (offset == SLOTS - 1 && next == 0) {\n        step = spin(step);\n        next = load32(nextOf(block));\n      }\n",
      ],
    ],
    programs: ["queue/a pusher or popper is killed"],
    expect: "deadlock",
  }),
  mutant({
    name: "claimUnwritten",
    why: "the pop claims by the tail alone and waits for the pusher afterwards: a value that another pusher has is skipped",
    edits: [
      [POP_SEEN, "    if (count(load64(tailOf(queue) + INDEX)) == count(index)) {\n"],
      [
        POP_CLAIM,
        `${POP_CLAIM}      while ((load64(writtenOf(block)) & bit) == 0) {\n        step = spin(step);\n      }\n`,
      ],
    ],
    programs: ["queue/a pusher or popper is killed"],
    expect: "deadlock",
  }),
  mutant({
    name: "writtenNotReset",
    why: "a recycled block says that it holds values which are long gone",
    edits: [["  store64(writtenOf(block), 0);\n", ""]],
    programs: [AGAIN, ONE_SLOT],
    expect: "deadlock",
  }),
  mutant({
    name: "readNotReset",
    why: "a recycled block is never seen to be read up, or too early",
    edits: [["  store64(readOf(block), 0);\n", ""]],
    programs: [AGAIN, ONE_SLOT],
    expect: "accounting",
  }),
  mutant({
    name: "nextNotReset",
    why: "a recycled block leads to whatever its link led to",
    edits: [["  store32(nextOf(block), 0);\n", ""]],
    programs: [AGAIN, ONE_SLOT],
    expect: "double free",
  }),
  mutant({
    name: "freeBeforeLastReader",
    why: "whoever takes the last slot frees the block while others still read in it",
    edits: [
      [
        POP_FREE,
        "      const isDone = next != 0;\n      add64(readOf(block), bit);\n      if (isDone) giveBack(block, ofBlock);\n      note(OK);\n",
      ],
    ],
    programs: ["queue/poppers only", AGAIN, END],
    expect: "use after free",
  }),
  mutant({
    name: "readMarkedBeforeRead",
    why: "another completes the block and frees it while the slot is still to be read",
    edits: [
      [
        POP_READ + POP_FREE,
        "      const isDone = add64(readOf(block), bit) == ALL - bit;\n      const value = readF64(slotOf(block, offset));\n      if (isDone) giveBack(block, ofBlock);\n      note(OK);\n",
      ],
    ],
    programs: ["queue/poppers only", END],
    expect: "use after free",
  }),
  mutant({
    name: "batchMarkedBeforeRead",
    why: "the same with a batch",
    edits: [
      ["      copy(target + ((<usize>done) << 3), slotOf(block, offset), (<usize>run) << 3);\n", ""],
      [
        "      if (add64(readOf(block), bits) == ALL - bits) {\n        charge(ofBlock, block);\n        giveBack(block, ofBlock);\n      }\n      done",
        "      const full = add64(readOf(block), bits) == ALL - bits;\n      copy(target + ((<usize>done) << 3), slotOf(block, offset), (<usize>run) << 3);\n      if (full) giveBack(block, ofBlock);\n      done",
      ],
    ],
    programs: ["queue/batches against batches", BATCHES],
    expect: "use after free",
  }),
  mutant({
    name: "nobodyFrees",
    why: "a block that was read up leaks",
    edits: [[POP_FREE, "      add64(readOf(block), bit);\n      note(OK);\n"]],
    programs: [END],
    expect: "accounting",
  }),
  mutant({
    name: "unusedBlockForgotten",
    why: "two allocate the next block, one installs it: the other's leaks",
    edits: [["  if (next != 0) giveBack(next, ofNext);\n  return answer;", "  return answer;"]],
    programs: [PUSHERS],
    expect: "accounting",
  }),
  mutant({
    name: "exhaustedWithoutSecondLook",
    why: "no memory, it says, for a block that nobody needs: another thread has installed one",
    edits: [
      [
        "        if (load64(tail + INDEX) != index) continue;\n        answer = NO_MEMORY;",
        "        answer = NO_MEMORY;",
      ],
    ],
    programs: ["queue/a block that is not needed"],
    expect: "linearizability",
  }),
  mutant({
    name: "tailLeavesHoleTooEarly",
    why: "a push finds the old block under the new index",
    edits: [
      [
        `${PUSH_WRITE}      if (last) {\n${INSTALL}`,
        PUSH_WRITE +
          "      if (last) {\n        add64(tail + INDEX, ONE);\n        store32(tail + BLOCK, <u32>next);\n        store32(nextOf(block), <u32>next);\n        clear(ofNext);\n        next = 0;\n      }\n",
      ],
    ],
    programs: [PUSHERS, END],
    expect: "deadlock",
  }),
  mutant({
    name: "headLeavesHoleTooEarly",
    why: "a pop finds the old block under the new index",
    edits: [
      [
        LEAVE + POP_READ,
        "      if (next != 0) {\n        add64(head + INDEX, ONE);\n        store32(head + BLOCK, next);\n      }\n" +
          POP_READ,
      ],
    ],
    programs: [AGAIN, END],
    expect: "linearizability",
  }),
  mutant({
    name: "tailBlockBeforeIndex",
    why: "a push that slept between the two writes into the block before",
    edits: [
      [
        `  let answer: i32 = OK;\n  while (true) {\n${INDEX_THEN_BLOCK("tail")}`,
        `  let answer: i32 = OK;\n  while (true) {\n${BLOCK_THEN_INDEX("tail")}`,
      ],
    ],
    programs: [PUSHERS, END],
    expect: "deadlock",
  }),
  mutant({
    name: "headBlockBeforeIndex",
    why: "a pop that slept between the two reads from the block before",
    edits: [[POP_BEGIN + INDEX_THEN_BLOCK("head"), POP_BEGIN + BLOCK_THEN_INDEX("head")]],
    programs: [AGAIN, END],
    expect: "use after free",
  }),
  mutant({
    name: "readBeforeClaim",
    why: "a slot is read that is another's by now",
    edits: [
      [POP_CLAIM, POP_READ + POP_CLAIM],
      [LEAVE + POP_READ, LEAVE],
    ],
    programs: [AGAIN, END],
    expect: "use after free",
  }),
  mutant({
    name: "popByStore",
    why: "two pops take the same value",
    edits: [[POP_CLAIM, "    store64(head + INDEX, index + ONE);\n    if (true) {\n"]],
    programs: ["queue/poppers only"],
    expect: "linearizability",
  }),
  mutant({
    name: "pushByStore",
    why: "two pushes write into the same slot",
    edits: [[PUSH_CLAIM, "    store64(tail + INDEX, index + ONE);\n    if (true) {\n"]],
    programs: [PUSHERS],
    expect: "race",
  }),
  mutant({
    name: "closedSeenTooEarly",
    why: "a push that looked before the close claims a slot after it",
    edits: [
      [
        "  let answer: i32 = OK;\n  while (true) {\n" +
          INDEX_THEN_BLOCK("tail") +
          "    if ((index & CLOSED_BIT) != 0) {",
        "  let answer: i32 = OK;\n  while (true) {\n    const closed = load64(tail + INDEX);\n" +
          INDEX_THEN_BLOCK("tail") +
          "    if ((closed & CLOSED_BIT) != 0) {",
      ],
    ],
    programs: ["queue/close against push and pop", "queue/close against the hole"],
    expect: "linearizability",
  }),
  inDoor({
    name: "closeByStore",
    why: "a push that lands in between is taken back",
    edits: [
      ["import { load64, or64, readF64 }", "import { load64, or64, readF64, store64 }"],
      [
        "  return (or64(tailOf(queue), CLOSED_BIT) & CLOSED_BIT) == 0;",
        "  const tail = load64(tailOf(queue));\n  store64(tailOf(queue), tail | CLOSED_BIT);\n  return (tail & CLOSED_BIT) == 0;",
      ],
    ],
    programs: ["queue/close against push and pop", "queue/close against the hole"],
    expect: "deadlock",
  }),
  mutant({
    name: "closedFromAnotherLook",
    why: "closed and empty for ever, it says, when a push came before the close",
    edits: [
      [
        "        note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);\n        return NaN;",
        "        note((load64(tailOf(queue) + INDEX) & CLOSED_BIT) != 0 ? CLOSED : EMPTY);\n        return NaN;",
      ],
    ],
    programs: ["queue/close against push and pop"],
    expect: "linearizability",
  }),
  mutant({
    name: "popLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    edits: [
      [POP_BEGIN, `${POP_BEGIN}    const tail = load64(tailOf(queue) + INDEX);\n`],
      [`${POP_SEEN}      const tail = load64(tailOf(queue) + INDEX);\n`, POP_SEEN],
    ],
    programs: ["queue/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeWithoutSecondLook",
    why: "head and tail are of two moments: more items than there ever were, or fewer than none",
    edits: [
      [
        "    if (load64(tailOf(queue) + INDEX) == tail) return <f64>(count(tail) - count(head));",
        "    return <f64>(count(tail) - count(head));",
      ],
    ],
    programs: ["queue/size and emptiness"],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeCountsHoles",
    why: "positions are not items",
    edits: [["  return position - (position >> LAP_SHIFT);", "  return position;"]],
    programs: [PUSHERS, "queue/size and emptiness"],
    expect: "linearizability",
  }),
  mutant({
    name: "emptyLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    edits: [
      [
        "  const head = load64(headOf(queue) + INDEX);\n  return count(load64(tailOf(queue) + INDEX)) == count(head);",
        "  const tail = load64(tailOf(queue) + INDEX);\n  return count(tail) == count(load64(headOf(queue) + INDEX));",
      ],
    ],
    programs: ["queue/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "batchBeyondItsRun",
    why: "a batch takes what was not written yet",
    edits: [["ctz(~(load64(writtenOf(block)) >> offset)));", "SLOTS - offset);"]],
    programs: [BATCHES],
    expect: "deadlock",
  }),
  mutant({
    name: "nextAfterPublishUnchecked",
    why: "the last value shows before the next block is installed, and the pop that takes it does not look",
    edits: [
      [
        `        store32(nextOf(block), <u32>next);\n        clear(ofNext);\n        next = 0;\n      }\n${PUSH_PUBLISH}      clear(cell);\n      break;`,
        "      }\n" +
          PUSH_PUBLISH +
          "      if (last) {\n        store32(nextOf(block), <u32>next);\n        clear(ofNext);\n        next = 0;\n      }\n      break;",
      ],
      [POP_NEXT, "    let next: u32 = 0;\n    if (offset == SLOTS - 1) next = load32(nextOf(block));\n"],
    ],
    programs: [END, AGAIN],
    expect: "use after free",
  }),
  mutant({
    name: "destroyFromTail",
    why: "what lies before the tail's block leaks",
    edits: [
      [
        "    const block = <usize>load32(head + BLOCK);\n    if (block == 0) return;",
        "    const block = <usize>load32(tailOf(queue) + BLOCK);\n    store32(tailOf(queue) + BLOCK, 0);\n    if (block == 0) return;",
      ],
    ],
    programs: ["queue/last handle against a pop"],
    expect: "accounting",
  }),
  mutant({
    name: "destroyFreesTaken",
    why: "payloads of the first block are freed again that somebody took",
    edits: [
      [
        "  const end = load64(tailOf(queue) + INDEX) & ~CLOSED_BIT;\n  while",
        "  const end = load64(tailOf(queue) + INDEX) & ~CLOSED_BIT;\n  store64(head + INDEX, ((load64(head + INDEX) >> SHIFT) & ~LAP_MASK) << SHIFT);\n  while",
      ],
    ],
    programs: ["queue/unbounded of blocks/dropped with half a block"],
    expect: "double free",
  }),
  mutant({
    name: "destroyForgetsNextBlock",
    why: "it stays at the hole, and the payloads of the blocks behind it leak",
    edits: [["      if (offset == HOLE) add64(head + INDEX, ONE);\n", ""]],
    programs: ["queue/unbounded of blocks/in batches"],
    expect: "accounting",
  }),
  ...boundedMutants,
  ...singleMutants,
];
