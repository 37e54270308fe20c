/**
 * The workers of storm.test.ts: each does random deeds with handles by any of the package's copies, and dies in the middle of
 * them when it is told to. What it reads must be what was written there.
 */
import { parentPort, threadId, workerData } from "node:worker_threads";
import { collect } from "../garbage.mjs";
import { random } from "../random.mjs";
import { contentOf, isSame, messageOf } from "./patterns.mjs";

const { seat, seed, urls, tokens, seats, ends } = workerData;
const next = random(seed);
const copies = await Promise.all(urls.map((url) => import(url)));

/** What this thread holds, and what it has forgotten and not seen collected. */
const held = [];
let forgotten = [];
/** Channels of this thread's that wait for what others send. */
let pending = 0;
/** Values that were pushed, and things that were made. */
let pushed = 0;
let made = (seat + 1) * 1000;

const turn = () => new Promise((resolve) => setImmediate(resolve));
const oneOf = (list) => list[next(list.length)];
const tell = (message) => parentPort.postMessage(message);
const firstOf = (kind) => held.find(({ what }) => what === kind)?.handle;

function verify({ what, handle, number }) {
  if (what !== "arc") return;
  const [found, right] = [handle.view(Uint32Array), contentOf(number)];
  if (!isSame(found, right)) throw new Error(`Arc ${number} holds ${found}, and not ${right}`);
}

function hold(what, number, handle) {
  held.push({ what, number, handle, sent: 0 });
  verify(held.at(-1));
}

function drop({ what, handle }) {
  if (what === "listener") handle.discard();
  else handle.drop();
  // Each copy has one handle of a heap, however often it opens that.
  for (let i = held.length - 1; i >= 0; i--) if (held[i].handle === handle) held.splice(i, 1);
}

/** The heap by one of the copies, whether that has it open or not. */
const heapBy = ({ Heap }) => Heap.open(tokens[0].token);

/** Opens what a token names. It may be gone, if it was shared by a thread that is dead by now. */
function open({ what, number, token }, mayBeGone) {
  const { Arc, ConcurrentQueue, Heap, Sender, SharedEvent } = oneOf(copies);
  const kinds = { arc: Arc, queue: ConcurrentQueue, event: SharedEvent, sender: Sender, heap: Heap };
  try {
    hold(what, number, kinds[what].open(token));
  } catch (error) {
    if (!mayBeGone || error.code !== "ERR_SHMOL_TOKEN") throw error;
  }
}

/** Receives numbers from 0 up, in order, until the channel is closed because nobody has a sender any more. */
async function receive(receiver, { ClosedError }) {
  pending++;
  let expected = 0;
  try {
    for (;;) {
      const number = await receiver.recv();
      if (number !== expected++) throw new Error(`message ${number} came, and not ${expected - 1}`);
    }
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error;
  }
  receiver.drop();
  pending--;
}

/** Whether it was an error of another kind than that nobody has notified. */
function unlessLate(error) {
  if (error.name !== "TimeoutError") throw error;
}

const deeds = {
  open: () => open(oneOf(tokens), false),
  drop() {
    if (held.length > 0) drop(held.splice(next(held.length), 1)[0]);
  },
  verify: () => held.forEach(verify),
  push() {
    const queue = firstOf("queue");
    for (let left = queue === undefined ? 0 : 1 + next(8); left > 0; left--) {
      Atomics.store(seats, 2 * seat, ++pushed);
      queue.push(messageOf(seat, pushed));
      Atomics.store(seats, 2 * seat + 1, pushed);
    }
  },
  send() {
    for (const one of held) {
      if (one.what !== "sender" || one.handle.isClosed) continue;
      try {
        one.handle.trySend(one.sent++);
      } catch (error) {
        // Its receiver may have died since.
        if (error.code !== "ERR_SHMOL_CLOSED") throw error;
      }
    }
  },
  notify: () => firstOf("event")?.notify(1 + next(3)),
  listen() {
    const event = firstOf("event");
    if (event !== undefined) hold("listener", 0, event.listen());
  },
  wait: () =>
    firstOf("event")
      ?.listen()
      .wait({ timeoutMs: next(3) })
      .catch(unlessLate),
  waitSync() {
    try {
      firstOf("event")
        ?.listen()
        .waitSync({ timeoutMs: next(3) });
    } catch (error) {
      unlessLate(error);
    }
  },
  /** An Arc of this thread's goes to others, and stays here perhaps. */
  give() {
    const copy = oneOf(copies);
    const number = made++;
    const handle = copy.Arc.create(contentOf(number), { heap: heapBy(copy) });
    const opens = 1 + next(3);
    tell({ made: { what: "arc", number, token: handle.share({ opens }) }, opens });
    if (next(2) === 0) handle.drop();
    else hold("arc", number, handle);
  },
  /** Another thread gets the sender of a channel of this one's. */
  lend() {
    const copy = oneOf(copies);
    const { sender, receiver } = copy.channel(copy.i32, { heap: heapBy(copy) });
    tell({ made: { what: "sender", number: made++, token: sender.share({ opens: 1 }) }, opens: 1 });
    sender.drop();
    void receive(receiver, copy);
  },
  /** Lets go of everything, of the heap as well, and opens some of it again. */
  reopen() {
    dropAll();
    for (let left = next(4); left > 0; left--) deeds.open();
  },
  forget() {
    if (held.length === 0) return;
    const [one] = held.splice(next(held.length), 1);
    // The heap stays open for those who open by light tokens, and a view of an Arc may have been kept.
    if (one.what === "heap" || one.what === "arc") drop(one);
    else forgotten.push(new WeakRef(one.handle));
  },
  async collect() {
    collect();
    await turn();
  },
  rest: turn,
};
const names = Object.keys(deeds);

function dropAll() {
  for (const one of held.splice(0)) drop(one);
  for (const copy of copies) heapBy(copy).drop();
}

const deaths = {
  exit: () => process.exit(),
  throw() {
    throw new Error("on purpose");
  },
  // It would wait for what is lent.
  naturally: () => (pending === 0 ? parentPort.close() : process.exit()),
};

/** How many handles there are of each thing that the test has shared for good. */
function count() {
  const of = ({ what, number }) => held.filter((one) => one.what === what && one.number === number).length;
  return { counts: tokens.map(of), isIn: held.length > 0 };
}

const orders = {
  /** Does so many deeds, and dies between two of them if it shall. */
  async go({ number, death, at, given }) {
    for (const one of given) open(one, true);
    for (let i = 0; i < number; i++) {
      if (i === at) {
        Atomics.store(ends, threadId, 1);
        deaths[death]();
        return;
      }
      await deeds[oneOf(names)]();
    }
    deeds.verify();
    tell({ done: count() });
  },
  /** Loads the package once more, while handles by the other copies live. */
  async reload({ url }) {
    copies.push(await import(url));
    tell({ done: count() });
  },
  async dropAll() {
    dropAll();
    const isThere = (handle) => handle.deref() !== undefined;
    for (let round = 0; round < 100 && forgotten.length > 0; round++) {
      // What was looked at in this job is not collected in it.
      await turn();
      await deeds.collect();
      forgotten = forgotten.filter(isThere);
    }
    tell({ done: count() });
  },
  /** What has become of tickets is looked at by whoever opens the heap again. */
  pending() {
    dropAll();
    tell({ done: pending });
  },
  end() {
    Atomics.store(ends, threadId, 1);
    parentPort.close();
  },
};

parentPort.on("message", (order) => orders[order.name](order));
tell({ done: count() });
