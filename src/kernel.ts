/**
 * The kernel: what must be atomic, compiled to WebAssembly and instantiated by every thread on the same memory. This file
 * is the compiler's one entry. It defines nothing; what it names is what the host can call.
 */

export {
  abandon,
  adopt as adoptCount,
  alignOf,
  controlOf,
  create,
  detach,
  downgrade,
  finish,
  generationOf,
  isUnique,
  kindIfLive,
  kindOf,
  moveCount,
  newTicket,
  open,
  openTicket,
  publish,
  release,
  releaseWeak,
  retain,
  share,
  sizeOf,
  strongCount,
  ticketRefusal,
  upgrade,
  valueOf,
  weakCount,
} from "./arc/kernel/arc";
export { constructSide, partOf, sideSize, wakeSide } from "./channel/kernel/side";
export { tellOfMessages, tellOfRoom } from "./channel/kernel/telling";
export { alloc, allocScratch, free, freeScratch, scratchSize, usedPages } from "./heap/kernel/alloc";
export { allowBlocking } from "./heap/kernel/backoff";
export { forget } from "./heap/kernel/cells";
export { classSize } from "./heap/kernel/classes";
export {
  alignmentUnit,
  attach,
  capacityPages,
  flags,
  headerPages,
  idHigh,
  idLow,
  init,
  layoutVersion,
  liveBlocks,
} from "./heap/kernel/header";
export { beginLook, endLook, useCores } from "./heap/kernel/looking";
export { useScratch } from "./heap/kernel/scratch";
export {
  addCells,
  cellsPerBlock,
  enter,
  entryAt,
  holds,
  identityOf,
  phaseOf,
  threadLimit,
  threadOf,
  use,
} from "./heap/kernel/threads";
export {
  bellOf,
  freeDoorbell,
  idOf,
  newDoorbell,
  nextEmptied,
  readyAfter,
  takeReady,
} from "./listener/kernel/doorbell";
export {
  again,
  constructEvent,
  enlist,
  grant,
  isNotifyIdle,
  leave,
  listen,
  listenerCount,
  notifiedCount,
  notifyLimit,
  notifyMany,
  notifyQuota,
  notifyTagged,
  notifyTaggedBits,
  rouse,
  stateOf,
  takenTag,
  takenTagBits,
  waitOn,
} from "./listener/kernel/event";
export { eventSize, tagType } from "./listener/kernel/shape";
export { arrive, depart } from "./lock/kernel/barrier";
export { starve, tryLock } from "./lock/kernel/mutex";
export { fill, fillBits } from "./lock/kernel/onceCell";
export { beginWrite, isAlone, stepDown, tryRead } from "./lock/kernel/rwLock";
export { addPermits, giveBack, queue, shut, tryAcquire } from "./lock/kernel/semaphore";
export { absolve, breakLock, letGo, wordAt } from "./lock/kernel/word";
export { ringSize } from "./queue/kernel/bounded";
export { toIntegers } from "./queue/kernel/lanes";
export {
  capacity,
  close,
  construct,
  destroy,
  forcePush,
  forcePushBits,
  isClosed,
  isEmpty,
  isFinished,
  isFull,
  pop,
  popBits,
  popMany,
  push,
  pushBits,
  pushMany,
  size,
} from "./queue/kernel/queue";
export { queueSize, status, typeTag } from "./queue/kernel/shape";
export { blockSize } from "./queue/kernel/unbounded";
export { dispose, revoke } from "./reaper/kernel/dispose";
export { forgetFound, found, reap } from "./reaper/kernel/reap";
