/**
 * One thread's instance of the kernel on one shared memory.
 */
import { CorruptionError, DroppedError, OutOfMemoryError, ShmolError } from "./errors.js";
import { explain } from "./faults.js";
import { PAGE } from "./kernel/numbers.js";
import type { SharedMemory } from "./token.js";
import { bytes as checkedBytes } from "./wasm/checked.js";
import { bytes as releaseBytes } from "./wasm/release.js";

/**
 * What the kernel exports. Pointers go in as any 32-bit number and come out as wasm's signed ones: `>>> 0` at the border.
 * What each does stands beside its code, in the components' kernel folders.
 */
export interface Kernel {
  init(pages: number, alignment: number, flags: number, id: bigint, mark: bigint): number;
  attach(thread: number): number;
  allowBlocking(allowed: number): void;
  useCores(cores: number): void;
  beginLook(): number;
  endLook(): void;
  idLow(): number;
  idHigh(): number;
  alignmentUnit(): number;
  capacityPages(): number;
  headerPages(): number;
  usedPages(): number;
  flags(): number;
  layoutVersion(): number;
  liveBlocks(cls: number): number;

  enter(thread: number, osThread: number): number;
  use(entry: number): void;
  addCells(): number;
  cellsPerBlock(): number;
  threadLimit(): number;
  entryAt(i: number): number;
  threadOf(entry: number): number;
  identityOf(entry: number): bigint;
  phaseOf(entry: number): number;
  holds(entry: number, kind: number, thing: number, extra: number): number;
  forget(cell: number): void;
  reap(entry: number, thread: number, osThread: number): number;
  found(what: number): number;
  forgetFound(): void;
  classSize(cls: number): number;

  alloc(size: number, align: number, cell: number): number;
  free(ptr: number, cell: number): number;
  allocScratch(cell: number): number;
  freeScratch(scratch: number, cell: number): void;
  useScratch(scratch: number, cell: number, state: number): void;
  scratchSize(): number;

  create(size: number, align: number, kind: number, strong: number, cell: number): number;
  publish(control: number, cell: number): void;
  abandon(control: number, cell: number): void;
  valueOf(control: number): number;
  sizeOf(control: number): number;
  alignOf(control: number): number;
  kindOf(control: number): number;
  kindIfLive(control: number, generation: number): number;
  generationOf(control: number): number;
  strongCount(control: number): number;
  weakCount(control: number): number;
  controlOf(ptr: number): number;
  retain(control: number, count: number, cell: number): number;
  release(control: number, cell: number): number;
  finish(control: number, cell: number): void;
  dispose(control: number, cell: number): void;
  adoptCount(control: number, cell: number): void;
  moveCount(control: number, from: number, cell: number): void;
  detach(cell: number, slot: number): void;
  upgrade(control: number, cell: number): number;
  downgrade(control: number, cell: number): number;
  releaseWeak(control: number, cell: number): void;
  isUnique(control: number): number;
  share(control: number): void;
  open(control: number, generation: number, cell: number): number;
  newTicket(control: number, count: number, cell: number): number;
  ticketRefusal(): number;
  openTicket(ticket: number, generation: number, control: number, cell: number): number;
  revoke(ticket: number, generation: number, cell: number): number;

  queueSize(): number;
  blockSize(): number;
  ringSize(capacity: number): number;
  construct(queue: number, flavour: number, capacity: number, content: number, type: number, start: bigint): number;
  typeTag(queue: number): number;
  destroy(queue: number): void;
  push(queue: number, value: number, cell: number): number;
  pushBits(queue: number, bits: bigint): number;
  forcePush(queue: number, value: number, cell: number, out: number): number;
  forcePushBits(queue: number, bits: bigint): bigint;
  pushMany(queue: number, source: number, count: number): number;
  pop(queue: number, cell: number): number;
  popBits(queue: number): bigint;
  popMany(queue: number, target: number, max: number): number;
  toIntegers(slots: number, count: number): void;
  status(): number;
  size(queue: number): number;
  capacity(queue: number): number;
  isEmpty(queue: number): number;
  isFull(queue: number): number;
  close(queue: number): number;
  isClosed(queue: number): number;
  isFinished(queue: number): number;

  eventSize(): number;
  constructEvent(event: number, content: number, type: number, isNewestFirst: number, offset: number): void;
  tagType(event: number): number;
  listenerCount(event: number): number;
  notifiedCount(event: number): number;
  listen(event: number, cell: number, call: number): number;
  notifyMany(event: number, n: number, additional: number): number;
  rouse(event: number, n: number): void;
  isNotifyIdle(event: number, n: number, additional: number): number;
  notifyTagged(event: number, n: number, additional: number, limit: number, tag: number, cell: number): number;
  notifyTaggedBits(event: number, n: number, additional: number, limit: number, bits: bigint): number;
  notifyLimit(): number;
  notifyQuota(): number;
  stateOf(node: number): number;
  waitOn(node: number, timeoutNs: number): number;
  again(node: number): number;
  enlist(node: number, doorbell: number, id: number): number;
  leave(node: number, how: number, tagCell: number): number;
  takenTag(): number;
  takenTagBits(): bigint;
  newDoorbell(cell: number): number;
  freeDoorbell(doorbell: number, cell: number): void;
  nextEmptied(): number;
  bellOf(doorbell: number): number;
  takeReady(doorbell: number): number;
  readyAfter(node: number): number;
  idOf(node: number): number;

