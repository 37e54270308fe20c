/**
 * Seeded faults of the single slot, and of what all flavours share: the door and the end of values that nobody took. What a
 * mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/queue/kernel/single.ts");
const inDoor = inFile("src/queue/kernel/queue.ts");
const inDiscard = inFile("src/arc/kernel/discard.ts");

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
    patch: `
      - if (cas64(state, word, word ^ (HOLDS | BUSY))) {
      + if (cas64(state, word, word ^ HOLDS)) {
          const value = readF64(state + VALUE);
      -   sub64(state, BUSY);
      -   ownSlot(cell, value);
    `,
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "slotWrittenWithoutBusy",
    why: "a pop reads the slot before the value is in it",
    patch: `
      - if (cas64(state, word, HOLDS | BUSY)) {
      + if (cas64(state, word, HOLDS)) {
          writeF64(state + VALUE, value);
      -   sub64(state, BUSY);
      -   clear(cell);
    `,
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "slotTakenWhileWritten",
    why: "a pop does not wait for the push",
    patch: `
      - if ((word & BUSY) != 0) {
      -   step = snooze(step);
      -   continue;
      - }
      - if (cas64(state, word, word ^ (HOLDS | BUSY))) {
      + if (cas64(state, word, (word & CLOSED_BIT) | BUSY)) {
    `,
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "slotFilledWhileRead",
    why: "a push does not wait for the pop",
    patch: `
        if ((word & HOLDS) != 0) return FULL;
      - if ((word & BUSY) != 0) {
      -   step = snooze(step);
      -   continue;
      - }
    `,
    programs: [PAIR],
    expect: "race",
  }),
  mutant({
    name: "fullWhileEmpty",
    why: "the queue is empty, and the push that comes while the last value is read is told that it is full: concurrent-queue's fault",
    patch: `
        if ((word & HOLDS) != 0) return FULL;
      - if ((word & BUSY) != 0) {
      -   step = snooze(step);
      -   continue;
      - }
      + if ((word & BUSY) != 0) return FULL;
    `,
    programs: ["queue/single/empty is not full"],
    expect: "linearizability",
  }),
  mutant({
    name: "pushStoresState",
    why: "a close that lands meanwhile is lost",
    patch: `
        if (cas64(state, word, HOLDS | BUSY)) {
          writeF64(state + VALUE, value);
      -   sub64(state, BUSY);
      +   store64(state, HOLDS);
    `,
    programs: [CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "popStoresState",
    why: "the same under a pop",
    patch: `
        const value = readF64(state + VALUE);
      - sub64(state, BUSY);
      + store64(state, word & CLOSED_BIT);
    `,
    programs: [LAST, CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceStoresState",
    why: "the same under forcePush",
    patch: `
      - sub64(state, BUSY);
      - clear(cell);
      - ownSlot(out, oldest);
      + store64(state, HOLDS);
    `,
    programs: [FORCE_CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "displaceWithoutBusy",
    why: "a pop reads the slot while it is written",
    patch: `
      - if (cas64(state, HOLDS, HOLDS | BUSY)) {
      + if (load64(state) == HOLDS) {
          const oldest = readF64(state + VALUE);
          writeF64(state + VALUE, value);
      -   sub64(state, BUSY);
      -   clear(cell);
      -   ownSlot(out, oldest);
    `,
    programs: [FORCE_POP, FORCE_FORCE],
    expect: "race",
  }),
  mutant({
    name: "slotDisplacedReadLate",
    why: "what comes out is what has just gone in",
    patch: `
      - const oldest = readF64(state + VALUE);
        writeF64(state + VALUE, value);
      + const oldest = readF64(state + VALUE);
    `,
    programs: [FORCE_POP],
    expect: "linearizability",
  }),
  mutant({
    name: "slotStaysBusy",
    why: "who comes after the displaced value waits for ever",
    patch: `
      - sub64(state, BUSY);
      - clear(cell);
      - ownSlot(out, oldest);
    `,
    programs: [FORCE_POP],
    expect: "deadlock",
  }),
  mutant({
    name: "fullBeforeClosed",
    why: "closed wins over full",
    patch: `
      - if ((word & CLOSED_BIT) != 0) return CLOSED;
        if ((word & HOLDS) != 0) return FULL;
      + if ((word & CLOSED_BIT) != 0) return CLOSED;
    `,
    programs: [LAST, CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "slotFinishedWhileHeld",
    why: "closed is not finished: there is one left",
    patch: `
      - return (load64(tailOf(queue)) & (HOLDS | CLOSED_BIT)) == CLOSED_BIT;
      + return (load64(tailOf(queue)) & CLOSED_BIT) != 0;
    `,
    programs: [LAST, CLOSE],
    expect: "linearizability",
  }),
  mutant({
    name: "slotFinishedInTwoLooks",
    why: "empty at one moment and closed at another, and a push in between",
    patch: `
      - return (load64(tailOf(queue)) & (HOLDS | CLOSED_BIT)) == CLOSED_BIT;
      + return (load64(tailOf(queue)) & HOLDS) == 0 && (load64(tailOf(queue)) & CLOSED_BIT) != 0;
    `,
    programs: [CLOSE, LAST],
    expect: "linearizability",
  }),
  mutant({
    name: "slotDestroyForgetsValue",
    why: "the payload leaks that nobody took",
    patch: `
      - seize(content, value, cell);
      - discard(content, value, cell);
    `,
    programs: ["queue/single of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  mutant({
    name: "slotDestroyFreesTaken",
    why: "the payload is freed that somebody took",
    patch: `
      - if ((load64(state) & HOLDS) == 0) return;
    `,
    programs: ["queue/single of blocks/dropped with the queue"],
    expect: "double free",
  }),

  // ── the door ──
  inDoor({
    name: "forcePushGivesUp",
    why: "there is room meanwhile, or another was faster, and the value is neither in nor refused",
    patch: `
      - if (status() == DISPLACED) return oldest;
      + return oldest;
    `,
    programs: [FORCE_POP, "queue/bounded 2/forcePush against pop"],
    expect: "linearizability",
  }),
  inDoor({
    name: "forcePushWithoutStatus",
    why: "the caller is told what the call before said",
    patch: `
        if (answer != FULL) {
      -   note(answer);
    `,
    programs: [FORCE_CLOSE],
    expect: "linearizability",
  }),
  inDoor({
    name: "slotBatchGoesOn",
    why: "a value that did not fit is skipped, and the batch says that all went in",
    patch: `
      - return done;
    `,
    programs: ["queue/single/batches"],
    expect: "linearizability",
  }),
  inDoor({
    name: "slotBatchOfNothing",
    why: "a batch from an empty queue has one value: none",
    patch: `
      - return status() == OK ? 1 : 0;
      + return 1;
    `,
    programs: ["queue/single/batches"],
    expect: "linearizability",
  }),
  inDiscard({
    name: "payloadsForgotten",
    why: "payloads in the queue leak with it",
    patch: `
      - if (block != VALUE) giveBack(block, cell);
      + if (block != VALUE) clear(cell);
    `,
    programs: ["queue/bounded of blocks/dropped with the queue", "queue/unbounded of blocks/dropped with the queue"],
    expect: "accounting",
  }),
  inDiscard({
    name: "shortValueFreed",
    why: "a value that lies in the slot itself is taken for an address",
    patch: `
      - if (block != VALUE) giveBack(block, cell);
      - else clear(cell);
      + giveBack(block, cell);
    `,
    programs: ["queue/single of short values/dropped with the queue"],
    expect: "double free",
  }),
  inDiscard({
    name: "shortValueKept",
    why: "a value that nobody took stays in the cell of the thread that took the queue apart",
    patch: `
      - else clear(cell);
    `,
    programs: [
      "queue/unbounded of short values/dropped with the queue",
      "queue/bounded of short values/dropped with the queue",
      "reaper/unbounded of short values/dropped with the queue",
    ],
    expect: "accounting",
  }),
  inDiscard({
    name: "countsForgotten",
    why: "an Arc whose count was in the queue is never the last one's",
    patch: `
      - if (release(control, cell)) finish(control, cell);
    `,
    programs: ["queue/single of Arcs/dropped with the queue", "queue/bounded of Arcs/dropped with the queue"],
    expect: "accounting",
  }),
  inDiscard({
    name: "lastCountNotFinished",
    why: "the queue's count was the last one, and the object leaks",
    patch: `
      - if (release(control, cell)) finish(control, cell);
      + release(control, cell);
    `,
    programs: ["queue/single of Arcs/dropped with the queue", "queue/bounded of Arcs/dropped with the queue"],
    expect: "accounting",
  }),
  inDiscard({
    name: "finishedWithCountsLeft",
    why: "the queue's count was not the last one, and the object goes under its owner",
    patch: `
      - if (release(control, cell)) finish(control, cell);
      + release(control, cell);
      + finish(control, cell);
    `,
    programs: ["queue/unbounded of Arcs/dropped with the queue", "queue/bounded of Arcs/dropped with the queue"],
    expect: "use after free",
  }),
];
