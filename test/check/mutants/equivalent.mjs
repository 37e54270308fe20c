/**
 * Changes that look like faults and are none: no schedule tells them from the kernel, and here is why. They are searched
 * like the others; one that is found is no equivalent.
 */
import { inFile } from "./mutant.mjs";

const inAllocator = inFile("src/heap/kernel/alloc.ts");
const inArc = inFile("src/arc/kernel/arc.ts");
const inQueue = inFile("src/queue/kernel/unbounded.ts");
const inRing = inFile("src/queue/kernel/bounded.ts");
const inSlot = inFile("src/queue/kernel/single.ts");
const inEvent = inFile("src/listener/kernel/event.ts");

export const equivalentMutants = [
  inAllocator({
    name: "tagRaisedByUnlockAlone",
    why: "a ready list whose first block is the same again was empty and filled anew in between, and that raises the tag",
    patch: `
      - if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
      + if (cas64(lists, list, (list & ~blockBits) | next)) {
    `,
    programs: ["allocator/recycling", "allocator/recycling by two"],
  }),
  inAllocator({
    name: "refillWaitsForPromise",
    why:
      "as long as the optimizer inlines `deliver` there is no safepoint between a promise and its delivery, so a thread is " +
      "not killed there and the wait ends. The kernel helps all the same: it must not depend on that (promiseIsWaitedFor)",
    patch: `
      -   deliver(word);
      +   step = snooze(step);
          continue;
        }
        if (<u32>load64(carveOf(cls)) != 0) return true;
    `,
    programs: ["allocator/two classes want a page", "allocator/killed with a page promised"],
  }),
  inArc({
    name: "ticketWithoutTestForZero",
    why: "the open that takes the last count moves the generation on in the same step: no token fits a ticket with none left",
    patch: `
      - if (<u32>(word >> 32) != generation || left == 0) return false;
      + if (<u32>(word >> 32) != generation) return false;
    `,
    programs: ["arc/a ticket of two opens", "arc/a used-up ticket against new ones"],
  }),
  inQueue({
    name: "nextAfterPublish",
    why: "a pop of the last value that finds no next block waits for it, so nobody can free the block before it is there",
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
    `,
    programs: ["queue/one slot before the end", "queue/blocks come back"],
  }),
  inQueue({
    name: "nextNotTested",
    why:
      "whoever sees the last slot's bit in the right block sees a next block, since that was installed before; in a wrong " +
      "block the claim fails. Either of these two would do, and without both a pop follows null (nextAfterPublishUnchecked)",
    patch: `
      - if (offset == SLOTS - 1) {
      -   next = load32(nextOf(block));
      -   if (next == 0) {
      -     step = snooze(step);
      -     continue;
      -   }
      - }
      + if (offset == SLOTS - 1) next = load32(nextOf(block));
    `,
    programs: ["queue/one slot before the end", "queue/blocks come back"],
  }),
  inQueue({
    name: "positionsInsteadOfCounts",
    why:
      "they differ only where the head is in the hole: there it says at once that nothing is left, and waits otherwise for " +
      "the pop that is between its claim and its addition, where nobody is killed",
    patch: `
        const tail = load64(tailOf(queue) + INDEX);
      - if (count(tail) == count(index)) {
      + if (tail >> SHIFT == index >> SHIFT) {
    `,
    programs: ["queue/size and emptiness", "queue/poppers only"],
  }),
  inQueue({
    name: "finishedLooksAtTailFirst",
    why: "a closed tail stays where it is, and the head only comes up to it; of one that is not closed nothing is claimed",
    patch: `
      - const head = load64(headOf(queue) + INDEX);
        const tail = load64(tailOf(queue) + INDEX);
      + const head = load64(headOf(queue) + INDEX);
    `,
    programs: ["queue/close against push and pop"],
  }),
  inQueue({
    name: "batchWaitsForMore",
    why: "only slower: the pusher that it waits for is between its claim and its addition, where nobody is killed",
    patch: `
      - if (done != 0) break;
    `,
    programs: ["queue/batches against batches", "queue/a batch is killed"],
  }),
  inRing({
    name: "finishedWithoutFlag",
    why: "while a value is displaced the tail is a slot or more ahead, since a ring has two or more: it equals no flagged head",
    patch: `
      - return load64(tailOf(queue)) == (head | CLOSED_BIT) && (head & DISPLACING) == 0;
      + return load64(tailOf(queue)) == (head | CLOSED_BIT);
    `,
    programs: ["queue/bounded 2/finished while one is displaced", "queue/bounded 2/forcePush against every look"],
  }),
  inSlot({
    name: "slotDisplacedInClosed",
    why:
      "a forcePush that found the slot full began before the close, and what it displaces was there when that came: it " +
      "counts as earlier, and in between nobody can have looked into the slot",
    patch: `
      - if (word != HOLDS) {
      + if ((word & (HOLDS | BUSY)) != HOLDS) {
          note(OK);
          return NaN;
        }
      - if (cas64(state, HOLDS, HOLDS | BUSY)) {
      + if (cas64(state, word, word | BUSY)) {
    `,
    programs: ["queue/single/forcePush against close", "queue/single/forcePush against every look"],
  }),
  inEvent({
    name: "neverIdle",
    why: "the early way out only spares the lock: behind it the same is asked again",
    patch: `
      - if (isIdle(event, n, additional)) return 0;
    `,
    programs: ["listener/listen against notify", "listener/what is counted"],
  }),
  inEvent({
    name: "headForgotten",
    why: "nobody follows the list from its head: the kernel begins at the first that is not notified, or at the tail",
    patch: `
      - write32(prev != 0 ? prev + NEXT : list + HEAD, <u32>next);
      + if (prev != 0) write32(prev + NEXT, <u32>next);
        write32(next != 0 ? next + PREV : list + TAIL, <u32>prev);
    `,
    programs: ["listener/listeners leave side by side", "listener/come and go"],
  }),
  inEvent({
    name: "wokenThoughAwake",
    why: "a wake-up for a listener that does not park finds nobody, and who parks there later looks first",
    patch: `
      - let sleeper = (before & PARKED) != 0 ? node : 0;
      + let sleeper = node;
    `,
    programs: ["listener/two wait, one call", "listener/a place is another's"],
  }),
  inEvent({
    name: "wokenThoughRung",
    why: "a bell that is rung already has nobody resting on it",
    patch: `
        store32(node + LINK, swap32(owner, <u32>node));
      - sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
      + swap32(owner + BELL, 1);
      + sleeper = owner + BELL;
    `,
    programs: ["listener/awaited/one drain for two", "listener/awaited/a node is used again"],
  }),
  inEvent({
    name: "answersWhatItSaw",
    why: "a wait that answers what it saw before it slept is asked again, or the listener leaves and has its notification then",
    patch: `
      + const seen = load32(node) & MARKS;
        if (load32(node) == PARKED || cas32(node, 0, PARKED)) {
          wait32(node, PARKED, timeoutNs < 0 ? -1 : <i64>timeoutNs);
        }
      - return load32(node) & MARKS;
      + return seen;
    `,
    programs: ["listener/no wake-up is lost", "listener/out of time"],
  }),
];
