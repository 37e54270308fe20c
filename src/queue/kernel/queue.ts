/**
 * The queue's door: every call goes to the flavour that the queue was made as. One export serves all three, so that the
 * host's call sites see one function whatever queues a program uses; the flavours themselves are inlined behind it.
 *
 * Who may call what: any thread that owns a strong count of the queue, any time; `destroy` the one whose count was last.
 */

import { discard, prepare } from "../../arc/kernel/discard";
import { verifyObject, verifyOwned } from "../../arc/kernel/verifyControl";
import { load64, or64, readF64 } from "../../heap/kernel/atomic";
import { BOUNDED, DISPLACED, FULL, INLINE, KIND_QUEUE, OK, SINGLE, UNBOUNDED } from "../../heap/kernel/numbers";
import { slotCell } from "../../heap/kernel/threads";
import { verifyScratch } from "../../heap/kernel/verify";
import * as bounded from "./bounded";
import { CLOSED_BIT, capacityOf, contentOf, describeQueue, flavourOf, note, status, tailOf } from "./shape";
import * as single from "./single";
import * as unbounded from "./unbounded";

/**
 * Makes a zeroed value into an empty queue whose first position is `start`. `capacity` counts only for a bounded one.
 * `OK`, or `NO_MEMORY`.
 */
export function construct(queue: usize, flavour: u32, capacity: u32, content: u32, type: u32, start: u64): i32 {
  if (BUILD == 1) verifyObject(queue, KIND_QUEUE);
  // A ring of one cannot displace: its next slot is the same one, and two laps on looks like this lap.
  if (flavour == BOUNDED && capacity == 1) flavour = SINGLE;
  describeQueue(queue, flavour, content, type, capacity);
  if (flavour == UNBOUNDED) return unbounded.construct(queue, start);
  if (flavour == BOUNDED) return bounded.construct(queue, start);
  return single.construct(queue, start);
}

/**
 * Frees what the queue consists of and what is in it. Nobody else uses the queue any more. What is freed has left the queue in
 * the same step, so this may be begun by one thread and ended by another.
 */
export function destroy(queue: usize): void {
  if (BUILD == 1) verifyObject(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) unbounded.destroy(queue);
  else if (flavour == BOUNDED) bounded.destroy(queue);
  else single.destroy(queue);
}

/**
 * Frees what is in the queue, as `destroy` does, and leaves the queue. Likewise what is freed has left it in the same step.
 */
export function drain(queue: usize): void {
  const content = contentOf(queue);
  const cell = slotCell();
  while (true) {
    prepare(content, cell);
    // Numbers are nothing to own.
    const value = pop(queue, content == INLINE ? 0 : cell);
    if (status() != OK) return;
    discard(content, value, cell);
  }
}

/** Appends one value, and with it what `cell` owns, if it is not 0. `OK`, `FULL`, `CLOSED` or `NO_MEMORY`. */
export function push(queue: usize, value: f64, cell: usize): i32 {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.push(queue, value, cell);
  if (flavour == BOUNDED) return bounded.push(queue, value, cell);
  return single.push(queue, value, cell);
}

/**
 * Appends one value likewise, and takes the oldest out when there is no room, for `out`. `status()` is then `DISPLACED` and
 * the answer that value; or the answer is NaN, and `status()` `OK`, `CLOSED` or `NO_MEMORY`.
 */
export function forcePush(queue: usize, value: f64, cell: usize, out: usize): f64 {
  while (true) {
    const answer = push(queue, value, cell);
    if (answer != FULL) {
      note(answer);
      return NaN;
    }
    const oldest =
      flavourOf(queue) == BOUNDED
        ? bounded.displace(queue, value, cell, out)
        : single.displace(queue, value, cell, out);
    if (status() == DISPLACED) return oldest;
  }
}

