/**
 * This thread's doorbell for a heap: the one wait behind all of its awaited listeners.
 *
 *   notifier   puts the listener on the ready list, rings the bell if it is silent            (kernel/event.ts)
 *   here       the wait ends -> silence the bell, take the list, settle all that is on it, wait again
 *
 * `Atomics.waitAsync` cannot be cancelled, and an armed one keeps the heap's memory. So when the last listener leaves, the
 * thread rings its own bell, and the doorbell goes back to the heap.
 *
 * To be woken takes tens of microseconds. So before it waits the thread looks at the bell for as long, from one turn of its
 * event loop to the next, while that has succeeded lately, as `waitSync` does (kernel/event.ts): two threads that notify each
 * other at once never sleep, and one that is rarely notified spends next to nothing.
 *
 * Where there is no `Atomics.waitAsync`, the thread looks at the bell now and then while listeners are awaited: at once, then
 * at intervals that grow to 4 ms, and start again when somebody rang. A helper thread that waits in its stead would notice
 * sooner, and would cost one more thread for each thread.
 *
 * A wake-up that the platform loses would be lost for ever. So once a second a thread that awaits listeners looks at its bells,
 * as one that blocks looks at its listener's state (listener.ts). A bell that it finds rung may have been rung just now: the
 * thread looks again after some turns of its event loop, in which a wake-up that is on its way arrives, and acts only if the
 * wait is still the same one.
 *
 * When a thread ends in an orderly way, its awaited listeners leave and pass their notifications on. For one that is
 * terminated, other threads do so (reaper/kernel/reap.ts).
 *
 * **The block of a doorbell is given back only when no wait hangs on its bell.** The engine keeps an armed wait in a list of its
 * own until it is notified, or until the engine has cleared up the thread behind it, which may be long after its last step. A
 * notification of one waiter on that address wakes the one that came first. So a wait that was left behind would take the
 * wake-up of the block's next owner: another thread's bell, or a word that a user waits on.
 *
 *   Only the thread whose bell it is waits on it, in `#arm`, and `#armed` is true from there until the wait has ended. So a block
 *   is given back by
 *
 *   `#rest`         when `#armed` is false: the last wait has ended, and was thereby taken off the engine's list
 *   `remove`        likewise; while `#armed` is true it notifies instead, and `#rest` follows when the wait has ended
 *   `leaveAll`      when a wait may be armed. It notifies all waiters on the bell, which takes them off the list within the call
 *                   (the rest of a wait's end is done by a later turn, and does not matter), and then gives the block back. Nothing
 *                   runs in between that could arm another wait.
 *   `Account.exit`  after `leaveAll`. Exit handlers that come later may begin to wait. Such waits are never armed: the
 *                   doorbell polls from then on, by timers that will not fire, since the event loop has ended.
 *   others          when the thread has died, by the cell that owns the block. They do so only with proof that its operating
 *                   system thread is gone (heap/registry.ts). The engine has cleared up behind it before that.
 *
 *   An account that is closed because it is empty has no doorbell: the doorbell's cell is one of those that would have to be empty.
 */
import { beforeTheEnd } from "../heap/account.js";
import type { HeapInternals } from "../heap/heap.js";
import { clearTimeout, setTimeout } from "../heap/host.js";
import { DOORBELL_BYTES, OWN_BLOCK } from "../heap/kernel/numbers.js";
import { lookRegularly } from "./keepAlive.js";
import type { Place } from "./stake.js";
import { type Goal, type Limits, Wait } from "./wait.js";

const MAX_INTERVAL_MS = 4;
/** How long to look before waiting, about as long as it takes to be woken; and of how many waits one tries, where it was in vain. */
const LOOKING_MS = 0.05;
const TRY_EACH = 32;

const doorbells = new WeakMap<HeapInternals, Doorbell>();
/** Doorbells of this thread on which some listener waits. */
const inUse = new Set<Doorbell>();
/** Whether the thread is ending: there will be no turn of the event loop any more. */
let isEnding = false;
/** How long after a look there is another one, if a bell was found rung. */
const ENOUGH_TURNS_MS = 100;
/** Whether lost wake-ups are looked for. */
export let looksForLostWakeUps = true;

/**
 * For tests of wake-ups: switches the looks for lost ones on or off, on this thread. Without them an awaited listener whose
 * wake-up is lost waits for ever, and a blocked one, too: it parks once, for as long as its wait may take.
 */
export function lookForLostWakeUps(on: boolean): void {
  looksForLostWakeUps = on;
}

/** Has something called in the next turn of the event loop. Browsers have no such thing. */
const nextTurn = (globalThis as { setImmediate?: (next: () => void) => unknown }).setImmediate;

/** What `Doorbell.add` returns for a listener that was notified already, and found its goal if it has one. */
export const NOTIFIED_ALREADY = undefined;

