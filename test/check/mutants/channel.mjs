/** Faults in how the sides of a channel come to their end. */
import { inFile } from "./mutant.mjs";

const inSide = inFile("src/channel/kernel/side.ts");
const inEnd = inFile("src/reaper/kernel/end.ts");
const inReap = inFile("src/reaper/kernel/reap.ts");
const inEvent = inFile("src/listener/kernel/event.ts");

export const channelMutants = [
  inSide({
    name: "closedWithoutTelling",
    why: "whoever waits for messages that will not come waits for ever",
    edits: [["  close(queue);\n  wakeSide(side, true);\n", "  close(queue);\n"]],
    programs: ["channel/the only sender dies without telling"],
    expect: "deadlock",
  }),
  inSide({
    name: "toldBeforeClosed",
    why: "whoever is told looks, finds the channel open, and waits for ever",
    edits: [["  close(queue);\n  wakeSide(side, true);\n", "  wakeSide(side, true);\n  close(queue);\n"]],
    programs: ["channel/the only sender dies without telling"],
    expect: "deadlock",
  }),
  inSide({
    name: "sideNotClosed",
    why: "the last sender goes, and the channel stays open",
    edits: [["  close(queue);\n  wakeSide(side, true);\n", "  wakeSide(side, true);\n"]],
    programs: ["channel/both senders go"],
    expect: "accounting",
  }),
  inSide({
    name: "partOfNobody",
    why: "a count that is taken off the side is in no cell",
    edits: [["  swap32(word, 0);\n  charge(cell, control);\n", "  swap32(word, 0);\n"]],
    programs: ["channel/the last receiver goes"],
    expect: "accounting",
  }),
  inSide({
    name: "partTwice",
    why: "the side still has what its end has given up: whoever goes on with that gives it up again",
    edits: [["  swap32(word, 0);\n", ""]],
    programs: ["channel/the last receiver goes", "channel/the last sender and the last receiver go"],
    expect: "deadlock",
  }),
  inSide({
    name: "partKept",
    why: "a count that the side has taken is the maker's as well",
    edits: [["  store32(word, <u32>control);\n  clear(cell);\n", "  store32(word, <u32>control);\n"]],
    programs: ["channel/a side that is made and goes"],
    expect: "deadlock",
  }),
  inEnd({
    name: "otherSideKept",
    why: "a side that has ended keeps the other one's control block",
    edits: [["part: i32 = PART_OTHER;", "part: i32 = PART_OTHER - 1;"]],
    programs: ["channel/the last sender and the last receiver go"],
    expect: "accounting",
  }),
  inReap({
    name: "deadSenderNotToldFor",
    why: "one of several senders dies between its message and its notification, and a receiver sleeps on with the message there",
    edits: [["    if (isSide(kindOf(what))) wakeSide(valueOf(what), true);\n", ""]],
    programs: ["channel/one of two senders dies without telling"],
    expect: "deadlock",
  }),
  inEvent({
    name: "messageNotAdditional",
    why: "a receiver that was notified and has not come to it holds up the one that the next message is for",
    edits: [["(!additional && notified >= n) || read64", "notified >= n || read64"]],
    programs: ["channel/a message for each of two receivers"],
    expect: "deadlock",
  }),
];
