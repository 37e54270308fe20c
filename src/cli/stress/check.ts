/**
 * One check's verdict.
 */
export interface Check {
  readonly ok: boolean;
  readonly found: string;
}

/** The verdict of a check that a run did not come to. That it did not is another failure's fault. */
export const NOT_REACHED: Check = { ok: false, found: "the run did not get that far" };
