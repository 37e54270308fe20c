/**
 * Events, and listeners that block or are awaited.
 *
 * @module shmol/listener
 */
export { type EventOptions, type EventToken, type NotifyOptions, SharedEvent } from "./event.js";
export { Listener, type ListenOptions, type WaitOptions, type WaitSyncOptions } from "./listener.js";
