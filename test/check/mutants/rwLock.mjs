/** Faults in the readers-writer lock. */
import { inFile } from "./mutant.mjs";

const inRwLock = inFile("src/lock/kernel/rwLock.ts");
const inWord = inFile("src/lock/kernel/word.ts");
const inDebt = inFile("src/lock/kernel/debt.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");

export const rwLockMutants = [
  inRwLock({
    name: "readsBesideTheWriter",
    why: "a thread reads what another one is writing",
    patch: `
      - if ((state & WRITER) != 0 || (state & READERS) == READERS) return 0;
      + if ((state & READERS) == READERS) return 0;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "race",
  }),
  inRwLock({
    name: "readerOfNobody",
    why: "a reader that dies is never gone",
    patch: `
          if (cas64(word, state, state + READER)) {
      -     own(cell, lock);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "readerAsHolder",
    why: "a reader that dies is taken for the upgradable one",
    patch: `
      - setKind(cell, OWN_READ);
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "readBeforeItWasBroken",
    why: "a reader does not know how often the lock was broken before",
    patch: `
      - write32(cell + EXTRA, <u32>(state >> 48));
    `,
    programs: ["lock/rwLock/broken while it is upgraded", "lock/rwLock/broken while it is written"],
    expect: "linearizability",
  }),
  inWord({
    name: "lastReaderInSecret",
    why: "the writer is not told that the last reader has gone",
    patch: `
      - if ((less == READER && (next & READERS) != 0) || (n != ALL_OF_LOCK && isIdle(event, n, false))) return true;
      + if (less == READER || (n != ALL_OF_LOCK && isIdle(event, n, false))) return true;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "deadlock",
  }),
  inWord({
    name: "readersWakeReaders",
    why: "a reader that goes wakes other readers, and not the writer",
    patch: `
      - if (kind == OWN_READ) return settle(lock, lock + 2 * eventSize(), 1, cell, 0, READER, 0, 0);
      + if (kind == OWN_READ) return settle(lock, lock + eventSize(), 1, cell, 0, READER, 0, 0);
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "writesBesideReaders",
    why: "a thread writes what another one is reading",
    patch: `
            setKind(cell, isAlone ? OWN_WRITE : OWN_WRITING);
      -     return isAlone ? ALONE : 0;
      +     return ALONE;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "race",
  }),
  inRwLock({
    name: "waitingAsWriting",
    why: "a thread that dies before it has written poisons",
    patch: `
      - setKind(cell, isAlone ? OWN_WRITE : OWN_WRITING);
      + setKind(cell, OWN_WRITE);
    `,
    programs: ["lock/rwLock/one that waits for readers dies"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "writingAsWaiting",
    why: "a writer that dies does not poison",
    patch: `
      - setKind(cell, isAlone ? OWN_WRITE : OWN_WRITING);
      + setKind(cell, OWN_WRITING);
    `,
    programs: ["lock/rwLock/a dead writer"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "triesAndKeepsOut",
    why: "readers are kept out by a thread that only tried to write",
    patch: `
      - if (atOnce && !isAlone) return 0;
    `,
    programs: ["lock/rwLock/tries", "lock/rwLock/upgraded at once"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "writesThoughBroken",
    why: "a thread that has lost the gate writes",
    patch: `
      - if (isLost(state, cell)) return LOST;
        if (atOnce && !isAlone) return 0;
    `,
    programs: ["lock/rwLock/broken while it is written", "lock/rwLock/broken while it is upgraded"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "waitsThoughBroken",
    why: "a writer that waits for readers does not see that the lock was broken",
    patch: `
      - if (isLost(state, cell)) return LOST;
        if ((state & READERS) != 0) return 0;
    `,
    programs: ["lock/rwLock/broken while a writer waits"],
    expect: "linearizability",
  }),
  inRwLock({
    name: "aloneTooEarly",
    why: "the writer does not wait for the readers",
    patch: `
      - if ((state & READERS) != 0) return 0;
        setKind(cell, OWN_WRITE);
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "race",
  }),
  inRwLock({
    name: "aloneInSecret",
    why: "a writer that had to wait, and dies, does not poison",
    patch: `
        if ((state & READERS) != 0) return 0;
      - setKind(cell, OWN_WRITE);
    `,
    programs: ["lock/rwLock/a dead writer", "lock/rwLock/a dead upgradable reader"],
    expect: "linearizability",
  }),
  inWord({
    name: "writerStays",
    why: "readers are kept out for ever",
    patch: `
      - return settle(lock, lock, n, cell, 0, 0, writes ? HELD | WRITER : HELD, come);
      + return settle(lock, lock, n, cell, 0, 0, HELD, come);
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "linearizability",
  }),
  inWord({
    name: "readersNotTold",
    why: "readers that wait for a writer sleep on when it has gone",
    patch: `
      - const n: u32 = writes ? ALL_OF_LOCK : kind == OWN_SETTING ? EVERYBODY : 1;
      + const n: u32 = kind == OWN_SETTING ? EVERYBODY : 1;
    `,
    programs: ["lock/rwLock/a reader and a writer"],
    expect: "deadlock",
  }),
  inWord({
    name: "deadWriterWithoutPoison",
    why: "no thread is told that a writer died",
    patch: `
      - const come: u64 = died && (kind == OWN_LOCK || kind == OWN_WRITE) ? POISONED : 0;
      + const come: u64 = died && kind == OWN_LOCK ? POISONED : 0;
    `,
    programs: ["lock/rwLock/a dead writer"],
    expect: "linearizability",
  }),
  inWord({
    name: "readersNotBroken",
    why: "readers stay when the lock is broken",
    patch: `
      - const next = (state & ~(READERS | HELD | WRITER)) | (wrote ? POISONED : 0);
      + const next = (state & ~(<u64>(HELD | WRITER))) | (wrote ? POISONED : 0);
    `,
    programs: ["lock/rwLock/broken while it is read"],
    expect: "linearizability",
  }),
  inWord({
    name: "writerNotBroken",
    why: "readers are kept out by a writer that the lock was taken from",
    patch: `
      - const next = (state & ~(READERS | HELD | WRITER)) | (wrote ? POISONED : 0);
      + const next = (state & ~(READERS | HELD)) | (wrote ? POISONED : 0);
    `,
    programs: ["lock/rwLock/broken while it is written"],
    expect: "linearizability",
  }),
  inWord({
    name: "brokenReadersPoison",
    why: "a lock that was taken from readers is poisoned",
    patch: `
      - const wrote = (state & READERS) == 0 && (state & (isMutex ? HELD : WRITER)) != 0;
      + const wrote = true;
    `,
    programs: ["lock/rwLock/broken while it is read"],
    expect: "linearizability",
  }),
  inWord({
    name: "brokenAndOwesNothing",
    why: "the thread that breaks the lock dies, and those that wait sleep on",
    patch: `
          if (cas64(word, state, next + BROKEN)) {
      -     owe(lock, n);
    `,
    programs: ["lock/rwLock/one that breaks the lock dies"],
    expect: "deadlock",
  }),
  inDebt({
    name: "oneReaderLetIn",
    why: "of the readers that wait one goes on, and the others sleep",
    patch: `
      - notifyMany(event + eventSize(), EVERYBODY, true);
      + notifyMany(event + eventSize(), 1, false);
    `,
    programs: ["lock/rwLock/a downgrade wakes readers", "lock/rwLock/a writer and its readers"],
    expect: "deadlock",
  }),
  inDebt({
    name: "nobodyAtTheGate",
    why: "of those that wait for a writer only readers are woken",
    patch: `
      - notifyMany(event, 1, false);
        notifyMany(event + eventSize(), EVERYBODY, true);
    `,
    programs: ["lock/rwLock/two writers"],
    expect: "deadlock",
  }),
  inDebt({
    name: "brokenBesideTheWriter",
    why: "a writer that waits for readers sleeps on when the lock was broken",
    patch: `
        notifyMany(event + eventSize(), EVERYBODY, true);
      - notifyMany(event + 2 * eventSize(), 1, false);
    `,
    programs: ["lock/rwLock/broken while a writer waits"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "downgradedInSecret",
    why: "readers that wait for a writer sleep on when it is the upgradable reader",
    patch: `
      - return settle(lock, lock, ALL_OF_LOCK, cell, kind, reads ? -READER : 0, reads ? HELD | WRITER : WRITER, 0);
      + return settle(lock, lock, 1, cell, kind, reads ? -READER : 0, reads ? HELD | WRITER : WRITER, 0);
    `,
    programs: ["lock/rwLock/a downgrade wakes readers"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "downgradedAndGone",
    why: "a writer does not wait for the reader that another one has become",
    patch: `
      - return settle(lock, lock, ALL_OF_LOCK, cell, kind, reads ? -READER : 0, reads ? HELD | WRITER : WRITER, 0);
      + return settle(lock, lock, ALL_OF_LOCK, cell, kind, 0, reads ? HELD | WRITER : WRITER, 0);
    `,
    programs: ["lock/rwLock/downgraded"],
    expect: "deadlock",
  }),
  inRwLock({
    name: "gateKept",
    why: "no writer comes after a writer that has become a reader",
    patch: `
      - return settle(lock, lock, ALL_OF_LOCK, cell, kind, reads ? -READER : 0, reads ? HELD | WRITER : WRITER, 0);
      + return settle(lock, lock, ALL_OF_LOCK, cell, kind, reads ? -READER : 0, WRITER, 0);
    `,
    programs: ["lock/rwLock/downgraded"],
    expect: "deadlock",
  }),
  inReaper({
    name: "deadReaderStays",
    why: "writers wait for a reader that is dead",
    patch: `
      - } else if (kind == OWN_STARVED || isOfLock(kind)) {
      + } else if (kind == OWN_STARVED || (isOfLock(kind) && kind != OWN_READ)) {
    `,
    programs: ["lock/rwLock/a dead reader"],
    expect: "deadlock",
  }),
];
