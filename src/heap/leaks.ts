/**
 * Leak trackers of checked heaps: what this thread holds in each, for the report of what it never gave back; and what lay
 * where, so that a fault can say whose memory it was.
 *
 *   Heap.alloc, Arc, Weak, ConcurrentQueue, SharedEvent, Sender, Receiver, share({ opens })  ->  a holding, until it is freed, dropped or opened
 *
 * A holding is numbers and text: it keeps neither the heap's memory nor a handle alive. Heaps of the release kernel have no
 * tracker. They pay for this with one look at an undefined property where a handle is made or goes.
 */
import { TypeMismatchError } from "./errors.js";
import { nodeProcess, threads } from "./host.js";
import type { CheckedKernel } from "./instance.js";
import { BACK_BYTES, CONTROL_BYTES } from "./kernel/numbers.js";
import { registry } from "./registry.js";
import { describe } from "./token.js";

/**
 * The kinds of things that a thread can hold: a block of `Heap.alloc`, a handle, or the counts that `share({ opens })` set aside.
 *
 * @see {@link leaks}
 */
export type HoldingKind =
  | "block"
  | "arc"
  | "weak"
  | "queue"
  | "event"
  | "sender"
  | "receiver"
  | "mutex"
  | "semaphore"
  | "rwLock"
  | "barrier"
  | "onceCell"
  | "ticket";

/** Something that this thread took in a checked heap and did not give back; see {@link leaks}. */
export interface Leak {
  /** What was taken. */
  readonly kind: HoldingKind;
  /** Bytes: of the block or value; 32, those of a control block, for a weak handle or a ticket. */
  readonly size: number;
  /** Where it lies: the block, the value, or the control block. */
  readonly ptr: number;
  /** The heap's id. */
  readonly heap: string;
  /** Where in the program it was taken, if `trackStacks` was on at the time. */
  readonly stack: string | undefined;
}

/** The effect of the end of a thread that still holds something; see {@link leaksAtExit}. */
export type ExitAction = "report" | "fail" | "ignore";

export interface Holding extends Leak {
  /** Of a ticket: the generation that says whether there is anything left in it. */
  readonly generation: number | undefined;
  /** How it was given back, in the middle of a sentence; undefined while it is held. */
  ended: string | undefined;
}

/** What `shmol/checked` was asked for. Workers begin with what the thread that starts them was asked for. */
interface Settings {
  /** Whether new heaps are checked ones. */
  readonly heaps: boolean;
  readonly stacks: boolean;
  readonly exit: ExitAction;
}

const SETTINGS_KEY = "shmol:checked";
/** Kinds of leaks that a report lists before it only counts. */
const LISTED = 20;
/** A stack shorter than this may not reach out of the library. */
const STACK_FRAMES = 20;

let settings: Settings = {
  heaps: false,
  stacks: false,
  exit: "report",
  ...(threads?.getEnvironmentData(SETTINGS_KEY) as Partial<Settings> | undefined),
};

function set(change: Partial<Settings>): void {
  settings = { ...settings, ...change };
  threads?.setEnvironmentData(SETTINGS_KEY, settings as unknown as NodeJS.Dict<never>);
}

/** Heaps that this thread, or a worker that it starts later, creates from now on are checked ones. */
export function createCheckedHeaps(): void {
  set({ heaps: true });
}

export function createsCheckedHeaps(): boolean {
  return settings.heaps;
}

/**
 * From now on notes where in the program things are taken in checked heaps and given back, for `leaks` and for the messages
 * of errors. Off unless asked for: it makes each of these several times as slow. Workers that are started later do the same.
 *
 * @example
 * ```js
 * import { Arc, leaks, leaksAtExit, trackStacks } from "shmol/checked";
 *
 * trackStacks(true);
 * leaksAtExit("ignore");
 * const arc = Arc.create(100);
 * const [{ kind, size, stack }] = leaks();
 * console.log(kind, size, stack.includes(new URL(import.meta.url).pathname)); // arc 100 true
 * ```
 */
export function trackStacks(on: boolean): void {
  if (typeof on !== "boolean") throw new TypeMismatchError(`on must be true or false: ${describe(on)}`);
  set({ stacks: on });
}

/**
 * Chooses the effect when a thread ends and still holds something in a checked heap. It is for this thread, and for workers that it
 * starts later:
 *
 * - `"report"`: the things are listed on stderr; this is the default
 * - `"fail"`: they are listed, and the exit code becomes 1, if it was 0
 * - `"ignore"`: nothing
 *
 * A thread that is terminated from outside has no such effect. The program's own `exit` handlers may give things back before, if
 * they were registered before the first checked heap was made or opened.
 *
 * @example
 * ```js
 * import { leaksAtExit } from "shmol/checked";
 *
 * leaksAtExit("fail"); // in tests: a thread that leaves something behind ends with 1
 * ```
 */
