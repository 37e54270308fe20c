/**
 * Where a heap really lies. JavaScript cannot see an address; but on Linux a process can read its own memory as a file, by
 * address, and the list of what is mapped where. So the heap is the mapping in which a mark is found that was written into it.
 */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Heap } from "../../index.js";

const MARK_BYTES = 16;

/** The address of the heap's first byte; undefined where addresses cannot be read. */
export function baseOf(heap: Heap): bigint | undefined {
  if (process.platform !== "linux") return undefined;
  const mark = randomBytes(MARK_BYTES);
  const place = heap.alloc(MARK_BYTES);
  new Uint8Array(heap.buffer, place, MARK_BYTES).set(mark);
  try {
    return mappings().find((start) => mark.equals(bytesAt(start + BigInt(place))));
  } catch {
    return undefined; // /proc is not there, or not for us
  } finally {
    heap.free(place);
  }
}

/** Where mappings that can be written start. */
function mappings(): bigint[] {
  const lines = readFileSync("/proc/self/maps", "latin1").split("\n");
  return lines.filter((line) => / rw/.test(line)).map((line) => BigInt(`0x${line.slice(0, line.indexOf("-"))}`));
}

/** So many bytes at an address; zeros where there are none. */
function bytesAt(address: bigint): Buffer {
  const found = Buffer.alloc(MARK_BYTES);
  const file = openSync("/proc/self/mem", "r");
  try {
    readSync(file, found, 0, MARK_BYTES, address);
  } catch {
    // Nothing is mapped there.
  } finally {
    closeSync(file);
  }
  return found;
}
