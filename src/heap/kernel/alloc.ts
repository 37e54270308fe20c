/**
 * The allocator: lock-free size classes over pages of 64 KiB, each block on a multiple of its own size.
 *
 *   bump          | class that the page before the next is promised to : 32 | next never used page : 32 |
 *   class cell    | ready: tag, block |
 *                 | returned : 32 | carve: page : 32, never used blocks left in it : 32 |     a unit of its own; runs have no carve word
 *   free block    | link: 32 | - : 32 | mark: 64 | ... |
 *
 * Two lists of free blocks a class, since blocks of payloads go out on one thread and come back on another: those that come
 * back are put on a list of their own, and taken over all at once when the ready ones are used up. So the two threads meet at
 * one word once for many blocks.
 *
 * Which classes there are stands in classes.ts.
 *
 * Invariants
 *   - A block smaller than a page lies on a multiple of its class's size, a run on one of a page; so any power-of-two
 *     alignment up to a page is met by size alone.
 *   - The ready list's word holds the block in units of its size (a run: of a page) and a tag in all other bits (36 and more)
 *     that every change raises: a pop that slept while its block went out and came back does not succeed. All block bits set:
 *     locked, by a thread that is taking the returned ones over; no block lies at the very end of 4 GiB.
 *   - Blocks are added to the returned ones by whoever frees them and taken only by whoever has the lock, all at once: that
 *     list needs no tag.
 *   - A free block's mark is `secret ^ block`. `free` swaps it in: of two that free one block, one finds it there.
 *   - A new page is promised before it is given: the promise (a class beside the bump) can be carried out by anyone, so a
 *     thread killed half-way leaves nothing half done and loses nothing.
 *
 * Who may call what: any thread, any time. A block belongs to the thread that `alloc` gave it to, until that calls `free`.
 *
 * Windows: the CAS that takes or returns a block, or locks the ready list .. the store to the cell that owns the block from
 * then on, or did until then (cells.ts), behind the addition to this thread's counter. Straight-line: counters, lists and
 * ledgers agree whenever a thread is killed.
 */
import { add64, cas32, cas64, fetch, load32, load64, store8, store32, store64, swap32, swap64 } from "./atomic";
import { snooze, spin } from "./backoff";
import { clear, own, VALUE } from "./cells";
import {
  CONTROL,
  carveOf,
  cellOf,
  classAt,
  classSize,
  isKernels,
  LEDGERS,
  MARK,
  MIN_SHIFT,
  PAGE_SHIFT,
  returnedOf,
  runClass,
  runPages,
  SCRATCH,
  SCRATCH_SHIFT,
  shiftOf,
} from "./classes";
import { bump, pageMap, pages, secret, stripe } from "./header";
import { born, died } from "./instrument";
import { DOUBLE_FREE, FAULT_BLOCK, FAULT_FREED_TWICE, FOREIGN, OK, PAGE } from "./numbers";
import { poison, refuse, verifyFree, verifyScratch } from "./verify";

// Offsets in a free block.
const LINK: usize = 0;
/** Where control blocks keep their link: their first word is a generation and must outlive them. */
const CONTROL_LINK: usize = 24;

function counterOf(cls: u32): usize {
  return stripe + ((<usize>cls) << 3);
}

/** Pages handed out so far, in all, the header's included. */
export function usedPages(): u32 {
  return <u32>load64(bump);
}

/**
 * Takes a free block of a class for `cell`; 0 when there is none. When the ready ones are used up, the returned ones are taken over all
 * at once: whoever locks the empty list of ready ones gets the first of them.
 */
function take(cls: u32, shift: u32, linkAt: usize, cell: usize): usize {
  const lists = cellOf(cls);
  const blockBits: u64 = (1 << (32 - shift)) - 1;
  let step: u32 = 0;
  while (true) {
    const list = load64(lists);
    const top = list & blockBits;
    if (top == 0) {
      const returned = returnedOf(cls);
      if (load32(returned) == 0) {
        // Only if the other list has not changed meanwhile were both empty at one moment.
        if (load64(lists) == list) return 0;
        continue;
      }
      // Nobody but the one who has the lock takes returned blocks away, and it is unlocked with another tag: so they are
      // still there when this succeeds.
      if (cas64(lists, list, list | blockBits)) {
        const block = <usize>swap32(returned, 0);
        store64(lists, ((list | blockBits) + 1) | <u64>(load32(block + linkAt) >> shift));
        add64(counterOf(cls), 1);
        own(cell, block);
        if (BUILD == 1) verifyFree(block, cls);
        return block;
      }
      step = spin(step);
      continue;
    }
    if (top == blockBits) {
      step = snooze(step);
      continue;
    }
    const block = (<usize>top) << shift;
    // The block may be someone's by now and the link anything at all: then the tag has moved on and the CAS fails.
    const next = <u64>(load32(block + linkAt) >> shift);
    if (cas64(lists, list, ((list | blockBits) + 1) | next)) {
      add64(counterOf(cls), 1);
      own(cell, block);
      fetch((<usize>next) << shift);
      if (BUILD == 1) verifyFree(block, cls);
      return block;
    }
    step = spin(step);
  }
}

