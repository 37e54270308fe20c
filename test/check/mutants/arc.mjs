/**
 * Seeded faults of the counted blocks. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/arc/kernel/arc.ts");

export const arcMutants = [
  mutant({
    name: "valueBehindHeader",
    why: "the bug that started this project: the value lies behind the header, and the padding is forgotten",
    patch: `
      - return roundUp(BACK, align);
      + return BACK;
    `,
    programs: ["arc/overaligned values"],
    expect: "linearizability",
  }),
  mutant({
    name: "blockBeforeHeader",
    why: "the same on the way back: what is freed is not where the block starts",
    patch: `
      - const block = valueOf(control) - padding(alignOf(control));
      + const block = valueOf(control) - BACK;
    `,
    programs: ["arc/overaligned values"],
    expect: "double free",
  }),
  mutant({
    name: "releaseByLoadAndStore",
    why: "of two drops at once one is lost, or both are the last",
    patch: `
      - const before = sub64(control, count);
      + const before = load64(control);
      + store64(control, before - count);
    `,
    programs: ["arc/clone and drop"],
    expect: "linearizability",
  }),
  mutant({
    name: "retainByStore",
    why: "a clone is lost: the value goes while somebody has it",
    patch: `
      - if (cas64(control, word, word + count)) {
      -   own(cell, control);
      + store64(control, word + count);
          return OK;
      - }
    `,
    programs: ["arc/clone and drop"],
    expect: "linearizability",
  }),
  mutant({
    name: "retainWithoutLimit",
    why: "the count runs into the bit beside it",
    patch: `
      - if (<u32>(word & STRONG) > <u32>MAX_COUNT - count) return OVERFLOW;
    `,
    programs: ["arc/counts at their limit"],
    expect: "linearizability",
  }),
  mutant({
    name: "releaseWithoutGeneration",
    why: "a token opens whatever lives in the control block next",
    patch: `
        }
      - add64(control, GENERATION);
    `,
    programs: ["arc/a token against reuse"],
    expect: "linearizability",
  }),
  mutant({
    name: "generationBeforeLastCount",
    why: "somebody clones in between, and the tokens of a living object are stale",
    patch: `
      + const last = (load64(control) & STRONG) == count;
      + if (last) add64(control, GENERATION);
        const before = sub64(control, count);
      + if (last) return true;
    `,
    programs: ["arc/a token against the last drop"],
    expect: "linearizability",
  }),
  mutant({
    name: "generationStartsAgain",
    why: "a new object has the generation that an old token names",
    patch: `
      - swap64(control, (load64(control) & ~(GENERATION - 1)) | strong);
      + swap64(control, strong);
    `,
    programs: ["arc/a token against reuse"],
    expect: "linearizability",
  }),
  mutant({
    name: "openWithoutGeneration",
    why: "a token opens whatever lives there",
    patch: `
      - if (<u32>(word >> 32) != generation || strong == 0) return STALE;
      + if (strong == 0) return STALE;
    `,
    programs: ["arc/a token against reuse"],
    expect: "linearizability",
  }),
  mutant({
    name: "openFromZero",
    why: "a token raises the count of an object whose last owner is on the way out",
    patch: `
      - if (<u32>(word >> 32) != generation || strong == 0) return STALE;
      + if (<u32>(word >> 32) != generation) return STALE;
    `,
    programs: ["arc/a token against the last drop"],
    expect: "double free",
  }),
  mutant({
    name: "openAnything",
    why: "a made-up token changes a user's data",
    patch: `
      - if (!isControl(control)) return FOREIGN;
    `,
    programs: ["arc/made-up tokens"],
    expect: "linearizability",
  }),
  mutant({
    name: "openByStore",
    why: "a count that others change meanwhile is written over",
    patch: `
          if (<u32>(word >> 32) != generation || strong == 0) return STALE;
          if (strong == MAX_COUNT) return OVERFLOW;
      -   if (cas64(control, word, word + 1)) {
      -     own(cell, control);
      +   store64(control, word + 1);
            return OK;
          }
      -   step = spin(step);
      - }
    `,
    programs: ["arc/a token against the last drop"],
    expect: "linearizability",
  }),
  mutant({
    name: "upgradeFromZero",
    why: "a weak handle brings back a value that was freed",
    patch: `
      - if (strong == 0) return STALE;
    `,
    programs: ["arc/the last owner against upgrades"],
    expect: "linearizability",
  }),
  mutant({
    name: "upgradeByStore",
    why: "a drop that lands in between is written over",
    patch: `
          if (strong == 0) return STALE;
          if (strong == MAX_COUNT) return OVERFLOW;
      -   if (cas64(control, word, word + 1)) {
      -     own(cell, control);
      +   store64(control, word + 1);
            return OK;
          }
      -   step = spin(step);
      - }
    `,
    programs: ["arc/the last owner against upgrades"],
    expect: "linearizability",
  }),
  mutant({
    name: "weakCountForgotten",
    why: "the weak count of the strong ones is never given up: the control block leaks",
    patch: `
      - releaseWeak(control, cell);
    `,
    programs: ["arc/the last owner"],
    expect: "accounting",
  }),
  mutant({
    name: "weakBeforeValue",
    why: "the control block may be somebody else's when it is asked where the value is",
    patch: `
      + releaseWeak(control, cell);
        const block = valueOf(control) - padding(alignOf(control));
        const ofBlock = blockCell();
      - swap32(control + VALUE, 0);
        own(ofBlock, block);
        setKind(cell, OWN_WEAK);
        giveBack(block, ofBlock);
      - releaseWeak(control, cell);
    `,
    programs: ["arc/drop, look and create"],
    expect: "double free",
  }),
  mutant({
    name: "valueForgotten",
    why: "the value is not freed",
    patch: `
        setKind(cell, OWN_WEAK);
      - giveBack(block, ofBlock);
    `,
    programs: ["arc/the last owner"],
    expect: "accounting",
  }),
  mutant({
    name: "releaseWeakByLoadAndStore",
    why: "two last weak counts at once: nobody frees the control block, or both do",
    patch: `
      - if (sub32(control + WEAK, 1) != 1 || <u32>(load64(control) >> 32) == LAST_GENERATION) {
      + const before = load32(control + WEAK);
      + store32(control + WEAK, before - 1);
      + if (before != 1 || <u32>(load64(control) >> 32) == LAST_GENERATION) {
    `,
    programs: ["arc/weak handles outlive"],
    expect: "accounting",
  }),
  mutant({
    name: "uniqueWithoutLock",
    why: "a weak handle is upgraded and dropped between the look at one count and the look at the other",
    patch: `
      - if (!cas32(control + WEAK, 1, LOCKED)) return false;
        const word = load64(control);
      - store32(control + WEAK, 1);
      + if (load32(control + WEAK) != 1) return false;
    `,
    programs: ["arc/uniqueness against weak handles"],
    expect: "linearizability",
  }),
  mutant({
    name: "uniqueWithoutLockWeakFirst",
    why: "an owner makes a weak handle and drops between the looks",
    patch: `
      - if (!cas32(control + WEAK, 1, LOCKED)) return false;
      + if (load32(control + WEAK) != 1) return false;
        const word = load64(control);
      - store32(control + WEAK, 1);
    `,
    programs: ["arc/uniqueness against downgrades"],
    expect: "linearizability",
  }),
  mutant({
    name: "uniqueStaysLocked",
    why: "the weak count is locked for ever",
    patch: `
        const word = load64(control);
      - store32(control + WEAK, 1);
    `,
    programs: ["arc/uniqueness against downgrades"],
    expect: "deadlock",
  }),
  mutant({
    name: "uniqueDespiteShare",
    why: "a token may be opened any time: its object is nobody's alone",
    patch: `
      - return (word & (STRONG | SHARED)) == 1;
      + return (word & STRONG) == 1;
    `,
    programs: ["arc/uniqueness against sharing"],
    expect: "linearizability",
  }),
  mutant({
    name: "downgradeDespiteLock",
    why: "a locked weak count is taken for a number",
    patch: `
      - if (weak == LOCKED) {
      -   step = snooze(step);
      -   continue;
      - }
      - if (weak >= <u32>MAX_COUNT) return OVERFLOW;
      + if (weak != LOCKED && weak >= <u32>MAX_COUNT) return OVERFLOW;
    `,
    programs: ["arc/uniqueness against downgrades", "arc/uniqueness against both"],
    expect: "linearizability",
  }),
  mutant({
    name: "downgradeByStore",
    why: "a weak count that others change meanwhile is written over",
    patch: `
      - if (cas32(control + WEAK, weak, weak + 1)) {
      -   own(cell, control);
      + store32(control + WEAK, weak + 1);
          return OK;
      - }
    `,
    programs: ["arc/uniqueness against downgrades", "arc/uniqueness against both"],
    expect: "linearizability",
  }),
  mutant({
    name: "lockShowsInWeakCount",
    why: "whoever asks while a look is under way is told of four thousand million weak handles",
    patch: `
      - if (weak == LOCKED) return 0;
    `,
    programs: ["arc/uniqueness against downgrades"],
    expect: "linearizability",
  }),
  mutant({
    name: "weakCountOfTheStrong",
    why: "the weak count that the strong ones hold is taken for a user's",
    patch: `
      - return load32(control + VALUE) != 0 ? weak - 1 : weak;
      + return weak;
    `,
    programs: ["arc/uniqueness against downgrades"],
    expect: "linearizability",
  }),
  mutant({
    name: "valueStaysInDead",
    why: "the control block of a dead object still names a value: one weak handle too few is counted",
    patch: `
      - swap32(control + VALUE, 0);
    `,
    programs: ["arc/the last owner against upgrades"],
    expect: "linearizability",
  }),
  mutant({
    name: "shareByStore",
    why: "a count that others change meanwhile is written over",
    patch: `
      - or64(control, SHARED);
      + store64(control, load64(control) | SHARED);
    `,
    programs: ["arc/uniqueness against sharing"],
    expect: "linearizability",
  }),
  mutant({
    name: "liveBeforeBorn",
    why: "a weak handle takes the count of an object that is still being made",
    patch: `
      - swap64(control, (load64(control) & ~(GENERATION - 1)) | strong);
      + swap64(control, (load64(control) & ~(GENERATION - 1)) | max(strong, 1));
    `,
    programs: ["arc/an object is born"],
    expect: "linearizability",
  }),
  mutant({
    name: "blockForgottenWithoutControl",
    why: "there is no room for the control block: what was allocated for the value leaks",
    patch: `
        if (control == 0) {
      -   giveBack(block, ofBlock);
    `,
    programs: ["arc/no room for a control block"],
    expect: "accounting",
  }),
  mutant({
    name: "backReferenceOfDead",
    why: "an address leads to an object that is not alive",
    patch: `
      - if ((word & STRONG) == 0 || <usize>load32(<usize>control + VALUE) != ptr) return 0;
      + if (<usize>load32(<usize>control + VALUE) != ptr) return 0;
    `,
    programs: ["arc/an object is born"],
    expect: "linearizability",
  }),
  mutant({
    name: "ticketGenerationStays",
    why: "a used-up ticket opens the next one that is made in its place",
    patch: `
      - if (cas64(ticket, word, left == 1 ? word - 1 + GENERATION : word - 1)) {
      + if (cas64(ticket, word, word - 1)) {
    `,
    programs: ["arc/a used-up ticket against new ones"],
    expect: "linearizability",
  }),
  mutant({
    name: "ticketByStore",
    why: "one count is taken by two",
    patch: `
      - if (cas64(ticket, word, left == 1 ? word - 1 + GENERATION : word - 1)) {
      + store64(ticket, left == 1 ? word - 1 + GENERATION : word - 1);
      + if (true) {
    `,
    programs: ["arc/a ticket of two opens"],
    expect: "linearizability",
  }),
  mutant({
    name: "ticketNeverFreed",
    why: "a used-up ticket leaks",
    patch: `
      - own(ofTicket, ticket);
      - releaseWeak(ticket, ofTicket);
    `,
    programs: ["arc/a ticket of two opens"],
    expect: "accounting",
  }),
  mutant({
    name: "ticketFreedTwice",
    why: "the last open but one frees the ticket, too",
    patch: `
      - if (left == 1) {
      + if (left <= 2) {
      +   store32(ticket + WEAK, 1);
    `,
    programs: ["arc/a ticket of two opens"],
    expect: "accounting",
  }),
  mutant({
    name: "ticketOfAnything",
    why: "a token of an object passes for a ticket: a count of somebody else's is given away",
    patch: `
      - if (!isControl(ticket) || kindOf(ticket) != KIND_TICKET) return false;
      + if (!isControl(ticket)) return false;
    `,
    programs: ["arc/made-up tokens"],
    expect: "linearizability",
  }),
  mutant({
    name: "ticketOfAnother",
    why: "a ticket opens what it was not made for",
    patch: `
      - if (<usize>load32(ticket + VALUE) != control) return false;
    `,
    programs: ["arc/made-up tokens"],
    expect: "linearizability",
  }),
  mutant({
    name: "ticketLeaksAtLimit",
    why: "the count cannot be raised: the ticket made for it leaks",
    patch: `
      - freeControl(ticket, ofTicket);
    `,
    programs: ["arc/counts at their limit"],
    expect: "accounting",
  }),
  mutant({
    name: "ticketWithoutCounts",
    why: "what a ticket gives out was never counted",
    patch: `
        }
      - if (cas64(control, word, word + count)) {
      + if (cas64(control, word, word)) {
    `,
    programs: ["arc/a used-up ticket against new ones"],
    expect: "linearizability",
  }),
];
