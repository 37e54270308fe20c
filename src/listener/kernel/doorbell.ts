/**
 * The doorbell: how notifiers reach a thread that awaits listeners. It keeps one wait on its bell, however many listeners
 * it has, and a list of those that are ready.
 *
 *   doorbell | ready | -> node -> node -> node       pushed last .. pushed first, through their links
 *
 * Invariants
 *   - Nodes are pushed by exchanging `ready`, and linked to what was there by the store behind it, both under their event's
 *     lock. So nobody's push can fail or be half done for long: the owner waits a link out that is not there yet.
 *   - The owner silences the bell before it takes the list, and pushers ring after they pushed. So a push that the owner did
 *     not find leaves the bell rung, and the owner's next wait ends at once.
 *   - Nodes of one event lie in the order in which they were notified.
 *   - A node on the list is still owned by its listener's cell, also one that has left. So to take the list is to own nothing,
 *     and nothing is lost with a thread that took it.
 *
 * Who may call what: all of it the thread whose doorbell it is; `freeDoorbell` when it awaits no listener any more.
 */
import { alloc, giveBack } from "../../heap/kernel/alloc";
import { load32, read32, store32, swap32, write32 } from "../../heap/kernel/atomic";
import { snooze } from "../../heap/kernel/backoff";
import { EXTRA } from "../../heap/kernel/cells";
import { unit } from "../../heap/kernel/header";
import { verifyBlock } from "../../heap/kernel/verify";
import { BELL, DOORBELL, ID, LEFT, LINK, NODE, OF_CELL, OWNER, PENDING } from "./shape";

/** A silent doorbell, owned by `cell`; 0: the heap is exhausted. */
export function newDoorbell(cell: usize): usize {
  const doorbell = alloc(DOORBELL, <u32>unit, cell);
  if (doorbell == 0) return 0;
  store32(doorbell, 0);
  store32(doorbell + BELL, 0);
  return doorbell;
}

/** Gives the doorbell back, and the nodes of listeners that left while they were on its list. */
export function freeDoorbell(doorbell: usize, cell: usize): void {
  takeReady(doorbell);
  giveBack(doorbell, cell);
}

/** Cells whose nodes `takeReady` has freed, linked through their extra words. */
let emptied: usize = 0;

/** One of them, from now on the caller's again; 0: there is none. */
export function nextEmptied(): usize {
  const cell = emptied;
  if (cell != 0) emptied = <usize>read32(cell + EXTRA);
  return cell;
}

/** The word that the owner waits on while it is 0. */
export function bellOf(doorbell: usize): usize {
  return doorbell + BELL;
}

/**
 * Takes the list. Returns the node that was pushed first, from which `readyAfter` leads to the others; 0: there is none.
 * Nodes of listeners that have left are freed instead. The others are freed when they leave; before that, `readyAfter`.
 */
export function takeReady(doorbell: usize): usize {
  if (BUILD == 1) verifyBlock(doorbell, DOORBELL);
  store32(doorbell + BELL, 0);
  let node = <usize>swap32(doorbell, 0);
  let oldest: usize = 0;
  while (node != 0) {
    const below = linkOf(node);
    if (load32(node) == LEFT) {
      const cell = <usize>read32(node + OF_CELL);
      giveBack(node, cell);
      if (cell != 0) {
        write32(cell + EXTRA, <u32>emptied);
        emptied = cell;
      }
    } else {
      store32(node + LINK, <u32>oldest);
      // Nobody looks at the owner of a listener that was notified.
      write32(node + OWNER, 0);
      oldest = node;
    }
    node = below;
  }
  return oldest;
}

/** What was pushed before `node`, as soon as its notifier has said so. */
function linkOf(node: usize): usize {
  if (BUILD == 1) verifyBlock(node, NODE);
  let step: u32 = 0;
  while (true) {
    const link = load32(node + LINK);
    if (link != PENDING) return <usize>link;
    step = snooze(step);
  }
}

/** The node that was pushed after `node`, in a list that `takeReady` took; 0: there is none. */
export function readyAfter(node: usize): usize {
  return <usize>load32(node + LINK);
}

/** The owner's name for a listener. */
export function idOf(node: usize): u32 {
  return load32(node + ID);
}
