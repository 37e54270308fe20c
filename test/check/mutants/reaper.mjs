/** Faults in what threads charge and clear, and in how the dead are reaped. */
import { inFile } from "./mutant.mjs";

const inAllocator = inFile("src/heap/kernel/alloc.ts");
const inArc = inFile("src/arc/kernel/arc.ts");
const inScratch = inFile("src/heap/kernel/scratch.ts");
const inTable = inFile("src/heap/kernel/threads.ts");
const inQueue = inFile("src/queue/kernel/unbounded.ts");
const inRing = inFile("src/queue/kernel/bounded.ts");
const inSlot = inFile("src/queue/kernel/single.ts");
const inEvent = inFile("src/listener/kernel/event.ts");
const inReaper = inFile("src/reaper/kernel/reap.ts");
const inDispose = inFile("src/reaper/kernel/dispose.ts");

export const reaperMutants = [
  // ── blocks ──
  inAllocator({
    name: "takenByNobody",
    why: "a block that comes from the list is in no cell",
    patch: `
        if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
          add64(counterOf(cls), 1);
      -   own(cell, block);
    `,
    programs: ["reaper/a block is taken and given back"],
    expect: "accounting",
  }),
  inAllocator({
    name: "carvedByNobody",
    why: "a block that nobody had before is in no cell",
    patch: `
        const block = ((<usize>(word >> 32)) << PAGE_SHIFT) + PAGE - (left << shift);
        add64(counterOf(cls), 1);
      - own(cell, block);
    `,
    programs: ["reaper/a block is carved out of a new page", "reaper/what the dead had can be had again"],
    expect: "accounting",
  }),
  inAllocator({
    name: "runOfNobody",
    why: "a run of pages is in no cell",
    patch: `
      - own(cell, (<usize>page) << PAGE_SHIFT);
    `,
    programs: ["reaper/a run of pages"],
    expect: "accounting",
  }),
  inAllocator({
    name: "chargedBehindACall",
    why: "a thread killed in between has a block that is in no cell",
    patch: `
        if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
          add64(counterOf(cls), 1);
      -   own(cell, block);

        const block = ((<usize>(word >> 32)) << PAGE_SHIFT) + PAGE - (left << shift);
        add64(counterOf(cls), 1);
      - own(cell, block);

        if (block == 0) return 0;
      + own(cell, block);
    `,
    programs: ["reaper/a block is taken and given back"],
    expect: "accounting",
  }),
  inAllocator({
    name: "givenBackAndKept",
    why: "a block that was given back is returned again",
    patch: `
        add64(counterOf(cls), -1);
      - clear(cell);
    `,
    programs: ["reaper/a scratch is taken and given back"],
    expect: "accounting",
  }),
  inAllocator({
    name: "markOfDeadHeeded",
    why: "a block that is marked as free and not on the list yet is not returned",
    patch: `
        const wasFree = swap64(block + MARK, mark) == mark;
      + if (wasFree) {
      +   clear(cell);
      +   return;
      + }
    `,
    programs: ["reaper/a batch of blocks is made", "reaper/a block is taken and given back"],
    expect: "accounting",
  }),
  inScratch({
    name: "scratchNotWiped",
    why: "numbers of an old batch are taken for addresses",
    patch: `
      - if (state != INLINE) wipe(scratch, scratchSize());
    `,
    programs: ["reaper/a batch of blocks is made"],
    expect: "trap",
  }),

  // ── counts ──
  inArc({
    name: "clonedForNobody",
    why: "a count that was taken is in no cell",
    patch: `
        if (cas64(control, word, word + count)) {
      -   own(cell, control);
    `,
    programs: ["reaper/counts are taken and given up"],
    expect: "accounting",
  }),
  inArc({
    name: "upgradedForNobody",
    why: "the same from a weak one",
    patch: `
        if (strong == 0) return STALE;
        if (strong == MAX_COUNT) return OVERFLOW;
      - if (cas64(control, word, word + 1)) {
      -   own(cell, control);
      -   return OK;
      - }
      + if (cas64(control, word, word + 1)) return OK;
    `,
    programs: ["reaper/weak counts outlive"],
    expect: "accounting",
  }),
  inArc({
    name: "openedForNobody",
    why: "the same by a token",
    patch: `
        if (<u32>(word >> 32) != generation || strong == 0) return STALE;
        if (strong == MAX_COUNT) return OVERFLOW;
      - if (cas64(control, word, word + 1)) {
      -   own(cell, control);
      -   return OK;
      - }
      + if (cas64(control, word, word + 1)) return OK;
    `,
    programs: ["reaper/a token is opened"],
    expect: "accounting",
  }),
  inArc({
    name: "weakForNobody",
    why: "a weak count that was taken is in no cell",
    patch: `
        if (cas32(control + WEAK, weak, weak + 1)) {
      -   own(cell, control);
    `,
    programs: ["reaper/weak counts outlive"],
    expect: "accounting",
  }),
  inArc({
    name: "releasedAndKept",
    why: "a count that was given up is given up again",
    patch: `
        if ((before & STRONG) != count) {
      -   clear(cell);
    `,
    programs: ["reaper/counts are taken and given up"],
    expect: "accounting",
  }),
  inArc({
    name: "weakReleasedAndKept",
    why: "the same with a weak one",
    patch: `
        if (sub32(control + WEAK, 1) != 1 || <u32>(load64(control) >> 32) == LAST_GENERATION) {
      -   clear(cell);
    `,
    programs: ["reaper/counts are taken and given up"],
    expect: "accounting",
  }),
  inArc({
    name: "endingIsACount",
    why: "an object whose last count is gone is returned as a count of it",
    patch: `
      - setKind(cell, OWN_ENDING);
        return true;
    `,
    programs: ["reaper/an object is made and dropped"],
    expect: "accounting",
  }),
  inArc({
    name: "valueOfNobody",
    why: "the value has left the object and is in no cell",
    patch: `
      - own(ofBlock, block);
    `,
    programs: ["reaper/an object is made and dropped"],
    expect: "accounting",
  }),
  inArc({
    name: "valueEndsTwice",
    why: "an object whose value has gone is taken apart again",
    patch: `
      - setKind(cell, OWN_WEAK);
    `,
    programs: ["reaper/an object is made and dropped"],
    expect: "double free",
  }),
  inArc({
    name: "madeOfOwnedBlocks",
    why: "an object's value is returned beside the object",
    patch: `
      - clear(ofBlock);
    `,
    programs: ["reaper/an object is made and dropped"],
    expect: "accounting",
  }),
  inArc({
    name: "publishedAsUnborn",
    why: "an object that has a count is given up as one that has none",
    patch: `
        add64(control, 1);
      - setKind(cell, OWN_STRONG);
    `,
    programs: ["reaper/an object is born"],
    expect: "bounds",
  }),
  inArc({
    name: "movedAndKept",
    why: "a count stands in two cells",
    patch: `
      - clear(from);
    `,
    programs: ["reaper/a count that travels"],
    expect: "accounting",
  }),

  // ── tickets ──
  inArc({
    name: "ticketOfNobody",
    why: "what is in a ticket is in no cell",
    patch: `
      - own(cell, ticket);
    `,
    programs: ["reaper/a ticket is made"],
    expect: "accounting",
  }),
  inArc({
    name: "ticketOpenedForNobody",
    why: "the count that came out of a ticket is in no cell",
    patch: `
        if (cas64(ticket, word, left == 1 ? word - 1 + GENERATION : word - 1)) {
      -   own(cell, control);
    `,
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "usedUpOfNobody",
    why: "a ticket that was used up is in no cell until it is free",
    patch: `
        const ofTicket = ticketCell();
      - own(ofTicket, ticket);
    `,
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "emptiedWithoutGeneration",
    why: "what serves another object by now is emptied as the ticket that it was",
    patch: `
      - if (<u32>(word >> 32) != generation || left == 0) {
      + if (left == 0) {
    `,
    programs: ["reaper/a ticket that was used up"],
    expect: "accounting",
  }),
  inArc({
    name: "emptiedByStore",
    why: "somebody opens the ticket in between, and his count is released with the others",
    patch: `
      - if (cas64(ticket, word, word - left + GENERATION)) {
      + store64(ticket, word - left + GENERATION);
      + if (true) {
    `,
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "emptiedForOne",
    why: "of the counts that were left in a ticket one is released",
    patch: `
      - write32(cell + EXTRA, <u32>left);
      + write32(cell + EXTRA, 1);
    `,
    programs: ["reaper/a ticket is opened while its maker is reaped"],
    expect: "accounting",
  }),
  inArc({
    name: "revokedAsTicket",
    why: "counts that came out of a ticket are taken for a ticket when whoever revoked it has died",
    patch: `
      - setKind(cell, OWN_COUNTS);
    `,
    programs: ["reaper/two revoke a ticket"],
    expect: "accounting",
  }),
  inArc({
    name: "revokedGenerationStays",
    why: "a ticket that was revoked passes for the object that lies in its place by now",
    patch: `
      - if (cas64(ticket, word, word - left + GENERATION)) {
      + if (cas64(ticket, word, word - left)) {
    `,
    programs: ["reaper/an object lies where a ticket was revoked"],
    expect: "accounting",
  }),
  inDispose({
    name: "revokedForOne",
    why: "of the opens that were revoked one is given up",
    patch: `
      - if (releaseMany(control, count, cell)) dispose(control, cell);
      + if (releaseMany(control, 1, cell)) dispose(control, cell);
    `,
    programs: ["reaper/a ticket is revoked while others open it"],
    expect: "accounting",
  }),
  inDispose({
    name: "revokedAndLeft",
    why: "the opens that were revoked were the last counts, and nobody takes the object apart",
    patch: `
      - if (releaseMany(control, count, cell)) dispose(control, cell);
      + releaseMany(control, count, cell);
    `,
    programs: ["reaper/an object ends with its opens"],
    expect: "accounting",
  }),

  // ── queues ──
  inQueue({
    name: "pushedAndKept",
    why: "a value that is in the queue is returned",
    patch: `
        add64(writtenOf(block), (<u64>1) << offset);
      - clear(cell);
    `,
    programs: ["reaper/unbounded of blocks/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "poppedByNobody",
    why: "a value that came out is in no cell",
    patch: `
      - ownSlot(cell, value);
    `,
    programs: ["reaper/unbounded of blocks/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "batchPushedAndKept",
    why: "values of a batch that are in the queue are returned",
    patch: `
      - if (isOwned) wipe(source + ((<usize>done) << 3), (<usize>run) << 3);
    `,
    programs: ["reaper/unbounded of blocks/in batches"],
    expect: "accounting",
  }),
  inQueue({
    name: "installedAndKept",
    why: "a block that was installed is returned",
    patch: `
      -   clear(ofNext);
          next = 0;
        }
        add64(writtenOf(block), (<u64>1) << offset);
    `,
    programs: ["reaper/unbounded of numbers/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "readUpOfNobody",
    why: "a block that was read up is in no cell until it is free",
    patch: `
        if (isDone) {
      -   own(ofBlock, block);
    `,
    programs: ["reaper/unbounded of numbers/one after the other"],
    expect: "accounting",
  }),
  inQueue({
    name: "discardedAndLeft",
    why: "whoever goes on with the end of a queue finds a value that is gone",
    patch: `
      - add64(head + INDEX, ONE);
        seize(content, value, slot);
        discard(content, value, slot);
      + add64(head + INDEX, ONE);
    `,
    programs: ["reaper/unbounded of blocks/dropped with the queue"],
    expect: "double free",
  }),
  inRing({
    name: "ringPushedAndKept",
    why: "a value that is in the ring is returned",
    patch: `
        add64(writtenOf(group), flip((<u64>1) << bit, parity));
      - clear(cell);
    `,
    programs: ["reaper/bounded of blocks/with others"],
    expect: "double free",
  }),
  inRing({
    name: "displacedByNobody",
    why: "a value that came out for another is in no cell",
    patch: `
      - ownSlot(out, displaced);
    `,
    programs: ["reaper/bounded of blocks/one after the other"],
    expect: "accounting",
  }),
  inRing({
    name: "ringEndsTwice",
    why: "whoever goes on with the end of a queue frees its ring again",
    patch: `
      - swapRing(queue, 0);
    `,
    programs: ["reaper/bounded of blocks/dropped with the queue"],
    expect: "double free",
  }),
  inSlot({
    name: "slotPoppedByNobody",
    why: "a value that came out is in no cell",
    patch: `
      - ownSlot(cell, value);
    `,
    programs: ["reaper/single of blocks/one after the other"],
    expect: "accounting",
  }),

  // ── listeners ──
  inEvent({
    name: "listenerIsABlock",
    why: "a node is returned that is in the list",
    patch: `
      - setKind(cell, OWN_LISTENER);
    `,
    programs: ["reaper/listening and leaving"],
    expect: "race",
  }),
  inEvent({
    name: "leftTwice",
    why: "a node that has left the list leaves it again",
    patch: `
      - setKind(cell, OWN_BLOCK);
        if ((state & GRANTED) != 0) setKind(read32(node + CALL), OWN_PERMITS);
    `,
    programs: ["reaper/listening and leaving"],
    expect: "use after free",
  }),
  inEvent({
    name: "tagSentAndKept",
    why: "a tag that somebody has is returned",
    patch: `
      - clear(cell);
    `,
    programs: ["reaper/tags are sent"],
    expect: "accounting",
  }),
  inEvent({
    name: "tagOfNobody",
    why: "a tag that came with a notification is in no cell",
    patch: `
      - seize(content, value, ofTag);
    `,
    programs: ["reaper/tags are taken", "reaper/tags that nobody takes"],
    expect: "accounting",
  }),

  // ── the thread table ──
  inTable({
    name: "enteredByStore",
    why: "two threads have one entry",
    patch: `
      - if (cas64(entry, word, (word & ~(INCARNATION - 1)) + INCARNATION + LIVE)) {
      + store64(entry, (word & ~(INCARNATION - 1)) + INCARNATION + LIVE);
      + if (true) {
    `,
    programs: ["reaper/the table is full"],
    expect: "race",
  }),
  inTable({
    name: "linkedAndKept",
    why: "a ledger's block is returned beside the ledger",
    patch: `
      - clear(cell);
    `,
    programs: ["reaper/a ledger grows"],
    expect: "accounting",
  }),
  inTable({
    name: "linkedOverTheFirst",
    why: "the cells that a thread had are forgotten when it has more",
    patch: `
      - store64(block, load64(mine + LEDGER));
    `,
    programs: ["reaper/a ledger grows"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedWithoutThread",
    why: "a living thread is reaped that has the entry of a dead one",
    patch: `
      - if (load64(entry + THREAD) != identity) return false;
    `,
    programs: ["reaper/an entry changes hands"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedByHostsNumber",
    why: "a living thread is reaped that has the entry of a dead one, and the same number of the host's",
    patch: `
      - if (load64(entry + THREAD) != identity) return false;
      + if (load32(entry + THREAD) != <u32>identity) return false;
    `,
    programs: ["reaper/an entry changes hands, to a thread of the same number"],
    expect: "accounting",
  }),
  inTable({
    name: "incarnationStays",
    why: "the same, if it entered while somebody was about to claim",
    patch: `
      - if (cas64(entry, word, (word & ~(INCARNATION - 1)) + INCARNATION + LIVE)) {
      + if (cas64(entry, word, (word & ~(INCARNATION - 1)) + LIVE)) {
    `,
    programs: ["reaper/an entry changes hands"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedFromAReaper",
    why: "two reap one thread",
    patch: `
      - if ((state & PHASE) != LIVE && state != reapedBy(entry) && state != reapedBy(mine)) return false;
    `,
    programs: ["reaper/two reap one"],
    expect: "accounting",
  }),
  inTable({
    name: "claimedByStore",
    why: "two reap one thread that looked at the same time",
    patch: `
      - return cas64(entry, word, (word & ~(INCARNATION - 1)) | reapedBy(mine));
      + store64(entry, (word & ~(INCARNATION - 1)) | reapedBy(mine));
      + return true;
    `,
    programs: ["reaper/two reap one"],
    expect: "accounting",
  }),
  inTable({
    name: "ownEndNotGoneOnWith",
    why: "nobody reaps a thread that died while it ended in good order",
    patch: `
      - if ((state & PHASE) != LIVE && state != reapedBy(entry) && state != reapedBy(mine)) return false;
      + if ((state & PHASE) != LIVE && state != reapedBy(mine)) return false;
    `,
    programs: ["reaper/an end in good order/counts"],
    expect: "accounting",
  }),

  // ── the reaper ──
  inReaper({
    name: "nobodyAdopts",
    why: "whom a dead reaper was reaping nobody reaps",
    patch: `
      - if (other != entry && adopt(other, entry)) cleanAll(other);
      + if (other != entry && adopt(other, entry) && false) cleanAll(other);
    `,
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "adoptsOnlyNext",
    why: "whom a dead reaper's dead reaper was reaping nobody reaps",
    patch: `
      - if (other != entry && adopt(other, entry)) cleanAll(other);
      + if (other != entry && adopt(other, entry)) clean(other);
    `,
    programs: ["reaper/three reapers die"],
    expect: "accounting",
  }),
  inReaper({
    name: "notificationSwallowed",
    why: "what a dead listener was notified of does not go on",
    patch: `
        ARCS,
      + DISCARD,

      - if ((leave(what, PASS, 0) & PASSED) != 0) passed++;
      + if ((leave(what, DISCARD, 0) & PASSED) != 0) passed++;
    `,
    programs: ["reaper/a notification of the dead reaches a living one"],
    expect: "deadlock",
  }),
  inReaper({
    name: "countsBeforeListeners",
    why: "the event is gone whose list a listener is to leave",
    patch: `
        if (what == 0) continue;
      + if (kindOfCell(cell) == OWN_STRONG) giveUp(what, cell);
    `,
    programs: ["reaper/an event that lived by the dead"],
    expect: "use after free",
  }),
  inReaper({
    name: "countsBeforeLocks",
    why: "the object is gone in which a lock is to be poisoned",
    patch: `
      - if (what != 0) letIn(what, cell);
      + if (what != 0 && kindOfCell(cell) == OWN_STRONG) giveUp(what, cell);

      - if (what != 0) giveUp(what, cell);
      + if (what != 0) letIn(what, cell);
      + if (owned(cell) != 0) giveUp(what, cell);
    `,
    programs: ["reaper/a reaper dies/a mutex"],
    expect: "use after free",
  }),
  inReaper({
    name: "ledgerBeforeItsCells",
    why: "the cells are gone before what they own is returned",
    patch: `
        function clean(entry: usize): void {
      +   dismantle(entry);
    `,
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "vacatedBeforeDismantled",
    why: "a reaper dies, and nobody knows of the ledger in a free entry",
    patch: `
      - dismantle(entry);
        stopLooking(entry);
        vacate(entry);
      + dismantle(entry);
    `,
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "dismantledOfNobody",
    why: "a ledger's block is in no cell until it is free",
    patch: `
      - own(cell, block);
    `,
    programs: ["reaper/a reaper dies/counts"],
    expect: "accounting",
  }),
  inReaper({
    name: "slotsForgotten",
    why: "what a batch was about to push or had popped leaks",
    patch: `
      - emptyScratch(what, read32(cell + EXTRA));
    `,
    programs: ["reaper/a reaper dies/a batch"],
    expect: "accounting",
  }),
  inReaper({
    name: "slotsTwice",
    why: "a reaper dies, and the next one returns again what was in the slots",
    patch: `
      - clear(slot);
    `,
    programs: ["reaper/a reaper dies/a batch"],
    expect: "accounting",
  }),
  inAllocator({
    name: "shortValueReclaimed",
    why: "a value itself in a dead thread's hand is taken for an address",
    patch: `
      - if (block == VALUE) {
      -   clear(cell);
      -   return;
      - }
    `,
    programs: ["reaper/unbounded of short values/one after the other"],
    expect: "bounds",
  }),
  inAllocator({
    name: "shortValueInABatch",
    why: "likewise in a dead thread's batch",
    patch: `
      - if (block == VALUE) {
      -   clear(cell);
      -   return;
      - }
    `,
    programs: ["reaper/unbounded of short values/in batches"],
    expect: "bounds",
  }),
  inReaper({
    name: "endedAsAnObject",
    why: "what a queue has is not freed with it",
    patch: `
      - import { abandon, emptyTicket, kindOf, release, releaseWeak, valueOf } from "../../arc/kernel/arc";
      + import { abandon, emptyTicket, finish, kindOf, release, releaseWeak, valueOf } from "../../arc/kernel/arc";

      - if (release(what, cell)) dispose(what, cell);
      + if (release(what, cell)) finish(what, cell);
    `,
    programs: ["reaper/a reaper dies/a queue of blocks"],
    expect: "accounting",
  }),
];
