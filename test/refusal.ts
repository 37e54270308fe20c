/** Bad input: what must be thrown, and that nothing shared has changed. */
import { type Heap, ShmolError } from "shmol";
import { describe, expect, test } from "vitest";
import { inUse } from "./heaps.js";

/** One row of a table: what is done wrong, the error's name and code, and what its message must contain. */
export interface Misuse {
  readonly what: string;
  readonly act: () => unknown;
  readonly error:
    | "AlignmentError"
    | "ClosedError"
    | "CorruptionError"
    | "DroppedError"
    | "OutOfMemoryError"
    | "TokenError"
    | "TypeMismatchError";
  readonly says: string;
}

const CODES = {
  AlignmentError: "ERR_SHMOL_ALIGNMENT",
  ClosedError: "ERR_SHMOL_CLOSED",
  CorruptionError: "ERR_SHMOL_CORRUPTION",
  DroppedError: "ERR_SHMOL_DROPPED",
  OutOfMemoryError: "ERR_SHMOL_OUT_OF_MEMORY",
  TokenError: "ERR_SHMOL_TOKEN",
  TypeMismatchError: "ERR_SHMOL_TYPE_MISMATCH",
};

/** Wrong on purpose: what JavaScript lets through and TypeScript does not. */
export const wrong = (value: unknown) => value as never;

/** One test for each row: it is refused, `heap` holds what it held before, and `counts` are what they were. */
export function refusals(title: string, rows: readonly Misuse[], heap: Heap, counts: () => unknown): void {
  describe(title, () => {
    test.each(rows.map((row) => [row.what, row] as const))("%s", (_, row) => {
      const before = counts();
      expectRefusal(heap, row);
      expect(counts()).toEqual(before);
    });
  });
}

/** `act` throws that typed error, and `heap` holds what it held before. */
export function expectRefusal(heap: Heap, { act, error, says }: Omit<Misuse, "what">): void {
  const before = inUse(heap);
  const thrown = caught(act);
  expect(thrown, `expected ${error}, caught ${thrown}`).toBeInstanceOf(ShmolError);
  expect(thrown).toMatchObject({ name: error, code: CODES[error] });
  expect((thrown as Error).message).toContain(says);
  expect(inUse(heap)).toEqual(before);
}

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
