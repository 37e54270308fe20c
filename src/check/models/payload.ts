/**
 * What the programs of queues and of events have in common: payloads, which are blocks with a digit in them, and a heap that
 * is full.
 */
import { OK } from "../../heap/kernel/numbers.js";
import { CheckFailure, type ModelKernel, type Steps } from "../program.js";

/** The cell of a thread without an account: what it stands for, nobody owns. */
export const NOBODY = 0;

/** What stands in a payload that was given back. */
export const GONE = -1;
/** Where the digit stands: behind what the allocator writes into a free block. */
export const PAYLOAD_AT = 16;
const PAYLOAD_SIZE = 32;

/** Allocates a payload, which `cell` owns. Returns its address. */
export function* makePayload(slots: Float64Array, digit: number, cell = NOBODY): Steps<number> {
  const block = (yield ["alloc", PAYLOAD_SIZE, 16, cell]) >>> 0;
  if (block === 0) throw new RangeError("a model's heap is too small");
  slots[(block + PAYLOAD_AT) / 8] = digit;
  return block;
}

/** Frees a payload, which `cell` owns. Returns its digit. */
export function* takePayload(slots: Float64Array, block: number, cell = NOBODY): Steps<string> {
  const at = (block + PAYLOAD_AT) / 8;
  const digit = slots[at];
  slots[at] = GONE;
  if ((yield ["free", block, cell]) !== OK) throw new CheckFailure("double free", `payload ${block} was free already`);
  return String(digit);
}

/** Lets the setup do what threads do in steps. */
export function now<T>(kernel: ModelKernel, steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) {
    const [name, ...args] = step.value;
    step = steps.next((kernel[name] as (...args: unknown[]) => number)(...args));
  }
  return step.value;
}

/** Takes all blocks of a size's class but `room`. Returns how many. */
export function occupy(kernel: ModelKernel, size: number, room = 0): number {
  const taken: number[] = [];
  for (let block = kernel.alloc(size, 16); block !== 0; block = kernel.alloc(size, 16)) taken.push(block);
  for (const block of taken.splice(0, room)) kernel.free(block);
  return taken.length;
}
