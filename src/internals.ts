/**
 * What the command line, the tests and the tools need of the rooms and users do not. Not among the package's exports. It has all
 * that users have as well, so whoever needs both gets both from here.
 */
export { internals } from "./arc/heap.js";
export { CHECKED, type Kernel } from "./arc/instance.js";
export { leaks } from "./arc/ledger.js";
export { type Consequences, Liveness, type News, type Registered } from "./arc/liveness.js";
export { LockWord } from "./arc/lockWord.js";
export { osThreadId, type Sight } from "./arc/osThread.js";
export { proofOfDeath } from "./arc/registry.js";
export { revokeOverdue } from "./arc/tickets.js";
export { bytes as releaseKernel } from "./arc/wasm/release.js";
export { sideOf } from "./channel/end.js";
export * from "./index.js";
export { Doorbell, lookForLostWakeUps } from "./listener/doorbell.js";
