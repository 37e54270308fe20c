/** Faults in the readers-writer lock. */
import { inFile } from "./mutant.mjs";

const inRwLock = inFile("src/lock/kernel/rwLock.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");

export const rwLockMutants = [
  inRwLock({
    name: "readsBesideTheWriter",
    why: "a thread reads what another one is writing",
    patch: `
      - if ((state & WRITER) != 0 || state + READER < READER) return 0;
      + if (state + READER < READER) return 0;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "race",
  }),
  inRwLock({
    name: "readerOfNobody",
    why: "a reader that dies is never gone",
    patch: `
          if (cas32(word, state, state + READER)) {
      -     own(cell, lock);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "readerAsHolder",
    why: "a reader that dies is taken for the holder of the mutex",
    patch: `
      - setKind(cell, OWN_READ);
      - write32(cell + EXTRA, 0);
      + write32(cell + EXTRA, 0);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "lastReaderInSecret",
    why: "the writer is not told that the last reader has gone",
    patch: `
            if (state >= READER || isIdle(empty, 1, false)) return;
            owe(empty, 1);
      -     break;
      +     return;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "lastReaderOwesNothing",
    why: "a reader that is killed when it has gone lets the writer sleep",
    patch: `
            if (state >= READER || isIdle(empty, 1, false)) return;
      -     owe(empty, 1);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "readerGoesTwice",
    why: "a reader that is killed when it has gone is subtracted again",
    patch: `
          if (cas32(word, state + READER, state)) {
      -     clear(cell);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "use after free",
  }),
  inRwLock({
    name: "writesBesideReaders",
    why: "a thread writes what another one is reading",
    patch: `
            setKind(cell, state < READER ? OWN_WRITE : OWN_WRITING);
      -     return state < READER;
      +     return true;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "race",
  }),
  inRwLock({
    name: "waitingAsWriting",
    why: "a thread that dies before it has written poisons",
    patch: `
      - setKind(cell, state < READER ? OWN_WRITE : OWN_WRITING);
      + setKind(cell, OWN_WRITE);
    `,
    programs: ["lock/rwLock/one that waits for readers dies"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "writingAsWaiting",
    why: "a writer that dies does not poison",
    patch: `
      - setKind(cell, state < READER ? OWN_WRITE : OWN_WRITING);
      + setKind(cell, OWN_WRITING);
    `,
    programs: ["lock/rwLock/a dead writer"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "upgradedBesideReaders",
    why: "the upgradable reader writes what others are reading",
    patch: `
      - if (state >= 2 * READER || !cas32(word, state, state + WRITER - READER)) return false;
      + if (!cas32(word, state, state + WRITER - READER)) return false;
    `,
    programs: ["lock/rwLock/upgraded at once"],
    expect: "race",
  }),
  inRwLock({
    name: "upgradedAndReading",
    why: "the upgradable reader waits for itself",
    patch: `
      - return keepOut(lock, cell, WRITER - READER);
      + return keepOut(lock, cell, WRITER);
    `,
    programs: ["lock/rwLock/upgraded"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "aloneTooEarly",
    why: "the writer does not wait for the readers",
    patch: `
      - if (load32(wordOf(readableOf(lock))) >= READER) return false;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "race",
  }),
  inRwLock({
    name: "aloneInSecret",
    why: "a writer that had to wait, and dies, does not poison",
    patch: `
        if (load32(wordOf(readableOf(lock))) >= READER) return false;
      - setKind(cell, OWN_WRITE);
    `,
    programs: ["lock/rwLock/a dead writer", "lock/rwLock/a dead upgradable reader"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "writerStays",
    why: "readers are kept out for ever",
    patch: `
      - letReadersIn(lock, cell, OWN_LOCK, 0, WRITER, 0);
      + letReadersIn(lock, cell, OWN_LOCK, 0, 0, 0);
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "deadWriterWithoutPoison",
    why: "nobody is told that a writer died",
    patch: `
      - letReadersIn(lock, cell, OWN_LOCK, 0, WRITER, POISONED);
      + letReadersIn(lock, cell, OWN_LOCK, 0, WRITER, 0);
    `,
    programs: ["lock/rwLock/a dead writer"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "oneReaderLetIn",
    why: "of the readers that wait one goes on, and the others sleep",
    patch: `
      - settle(wordOf(readable), readable, EVERYBODY, cell, kind, less, gone, come);
      + settle(wordOf(readable), readable, 1, cell, kind, less, gone, come);
    `,
    programs: ["lock/rwLock/a downgrade wakes readers", "lock/rwLock/a writer and its readers"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "downgradedInSecret",
    why: "readers that wait for a writer sleep on when it is the upgradable reader",
    patch: `
      - letReadersIn(lock, cell, OWN_UPGRADABLE, <u64>WRITER - READER, 0, 0);
      + sub32(wordOf(readableOf(lock)), WRITER - READER);
      + setKind(cell, OWN_UPGRADABLE);
    `,
    programs: ["lock/rwLock/a downgrade wakes readers"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "upgradableNotCounted",
    why: "the writer does not wait for the reader that the upgradable one becomes",
    patch: `
      - add32(wordOf(readableOf(lock)), READER);
      - setKind(cell, OWN_UPGRADABLE);
      + setKind(cell, OWN_UPGRADABLE);
    `,
    programs: ["lock/rwLock/an upgradable reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "upgradableStays",
    why: "the reader that was upgradable is never gone",
    patch: `
      - sub32(wordOf(readableOf(lock)), READER);
      - setKind(cell, OWN_LOCK);
      + setKind(cell, OWN_LOCK);
    `,
    programs: ["lock/rwLock/an upgradable reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "gateKept",
    why: "no writer comes after an upgradable reader that was downgraded",
    patch: `
      - settle(wordOf(lock), lock, 1, cell, OWN_READ, 0, HELD, 0);
      + settle(wordOf(lock), lock, 1, cell, OWN_READ, 0, 0, 0);
    `,
    programs: ["lock/rwLock/downgraded"],
    expect: "deadlock",
  }),
  inReaper({
    name: "deadReaderStays",
    why: "writers wait for a reader that is dead",
    patch: `
      - endRead(what, cell);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
  inReaper({
    name: "deadWriterKeepsOut",
    why: "readers wait for a writer that is dead",
    patch: `
      - poisonWrite(what, cell);
    `,
    programs: ["lock/rwLock/a dead writer"],
    expect: "deadlock",
  }),
  inReaper({
    name: "deadUpgradableStays",
    why: "writers wait for an upgradable reader that is dead",
    patch: `
      - endUpgradable(what, cell);
    `,
    programs: ["lock/rwLock/a dead upgradable reader"],
    expect: "deadlock",
  }),
  inReaper({
    name: "deadWaitingWriterKeepsOut",
    why: "readers wait for a writer that died while it waited",
    patch: `
      - endWrite(what, cell);
    `,
    programs: ["lock/rwLock/one that waits for readers dies"],
    expect: "linearizability",
  }),
];
