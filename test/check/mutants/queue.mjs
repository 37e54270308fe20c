/**
 * Seeded faults of the unbounded queue, and those of the other flavours from beside it. What a mutant is: mutant.mjs.
 */
import { boundedMutants } from "./bounded.mjs";
import { inFile } from "./mutant.mjs";
import { singleMutants } from "./single.mjs";

const mutant = inFile("src/queue/kernel/unbounded.ts");
const inDoor = inFile("src/queue/kernel/queue.ts");

const END = "queue/one slot before the end";
const PUSHERS = "queue/pushers only";
const BATCHES = "queue/batches over the end";
const AGAIN = "queue/blocks come back";
const ONE_SLOT = "queue/blocks of one slot come back";

export const queueMutants = [
  mutant({
    name: "holeLeftByStore",
    why: "a close that lands while the tail is in the hole is lost",
    patch: `
        writeF64(slotOf(block, offset), value);
        if (last) {
          store32(tail + BLOCK, <u32>next);
      -   add64(tail + INDEX, ONE);
      +   store64(tail + INDEX, index + 2 * ONE);
    `,
    programs: ["queue/close against push and pop"],
    expect: "linearizability",
  }),
  mutant({
    name: "holeLeftByStoreInBatch",
    why: "the same at the end of a batch",
    patch: `
        copy(slotOf(block, offset), source + ((<usize>done) << 3), (<usize>run) << 3);
        if (last) {
          store32(tail + BLOCK, <u32>next);
      -   add64(tail + INDEX, ONE);
      +   store64(tail + INDEX, index + ((run + 1) << SHIFT));
    `,
    programs: ["queue/close against the hole"],
    expect: "linearizability",
  }),
  mutant({
    name: "publishBeforeWrite",
    why: "a pop reads the slot before the value is in it",
    patch: `
        if (cas64(tail + INDEX, index, index + ONE)) {
      +   add64(writtenOf(block), (<u64>1) << offset);

        }
      - add64(writtenOf(block), (<u64>1) << offset);
    `,
    programs: [END],
    expect: "race",
  }),
  mutant({
    name: "publishBeforeCopy",
    why: "the same with a batch",
    patch: `
        if (cas64(tail + INDEX, index, index + (run << SHIFT))) {
      +   add64(writtenOf(block), (((<u64>1) << run) - 1) << offset);

        }
      - add64(writtenOf(block), (((<u64>1) << run) - 1) << offset);
    `,
    programs: [BATCHES],
    expect: "race",
  }),
  mutant({
    name: "claimBeforeBlock",
    why: "the next block is allocated after the claim: a thread killed there leaves the tail in the hole for ever",
    patch: `
      - if (last && next == 0) {
      -   next = newBlock();
      -   if (next == 0) {
      -     if (load64(tail + INDEX) != index) continue;
      -     answer = NO_MEMORY;
      -     break;
      -   }
      - }
        if (cas64(tail + INDEX, index, index + ONE)) {
          writeF64(slotOf(block, offset), value);
          if (last) {
      +     next = newBlock();
    `,
    programs: ["queue/a pusher or popper is killed"],
    expect: "deadlock",
  }),
  mutant({
    name: "waitAfterClaim",
    why: "the pop waits for the next block after its claim: a thread killed there leaves the head in the hole for ever",
    patch: `
      - if (offset == SLOTS - 1) {
      -   next = load32(nextOf(block));
      -   if (next == 0) {
      -     step = snooze(step);
      -     continue;
      -   }
      - }
        if (cas64(head + INDEX, index, index + ONE)) {
      +   while (offset == SLOTS - 1 && next == 0) {
      +     step = snooze(step);
      +     next = load32(nextOf(block));
      +   }
    `,
    programs: ["queue/a pusher or popper is killed"],
    expect: "deadlock",
  }),
  mutant({
    name: "claimUnwritten",
    why: "the pop claims by the tail alone and waits for the pusher afterwards: a value that another pusher has is skipped",
    patch: `
      - if ((load64(writtenOf(block)) & bit) == 0) {
      + if (count(load64(tailOf(queue) + INDEX)) == count(index)) {

        if (cas64(head + INDEX, index, index + ONE)) {
      +   while ((load64(writtenOf(block)) & bit) == 0) {
      +     step = snooze(step);
      +   }
    `,
    programs: ["queue/a pusher or popper is killed"],
    expect: "deadlock",
  }),
  mutant({
    name: "writtenNotReset",
    why: "a recycled block says that it holds values which are long gone",
    patch: `
      - store64(writtenOf(block), 0);
    `,
    programs: [AGAIN, ONE_SLOT],
    expect: "deadlock",
  }),
  mutant({
    name: "readNotReset",
    why: "a recycled block is never seen to be read up, or too early",
    patch: `
      - store64(readOf(block), 0);
    `,
    programs: [AGAIN, ONE_SLOT],
    expect: "accounting",
  }),
  mutant({
    name: "nextNotReset",
    why: "a recycled block leads to whatever its link led to",
    patch: `
      - store32(nextOf(block), 0);
    `,
    programs: [AGAIN, ONE_SLOT],
    expect: "double free",
  }),
  mutant({
    name: "freeBeforeLastReader",
    why: "whoever takes the last slot frees the block while others still read in it",
    patch: `
      - const isDone = add64(readOf(block), bit) == ALL - bit;
      - ownSlot(cell, value);
      - if (isDone) {
      -   own(ofBlock, block);
      -   giveBack(block, ofBlock);
      - }
      + const isDone = next != 0;
      + add64(readOf(block), bit);
      + if (isDone) giveBack(block, ofBlock);
    `,
    programs: ["queue/poppers only", AGAIN, END],
    expect: "use after free",
  }),
  mutant({
    name: "readMarkedBeforeRead",
    why: "another completes the block and frees it while the slot is still to be read",
    patch: `
      - const value = readF64(slotOf(block, offset));
        const isDone = add64(readOf(block), bit) == ALL - bit;
      - ownSlot(cell, value);
      - if (isDone) {
      -   own(ofBlock, block);
      -   giveBack(block, ofBlock);
      - }
      + const value = readF64(slotOf(block, offset));
      + if (isDone) giveBack(block, ofBlock);
    `,
    programs: ["queue/poppers only", END],
    expect: "use after free",
  }),
  mutant({
    name: "batchMarkedBeforeRead",
    why: "the same with a batch",
    patch: `
      - copy(target + ((<usize>done) << 3), slotOf(block, offset), (<usize>run) << 3);
        const bits = (((<u64>1) << run) - 1) << offset;
      - if (add64(readOf(block), bits) == ALL - bits) {
      -   own(ofBlock, block);
      -   giveBack(block, ofBlock);
      - }
      + const full = add64(readOf(block), bits) == ALL - bits;
      + copy(target + ((<usize>done) << 3), slotOf(block, offset), (<usize>run) << 3);
      + if (full) giveBack(block, ofBlock);
    `,
    programs: ["queue/batches against batches", BATCHES],
    expect: "use after free",
  }),
  mutant({
    name: "nobodyFrees",
    why: "a block that was read up leaks",
    patch: `
      - const isDone = add64(readOf(block), bit) == ALL - bit;
      - ownSlot(cell, value);
      - if (isDone) {
      -   own(ofBlock, block);
      -   giveBack(block, ofBlock);
      - }
      + add64(readOf(block), bit);
    `,
    programs: [END],
    expect: "accounting",
  }),
  mutant({
    name: "unusedBlockForgotten",
    why: "two allocate the next block, one installs it: the other's leaks",
    patch: `
      - if (next != 0) giveBack(next, ofNext);
        return answer;
    `,
    programs: [PUSHERS],
    expect: "accounting",
  }),
  mutant({
    name: "exhaustedWithoutSecondLook",
    why: "no memory, it says, for a block that nobody needs: another thread has installed one",
    patch: `
      - if (load64(tail + INDEX) != index) continue;
        answer = NO_MEMORY;
    `,
    programs: ["queue/a block that is not needed"],
    expect: "linearizability",
  }),
  mutant({
    name: "tailLeavesHoleTooEarly",
    why: "a push finds the old block under the new index",
    patch: `
        writeF64(slotOf(block, offset), value);
        if (last) {
      -   store32(tail + BLOCK, <u32>next);
          add64(tail + INDEX, ONE);
      +   store32(tail + BLOCK, <u32>next);
    `,
    programs: [PUSHERS, END],
    expect: "deadlock",
  }),
  mutant({
    name: "headLeavesHoleTooEarly",
    why: "a pop finds the old block under the new index",
    patch: `
        if (cas64(head + INDEX, index, index + ONE)) {
          if (next != 0) {
      -     store32(head + BLOCK, next);
            add64(head + INDEX, ONE);
      +     store32(head + BLOCK, next);
    `,
    programs: [AGAIN, END],
    expect: "linearizability",
  }),
  mutant({
    name: "tailBlockBeforeIndex",
    why: "a push that slept between the two writes into the block before",
    patch: `
        while (true) {
      -   const index = load64(tail + INDEX);
          const block = <usize>load32(tail + BLOCK);
      +   const index = load64(tail + INDEX);
    `,
    programs: [PUSHERS, END],
    expect: "deadlock",
  }),
  mutant({
    name: "headBlockBeforeIndex",
    why: "a pop that slept between the two reads from the block before",
    patch: `
        while (true) {
      -   const index = load64(head + INDEX);
          const block = <usize>load32(head + BLOCK);
      +   const index = load64(head + INDEX);
    `,
    programs: [AGAIN, END],
    expect: "use after free",
  }),
  mutant({
    name: "readBeforeClaim",
    why: "a slot is read that is another's by now",
    patch: `
      +   const value = readF64(slotOf(block, offset));
        if (cas64(head + INDEX, index, index + ONE)) {

      - const value = readF64(slotOf(block, offset));
        const isDone = add64(readOf(block), bit) == ALL - bit;
    `,
    programs: [AGAIN, END],
    expect: "use after free",
  }),
  mutant({
    name: "popByStore",
    why: "two pops take the same value",
    patch: `
      - if (cas64(head + INDEX, index, index + ONE)) {
      + store64(head + INDEX, index + ONE);
      + if (true) {
    `,
    programs: ["queue/poppers only"],
    expect: "linearizability",
  }),
  mutant({
    name: "pushByStore",
    why: "two pushes write into the same slot",
    patch: `
      - if (cas64(tail + INDEX, index, index + ONE)) {
      + store64(tail + INDEX, index + ONE);
      + if (true) {
    `,
    programs: [PUSHERS],
    expect: "race",
  }),
  mutant({
    name: "closedSeenTooEarly",
    why: "a push that looked before the close claims a slot after it",
    patch: `
        while (true) {
      +   const closed = load64(tail + INDEX);
          const index = load64(tail + INDEX);
          const block = <usize>load32(tail + BLOCK);
      -   if ((index & CLOSED_BIT) != 0) {
      +   if ((closed & CLOSED_BIT) != 0) {
    `,
    programs: ["queue/close against push and pop", "queue/close against the hole"],
    expect: "linearizability",
  }),
  inDoor({
    name: "closeByStore",
    why: "a push that lands in between is taken back",
    patch: `
      - import { load64, or64, readF64 } from "../../heap/kernel/atomic";
      + import { load64, or64, readF64, store64 } from "../../heap/kernel/atomic";

      - return (or64(tailOf(queue), CLOSED_BIT) & CLOSED_BIT) == 0;
      + const tail = load64(tailOf(queue));
      + store64(tailOf(queue), tail | CLOSED_BIT);
      + return (tail & CLOSED_BIT) == 0;
    `,
    programs: ["queue/close against push and pop", "queue/close against the hole"],
    expect: "deadlock",
  }),
  mutant({
    name: "closedFromAnotherLook",
    why: "closed and empty for ever, it says, when a push came before the close",
    patch: `
      - note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
      + note((load64(tailOf(queue) + INDEX) & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
        return NaN;
    `,
    programs: ["queue/close against push and pop"],
    expect: "linearizability",
  }),
  mutant({
    name: "popLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    patch: `
        let step: u32 = 0;
        while (true) {
      +   const tail = load64(tailOf(queue) + INDEX);

        if ((load64(writtenOf(block)) & bit) == 0) {
      -   const tail = load64(tailOf(queue) + INDEX);
    `,
    programs: ["queue/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeWithoutSecondLook",
    why: "head and tail are of two moments: more items than there ever were, or fewer than none",
    patch: `
      - if (load64(tailOf(queue) + INDEX) == tail) return <f64>(count(tail) - count(head));
      + return <f64>(count(tail) - count(head));
    `,
    programs: ["queue/size and emptiness"],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeCountsHoles",
    why: "positions are not items",
    patch: `
      - return position - (position >> LAP_SHIFT);
      + return position;
    `,
    programs: [PUSHERS, "queue/size and emptiness"],
    expect: "linearizability",
  }),
  mutant({
    name: "emptyLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    patch: `
      - const head = load64(headOf(queue) + INDEX);
      - return count(load64(tailOf(queue) + INDEX)) == count(head);
      + const tail = load64(tailOf(queue) + INDEX);
      + return count(tail) == count(load64(headOf(queue) + INDEX));
    `,
    programs: ["queue/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "batchBeyondItsRun",
    why: "a batch takes what was not written yet",
    patch: `
      - const run = min(<u64>(max - done), ctz(~(load64(writtenOf(block)) >> offset)));
      + const run = min(<u64>(max - done), SLOTS - offset);
    `,
    programs: [BATCHES],
    expect: "deadlock",
  }),
  mutant({
    name: "nextAfterPublishUnchecked",
    why: "the last value shows before the next block is installed, and the pop that takes it does not look",
    patch: `
        writeF64(slotOf(block, offset), value);
        if (last) {
          store32(tail + BLOCK, <u32>next);
          add64(tail + INDEX, ONE);
      + }
      + add64(writtenOf(block), (<u64>1) << offset);
      + if (last) {

      - add64(writtenOf(block), (<u64>1) << offset);
      - clear(cell);

      - if (offset == SLOTS - 1) {
      -   next = load32(nextOf(block));
      -   if (next == 0) {
      -     step = snooze(step);
      -     continue;
      -   }
      - }
      + if (offset == SLOTS - 1) next = load32(nextOf(block));
    `,
    programs: [END, AGAIN],
    expect: "use after free",
  }),
  mutant({
    name: "destroyFromTail",
    why: "what lies before the tail's block leaks",
    patch: `
        while (true) {
      -   const block = <usize>load32(head + BLOCK);
      +   const block = <usize>load32(tailOf(queue) + BLOCK);
      +   store32(tailOf(queue) + BLOCK, 0);
    `,
    programs: ["queue/last handle against a pop"],
    expect: "accounting",
  }),
  mutant({
    name: "destroyFreesTaken",
    why: "payloads of the first block are freed again that somebody took",
    patch: `
        const end = load64(tailOf(queue) + INDEX) & ~CLOSED_BIT;
      + store64(head + INDEX, ((load64(head + INDEX) >> SHIFT) & ~LAP_MASK) << SHIFT);
    `,
    programs: ["queue/unbounded of blocks/dropped with half a block"],
    expect: "double free",
  }),
  mutant({
    name: "destroyForgetsNextBlock",
    why: "it stays at the hole, and the payloads of the blocks behind it leak",
    patch: `
      - if (offset == HOLE) add64(head + INDEX, ONE);
    `,
    programs: ["queue/unbounded of blocks/in batches"],
    expect: "accounting",
  }),
  ...boundedMutants,
  ...singleMutants,
];
