/** Faults in the locks, in what they owe, and in how the dead are let go of. */
import { inFile } from "./mutant.mjs";

const inMutex = inFile("src/lock/kernel/mutex.ts");
const inWord = inFile("src/lock/kernel/word.ts");
const inDebt = inFile("src/lock/kernel/debt.ts");
const inEvent = inFile("src/listener/kernel/event.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");

export const lockMutants = [
  // ── the mutex ──
  inMutex({
    name: "takenThoughHeld",
    why: "two have the mutex",
    patch: `
      - if ((state & HELD) != 0 || (!starved && <u32>state >= <u32>STARVED)) return 0;
      + if (!starved && <u32>state >= <u32>STARVED) return 0;
    `,
    programs: ["lock/mutex/two lock"],
    expect: "race",
  }),
  inMutex({
    name: "takenByStore",
    why: "two that found the mutex free both have it",
    patch: `
      - if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      + store64(word, starved ? (state | HELD) - STARVED : state | HELD);
      + {

      - import { add64, cas64, load64, write32 } from "../../heap/kernel/atomic";
      + import { add64, cas64, load64, store64, write32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/mutex/two lock"],
    expect: "race",
  }),
  inMutex({
    name: "bargedThoughOneStarves",
    why: "a thread that comes now overtakes one that starves",
    patch: `
      - if ((state & HELD) != 0 || (!starved && <u32>state >= <u32>STARVED)) return 0;
      + if ((state & HELD) != 0) return 0;
    `,
    programs: ["lock/mutex/one barges on and on"],
    expect: "linearizability",
  }),
  inMutex({
    name: "starvedLockedOut",
    why: "the starved wait for each other",
    patch: `
      - if ((state & HELD) != 0 || (!starved && <u32>state >= <u32>STARVED)) return 0;
      + if ((state & HELD) != 0 || <u32>state >= <u32>STARVED) return 0;
    `,
    programs: ["lock/mutex/two lock", "lock/mutex/three lock"],
    expect: "deadlock",
  }),
  inMutex({
    name: "starvesForEver",
    why: "a holder that has starved still keeps others out when it has given the mutex back",
    patch: `
      - if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      + if (cas64(word, state, state | HELD)) {
    `,
    programs: ["lock/mutex/one locks again at once", "lock/mutex/three lock"],
    expect: "linearizability",
  }),
  inMutex({
    name: "poisonNotTold",
    why: "the next holder is not told that one died",
    patch: `
      - return HELD | (<u32>state & POISONED);
      + return HELD;
    `,
    programs: ["lock/mutex/poison stays until it is taken out", "lock/mutex/a holder dies while one waits"],
    expect: "linearizability",
  }),
  inMutex({
    name: "poisonGoesWithTheNext",
    why: "only the first one that takes the mutex is told",
    patch: `
      - if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      + if (cas64(word, state, (starved ? (state | HELD) - STARVED : state | HELD) & ~POISONED)) {
    `,
    programs: ["lock/mutex/poison stays until it is taken out"],
    expect: "linearizability",
  }),
  inMutex({
    name: "heldByNobody",
    why: "a mutex that was taken is in no cell: it stays taken",
    patch: `
          if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      -     own(cell, lock);
    `,
    programs: ["lock/mutex/a holder dies"],
    expect: "linearizability",
  }),
  inMutex({
    name: "heldAsStarved",
    why: "a holder that dies is taken for one that starves",
    patch: `
          own(cell, lock);
      -   setKind(cell, kind);
          write32(cell + EXTRA, <u32>(state >> 48));
    `,
    programs: ["lock/mutex/one that waits dies", "lock/mutex/one that gives up dies"],
    expect: "linearizability",
  }),
  inMutex({
    name: "chargedBeforeTheClaim",
    why: "a thread that has lost the race has the mutex by its cell",
    patch: `
      - if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      -   own(cell, lock);
      + own(cell, lock);
      + if (cas64(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
    `,
    programs: ["lock/mutex/a holder dies", "lock/mutex/one that waits dies"],
    expect: "use after free",
  }),
  inMutex({
    name: "starvedByNobody",
    why: "when one that starves dies, nobody ever has the mutex again",
    patch: `
        add64(wordOf(lock), STARVED);
      - own(cell, lock);
    `,
    programs: ["lock/mutex/one that waits dies", "lock/mutex/one that gives up dies"],
    expect: "deadlock",
  }),
  inMutex({
    name: "starvedAsHeld",
    why: "one that starves and dies is taken for the holder",
    patch: `
        own(cell, lock);
      - setKind(cell, OWN_STARVED);
    `,
    programs: ["lock/mutex/one that waits dies"],
    expect: "deadlock",
  }),
  inMutex({
    name: "starvedByStore",
    why: "a bit that another thread sets in between is lost",
    patch: `
      - add64(wordOf(lock), STARVED);
      + store64(wordOf(lock), load64(wordOf(lock)) + STARVED);

      - import { add64, cas64, load64, write32 } from "../../heap/kernel/atomic";
      + import { cas64, load64, store64, write32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/mutex/one locks again at once"],
    expect: "deadlock",
  }),
  inWord({
    name: "unlockedAndKept",
    why: "a mutex is poisoned that somebody else has by now",
    patch: `
        if (cas64(word, state, next)) {
      -   if (kind == 0) clear(cell);
      -   else setKind(cell, kind);
    `,
    programs: ["lock/mutex/a holder dies"],
    expect: "use after free",
  }),
  inWord({
    name: "nobodyNotified",
    why: "a call that waits is not woken when the mutex is free",
    patch: `
      - pay(event, n);
        return true;
    `,
    programs: ["lock/mutex/two lock"],
    expect: "deadlock",
  }),
  inWord({
    name: "looksBeforeItGivesBack",
    why: "a call that begins to wait between the look and the step is not notified",
    patch: `
      - const next = ((state - less) & ~gone) | come;
      + const next = ((state - less) & ~gone) | come;
      + const idle = isIdle(event, n, false);

      - if ((less == READER && (next & READERS) != 0) || (n != ALL_OF_LOCK && isIdle(event, n, false))) return true;
      + if (idle) return true;
    `,
    programs: ["lock/mutex/two lock"],
    expect: "deadlock",
  }),
  inWord({
    name: "owesNothing",
    why: "a thread that is killed between giving the mutex back and notifying lets everybody sleep",
    patch: `
      - owe(event, n);
    `,
    programs: ["lock/mutex/the dead owe"],
    expect: "deadlock",
  }),
  inWord({
    name: "freedWithoutPoison",
    why: "nobody is told that a holder died",
    patch: `
      - const come: u64 = died && (kind == OWN_LOCK || kind == OWN_WRITE) ? POISONED : 0;
      + const come: u64 = died && kind == OWN_WRITE ? POISONED : 0;
    `,
    programs: ["lock/mutex/a holder dies"],
    expect: "linearizability",
  }),
  inWord({
    name: "poisonStays",
    why: "poison that was taken out is there",
    patch: `
      - if (isLost(state, cell) || cas64(word, state, state & ~(<u64>POISONED))) return;
      + if (isLost(state, cell) || cas64(word, state, state)) return;
    `,
    programs: ["lock/mutex/poison stays until it is taken out", "lock/mutex/a holder dies while one waits"],
    expect: "linearizability",
  }),
  inWord({
    name: "absolvedByStore",
    why: "a call that begins to starve in between is forgotten, and takes off what was not added",
    patch: `
      - if (isLost(state, cell) || cas64(word, state, state & ~(<u64>POISONED))) return;
      + store64(word, state & ~(<u64>POISONED));
      + return;

      - import { cas64, load32, load64, read32 } from "../../heap/kernel/atomic";
      + import { cas64, load32, load64, read32, store64 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/mutex/poison goes while one starves"],
    expect: "linearizability",
  }),
  inWord({
    name: "brokenUnlock",
    why: "a thread that the mutex was taken from gives it back for the next holder",
    patch: `
      - if (isLost(state, cell) && less != STARVED) {
      + if (false) {
    `,
    programs: ["lock/mutex/broken while it is unlocked", "lock/mutex/broken and taken again"],
    expect: "linearizability",
  }),
  inWord({
    name: "brokenThoughFree",
    why: "a mutex that nobody has is poisoned",
    patch: `
      - if ((state & (READERS | HELD)) == 0) return false;
    `,
    programs: ["lock/mutex/broken while it is unlocked"],
    expect: "linearizability",
  }),
  inWord({
    name: "keptThoughBroken",
    why: "what the thread has no more stays in its cell",
    patch: `
      - clear(cell);
        return false;
    `,
    programs: ["lock/mutex/a mutex is broken", "lock/mutex/broken before the holder dies"],
    expect: "accounting",
  }),
  inWord({
    name: "starvedForEverOnceBroken",
    why: "a call that starves and gives up after the mutex was broken is not taken off",
    patch: `
      - if (isLost(state, cell) && less != STARVED) {
      + if (isLost(state, cell)) {
    `,
    programs: ["lock/mutex/broken while one starves"],
    expect: "linearizability",
  }),
  inWord({
    name: "brokenInSecret",
    why: "the thread that the mutex was taken from cannot know that",
    patch: `
      - if (cas64(word, state, next + BROKEN)) {
      + if (cas64(word, state, next)) {
    `,
    programs: ["lock/mutex/broken and taken again"],
    expect: "linearizability",
  }),
  inWord({
    name: "brokenWithoutPoison",
    why: "the next thread is not told that the mutex was taken from another one",
    patch: `
      - const wrote = (state & READERS) == 0 && (state & (isMutex ? HELD : WRITER)) != 0;
      + const wrote = false;
    `,
    programs: ["lock/mutex/a mutex is broken"],
    expect: "linearizability",
  }),
  inMutex({
    name: "takenBeforeItWasBroken",
    why: "a holder does not know how often the mutex was broken before",
    patch: `
      - write32(cell + EXTRA, <u32>(state >> 48));
      + write32(cell + EXTRA, 0);
    `,
    programs: ["lock/mutex/broken and taken again"],
    expect: "linearizability",
  }),
  inWord({
    name: "absolvedByTheBroken",
    why: "a thread that the mutex was taken from takes the poison out for the next holder",
    patch: `
      - if (isLost(state, cell) || cas64(word, state, state & ~(<u64>POISONED))) return;
      + if (cas64(word, state, state & ~(<u64>POISONED))) return;
    `,
    programs: ["lock/mutex/poison is not the broken holder's"],
    expect: "linearizability",
  }),

  // ── debts ──
  inDebt({
    name: "owesToNobody",
    why: "the reaper pays to no event",
    patch: `
        const cell = partCell();
      - own(cell, event);
    `,
    programs: ["lock/mutex/the dead owe"],
    expect: "deadlock",
  }),
  inDebt({
    name: "owesUnderAnotherName",
    why: "the debt is taken for a count, and given up",
    patch: `
      - setKind(cell, OWN_DEBT);
    `,
    programs: ["lock/mutex/the dead owe"],
    expect: "accounting",
  }),
  inDebt({
    name: "paidForEver",
    why: "the debt stays when it was paid",
    patch: `
          notifyMany(event, n, n == EVERYBODY);
        }
      - clear(cell);
    `,
    programs: ["lock/mutex/two lock"],
    expect: "accounting",
  }),
  inDebt({
    name: "paidBeforeItIsDone",
    why: "killed in between, nobody pays",
    patch: `
      - if (n == GRANTS) {
      + clear(cell);
      + if (n == GRANTS) {

          notifyMany(event, n, n == EVERYBODY);
        }
      - clear(cell);
    `,
    programs: ["lock/mutex/the dead owe"],
    expect: "deadlock",
  }),
  inDebt({
    name: "deadDoNotPay",
    why: "what a dead thread owed is forgotten",
    patch: `
      - payTo(owned(cell), read32(cell + EXTRA), cell);
      + clear(cell);
    `,
    programs: ["lock/mutex/the dead owe"],
    expect: "deadlock",
  }),
  inDebt({
    name: "deadOweForEver",
    why: "the debt of the dead stays in the cell that is taken apart",
    patch: `
      - payTo(owned(cell), read32(cell + EXTRA), cell);
      + notifyMany(owned(cell), read32(cell + EXTRA), false);
    `,
    programs: ["reaper/a reaper dies/of a mutex for which somebody waits, and goes", "lock/mutex/the dead owe"],
    expect: "accounting",
  }),

  // ── a notification that was for nothing ──
  inEvent({
    name: "waitsOnAtTheEnd",
    why: "the listener is marked as waiting, and nobody finds it",
    patch: `
      - write32(list + FIRST, <u32>(first != before ? first : node));
      - store64(counts, load64(counts) - 1);
      + store64(counts, load64(counts) - 1);
    `,
    programs: ["lock/mutex/two lock", "lock/mutex/three lock"],
    expect: "deadlock",
  }),
  inEvent({
    name: "waitsOnAndCounts",
    why: "the listener counts as notified, and nobody notifies it again",
    patch: `
      - store64(counts, load64(counts) - 1);
    `,
    programs: ["lock/mutex/one locks again at once"],
    expect: "deadlock",
  }),
  inEvent({
    name: "waitsOnNotified",
    why: "the listener looks and looks",
    patch: `
        store64(counts, load64(counts) - 1);
      - store32(node, 0);
    `,
    programs: ["lock/mutex/two lock"],
    expect: "accounting",
  }),
  inEvent({
    name: "waitsOnInFrontOfTheNotified",
    why: "a notified one stands behind one that waits, and is lost to the list",
    patch: `
      - if (next != before) {
      + if (false) {
    `,
    programs: ["listener/again/behind others"],
    expect: "linearizability",
  }),
  inEvent({
    name: "waitsOnInFrontOfAll",
    why: "a notification of all comes to one listener again and again, and to no other",
    patch: `
      - const before: usize = (marks & ADDITIONAL) != 0 ? 0 : first;
      + const before: usize = first;
        if (next != before) {
    `,
    programs: ["lock/onceCell/one cannot", "lock/onceCell/one gives up"],
    expect: "deadlock",
  }),
  inEvent({
    name: "movedWithoutTheTail",
    why: "the next listener is linked to one that is not the last",
    patch: `
      - write32(before != 0 ? before + PREV : list + TAIL, <u32>node);
    `,
    programs: ["listener/again/behind others", "listener/again/behind others, and last"],
    expect: "use after free",
  }),

  // ── the dead ──
  inReaper({
    name: "lockKeptByTheDead",
    why: "a call that waits for the dead waits for ever",
    patch: `
      - letGo(what, cell, true);
    `,
    programs: ["lock/mutex/a holder dies while one waits"],
    expect: "deadlock",
  }),
  inReaper({
    name: "starvedStay",
    why: "the dead keep everybody out",
    patch: `
      - } else if (kind == OWN_STARVED || isOfLock(kind)) {
      + } else if (isOfLock(kind)) {
    `,
    programs: ["lock/mutex/one that waits dies", "lock/mutex/one that gives up dies"],
    expect: "deadlock",
  }),
  inReaper({
    name: "debtsForgotten",
    why: "what a dead thread owed is taken for something that it owned",
    patch: `
      - if (owned(debt) != 0 && kindOfCell(debt) == OWN_DEBT) payFor(debt);
    `,
    programs: ["reaper/a reaper dies/of a mutex for which somebody waits, and goes"],
    expect: "accounting",
  }),
];
