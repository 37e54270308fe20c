/**
 * What the checked build verifies about counted blocks, beside what it verifies about blocks (heap/kernel/verify.ts).
 *
 *   control block   on a multiple of 32, in a page of control blocks; its counts are what the operation presupposes
 *   value           aligned; leads back to a control block that has it for its value; of the right kind and generation
 *
 * Who may call what: the kernel's other files, under `if (BUILD == 1)` only, so that the other builds have none of it. These
 * reads are no steps of the protocol and therefore not the facade's.
 */
import { CONTROL, classAt, classSize } from "../../heap/kernel/classes";
import { unit } from "../../heap/kernel/header";
import { fault, verifyPointer } from "../../heap/kernel/instrument";
import {
  FAULT_BACK,
  FAULT_CONTROL,
  FAULT_FINISHED,
  FAULT_GENERATION,
  FAULT_HELD,
  FAULT_KIND,
  FAULT_MOVED,
  FAULT_STRONG,
  FAULT_USED,
  FAULT_WEAK,
  FIRST_LOCK,
  KIND_EVENT,
  LAST_LOCK,
} from "../../heap/kernel/numbers";
import { BACK, BACK_CHECK, CHECK, META, STRONG, VALUE, WEAK } from "./control";

/** Control blocks lie on multiples of their size. */
const CONTROL_ALIGN: usize = 32;
/** Values keep their generation here, in bytes before them: in the checked build only. */
const BACK_GENERATION: usize = 8;

/** `control` is a control block, whoever uses it. */
export function verifyControl(control: usize): void {
  verifyPointer(control, CONTROL_ALIGN);
  if (classAt(control) != CONTROL)
    fault(FAULT_CONTROL, <u32>control, <u32>CONTROL_ALIGN, <u32>classSize(classAt(control)));
}

function strongOf(control: usize): u32 {
  return <u32>(atomic.load<u64>(control) & STRONG);
}

function generationAt(control: usize): u32 {
  return <u32>(atomic.load<u64>(control) >> 32);
}

/** `control` counts strong ones: the caller must own one of them. */
export function verifyStrong(control: usize): void {
  verifyControl(control);
  if (strongOf(control) == 0) fault(FAULT_STRONG, <u32>control, 1, 0);
}

/** `control` counts weak ones, that of the strong ones among them: it is not free. */
export function verifyWeak(control: usize): void {
  verifyControl(control);
  if (atomic.load<u32>(control + WEAK) == 0) fault(FAULT_WEAK, <u32>control, 1, 0);
}

/** There was a strong count to give up: `before` is what stood there. */
export function verifyRelease(control: usize, before: u64): void {
  if ((before & STRONG) == 0) fault(FAULT_STRONG, <u32>control, 1, 0);
}

/** `control` has a value and no strong count: it is still being made, or its last owner is about to take it apart. */
export function verifyUnheld(control: usize): void {
  verifyWeak(control);
  const strong = strongOf(control);
  if (strong != 0) fault(FAULT_HELD, <u32>control, 0, strong);
  if (atomic.load<u32>(control + VALUE) == 0) fault(FAULT_FINISHED, <u32>control, 1, 0);
}

/** A control block that was just handed out is nobody else's. */
export function verifyUnused(control: usize): void {
  verifyControl(control);
  const strong = strongOf(control);
  const weak = atomic.load<u32>(control + WEAK);
  if ((strong | weak) != 0) fault(FAULT_USED, <u32>control, strong, weak);
}

/** Notes beside a value which generation of its control block it belongs to. */
export function noteGeneration(control: usize, value: usize): void {
  atomic.store<u32>(value - BACK_GENERATION, generationAt(control));
}

/** `value` is that of an object with cells of its own, held or just given up. Returns its control block. */
function verifyValue(value: usize): usize {
  verifyPointer(value, unit);
  const control = <usize>atomic.load<u32>(value - BACK);
  const check = atomic.load<u32>(value - BACK_CHECK);
  if (check != (<u32>control ^ CHECK)) fault(FAULT_BACK, <u32>value, <u32>control ^ CHECK, check);
  verifyWeak(control);
  const other = atomic.load<u32>(control + VALUE);
  if (<usize>other != value) fault(FAULT_MOVED, <u32>value, <u32>control, other);
  return control;
}

/** `value` is that of an object of `kind`, likewise. */
export function verifyObject(value: usize, kind: u32): usize {
  const control = verifyValue(value);
  const found = atomic.load<u32>(control + META) & 0xff;
  if (found != kind) fault(FAULT_KIND, <u32>control, kind, found);
  return control;
}

/** `value` is that of an event, or of a lock, which is one; likewise. */
export function verifyEvent(value: usize): usize {
  const control = verifyValue(value);
  const found = atomic.load<u32>(control + META) & 0xff;
  const isLock = found >= <u32>FIRST_LOCK && found <= <u32>LAST_LOCK;
  if (found != KIND_EVENT && !isLock) fault(FAULT_KIND, <u32>control, KIND_EVENT, found);
  return control;
}

/** `value` is that of an object of `kind` that somebody holds. */
export function verifyOwned(value: usize, kind: u32): void {
  const control = verifyObject(value, kind);
  verifyGeneration(control, atomic.load<u32>(value - BACK_GENERATION));
}

/** `event` is an event, or a lock, that somebody holds. */
export function verifyOwnedEvent(event: usize): void {
  const control = verifyEvent(event);
  verifyGeneration(control, atomic.load<u32>(event - BACK_GENERATION));
}

/** `control` still serves the object of that generation, which somebody holds. */
export function verifyGeneration(control: usize, generation: u32): void {
  verifyStrong(control);
  const found = generationAt(control);
  if (found != generation) fault(FAULT_GENERATION, <u32>control, generation, found);
}
