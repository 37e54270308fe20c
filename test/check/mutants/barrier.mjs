/** Faults in the barrier and in the once-cell. */
import { inFile } from "./mutant.mjs";

const inBarrier = inFile("src/lock/kernel/barrier.ts");
const inOnceCell = inFile("src/lock/kernel/onceCell.ts");
const inWord = inFile("src/lock/kernel/word.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");
const inDispose = inFile("src/reaper/kernel/dispose.ts");

export const barrierMutants = [
  // ── the barrier ──
  inBarrier({
    name: "oneTooEarly",
    why: "all go on before the last one has come",
    patch: `
      - if (<u32>state + 1 < all) {
      + if (<u32>state + 2 < all) {
    `,
    programs: ["lock/barrier/two come", "lock/barrier/three come"],
    expect: "linearizability",
  }),
  inBarrier({
    name: "arrivedByStore",
    why: "of two that come at once one is forgotten",
    patch: `
      - if (cas64(word, state, state + 1)) {
      + store64(word, state + 1);
      + {

      - import { cas64, load64, read32, write32 } from "../../heap/kernel/atomic";
      + import { cas64, load64, read32, store64, write32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/barrier/three come"],
    expect: "deadlock",
  }),
  inBarrier({
    name: "arrivedByNobody",
    why: "a call whose thread dies still counts",
    patch: `
      - own(cell, barrier);
        setKind(cell, OWN_ARRIVAL);
    `,
    programs: ["lock/barrier/one of two dies", "lock/barrier/one that gives up dies"],
    expect: "deadlock",
  }),
  inBarrier({
    name: "generationForgotten",
    why: "a call takes the next round for its own",
    patch: `
      - write32(cell + EXTRA, generation);
    `,
    programs: ["lock/barrier/again and again"],
    expect: "linearizability",
  }),
  inBarrier({
    name: "sameGeneration",
    why: "the last one has come, and nobody can know",
    patch: `
      - } else if (cas64(word, state, (<u64>(generation + 1)) << 32)) {
      + } else if (cas64(word, state, (<u64>generation) << 32)) {
    `,
    programs: ["lock/barrier/two come"],
    expect: "deadlock",
  }),
  inBarrier({
    name: "nobodyTold",
    why: "those that wait sleep on when the last one has come",
    patch: `
      - pay(barrier, EVERYBODY);
        return true;
    `,
    programs: ["lock/barrier/two come"],
    expect: "deadlock",
  }),
  inBarrier({
    name: "lastOneOwesNothing",
    why: "the last one is killed when it has come, and the others sleep on",
    patch: `
      - owe(barrier, EVERYBODY);
        break;
    `,
    programs: ["lock/barrier/one of two dies"],
    expect: "deadlock",
  }),
  inBarrier({
    name: "oneToldOfAll",
    why: "one of those that wait goes on, and the others sleep",
    patch: `
      - pay(barrier, EVERYBODY);
      + pay(barrier, 1);
    `,
    programs: ["lock/barrier/three come"],
    expect: "deadlock",
  }),
  inBarrier({
    name: "staysWhenItGaveUp",
    why: "a call that gave up still counts",
    patch: `
      - if (isOver || cas64(word, state, state - 1)) {
      + if (isOver || cas64(word, state, state)) {
    `,
    programs: ["lock/barrier/one gives up"],
    expect: "linearizability",
  }),
  inBarrier({
    name: "subtractedFromTheNext",
    why: "a call that has gone on is subtracted from the next round",
    patch: `
      - const isOver = <u32>(state >> 32) != read32(cell + EXTRA);
      + const isOver = false;
    `,
    programs: ["lock/barrier/two come"],
    expect: "linearizability",
  }),
  inBarrier({
    name: "departedByStore",
    why: "a call that comes while another one gives up is forgotten",
    patch: `
      - if (isOver || cas64(word, state, state - 1)) {
      + if (!isOver) store64(word, state - 1);
      + {

      - import { cas64, load64, read32, write32 } from "../../heap/kernel/atomic";
      + import { cas64, load64, read32, store64, write32 } from "../../heap/kernel/atomic";
    `,
    programs: ["lock/barrier/one gives up"],
    expect: "linearizability",
  }),
  inReaper({
    name: "deadStillWait",
    why: "the arrival of a dead thread is given up as if it were something else",
    patch: `
      - depart(what, cell);
    `,
    programs: ["lock/barrier/one of two dies"],
    expect: "accounting",
  }),

  // ── the once-cell ──
  inOnceCell({
    name: "setBeforeItIsWritten",
    why: "a thread reads the value before it is there",
    patch: `
      - writeF64(once + eventSize(), value);
        store64(wordOf(once), SET);
      + writeF64(once + eventSize(), value);
    `,
    programs: ["lock/onceCell/two make it"],
    expect: "race",
  }),
  inOnceCell({
    name: "madeTwice",
    why: "the value is there, and the next thread makes it again",
    patch: `
      - store64(wordOf(once), SET);
      + store64(wordOf(once), 0);
    `,
    programs: ["lock/onceCell/one sets it"],
    expect: "deadlock",
  }),
  inOnceCell({
    name: "setAndKept",
    why: "the block of the value is in the maker's cell, too",
    patch: `
      - clear(valueCell);
    `,
    programs: ["lock/onceCell/the maker of a block dies"],
    expect: "accounting",
  }),
  inOnceCell({
    name: "makesForEver",
    why: "a thread that has made the value and dies lets go of it",
    patch: `
        clear(valueCell);
      - clear(cell);
    `,
    programs: ["lock/onceCell/the maker dies"],
    expect: "use after free",
  }),
  inOnceCell({
    name: "valueInSecret",
    why: "those that wait sleep beside the value",
    patch: `
      - pay(once, EVERYBODY);
    `,
    programs: ["lock/onceCell/two make it"],
    expect: "accounting",
  }),
  inOnceCell({
    name: "valueForOne",
    why: "one of those that wait has the value, and the others sleep",
    patch: `
      - pay(once, EVERYBODY);
      + pay(once, 1);
    `,
    programs: ["lock/onceCell/two wait"],
    expect: "deadlock",
  }),
  inOnceCell({
    name: "makerOwesNothing",
    why: "a thread dies that has made the value, and those that wait sleep on",
    patch: `
      - owe(once, EVERYBODY);
    `,
    programs: ["lock/onceCell/the maker dies while one waits", "lock/onceCell/the maker dies"],
    expect: "deadlock",
  }),
  inWord({
    name: "oneHearsOfTheFailure",
    why: "the call that hears that the value was not made only waits for it, and no other one makes its own",
    patch: `
      - const n: u32 = writes ? ALL_OF_LOCK : kind == OWN_SETTING ? EVERYBODY : 1;
      + const n: u32 = writes ? ALL_OF_LOCK : 1;
    `,
    programs: ["lock/onceCell/one cannot", "lock/onceCell/the maker dies while one waits"],
    expect: "deadlock",
  }),
  inDispose({
    name: "valueNeverFreed",
    why: "the block is never freed when the once-cell is gone",
    patch: `
      - emptyCell(valueOf(control));
    `,
    programs: ["lock/onceCell/two make a block"],
    expect: "accounting",
  }),
  inOnceCell({
    name: "emptyCellEmptied",
    why: "what never was a value is freed",
    patch: `
      - if (swap64(wordOf(once), 0) != SET) return;
    `,
    programs: ["lock/onceCell/nobody makes a block"],
    expect: "double free",
  }),
];
