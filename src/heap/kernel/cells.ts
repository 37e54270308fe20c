/**
 * Cells: where it stands in shared memory what a thread owns, so that others can return it when the thread has died.
 *
 *   cell (16 bytes)   | what : 64 | kind : 32 | extra : 32 |
 *
 * `what` is what a queue's slot holds: an address as a double, or a value itself (`VALUES_FROM`). It is 0 if the cell is empty.
 * `kind` says what is owned there (numbers.ts); `extra` is one number more for those kinds that need it. A slot of the thread's scratch is such a cell,
 * too, without the second half: what all its slots own is said once, in the scratch's own cell.
 *
 * Invariants
 *   - What is taken is charged, and what is given away is cleared, in the window of the step that does it: the claim, which is
 *     one atomic instruction, and behind it plain stores to the thread's own cells, with nothing in between where a thread
 *     could be stopped. So at any safepoint each block, count and listener that is nobody else's stands in exactly one cell.
 *   - An operation of several steps turns what it owns into something else in each: the last strong count of an object
 *     becomes an object to be taken apart, that a block and a weak count, that in turn a control block. Whoever
 *     finds a cell can go on from there, and may be killed himself.
 *   - A cell's kind is set while the cell is empty, or in a window.
 *
 * The stores are plain, for nobody else looks while the thread lives (but for statistics, which may be wrong); whoever reads
 * them when it is dead was told so after its last step.
 *
 * Who may call what: a thread, on its own cells, and its reaper. Cell 0 is nobody's: what is charged there, nobody owns.
 */
import { read32, readF64, write32, write64, writeF64 } from "./atomic";
import { CELL_BYTES, CELL_EXTRA, CELL_KIND } from "./numbers";

export const KIND: usize = CELL_KIND;
export const EXTRA: usize = CELL_EXTRA;
/** No address, but what a value itself (`VALUES_FROM`) becomes when it is taken for one: the conversion saturates. */
export const VALUE: usize = 0xffffffff;
/** Bytes of a cell. */
export const CELL: usize = CELL_BYTES;

/** Owns `address` from now on. */
export function own(cell: usize, address: usize): void {
  if (cell != 0) writeF64(cell, <f64>(<u32>address));
}

/** Owns what a slot's value stands for from now on. */
export function ownSlot(cell: usize, value: f64): void {
  if (cell != 0) writeF64(cell, value);
}

/** Owns nothing from now on. */
export function clear(cell: usize): void {
  if (cell != 0) write64(cell, 0);
}

/** `clear` for the host: what a cell owned is gone. */
export function forget(cell: usize): void {
  clear(cell);
}

/** What is owned is of another kind from now on. */
export function setKind(cell: usize, kind: u32): void {
  if (cell != 0) write32(cell + KIND, kind);
}

/** The address in a cell; 0: it is empty; `VALUE`. */
export function owned(cell: usize): usize {
  return addressIn(readF64(cell));
}

/** The address that a slot holds, or `VALUE`. */
export function addressIn(value: f64): usize {
  return <usize>(<u32>value);
}

export function kindOfCell(cell: usize): u32 {
  return read32(cell + KIND);
}
