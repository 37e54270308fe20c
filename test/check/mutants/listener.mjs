/**
 * Seeded faults of the event and its listeners. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/listener/kernel/event.ts");
const inDoorbell = inFile("src/listener/kernel/doorbell.ts");

// Pieces of the kernel, whole: the same lines stand in `hold` and, further in, in `leave`.
const HOLD_MARK = "      writeF64(node + TAG, tag);\n      const before = swap32(node, marks);\n";
const HOLD_PUSH =
  "      if (owner != 0) {\n        store32(node + LINK, swap32(owner, <u32>node));\n        sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;\n      }\n";
const HOLD_END =
  "      store32(list, 0);\n      clear(cell);\n      if (sleeper != 0) notify(sleeper, ALL);\n      return true;\n";
const HOLD_FIRST = "      write32(list + FIRST, read32(node + NEXT));\n";
const HOLD_COUNT = "      store64(counts, count + 1);\n      writeF64(node + TAG, tag);\n";
const HOLD_REFUSE = "      if (node == 0 || (!additional && notified >= n) || read64(node + SERIAL) > limit) {\n";
const LISTEN_END =
  "      store64(counts, load64(counts) + ONE);\n      store32(list, 0);\n      turn(cell, OWN_LISTENER);\n      return node;\n";
const LISTEN_FIRST = "      write32(list + FIRST, first != 0 ? first : <u32>node);\n";
const LISTEN_TAIL = "      write32(list + TAIL, <u32>node);\n";
const LEAVE_COUNT = "      const count = load64(counts) - ONE - (state & NOTIFIED);\n";
const LEAVE_HEAD = "      write32(prev != 0 ? prev + NEXT : list + HEAD, <u32>next);\n";
const LEAVE_TAIL = "      write32(next != 0 ? next + PREV : list + TAIL, <u32>prev);\n";
const LEAVE_FIRST = "      const first = front == node ? next : front;\n";
const GOES_ON = "      const goesOn = how == PASS && first != 0 && (state & NOTIFIED) != 0;\n";
const GOES_WHEN = "      if (goesOn && ((state & ADDITIONAL) != 0 || (count & 0xffffffff) == 0)) {\n";
const PASS_FIRST = "        write32(list + FIRST, read32(first + NEXT));\n";
const PASS_COUNT = "        store64(counts, count + 1);\n        writeF64(first + TAG, readF64(node + TAG));\n";
const PASS_MARK = "        const before = swap32(first, state);\n";
const PASS_PUSH =
  "          store32(first + LINK, swap32(owner, <u32>first));\n          sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;\n";
const PASS_WAKE = "        if (sleeper != 0) notify(sleeper, ALL);\n      } else {\n";
const LOST = "  if ((state & TAGGED) != 0 && passed == 0) {\n";
const FREE =
  "  if (state != 0 && read32(node + OWNER) != 0) {\n    store32(node, LEFT);\n    return state | passed | KEPT;\n  }\n  giveBack(node, cell);\n";
const PARK =
  "  if (load32(node) == PARKED || cas32(node, 0, PARKED)) {\n    wait32(node, PARKED, timeoutNs < 0 ? -1 : <i64>timeoutNs);\n  }\n";
const IDLE = "  return count >> 32 == (count & 0xffffffff) || (!additional && <u32>count >= n);\n";

const AGAINST = "listener/listen against notify";
const GOES = "listener/two come, one goes, two are notified";
const NOTIFIERS = "listener/notify against notify";
const SIDE = "listener/listeners leave side by side";
const DROPPED = "listener/a notified one is dropped";
const SPILL = "listener/plain ones do not spill";
const MORE = "listener/additional ones always go on";
const DISCARDED = "listener/a notified one is discarded";
const LATER = "listener/nobody is notified who came later";
const FIXED = "listener/how many is fixed at the start";
const COUNTED = "listener/what is counted";
const WAKE = "listener/no wake-up is lost";
const FOR_WAITER = "listener/what is dropped is for who waits";
const OUT_OF_TIME = "listener/out of time";
const RING = "listener/awaited/no ring is lost";
const DRAINS = "listener/awaited/drains while they come";
const TWO_READY = "listener/awaited/one drain for two";
const THREE_READY = "listener/awaited/three are ready";
const READY_DROPPED = "listener/awaited/one is dropped while it is ready";
const LAST_GIVEN_UP = "listener/awaited/the last one is given up";
const PASSED_RING = "listener/awaited/dropped, for one that is awaited";
const TAGS = "listener/tags/one for each";
const TAGS_GO_ON = "listener/tags/go on";
const TAGS_LATER = "listener/tags/nobody is reached who came later";
const KILLED = "listener/kills/listening and notifying";
const KILLED_NOTIFIER = "listener/kills/a notifier";
const KILLED_RINGER = "listener/kills/a ringer";

export const listenerMutants = [
  // ── waking ──
  mutant({
    name: "wakeBeforeMark",
    why: "who is woken looks before he is marked, and sleeps again",
    edits: [
      [
        HOLD_MARK,
        "      writeF64(node + TAG, tag);\n      if (load32(node) == PARKED) notify(node, 1);\n      const before = swap32(node, marks);\n",
      ],
      [HOLD_END, HOLD_END.replace("if (sleeper != 0) notify", "if (owner != 0 && sleeper != 0) notify")],
    ],
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "wakeOutsideWindow",
    why: "a notifier that is killed between the mark and the wake-up leaves its listener asleep",
    edits: [
      [
        HOLD_END,
        HOLD_END.replace(
          "      if (sleeper",
          "      for (let again = true; again; again = false) {\n      }\n      if (sleeper",
        ),
      ],
    ],
    programs: [KILLED_NOTIFIER],
    expect: "deadlock",
  }),
  mutant({
    name: "ringOutsideWindow",
    why: "the same, and the bell is rung: nobody rings again",
    edits: [
      [
        HOLD_END,
        HOLD_END.replace(
          "      if (sleeper",
          "      for (let again = true; again; again = false) {\n      }\n      if (sleeper",
        ),
      ],
    ],
    programs: [KILLED_RINGER],
    expect: "deadlock",
  }),
  mutant({
    name: "lockKeptWhenKilled",
    why: "a loop under the lock is a place to be killed",
    edits: [[LISTEN_END, `      for (let again = true; again; again = false) {\n      }\n${LISTEN_END}`]],
    programs: [KILLED],
    expect: "deadlock",
  }),
  mutant({
    name: "wakeForgotten",
    why: "marked and left asleep",
    edits: [[HOLD_END, HOLD_END.replace("      if (sleeper != 0) notify(sleeper, ALL);\n", "")]],
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "wakeForgottenWhenPassed",
    why: "the same under a leave",
    edits: [[PASS_WAKE, "      } else {\n"]],
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "markByStore",
    why: "a listener that says that it parks meanwhile is not woken",
    edits: [
      [
        "      const before = swap32(node, marks);\n",
        "      const before = load32(node);\n      store32(node, marks);\n",
      ],
    ],
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "passedMarkByStore",
    why: "the same under a leave",
    edits: [[PASS_MARK, "        const before = load32(first);\n        store32(first, state);\n"]],
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "parksByStore",
    why: "the mark that comes meanwhile is lost",
    edits: [
      [
        PARK,
        PARK.replace(
          "load32(node) == PARKED || cas32(node, 0, PARKED)",
          "load32(node) == PARKED || load32(node) == 0",
        ).replace("    wait32", "    store32(node, PARKED);\n    wait32"),
      ],
    ],
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "parksUnsaid",
    why: "nobody knows that there is somebody to wake",
    edits: [[PARK, "  wait32(node, 0, timeoutNs < 0 ? -1 : <i64>timeoutNs);\n"]],
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "parksOnMark",
    why: "a second wait after a wake-up for nothing does not park, and goes round in circles",
    edits: [[PARK, PARK.replace("load32(node) == PARKED || cas32", "cas32")]],
    programs: ["listener/woken for nothing"],
    expect: "livelock",
  }),
  mutant({
    name: "wakeTrusted",
    why: "woken for nothing, and told that it was notified",
    edits: [
      [
        PARK,
        PARK.replace("    wait32", "    if (wait32").replace(
          "<i64>timeoutNs);\n",
          "<i64>timeoutNs) == 0) return NOTIFIED;\n",
        ),
      ],
    ],
    programs: ["listener/woken for nothing"],
    expect: "linearizability",
  }),

  // ── the early way out ──
  mutant({
    name: "idleByTotal",
    why: "as many listeners as are to be notified does not mean that they are",
    edits: [[IDLE, IDLE.replace("<u32>count >= n", "count >> 32 >= n")]],
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "idleWhenAnyIsNotified",
    why: "one of two is notified, and the other sleeps on",
    edits: [[IDLE, IDLE.replace("<u32>count >= n", "<u32>count != 0")]],
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "idleForAdditional",
    why: "additional ones do not count who is notified already",
    edits: [[IDLE, IDLE.replace("!additional && ", "")]],
    programs: [MORE, NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "countedBeforeLock",
    why: "the one look at the counts is before the lock, and what it saw is stored back",
    edits: [
      [
        "  const list = listOf(event);\n  const counts = countsOf(event);\n  let step: u32 = 0;\n  while (true) {\n    if (cas32(list, 0, 1)) {\n      const serial",
        "  const list = listOf(event);\n  const counts = countsOf(event);\n  let step: u32 = 0;\n  const seen = load64(counts);\n  while (true) {\n    if (cas32(list, 0, 1)) {\n      const serial",
      ],
      [LISTEN_END, LISTEN_END.replace("load64(counts)", "seen")],
    ],
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "countedAfterUnlock",
    why: "two that count at once count one, and a notifier that looks in between finds nobody",
    edits: [
      [LISTEN_END, "      store32(list, 0);\n      store64(counts, load64(counts) + ONE);\n      return node;\n"],
    ],
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "notifiedNotCounted",
    why: "a plain one notifies the next although one is notified",
    edits: [[HOLD_COUNT, "      writeF64(node + TAG, tag);\n"]],
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "leaverStaysCounted",
    why: "who has left counts",
    edits: [[LEAVE_COUNT, LEAVE_COUNT.replace(" - ONE", "")]],
    programs: [COUNTED],
    expect: "linearizability",
  }),
  mutant({
    name: "leaverStaysNotified",
    why: "who has left counts as notified, and the next one sleeps",
    edits: [[LEAVE_COUNT, LEAVE_COUNT.replace(" - (state & NOTIFIED)", "")]],
    programs: [COUNTED],
    expect: "linearizability",
  }),
  mutant({
    name: "passedInTwoSteps",
    why: "between the two, nobody is notified: another's plain notification comes in between",
    edits: [[PASS_COUNT, `        store64(counts, count);\n${PASS_COUNT}`]],
    programs: [DROPPED],
    expect: "linearizability",
  }),

  // ── the list ──
  mutant({
    name: "listLockByStore",
    why: "two have the lock",
    edits: [
      [
        "    if (cas32(list, 0, 1)) {\n      const serial",
        "    if (load32(list) == 0) {\n      store32(list, 1);\n      const serial",
      ],
    ],
    programs: [AGAINST],
    expect: "race",
  }),
  mutant({
    name: "notifyWithoutLock",
    why: "the list changes under a notifier",
    edits: [
      [
        "    if (cas32(list, 0, 1)) {\n      const count = load64(counts);\n",
        "    {\n      const count = load64(counts);\n",
      ],
    ],
    programs: [AGAINST],
    expect: "race",
  }),
  mutant({
    name: "firstNotAdvanced",
    why: "the same listener is notified again and again",
    edits: [[HOLD_FIRST, ""]],
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "firstNotAdvancedWhenPassed",
    why: "the same under a leave",
    edits: [[PASS_FIRST, "        write32(list + FIRST, <u32>first);\n"]],
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "firstOfAll",
    why: "a new listener is the next to be notified, and who came before it never is",
    edits: [[LISTEN_FIRST, "      write32(list + FIRST, <u32>node);\n"]],
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "firstHasLeft",
    why: "a listener that left is the next to be notified",
    edits: [[LEAVE_FIRST, "      const first = front;\n"]],
    programs: [SIDE, AGAINST],
    expect: "use after free",
  }),
  mutant({
    name: "tailForgotten",
    why: "a new listener hangs behind the one before the last",
    edits: [[LISTEN_TAIL, ""]],
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "tailHasLeft",
    why: "a new listener hangs behind one that left",
    edits: [[LEAVE_TAIL, "      if (next != 0) write32(next + PREV, <u32>prev);\n"]],
    programs: ["listener/come and go", SIDE],
    expect: "use after free",
  }),
  mutant({
    name: "nextKeepsLeaver",
    why: "who stood before the leaver leads to it still",
    edits: [[LEAVE_HEAD, "      if (prev == 0) write32(list + HEAD, <u32>next);\n"]],
    programs: [GOES, SIDE],
    expect: "use after free",
  }),
  mutant({
    name: "usedNodeKeepsNext",
    why: "a node that was used before leads to where it led then",
    edits: [["  write32(node + NEXT, 0);\n", ""]],
    programs: [AGAINST],
    expect: "bounds",
  }),
  mutant({
    name: "usedNodeKeepsState",
    why: "a node that was used before says that somebody parks who does not, or worse: its listener never does",
    edits: [["  store32(node, 0);\n  write32(node + NEXT, 0);\n", "  write32(node + NEXT, 0);\n"]],
    programs: [WAKE],
    expect: "livelock",
  }),
  mutant({
    name: "usedNodeKeepsOwner",
    why: "a node that was used before rings at a doorbell that is not its",
    edits: [["  write32(node + OWNER, 0);\n  write32(node + OF_CELL", "  write32(node + OF_CELL"]],
    programs: [AGAINST],
    expect: "bounds",
  }),

  // ── how many, and who ──
  mutant({
    name: "limitIgnored",
    why: "who listens again meanwhile is notified again",
    edits: [[HOLD_REFUSE, HOLD_REFUSE.replace(" || read64(node + SERIAL) > limit", "")]],
    programs: [LATER],
    expect: "linearizability",
  }),
  mutant({
    name: "limitNotKept",
    why: "the same: every step looks anew who is there",
    edits: [["      limit = lastSerial;\n", ""]],
    programs: [LATER],
    expect: "linearizability",
  }),
  mutant({
    name: "serialStays",
    why: "all listeners came after those that were there when the call began",
    edits: [["      write64(list + LAST_SERIAL, serial);\n", ""]],
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "quotaNotKept",
    why: "one that takes its notification meanwhile is made up for, though it was notified when the call came",
    edits: [["      left = quota;\n", ""]],
    programs: [FIXED],
    expect: "linearizability",
  }),
  mutant({
    name: "quotaOfNotified",
    why: "those that are notified already do not count",
    edits: [["        quota = additional ? n : n - min(n, notified);\n", "        quota = n;\n"]],
    programs: [FIXED],
    expect: "linearizability",
  }),
  mutant({
    name: "plainBeyondEnough",
    why: "others have notified enough meanwhile",
    edits: [[HOLD_REFUSE, HOLD_REFUSE.replace(" || (!additional && notified >= n)", "")]],
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "additionalAsPlain",
    why: "additional ones stop at those that are notified",
    edits: [[HOLD_REFUSE, HOLD_REFUSE.replace("!additional && ", "")]],
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "additionalForgotten",
    why: "a dropped additional one does not go on, for it does not say what it is",
    edits: [
      [
        "  const marks: u32 = additional ? NOTIFIED | ADDITIONAL : NOTIFIED;\n  let left",
        "  const marks: u32 = NOTIFIED;\n  let left",
      ],
    ],
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),

  // ── leaving ──
  mutant({
    name: "swallowed",
    why: "what a dropped listener was notified of reaches nobody",
    edits: [[GOES_ON, "      const goesOn = false;\n"]],
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "discardPasses",
    why: "what was discarded goes on",
    edits: [[GOES_ON, GOES_ON.replace("how == PASS", "how != TAKE")]],
    programs: [DISCARDED],
    expect: "linearizability",
  }),
  mutant({
    name: "takenAndPassed",
    why: "what was taken goes on as well",
    edits: [[GOES_ON, GOES_ON.replace("how == PASS && ", "")]],
    programs: [AGAINST, DROPPED],
    expect: "linearizability",
  }),
  mutant({
    name: "passesWhatIsNotThere",
    why: "a listener that was not notified notifies the next",
    edits: [[GOES_ON, GOES_ON.replace(" && (state & NOTIFIED) != 0", "")]],
    programs: [GOES],
    expect: "linearizability",
  }),
  mutant({
    name: "plainSpills",
    why: "a plain one goes on although another is notified",
    edits: [[GOES_WHEN, "      if (goesOn) {\n"]],
    programs: [SPILL],
    expect: "linearizability",
  }),
  mutant({
    name: "additionalDoesNotGoOn",
    why: "an additional one stops where another is notified",
    edits: [
      [
        GOES_WHEN,
        GOES_WHEN.replace("((state & ADDITIONAL) != 0 || (count & 0xffffffff) == 0)", "(count & 0xffffffff) == 0"),
      ],
    ],
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "passedOfAnotherKind",
    why: "an additional one goes on as a plain one",
    edits: [[PASS_MARK, "        const before = swap32(first, state & ~<u32>ADDITIONAL);\n"]],
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "passedToNobody",
    why: "counted, and marked nowhere",
    edits: [[PASS_MARK, "        const before = load32(first);\n"]],
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "stateBeforeLock",
    why: "a notification that comes while the time runs out is swallowed",
    edits: [
      [
        "  let state: u32 = 0;\n  let passed: u32 = 0;\n",
        "  let state: u32 = load32(node) & MARKS;\n  let passed: u32 = 0;\n",
      ],
      ["      state = load32(node) & MARKS;\n", ""],
    ],
    programs: [OUT_OF_TIME],
    expect: "deadlock",
  }),

  // ── tags ──
  mutant({
    name: "tagAfterState",
    why: "who is notified finds no tag",
    edits: [
      [HOLD_MARK, "      const before = swap32(node, marks);\n"],
      [
        HOLD_END,
        "      store32(list, 0);\n      writeF64(node + TAG, tag);\n      if (sleeper != 0) notify(sleeper, ALL);\n      return true;\n",
      ],
    ],
    programs: [TAGS],
    expect: "race",
  }),
  mutant({
    name: "tagForgottenWhenPassed",
    why: "the notification goes on and the tag does not",
    edits: [[PASS_COUNT, "        store64(counts, count + 1);\n"]],
    programs: [TAGS_GO_ON],
    expect: "double free",
  }),
  mutant({
    name: "tagFreedWhenPassed",
    why: "the tag goes on and is freed",
    edits: [[LOST, "  if ((state & TAGGED) != 0) {\n"]],
    programs: [TAGS_GO_ON],
    expect: "double free",
  }),
  mutant({
    name: "tagFreedWhenTaken",
    why: "the tag is freed that the caller has",
    edits: [
      [
        "      tag = value;\n    } else {\n      discard(content, value, ofTag);\n    }\n",
        "      tag = value;\n    }\n    discard(content, value, ofTag);\n",
      ],
    ],
    programs: ["listener/tags/of blocks, one for each"],
    expect: "double free",
  }),
  mutant({
    name: "tagNotFreed",
    why: "a tag that was lost leaks",
    edits: [["      discard(content, value, ofTag);\n", ""]],
    programs: ["listener/tags/of blocks, one for each"],
    expect: "accounting",
  }),
  mutant({
    name: "tagReadAfterFree",
    why: "the node with the tag is somebody else's by then",
    edits: [
      ["          value = readF64(node + TAG);\n          seize(content, value, ofTag);\n", ""],
      [LOST, `  giveBack(node, cell);\n  value = readF64(node + TAG);\n${LOST}`],
      [FREE, ""],
    ],
    programs: [TAGS],
    expect: "use after free",
  }),
  mutant({
    name: "tagsWithoutLimit",
    why: "who listens again meanwhile gets the second tag",
    edits: [["limit < 0 ? NO_LIMIT : <u64>limit, tag, cell);", "NO_LIMIT, tag, cell);"]],
    programs: [TAGS_LATER],
    expect: "linearizability",
  }),

  // ── the doorbell ──
  mutant({
    name: "rungBeforePush",
    why: "the owner looks before the listener is ready, and rests",
    edits: [
      [
        HOLD_PUSH,
        "      if (owner != 0) {\n        sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;\n        if (sleeper != 0) notify(sleeper, ALL);\n        store32(node + LINK, swap32(owner, <u32>node));\n      }\n",
      ],
    ],
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "pushedAfterUnlock",
    why: "the listener has left, and its node is freed, when it becomes ready",
    edits: [
      [HOLD_PUSH, ""],
      [
        HOLD_END,
        `      store32(list, 0);\n${HOLD_PUSH}      if (sleeper != 0) notify(sleeper, ALL);\n      return true;\n`,
      ],
    ],
    programs: [LAST_GIVEN_UP],
    expect: "use after free",
  }),
  mutant({
    name: "rungAfterUnlock",
    why: "the last listener has left, and its owner's doorbell is freed, when it is rung",
    edits: [
      [HOLD_PUSH, HOLD_PUSH.replace("        sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;\n", "")],
      [
        HOLD_END,
        "      store32(list, 0);\n      if (owner != 0) sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;\n      if (sleeper != 0) notify(sleeper, ALL);\n      return true;\n",
      ],
    ],
    programs: [LAST_GIVEN_UP],
    expect: "use after free",
  }),
  mutant({
    name: "pushedByStore",
    why: "what was ready before is forgotten",
    edits: [
      [
        HOLD_PUSH,
        HOLD_PUSH.replace(
          "store32(node + LINK, swap32(owner, <u32>node));",
          "store32(node + LINK, 0);\n        store32(owner, <u32>node);",
        ),
      ],
    ],
    programs: [THREE_READY],
    expect: "deadlock",
  }),
  mutant({
    name: "pushedByLoadAndStore",
    why: "what the owner took meanwhile is ready again",
    edits: [
      [
        HOLD_PUSH,
        HOLD_PUSH.replace(
          "store32(node + LINK, swap32(owner, <u32>node));",
          "store32(node + LINK, load32(owner));\n        store32(owner, <u32>node);",
        ),
      ],
    ],
    programs: [DRAINS],
    expect: "use after free",
  }),
  mutant({
    name: "bellNotRung",
    why: "the owner rests, and listeners are ready",
    edits: [[HOLD_PUSH, HOLD_PUSH.replace("        sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;\n", "")]],
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "bellNotRungWhenPassed",
    why: "the same under a leave",
    edits: [[PASS_PUSH, "          store32(first + LINK, swap32(owner, <u32>first));\n"]],
    programs: [PASSED_RING],
    expect: "deadlock",
  }),
  mutant({
    name: "sleeperNotRung",
    why: "the bell is rung, and its owner is left asleep",
    edits: [
      [
        HOLD_PUSH,
        HOLD_PUSH.replace(
          "swap32(owner + BELL, 1) == 0 ? owner + BELL : 0",
          "swap32(owner + BELL, 1) != 0 ? owner + BELL : 0",
        ),
      ],
    ],
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "rungAsBlocking",
    why: "a listener that is awaited does not park on its own word",
    edits: [
      [
        "      const owner = <usize>read32(node + OWNER);\n      // Where",
        "      const owner: usize = 0;\n      // Where",
      ],
    ],
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "passedAsBlocking",
    why: "the same under a leave",
    edits: [["        const owner = <usize>read32(first + OWNER);\n", "        const owner: usize = 0;\n"]],
    programs: [PASSED_RING],
    expect: "deadlock",
  }),
  inDoorbell({
    name: "bellNotSilenced",
    why: "the owner does not rest any more",
    edits: [["  store32(doorbell + BELL, 0);\n  let node", "  let node"]],
    programs: [TWO_READY],
    expect: "livelock",
  }),
  inDoorbell({
    name: "silencedAfterTheList",
    why: "a ring that comes in between is silenced, and what it rang for is not taken",
    edits: [
      [
        "  store32(doorbell + BELL, 0);\n  let node = <usize>swap32(doorbell, 0);\n",
        "  let node = <usize>swap32(doorbell, 0);\n  store32(doorbell + BELL, 0);\n",
      ],
    ],
    programs: [TWO_READY],
    expect: "deadlock",
  }),
  inDoorbell({
    name: "drainedByStore",
    why: "what is pushed between the load and the store is forgotten",
    edits: [
      [
        "  let node = <usize>swap32(doorbell, 0);\n",
        "  let node = <usize>load32(doorbell);\n  store32(doorbell, 0);\n",
      ],
    ],
    programs: [DRAINS],
    expect: "deadlock",
  }),
  inDoorbell({
    name: "pendingNotWaitedFor",
    why: "the notifier has not said yet what lies below: the list leads astray",
    edits: [["    if (link != PENDING) return <usize>link;\n", "    return <usize>link;\n"]],
    programs: [DRAINS],
    expect: "bounds",
  }),
  inDoorbell({
    name: "pendingIsTheEnd",
    why: "the notifier has not said yet what lies below, and it is taken for nothing",
    edits: [["    if (link != PENDING) return <usize>link;\n", "    return link != PENDING ? <usize>link : 0;\n"]],
    programs: [TWO_READY],
    expect: "deadlock",
  }),
  mutant({
    name: "linkNotPending",
    why: "the same: the link of a node says that nothing is below before anybody knows",
    edits: [["((<u64>id) << 32) | PENDING", "(<u64>id) << 32"]],
    programs: [TWO_READY],
    expect: "deadlock",
  }),
  mutant({
    name: "freedWhileReady",
    why: "others' links lead over the node, and the owner finds it",
    edits: [[FREE, "  giveBack(node, cell);\n"]],
    programs: [READY_DROPPED],
    expect: "use after free",
  }),
  inDoorbell({
    name: "leftNotFreed",
    why: "the node of a listener that left while it was ready leaks",
    edits: [["      giveBack(node, cell);\n      if (cell != 0) {", "      if (cell != 0) {"]],
    programs: [READY_DROPPED],
    expect: "accounting",
  }),
  inDoorbell({
    name: "ownerStays",
    why: "a listener that is off the list leaves as if it were on it, and its node leaks",
    edits: [["      write32(node + OWNER, 0);\n", ""]],
    programs: [RING],
    expect: "accounting",
  }),
  inDoorbell({
    name: "closedWithReady",
    why: "what is still on the list leaks with the doorbell",
    edits: [["  takeReady(doorbell);\n  giveBack(doorbell, cell);\n", "  giveBack(doorbell, cell);\n"]],
    programs: [LAST_GIVEN_UP],
    expect: "accounting",
  }),
  mutant({
    name: "enlistedWithoutLock",
    why: "a notification that comes meanwhile does not know of the owner, and the owner not of it",
    edits: [
      [
        "    if (cas32(list, 0, 1)) {\n      const state = load32(node) & MARKS;\n",
        "    {\n      const state = load32(node) & MARKS;\n",
      ],
      [
        "      write32(node + OWNER, state == 0 ? <u32>owner : 0);\n      store32(list, 0);\n      return state;\n",
        "      write32(node + OWNER, state == 0 ? <u32>owner : 0);\n      return state;\n",
      ],
    ],
    programs: ["listener/awaited/await against notify"],
    expect: "race",
  }),
  mutant({
    name: "ownedThoughNotified",
    why: "a listener that was notified before is not on the list, and its node leaks",
    edits: [["state == 0 ? <u32>owner : 0);", "<u32>owner);"]],
    programs: ["listener/awaited/await against notify"],
    expect: "accounting",
  }),
];
