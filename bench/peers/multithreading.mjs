// @ts-check
/**
 * The channel of multithreading, bounded, both ends blocking. What it sends lies as JSON in shared memory, behind semaphores.
 *
 * Its modules are imported one by one, since its entry takes Node 22 (it reads `navigator`) and threads for a pool of its own,
 * which replace some globals; the channel by itself needs none of that. Its own pool hands ends to threads as is done here.
 */
/** @param {string} file */
const load = (file) => import(new URL(`../lib/${file}`, import.meta.resolve("multithreading")).href);

const { channel } = await load("sync/mpmc.js");
const { serialize, deserialize } = await load("shared.js");

const CAPACITY = 1024;
/** Room for the ring's elements: 64 KiB unless told, which 1,024 small objects do not fit into. */
const BYTES = 1 << 20;

export class MultithreadingChannel {
  #sender;
  #receiver;

  /** @param {{ sender: unknown, receiver: unknown }} ends */
  constructor({ sender, receiver }) {
    this.#sender = deserialize(sender);
    this.#receiver = deserialize(receiver);
  }

  static create() {
    const [sender, receiver] = channel(CAPACITY, { size: BYTES });
    // With what has to be transferred, which is nothing here.
    return { sender: serialize(sender)[0], receiver: serialize(receiver)[0] };
  }

  /** @param {unknown} value Waits for room. */
  push(value) {
    const { ok, error } = this.#sender.blockingSend(value);
    if (!ok) throw error;
    return true;
  }

  /** Waits for a message. */
  pop() {
    const { ok, value, error } = this.#receiver.blockingRecv();
    if (!ok) throw error;
    return value;
  }
}
