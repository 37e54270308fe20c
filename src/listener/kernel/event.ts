/**
 * The event: its listeners, in the order in which they came, in one list under one lock.
 *
 *   head                           first                      tail
 *    |                               |                          |
 *    v                               v                          v
 *   notified <-> ... <-> notified <-> waiting <-> ... <-> waiting
 *
 * Invariants
 *   - Notified listeners stand before all that are not, for `first` is the only one that is ever notified. A listener whose
 *     notification was for nothing becomes `first`, or the last one (`again`). So the next to be notified is found without a search.
 *     It is the one that has waited longest; or, in an event where the newest goes first, the one that came last, as that is put before
 *     all that wait.
 *   - total = nodes in the list; notified = those before `first`. Both change in one store, so one load of the word tells
 *     whether a notification has anything to do.
 *   - Of those that are not notified none is older than the one before it, by their serials.
 *   - Links, serials, tags and owners are touched under the lock only, and therefore plainly. A state is changed under the
 *     lock, and looked at by the listener's own thread at any time.
 *   - A node is freed by its listener's thread (or its reaper) and nobody else, after it took it out of the list. A notifier touches a node
 *     under the lock only: when it wakes, all that is left to it is an address, and whoever sleeps there looks again.
 *   - An awaited listener that was notified is on its owner's ready list before the lock goes, and in the list's order.
 *   - The owner's bell is rung under the lock, too: once an owner has no listener left, nobody will write to its doorbell.
 *     Only the wake-up itself comes behind.
 *
 * Nothing is lost between looking and listening. Somebody who listens first and then looks, and somebody who changes what
 * is looked at first and then notifies: all of it is sequentially consistent. If the notifier's load of the counts does not
 * see the listener, the load came before the listener's store of them, and so did the change before the look. If it sees
 * as many notified as it was to notify, these have not taken their notifications yet; they will look after they have.
 *
 * Who may call what: `listen` and the notifications any thread that owns a strong count of the event; `enlist`, `waitOn`,
 * `stateOf`, `again` and `leave` the thread that listened, while somebody on it owns one; `leave` once.
 *
 * Windows: in each of `listen`, `hold`, `enlist`, `again` and `leave` the CAS that takes the lock .. the store that gives it back, and
 * behind that the stores to the cells that own the node and the tag; in `hold` and `leave` .. the wake-up behind that. So a
 * thread that is killed neither keeps the lock nor marks a listener that nobody wakes, and its reaper finds what it had: a
 * node that is in the list, or one that is not. Both say in full how a listener is marked: a function of that size would be a call in the checked build.
 */

import { discard, prepare, seize } from "../../arc/kernel/discard";
import { verifyEvent, verifyOwnedEvent } from "../../arc/kernel/verifyControl";
import { alloc, giveBack } from "../../heap/kernel/alloc";
import {
  cas32,
  load32,
  load64,
  notify,
  read32,
  read64,
  readF64,
  store32,
  store64,
  sub64,
  swap32,
  wait32,
  write32,
  write64,
  writeF64,
} from "../../heap/kernel/atomic";
import { snooze, spin } from "../../heap/kernel/backoff";
import { clear, EXTRA, setKind } from "../../heap/kernel/cells";
import { unit } from "../../heap/kernel/header";
import { beginLook, endLook } from "../../heap/kernel/looking";
import {
  ADDITIONAL,
  GRANTED,
  KEPT,
  NOTIFIED,
  OWN_BLOCK,
  OWN_LISTENER,
  OWN_PERMITS,
  PASS,
  PASSED,
  TAGGED,
  TAKE,
} from "../../heap/kernel/numbers";
import { slotCell } from "../../heap/kernel/threads";
import { verifyBlock } from "../../heap/kernel/verify";
import {
  BELL,
  CALL,
  contentOf,
  countsOf,
  describeEvent,
  EVENT,
  FIRST,
  HEAD,
  isNewestFirst,
  LAST_SERIAL,
  LEFT,
  LINK,
  listOf,
  NEXT,
  NODE,
  OF_CELL,
  OWNER,
  objectOf,
  PARKED,
  PENDING,
  PREV,
  QUEUED,
  SERIAL,
  TAG,
  TAIL,
  wordOf,
} from "./shape";

