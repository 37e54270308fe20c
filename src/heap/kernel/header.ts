/**
 * The header: what every thread must find at the start of a shared memory before it may touch the rest.
 *
 *   0            64          unit-aligned cells                                                          page
 *   | fixed words | bump | lookers | class 0 | class 1 | ... | stripe 0 | ... | thread 0 | ... | page map ... | heap
 *
 * Everything behind the fixed words is laid out by one function, `init`, which writes each part's offset into the fixed words;
 * a thread that attaches reads them back. So there is one formula, and a heap made with another alignment unit opens as well.
 *
 * Who may call what: `init` once, by the thread that created the memory, before anyone else knows of it. `attach` once per
 * thread, before any other kernel function.
 */
import { load32, load64, store32, store64 } from "./atomic";
import { BAD_MAGIC, BAD_VERSION, MAGIC, NO_MEMORY, OK, PAGE, VERSION } from "./numbers";

// Fixed words, in bytes from the start of memory. They are written by `init` and only read from then on.
const AT_MAGIC: usize = 0;
const AT_VERSION: usize = 4;
const AT_ID: usize = 8; // 64 random bits
const AT_UNIT: usize = 16;
const AT_PAGES: usize = 20;
const AT_FLAGS: usize = 24; // bit 0: every thread uses the checked build
const AT_FIRST_PAGE: usize = 28;
const AT_SECRET: usize = 32; // marks freed blocks
const AT_CLASSES: usize = 40;
const AT_STRIPES: usize = 44;
const AT_PAGE_MAP: usize = 48;
const AT_BUMP: usize = 52;
const AT_THREADS: usize = 56;
const FIXED: usize = 64;

/** Size classes of the allocator, and the cells that the header keeps for them (see alloc.ts). */
const CLASSES: usize = 76;
/** Classes whose cell has a second half, one unit away from the first: all below this. */
export const SPLIT: usize = 16;
const CELLS: usize = CLASSES + SPLIT;
/** Counter stripes. Threads beyond this many share one, which costs them speed, never exactness. */
const STRIPES: usize = 16;
/** Entries of the thread table (threads.ts), and bytes of one. Fewer in the model build, for a reaper looks at each. */
export const THREADS: u32 = BUILD == 2 ? 6 : 256;
const ENTRY: usize = 128;
/** log2 of the bytes of a ledger's block (threads.ts). Fewer in the model build, likewise. */
export const LEDGER_SHIFT: u32 = BUILD == 2 ? 7 : 10;

// This thread's copy of the fixed words: wasm globals, private to the instance.
export let unit: usize = 0;
export let pages: usize = 0;
export let firstPage: usize = 0;
export let classes: usize = 0;
export let pageMap: usize = 0;
export let bump: usize = 0;
/** How many threads look (looking.ts). */
export let lookers: usize = 0;
/** This thread's own counters: one 64-bit word per size class. */
export let stripe: usize = 0;
/** Marks freed blocks: a random word, so that no user's data looks like a freed block by accident. */
export let secret: u64 = 0;
/** The thread table, and the distance from one entry to the next. */
export let threads: usize = 0;
export let entrySize: usize = 0;
let stripes: usize = 0;
let stripeSize: usize = 0;

/** The smallest multiple of `align`, a power of two, that is not below `value`. */
export function roundUp(value: usize, align: usize): usize {
  return (value + align - 1) & ~(align - 1);
}

/** Lays the header out in a fresh zeroed memory of `capacity` pages. `NO_MEMORY`: the header alone does not fit. */
export function init(capacity: u32, alignment: u32, flags: u32, id: u64, mark: u64): i32 {
  const bumpAt = roundUp(FIXED, alignment);
  const classesAt = bumpAt + 2 * alignment;
  const stripesAt = classesAt + CELLS * alignment;
  const threadsAt = stripesAt + STRIPES * roundUp(CLASSES * 8, alignment);
  const pageMapAt = threadsAt + <usize>THREADS * roundUp(ENTRY, alignment);
  const first = roundUp(pageMapAt + capacity, PAGE) / PAGE;
  if (first >= <usize>capacity) return NO_MEMORY;
  store32(AT_VERSION, VERSION);
  store64(AT_ID, id);
  store32(AT_UNIT, alignment);
  store32(AT_PAGES, capacity);
  store32(AT_FLAGS, flags);
  store32(AT_FIRST_PAGE, <u32>first);
  store64(AT_SECRET, mark);
  store32(AT_CLASSES, <u32>classesAt);
  store32(AT_STRIPES, <u32>stripesAt);
  store32(AT_PAGE_MAP, <u32>pageMapAt);
  store32(AT_BUMP, <u32>bumpAt);
  store32(AT_THREADS, <u32>threadsAt);
  store64(bumpAt, first);
  store32(AT_MAGIC, MAGIC);
  return OK;
}

/** Reads the header on behalf of thread number `thread`. `BAD_MAGIC`, `BAD_VERSION`: this memory is not one of ours. */
export function attach(thread: u32): i32 {
  if (load32(AT_MAGIC) != MAGIC) return BAD_MAGIC;
  if (load32(AT_VERSION) != VERSION) return BAD_VERSION;
  unit = load32(AT_UNIT);
  pages = load32(AT_PAGES);
  firstPage = load32(AT_FIRST_PAGE);
  classes = load32(AT_CLASSES);
  pageMap = load32(AT_PAGE_MAP);
  bump = load32(AT_BUMP);
  lookers = bump + unit;
  secret = load64(AT_SECRET);
  threads = load32(AT_THREADS);
  entrySize = roundUp(ENTRY, unit);
  stripes = load32(AT_STRIPES);
  stripeSize = roundUp(CLASSES * 8, unit);
  stripe = stripes + (<usize>thread % STRIPES) * stripeSize;
  return OK;
}

/** The first and the second half of the heap's 64 random bits. */
export function idLow(): u32 {
  return load32(AT_ID);
}
export function idHigh(): u32 {
  return load32(AT_ID + 4);
}

/** The alignment unit, in bytes. */
export function alignmentUnit(): u32 {
  return load32(AT_UNIT);
}

/** All pages of the memory, the header's included. */
export function capacityPages(): u32 {
  return load32(AT_PAGES);
}

/** Pages that the header takes. */
export function headerPages(): u32 {
  return load32(AT_FIRST_PAGE);
}

/** Flag bits; bit 0: every thread uses the checked build. */
export function flags(): u32 {
  return load32(AT_FLAGS);
}

/** The version of the layout that this memory says it has, whatever this kernel's is. */
export function layoutVersion(): u32 {
  return load32(AT_VERSION);
}

/** Blocks of one size class in use: allocated less freed, over all threads. A moment's answer while others allocate. */
export function liveBlocks(cls: u32): f64 {
  let sum: i64 = 0;
  for (let i: usize = 0; i < STRIPES; i++) sum += <i64>load64(stripes + i * stripeSize + ((<usize>cls) << 3));
  return <f64>sum;
}
