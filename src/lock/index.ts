/**
 * Locks: what threads agree by who may touch what, and when they go on.
 *
 * @module shmol/lock
 */
export { Barrier, type BarrierStats, type BarrierToken } from "./barrier.js";
export type { LockBytesOptions } from "./content.js";
export { Guard } from "./guard.js";
export { Lock, type LockOptions } from "./lock.js";
export { Mutex, MutexGuard, type MutexStats, type MutexToken } from "./mutex.js";
export { OnceCell, type OnceCellStats, type OnceCellToken } from "./onceCell.js";
export { ReadGuard, UpgradableReadGuard, WriteGuard } from "./rwGuards.js";
export { RwLock, type RwLockStats, type RwLockToken } from "./rwLock.js";
export { Semaphore, SemaphoreGuard, type SemaphoreStats, type SemaphoreToken } from "./semaphore.js";