/** One listener, in the counts; one notified listener is 1. */
const ONE: u64 = 1 << 32;
/** What a notification has to say of itself. */
const MARKS: u32 = NOTIFIED | ADDITIONAL | TAGGED | GRANTED;
/**
 * How many to wake where one may sleep. One would do: on a listener's state its thread waits, on a bell its owner, and no wait is
 * left behind where a block is given back (listener/doorbell.ts). That a dead thread's are gone by then rests on the host,
 * though. If one is slow in that, the owner of the bell is woken beside it; and it costs nothing.
 */
const ALL: u32 = 0xffffffff;
/**
 * Not stored in a state: a notification that is not needed while the last listener that was notified is one that blocks, and has
 * not left. See `rouse`.
 */
const IN_TURN: u32 = 64;
/** A limit that no serial reaches. */
const NO_LIMIT: u64 = 0xffffffffffffffff;
/**
 * Looks at the state, each after a longer pause (backoff.ts), before a listener parks. A thread that is woken loses as much
 * time as many looks take, some 50 µs, so two threads that find each other awake go on ten times as fast; but who looks in
 * vain keeps the processor from others. So a thread takes many looks while that succeeds, and a few otherwise. Then it is
 * only now and then that it takes many: two threads that keep waking each other find out of that.
 */
const MANY_LOOKS: u32 = 200;
const FEW_LOOKS: u32 = 6;
const TRY_EVERY: u32 = 32;

/**
 * Makes a zeroed value into an event without listeners. `isNewestFirst`: of those that wait, the one that came last is notified first.
 * Its thread is the one that has just run, and may be looking still. `offset`: where it lies in the object that it is a part of.
 */
export function constructEvent(event: usize, content: u32, type: u32, isNewestFirst: bool, offset: u32): void {
  if (BUILD == 1) verifyEvent(event - offset);
  describeEvent(event, content, type, isNewestFirst, offset);
}

/** Listeners that have not left. */
export function listenerCount(event: usize): u32 {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  return <u32>(load64(countsOf(event)) >> 32);
}

/** Those of them that were notified. */
export function notifiedCount(event: usize): u32 {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  return <u32>load64(countsOf(event));
}

/**
 * A new listener behind all others, or before all that wait if the newest is first, for an empty `cell`. `call`: the cell to which
 * permits are to be granted, of a call that waits at a semaphore. Returns its node; 0: the heap is exhausted, nothing has changed.
 */
export function listen(event: usize, cell: usize, call: usize): usize {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  setKind(cell, OWN_BLOCK);
  const node = alloc(NODE, <u32>unit, cell);
  if (node == 0) return 0;
  store32(node, 0);
  write32(node + EVENT, <u32>event);
  write32(node + OWNER, 0);
  write32(node + OF_CELL, <u32>cell);
  write32(node + CALL, <u32>call);
  const goesFirst = isNewestFirst(event);
  const list = listOf(event);
  const counts = countsOf(event);
  let step: u32 = 0;
  while (true) {
    if (cas32(list, 0, 1)) {
      const serial = read64(list + LAST_SERIAL) + 1;
      const waiting = <usize>read32(list + FIRST);
      const first = goesFirst ? 0 : <u32>waiting;
      const next = goesFirst ? waiting : 0;
      const prev = next != 0 ? <usize>read32(next + PREV) : <usize>read32(list + TAIL);
      write64(list + LAST_SERIAL, serial);
      // As old as the one behind it: serials rise from head to tail, and a notification of all reaches both.
      write64(node + SERIAL, next != 0 ? read64(next + SERIAL) : serial);
      write32(node + PREV, <u32>prev);
      write32(node + NEXT, <u32>next);
      write32(prev != 0 ? prev + NEXT : list + HEAD, <u32>node);
      write32(next != 0 ? next + PREV : list + TAIL, <u32>node);
      write32(list + FIRST, first != 0 ? first : <u32>node);
      store64(counts, load64(counts) + ONE);
      store32(list, 0);
      setKind(cell, OWN_LISTENER);
      return node;
    }
    step = snooze(step);
  }
}

/** What the last `hold` that was a call's first found: the serial of the last listener, and how many to notify. */
let lastSerial: u64 = 0;
let quota: u32 = 0;
export function notifyLimit(): f64 {
  return <f64>lastSerial;
}
export function notifyQuota(): u32 {
  return quota;
}

/**
 * Notifies the first listener that is not, if there is one, its serial is not above `limit`, and (unless the notification is
 * additional) fewer than `n` are notified. True: it did, and what `cell` owns went with it as the tag.
 */
