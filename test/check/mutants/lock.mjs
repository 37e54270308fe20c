/** Faults in the locks, in what they owe, and in how the dead are let go of. */
import { inFile } from "./mutant.mjs";

const inMutex = inFile("src/lock/kernel/mutex.ts");
const inDebt = inFile("src/lock/kernel/debt.ts");
const inEvent = inFile("src/listener/kernel/event.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");

export const lockMutants = [
  // ── the mutex ──
  inMutex({
    name: "takenThoughHeld",
    why: "two have the mutex",
    patch: `
      - if ((state & HELD) != 0 || (!starved && state >= <u32>STARVED)) return 0;
      + if (!starved && state >= <u32>STARVED) return 0;
    `,
    programs: ["lock/mutex/two lock"],
    expect: "race",
  }),
  inMutex({
    name: "takenByStore",
    why: "two that found the mutex free both have it",
    patch: `
      - if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      + store32(word, starved ? (state | HELD) - STARVED : state | HELD);
      + {

      - import { add32, cas32, load32 } from "../../heap/kernel/atomic";
      + import { add32, cas32, load32, store32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/mutex/two lock"],
    expect: "race",
  }),
  inMutex({
    name: "bargedThoughOneStarves",
    why: "whoever comes overtakes one that starves",
    patch: `
      - if ((state & HELD) != 0 || (!starved && state >= <u32>STARVED)) return 0;
      + if ((state & HELD) != 0) return 0;
    `,
    programs: ["lock/mutex/one barges on and on"],
    expect: "linearizability",
  }),
  inMutex({
    name: "starvedLockedOut",
    why: "the starved wait for each other",
    patch: `
      - if ((state & HELD) != 0 || (!starved && state >= <u32>STARVED)) return 0;
      + if ((state & HELD) != 0 || state >= <u32>STARVED) return 0;
    `,
    programs: ["lock/mutex/two lock", "lock/mutex/three lock"],
    expect: "deadlock",
  }),
  inMutex({
    name: "starvesForEver",
    why: "who has starved and has the mutex still keeps others out when it has given it back",
    patch: `
      - if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      + if (cas32(word, state, state | HELD)) {
    `,
    programs: ["lock/mutex/one locks again at once", "lock/mutex/three lock"],
    expect: "linearizability",
  }),
  inMutex({
    name: "poisonNotTold",
    why: "whoever takes the mutex is not told that a holder died",
    patch: `
      - return HELD | (state & POISONED);
      + return HELD;
    `,
    programs: ["lock/mutex/poison stays until it is taken out", "lock/mutex/a holder dies while one waits"],
    expect: "linearizability",
  }),
  inMutex({
    name: "poisonGoesWithTheNext",
    why: "only the first one that takes the mutex is told",
    patch: `
      - if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      + if (cas32(word, state, (starved ? (state | HELD) - STARVED : state | HELD) & ~POISONED)) {
    `,
    programs: ["lock/mutex/poison stays until it is taken out"],
    expect: "linearizability",
  }),
  inMutex({
    name: "heldByNobody",
    why: "a mutex that was taken is in no cell: it stays taken",
    patch: `
          if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
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
      -   setKind(cell, OWN_LOCK);
          return HELD | (state & POISONED);
    `,
    programs: ["lock/mutex/one that waits dies", "lock/mutex/one that gives up dies"],
    expect: "deadlock",
  }),
  inMutex({
    name: "chargedBeforeTheClaim",
    why: "a thread that has lost the race has the mutex by its cell",
    patch: `
      - if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
      -   own(cell, lock);
      + own(cell, lock);
      + if (cas32(word, state, starved ? (state | HELD) - STARVED : state | HELD)) {
    `,
    programs: ["lock/mutex/a holder dies", "lock/mutex/one that waits dies"],
    expect: "use after free",
  }),
  inMutex({
    name: "starvedByNobody",
    why: "when one that starves dies, nobody ever has the mutex again",
    patch: `
        add32(wordOf(lock), STARVED);
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
      - add32(wordOf(lock), STARVED);
      + store32(wordOf(lock), load32(wordOf(lock)) + STARVED);

      - import { add32, cas32, load32 } from "../../heap/kernel/atomic";
      + import { cas32, load32, store32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/mutex/one locks again at once"],
    expect: "deadlock",
  }),
  inDebt({
    name: "givenBackAndKept",
    why: "a mutex is poisoned that somebody else has by now",
    patch: `
        if (cas32(word, state, ((state - less) & ~gone) | come)) {
      -   if (kind == 0) clear(cell);
      -   else setKind(cell, kind);
    `,
    programs: ["lock/mutex/a holder dies"],
    expect: "use after free",
  }),
  inDebt({
    name: "nobodyNotified",
    why: "whoever waits is not woken when the mutex is free",
    patch: `
      - pay(event, n);
        }
    `,
    programs: ["lock/mutex/two lock"],
    expect: "deadlock",
  }),
  inDebt({
    name: "looksBeforeItGivesBack",
    why: "who begins to wait between the look and the step is not notified",
    patch: `
      - const state = load32(word);
      - if (cas32(word, state, ((state - less) & ~gone) | come)) {
      -   if (kind == 0) clear(cell);
      -   else setKind(cell, kind);
      -   if (isIdle(event, n, false)) return;
      + const state = load32(word);
      + const idle = isIdle(event, n, false);
      + if (cas32(word, state, ((state - less) & ~gone) | come)) {
      +   if (kind == 0) clear(cell);
      +   else setKind(cell, kind);
      +   if (idle) return;
    `,
    programs: ["lock/mutex/two lock"],
    expect: "deadlock",
  }),
  inDebt({
    name: "owesNothing",
    why: "a thread that is killed between giving the mutex back and notifying lets everybody sleep",
    patch: `
      - owe(event, n);
    `,
    programs: ["lock/mutex/the dead owe"],
    expect: "deadlock",
  }),
  inMutex({
    name: "freedWithoutPoison",
    why: "nobody is told that a holder died",
    patch: `
      - settle(wordOf(lock), lock, 1, cell, 0, 0, HELD, POISONED);
      + settle(wordOf(lock), lock, 1, cell, 0, 0, HELD, 0);
    `,
    programs: ["lock/mutex/a holder dies"],
    expect: "linearizability",
  }),
  inMutex({
    name: "poisonStays",
    why: "poison that was taken out is there",
    patch: `
      - if (cas32(word, state, state & ~POISONED)) return;
      + if (cas32(word, state, state)) return;
    `,
    programs: ["lock/mutex/poison stays until it is taken out", "lock/mutex/a holder dies while one waits"],
    expect: "linearizability",
  }),
  inMutex({
    name: "absolvedByStore",
    why: "who begins to starve in between is forgotten, and takes off what was not added",
    patch: `
      - if (cas32(word, state, state & ~POISONED)) return;
      + store32(word, state & ~POISONED);
      + return;

      - import { add32, cas32, load32 } from "../../heap/kernel/atomic";
      + import { add32, cas32, load32, store32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/mutex/poison goes while one starves"],
    expect: "linearizability",
  }),
  inMutex({
    name: "brokenUnlock",
    why: "a thread that the mutex was taken from gives it back for the next holder",
    patch: `
      - if (cell != 0 && owned(cell) != lock) return false;
    `,
    programs: ["lock/mutex/a mutex is broken"],
    expect: "linearizability",
  }),
  inReaper({
    name: "brokenAndKept",
    why: "the mutex is taken from its holder, and still in its cell: it has it by that",
    patch: `
      - letIn(lock, cell);
      + poison(lock, 0);
    `,
    programs: ["lock/mutex/a mutex is broken"],
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
        else notifyMany(event, n, false);
      - clear(cell);
    `,
    programs: ["lock/mutex/two lock"],
    expect: "accounting",
  }),
  inDebt({
    name: "paidBeforeItIsDone",
    why: "killed in between, nobody pays",
    patch: `
      - if (n == GRANTS) grant(event);
      - else notifyMany(event, n, false);
      - clear(cell);
      + clear(cell);
      + if (n == GRANTS) grant(event);
      + else notifyMany(event, n, false);
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
      - write32(list + FIRST, <u32>node);
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
      - if (next != first) {
      + if (false) {
    `,
    programs: ["listener/again/behind others"],
    expect: "linearizability",
  }),
  inEvent({
    name: "movedWithoutTheTail",
    why: "who comes next is linked to one that is not the last",
    patch: `
      - write32(first != 0 ? first + PREV : list + TAIL, <u32>node);
    `,
    programs: ["listener/again/behind others", "listener/again/behind others, and last"],
    expect: "use after free",
  }),

  // ── the dead ──
  inReaper({
    name: "lockKeptByTheDead",
    why: "whoever waits for the dead waits for ever",
    patch: `
      - poison(what, cell);
    `,
    programs: ["lock/mutex/a holder dies while one waits"],
    expect: "deadlock",
  }),
  inReaper({
    name: "starvedStay",
    why: "the dead keep everybody out",
    patch: `
      - starveNoMore(what, cell);
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