export function leaksAtExit(action: ExitAction): void {
  if (!["report", "fail", "ignore"].includes(action)) {
    throw new TypeMismatchError(`action must be "report", "fail" or "ignore": ${describe(action)}`);
  }
  set({ exit: action });
}

/**
 * Returns the things that this thread holds in checked heaps at the moment: blocks that it did not free, handles that it did not
 * drop, and opens that it set aside and that were not taken. At the end of a thread these are its leaks. Only the opens of a
 * worker that ends with exit code 0 are no leaks.
 *
 * A block that another thread freed is not listed, unless it was given out again since then: the heap does not remember more than
 * the program does. A handle that was collected instead of dropped is listed only if it gave out a view. A count that was made a
 * number (`Arc.intoRaw`) belongs to no thread.
 *
 * @example
 * ```js
 * import { Heap, leaks } from "shmol/checked";
 *
 * const heap = Heap.default();
 * const block = heap.alloc(64);
 * console.log(leaks().length, leaks()[0].kind); // 1 block
 * heap.free(block);
 * console.log(leaks().length); // 0
 * ```
 */
export function leaks(): Leak[] {
  return LeakTracker.everything();
}

/** What one thread holds in one heap. */
export class LeakTracker {
  static readonly #all = new Map<string, LeakTracker>();

  readonly #heap: string;
  readonly #held = new Set<Holding>();
  /** What `Heap.alloc` gave out, by address. */
  readonly #blocks = new Map<number, Holding>();
  /** What was last taken at an address: of a value, of its block and of its control block. */
  readonly #latest = new Map<number, Holding>();
  #kernel: WeakRef<CheckedKernel> | undefined;

  private constructor(heap: string) {
    this.#heap = heap;
  }

