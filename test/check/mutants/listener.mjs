/**
 * Seeded faults of the event and its listeners. What a mutant is: mutant.mjs.
 */
import { inFile } from "./mutant.mjs";

const mutant = inFile("src/listener/kernel/event.ts");
const inDoorbell = inFile("src/listener/kernel/doorbell.ts");

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
    patch: `
        writeF64(node + TAG, tag);
      + if (load32(node) == PARKED) notify(node, 1);

        clear(cell);
      - if (sleeper != 0) notify(sleeper, ALL);
      + if (owner != 0 && sleeper != 0) notify(sleeper, ALL);
    `,
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "wakeOutsideWindow",
    why: "a notifier that is killed between the mark and the wake-up leaves its listener asleep",
    patch: `
        clear(cell);
      + for (let again = true; again; again = false) {
      + }
    `,
    programs: [KILLED_NOTIFIER],
    expect: "deadlock",
  }),
  mutant({
    name: "ringOutsideWindow",
    why: "the same, and the bell is rung: nobody rings again",
    patch: `
        clear(cell);
      + for (let again = true; again; again = false) {
      + }
    `,
    programs: [KILLED_RINGER],
    expect: "deadlock",
  }),
  mutant({
    name: "lockKeptWhenKilled",
    why: "a loop under the lock is a place to be killed",
    patch: `
        write32(list + FIRST, first != 0 ? first : <u32>node);
      + for (let again = true; again; again = false) {
      + }
    `,
    programs: [KILLED],
    expect: "deadlock",
  }),
  mutant({
    name: "wakeForgotten",
    why: "marked and left asleep",
    patch: `
        clear(cell);
      - if (sleeper != 0) notify(sleeper, ALL);
    `,
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "wakeForgottenWhenPassed",
    why: "the same under a leave",
    patch: `
        setKind(cell, OWN_BLOCK);
      - if (sleeper != 0) notify(sleeper, ALL);
    `,
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "markByStore",
    why: "a listener that says that it parks meanwhile is not woken",
    patch: `
      - const before = swap32(node, marks);
      + const before = load32(node);
      + store32(node, marks);
    `,
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "passedMarkByStore",
    why: "the same under a leave",
    patch: `
      - const before = swap32(first, state);
      + const before = load32(first);
      + store32(first, state);
    `,
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "parksByStore",
    why: "the mark that comes meanwhile is lost",
    patch: `
      - if (load32(node) == PARKED || cas32(node, 0, PARKED)) {
      + if (load32(node) == PARKED || load32(node) == 0) {
      +   store32(node, PARKED);
    `,
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "parksUnsaid",
    why: "nobody knows that there is somebody to wake",
    patch: `
      - if (load32(node) == PARKED || cas32(node, 0, PARKED)) {
      -   wait32(node, PARKED, timeoutNs < 0 ? -1 : <i64>timeoutNs);
      - }
      + wait32(node, 0, timeoutNs < 0 ? -1 : <i64>timeoutNs);
    `,
    programs: [WAKE],
    expect: "deadlock",
  }),
  mutant({
    name: "parksOnMark",
    why: "a second wait after a wake-up for nothing does not park, and goes round in circles",
    patch: `
      - if (load32(node) == PARKED || cas32(node, 0, PARKED)) {
      + if (cas32(node, 0, PARKED)) {
    `,
    programs: ["listener/woken for nothing"],
    expect: "livelock",
  }),
  mutant({
    name: "wakeTrusted",
    why: "woken for nothing, and told that it was notified",
    patch: `
      - wait32(node, PARKED, timeoutNs < 0 ? -1 : <i64>timeoutNs);
      + if (wait32(node, PARKED, timeoutNs < 0 ? -1 : <i64>timeoutNs) == 0) return NOTIFIED;
    `,
    programs: ["listener/woken for nothing"],
    expect: "linearizability",
  }),

  // ── the early way out ──
  mutant({
    name: "idleByTotal",
    why: "as many listeners as are to be notified does not mean that they are",
    patch: `
      - return count >> 32 == (count & 0xffffffff) || (!additional && <u32>count >= n);
      + return count >> 32 == (count & 0xffffffff) || (!additional && count >> 32 >= n);
    `,
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "idleWhenAnyIsNotified",
    why: "one of two is notified, and the other sleeps on",
    patch: `
      - return count >> 32 == (count & 0xffffffff) || (!additional && <u32>count >= n);
      + return count >> 32 == (count & 0xffffffff) || (!additional && <u32>count != 0);
    `,
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "idleForAdditional",
    why: "additional ones do not count who is notified already",
    patch: `
      - return count >> 32 == (count & 0xffffffff) || (!additional && <u32>count >= n);
      + return count >> 32 == (count & 0xffffffff) || (<u32>count >= n);
    `,
    programs: [MORE, NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "countedBeforeLock",
    why: "the one look at the counts is before the lock, and what it saw is stored back",
    patch: `
        const counts = countsOf(event);
        let step: u32 = 0;
      + const seen = load64(counts);

      - store64(counts, load64(counts) + ONE);
      + store64(counts, seen + ONE);
    `,
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "countedAfterUnlock",
    why: "two that count at once count one, and a notifier that looks in between finds nobody",
    patch: `
      - store64(counts, load64(counts) + ONE);
        store32(list, 0);
      - setKind(cell, OWN_LISTENER);
      + store64(counts, load64(counts) + ONE);
    `,
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "notifiedNotCounted",
    why: "a plain one notifies the next although one is notified",
    patch: `
        write32(list + FIRST, read32(node + NEXT));
      - store64(counts, count + 1);
    `,
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "leaverStaysCounted",
    why: "who has left counts",
    patch: `
      - const count = load64(counts) - ONE - (state & NOTIFIED);
      + const count = load64(counts) - (state & NOTIFIED);
    `,
    programs: [COUNTED],
    expect: "linearizability",
  }),
  mutant({
    name: "leaverStaysNotified",
    why: "who has left counts as notified, and the next one sleeps",
    patch: `
      - const count = load64(counts) - ONE - (state & NOTIFIED);
      + const count = load64(counts) - ONE;
    `,
    programs: [COUNTED],
    expect: "linearizability",
  }),
  mutant({
    name: "passedInTwoSteps",
    why: "between the two, nobody is notified: another's plain notification comes in between",
    patch: `
        write32(list + FIRST, read32(first + NEXT));
      + store64(counts, count);
    `,
    programs: [DROPPED],
    expect: "linearizability",
  }),

  // ── the list ──
  mutant({
    name: "listLockByStore",
    why: "two have the lock",
    patch: `
      - if (cas32(list, 0, 1)) {
      + if (load32(list) == 0) {
      +   store32(list, 1);
          const serial = read64(list + LAST_SERIAL) + 1;
    `,
    programs: [AGAINST],
    expect: "race",
  }),
  mutant({
    name: "notifyWithoutLock",
    why: "the list changes under a notifier",
    patch: `
      - if (cas32(list, 0, 1)) {
      + {
          const count = load64(counts);
    `,
    programs: [AGAINST],
    expect: "race",
  }),
  mutant({
    name: "firstNotAdvanced",
    why: "the same listener is notified again and again",
    patch: `
      - write32(list + FIRST, read32(node + NEXT));
    `,
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "firstNotAdvancedWhenPassed",
    why: "the same under a leave",
    patch: `
      - write32(list + FIRST, read32(first + NEXT));
      + write32(list + FIRST, <u32>first);
    `,
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "firstOfAll",
    why: "a new listener is the next to be notified, and who came before it never is",
    patch: `
      - write32(list + FIRST, first != 0 ? first : <u32>node);
      + write32(list + FIRST, <u32>node);
    `,
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "firstHasLeft",
    why: "a listener that left is the next to be notified",
    patch: `
      - const first = front == node ? next : front;
      + const first = front;
    `,
    programs: [SIDE, AGAINST],
    expect: "use after free",
  }),
  mutant({
    name: "tailForgotten",
    why: "a new listener hangs behind the one before the last",
    patch: `
      - write32(next != 0 ? next + PREV : list + TAIL, <u32>node);
    `,
    programs: [AGAINST],
    expect: "linearizability",
  }),
  mutant({
    name: "tailHasLeft",
    why: "a new listener hangs behind one that left",
    patch: `
      - write32(next != 0 ? next + PREV : list + TAIL, <u32>prev);
      + if (next != 0) write32(next + PREV, <u32>prev);
    `,
    programs: ["listener/come and go", SIDE],
    expect: "use after free",
  }),
  mutant({
    name: "nextKeepsLeaver",
    why: "who stood before the leaver leads to it still",
    patch: `
      - write32(prev != 0 ? prev + NEXT : list + HEAD, <u32>next);
      + if (prev == 0) write32(list + HEAD, <u32>next);
        write32(next != 0 ? next + PREV : list + TAIL, <u32>prev);
    `,
    programs: [GOES, SIDE],
    expect: "use after free",
  }),
  mutant({
    name: "usedNodeKeepsNext",
    why: "a node that was used before leads to where it led then",
    patch: `
      - write32(node + NEXT, <u32>next);
    `,
    programs: [AGAINST],
    expect: "bounds",
  }),
  mutant({
    name: "usedNodeKeepsState",
    why: "a node that was used before says that somebody parks who does not, or worse: its listener never does",
    patch: `
        if (node == 0) return 0;
      - store32(node, 0);
    `,
    programs: [WAKE],
    expect: "livelock",
  }),
  mutant({
    name: "usedNodeKeepsOwner",
    why: "a node that was used before rings at a doorbell that is not its",
    patch: `
      - write32(node + OWNER, 0);
    `,
    programs: [AGAINST],
    expect: "bounds",
  }),

  // ── how many, and who ──
  mutant({
    name: "limitIgnored",
    why: "who listens again meanwhile is notified again",
    patch: `
      - if (node == 0 || (!additional && notified >= n) || read64(node + SERIAL) > limit) {
      + if (node == 0 || (!additional && notified >= n)) {
    `,
    programs: [LATER],
    expect: "linearizability",
  }),
  mutant({
    name: "limitNotKept",
    why: "the same: every step looks anew who is there",
    patch: `
      - limit = lastSerial;
    `,
    programs: [LATER],
    expect: "linearizability",
  }),
  mutant({
    name: "serialStays",
    why: "all listeners came after those that were there when the call began",
    patch: `
        const prev = next != 0 ? <usize>read32(next + PREV) : <usize>read32(list + TAIL);
      - write64(list + LAST_SERIAL, serial);
    `,
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "quotaNotKept",
    why: "one that takes its notification meanwhile is made up for, though it was notified when the call came",
    patch: `
      - left = quota;
    `,
    programs: [FIXED],
    expect: "linearizability",
  }),
  mutant({
    name: "quotaOfNotified",
    why: "those that are notified already do not count",
    patch: `
      - quota = additional ? n : n - min(n, notified);
      + quota = n;
    `,
    programs: [FIXED],
    expect: "linearizability",
  }),
  mutant({
    name: "plainBeyondEnough",
    why: "others have notified enough meanwhile",
    patch: `
      - if (node == 0 || (!additional && notified >= n) || read64(node + SERIAL) > limit) {
      + if (node == 0 || read64(node + SERIAL) > limit) {
    `,
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),
  mutant({
    name: "additionalAsPlain",
    why: "additional ones stop at those that are notified",
    patch: `
      - if (node == 0 || (!additional && notified >= n) || read64(node + SERIAL) > limit) {
      + if (node == 0 || (notified >= n) || read64(node + SERIAL) > limit) {
    `,
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "additionalForgotten",
    why: "a dropped additional one does not go on, for it does not say what it is",
    patch: `
      - const marks: u32 = additional ? NOTIFIED | ADDITIONAL : NOTIFIED;
      + const marks: u32 = NOTIFIED;
    `,
    programs: [NOTIFIERS],
    expect: "linearizability",
  }),

  // ── leaving ──
  mutant({
    name: "swallowed",
    why: "what a dropped listener was notified of reaches nobody",
    patch: `
      - const goesOn = how == PASS && first != 0 && (state & (NOTIFIED | GRANTED)) == NOTIFIED;
      + const goesOn = false;
    `,
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "discardPasses",
    why: "what was discarded goes on",
    patch: `
      - const goesOn = how == PASS && first != 0 && (state & (NOTIFIED | GRANTED)) == NOTIFIED;
      + const goesOn = how != TAKE && first != 0 && (state & NOTIFIED) != 0;
    `,
    programs: [DISCARDED],
    expect: "linearizability",
  }),
  mutant({
    name: "takenAndPassed",
    why: "what was taken goes on as well",
    patch: `
      - const goesOn = how == PASS && first != 0 && (state & (NOTIFIED | GRANTED)) == NOTIFIED;
      + const goesOn = first != 0 && (state & NOTIFIED) != 0;
    `,
    programs: [AGAINST, DROPPED],
    expect: "linearizability",
  }),
  mutant({
    name: "passesWhatIsNotThere",
    why: "a listener that was not notified notifies the next",
    patch: `
      - const goesOn = how == PASS && first != 0 && (state & (NOTIFIED | GRANTED)) == NOTIFIED;
      + const goesOn = how == PASS && first != 0;
    `,
    programs: [GOES],
    expect: "linearizability",
  }),
  mutant({
    name: "plainSpills",
    why: "a plain one goes on although another is notified",
    patch: `
      - if (goesOn && ((state & ADDITIONAL) != 0 || (count & 0xffffffff) == 0)) {
      + if (goesOn) {
    `,
    programs: [SPILL],
    expect: "linearizability",
  }),
  mutant({
    name: "additionalDoesNotGoOn",
    why: "an additional one stops where another is notified",
    patch: `
      - if (goesOn && ((state & ADDITIONAL) != 0 || (count & 0xffffffff) == 0)) {
      + if (goesOn && (count & 0xffffffff) == 0) {
    `,
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "passedOfAnotherKind",
    why: "an additional one goes on as a plain one",
    patch: `
      - const before = swap32(first, state);
      + const before = swap32(first, state & ~<u32>ADDITIONAL);
    `,
    programs: [MORE],
    expect: "linearizability",
  }),
  mutant({
    name: "passedToNobody",
    why: "counted, and marked nowhere",
    patch: `
      - const before = swap32(first, state);
      + const before = load32(first);
    `,
    programs: [FOR_WAITER],
    expect: "deadlock",
  }),
  mutant({
    name: "stateBeforeLock",
    why: "a notification that comes while the time runs out is swallowed",
    patch: `
      - let state: u32 = 0;
      + let state: u32 = load32(node) & MARKS;

      - state = load32(node) & MARKS;
    `,
    programs: [OUT_OF_TIME],
    expect: "deadlock",
  }),

  // ── tags ──
  mutant({
    name: "tagAfterState",
    why: "who is notified finds no tag",
    patch: `
      - writeF64(node + TAG, tag);

      - clear(cell);
      + writeF64(node + TAG, tag);
    `,
    programs: [TAGS],
    expect: "race",
  }),
  mutant({
    name: "tagForgottenWhenPassed",
    why: "the notification goes on and the tag does not",
    patch: `
      - writeF64(first + TAG, readF64(node + TAG));
    `,
    programs: [TAGS_GO_ON],
    expect: "double free",
  }),
  mutant({
    name: "tagFreedWhenPassed",
    why: "the tag goes on and is freed",
    patch: `
      - if ((state & TAGGED) != 0 && passed == 0) {
      + if ((state & TAGGED) != 0) {
    `,
    programs: [TAGS_GO_ON],
    expect: "double free",
  }),
  mutant({
    name: "tagFreedWhenTaken",
    why: "the tag is freed that the caller has",
    patch: `
      - } else {
      -   discard(content, value, ofTag);
        }
      + discard(content, value, ofTag);
    `,
    programs: ["listener/tags/of blocks, one for each"],
    expect: "double free",
  }),
  mutant({
    name: "tagNotFreed",
    why: "a tag that was lost leaks",
    patch: `
      - discard(content, value, ofTag);
    `,
    programs: ["listener/tags/of blocks, one for each"],
    expect: "accounting",
  }),
  mutant({
    name: "tagReadAfterFree",
    why: "the node with the tag is somebody else's by then",
    patch: `
      - value = readF64(node + TAG);
      - seize(content, value, ofTag);

      + giveBack(node, cell);
      + value = readF64(node + TAG);
        if ((state & TAGGED) != 0 && passed == 0) {

      - if (state != 0 && read32(node + OWNER) != 0) {
      -   store32(node, LEFT);
      -   return state | passed | KEPT;
      - }
      - giveBack(node, cell);
    `,
    programs: [TAGS],
    expect: "use after free",
  }),
  mutant({
    name: "tagsWithoutLimit",
    why: "who listens again meanwhile gets the second tag",
    patch: `
      - return hold(event, n, marks, limit < 0 ? NO_LIMIT : <u64>limit, tag, cell);
      + return hold(event, n, marks, NO_LIMIT, tag, cell);
    `,
    programs: [TAGS_LATER],
    expect: "linearizability",
  }),

  // ── the doorbell ──
  mutant({
    name: "rungBeforePush",
    why: "the owner looks before the listener is ready, and rests",
    patch: `
      - store32(node + LINK, swap32(owner, <u32>node));
        sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
      + if (sleeper != 0) notify(sleeper, ALL);
      + store32(node + LINK, swap32(owner, <u32>node));
    `,
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "pushedAfterUnlock",
    why: "the listener has left, and its node is freed, when it becomes ready",
    patch: `
        let sleeper = (before & PARKED) != 0 ? node : 0;
      + store32(list, 0);

      - store32(list, 0);
      - clear(cell);
    `,
    programs: [LAST_GIVEN_UP],
    expect: "use after free",
  }),
  mutant({
    name: "rungAfterUnlock",
    why: "the last listener has left, and its owner's doorbell is freed, when it is rung",
    patch: `
      -   sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
        }
        store32(list, 0);
      - clear(cell);
      + if (owner != 0) sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
    `,
    programs: [LAST_GIVEN_UP],
    expect: "use after free",
  }),
  mutant({
    name: "pushedByStore",
    why: "what was ready before is forgotten",
    patch: `
      - store32(node + LINK, swap32(owner, <u32>node));
      + store32(node + LINK, 0);
      + store32(owner, <u32>node);
    `,
    programs: [THREE_READY],
    expect: "deadlock",
  }),
  mutant({
    name: "pushedByLoadAndStore",
    why: "what the owner took meanwhile is ready again",
    patch: `
      - store32(node + LINK, swap32(owner, <u32>node));
      + store32(node + LINK, load32(owner));
      + store32(owner, <u32>node);
    `,
    programs: [DRAINS],
    expect: "use after free",
  }),
  mutant({
    name: "bellNotRung",
    why: "the owner rests, and listeners are ready",
    patch: `
        store32(node + LINK, swap32(owner, <u32>node));
      - sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
    `,
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "bellNotRungWhenPassed",
    why: "the same under a leave",
    patch: `
        store32(first + LINK, swap32(owner, <u32>first));
      - sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
    `,
    programs: [PASSED_RING],
    expect: "deadlock",
  }),
  mutant({
    name: "sleeperNotRung",
    why: "the bell is rung, and its owner is left asleep",
    patch: `
        store32(node + LINK, swap32(owner, <u32>node));
      - sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
      + sleeper = swap32(owner + BELL, 1) != 0 ? owner + BELL : 0;
    `,
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "rungAsBlocking",
    why: "a listener that is awaited does not park on its own word",
    patch: `
      - const owner = <usize>read32(node + OWNER);
      + const owner: usize = 0;
    `,
    programs: [RING],
    expect: "deadlock",
  }),
  mutant({
    name: "passedAsBlocking",
    why: "the same under a leave",
    patch: `
      - const owner = <usize>read32(first + OWNER);
      + const owner: usize = 0;
    `,
    programs: [PASSED_RING],
    expect: "deadlock",
  }),
  inDoorbell({
    name: "bellNotSilenced",
    why: "the owner does not rest any more",
    patch: `
        export function takeReady(doorbell: usize): usize {
      -   store32(doorbell + BELL, 0);
    `,
    programs: [TWO_READY],
    expect: "livelock",
  }),
  inDoorbell({
    name: "silencedAfterTheList",
    why: "a ring that comes in between is silenced, and what it rang for is not taken",
    patch: `
      - store32(doorbell + BELL, 0);
        let node = <usize>swap32(doorbell, 0);
      + store32(doorbell + BELL, 0);
    `,
    programs: [TWO_READY],
    expect: "deadlock",
  }),
  inDoorbell({
    name: "drainedByStore",
    why: "what is pushed between the load and the store is forgotten",
    patch: `
      - let node = <usize>swap32(doorbell, 0);
      + let node = <usize>load32(doorbell);
      + store32(doorbell, 0);
    `,
    programs: [DRAINS],
    expect: "deadlock",
  }),
  inDoorbell({
    name: "pendingNotWaitedFor",
    why: "the notifier has not said yet what lies below: the list leads astray",
    patch: `
      - if (link != PENDING) return <usize>link;
      + return <usize>link;
    `,
    programs: [DRAINS],
    expect: "bounds",
  }),
  inDoorbell({
    name: "pendingIsTheEnd",
    why: "the notifier has not said yet what lies below, and it is taken for nothing",
    patch: `
      - if (link != PENDING) return <usize>link;
      + return link != PENDING ? <usize>link : 0;
    `,
    programs: [TWO_READY],
    expect: "deadlock",
  }),
  mutant({
    name: "linkNotPending",
    why: "the same: the link of a node says that nothing is below before anybody knows",
    patch: `
      - store64(node + LINK, ((<u64>id) << 32) | PENDING);
      + store64(node + LINK, (<u64>id) << 32);
    `,
    programs: [TWO_READY],
    expect: "deadlock",
  }),
  mutant({
    name: "freedWhileReady",
    why: "others' links lead over the node, and the owner finds it",
    patch: `
      - if (state != 0 && read32(node + OWNER) != 0) {
      -   store32(node, LEFT);
      -   return state | passed | KEPT;
      - }
    `,
    programs: [READY_DROPPED],
    expect: "use after free",
  }),
  inDoorbell({
    name: "leftNotFreed",
    why: "the node of a listener that left while it was ready leaks",
    patch: `
      - giveBack(node, cell);
    `,
    programs: [READY_DROPPED],
    expect: "accounting",
  }),
  inDoorbell({
    name: "ownerStays",
    why: "a listener that is off the list leaves as if it were on it, and its node leaks",
    patch: `
      - write32(node + OWNER, 0);
    `,
    programs: [RING],
    expect: "accounting",
  }),
  inDoorbell({
    name: "closedWithReady",
    why: "what is still on the list leaks with the doorbell",
    patch: `
      - takeReady(doorbell);
    `,
    programs: [LAST_GIVEN_UP],
    expect: "accounting",
  }),
  mutant({
    name: "enlistedWithoutLock",
    why: "a notification that comes meanwhile does not know of the owner, and the owner not of it",
    patch: `
      - if (cas32(list, 0, 1)) {
      + {
          const state = load32(node) & MARKS;
          write32(node + OWNER, state == 0 ? <u32>owner : 0);
      -   store32(list, 0);
    `,
    programs: ["listener/awaited/await against notify"],
    expect: "race",
  }),
  mutant({
    name: "ownedThoughNotified",
    why: "a listener that was notified before is not on the list, and its node leaks",
    patch: `
      - write32(node + OWNER, state == 0 ? <u32>owner : 0);
      + write32(node + OWNER, <u32>owner);
    `,
    programs: ["listener/awaited/await against notify"],
    expect: "accounting",
  }),
];
