import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Arc, Heap, type ShareOptions } from "shmol";
import { expect, test } from "vitest";

const RECEIVER = new URL("./tokenReceiver.mjs", import.meta.url);
const FORGETFUL_RECEIVER = new URL("./forgetfulReceiver.mjs", import.meta.url);
const TOKENS = 10_000;
/** Tokens that carry the memory, for comparison; fewer, since on Node 26 each costs what the name of this test says. */
const COMPARED = 1000;

interface Collections {
  readonly minor: number;
  readonly major: number;
  readonly opened: number;
}

/** Sends so many tokens to a worker, which opens each; answers what its garbage collector did meanwhile. */
async function receive(tokens: number, options: ShareOptions): Promise<Collections> {
  const heap = Heap.create();
  const arc = Arc.create(new Int32Array([1]), { heap });
  const worker = new Worker(RECEIVER, { workerData: { heap: heap.share() } });
  try {
    await once(worker, "online", { signal: AbortSignal.timeout(20_000) });
    for (let sent = 0; sent < tokens; sent++) {
      worker.postMessage(arc.share(options));
      if (sent % 500 === 0) await new Promise(setImmediate);
    }
    worker.postMessage("count");
    const [answer] = await once(worker, "message", { signal: AbortSignal.timeout(50_000) });
    expect(arc.strongCount).toBe(1);
    return answer as Collections;
  } finally {
    await worker.terminate();
    arc.drop();
    heap.drop();
  }
}

test(`lightTokens: ${TOKENS} of them cause no major collection in the thread that receives them`, {
  timeout: 90_000,
}, async () => {
  const light = await receive(TOKENS, { light: true });
  const full = await receive(COMPARED, {});
  console.info(`node ${process.version}: light`, light, `${COMPARED} with the memory`, full);
  expect(light.opened).toBe(TOKENS);
  expect(light.major).toBe(0);
  // The counter counts: so many messages do not pass without any collection at all.
  expect(light.minor + full.minor).toBeGreaterThan(0);
});

test("light tokens open on a thread that has opened the heap before, though it kept no handle of it", async () => {
  const heap = Heap.create();
  const arc = Arc.create(new Int32Array([7]), { heap });
  const worker = new Worker(FORGETFUL_RECEIVER, {
    workerData: { heap: heap.share(), token: arc.share({ light: true }) },
  });
  try {
    expect(await once(worker, "message", { signal: AbortSignal.timeout(20_000) })).toEqual([7]);
  } finally {
    await worker.terminate();
    arc.drop();
    heap.drop();
  }
});
