/** Workers of the tests of locks that are terminated. */
import { once } from "node:events";
import { go, startingLine, startWorker, until } from "../workers.js";

/** A worker that plays a part until it is terminated; returned when it has said that it is so far. */
export async function victim(
  file: URL,
  inputs: { part: string; token: object; [name: string]: unknown },
): Promise<{ kill(): Promise<void> }> {
  const line = startingLine();
  const worker = startWorker(file, inputs, line);
  const said = once(worker, "message");
  await until(() => Atomics.load(line, 0) === 1);
  go(line);
  await said;
  return { kill: async () => void (await worker.terminate()) };
}
