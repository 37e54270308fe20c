/**
 * What the command line, the tests and the tools need of the components and users do not. Not among the package's exports. It has all
 * that users have as well, so whoever needs both gets both from here.
 */

export { sideOf } from "./channel/end.js";
export { internals } from "./heap/heap.js";
export { CHECKED, type Kernel } from "./heap/instance.js";
export { LEDGER_CLASS } from "./heap/kernel/numbers.js";
export { leaks } from "./heap/leaks.js";
export { type Consequences, Liveness, type News, type Registered } from "./heap/liveness.js";
export { osThreadId, type Sight, sightOf } from "./heap/osThread.js";
export { proofOfDeath } from "./heap/registry.js";
export { revokeOverdue } from "./heap/tickets.js";
export { bytes as releaseKernel } from "./heap/wasm/release.js";
export * from "./index.js";
export { Doorbell, lookForLostWakeUps } from "./listener/doorbell.js";