  wordAt(event: number, at: number): number;
  letGo(lock: number, cell: number, died: number): number;
  breakLock(lock: number, isMutex: number): number;
  absolve(lock: number, cell: number): void;
  tryLock(lock: number, cell: number, starved: number, kind: number): number;
  starve(lock: number, cell: number): void;
  tryAcquire(semaphore: number, n: number, cell: number): number;
  queue(semaphore: number, n: number, cell: number): void;
  giveBack(semaphore: number, cell: number): void;
  addPermits(semaphore: number, n: number): number;
  shut(semaphore: number): number;
  grant(semaphore: number): void;
  tryRead(lock: number, cell: number): number;
  beginWrite(lock: number, cell: number, atOnce: number): number;
  isAlone(lock: number, cell: number): number;
  stepDown(lock: number, cell: number, kind: number): number;
  arrive(barrier: number, cell: number): number;
  depart(barrier: number, cell: number): number;
  fill(once: number, value: number, valueCell: number, cell: number): void;
  fillBits(once: number, bits: bigint, cell: number): void;

  sideSize(): number;
  constructSide(
    side: number,
    kind: number,
    queue: number,
    sendReady: number,
    recvReady: number,
    closed: number,
    other: number,
  ): void;
  partOf(side: number, kind: number, part: number): number;
  wakeSide(side: number, all: number): void;
  tellOfMessages(recvReady: number, queue: number): void;
  tellOfRoom(sendReady: number, queue: number, taken: number): void;
}

/** What the checked kernel exports on top. */
export interface CheckedKernel extends Kernel {
  isFree(ptr: number): number;
  verifyGeneration(control: number, generation: number): void;
}

/** Header flag: every thread on this heap uses the checked build. */
export const CHECKED = 1;

/** By what the host knows of an object, and not by its prototype: in test runners that may be another realm's. */
const bufferOf = Object.getOwnPropertyDescriptor(globalThis.WebAssembly?.Memory.prototype ?? {}, "buffer")?.get;
const sizeOf = Object.getOwnPropertyDescriptor(SharedArrayBuffer.prototype, "byteLength")?.get;

export function isSharedMemory(value: unknown): value is SharedMemory {
  try {
    return sizeOf?.call(bufferOf?.call(value)) !== undefined;
  } catch {
    return false;
  }
}

/** A new shared memory of this number of pages, which never grows. */
export function reserve(pages: number): SharedMemory {
  if (globalThis.WebAssembly === undefined) {
    throw new ShmolError(
      "NO_WEBASSEMBLY",
      "this host has no WebAssembly, which a heap needs: was it started with --jitless?",
    );
  }
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new OutOfMemoryError(
      `the host cannot reserve a heap of ${pages * PAGE} bytes: V8 takes 8 to 10 GiB of address space for each, whatever its ` +
        "capacity (see ulimit -v), of which only what is used needs memory",
      { cause },
    );
  }
}

const modules: { release?: WebAssembly.Module; checked?: WebAssembly.Module } = {};

/** V8 compiles the same bytes once for all threads: what then takes time in a new one is to have the bytes. */
function compile(base64: string): WebAssembly.Module {
  return new WebAssembly.Module(decode(base64));
}

/** In Node 0.03 ms of a thread's first; the loop takes 0.8, and `Uint8Array.from(atob(base64), ...)` 3. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const inNode = (globalThis as { Buffer?: typeof Buffer }).Buffer?.from(base64, "base64");
  if (inNode !== undefined) return inNode;
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Instantiates the release kernel on `memory`. The header is not looked at. */
export function instantiate(memory: SharedMemory): Kernel {
  modules.release ??= compile(releaseBytes);
  return exportsOf<Kernel>(new WebAssembly.Instance(modules.release, { env: { memory } }));
}

/** Instantiates the checked kernel likewise. `whose` says whose memory an address is, as the rest of an error's message. */
export function instantiateChecked(memory: SharedMemory, whose: (ptr: number) => string): CheckedKernel {
  modules.checked ??= compile(checkedBytes);
  const fault = (reason: number, ptr: number, expected: number, found: number): never => {
    const numbers = { reason, ptr: ptr >>> 0, expected: expected >>> 0, found: found >>> 0 };
    throw new CorruptionError(explain(numbers) + whose(numbers.ptr));
  };
  const imports = { env: { memory }, instrument: { fault } };
  return exportsOf<CheckedKernel>(new WebAssembly.Instance(modules.checked, imports));
}

/** A kernel's functions in an object of their own. The instance's is frozen, and `withdraw` is to have an effect. */
function exportsOf<K extends Kernel>(instance: WebAssembly.Instance): K {
  return { ...instance.exports } as unknown as K;
}

/** The id of the heap in a kernel's memory. */
export function idOf(kernel: Kernel): string {
  const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
  return hex(kernel.idHigh()) + hex(kernel.idLow());
}

/** From now on, each call of this kernel throws a `DroppedError`, before it comes to the memory. */
export function withdraw(kernel: Kernel): void {
  const functions = kernel as unknown as Record<string, () => never>;
  for (const name of Object.keys(functions)) {
    functions[name] = () => {
      throw new DroppedError("heap");
    };
  }
}