export class Doorbell {
  /** For tests and measurements: how often the wait ended, how often something was ready, and how many were settled. */
  wakeUps = 0;
  drains = 0;
  settled = 0;
  /** How often the bell was rung, and the wait had not ended although the event loop had enough turns for that. */
  rescues = 0;
  readonly #inside: HeapInternals;
  readonly #words: Int32Array;
  /** The kernel's pointer; 0 while nobody waits. */
  #doorbell = 0;
  /** The cell that owns it. */
  #cell = 0;
  /** The bell's index in `#words`. */
  #bell = 0;
  /** By id. */
  readonly #waits: (Wait | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** Whether something will call `#answer`. */
  #armed = false;
  #answering = false;
  /** Whether it does without `Atomics.waitAsync`. */
  #polls = false;
  /** Whether a look has found the bell rung during the wait that is under way. */
  #wasFoundRung = false;
  /** Waits to come that do not look first, and when the one under way has looked long enough. */
  #looksIn = 0;
  #looksUntil = 0;
  #interval = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(inside: HeapInternals) {
    this.#inside = inside;
    this.#words = new Int32Array(inside.heap.buffer);
  }

  /** This thread's doorbell of a heap, made on first use. */
  static of(inside: HeapInternals): Doorbell {
    let doorbell = doorbells.get(inside);
    if (doorbell === undefined) {
      doorbell = new Doorbell(inside);
      doorbells.set(inside, doorbell);
    }
    return doorbell;
  }

  /** For tests: the index of its bell among the words of 4 bytes of the heap; of the last one, while nobody waits. */
  get bell(): number {
    return this.#bell;
  }

  /** Listeners that wait. */
  get size(): number {
    return this.#waits.length - this.#freeIds.length;
  }

  /**
   * Has a listener wait; `NOTIFIED_ALREADY` if it need not. Throws when there is no memory for the doorbell; then nothing has
   * changed.
   */
  add<Tag>(place: Place<Tag>, limits: Limits, isRef: boolean, goal?: Goal<Tag>): Wait<Tag> | typeof NOTIFIED_ALREADY {
    if (this.#doorbell === 0) this.#open();
    const id = this.#freeIds.at(-1) ?? this.#waits.length;
    while (this.#inside.kernel.enlist(place.node, this.#doorbell, id) !== 0) {
      if (goal?.look(place as Place<unknown>) === false) continue;
      this.#rest();
      return NOTIFIED_ALREADY;
    }
    const wait = new Wait(place, this, id, limits, isRef, goal);
    this.#waits[id] = wait as Wait<unknown>;
    this.#freeIds.pop();
    this.#rest();
    return wait;
  }

  /** A wait ended otherwise than by the bell. */
  remove(id: number): void {
    this.#forget(id);
    if (this.size > 0 || this.#answering) return;
    if (this.#polls) {
      clearTimeout(this.#timer);
      this.#armed = false;
    }
    if (this.#armed) Atomics.notify(this.#words, this.#bell);
    else this.#close();
  }

  #forget(id: number): void {
    this.#waits[id] = undefined;
    this.#freeIds.push(id);
  }

  #open(): void {
    const { kernel, account, exhausted } = this.#inside;
    const cell = account.take(OWN_BLOCK);
    const doorbell = kernel.newDoorbell(cell);
    if (doorbell === 0) {
      account.give(cell);
      throw exhausted(DOORBELL_BYTES);
    }
    this.#doorbell = doorbell;
    this.#cell = cell;
    this.#interval = 0;
    this.#bell = kernel.bellOf(doorbell) >>> 2;
    this.#polls = isEnding || typeof Atomics.waitAsync !== "function";
    inUse.add(this);
    lookRegularly(lookAtBells);
  }

  #close(): void {
    const { kernel, account } = this.#inside;
    kernel.freeDoorbell(this.#doorbell, this.#cell);
    account.give(this.#cell);
    this.#giveEmptied();
    this.#doorbell = 0;
    this.#waits.length = 0;
    this.#freeIds.length = 0;
    inUse.delete(this);
  }

  /** Waits if there are listeners, and gives the doorbell back if there are none. */
  #rest(): void {
    while (this.#doorbell !== 0 && !this.#armed && !this.#answering) {
      if (this.size === 0) {
        this.#close();
        return;
      }
      this.#wasFoundRung = false;
      this.#armed = this.#polls ? this.#poll() : this.#look() || this.#arm();
      // The bell was rung meanwhile. This ends: only code of users adds listeners, and none runs until the promises do.
      if (!this.#armed) this.#settleReady();
    }
  }

  /** False: there is no hope that looking helps, or the bell was rung already. */
  #look(): boolean {
    if (this.#looksIn > 0) {
      this.#looksIn--;
      return false;
    }
    if (nextTurn === undefined || this.#isRung() || this.#inside.kernel.beginLook() === 0) return false;
    this.#looksUntil = performance.now() + LOOKING_MS;
    nextTurn(this.#lookAgain);
    return true;
  }

  #lookAgain = (): void => {
    if (this.#isRung()) {
      this.#inside.kernel.endLook();
      this.#answer();
    } else if (this.size > 0 && performance.now() < this.#looksUntil) {
      nextTurn?.(this.#lookAgain);
    } else {
      this.#inside.kernel.endLook();
      this.#looksIn = TRY_EACH;
      this.#armed = false;
      this.#rest();
    }
  };

  #isRung(): boolean {
    return Atomics.load(this.#words, this.#bell) !== 0;
  }

  /** False: the bell was rung already. */
  #arm(): boolean {
    const { async, value } = Atomics.waitAsync(this.#words, this.#bell, 0);
    if (async) value.then(this.#answer);
    return async;
  }

  #poll(): boolean {
    if (this.#isRung()) {
      this.#interval = 0;
      return false;
    }
    this.#timer = setTimeout(this.#answer, this.#interval);
    unref(this.#timer);
    this.#interval = Math.min(MAX_INTERVAL_MS, 2 * this.#interval + 1);
    return true;
  }

  #answer = (): void => {
    this.#armed = false;
    this.wakeUps++;
    // 0: `leaveAll` has ended the wait, and there was a turn nevertheless.
    if (this.#doorbell !== 0 && (!this.#polls || this.#isRung())) this.#settleReady();
    this.#rest();
  };

  /** Settles what is on the ready list, in its order. All of it is taken first: then codecs' code may run. */
  #settleReady(): void {
    const { kernel } = this.#inside;
    const ready: Wait[] = [];
    this.#answering = true;
    const first = kernel.takeReady(this.#doorbell);
    this.#giveEmptied();
    for (let node = first; node !== 0; ) {
      const after = kernel.readyAfter(node);
      const wait = this.#waits[kernel.idOf(node)] as Wait;
      if (this.#take(wait)) ready.push(wait);
      node = after;
    }
    for (const wait of ready) wait.settle();
    this.#answering = false;
    this.settled += ready.length;
    if (ready.length > 0) this.drains++;
  }

  /** False: the wait goes on, and has not found its goal. */
  #take(wait: Wait): boolean {
    while (!wait.take()) {
      if (this.#inside.kernel.enlist(wait.place.node, this.#doorbell, wait.id) === 0) return false;
    }
    this.#forget(wait.id);
    return true;
  }

  /**
   * Somebody has rung, and perhaps the wake-up was lost. Whether some bell was found rung for the first time during a wait: then
   * another look is due, when the event loop has had some turns.
   */
  static lookAtAll(): boolean {
    let isDue = false;
    for (const doorbell of inUse) if (doorbell.#lookLate()) isDue = true;
    return isDue;
  }

  #lookLate(): boolean {
    if (this.#polls || this.#answering || !this.#armed || !this.#isRung()) return false;
    if (!this.#wasFoundRung) {
      this.#wasFoundRung = true;
      return true;
    }
    this.#wasFoundRung = false;
    this.rescues++;
    this.#settleReady();
    // Ends the wait as well, if it can still be ended: then it begins anew.
    Atomics.notify(this.#words, this.#bell);
    return false;
  }

  /** The thread ends: nobody here will take a notification any more. */
  static leaveAll = (): void => {
    isEnding = true;
    for (const doorbell of inUse) {
      for (const wait of doorbell.#waits) wait?.quit();
      // All waiters: see the head of this file.
      if (doorbell.#armed) Atomics.notify(doorbell.#words, doorbell.#bell);
      doorbell.#close();
    }
  };

  /** Cells of listeners that left while they were on the ready list. */
  #giveEmptied(): void {
    const { kernel, account } = this.#inside;
    for (let cell = kernel.nextEmptied() >>> 0; cell !== 0; cell = kernel.nextEmptied() >>> 0) account.give(cell);
  }
}

// Before a thread waits: its first wait may be an exit handler's that comes after the library's own.
beforeTheEnd(Doorbell.leaveAll);

/** Looks at all bells, if there are any. */
function lookAtBells(): boolean {
  if (looksForLostWakeUps && Doorbell.lookAtAll()) unref(setTimeout(lookAgain, ENOUGH_TURNS_MS));
  return inUse.size > 0;
}

/** Timers that are overdue may fire one behind the other. The next turn comes after the event loop took what had arrived. */
function lookAgain(): void {
  (nextTurn ?? setTimeout)(Doorbell.lookAtAll);
}

/** Listeners that are ref'd keep the event loop alive by themselves. */
function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?: () => void }).unref?.();
}