  /** This thread's tracker of a heap, the same one however often the heap is dropped and opened. */
  static of(heap: string): LeakTracker {
    if (LeakTracker.#all.size === 0) registry.atExit(LeakTracker.#atExit);
    let tracker = LeakTracker.#all.get(heap);
    if (tracker === undefined) {
      tracker = new LeakTracker(heap);
      LeakTracker.#all.set(heap, tracker);
    }
    return tracker;
  }

  static everything(): Leak[] {
    return [...LeakTracker.#all.values()].flatMap((tracker) => tracker.#leaks());
  }

  static readonly #atExit = (exitCode: unknown): void => {
    if (settings.exit === "ignore" || nodeProcess === undefined) return;
    // Opens outlive a worker that ends in good order: they may be its result.
    const ticketsStay = threads?.isMainThread === false && Number(exitCode) === 0;
    const found = leaks().filter(({ kind }) => kind !== "ticket" || !ticketsStay);
    if (found.length === 0) return;
    console.error(reportOf(found));
    if (settings.exit === "fail") nodeProcess.exitCode ||= 1;
  };

  /** The heap is open by way of this kernel, which can tell what others have freed meanwhile. */
  opened(kernel: CheckedKernel): void {
    this.#kernel = new WeakRef(kernel);
  }

  /** `Heap.alloc` gave out a block. */
  allocated(ptr: number, size: number): void {
    // Another thread gave it back. The block that is now there is a new one.
    this.#end(this.#blocks.get(ptr), "freed by another thread");
    const holding = this.#hold("block", size, ptr, this.allocated);
    this.#blocks.set(ptr, holding);
    this.#latest.set(ptr, holding);
  }

  /** `Heap.free` took a block back. */
  freed(ptr: number): void {
    const holding = this.#blocks.get(ptr);
    if (holding === undefined) this.#latest.delete(ptr);
    else this.#end(holding, `freed${whereabouts(this.freed) ?? ""}`);
    this.#blocks.delete(ptr);
  }

  /** A handle of an object is made. */
  taken(kind: HoldingKind, { size, ptr, align, control }: Taken): Holding {
    const holding = this.#hold(kind, size, ptr, this.taken);
    this.#latest.set(ptr, holding);
    this.#latest.set(control, holding);
    // The value's block begins with the way back to the control block, padded to the value's alignment.
    this.#latest.set(ptr - Math.max(align, BACK_BYTES), holding);
    return holding;
  }

  /** A handle of what may be without a value is made. */
  takenControl(kind: "weak" | "ticket", control: number, generation?: number): Holding {
    const holding = this.#hold(kind, CONTROL_BYTES, control, this.takenControl, generation);
    this.#latest.set(control, holding);
    return holding;
  }

  /** A handle is dropped, or lets go of what it held. */
  givenBack(holding: Holding): void {
    this.#end(holding, `given back${whereabouts(this.givenBack) ?? ""}`);
  }

  /** Whose memory `ptr` is or was as far as this thread knows, as the rest of an error's message; else nothing. */
  whose(ptr: number): string {
    const holding = this.#latest.get(ptr) ?? [...this.#held].find((held) => covers(held, ptr));
    if (holding === undefined) return "";
    const { kind, size, stack, ended } = holding;
    const distance = ptr > holding.ptr && covers(holding, ptr) ? `${ptr - holding.ptr} bytes into ` : "";
    const taken = `${distance}${article(kind)} ${NAMES[kind]} of ${size} bytes at ${holding.ptr}, taken${stack ?? " by this thread"}`;
    return ended === undefined ? `; this is ${taken}` : `; this was ${taken}\n  and ${ended}`;
  }

  #hold(kind: HoldingKind, size: number, ptr: number, entry: Entry, generation?: number): Holding {
    const stack = whereabouts(entry);
    const holding = { kind, size, ptr, heap: this.#heap, stack, generation, ended: undefined };
    this.#held.add(holding);
    return holding;
  }

  #end(holding: Holding | undefined, how: string): void {
    if (holding === undefined || !this.#held.delete(holding)) return;
    holding.ended = how;
  }

  #leaks(): Leak[] {
    const kernel = this.#kernel?.deref();
    // Others may have taken what is left of a ticket, and freed blocks.
    const isLeft = ({ kind, ptr, generation }: Holding): boolean => {
      if (kernel === undefined) return true;
      if (kind === "block") return kernel.isFree(ptr) === 0;
      return generation === undefined || kernel.kindIfLive(ptr, generation) !== 0;
    };
    return [...this.#held].filter(isLeft).map(({ kind, size, ptr, heap, stack }) => ({ kind, size, ptr, heap, stack }));
  }
}

/** The object that a handle is of. */
interface Taken {
  readonly size: number;
  readonly ptr: number;
  readonly align: number;
  readonly control: number;
}

function covers({ ptr, size }: Holding, address: number): boolean {
  return address >= ptr && address < ptr + size;
}

const NAMES: { readonly [K in HoldingKind]: string } = {
  block: "block",
  arc: "Arc",
  weak: "Weak",
  queue: "queue",
  event: "event",
  sender: "sender",
  receiver: "receiver",
  mutex: "mutex",
  semaphore: "semaphore",
  rwLock: "readers-writer lock",
  barrier: "barrier",
  onceCell: "once-cell",
  ticket: "ticket",
};
const article = (kind: HoldingKind) => (kind === "arc" || kind === "event" ? "an" : "a");

/** A method of the tracker. */
type Entry = (...args: never[]) => unknown;

/** The callers of `entry`, line by line as in an error's stack, if stacks are noted. */
function whereabouts(entry: Entry): string | undefined {
  if (!settings.stacks) return undefined;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_FRAMES;
  const here: { stack?: string } = new Error("here");
  // Where there is no such function, the tracker's own frames stay on top.
  Error.captureStackTrace?.(here, entry);
  Error.stackTraceLimit = stackTraceLimit;
  return (here.stack ?? "").replace(/^[^\n]*/, "");
}

function reportOf(found: readonly Leak[]): string {
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  const alike = new Map<string, Leak[]>();
  for (const leak of found) {
    const { kind, size, heap, stack } = leak;
    const key = `${kind} ${size} ${heap} ${stack}`;
    const group = alike.get(key);
    if (group === undefined) alike.set(key, [leak]);
    else group.push(leak);
  }
  const groups = [...alike.values()];
  const lines = [
    `shmol: thread ${threads?.threadId ?? 0} ended and did not give back ${bytes} bytes of checked heaps:`,
  ];
  for (const group of groups.slice(0, LISTED)) {
    const [{ kind, size, ptr, heap, stack }] = group as [Leak];
    const number = group.length === 1 ? article(kind) : group.length;
    const what = `${number} ${NAMES[kind]}${group.length === 1 ? "" : "s"} of ${size} bytes`;
    lines.push(`  ${what}, ${group.length === 1 ? "" : "the first "}at ${ptr} in heap ${heap}${stack ?? ""}`);
  }
  if (groups.length > LISTED) lines.push(`  and ${groups.length - LISTED} more kinds`);
  if (!settings.stacks) lines.push('trackStacks(true) of "shmol/checked" tells where they were taken.');
  return lines.join("\n");
}
