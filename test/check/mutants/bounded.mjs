/**
 * Seeded faults of the bounded queue's ring. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/queue/kernel/bounded.ts");

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
    patch: `
      - const free = min(min(GROUP - bit, capacity - offset), ctz((load64(readOf(group)) ^ parity) >> bit));
      + const free = min(min(GROUP - bit, capacity - offset), ctz(load64(readOf(group)) >> bit));
    `,
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "popWithoutParity",
    why: "in odd laps a slot that holds nothing looks written",
    patch: `
      - const there = min(min(GROUP - bit, capacity - offset), ctz(~(load64(writtenOf(group)) ^ parity) >> bit));
      + const there = min(min(GROUP - bit, capacity - offset), ctz(~(load64(writtenOf(group))) >> bit));
    `,
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "writtenAddedInOddLaps",
    why: "a bit that is one is not flipped by addition: the carry goes into the next slot's",
    patch: `
      - add64(writtenOf(group), flip((<u64>1) << bit, parity));
      + add64(writtenOf(group), (<u64>1) << bit);
    `,
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "readAddedInOddLaps",
    why: "the same where it was taken",
    patch: `
      - add64(readOf(group), flip((<u64>1) << bit, parity));
      + add64(readOf(group), (<u64>1) << bit);
    `,
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "writtenAddedByBatch",
    why: "the same with a batch",
    patch: `
      - add64(writtenOf(group), flip(run(free, bit), parity));
      + add64(writtenOf(group), run(free, bit));
    `,
    programs: [BATCHES, GROUPS],
    expect: "deadlock",
  }),
  mutant({
    name: "readAddedByBatch",
    why: "the same where a batch was taken",
    patch: `
      - add64(readOf(group), flip(run(there, bit), parity));
      + add64(readOf(group), run(there, bit));
    `,
    programs: [BATCHES, GROUPS],
    expect: "deadlock",
  }),
  mutant({
    name: "ringPublishBeforeWrite",
    why: "a pop reads the slot before the value is in it",
    patch: `
      - writeF64(slotOf(group, bit), value);
        add64(writtenOf(group), flip((<u64>1) << bit, parity));
      - clear(cell);
      + writeF64(slotOf(group, bit), value);
    `,
    programs: [OVER],
    expect: "race",
  }),
  mutant({
    name: "ringPublishBeforeCopy",
    why: "the same with a batch",
    patch: `
      - copy(slotOf(group, bit), source + ((<usize>done) << 3), (<usize>free) << 3);
        add64(writtenOf(group), flip(run(free, bit), parity));
      + copy(slotOf(group, bit), source + ((<usize>done) << 3), (<usize>free) << 3);
    `,
    programs: [BATCHES, MANY],
    expect: "race",
  }),
  mutant({
    name: "ringMarkedBeforeRead",
    why: "the next lap's push writes into the slot that is still to be read",
    patch: `
      - const value = readF64(slotOf(group, bit));
        add64(readOf(group), flip((<u64>1) << bit, parity));
      - ownSlot(cell, value);
      + const value = readF64(slotOf(group, bit));
    `,
    programs: [FULL, ROUND],
    expect: "race",
  }),
  mutant({
    name: "ringBatchMarkedBeforeRead",
    why: "the same with a batch",
    patch: `
      - copy(target + ((<usize>done) << 3), slotOf(group, bit), (<usize>there) << 3);
        add64(readOf(group), flip(run(there, bit), parity));
      + copy(target + ((<usize>done) << 3), slotOf(group, bit), (<usize>there) << 3);
    `,
    programs: [GROUPS, MANY],
    expect: "race",
  }),
  mutant({
    name: "ringPushByStore",
    why: "two pushes write into the same slot",
    patch: `
      - if (cas64(tail, index, index + advance(offset, 1, capacity, bits))) {
      + store64(tail, index + advance(offset, 1, capacity, bits));
      + if (true) {
    `,
    programs: ["queue/bounded 3/pushers only"],
    expect: "race",
  }),
  mutant({
    name: "ringPopByStore",
    why: "two pops take the same value",
    patch: `
      - if (cas64(head, index, index + advance(offset, 1, capacity, bits))) {
      + store64(head, index + advance(offset, 1, capacity, bits));
      + if (true) {
    `,
    programs: ["queue/bounded 3/poppers only"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringReadBeforeClaim",
    why: "a slot is read that is another's by now",
    patch: `
      - if (cas64(head, index, index + advance(offset, 1, capacity, bits))) {
          const value = readF64(slotOf(group, bit));
      + if (cas64(head, index, index + advance(offset, 1, capacity, bits))) {
    `,
    programs: [FULL, ROUND],
    expect: "race",
  }),
  mutant({
    name: "fullWhileOneIsTaken",
    why: "a popper has claimed the slot and is still to read it: there is room, only not yet",
    patch: `
      - if (load64(headOf(queue)) == index - ((<u64>1) << (SHIFT + bits))) {
      + if (true) {
          if (caughtUp(tail, index, <u32>capacity)) continue;
    `,
    programs: [FULL],
    expect: "linearizability",
  }),
  mutant({
    name: "fullInBatchWhileOneIsTaken",
    why: "the same with a batch",
    patch: `
      - if (load64(headOf(queue)) == index - ((<u64>1) << (SHIFT + bits))) {
      + if (true) {
          if (done == 0 && caughtUp(tail, index, <u32>capacity)) continue;
    `,
    programs: ["queue/bounded 2/a batch that does not fit", GROUPS],
    expect: "linearizability",
  }),
  mutant({
    name: "emptyWhileOneIsWritten",
    why: "a pusher has claimed the slot and is still to write it, and one behind it has written",
    patch: `
        const tail = load64(tailOf(queue));
      - if ((tail & ~CLOSED_BIT) == index) {
      + if (true) {
    `,
    programs: [OVER, FULL],
    expect: "linearizability",
  }),
  mutant({
    name: "ringPopLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    patch: `
        let step: u32 = 0;
        while (true) {
      +   const tail = load64(tailOf(queue));
          const index = load64(head);

      - const tail = load64(tailOf(queue));
        if ((tail & ~CLOSED_BIT) == index) {
    `,
    programs: ["queue/bounded 2/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringClosedSeenTooEarly",
    why: "a push that looked before the close claims a slot after it",
    patch: `
      + const closed = load64(tail);
        const index = load64(tail);
      - if ((index & CLOSED_BIT) != 0) return CLOSED;
      + if ((closed & CLOSED_BIT) != 0) return CLOSED;
    `,
    programs: [CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "ringClosedFromAnotherLook",
    why: "closed and empty for ever, it says, when a push came before the close",
    patch: `
      - note((tail & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
      + note((load64(tailOf(queue)) & CLOSED_BIT) != 0 ? CLOSED : EMPTY);
        return NaN;
    `,
    programs: [CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "batchTakesUnwritten",
    why: "a batch takes what was not written yet",
    patch: `
      - const there = min(most, ctz(~(load64(writtenOf(group)) ^ parity) >> bit));
      + const there = most;
    `,
    programs: [BATCHES, MANY],
    expect: "deadlock",
  }),
  mutant({
    name: "batchOverwritesUnread",
    why: "a batch goes into slots that were not read yet",
    patch: `
      - const free = min(most, ctz((load64(readOf(group)) ^ parity) >> bit));
      + const free = most;
    `,
    programs: ["queue/bounded 2/a batch that does not fit", BATCHES],
    expect: "deadlock",
  }),
  mutant({
    name: "batchBeyondGroup",
    why: "a batch is copied over the next group's bitmaps",
    patch: `
      - const most = min(<u64>(n - done), min(GROUP - bit, capacity - offset));
      + const most = min(<u64>(n - done), capacity - offset);
    `,
    programs: [GROUPS, "queue/bounded 8/batches of two groups"],
    expect: "linearizability",
  }),
  mutant({
    name: "batchBeyondRing",
    why: "a batch is copied behind the last slot, and the index counts the gap",
    patch: `
      - const most = min(<u64>(n - done), min(GROUP - bit, capacity - offset));
      + const most = min(<u64>(n - done), GROUP - bit);
    `,
    programs: [BATCHES],
    expect: "linearizability",
  }),
  mutant({
    name: "batchTakenBeyondGroup",
    why: "a batch is taken from the next group's bitmaps",
    patch: `
      - const most = min(<u64>(max - done), min(GROUP - bit, capacity - offset));
      + const most = min(<u64>(max - done), capacity - offset);
    `,
    programs: [GROUPS, "queue/bounded 8/batches of two groups"],
    expect: "deadlock",
  }),
  mutant({
    name: "batchTakenBeyondRing",
    why: "a batch is taken from behind the last slot",
    patch: `
      - const most = min(<u64>(max - done), min(GROUP - bit, capacity - offset));
      + const most = min(<u64>(max - done), GROUP - bit);
    `,
    programs: [BATCHES],
    expect: "linearizability",
  }),
  mutant({
    name: "lapNotBegun",
    why: "behind the last slot of a ring of three comes a fourth, and not the next lap",
    patch: `
      - return offset + n == capacity ? (((<u64>1) << bits) - offset) << SHIFT : n << SHIFT;
      + return n << SHIFT;
    `,
    programs: [BATCHES, "queue/bounded 3/pushers only"],
    expect: "deadlock",
  }),
  mutant({
    name: "lapNotCounted",
    why: "the ring's end leads back to the same lap: an index repeats",
    patch: `
      - return offset + n == capacity ? (((<u64>1) << bits) - offset) << SHIFT : n << SHIFT;
      + return offset + n == capacity ? (0 - offset) << SHIFT : n << SHIFT;
    `,
    programs: [OVER, ROUND],
    expect: "linearizability",
  }),
  mutant({
    name: "parityOfOffset",
    why: "the bit beside the lap's lowest says nothing about the lap",
    patch: `
      - return 0 - ((index >> (SHIFT + bits)) & 1);
      + return 0 - ((index >> bits) & 1);
    `,
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceStoresTail",
    why: "a close that lands meanwhile is lost: concurrent-queue's fault",
    patch: `
      - add64(tail, past);
      + store64(tail, index + past);
    `,
    programs: [FORCE_CLOSE, "queue/bounded 3/forcePush against close"],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceForgetsTail",
    why: "the new value lies behind the tail",
    patch: `
      - add64(tail, past);
    `,
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceTailLate",
    why: "a push finds the slot free at the old tail and takes it again",
    patch: `
      - add64(tail, past);
        add64(readOf(group), flip(bit, ~parity));
      + add64(tail, past);
    `,
    programs: [FORCE_PUSH],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceForgetsRead",
    why: "the slot's bit is one lap behind: nobody gets at it any more",
    patch: `
      - add64(readOf(group), flip(bit, ~parity));
    `,
    programs: [FORCE_PUSH, FORCE_FORCE],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceForgetsWritten",
    why: "the new value never shows",
    patch: `
      - add64(writtenOf(group), flip(bit, parity));
    `,
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceReadOfNextLap",
    why: "`read` is flipped as in the tail's lap, and it stands in the one before",
    patch: `
      - add64(readOf(group), flip(bit, ~parity));
      + add64(readOf(group), flip(bit, parity));
    `,
    programs: [FORCE_PUSH, FORCE_FORCE],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceWithoutFlag",
    why: "between head and tail there is one value less, and someone looks",
    patch: `
      - if (cas64(head, oldest, (oldest + past) | DISPLACING)) {
      + if (cas64(head, oldest, oldest + past)) {

      - sub64(head, DISPLACING);
    `,
    programs: [FORCE_LOOK, FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "flagClearedBeforeTail",
    why: "the same for as long as the tail is not moved",
    patch: `
      + sub64(head, DISPLACING);
        add64(tail, past);
        add64(readOf(group), flip(bit, ~parity));
        add64(writtenOf(group), flip(bit, parity));
      - sub64(head, DISPLACING);
    `,
    programs: [FORCE_LOOK, FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "flagClearedBeforeBits",
    why: "a pop claims the newest value and finds its slot a lap behind",
    patch: `
      + sub64(head, DISPLACING);
        add64(readOf(group), flip(bit, ~parity));
        add64(writtenOf(group), flip(bit, parity));
      - sub64(head, DISPLACING);
    `,
    programs: [FORCE_PUSH, FORCE_FORCE],
    expect: "deadlock",
  }),
  mutant({
    name: "flagStays",
    why: "who pops waits for ever",
    patch: `
      - sub64(head, DISPLACING);
    `,
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "displacesUnwritten",
    why: "the oldest value's pusher has claimed the slot and is still to write it",
    patch: `
      - if (((load64(writtenOf(group)) ^ parity) & bit) != 0) {
      -   step = snooze(step);
      -   continue;
      - }
    `,
    programs: [FORCE_FORCE, FORCE_PUSH],
    expect: "race",
  }),
  mutant({
    name: "displacedReadLate",
    why: "what comes out is what has just gone in",
    patch: `
      - const displaced = readF64(slot);
        writeF64(slot, value);
      + const displaced = readF64(slot);
    `,
    programs: [FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceByStore",
    why: "a pop has the oldest value meanwhile, and a push or a pop the slot",
    patch: `
      - if (cas64(head, oldest, (oldest + past) | DISPLACING)) {
      + store64(head, (oldest + past) | DISPLACING);
      + if (true) {
    `,
    programs: [FORCE_POP],
    expect: "race",
  }),
  mutant({
    name: "displaceInClosed",
    why: "a closed tail one lap on looks like a head that is flagged",
    patch: `
      - if ((index & CLOSED_BIT) != 0 || load64(head) != oldest) {
      + if (load64(head) != oldest) {
    `,
    programs: [FORCE_CLOSE, "queue/bounded 3/forcePush against close"],
    expect: "deadlock",
  }),
  mutant({
    name: "displaceWithoutFull",
    why: "there is room meanwhile, and it waits for a head that does not come back",
    patch: `
      - if ((index & CLOSED_BIT) != 0 || load64(head) != oldest) {
      + if ((index & CLOSED_BIT) != 0) {
    `,
    programs: [FORCE_POP],
    expect: "livelock",
  }),
  mutant({
    name: "popWhileDisplacing",
    why: "the flag goes on with the head, and means full when one is gone, or the newest value is taken before its bits are right",
    patch: `
        while (true) {
          const index = load64(head);
      -   if ((index & DISPLACING) != 0) {
      -     step = snooze(step);
      -     continue;
      -   }
    `,
    programs: ["queue/bounded 2/a look while one is displaced", FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "batchWhileDisplacing",
    why: "the same with a batch",
    patch: `
        while (done < max) {
          const index = load64(head);
      -   if ((index & DISPLACING) != 0) {
      -     step = snooze(step);
      -     continue;
      -   }
    `,
    programs: ["queue/bounded 2/a look while one is displaced"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringSizeWithoutSecondLook",
    why: "head and tail are of two moments: more items than there ever were, or fewer than none",
    patch: `
      - if (load64(tailOf(queue)) == tail) {
      + if (true) {
    `,
    programs: ["queue/bounded 2/size and emptiness", "queue/bounded 2/never full"],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeWhileDisplacing",
    why: "one value is neither before the tail nor behind the head",
    patch: `
      - if ((head & DISPLACING) != 0) return <f64>capacityOf(queue);
    `,
    programs: [FORCE_LOOK],
    expect: "linearizability",
  }),
  mutant({
    name: "sizeWithoutLaps",
    why: "a tail in the next lap has the smaller offset",
    patch: `
      - return laps * capacity + offsetOf(to, bits) - offsetOf(from, bits);
      + return offsetOf(to, bits) - offsetOf(from, bits);
    `,
    programs: ["queue/bounded 2/size and emptiness"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringEmptyLooksAtTailFirst",
    why: "a tail that is old by now equals a head that has come up to it",
    patch: `
      - const head = load64(headOf(queue));
      - return (load64(tailOf(queue)) & ~CLOSED_BIT) == head;
      + const tail = load64(tailOf(queue));
      + return (tail & ~CLOSED_BIT) == load64(headOf(queue));
    `,
    programs: ["queue/bounded 2/never empty"],
    expect: "linearizability",
  }),
  mutant({
    name: "ringFinishedLooksAtTailFirst",
    why: "a closed tail moves once more when a value is being displaced, and the head comes up to where it was",
    patch: `
      + const tail = load64(tailOf(queue));
        const head = load64(headOf(queue));
      - return load64(tailOf(queue)) == (head | CLOSED_BIT) && (head & DISPLACING) == 0;
      + return tail == (head | CLOSED_BIT) && (head & DISPLACING) == 0;
    `,
    programs: ["queue/bounded 2/finished while one is displaced"],
    expect: "linearizability",
  }),
  mutant({
    name: "usedRingNotReset",
    why: "the bitmaps say what the memory held before",
    patch: `
      - store64(writtenOf(group), parity ^ used);
      - store64(readOf(group), parity ^ used);
    `,
    programs: [OVER, ROUND],
    expect: "deadlock",
  }),
  mutant({
    name: "secondGroupNotReset",
    why: "the same from the second group on",
    patch: `
      - for (let first: u64 = 0; first < capacity; first += GROUP) {
      + for (let first: u64 = 0; first < 1; first += GROUP) {
    `,
    programs: [GROUPS],
    expect: "deadlock",
  }),
  mutant({
    name: "ringNotFreed",
    why: "the ring leaks",
    patch: `
      - own(cell, ring);
      - giveBack(ring, cell);
    `,
    programs: ["queue/bounded of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  mutant({
    name: "ringDestroyedFromStart",
    why: "what was popped long ago is freed again, and what is there leaks",
    patch: `
        const end = load64(tailOf(queue)) & ~CLOSED_BIT;
      + store64(head, 0);
    `,
    programs: ["queue/bounded of blocks/dropped with the queue"],
    expect: "double free",
  }),
  mutant({
    name: "ringDestroyForgetsNewest",
    why: "the newest payload leaks",
    patch: `
      - if (index == end) break;
      + if (index == end || index + advance(offsetOf(index, bits), 1, capacity, bits) == end) break;
    `,
    programs: ["queue/bounded of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  mutant({
    name: "tailKnowsTooFar",
    why: "the tail believes that one slot more was read than it saw",
    patch: `
      - if (free > 1) store64(tail + KNOWN, index + (free << SHIFT));
      + if (free > 1) store64(tail + KNOWN, index + ((free + 1) << SHIFT));
    `,
    programs: ["queue/bounded 3/known for the tail", "queue/bounded 3/pushers only", FULL],
    expect: "deadlock",
  }),
  mutant({
    name: "headKnowsTooFar",
    why: "the head believes that one slot more was written than it saw",
    patch: `
      - if (there > 1) store64(head + KNOWN, index + (there << SHIFT));
      + if (there > 1) store64(head + KNOWN, index + ((there + 1) << SHIFT));
    `,
    programs: ["queue/bounded 3/known for the head", "queue/bounded 3/poppers only"],
    expect: "race",
  }),
  mutant({
    name: "fullFromTwoMoments",
    why: "while values are displaced head and tail move on, and a ring that is full all the time looks as if it were not",
    patch: `
      - return size(queue) == <f64>capacityOf(queue);
      + const head = load64(headOf(queue));
      + const full = (load64(tail) & ~CLOSED_BIT) - ((<u64>1) << (SHIFT + offsetBitsOf(queue)));
      + return (head & DISPLACING) != 0 || head == full;
    `,
    programs: [FORCE_LOOK],
    expect: "linearizability",
  }),
  mutant({
    name: "fullButKnown",
    why: "the slot behind the last one that is known to be free is taken for free",
    patch: `
      - if (isBefore(load64(tail) & ~CLOSED_BIT, load64(tail + KNOWN))) return false;
      + if (!isBefore(load64(tail + KNOWN), load64(tail) & ~CLOSED_BIT)) return false;
    `,
    programs: ["queue/bounded 2/full and empty", "queue/bounded 2/always full or one less"],
    expect: "linearizability",
  }),
  mutant({
    name: "distanceOverTheWrap",
    why: "over the index's wrap there are 2^63 values",
    patch: `
      - const laps = ((to >> (SHIFT + bits)) - (from >> (SHIFT + bits))) & (ALL >> (SHIFT + bits));
      + const laps = ((to >> (SHIFT + bits)) - (from >> (SHIFT + bits)));
    `,
    programs: ["queue/bounded 2/the index wraps under forcePush"],
    expect: "linearizability",
  }),
];
