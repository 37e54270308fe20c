/**
 * Seeded faults of the bounded queue's ring. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/queue/kernel/bounded.ts");

// Pieces of the kernel that stand there more than once, with enough around them to be found.
const PUSH_CLAIM = "    if (cas64(tail, index, index + advance(offset, 1, capacity, bits))) {\n";
const PUSH_WRITE = "      writeF64(slotOf(group, bit), value);\n";
const PUSH_PUBLISH =
  "      add64(writtenOf(group), flip((<u64>1) << bit, parity));\n      clear(cell);\n      return OK;\n";
const IS_FULL = "if (load64(headOf(queue)) == index - ((<u64>1) << (SHIFT + bits))) {\n";
const PUSH_RESTS = "          if (caughtUp(tail, index, <u32>capacity)) continue;\n";
const MANY_COPY = "      copy(slotOf(group, bit), source + ((<usize>done) << 3), (<usize>free) << 3);\n";
const MANY_PUBLISH = "      add64(writtenOf(group), flip(run(free, bit), parity));\n";
const MANY_RESTS = "        if (done == 0 && caughtUp(tail, index, <u32>capacity)) continue;\n";
const POP_LOOK = "    const bit = bitOf(offset);\n    if (!isBefore(index, load64(head + KNOWN))) {\n";
const POP_SEEN =
  "      const there = min(min(GROUP - bit, capacity - offset), ctz(~(load64(writtenOf(group)) ^ parity) >> bit));\n      if (there == 0) {\n";
const POP_TAIL = "        const tail = load64(tailOf(queue));\n        if ((tail & ~CLOSED_BIT) == index) {\n";
const POP_CLAIM = "    if (cas64(head, index, index + advance(offset, 1, capacity, bits))) {\n";
const POP_READ = "      const value = readF64(slotOf(group, bit));\n";
const POP_MARK =
  "      add64(readOf(group), flip((<u64>1) << bit, parity));\n      keep(cell, value);\n      note(OK);\n";
const MANY_READ = "      copy(target + ((<usize>done) << 3), slotOf(group, bit), (<usize>there) << 3);\n";
const MANY_MARK = "      add64(readOf(group), flip(run(there, bit), parity));\n";
const WAIT_FOR_DISPLACING =
  "    if ((index & DISPLACING) != 0) {\n      step = spin(step);\n      continue;\n    }\n    const offset = offsetOf(index, bits);\n    const parity = parityOf(index, bits);\n    const group = groupOf(ring, offset);\n";
const NOT_WAITED =
  "    const offset = offsetOf(index, bits);\n    const parity = parityOf(index, bits);\n    const group = groupOf(ring, offset);\n";
const OLDEST_UNWRITTEN =
  "    if (((load64(writtenOf(group)) ^ parity) & bit) != 0) {\n      // The oldest value's pusher has claimed the slot and not written it yet.\n      step = spin(step);\n      continue;\n    }\n";
const DISPLACE_CLAIM = "    if (cas64(head, oldest, (oldest + past) | DISPLACING)) {\n";
const DISPLACE_SWAP = "      const displaced = readF64(slot);\n      writeF64(slot, value);\n";
const DISPLACE_TAIL = "      add64(tail, past);\n";
const DISPLACE_READ = "      add64(readOf(group), flip(bit, ~parity));\n";
const DISPLACE_WRITTEN = "      add64(writtenOf(group), flip(bit, parity));\n      sub64(head, DISPLACING);\n";
const DISPLACE_UNFLAG = "      sub64(head, DISPLACING);\n";

const OVER = "queue/bounded 2/over the end";
const FULL = "queue/bounded 2/always full or one less";
const ROUND = "queue/bounded 2/round and round";
const BATCHES = "queue/bounded 3/batches over the end";
const GROUPS = "queue/bounded 3/batches over a group's end";
const MANY = "queue/bounded 3/batches against batches";
const CLOSE = "queue/bounded 2/close against push and pop";
const FORCE_POP = "queue/bounded 2/forcePush against pop";
const FORCE_FORCE = "queue/bounded 2/forcePush against forcePush";
const FORCE_PUSH = "queue/bounded 2/forcePush against push";
const FORCE_CLOSE = "queue/bounded 2/forcePush against close";
const FORCE_LOOK = "queue/bounded 2/forcePush against every look";

export const boundedMutants = [
  mutant({
    name: "pushWithoutParity",
    why: "in odd laps a slot that was not read yet looks free, and a free one taken",
    edits: [
      [
        "min(min(GROUP - bit, capacity - offset), ctz((load64(readOf(group)) ^ parity) >> bit))",
        "min(min(GROUP - bit, capacity - offset), ctz(load64(readOf(group)) >> bit))",
      ],
    ],
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "popWithoutParity",
    why: "in odd laps a slot that holds nothing looks written",
    edits: [[POP_SEEN, POP_SEEN.replace(" ^ parity", "")]],
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "writtenAddedInOddLaps",
    why: "a bit that is one is not flipped by addition: the carry goes into the next slot's",
    edits: [[PUSH_PUBLISH, PUSH_PUBLISH.replace("flip((<u64>1) << bit, parity)", "(<u64>1) << bit")]],
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "readAddedInOddLaps",
    why: "the same where it was taken",
    edits: [[POP_MARK, POP_MARK.replace("flip((<u64>1) << bit, parity)", "(<u64>1) << bit")]],
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "writtenAddedByBatch",
    why: "the same with a batch",
    edits: [["flip(run(free, bit), parity)", "run(free, bit)"]],
    programs: [BATCHES, GROUPS],
    expect: "deadlock",
  }),
  mutant({
    name: "readAddedByBatch",
    why: "the same where a batch was taken",
    edits: [["flip(run(there, bit), parity)", "run(there, bit)"]],
    programs: [BATCHES, GROUPS],
    expect: "deadlock",
  }),
  mutant({
    name: "ringPublishBeforeWrite",
    why: "a pop reads the slot before the value is in it",
    edits: [
      [
        PUSH_WRITE + PUSH_PUBLISH,
        `      add64(writtenOf(group), flip((<u64>1) << bit, parity));\n${PUSH_WRITE}      return OK;\n`,
      ],
    ],
    programs: [OVER],
    expect: "race",
  }),
  mutant({
    name: "ringPublishBeforeCopy",
    why: "the same with a batch",
    edits: [[MANY_COPY + MANY_PUBLISH, MANY_PUBLISH + MANY_COPY]],
    programs: [BATCHES, MANY],
    expect: "race",
  }),
  mutant({
    name: "ringMarkedBeforeRead",
    why: "the next lap's push writes into the slot that is still to be read",
    edits: [
      [POP_READ + POP_MARK, `      add64(readOf(group), flip((<u64>1) << bit, parity));\n${POP_READ}      note(OK);\n`],
    ],
    programs: [FULL, ROUND],
    expect: "race",
  }),
  mutant({
    name: "ringBatchMarkedBeforeRead",
    why: "the same with a batch",
    edits: [[MANY_READ + MANY_MARK, MANY_MARK + MANY_READ]],
    programs: [GROUPS, MANY],
    expect: "race",
  }),
  mutant({
    name: "ringPushByStore",
    why: "two pushes write into the same slot",
    edits: [[PUSH_CLAIM, "    store64(tail, index + advance(offset, 1, capacity, bits));\n    if (true) {\n"]],
    programs: ["queue/bounded 3/pushers only"],
    expect: "race",
  }),
  mutant({
    name: "ringPopByStore",
    why: "two pops take the same value",
    edits: [[POP_CLAIM, "    store64(head, index + advance(offset, 1, capacity, bits));\n    if (true) {\n"]],
    programs: ["queue/bounded 3/poppers only"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringReadBeforeClaim",
    why: "a slot is read that is another's by now",
    edits: [[POP_CLAIM + POP_READ, POP_READ + POP_CLAIM]],
    programs: [FULL, ROUND],
    expect: "race",
  }),
  mutant({
    name: "fullWhileOneIsTaken",
    why: "a popper has claimed the slot and is still to read it: there is room, only not yet",
    edits: [[`${IS_FULL}${PUSH_RESTS}`, `if (true) {\n${PUSH_RESTS}`]],
    programs: [FULL],
    expect: "linearizability",
  }),
  mutant({
    name: "fullInBatchWhileOneIsTaken",
    why: "the same with a batch",
    edits: [[`${IS_FULL}${MANY_RESTS}`, `if (true) {\n${MANY_RESTS}`]],
    programs: ["queue/bounded 2/a batch that does not fit", GROUPS],
    expect: "linearizability",
  }),
  mutant({
    name: "emptyWhileOneIsWritten",
    why: "a pusher has claimed the slot and is still to write it, and one behind it has written",
    edits: [[POP_TAIL, "        const tail = load64(tailOf(queue));\n        if (true) {\n"]],
    programs: [OVER, FULL],
    expect: "linearizability",
  }),
  mutant({
    name: "ringPopLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    edits: [
      [
        `    const index = load64(head);\n${WAIT_FOR_DISPLACING}${POP_LOOK}${POP_SEEN}${POP_TAIL}`,
        `    const tail = load64(tailOf(queue));\n    const index = load64(head);\n${WAIT_FOR_DISPLACING}${POP_LOOK}${POP_SEEN}        if ((tail & ~CLOSED_BIT) == index) {\n`,
      ],
    ],
    programs: ["queue/bounded 2/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringClosedSeenTooEarly",
    why: "a push that looked before the close claims a slot after it",
    edits: [
      [
        "    const index = load64(tail);\n    if ((index & CLOSED_BIT) != 0) return CLOSED;\n",
        "    const closed = load64(tail);\n    const index = load64(tail);\n    if ((closed & CLOSED_BIT) != 0) return CLOSED;\n",
      ],
    ],
    programs: [CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "ringClosedFromAnotherLook",
    why: "closed and empty for ever, it says, when a push came before the close",
    edits: [
      [
        "          note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);\n          return NaN;",
        "          note((load64(tailOf(queue)) & CLOSED_BIT) != 0 ? CLOSED : EMPTY);\n          return NaN;",
      ],
    ],
    programs: [CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "batchTakesUnwritten",
    why: "a batch takes what was not written yet",
    edits: [["min(most, ctz(~(load64(writtenOf(group)) ^ parity) >> bit))", "most"]],
    programs: [BATCHES, MANY],
    expect: "deadlock",
  }),
  mutant({
    name: "batchOverwritesUnread",
    why: "a batch goes into slots that were not read yet",
    edits: [["min(most, ctz((load64(readOf(group)) ^ parity) >> bit))", "most"]],
    programs: ["queue/bounded 2/a batch that does not fit", BATCHES],
    expect: "deadlock",
  }),
  mutant({
    name: "batchBeyondGroup",
    why: "a batch is copied over the next group's bitmaps",
    edits: [["min(<u64>(n - done), min(GROUP - bit, capacity - offset))", "min(<u64>(n - done), capacity - offset)"]],
    programs: [GROUPS, "queue/bounded 8/batches of two groups"],
    expect: "linearizability",
  }),
  mutant({
    name: "batchBeyondRing",
    why: "a batch is copied behind the last slot, and the index counts the gap",
    edits: [["min(<u64>(n - done), min(GROUP - bit, capacity - offset))", "min(<u64>(n - done), GROUP - bit)"]],
    programs: [BATCHES],
    expect: "linearizability",
  }),
  mutant({
    name: "batchTakenBeyondGroup",
    why: "a batch is taken from the next group's bitmaps",
    edits: [
      ["min(<u64>(max - done), min(GROUP - bit, capacity - offset))", "min(<u64>(max - done), capacity - offset)"],
    ],
    programs: [GROUPS, "queue/bounded 8/batches of two groups"],
    expect: "deadlock",
  }),
  mutant({
    name: "batchTakenBeyondRing",
    why: "a batch is taken from behind the last slot",
    edits: [["min(<u64>(max - done), min(GROUP - bit, capacity - offset))", "min(<u64>(max - done), GROUP - bit)"]],
    programs: [BATCHES],
    expect: "linearizability",
  }),
  mutant({
    name: "lapNotBegun",
    why: "behind the last slot of a ring of three comes a fourth, and not the next lap",
    edits: [["offset + n == capacity ? (((<u64>1) << bits) - offset) << SHIFT : n << SHIFT", "n << SHIFT"]],
    programs: [BATCHES, "queue/bounded 3/pushers only"],
    expect: "deadlock",
  }),
  mutant({
    name: "lapNotCounted",
    why: "the ring's end leads back to the same lap: an index repeats",
    edits: [["(((<u64>1) << bits) - offset) << SHIFT", "(0 - offset) << SHIFT"]],
    programs: [OVER, ROUND],
    expect: "linearizability",
  }),
  mutant({
    name: "parityOfOffset",
    why: "the bit beside the lap's lowest says nothing about the lap",
    edits: [["0 - ((index >> (SHIFT + bits)) & 1)", "0 - ((index >> bits) & 1)"]],
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceStoresTail",
    why: "a close that lands meanwhile is lost: concurrent-queue's fault",
    edits: [[DISPLACE_TAIL, "      store64(tail, index + past);\n"]],
    programs: [FORCE_CLOSE, "queue/bounded 3/forcePush against close"],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceForgetsTail",
    why: "the new value lies behind the tail",
    edits: [[DISPLACE_TAIL, ""]],
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceTailLate",
    why: "a push finds the slot free at the old tail and takes it again",
    edits: [[DISPLACE_TAIL + DISPLACE_READ, DISPLACE_READ + DISPLACE_TAIL]],
    programs: [FORCE_PUSH],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceForgetsRead",
    why: "the slot's bit is one lap behind: nobody gets at it any more",
    edits: [[DISPLACE_READ, ""]],
    programs: [FORCE_PUSH, FORCE_FORCE],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceForgetsWritten",
    why: "the new value never shows",
    edits: [[DISPLACE_WRITTEN, DISPLACE_UNFLAG]],
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceReadOfNextLap",
    why: "`read` is flipped as in the tail's lap, and it stands in the one before",
    edits: [["flip(bit, ~parity)", "flip(bit, parity)"]],
    programs: [FORCE_PUSH, FORCE_FORCE],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceWithoutFlag",
    why: "between head and tail there is one value less, and someone looks",
    edits: [
      [DISPLACE_CLAIM, "    if (cas64(head, oldest, oldest + past)) {\n"],
      [DISPLACE_UNFLAG, ""],
    ],
    programs: [FORCE_LOOK, FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "flagClearedBeforeTail",
    why: "the same for as long as the tail is not moved",
    edits: [
      [DISPLACE_TAIL, `${DISPLACE_UNFLAG}${DISPLACE_TAIL}`],
      [DISPLACE_WRITTEN, "      add64(writtenOf(group), flip(bit, parity));\n"],
    ],
    programs: [FORCE_LOOK, FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "flagClearedBeforeBits",
    why: "a pop claims the newest value and finds its slot a lap behind",
    edits: [
      [DISPLACE_TAIL, `${DISPLACE_TAIL}${DISPLACE_UNFLAG}`],
      [DISPLACE_WRITTEN, "      add64(writtenOf(group), flip(bit, parity));\n"],
    ],
    programs: [FORCE_PUSH, FORCE_FORCE],
    expect: "deadlock",
  }),
  mutant({
    name: "flagStays",
    why: "who pops waits for ever",
    edits: [[DISPLACE_UNFLAG, ""]],
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "displacesUnwritten",
    why: "the oldest value's pusher has claimed the slot and is still to write it",
    edits: [[OLDEST_UNWRITTEN, ""]],
    programs: [FORCE_FORCE, FORCE_PUSH],
    expect: "race",
  }),
  mutant({
    name: "displacedReadLate",
    why: "what comes out is what has just gone in",
    edits: [[DISPLACE_SWAP, "      writeF64(slot, value);\n      const displaced = readF64(slot);\n"]],
    programs: [FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceByStore",
    why: "a pop has the oldest value meanwhile, and a push or a pop the slot",
    edits: [[DISPLACE_CLAIM, "    store64(head, (oldest + past) | DISPLACING);\n    if (true) {\n"]],
    programs: [FORCE_POP],
    expect: "race",
  }),
  mutant({
    name: "displaceInClosed",
    why: "a closed tail one lap on looks like a head that is flagged",
    edits: [["if ((index & CLOSED_BIT) != 0 || load64(head) != oldest) {", "if (load64(head) != oldest) {"]],
    programs: [FORCE_CLOSE, "queue/bounded 3/forcePush against close"],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceWithoutFull",
    why: "there is room meanwhile, and it waits for a head that does not come back",
    edits: [["if ((index & CLOSED_BIT) != 0 || load64(head) != oldest) {", "if ((index & CLOSED_BIT) != 0) {"]],
    programs: [FORCE_POP],
    expect: "livelock",
  }),
  mutant({
    name: "popWhileDisplacing",
    why: "the flag goes on with the head, and means full when one is gone, or the newest value is taken before its bits are right",
    edits: [[`${WAIT_FOR_DISPLACING}${POP_LOOK}`, `${NOT_WAITED}${POP_LOOK}`]],
    programs: ["queue/bounded 2/a look while one is displaced", FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "batchWhileDisplacing",
    why: "the same with a batch",
    edits: [
      [
        `${WAIT_FOR_DISPLACING}    const bit = bitOf(offset);\n    const most`,
        `${NOT_WAITED}    const bit = bitOf(offset);\n    const most`,
      ],
    ],
    programs: ["queue/bounded 2/a look while one is displaced"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringSizeWithoutSecondLook",
    why: "head and tail are of two moments: more items than there ever were, or fewer than none",
    edits: [["    if (load64(tailOf(queue)) == tail) {\n", "    if (true) {\n"]],
    programs: ["queue/bounded 2/size and emptiness", "queue/bounded 2/never full"],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeWhileDisplacing",
    why: "one value is neither before the tail nor behind the head",
    edits: [["    if ((head & DISPLACING) != 0) return <f64>capacityOf(queue);\n", ""]],
    programs: [FORCE_LOOK],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeWithoutLaps",
    why: "a tail in the next lap has the smaller offset",
    edits: [["  return laps * capacity + offsetOf(to, bits)", "  return offsetOf(to, bits)"]],
    programs: ["queue/bounded 2/size and emptiness"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringEmptyLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    edits: [
      [
        "  const head = load64(headOf(queue));\n  return (load64(tailOf(queue)) & ~CLOSED_BIT) == head;",
        "  const tail = load64(tailOf(queue));\n  return (tail & ~CLOSED_BIT) == load64(headOf(queue));",
      ],
    ],
    programs: ["queue/bounded 2/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringFinishedLooksAtTailFirst",
    why: "a closed tail moves once more when a value is being displaced, and the head comes up to where it was",
    edits: [
      [
        "  const head = load64(headOf(queue));\n  return load64(tailOf(queue)) == (head | CLOSED_BIT)",
        "  const tail = load64(tailOf(queue));\n  const head = load64(headOf(queue));\n  return tail == (head | CLOSED_BIT)",
      ],
    ],
    programs: ["queue/bounded 2/finished while one is displaced"],
    expect: "linearizability",
  }),
  mutant({
    name: "usedRingNotReset",
    why: "the bitmaps say what the memory held before",
    edits: [
      ["    store64(writtenOf(group), parity ^ used);\n", ""],
      ["    store64(readOf(group), parity ^ used);\n", ""],
    ],
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "secondGroupNotReset",
    why: "the same from the second group on",
    edits: [
      [
        "for (let first: u64 = 0; first < capacity; first += GROUP)",
        "for (let first: u64 = 0; first < 1; first += GROUP)",
      ],
    ],
    programs: [GROUPS],
    expect: "deadlock",
  }),
  mutant({
    name: "ringNotFreed",
    why: "the ring leaks",
    edits: [["  charge(cell, ring);\n  giveBack(ring, cell);\n", ""]],
    programs: ["queue/bounded of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  mutant({
    name: "ringDestroyedFromStart",
    why: "what was popped long ago is freed again, and what is there leaks",
    edits: [
      [
        "  const end = load64(tailOf(queue)) & ~CLOSED_BIT;\n  while",
        "  const end = load64(tailOf(queue)) & ~CLOSED_BIT;\n  store64(head, 0);\n  while",
      ],
    ],
    programs: ["queue/bounded of blocks/dropped with the queue"],
    expect: "double free",
  }),
  mutant({
    name: "ringDestroyForgetsNewest",
    why: "the newest payload leaks",
    edits: [
      [
        "    if (index == end) break;\n",
        "    if (index == end || index + advance(offsetOf(index, bits), 1, capacity, bits) == end) break;\n",
      ],
    ],
    programs: ["queue/bounded of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  mutant({
    name: "tailKnowsTooFar",
    why: "the tail believes that one slot more was read than it saw",
    edits: [["store64(tail + KNOWN, index + (free << SHIFT))", "store64(tail + KNOWN, index + ((free + 1) << SHIFT))"]],
    programs: ["queue/bounded 3/known for the tail", "queue/bounded 3/pushers only", FULL],
    expect: "deadlock",
  }),
  mutant({
    name: "headKnowsTooFar",
    why: "the head believes that one slot more was written than it saw",
    edits: [
      ["store64(head + KNOWN, index + (there << SHIFT))", "store64(head + KNOWN, index + ((there + 1) << SHIFT))"],
    ],
    programs: ["queue/bounded 3/known for the head", "queue/bounded 3/poppers only"],
    expect: "race",
  }),
  mutant({
    name: "fullFromTwoMoments",
    why: "while values are displaced head and tail move on, and a ring that is full all the time looks as if it were not",
    edits: [
      [
        "  return size(queue) == <f64>capacityOf(queue);",
        "  const tail = load64(tailOf(queue)) & ~CLOSED_BIT;\n  const head = load64(headOf(queue));\n  return (head & DISPLACING) != 0 || head == tail - ((<u64>1) << (SHIFT + offsetBitsOf(queue)));",
      ],
    ],
    programs: [FORCE_LOOK],
    expect: "linearizability",
  }),
  mutant({
    name: "distanceOverTheWrap",
    why: "over the index's wrap there are 2^63 values",
    edits: [[" & (ALL >> (SHIFT + bits));\n", ";\n"]],
    programs: ["queue/bounded 2/the index wraps under forcePush"],
    expect: "linearizability",
  }),
];