function hold(event: usize, n: u32, how: u32, limit: u64, tag: f64, cell: usize): bool {
  const list = listOf(event);
  const counts = countsOf(event);
  const marks = how & MARKS;
  const additional = (marks & ADDITIONAL) != 0;
  let step: u32 = 0;
  while (true) {
    if (cas32(list, 0, 1)) {
      const count = load64(counts);
      const notified = <u32>count;
      const node = <usize>read32(list + FIRST);
      if (limit == NO_LIMIT) {
        lastSerial = read64(list + LAST_SERIAL);
        quota = additional ? n : n - min(n, notified);
      }
      if (node == 0 || (!additional && notified >= n) || read64(node + SERIAL) > limit) {
        store32(list, 0);
        return false;
      }
      const ahead = <usize>read32(node + PREV);
      if ((how & IN_TURN) != 0 && ahead != 0 && read32(ahead + OWNER) == 0) {
        store32(list, 0);
        return false;
      }
      if ((how & GRANTED) != 0 && !handOver(event, read32(node + CALL))) {
        store32(list, 0);
        return false;
      }
      write32(list + FIRST, read32(node + NEXT));
      store64(counts, count + 1);
      writeF64(node + TAG, tag);
      const before = swap32(node, marks);
      const owner = <usize>read32(node + OWNER);
      // Where somebody is to be woken; 0: nobody sleeps.
      let sleeper = (before & PARKED) != 0 ? node : 0;
      if (owner != 0) {
        store32(node + LINK, swap32(owner, <u32>node));
        sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
      }
      store32(list, 0);
      clear(cell);
      if (sleeper != 0) notify(sleeper, ALL);
      return true;
    }
    step = snooze(step);
  }
}

/** Takes so many permits for a call as its cell says that it waits for, if there are as many. Under the lock. */
function handOver(event: usize, call: usize): bool {
  const word = wordOf(event);
  const need = read32(call + EXTRA);
  if (<u32>load64(word) < need) return false;
  sub64(word, QUEUED + need);
  return true;
}

/** Hands permits over to those that wait for them, from the first on, as long as there are enough for the next one. */
export function grant(event: usize): void {
  while (hold(event, 1, NOTIFIED | ADDITIONAL | GRANTED, NO_LIMIT, 0, 0));
}

/** Whether a notification of `n` listeners has nothing to do. */
export function isIdle(event: usize, n: u32, additional: bool): bool {
  const count = load64(countsOf(event));
  return count >> 32 == (count & 0xffffffff) || (!additional && <u32>count >= n);
}

/**
 * Notifies listeners until `n` are notified or, if `additional`, `n` of those that are not; those first that came first,
 * and none that came after the call began. Returns how many this call notified.
 *
 * One hold of the lock for each, so it is not one step. The first hold fixes how many the call may notify and the last
 * listener that it may reach; a plain one also stops when others have brought the notified ones to `n`, as it would have
 * found them if it had come later.
 */
export function notifyMany(event: usize, n: u32, additional: bool): u32 {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  if (isIdle(event, n, additional)) return 0;
  const marks: u32 = additional ? NOTIFIED | ADDITIONAL : NOTIFIED;
  let left = n;
  let limit = NO_LIMIT;
  let done: u32 = 0;
  while (done < left && hold(event, n, marks, limit, 0, 0)) {
    if (done == 0) {
      limit = lastSerial;
      left = quota;
    }
    done++;
  }
  return done;
}

/**
 * Notifies up to `n` listeners that take things from a common place, of which `n` were just put there. A listener that blocks
 * and was notified is enough, until it leaves: it will look, and when it finds more than it takes it rouses the next. One that is
 * awaited is not: its thread may be busy for as long as it likes.
 */
export function rouse(event: usize, n: u32): void {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  if (isIdle(event, n, true)) return;
  while (n > 0 && hold(event, n, NOTIFIED | ADDITIONAL | IN_TURN, NO_LIMIT, 0, 0)) n--;
}

/**
 * One step of such a notification, with a tag for the listener that it finds. `limit`: negative in the first step, which
 * leaves `notifyLimit()` for the following ones, and `notifyQuota()`, how many steps there may be. What the tag stands for is
 * owned by `cell`, unless that is 0, until the step hands it over. False: there was nobody, and the tag is still the caller's.
 */
export function notifyTagged(event: usize, n: u32, additional: bool, limit: f64, tag: f64, cell: usize): bool {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  const marks: u32 = additional ? NOTIFIED | ADDITIONAL | TAGGED : NOTIFIED | TAGGED;
  return hold(event, n, marks, limit < 0 ? NO_LIMIT : <u64>limit, tag, cell);
}