/**
 * Puts the block of `cell` on the class's list of returned ones. No tag: blocks are only added to it, or all of them taken, so it does
 * not matter what has happened to a block that is on top again.
 */
function give(block: usize, cls: u32, linkAt: usize, cell: usize): void {
  const returned = returnedOf(cls);
  let step: u32 = 0;
  while (true) {
    const top = load32(returned);
    store32(block + linkAt, top);
    if (cas32(returned, top, <u32>block)) {
      add64(counterOf(cls), -1);
      clear(cell);
      return;
    }
    step = spin(step);
  }
}

/** Takes a never used block out of the class's current page; 0 when the page has none left. */
function carve(cls: u32, shift: u32, cell: usize): usize {
  const at = carveOf(cls);
  let step: u32 = 0;
  while (true) {
    const word = load64(at);
    const left = <u32>word;
    if (left == 0) return 0;
    if (cas64(at, word, word - 1)) {
      const block = ((<usize>(word >> 32)) << PAGE_SHIFT) + PAGE - (left << shift);
      add64(counterOf(cls), 1);
      own(cell, block);
      return block;
    }
    step = spin(step);
  }
}

/**
 * Carries out the promise in `word`, a value of the bump: page map, then the class's carve word, then the promise is
 * taken back. Any number of threads may do it at once, each any number of steps late.
 */
function deliver(word: u64): void {
  const page = <u32>word - 1;
  const cls = <u32>(word >> 32);
  const at = carveOf(cls);
  store8(pageMap + page, cls);
  const old = load64(at);
  // Late: the promise was carried out and taken back by others, and `old` may already be used up again.
  if (load64(bump) != word) return;
  // The promise still stood after `old` was read. So `old` is the used-up word that it was made for, or already the new
  // page's; and as no carve word ever comes twice, a CAS that succeeds from it is the first.
  if (<u32>(old >> 32) != page) cas64(at, old, ((<u64>page) << 32) | (PAGE >> shiftOf(cls)));
  cas64(bump, word, page + 1);
}

/** Gives a class whose page is used up a new one. False: no page is left. */
function refill(cls: u32): bool {
  let step: u32 = 0;
  while (true) {
    const word = load64(bump);
    if (word >> 32 != 0) {
      deliver(word);
      continue;
    }
    if (<u32>load64(carveOf(cls)) != 0) return true;
    if (<usize>(<u32>word) >= pages) return false;
    // The bump never comes back to a value, so success means that no page was given to anyone since `word` was read:
    // the class's page is still used up, and will be until this promise is carried out.
    const promise = ((<u64>cls) << 32) | (word + 1);
    if (cas64(bump, word, promise)) {
      deliver(promise);
      return true;
    }
    step = spin(step);
  }
}

/** A block of a small class, its content undefined; 0 when the heap is exhausted. */
function allocSmall(cls: u32, linkAt: usize, cell: usize): usize {
  const shift = shiftOf(cls);
  while (true) {
    let block = take(cls, shift, linkAt, cell);
    if (block == 0) block = carve(cls, shift, cell);
    if (block != 0) return block;
    if (!refill(cls)) {
      // The last page is gone, but somebody may have freed a block meanwhile.
      return take(cls, shift, linkAt, cell);
    }
  }
}

/** A run of at least `count` pages; 0 when the heap has no such run left. */
function allocRun(count: u32, cell: usize): usize {
  const cls = runClass(count);
  const block = take(cls, PAGE_SHIFT, LINK, cell);
  if (block != 0) return block;
  const size = runPages(cls);
  let step: u32 = 0;
  while (true) {
    const word = load64(bump);
    if (word >> 32 != 0) {
      deliver(word);
      continue;
    }
    const page = <u32>word;
    if (size > <u32>pages - page) return take(cls, PAGE_SHIFT, LINK, cell);
    if (cas64(bump, word, word + size)) {
      store8(pageMap + page, cls);
      add64(counterOf(cls), 1);
      own(cell, (<usize>page) << PAGE_SHIFT);
      return (<usize>page) << PAGE_SHIFT;
    }
    step = spin(step);
  }
}

