/** Faults in what threads charge and clear, and in how the dead are reaped. */
import { inFile } from "./mutant.mjs";

const inAllocator = inFile("src/heap/kernel/alloc.ts");
const inArc = inFile("src/arc/kernel/arc.ts");
const inScratch = inFile("src/heap/kernel/scratch.ts");
const inLock = inFile("src/heap/kernel/lock.ts");
const inTable = inFile("src/heap/kernel/threads.ts");
const inQueue = inFile("src/queue/kernel/unbounded.ts");
const inRing = inFile("src/queue/kernel/bounded.ts");
const inSlot = inFile("src/queue/kernel/single.ts");
const inEvent = inFile("src/listener/kernel/event.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");
const inEnd = inFile("src/reaper/kernel/end.ts");

const TAKEN = "    if (cas64(lists, list, ((list | blockBits) + 1) | next)) {\n      add64(counterOf(cls), 1);\n";
const CHARGE = "      charge(cell, block);\n";
const CARVED = `- (left << shift);\n      add64(counterOf(cls), 1);\n`;
const HAVE =
  "    if (cas64(control, word, word + 1)) {\n      charge(cell, control);\n      return OK;\n    }\n    step = lost(step);\n  }\n}\n\n/** ";
const HAVE_NOT = "    if (cas64(control, word, word + 1)) return OK;\n    step = lost(step);\n  }\n}\n\n/** ";
const LEAVE_LOCKS = "    } else if (kind == OWN_LOCK) {\n      locks++;\n      poison(what, cell);\n    }\n";