/** Whether a tag would find nobody now: then it need not be made. */
export function isNotifyIdle(event: usize, n: u32, additional: bool): bool {
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  return isIdle(event, n, additional);
}

/** `notifyTagged` with 64 bits as they are: a JavaScript number would not keep them. */
export function notifyTaggedBits(event: usize, n: u32, additional: bool, limit: f64, bits: u64): bool {
  return notifyTagged(event, n, additional, limit, reinterpret<f64>(bits), 0);
}

/** The listener's state: 0, or what the notification that it has says of itself. */
export function stateOf(node: usize): u32 {
  if (BUILD == 1) verifyBlock(node, NODE);
  return load32(node) & MARKS;
}

/**
 * Makes a listener one that is awaited: from now on a notification puts it on the owner's ready list and rings there. Returns
 * its state; if that is not 0 it was notified before, nothing has changed, and nobody will ring for it.
 */
export function enlist(node: usize, owner: usize, id: u32): u32 {
  if (BUILD == 1) verifyBlock(node, NODE);
  const list = listOf(read32(node + EVENT));
  store64(node + LINK, ((<u64>id) << 32) | PENDING);
  let step: u32 = 0;
  while (true) {
    if (cas32(list, 0, 1)) {
      const state = load32(node) & MARKS;
      write32(node + OWNER, state == 0 ? <u32>owner : 0);
      store32(list, 0);
      return state;
    }
    step = snooze(step);
  }
}

/** This thread's: whether looking succeeded the last time, and how often it did not since it last did. */
let isPatient: bool = true;
let misses: u32 = 0;

/** Looks whether the listener was notified, until it was or that has taken long enough. */
function look(node: usize): void {
  let left = isPatient || misses % TRY_EVERY == TRY_EVERY - 1 ? MANY_LOOKS : FEW_LOOKS;
  let step: u32 = 0;
  while (left > 0 && load32(node) == 0) {
    step = spin(step);
    left--;
  }
  isPatient = left > 0;
  misses = isPatient ? 0 : misses + 1;
}

/**
 * Waits until the listener is notified, for `timeoutNs` nanoseconds at most (negative: no limit). Returns its state; 0: the
 * time was up, or it woke for nothing, which the caller can tell by the clock.
 */
export function waitOn(node: usize, timeoutNs: f64): u32 {
  if (BUILD == 1) verifyBlock(node, NODE);
  const state = load32(node);
  if ((state & MARKS) != 0 || timeoutNs == 0) return state & MARKS;
  if (state == 0 && beginLook()) {
    look(node);
    endLook();
  }
  // Says that it parks before it does. A notifier exchanges the word: it finds this there, or this comes too late.
  if (load32(node) == PARKED || cas32(node, 0, PARKED)) {
    wait32(node, PARKED, timeoutNs < 0 ? -1 : <i64>timeoutNs);
  }
  return load32(node) & MARKS;
}

/**
 * Takes a listener's notification away, for the thread that looked for what it was notified of and found nothing. The listener goes on
 * waiting, before all others that do, or behind them if the notification was additional. Not for one on its owner's ready list. False: it
 * was not notified since it last listened.
 */
export function again(node: usize): bool {
  if (BUILD == 1) verifyBlock(node, NODE);
  const list = listOf(read32(node + EVENT));
  const counts = countsOf(read32(node + EVENT));
  let step: u32 = 0;
  while (true) {
    if (cas32(list, 0, 1)) {
      const marks = load32(node) & MARKS;
      // What was granted meanwhile was not for nothing.
      if (marks == 0 || (marks & GRANTED) != 0) {
        store32(list, 0);
        return marks != 0;
      }
      const first = <usize>read32(list + FIRST);
      const next = <usize>read32(node + NEXT);
      // An additional notification may be one of all listeners, and still be under way. The listener goes behind all, and is newer: so
      // that notification does not come to it again.
      const before: usize = (marks & ADDITIONAL) != 0 ? 0 : first;
      if (next != before) {
        const prev = <usize>read32(node + PREV);
        const last = <usize>(before != 0 ? read32(before + PREV) : read32(list + TAIL));
        write32(prev != 0 ? prev + NEXT : list + HEAD, <u32>next);
        write32(next + PREV, <u32>prev);
        write32(last + NEXT, <u32>node);
        write32(node + PREV, <u32>last);
        write32(node + NEXT, <u32>before);
        write32(before != 0 ? before + PREV : list + TAIL, <u32>node);
      }
      if ((marks & ADDITIONAL) != 0) {
        const serial = read64(list + LAST_SERIAL) + 1;
        write64(list + LAST_SERIAL, serial);
        write64(node + SERIAL, serial);
      }
      write32(list + FIRST, <u32>(first != before ? first : node));
      store64(counts, load64(counts) - 1);
      store32(node, 0);
      store32(list, 0);
      return true;
    }
    step = snooze(step);
  }
}