/**
 * Appends `n` values from the caller's own memory at `source`, in runs that are claimed with one CAS each. Returns how many
 * went in; fewer than `n`: `status()` says why. Slots there that stand for more than themselves own that, and are zero
 * when it went in.
 */
export function pushMany(queue: usize, source: usize, n: u32): u32 {
  if (BUILD == 1) {
    verifyOwned(queue, KIND_QUEUE);
    verifyScratch(source, n << 3);
  }
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.pushMany(queue, source, n);
  if (flavour == BOUNDED) return bounded.pushMany(queue, source, n);
  note(OK);
  for (let done: u32 = 0; done < n; done++) {
    const slot = source + ((<usize>done) << 3);
    const answer = push(queue, readF64(slot), contentOf(queue) != INLINE ? slot : 0);
    if (answer == OK) continue;
    note(answer);
    return done;
  }
  return n;
}

/**
 * Takes the oldest value, and `cell`, if it is not 0, owns it; `status()` is then `OK`, or says why there is none: `EMPTY`,
 * `CLOSED` (and empty for ever).
 */
export function pop(queue: usize, cell: usize): f64 {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.pop(queue, cell);
  if (flavour == BOUNDED) return bounded.pop(queue, cell);
  return single.pop(queue, cell);
}

/**
 * Takes up to `max` of the oldest values into the caller's own memory at `target`, in runs likewise. Returns how many; when
 * that is 0, `status()` says why. Does not wait for more once it has some.
 */
export function popMany(queue: usize, target: usize, max: u32): u32 {
  if (BUILD == 1) {
    verifyOwned(queue, KIND_QUEUE);
    verifyScratch(target, max << 3);
  }
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.popMany(queue, target, max);
  if (flavour == BOUNDED) return bounded.popMany(queue, target, max);
  note(OK);
  if (max == 0) return 0;
  pop(queue, target);
  return status() == OK ? 1 : 0;
}

/** `push`, `forcePush` and `pop` of 64 bits as they are, which own nothing: a JavaScript number would not keep them. */
export function pushBits(queue: usize, bits: u64): i32 {
  return push(queue, reinterpret<f64>(bits), 0);
}
export function forcePushBits(queue: usize, bits: u64): u64 {
  return reinterpret<u64>(forcePush(queue, reinterpret<f64>(bits), 0, 0));
}
export function popBits(queue: usize): u64 {
  return reinterpret<u64>(pop(queue, 0));
}

/** Items in the queue at one moment during the call. */
export function size(queue: usize): f64 {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.size(queue);
  if (flavour == BOUNDED) return bounded.size(queue);
  return single.size(queue);
}

/** How many items have room. */
export function capacity(queue: usize): f64 {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  return flavourOf(queue) == UNBOUNDED ? Infinity : <f64>capacityOf(queue);
}

/** Whether there was no item at one moment during the call. */
export function isEmpty(queue: usize): bool {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.isEmpty(queue);
  if (flavour == BOUNDED) return bounded.isEmpty(queue);
  return single.isEmpty(queue);
}

/** Whether there was no room at one moment during the call. */
export function isFull(queue: usize): bool {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return false;
  if (flavour == BOUNDED) return bounded.isFull(queue);
  return single.isFull(queue);
}

/** Lets nothing in any more. True for the one call that closed. */
export function close(queue: usize): bool {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  return (or64(tailOf(queue), CLOSED_BIT) & CLOSED_BIT) == 0;
}

export function isClosed(queue: usize): bool {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  return (load64(tailOf(queue)) & CLOSED_BIT) != 0;
}

/** Closed and empty, for ever. */
export function isFinished(queue: usize): bool {
  if (BUILD == 1) verifyOwned(queue, KIND_QUEUE);
  const flavour = flavourOf(queue);
  if (flavour == UNBOUNDED) return unbounded.isFinished(queue);
  if (flavour == BOUNDED) return bounded.isFinished(queue);
  return single.isFinished(queue);
}