export const reaperMutants = [
  // ── blocks ──
  inAllocator({
    name: "takenByNobody",
    why: "a block that comes from the list is in no cell",
    edits: [[TAKEN + CHARGE, TAKEN]],
    programs: ["reaper/a block is taken and given back"],
    expect: "accounting",
  }),
  inAllocator({
    name: "carvedByNobody",
    why: "a block that nobody had before is in no cell",
    edits: [[CARVED + CHARGE, CARVED]],
    programs: ["reaper/a block is carved out of a new page", "reaper/what the dead had can be had again"],
    expect: "accounting",
  }),
  inAllocator({
    name: "runOfNobody",
    why: "a run of pages is in no cell",
    edits: [["      charge(cell, (<usize>page) << PAGE_SHIFT);\n", ""]],
    programs: ["reaper/a run of pages"],
    expect: "accounting",
  }),
  inAllocator({
    name: "chargedBehindACall",
    why: "a thread killed in between has a block that is in no cell",
    edits: [
      [TAKEN + CHARGE, TAKEN],
      [CARVED + CHARGE, CARVED],
      [
        "  if (block == 0) return 0;\n  // Looked up",
        "  if (block == 0) return 0;\n  charge(cell, block);\n  // Looked up",
      ],
    ],
    programs: ["reaper/a block is taken and given back"],
    expect: "accounting",
  }),
  inAllocator({
    name: "givenBackAndKept",
    why: "a block that was given back is returned again",
    edits: [["      add64(counterOf(cls), -1);\n      clear(cell);\n", "      add64(counterOf(cls), -1);\n"]],
    programs: ["reaper/a scratch is taken and given back"],
    expect: "accounting",
  }),
  inAllocator({
    name: "markOfDeadHeeded",
    why: "a block that is marked as free and not on the list yet is not returned",
    edits: [
      [
        "  const mark = secret ^ block;\n  const wasFree = swap64(block + MARK, mark) == mark;\n",
        "  const mark = secret ^ block;\n  const wasFree = swap64(block + MARK, mark) == mark;\n  if (wasFree) {\n    clear(cell);\n    return;\n  }\n",
      ],
    ],
    programs: ["reaper/a batch of blocks is made", "reaper/a block is taken and given back"],
    expect: "accounting",
  }),
  inScratch({
    name: "scratchNotWiped",
    why: "numbers of an old batch are taken for addresses",
    edits: [["  if (state != INLINE) wipe(scratch, scratchSize());\n", ""]],
    programs: ["reaper/a batch of blocks is made"],
    expect: "trap",
  }),

  // ── counts ──
  inArc({
    name: "clonedForNobody",
    why: "a count that was taken is in no cell",
    edits: [
      [
        "    if (cas64(control, word, word + count)) {\n      charge(cell, control);\n      return OK;",
        "    if (cas64(control, word, word + count)) {\n      return OK;",
      ],
    ],
    programs: ["reaper/counts are taken and given up"],
    expect: "accounting",
  }),
  inArc({
    name: "upgradedForNobody",
    why: "the same from a weak one",
    edits: [[`${HAVE}One more weak`, `${HAVE_NOT}One more weak`]],
    programs: ["reaper/weak counts outlive"],
    expect: "accounting",
  }),
  inArc({
    name: "openedForNobody",
    why: "the same by a token",
    edits: [[`${HAVE}Why`, `${HAVE_NOT}Why`]],
    programs: ["reaper/a token is opened"],
    expect: "accounting",
  }),
  inArc({
    name: "weakForNobody",
    why: "a weak count that was taken is in no cell",
    edits: [
      [
        "    if (cas32(control + WEAK, weak, weak + 1)) {\n      charge(cell, control);\n",
        "    if (cas32(control + WEAK, weak, weak + 1)) {\n",
      ],
    ],
    programs: ["reaper/weak counts outlive"],
    expect: "accounting",
  }),
  inArc({
    name: "releasedAndKept",
    why: "a count that was given up is given up again",
    edits: [["  if ((before & STRONG) != count) {\n    clear(cell);\n", "  if ((before & STRONG) != count) {\n"]],
    programs: ["reaper/counts are taken and given up"],
    expect: "accounting",
  }),
  inArc({
    name: "weakReleasedAndKept",
    why: "the same with a weak one",
    edits: [["LAST_GENERATION) {\n    clear(cell);\n    return;", "LAST_GENERATION) {\n    return;"]],
    programs: ["reaper/counts are taken and given up"],
    expect: "accounting",
  }),
  inArc({
    name: "endingIsACount",
    why: "an object whose last count is gone is returned as a count of it",
    edits: [
      [
        "  add64(control, GENERATION);\n  turn(cell, OWN_ENDING);\n  return true;",
        "  add64(control, GENERATION);\n  return true;",
      ],
    ],
    programs: ["reaper/an object is made and dropped"],
    expect: "accounting",
  }),
  inArc({
    name: "valueOfNobody",
    why: "the value has left the object and is in no cell",
    edits: [["  charge(ofBlock, block);\n  turn(cell, OWN_WEAK);\n", "  turn(cell, OWN_WEAK);\n"]],
    programs: ["reaper/an object is made and dropped"],
    expect: "accounting",
  }),
  inArc({
    name: "valueEndsTwice",
    why: "an object whose value has gone is taken apart again",
    edits: [["  charge(ofBlock, block);\n  turn(cell, OWN_WEAK);\n", "  charge(ofBlock, block);\n"]],
    programs: ["reaper/an object is made and dropped"],
    expect: "double free",
  }),
  inArc({
    name: "madeOfOwnedBlocks",
    why: "an object's value is returned beside the object",
    edits: [["  charge(cell, control);\n  clear(ofBlock);\n", "  charge(cell, control);\n"]],
    programs: ["reaper/an object is made and dropped"],
    expect: "accounting",
  }),
  inArc({
    name: "publishedAsUnborn",
    why: "an object that has a count is given up as one that has none",
    edits: [["  add64(control, 1);\n  turn(cell, OWN_STRONG);\n", "  add64(control, 1);\n"]],
    programs: ["reaper/an object is born"],
    expect: "bounds",
  }),
  inArc({
    name: "movedAndKept",
    why: "a count stands in two cells",
    edits: [["  charge(cell, control);\n  clear(from);\n", "  charge(cell, control);\n"]],
    programs: ["reaper/a count that travels"],
    expect: "accounting",
  }),

  // ── tickets ──
  inArc({
    name: "ticketOfNobody",
    why: "what is in a ticket is in no cell",
    edits: [["      charge(cell, ticket);\n      clear(ofTicket);\n", "      clear(ofTicket);\n"]],
    programs: ["reaper/a ticket is made"],
    expect: "accounting",
  }),
  inArc({
    name: "ticketOpenedForNobody",
    why: "the count that came out of a ticket is in no cell",
    edits: [["      charge(cell, control);\n      if (left == 1) {", "      if (left == 1) {"]],
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "usedUpOfNobody",
    why: "a ticket that was used up is in no cell until it is free",
    edits: [["        charge(ofTicket, ticket);\n        releaseWeak", "        releaseWeak"]],
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "emptiedWithoutGeneration",
    why: "what serves another object by now is emptied as the ticket that it was",
    edits: [
      [
        "    if (<u32>(word >> 32) != generation || left == 0) {\n      clear(cell);",
        "    if (left == 0) {\n      clear(cell);",
      ],
    ],
    programs: ["reaper/a ticket that was used up"],
    expect: "accounting",
  }),
  inArc({
    name: "emptiedByStore",
    why: "somebody opens the ticket in between, and his count is released with the others",
    edits: [
      [
        "    if (cas64(ticket, word, word - left + GENERATION)) {\n",
        "    store64(ticket, word - left + GENERATION);\n    if (true) {\n",
      ],
    ],
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "emptiedForOne",
    why: "of the counts that were left in a ticket one is released",
    edits: [["      write32(cell + EXTRA, <u32>left);\n", "      write32(cell + EXTRA, 1);\n"]],
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "revokedAsTicket",
    why: "counts that came out of a ticket are taken for a ticket when whoever revoked it has died",
    edits: [["      turn(cell, OWN_COUNTS);\n", ""]],
    programs: ["reaper/two revoke a ticket"],
    expect: "accounting",
  }),
  inArc({
    name: "revokedGenerationStays",
    why: "a ticket that was revoked passes for the object that lies in its place by now",
    edits: [["cas64(ticket, word, word - left + GENERATION)", "cas64(ticket, word, word - left)"]],
    programs: ["reaper/an object lies where a ticket was revoked"],
    expect: "accounting",
  }),
  inEnd({
    name: "revokedForOne",
    why: "of the opens that were revoked one is given up",
    edits: [["releaseMany(control, count, cell)", "releaseMany(control, 1, cell)"]],
    programs: ["reaper/a ticket is revoked while others open it"],
    expect: "accounting",
  }),
  inEnd({
    name: "revokedAndLeft",
    why: "the opens that were revoked were the last counts, and nobody takes the object apart",
    edits: [
      [
        "  if (releaseMany(control, count, cell)) end(control, cell);\n  return count;",
        "  releaseMany(control, count, cell);\n  return count;",
      ],
    ],
    programs: ["reaper/an object ends with its opens"],
    expect: "accounting",
  }),

  // ── queues ──
  inQueue({
    name: "pushedAndKept",
    why: "a value that is in the queue is returned",
    edits: [
      [
        "      add64(writtenOf(block), (<u64>1) << offset);\n      clear(cell);\n",
        "      add64(writtenOf(block), (<u64>1) << offset);\n",
      ],
    ],
    programs: ["reaper/unbounded of blocks/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "poppedByNobody",
    why: "a value that came out is in no cell",
    edits: [["      keep(cell, value);\n", ""]],
    programs: ["reaper/unbounded of blocks/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "batchPushedAndKept",
    why: "values of a batch that are in the queue are returned",
    edits: [["      if (isOwned) wipe(source + ((<usize>done) << 3), (<usize>run) << 3);\n", ""]],
    programs: ["reaper/unbounded of blocks/in batches"],
    expect: "accounting",
  }),
  inQueue({
    name: "installedAndKept",
    why: "a block that was installed is returned",
    edits: [
      [
        "        clear(ofNext);\n        next = 0;\n      }\n      add64(writtenOf(block), (<u64>1) << offset);\n",
        "        next = 0;\n      }\n      add64(writtenOf(block), (<u64>1) << offset);\n",
      ],
    ],
    programs: ["reaper/unbounded of numbers/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "readUpOfNobody",
    why: "a block that was read up is in no cell until it is free",
    edits: [["      if (isDone) {\n        charge(ofBlock, block);\n", "      if (isDone) {\n"]],
    programs: ["reaper/unbounded of numbers/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "discardedAndLeft",
    why: "whoever goes on with the end of a queue finds a value that is gone",
    edits: [
      [
        "      add64(head + INDEX, ONE);\n      seize(content, value, slot);\n      discard(content, value, slot);\n",
        "      seize(content, value, slot);\n      discard(content, value, slot);\n      add64(head + INDEX, ONE);\n",
      ],
    ],
    programs: ["reaper/unbounded of blocks/dropped with the queue"],
    expect: "double free",
  }),
  inRing({
    name: "ringPushedAndKept",
    why: "a value that is in the ring is returned",
    edits: [["parity));\n      clear(cell);\n      return OK;", "parity));\n      return OK;"]],
    programs: ["reaper/bounded of blocks/with others"],
    expect: "double free",
  }),
  inRing({
    name: "displacedByNobody",
    why: "a value that came out for another is in no cell",
    edits: [["      keep(out, displaced);\n", ""]],
    programs: ["reaper/bounded of blocks/one after the other"],
    expect: "accounting",
  }),
  inRing({
    name: "ringEndsTwice",
    why: "whoever goes on with the end of a queue frees its ring again",
    edits: [["  swapRing(queue, 0);\n", ""]],
    programs: ["reaper/bounded of blocks/dropped with the queue"],
    expect: "double free",
  }),
  inSlot({
    name: "slotPoppedByNobody",
    why: "a value that came out is in no cell",
    edits: [["      keep(cell, value);\n", ""]],
    programs: ["reaper/single of blocks/one after the other"],
    expect: "accounting",
  }),

  // ── listeners ──
  inEvent({
    name: "listenerIsABlock",
    why: "a node is returned that is in the list",
    edits: [["      turn(cell, OWN_LISTENER);\n", ""]],
    programs: ["reaper/listening and leaving"],
    expect: "race",
  }),
  inEvent({
    name: "leftTwice",
    why: "a node that has left the list leaves it again",
    edits: [
      [
        "        store64(counts, count);\n        store32(list, 0);\n        turn(cell, OWN_BLOCK);\n",
        "        store64(counts, count);\n        store32(list, 0);\n",
      ],
    ],
    programs: ["reaper/listening and leaving"],
    expect: "use after free",
  }),
  inEvent({
    name: "tagSentAndKept",
    why: "a tag that somebody has is returned",
    edits: [["      store32(list, 0);\n      clear(cell);\n", "      store32(list, 0);\n"]],
    programs: ["reaper/tags are sent"],
    expect: "accounting",
  }),
  inEvent({
    name: "tagOfNobody",
    why: "a tag that came with a notification is in no cell",
    edits: [["          seize(content, value, ofTag);\n", ""]],
    programs: ["reaper/tags are taken", "reaper/tags that nobody takes"],
    expect: "accounting",
  }),

  // ── locks ──
  inLock({
    name: "heldByNobody",
    why: "a lock that was taken is in no cell: it stays taken",
    edits: [["  charge(cell, lock);\n", ""]],
    programs: ["reaper/a lock is taken and let go"],
    expect: "accounting",
  }),
  inLock({
    name: "letGoAndKept",
    why: "a lock is poisoned that somebody else has by now",
    edits: [["  sub32(lock, HELD);\n  clear(cell);\n", "  sub32(lock, HELD);\n"]],
    programs: ["reaper/a lock is taken and let go"],
    expect: "use after free",
  }),
  inLock({
    name: "poisonedWithoutWake",
    why: "whoever waits for the dead waits for ever",
    edits: [["  notify(lock, 0xffffffff);\n", ""]],
    programs: ["reaper/whoever waits for the dead goes on"],
    expect: "deadlock",
  }),
  inLock({
    name: "freedWithoutPoison",
    why: "nobody is told that a holder died",
    edits: [["  swap32(lock, POISONED);\n", "  swap32(lock, 0);\n"]],
    programs: ["reaper/poison stays"],
    expect: "accounting",
  }),

  // ── the thread table ──
  inTable({
    name: "enteredByStore",
    why: "two threads have one entry",
    edits: [
      [
        "    if (cas64(entry, word, (word & ~(INCARNATION - 1)) + INCARNATION + LIVE)) {\n",
        "    store64(entry, (word & ~(INCARNATION - 1)) + INCARNATION + LIVE);\n    if (true) {\n",
      ],
    ],
    programs: ["reaper/the table is full"],
    expect: "race",
  }),
  inTable({
    name: "linkedAndKept",
    why: "a ledger's block is returned beside the ledger",
    edits: [["  swap64(mine + LEDGER, block);\n  clear(cell);\n", "  swap64(mine + LEDGER, block);\n"]],
    programs: ["reaper/a ledger grows"],
    expect: "accounting",
  }),
  inTable({
    name: "linkedOverTheFirst",
    why: "the cells that a thread had are forgotten when it has more",
    edits: [["  store64(block, load64(mine + LEDGER));\n", ""]],
    programs: ["reaper/a ledger grows"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedWithoutThread",
    why: "a living thread is reaped that has the entry of a dead one",
    edits: [["  if (load64(entry + THREAD) != identity) return false;\n", ""]],
    programs: ["reaper/an entry changes hands"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedByHostsNumber",
    why: "a living thread is reaped that has the entry of a dead one, and the same number of the host's",
    edits: [["load64(entry + THREAD) != identity", "load32(entry + THREAD) != <u32>identity"]],
    programs: ["reaper/an entry changes hands, to a thread of the same number"],
    expect: "accounting",
  }),
  inTable({
    name: "incarnationStays",
    why: "the same, if it entered while somebody was about to claim",
    edits: [["(word & ~(INCARNATION - 1)) + INCARNATION + LIVE)", "(word & ~(INCARNATION - 1)) + LIVE)"]],
    programs: ["reaper/an entry changes hands"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedFromAReaper",
    why: "two reap one thread",
    edits: [["  if (phase != LIVE && !itself) return false;\n", ""]],
    programs: ["reaper/two reap one"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedByStore",
    why: "two reap one thread that looked at the same time",
    edits: [
      [
        "  return cas64(entry, word, (word & ~(INCARNATION - 1)) | (indexOf(mine) << REAPER) | REAPED);",
        "  store64(entry, (word & ~(INCARNATION - 1)) | (indexOf(mine) << REAPER) | REAPED);\n  return true;",
      ],
    ],
    programs: ["reaper/two reap one"],
    expect: "accounting",
  }),
  inTable({
    name: "ownEndNotGoneOnWith",
    why: "nobody reaps a thread that died while it ended in good order",
    edits: [["  if (phase != LIVE && !itself) return false;\n", "  if (phase != LIVE) return false;\n"]],
    programs: ["reaper/an end in good order/counts"],
    expect: "accounting",
  }),

  // ── the reaper ──
  inReaper({
    name: "nobodyAdopts",
    why: "whom a dead reaper was reaping nobody reaps",
    edits: [["adopt(other, entry)) cleanAll(other);", "adopt(other, entry) && false) cleanAll(other);"]],
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "adoptsOnlyNext",
    why: "whom a dead reaper's dead reaper was reaping nobody reaps",
    edits: [["adopt(other, entry)) cleanAll(other);", "adopt(other, entry)) clean(other);"]],
    programs: ["reaper/three reapers die"],
    expect: "accounting",
  }),
  inReaper({
    name: "notificationSwallowed",
    why: "what a dead listener was notified of does not go on",
    edits: [
      ["(leave(what, PASS, 0) & PASSED)", "(leave(what, DISCARD, 0) & PASSED)"],
      ["  ARCS,\n  INLINE,", "  ARCS,\n  DISCARD,\n  INLINE,"],
    ],
    programs: ["reaper/a notification of the dead reaches a living one"],
    expect: "deadlock",
  }),
  inReaper({
    name: "countsBeforeListeners",
    why: "the event is gone whose list a listener is to leave",
    edits: [
      [
        "    if (what == 0) continue;\n",
        "    if (what == 0) continue;\n    if (kindOfCell(cell) == OWN_STRONG) giveUp(what, cell);\n",
      ],
    ],
    programs: ["reaper/an event that lived by the dead"],
    expect: "use after free",
  }),
  inReaper({
    name: "countsBeforeLocks",
    why: "the object is gone in which a lock is to be poisoned",
    edits: [
      [LEAVE_LOCKS, "    }\n"],
      [
        "  } else {\n    if (kind == OWN_VALUE) values++;",
        "  } else if (kind == OWN_LOCK) {\n    poison(what, cell);\n  } else {\n    if (kind == OWN_VALUE) values++;",
      ],
    ],
    programs: ["reaper/a reaper dies/a lock"],
    expect: "use after free",
  }),
  inReaper({
    name: "ledgerBeforeItsCells",
    why: "the cells are gone before what they own is returned",
    edits: [["function clean(entry: usize): void {\n", "function clean(entry: usize): void {\n  dismantle(entry);\n"]],
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "vacatedBeforeDismantled",
    why: "a reaper dies, and nobody knows of the ledger in a free entry",
    edits: [["  dismantle(entry);\n  vacate(entry);\n", "  vacate(entry);\n  dismantle(entry);\n"]],
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "dismantledOfNobody",
    why: "a ledger's block is in no cell until it is free",
    edits: [["    charge(cell, block);\n    freeLedger(block, cell);", "    freeLedger(block, cell);"]],
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "slotsForgotten",
    why: "what a batch was about to push or had popped leaks",
    edits: [["    emptyScratch(what, read32(cell + EXTRA));\n", ""]],
    programs: ["reaper/a reaper dies/a batch"],
    expect: "accounting",
  }),
  inReaper({
    name: "slotsTwice",
    why: "a reaper dies, and the next one returns again what was in the slots",
    edits: [["    clear(slot);\n", ""]],
    programs: ["reaper/a reaper dies/a batch"],
    expect: "accounting",
  }),
  inReaper({
    name: "endedAsAnObject",
    why: "what a queue has is not freed with it",
    edits: [
      ["    if (release(what, cell)) end(what, cell);", "    if (release(what, cell)) finish(what, cell);"],
      ["import { abandon, emptyTicket,", "import { abandon, emptyTicket, finish,"],
    ],
    programs: ["reaper/a reaper dies/a queue of blocks"],
    expect: "accounting",
  }),
];
