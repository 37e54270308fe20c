/** Channels: messages with waiting, back-pressure and an end. */
export { type Channel, type ChannelOptions, channel } from "./channel.js";
export { Receiver, type WeakReceiver } from "./receiver.js";
export { type Selected, select } from "./select.js";
export { Sender, type WeakSender } from "./sender.js";
export type { ReceiverToken, SenderToken } from "./tokens.js";
