/**
 * Seeded faults of the allocator. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/heap/kernel/alloc.ts");
const inClasses = inFile("src/heap/kernel/classes.ts");

export const allocatorMutants = [
  mutant({
    name: "tagNotRaised",
    why: "a pop that slept while its block went out and came back succeeds, and puts what was behind it then on the list",
    patch: `
      - store64(lists, ((list | blockBits) + 1) | <u64>(load32(block + linkAt) >> shift));
      + store64(lists, (list & ~blockBits) | <u64>(load32(block + linkAt) >> shift));

      - if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
      + if (cas64(lists, list, (list & ~blockBits) | next)) {
    `,
    programs: ["allocator/recycling", "allocator/recycling by two"],
    expect: "double allocation",
  }),
  mutant({
    name: "tagOfOneBit",
    why: "the tag is back where it was after two changes, and a lock that slept is had though others have taken the blocks over",
    patch: `
      - store64(lists, ((list | blockBits) + 1) | <u64>(load32(block + linkAt) >> shift));
      + store64(lists, ((((list | blockBits) + 1) & (2 * (blockBits + 1) - 1)) & ~blockBits) | <u64>(load32(block + linkAt) >> shift));

      - if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
      + if (cas64(lists, list, ((((list | blockBits) + 1) & (2 * (blockBits + 1) - 1)) & ~blockBits) | next)) {
    `,
    programs: ["allocator/recycling"],
    expect: "bounds",
  }),
  mutant({
    name: "unlockedWithTheSameTag",
    why: "a lock that slept is had though another thread took the returned blocks over in between: it takes block 0",
    patch: `
      - store64(lists, ((list | blockBits) + 1) | <u64>(load32(block + linkAt) >> shift));
      + store64(lists, (list & ~blockBits) | <u64>(load32(block + linkAt) >> shift));
    `,
    programs: ["allocator/recycling"],
    expect: "bounds",
  }),
  mutant({
    name: "linkAfterList",
    why: "the block is on the list before its link says what comes behind it",
    patch: `
      - store32(block + linkAt, top);
        if (cas32(returned, top, <u32>block)) {
      +   store32(block + linkAt, top);
    `,
    programs: ["allocator/recycling", "allocator/recycling by two", "allocator/blocks come back while others go out"],
    expect: "linearizability",
  }),
  mutant({
    name: "takenOverWithoutLock",
    why: "two take the returned blocks over, and the second finds none and takes block 0",
    patch: `
      - if (cas64(lists, list, list | blockBits)) {
      + if (load64(lists) == list) {
    `,
    programs: ["allocator/recycling by two", "allocator/blocks come back while others go out"],
    expect: "linearizability",
  }),
  mutant({
    name: "takenOverByLoadAndStore",
    why: "a block that comes back between the two is lost",
    patch: `
      - const block = <usize>swap32(returned, 0);
      + const block = <usize>load32(returned);
      + store32(returned, 0);
    `,
    programs: ["allocator/blocks come back while others go out"],
    expect: "linearizability",
  }),
  mutant({
    name: "takenOverWithoutRest",
    why: "of all blocks that came back only the first is kept",
    patch: `
      - store64(lists, ((list | blockBits) + 1) | <u64>(load32(block + linkAt) >> shift));
      + store64(lists, (list | blockBits) + 1);
    `,
    programs: ["allocator/recycling by two"],
    expect: "linearizability",
  }),
  mutant({
    name: "lockedIsAList",
    why: "the mark of the lock is taken for a block",
    patch: `
      - if (top == blockBits) {
      + if (false) {
    `,
    programs: ["allocator/blocks come back while others go out"],
    expect: "bounds",
  }),
  mutant({
    name: "returnedByLoadAndStore",
    why: "of two blocks that come back at once one is lost",
    patch: `
      - if (cas32(returned, top, <u32>block)) {
      + store32(returned, <u32>block);
      + {
    `,
    programs: ["allocator/blocks come back while others go out"],
    expect: "linearizability",
  }),
  mutant({
    name: "markByLoadAndStore",
    why: "two that free one block at once both find no mark",
    patch: `
      - if (swap64(ptr + MARK, mark) == mark) return DOUBLE_FREE;
      + if (load64(ptr + MARK) == mark) return DOUBLE_FREE;
      + store64(ptr + MARK, mark);
    `,
    programs: ["allocator/double free"],
    expect: "double free",
  }),
  mutant({
    name: "markNotCleared",
    why: "a block that was freed once can never be freed again",
    patch: `
      - store64(block + MARK, 0);
    `,
    programs: ["allocator/the heap is exhausted"],
    expect: "linearizability",
  }),
  mutant({
    name: "markNotLookedAt",
    why: "a second free puts the block on the list twice",
    patch: `
      - if (swap64(ptr + MARK, mark) == mark) return DOUBLE_FREE;
      + swap64(ptr + MARK, mark);
    `,
    programs: ["allocator/double free"],
    expect: "double free",
  }),
  mutant({
    name: "carveByStore",
    why: "two take the same never used block",
    patch: `
      - if (cas64(at, word, word - 1)) {
      + store64(at, word - 1);
      + if (true) {
    `,
    programs: ["allocator/the heap is exhausted"],
    expect: "double allocation",
  }),
  mutant({
    name: "deliverWithoutSecondLook",
    why: "a helper that comes late carries out a promise that was carried out long ago: the page is carved twice",
    patch: `
      - if (load64(bump) != word) return;
    `,
    programs: ["allocator/a helper comes late"],
    expect: "double allocation",
  }),
  mutant({
    name: "deliverLooksTooEarly",
    why: "the second look at the bump proves nothing about a carve word that is read after it",
    patch: `
      - const old = load64(at);
        if (load64(bump) != word) return;
      + const old = load64(at);
    `,
    programs: ["allocator/a helper comes late"],
    expect: "double allocation",
  }),
  mutant({
    name: "deliverByStore",
    why: "the carve word is set again after blocks were carved",
    patch: `
      - if (<u32>(old >> 32) != page) cas64(at, old, ((<u64>page) << 32) | (PAGE >> shiftOf(cls)));
      + if (<u32>(old >> 32) != page) store64(at, ((<u64>page) << 32) | (PAGE >> shiftOf(cls)));
    `,
    programs: ["allocator/the heap is exhausted"],
    expect: "linearizability",
  }),
  mutant({
    name: "deliverTwiceToOnePage",
    why: "a carve word that is the new page's already is set to its beginning once more",
    patch: `
      - if (<u32>(old >> 32) != page) cas64(at, old, ((<u64>page) << 32) | (PAGE >> shiftOf(cls)));
      + if (true) cas64(at, old, ((<u64>page) << 32) | (PAGE >> shiftOf(cls)));
    `,
    programs: ["allocator/the heap is exhausted"],
    expect: "double allocation",
  }),
  mutant({
    name: "mapAfterPromise",
    why: "the page's first block is handed out before the map says whose it is",
    patch: `
        const at = carveOf(cls);
      - store8(pageMap + page, cls);

        cas64(bump, word, page + 1);
      + store8(pageMap + page, cls);
    `,
    programs: ["allocator/the heap is exhausted"],
    expect: "linearizability",
  }),
  mutant({
    name: "promiseTakenBackByStore",
    why: "a late helper sets the bump back: pages are given to two classes",
    patch: `
      - cas64(bump, word, page + 1);
      + store64(bump, page + 1);
    `,
    programs: [
      "allocator/a helper comes late",
      "allocator/two classes want a page",
      "allocator/runs against promised pages",
    ],
    expect: "double free",
  }),
  mutant({
    name: "promiseNeverTakenBack",
    why: "whoever needs the next page carries the old promise out for ever",
    patch: `
      - cas64(bump, word, page + 1);
    `,
    programs: ["allocator/a helper comes late"],
    expect: "livelock",
  }),
  mutant({
    name: "refillWithoutLookAtCarve",
    why: "a page is promised to a class whose page still has blocks: they are lost",
    patch: `
      - if (<u32>load64(carveOf(cls)) != 0) return true;
    `,
    programs: ["allocator/two classes want a page", "allocator/a helper comes late"],
    expect: "linearizability",
  }),
  mutant({
    name: "promiseIsWaitedFor",
    why: "nobody helps: a thread killed between its promise and carrying it out stops everyone",
    patch: `
      -   deliver(word);
      +   step = snooze(step);
          continue;
        }
        if (<u32>load64(carveOf(cls)) != 0) return true;

      + while (load64(bump) == promise) {
        deliver(promise);
      + }
    `,
    programs: ["allocator/killed with a page promised"],
    expect: "deadlock",
  }),
  mutant({
    name: "refillGivesUpOnPromise",
    why: "exhausted, it says, while another thread's page is on its way and one is left",
    patch: `
      -   deliver(word);
      -   continue;
      +   return false;
        }
        if (<u32>load64(carveOf(cls)) != 0) return true;
    `,
    programs: ["allocator/the heap is exhausted", "allocator/two classes want a page"],
    expect: "linearizability",
  }),
  mutant({
    name: "refillByStore",
    why: "two threads promise the same page",
    patch: `
      - if (cas64(bump, word, promise)) {
      + store64(bump, promise);
      + if (true) {
    `,
    programs: ["allocator/two classes want a page", "allocator/a helper comes late"],
    expect: "double allocation",
  }),
  mutant({
    name: "runIgnoresPromise",
    why: "the bump moves on with a promise in it, which then is of another page",
    patch: `
      -   deliver(word);
      -   continue;
        }
        const page = <u32>word;
    `,
    programs: ["allocator/runs against promised pages"],
    expect: "double allocation",
  }),
  mutant({
    name: "runMapsBeforeClaim",
    why: "a thread that loses the race for a page has written over what the map says of it",
    patch: `
      - if (cas64(bump, word, word + size)) {
          store8(pageMap + page, cls);
      + if (cas64(bump, word, word + size)) {
    `,
    programs: ["allocator/runs of pages", "allocator/runs against promised pages"],
    expect: "accounting",
  }),
  mutant({
    name: "runOnePageTooFar",
    why: "a run reaches beyond the end of the heap",
    patch: `
      - if (size > <u32>pages - page) return take(cls, PAGE_SHIFT, LINK, cell);
      + if (size > <u32>pages - page + 1) return take(cls, PAGE_SHIFT, LINK, cell);
    `,
    programs: ["allocator/runs of pages"],
    expect: "bounds",
  }),
  mutant({
    name: "runWithoutSecondTake",
    why: "a run came back after the look at the list, and the last page went before the look at the bump",
    patch: `
      - if (size > <u32>pages - page) return take(cls, PAGE_SHIFT, LINK, cell);
      + if (size > <u32>pages - page) return 0;
    `,
    programs: ["allocator/a run is given back before the last page goes"],
    expect: "linearizability",
  }),
  mutant({
    name: "smallWithoutSecondTake",
    why: "a block came back after the look at the list, and the last page went before the look at the bump",
    patch: `
      - return take(cls, shift, linkAt, cell);
      + return 0;
    `,
    programs: ["allocator/a block is given back before the last page goes"],
    expect: "linearizability",
  }),
  inClasses({
    name: "neverUsedIsFreeable",
    why: "a pointer to a block that was never handed out is taken for a block",
    patch: `
      - if (current < page || (current == page && <u32>(ptr & (PAGE - 1)) >= <u32>PAGE - neverUsed)) return 0;
      + if (current < page) return 0;
    `,
    programs: ["allocator/a pointer to what nobody has had yet"],
    expect: "double free",
  }),
  inClasses({
    name: "promisedIsFreeable",
    why: "the same in a page that is promised, and whose carve word does not say so yet",
    patch: `
      - if (current < page || (current == page && <u32>(ptr & (PAGE - 1)) >= <u32>PAGE - neverUsed)) return 0;
      + if ((current == page && <u32>(ptr & (PAGE - 1)) >= <u32>PAGE - neverUsed)) return 0;
    `,
    programs: ["allocator/a pointer to what nobody has had yet"],
    expect: "double free",
  }),
  inClasses({
    name: "insideIsFreeable",
    why: "a pointer into the middle of a block is taken for a block",
    patch: `
      - if ((ptr & ((1 << shift) - 1)) != 0) return 0;
    `,
    programs: ["allocator/foreign pointers"],
    expect: "double allocation",
  }),
  mutant({
    name: "scratchIsFreeable",
    why: "a user's free takes a thread's scratch away",
    patch: `
      - if (isKernels(cls)) return FOREIGN;
      + if (isKernels(cls) && cls != SCRATCH) return FOREIGN;
    `,
    programs: ["allocator/foreign pointers"],
    expect: "double free",
  }),
  mutant({
    name: "takeCountsOutsideWindow",
    why: "a thread killed between the list and the counter leaves a block that is out and not counted",
    patch: `
        store64(lists, ((list | blockBits) + 1) | <u64>(load32(block + linkAt) >> shift));
      - add64(counterOf(cls), 1);

        if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
      -   add64(counterOf(cls), 1);

      - if (block == 0) block = carve(cls, shift, cell);
      + if (block != 0) add64(counterOf(cls), 1);
      + else block = carve(cls, shift, cell);
        if (block != 0) return block;
        if (!refill(cls)) {
      -   return take(cls, shift, linkAt, cell);
      +   block = take(cls, shift, linkAt, cell);
      +   if (block != 0) add64(counterOf(cls), 1);
      +   return block;
    `,
    programs: ["allocator/killed while recycling"],
    expect: "linearizability",
  }),
  mutant({
    name: "giveCountsOutsideWindow",
    why: "a thread killed between the list and the counter leaves a block that is free and counted as in use",
    patch: `
      - add64(counterOf(cls), -1);

        give(ptr, cls, LINK, cell);
      + add64(counterOf(cls), -1);

        give(control, CONTROL, CONTROL_LINK, cell);
      + add64(counterOf(CONTROL), -1);

        give(scratch, SCRATCH, LINK, cell);
      + add64(counterOf(SCRATCH), -1);

        give(block, LEDGERS, LINK, cell);
      + add64(counterOf(LEDGERS), -1);

        give(block, cls, cls == CONTROL ? CONTROL_LINK : LINK, cell);
      + add64(counterOf(cls), -1);

        give(block, cls, LINK, cell);
      + add64(counterOf(cls), -1);
    `,
    programs: ["allocator/killed while recycling"],
    expect: "linearizability",
  }),
];
