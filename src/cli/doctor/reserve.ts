/**
 * A program of its own: finds out how much shared memory can be reserved, and prints it. A reservation is address space, which
 * is not touched; only Windows counts it as used.
 */
export interface Reserved {
  /** The largest heap's bytes among those tried: a heap's most, and halves of it. 0: none. */
  readonly largest: number;
  /** How many heaps of default size could be reserved at once, of `HEAPS` that were tried. */
  readonly heaps: number;
}

const PAGE = 65536;
/** The largest heap, in pages. */
const MOST = 65535;
const DEFAULT = (256 * 1024 * 1024) / PAGE;
/** More heaps than any program should need. */
const HEAPS = 16;

function reserve(pages: number): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch {
    return undefined;
  }
}

function largestPages(): number {
  for (let pages = MOST; pages > 0; pages >>>= 1) if (reserve(pages) !== undefined) return pages;
  return 0;
}

const held: WebAssembly.Memory[] = [];
for (let memory = reserve(DEFAULT); memory !== undefined; memory = reserve(DEFAULT)) {
  if (held.push(memory) === HEAPS) break;
}
const heaps = held.length;
held.length = 0;
const reserved: Reserved = { largest: largestPages() * PAGE, heaps };
console.log(JSON.stringify(reserved));
