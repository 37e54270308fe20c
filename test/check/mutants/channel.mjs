/** Faults in how the sides of a channel come to their end. */
import { inFile } from "./mutant.mjs";

const inSide = inFile("src/channel/kernel/side.ts");
const inDispose = inFile("src/reaper/kernel/dispose.ts");
const inReap = inFile("src/reaper/kernel/reap.ts");
const inEvent = inFile("src/listener/kernel/event.ts");
const inTelling = inFile("src/channel/kernel/telling.ts");

const TWO_RECEIVERS = "channel/a message for each of two receivers";
const BUSY = "channel/a message for a receiver that is busy, and one for the other";
const MUCH_ROOM = "channel/room for three messages of four, and the sender looks at nothing itself";
const LITTLE_ROOM = "channel/room for one message of two, and the receiver takes no more";
const TWO_PLACES = "channel/room for two senders, each of whom is told of a place";
const TWO_SENDERS = "channel/room for two senders, of whom one is told and tells the other";

export const channelMutants = [
  inSide({
    name: "closedWithoutTelling",
    why: "whoever waits for messages that will not come waits for ever",
    patch: `
      - wakeSide(side, true);
    `,
    programs: ["channel/the only sender dies without telling"],
    expect: "deadlock",
  }),
  inSide({
    name: "toldBeforeClosed",
    why: "whoever is told looks, finds the channel open, and waits for ever",
    patch: `
      - close(queue);
        wakeSide(side, true);
      + close(queue);
    `,
    programs: ["channel/the only sender dies without telling"],
    expect: "deadlock",
  }),
  inSide({
    name: "sideNotClosed",
    why: "the last sender goes, and the channel stays open",
    patch: `
      - close(queue);
    `,
    programs: ["channel/both senders go"],
    expect: "accounting",
  }),
  inSide({
    name: "partOfNobody",
    why: "a count that is taken off the side is in no cell",
    patch: `
      - own(cell, control);
    `,
    programs: ["channel/the last receiver goes"],
    expect: "accounting",
  }),
  inSide({
    name: "partTwice",
    why: "the side still has what its end has given up: whoever goes on with that gives it up again",
    patch: `
      - swap32(word, 0);
    `,
    programs: ["channel/the last receiver goes", "channel/the last sender and the last receiver go"],
    expect: "deadlock",
  }),
  inSide({
    name: "partKept",
    why: "a count that the side has taken is the maker's as well",
    patch: `
      - clear(cell);
    `,
    programs: ["channel/a side that is made and goes"],
    expect: "deadlock",
  }),
  inDispose({
    name: "otherSideKept",
    why: "a side that has ended keeps the other one's control block",
    patch: `
      - for (let part: i32 = PART_OTHER; part >= PART_QUEUE; part--) {
      + for (let part: i32 = PART_OTHER - 1; part >= PART_QUEUE; part--) {
    `,
    programs: ["channel/the last sender and the last receiver go"],
    expect: "accounting",
  }),
  inReap({
    name: "deadSenderNotToldFor",
    why: "one of several senders dies between its message and its notification, and a receiver sleeps on with the message there",
    patch: `
      - if (isSide(kindOf(what))) wakeSide(valueOf(what), true);
    `,
    programs: ["channel/one of two senders dies without telling"],
    expect: "deadlock",
  }),
  inEvent({
    name: "messageNotAdditional",
    why: "a receiver that was notified and has not come to it holds up the one that the next message is for",
    patch: `
      - if (node == 0 || (!additional && notified >= n) || read64(node + SERIAL) > limit) {
      + if (node == 0 || notified >= n || read64(node + SERIAL) > limit) {
    `,
    programs: [BUSY],
    expect: "deadlock",
  }),
  // ── telling of messages and of room ──
  inTelling({
    name: "moreMessagesUntold",
    why: "a receiver that was woken leaves a message, and wakes nobody for it",
    patch: `
      - if (!isEmpty(queue)) rouse(recvReady, 1);
    `,
    programs: [TWO_RECEIVERS],
    expect: "deadlock",
  }),
  inTelling({
    name: "emptyUntold",
    why: "no sender is told when the channel is empty",
    patch: `
      - if (left == 0) rouse(sendReady, all);
      - else if (left <= half && left + taken > half) rouse(sendReady, 1);
      + if (left > 0 && left <= half && left + taken > half) rouse(sendReady, 1);
    `,
    programs: [TWO_SENDERS, MUCH_ROOM],
    expect: "deadlock",
  }),
  inTelling({
    name: "placeUntold",
    why: "no sender is told of a place that comes free in a small channel",
    patch: `
      - notifyMany(sendReady, taken, true);
        return;
    `,
    programs: [LITTLE_ROOM, TWO_PLACES],
    expect: "deadlock",
  }),
  inTelling({
    name: "placeToldOnce",
    why: "a sender that was told of a place, and has not come to it, holds up the one that the next place is for",
    patch: `
      - notifyMany(sendReady, taken, true);
      + notifyMany(sendReady, taken, false);
    `,
    programs: [TWO_PLACES],
    expect: "deadlock",
  }),
  inTelling({
    name: "roomToldBeforeTaken",
    why: "a sender that is told looks while the channel is full still, and sleeps again",
    patch: `
      - if (left == 0) rouse(sendReady, all);
      + if (left == all - 1) rouse(sendReady, all);
    `,
    programs: [MUCH_ROOM, TWO_SENDERS],
    expect: "deadlock",
  }),
  inEvent({
    name: "newestWithoutItsNext",
    why: "a listener that goes first cuts off those that came before it",
    patch: `
      - const next = goesFirst ? waiting : 0;
      + const next: usize = 0;
    `,
    programs: [TWO_RECEIVERS, TWO_SENDERS],
    expect: "deadlock",
  }),
  inEvent({
    name: "rousedBehindAwaited",
    why: "a listener that is awaited counts as one that looks soon, and its thread is busy",
    patch: `
      - if ((how & IN_TURN) != 0 && ahead != 0 && read32(ahead + OWNER) == 0) {
      + if ((how & IN_TURN) != 0 && ahead != 0) {
    `,
    programs: [BUSY],
    expect: "deadlock",
  }),
  inEvent({
    name: "rousedAsPlain",
    why: "whoever is notified counts, awaited ones as well",
    patch: `
      - if (isIdle(event, n, true)) return;
      + if (isIdle(event, n, false)) return;
    `,
    programs: [BUSY],
    expect: "deadlock",
  }),
  inEvent({
    name: "rousesNobody",
    why: "a sender that puts a message in wakes no receiver",
    patch: `
      - while (n > 0 && hold(event, n, NOTIFIED | ADDITIONAL | IN_TURN, NO_LIMIT, 0, 0)) n--;
    `,
    programs: [TWO_RECEIVERS, TWO_SENDERS],
    expect: "deadlock",
  }),
];
