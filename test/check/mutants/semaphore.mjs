/** Faults in the semaphore, and in how it grants. */
import { inFile } from "./mutant.mjs";

const inSemaphore = inFile("src/lock/kernel/semaphore.ts");
const inEvent = inFile("src/listener/kernel/event.ts");
const inDebt = inFile("src/lock/kernel/debt.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");

export const semaphoreMutants = [
  inSemaphore({
    name: "takenBeforeThoseThatWait",
    why: "a thread that comes now takes the permits that a call waits for",
    patch: `
      - if (state >> 32 != 0 || <u32>state < n) return false;
      + if (<u32>state < n) return false;
    `,
    programs: ["lock/semaphore/many are not overtaken", "lock/semaphore/closed"],
    expect: "linearizability",
  }),
  inSemaphore({
    name: "oneTooMany",
    why: "a permit is taken that is not there",
    patch: `
      - if (state >> 32 != 0 || <u32>state < n) return false;
      + if (state >> 32 != 0 || <u32>state + 1 < n) return false;
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "race",
  }),
  inSemaphore({
    name: "permitsTakenByStore",
    why: "two take the same permit",
    patch: `
      - if (cas64(word, state, state - n)) {
      + store64(word, state - n);
      + {

      - import { add64, cas64, load64, or64, read32, write32 } from "../../heap/kernel/atomic";
      + import { add64, cas64, load64, or64, read32, store64, write32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "race",
  }),
  inSemaphore({
    name: "permitsOfNobody",
    why: "permits that were taken are in no cell: they do not return",
    patch: `
          if (cas64(word, state, state - n)) {
      -     own(cell, semaphore);
    `,
    programs: ["lock/semaphore/a holder dies"],
    expect: "linearizability",
  }),
  inSemaphore({
    name: "permitsNotCounted",
    why: "a cell says that it has as many permits as the last thing that it had",
    patch: `
            setKind(cell, OWN_PERMITS);
      -     if (cell != 0) write32(cell + EXTRA, n);
    `,
    programs: ["lock/semaphore/a holder dies"],
    expect: "linearizability",
  }),
  inSemaphore({
    name: "queuedByNobody",
    why: "a call that dies while it is queued keeps all others from taking permits",
    patch: `
      - add64(wordOf(semaphore), QUEUED);
      - own(cell, semaphore);
      + add64(wordOf(semaphore), QUEUED);
    `,
    programs: ["lock/semaphore/one that waits dies"],
    expect: "deadlock",
  }),
  inSemaphore({
    name: "queuedAsHeld",
    why: "a call that gives up gives permits back that it never had",
    patch: `
      - const isQueued = kindOfCell(cell) == OWN_QUEUED;
      + const isQueued = false;
    `,
    programs: ["lock/semaphore/one gives up"],
    expect: "linearizability",
  }),
  inSemaphore({
    name: "queuedForEver",
    why: "a call that has given up is still counted",
    patch: `
      - put(semaphore, isQueued ? 0 : read32(cell + EXTRA), isQueued ? QUEUED : 0, cell);
      + put(semaphore, isQueued ? 0 : read32(cell + EXTRA), 0, cell);
    `,
    programs: ["lock/semaphore/one gives up"],
    expect: "linearizability",
  }),
  inSemaphore({
    name: "permitsGivenBackAndKept",
    why: "permits are given back twice when their thread dies",
    patch: `
          if (cas64(word, state, state + permits - less)) {
      -     clear(cell);
    `,
    programs: ["lock/semaphore/a holder dies"],
    expect: "use after free",
  }),
  inSemaphore({
    name: "grantsNotOwed",
    why: "a thread that is killed between giving permits back and granting them lets those that wait sleep",
    patch: `
            if (((state - less) & ~CLOSED) >> 32 == 0) return;
      -     owe(semaphore, GRANTS);
    `,
    programs: ["lock/semaphore/a holder dies while one waits"],
    expect: "deadlock",
  }),
  inSemaphore({
    name: "nothingGranted",
    why: "permits are given back, and no call that waits has them",
    patch: `
      - pay(semaphore, GRANTS);
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "deadlock",
  }),
  inSemaphore({
    name: "closedInSecret",
    why: "those that wait are not told that the semaphore is closed",
    patch: `
      - pay(semaphore, EVERYBODY);
    `,
    programs: ["lock/semaphore/closed and kept"],
    expect: "accounting",
  }),
  inEvent({
    name: "grantedOnce",
    why: "of two calls for whom there are permits one is served",
    patch: `
      - while (hold(event, 1, NOTIFIED | ADDITIONAL | GRANTED, NO_LIMIT, 0, 0));
      + hold(event, 1, NOTIFIED | ADDITIONAL | GRANTED, NO_LIMIT, 0, 0);
    `,
    programs: ["lock/semaphore/two go on at once"],
    expect: "deadlock",
  }),
  inEvent({
    name: "grantedForNothing",
    why: "a call has permits that nobody gave up",
    patch: `
      - sub64(word, QUEUED + need);
      + sub64(word, QUEUED);
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "linearizability",
  }),
  inEvent({
    name: "grantedAndQueued",
    why: "a call that has its permits still keeps others out",
    patch: `
      - sub64(word, QUEUED + need);
      + sub64(word, need);
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "linearizability",
  }),
  inEvent({
    name: "grantTakenAway",
    why: "permits that come between a look and the next wait are nobody's",
    patch: `
      - if (marks == 0 || (marks & GRANTED) != 0) {
      + if (marks == 0) {
    `,
    programs: ["lock/semaphore/one that waits dies", "lock/semaphore/the first dies"],
    expect: "deadlock",
  }),
  inEvent({
    name: "grantPassedOn",
    why: "permits of a dead thread are taken for those of the next one, and given back as well",
    patch: `
      - const goesOn = how == PASS && first != 0 && (state & (NOTIFIED | GRANTED)) == NOTIFIED;
      + const goesOn = how == PASS && first != 0 && (state & NOTIFIED) != 0;
    `,
    programs: ["lock/semaphore/one dies that was granted two"],
    expect: "linearizability",
  }),
  inEvent({
    name: "grantedInSecret",
    why: "a call's cell does not say that it has permits",
    patch: `
      - if ((state & GRANTED) != 0) setKind(read32(node + CALL), OWN_PERMITS);
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "linearizability",
  }),
  inEvent({
    name: "grantedToTheSecond",
    why: "a call that asks for few overtakes the first",
    patch: `
      - if (<u32>load64(word) < need) return false;
      + if (<u32>load64(word) < need && need < 2) return false;
    `,
    programs: ["lock/semaphore/many are not overtaken"],
    expect: "linearizability",
  }),
  inDebt({
    name: "grantsOwedAsOne",
    why: "a call that waits is notified, and has no permits",
    patch: `
        if (n == GRANTS) {
      -   grant(event);
      +   notifyMany(event, n, false);
    `,
    programs: ["lock/semaphore/two acquire"],
    expect: "deadlock",
  }),
  inReaper({
    name: "permitsOfTheDeadKept",
    why: "permits that a dead thread had are gone",
    patch: `
      - giveBack(what, cell);
    `,
    programs: ["lock/semaphore/a holder dies while one waits"],
    expect: "deadlock",
  }),
];
