/**
 * Programs on channels. Some are about the sides: the last handle of a side closes the channel for good, wakes all threads that
 * wait, and gives back what the side has. The thread that does so may be killed meanwhile. If a thread dies before it has told of
 * what it did, others are told in its place. The other programs are about how senders and receivers wait
 * (src/channel/waiting.ts): look, listen, look, wait, and look again.
 */
import { BLOCKS, INLINE } from "../../../heap/kernel/numbers.js";
import type { Program, Steps } from "../../program.js";
import { Ticket } from "../reaper/counts.js";
import { mourner } from "../reaper/subject.js";
import { channelProgram, taken, waitingProgram } from "./subject.js";

export const channelPrograms: readonly Program[] = [
  channelProgram("the last sender and the last receiver go", 2, BLOCKS, (channel) => {
    channel.fill();
    const threads = [channel.leaver(0, channel.senders), channel.leaver(1, channel.receivers)];
    channel.letGo(channel.senders, channel.receivers);
    return threads;
  }),
  channelProgram("both senders go", 3, INLINE, (channel, scene) => {
    const threads = [channel.leaver(0, channel.senders), channel.leaver(1, channel.senders), mourner(scene, 0)];
    channel.letGo(channel.senders);
    channel.isClosed(true);
    return threads;
  }),
  channelProgram("the last receiver goes", 2, BLOCKS, (channel, scene) => {
    channel.fill();
    channel.fill();
    const threads = [channel.leaver(0, channel.receivers), mourner(scene, 0)];
    channel.letGo(channel.receivers);
    channel.isClosed(true);
    return threads;
  }),
  channelProgram("the last receiver goes while somebody sends", 2, BLOCKS, (channel) => {
    const threads = [channel.leaver(0, channel.receivers), channel.sender(1, 1)];
    channel.letGo(channel.receivers);
    return threads;
  }),
  channelProgram("one of two senders goes", 2, INLINE, (channel, scene) => {
    channel.isClosed(false);
    return [channel.leaver(0, channel.senders), mourner(scene, 0)];
  }),
  channelProgram("a side that is made and goes", 1, INLINE, (channel) => [channel.maker(0)]),
  channelProgram("the only sender dies without telling", 3, INLINE, (channel, scene) => {
    const threads = [channel.teller(0), channel.waiter(1), mourner(scene, 0)];
    channel.letGo(channel.senders);
    return threads;
  }),
  channelProgram("the only sender was not opened, and is revoked", 3, INLINE, (channel, scene) => {
    const ticket = new Ticket(scene, 2, channel.senders, 2);
    channel.letGo(channel.senders);
    const heir = ticket.revoker(2);
    function* run(): Steps {
      yield* scene.reap(0);
      yield* heir.run();
    }
    return [ticket.revoker(0), channel.waiter(1), { mourns: 0, run }];
  }),
  channelProgram("one of two senders dies without telling", 3, INLINE, (channel) => {
    channel.isClosed(false);
    return [channel.teller(0), channel.waiter(1), channel.heir(0)];
  }),
  waitingProgram("a message for each of two receivers", 3, 0, (channel, scene) => {
    const took = taken(scene, [1, 2]);
    return [channel.patientSender(0, 1, 2), channel.patientReceiver(1, 1, took), channel.patientReceiver(2, 1, took)];
  }),
  waitingProgram("a message for a receiver that is busy, and one for the other", 3, 0, (channel, scene) => {
    const took = taken(scene, [1, 2]);
    return [channel.patientSender(0, 1, 2), channel.busyReceiver(1, took), channel.patientReceiver(2, 1, took)];
  }),
  waitingProgram("a receiver gives up, and the other one gets it", 3, 0, (channel, scene) => {
    const took = taken(scene, [1]);
    const threads = [channel.patientSender(0, 1), channel.patientReceiver(1, 2, took), channel.hastyReceiver(2, took)];
    channel.letGo(channel.senders);
    return threads;
  }),
  waitingProgram("room for one message of two", 2, 1, (channel, scene) => {
    const took = taken(scene, [1, 2]);
    return [channel.patientSender(0, 1, 2), channel.patientReceiver(1, 2, took)];
  }),
  waitingProgram("room for one message of two, and the receiver takes no more", 2, 2, (channel, scene) => {
    const took = taken(scene, [1]);
    return [channel.patientSender(0, 1, 2, 3), channel.patientReceiver(1, 1, took)];
  }),
  waitingProgram("room for one message of three, of which the sender is not told", 2, 3, (channel, scene) => {
    const took = taken(scene, [1]);
    return [channel.lookingSender(0, 1, 2, 3, 4), channel.patientReceiver(1, 1, took)];
  }),
  waitingProgram("room for three messages of four, and the sender looks at nothing itself", 2, 3, (channel, scene) => {
    const took = taken(scene, [1, 2, 3, 4]);
    return [channel.patientSender(0, 1, 2, 3, 4), channel.patientReceiver(1, 4, took)];
  }),
  waitingProgram("room for two senders, each of whom is told of a place", 3, 2, (channel) => {
    return [channel.patientSender(0, 1, 2), channel.patientSender(1, 3, 4), channel.patientReceiver(2, 2, () => {})];
  }),
  waitingProgram("room for two senders, of whom one is told and tells the other", 3, 3, (channel, scene) => {
    const took = taken(scene, [1, 2, 3, 4, 5]);
    return [channel.patientSender(0, 1, 2, 3), channel.patientSender(1, 4, 5), channel.patientReceiver(2, 5, took)];
  }),
  waitingProgram("two senders wait for room, and the last receiver goes", 3, 1, (channel) => {
    const threads = [
      channel.patientSender(0, 1, 2),
      channel.patientSender(1, 3),
      channel.patientReceiver(2, 1, () => {}),
    ];
    channel.letGo(channel.receivers);
    channel.isClosed(true);
    return threads;
  }),
];
