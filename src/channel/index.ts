/**
 * Channels: messages with waiting, back-pressure and an end.
 *
 * @module shmol/channel
 */
export { type Channel, type ChannelOptions, channel } from "./channel.js";
export type { End } from "./end.js";
export { Receiver, type WeakReceiver } from "./receiver.js";
export { type Selected, type SelectOptions, select } from "./select.js";
export { Sender, type WeakSender } from "./sender.js";
export type { EndToken, ReceiverToken, SenderToken } from "./tokens.js";
export type { WeakEnd } from "./weak.js";
