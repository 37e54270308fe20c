/**
 * The main thread blocks, and the only thread that could end its wait dies, in each way and with each kind of exit handlers.
 *
 *   node blockedMain.mjs      prints, as JSON, by what each wait was ended and how many milliseconds after the death
 */
import { Worker } from "node:worker_threads";
import { channel, Heap, i32, SharedEvent } from "shmol";

const MEMBER = new URL("./blockedMember.mjs", import.meta.url);
/** A wait that takes longer is given up. */
const PATIENCE_MS = 5000;

/** The loop over time-outs, until something else comes of it. */
function inTurns(wait) {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; ) {
    try {
      return wait();
    } catch (error) {
      if (error.name !== "TimeoutError") throw error;
    }
  }
  throw new Error("nothing came");
}

const waits = {
  recvSync: ({ receiver }) => receiver.recvSync({ timeoutMs: PATIENCE_MS }),
  shortWaits: ({ receiver }) => inTurns(() => receiver.recvSync({ timeoutMs: 5 })),
  sendSync: ({ full }) => full.sendSync(2, { timeoutMs: PATIENCE_MS }),
  /** The dead thread was notified, and has not taken it. */
  waitSync({ mine }) {
    mine.waitSync({ timeoutMs: PATIENCE_MS });
    throw new Error("it went on");
  },
  /** A program that looks after its workers itself. */
  reap: ({ heap, receiver, thread }) =>
    inTurns(() => {
      try {
        heap.reap(thread);
      } catch (error) {
        if (error.code !== "ERR_SHMOL_STILL_ALIVE") throw error;
      }
      return receiver.recvSync({ timeoutMs: 5 });
    }),
};

async function row(wait, death, handlers, afterMs = 30) {
  const heap = Heap.create({ capacity: 2 ** 22 });
  const { sender, receiver } = channel(i32, { heap });
  const { sender: full, receiver: other } = channel(i32, { heap, capacity: 1 });
  full.trySend(1);
  const event = SharedEvent.create({ heap });
  const tokens = { sender: sender.share({ opens: 1 }), receiver: other.share({ opens: 1 }), event: event.share() };
  const worker = new Worker(MEMBER, { workerData: { tokens, death, handlers, afterMs }, stderr: true });
  const { threadId: thread } = worker;
  worker.on("error", () => {});
  const ended = new Promise((resolve) => worker.once("exit", resolve));
  await new Promise((resolve) => worker.once("message", resolve));
  sender.drop();
  other.drop();
  const mine = event.listen();
  event.notify(1);
  if (death === "terminate") void worker.terminate();
  const began = performance.now();
  let name = "nothing";
  try {
    waits[wait]({ heap, receiver, full, mine, thread });
  } catch (error) {
    name = error.name === "Error" ? error.message : error.name;
  }
  const ms = Math.round(performance.now() - began);
  await ended;
  for (const handle of [receiver, full, mine, event]) handle.drop();
  const { used, blocks, controls, threads } = heap.stats();
  heap.drop();
  return {
    wait,
    death,
    handlers,
    name,
    lateMs: ms - (death === "terminate" ? 0 : afterMs),
    left: [used, blocks, controls, threads.length],
  };
}

const rows = [];
for (const wait of Object.keys(waits)) {
  for (const death of ["terminate", "exit", "throw", "naturally"]) {
    for (const handlers of ["none", "before", "after"]) rows.push(await row(wait, death, handlers));
  }
}
// Who has blocked for long looks at longer intervals.
rows.push(await row("recvSync", "exit", "after", 2000));
console.log(JSON.stringify(rows));
process.exit();
