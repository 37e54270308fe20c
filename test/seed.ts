/** Where the randomness of tests comes from: one seed a test, printed when it fails, repeated with SHMOL_SEED. */
import { onTestFailed } from "vitest";

/** The seed of the test that calls this. */
export function seed(): number {
  const given = process.env.SHMOL_SEED;
  const chosen = given === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isInteger(chosen)) throw new Error(`SHMOL_SEED must be an integer: ${given}`);
  onTestFailed(() => console.error(`again with SHMOL_SEED=${chosen}`));
  return chosen;
}