/** The tag that came with the last `leave` that took one. */
let tag: f64 = 0;
export function takenTag(): f64 {
  return tag;
}
export function takenTagBits(): u64 {
  return reinterpret<u64>(tag);
}

/**
 * Takes a listener out of the list. `how` says what becomes of its notification, if it has one:
 *
 *   TAKE      the caller's; `takenTag` is its tag, and what that stands for `tagCell`'s, which is empty
 *   DISCARD   nobody's; what the tag stands for is freed
 *   PASS      the next listener's, with its kind and tag: if it was additional always, otherwise if nobody is notified any
 *             more. In the same step, so no other thread sees it missing. If not, as DISCARD.
 *
 * Returns the listener's state, PASSED, and KEPT while its cell still owns the node, since that is on its owner's ready list:
 * `takeReady` frees it, and leaves the cell for `nextEmptied` to answer.
 */
export function leave(node: usize, how: u32, tagCell: usize): u32 {
  if (BUILD == 1) verifyBlock(node, NODE);
  const event = <usize>read32(node + EVENT);
  if (BUILD == 1) verifyOwnedEvent(objectOf(event));
  const list = listOf(event);
  const counts = countsOf(event);
  const content = contentOf(event);
  const cell = <usize>read32(node + OF_CELL);
  const ofTag = how == TAKE ? tagCell : slotCell();
  prepare(content, ofTag);
  let state: u32 = 0;
  let passed: u32 = 0;
  let value: f64 = 0;
  let step: u32 = 0;
  while (true) {
    if (cas32(list, 0, 1)) {
      state = load32(node) & MARKS;
      const prev = <usize>read32(node + PREV);
      const next = <usize>read32(node + NEXT);
      const front = <usize>read32(list + FIRST);
      const count = load64(counts) - ONE - (state & NOTIFIED);
      write32(prev != 0 ? prev + NEXT : list + HEAD, <u32>next);
      write32(next != 0 ? next + PREV : list + TAIL, <u32>prev);
      const first = front == node ? next : front;
      // What was granted is the call's: it is not passed on.
      const goesOn = how == PASS && first != 0 && (state & (NOTIFIED | GRANTED)) == NOTIFIED;
      if (goesOn && ((state & ADDITIONAL) != 0 || (count & 0xffffffff) == 0)) {
        passed = PASSED;
        write32(list + FIRST, read32(first + NEXT));
        store64(counts, count + 1);
        writeF64(first + TAG, readF64(node + TAG));
        const before = swap32(first, state);
        const owner = <usize>read32(first + OWNER);
        let sleeper = (before & PARKED) != 0 ? first : 0;
        if (owner != 0) {
          store32(first + LINK, swap32(owner, <u32>first));
          sleeper = swap32(owner + BELL, 1) == 0 ? owner + BELL : 0;
        }
        store32(list, 0);
        setKind(cell, OWN_BLOCK);
        if (sleeper != 0) notify(sleeper, ALL);
      } else {
        write32(list + FIRST, <u32>first);
        store64(counts, count);
        store32(list, 0);
        setKind(cell, OWN_BLOCK);
        if ((state & GRANTED) != 0) setKind(read32(node + CALL), OWN_PERMITS);
        // Nobody else can reach the node now.
        if ((state & TAGGED) != 0) {
          value = readF64(node + TAG);
          seize(content, value, ofTag);
        }
      }
      break;
    }
    step = snooze(step);
  }
  if ((state & TAGGED) != 0 && passed == 0) {
    if (how == TAKE) {
      tag = value;
    } else {
      discard(content, value, ofTag);
    }
  }
  // On the ready list others' links lead over it.
  if (state != 0 && read32(node + OWNER) != 0) {
    store32(node, LEFT);
    return state | passed | KEPT;
  }
  giveBack(node, cell);
  return state | passed;
}
