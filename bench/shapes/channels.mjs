// @ts-check
/** What threads do whose links are channels of the library: the ends block or await. */

/** Address space that a channel without a capacity may grow into. */
const ROOM_BYTES = 1024 ** 3;

/**
 * @typedef {typeof import("shmol")} Library
 * @typedef {{ sender: import("shmol").Sender<any>, receiver: import("shmol").Receiver<any> }} Ends
 * @typedef {import("./program.mjs").Work<Ends>} Work
 */

/** Makes a channel, with an end of it for each of a number of threads. @param {number} from @param {number} to @param {any} how */
function link(from, to, { shmol, codec, capacity }) {
  const heap = shmol.Heap.create({ capacity: ROOM_BYTES });
  const { sender, receiver } = shmol.channel(codec(shmol), { heap, ...(capacity ? { capacity } : {}) });
  const [out, into] = [sender.share({ opens: from }), receiver.share({ opens: to })];
  sender.drop();
  receiver.drop();
  return { outs: Array(from).fill(out), ins: Array(to).fill(into) };
}

/** @param {{ out?: any, into?: any }} tokens @param {Library} shmol */
function open({ out, into }, { Sender, Receiver }) {
  return { sender: out && Sender.open(out), receiver: into && Receiver.open(into) };
}

/** @param {Work} work */
async function source({ ends: { sender }, blocks, first, items, make }) {
  if (blocks) for (let n = 0; n < items; n++) sender.sendSync(make(first + n));
  else for (let n = 0; n < items; n++) await sender.send(make(first + n));
  sender.drop();
}

/** @param {Work} work */
async function relay({ ends: { sender, receiver }, blocks, first, change }) {
  if (blocks) for (const message of receiver.blocking()) sender.sendSync(change(message, first));
  else for await (const message of receiver) await sender.send(change(message, first));
  sender.drop();
  receiver.drop();
}

/** @param {Work} work */
async function sink({ ends: { receiver }, blocks, wordOf, tally }) {
  if (blocks) for (const message of receiver.blocking()) tally.take(wordOf(message));
  else for await (const message of receiver) tally.take(wordOf(message));
  receiver.drop();
}

/** @param {Work} work */
async function pool({ ends: { sender, receiver }, blocks, items, underWay, make, wordOf, tally }) {
  let sent = 0;
  let began = 0;
  /** The next job, if there was no room for it. @type {unknown} */
  let job;
  /** Sends what may be under way. Without room it goes on after the next result: as long as there is none, some come. */
  const fill = () => {
    for (; sent < items && sent - tally.count < underWay; sent++) {
      job ??= make(sent);
      if (!sender.trySend(job)) return;
      job = undefined;
    }
    if (sent === items) sender.drop();
  };
  const take = (/** @type {unknown} */ result) => {
    tally.take(wordOf(result));
    if (underWay === 1) {
      const time = performance.now();
      tally.calls.push(time - began);
      began = time;
    }
    fill();
  };
  began = performance.now();
  fill();
  if (blocks) for (const result of receiver.blocking()) take(result);
  else for await (const result of receiver) take(result);
  receiver.drop();
}

export const channels = { link, open, source, relay, sink, pool };
