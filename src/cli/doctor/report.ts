import type { Advice } from "./advice.js";
import type { Facts } from "./facts.js";
import type { Checks } from "./selfTest.js";

/** What the doctor found: what the host offers, what the self-test saw, and what is to be known. */
export interface DoctorReport {
  /** Everything works here. */
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly facts: Facts;
  readonly checks: Checks;
  readonly advice: readonly Advice[];
}