/**
 * A block of at least `size` bytes on a multiple of `align` (a power of two up to 64 KiB), its content undefined, owned by
 * `cell`. 0: the heap is exhausted, nothing has changed.
 */
export function alloc(size: u32, align: u32, cell: usize): usize {
  const need = max(max(size, align), 1 << MIN_SHIFT);
  let block: usize;
  if (need <= <u32>PAGE / 2) {
    block = allocSmall(32 - clz(need - 1) - MIN_SHIFT + 1, LINK, cell);
  } else {
    block = allocRun((need - 1) / PAGE + 1, cell);
  }
  if (block == 0) return 0;
  // Looked up before: the checker is told in one step with the store.
  const known = BUILD == 2 ? <u32>classSize(classAt(block)) : 0;
  // No longer a freed block. Between the claim and this it is one that nobody else can name.
  store64(block + MARK, 0);
  if (BUILD == 2) born(<u32>block, known);
  return block;
}

/**
 * Returns the block of `cell`. `FOREIGN`: `ptr` is not the start of one; `DOUBLE_FREE`: it was returned before. Both leave
 * the heap as it was.
 */
export function free(ptr: usize, cell: usize): i32 {
  const cls = classAt(ptr);
  if (isKernels(cls)) return FOREIGN;
  const mark = secret ^ ptr;
  if (swap64(ptr + MARK, mark) == mark) return DOUBLE_FREE;
  if (BUILD == 1) poison(ptr, <usize>classSize(cls));
  if (BUILD == 2) died(<u32>ptr, <u32>classSize(cls));
  give(ptr, cls, LINK, cell);
  return OK;
}

/**
 * Returns the block of a dead thread's cell, whatever its class; of a value itself (`VALUE`) nothing is left but the cell. The
 * thread may have been killed when it had just taken the block, or was about to return it: then the mark of a free block stands there.
 */
export function reclaim(block: usize, cell: usize): void {
  if (block == VALUE) {
    clear(cell);
    return;
  }
  const cls = classAt(block);
  if (isKernels(cls)) {
    give(block, cls, cls == CONTROL ? CONTROL_LINK : LINK, cell);
    return;
  }
  const mark = secret ^ block;
  const wasFree = swap64(block + MARK, mark) == mark;
  if (BUILD == 1) poison(block, <usize>classSize(cls));
  if (BUILD == 2 && !wasFree) died(<u32>block, <u32>classSize(cls));
  give(block, cls, LINK, cell);
}

/**
 * Returns a block that the kernel took for itself. Nothing can be wrong with it; where that is checked, it is, since nobody
 * looks at an answer.
 */
export function giveBack(block: usize, cell: usize): void {
  const status = free(block, cell);
  if (BUILD == 1 && status != OK)
    refuse(status == DOUBLE_FREE ? FAULT_FREED_TWICE : FAULT_BLOCK, block, 1 << MIN_SHIFT);
  if (BUILD == 2 && status != OK) died(<u32>block, 0);
}

/** A control block: zero when it was never used, otherwise as its last user left it. 0: the heap is exhausted. */
export function allocControl(cell: usize): usize {
  return allocSmall(CONTROL, CONTROL_LINK, cell);
}

/** Returns a control block. */
export function freeControl(control: usize, cell: usize): void {
  give(control, CONTROL, CONTROL_LINK, cell);
}

/** Room for cells; 0: the heap is exhausted. */
export function allocLedger(cell: usize): usize {
  return allocSmall(LEDGERS, LINK, cell);
}
export function freeLedger(block: usize, cell: usize): void {
  give(block, LEDGERS, LINK, cell);
}

/** Room for one thread's batches, `scratchSize()` bytes; 0: the heap is exhausted. */
export function allocScratch(cell: usize): usize {
  return allocSmall(SCRATCH, LINK, cell);
}
export function freeScratch(scratch: usize, cell: usize): void {
  if (BUILD == 1) verifyScratch(scratch, scratchSize());
  give(scratch, SCRATCH, LINK, cell);
}
export function scratchSize(): u32 {
  return 1 << SCRATCH_SHIFT;
}
