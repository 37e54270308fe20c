/** The mutex of the examples: four workers count exactly, and time-outs and signals end a wait for it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { Mutex } from "../../examples/mutex/mutex.mjs";

const TIMEOUT = { code: "ERR_SHMOL_TIMEOUT" };

test("four workers count to 100000 without atomics", async () => {
  const file = new URL("../../examples/mutex/main.mjs", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 50_000 });
  expect(stdout.trim()).toBe("100000");
});

test("whoever gives up leaves the mutex to the others", async () => {
  const mutex = new Mutex();
  const other = Mutex.open(mutex.share());
  expect([mutex.tryLock(), other.tryLock()]).toEqual([true, false]);
  expect(() => other.lockSync({ timeoutMs: 5 })).toThrow(expect.objectContaining(TIMEOUT));
  await expect(other.lock({ timeoutMs: 5 })).rejects.toMatchObject(TIMEOUT);
  const gaveUp = new AbortController();
  const [first, second] = [other.lock({ signal: gaveUp.signal }), other.lock()];
  gaveUp.abort();
  await expect(first).rejects.toBe(gaveUp.signal.reason);
  mutex.unlock();
  await second;
  expect(mutex.tryLock()).toBe(false);
  other.unlock();
  mutex.lockSync({ timeoutMs: 0 });
  mutex.unlock();
  expect(mutex.event.totalListeners).toBe(0);
  other.drop();
  mutex.drop();
});
