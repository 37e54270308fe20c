/**
 * What workers do in the tests of channels. Messages carry their sender: `number * senders + sender`. No wait of theirs is
 * longer than a lost wake-up takes to be one.
 */
import { Heap, Receiver, Sender, select } from "shmol";
import { random } from "../random.mjs";
import { meet, play } from "../startingLine.mjs";

const LOST_MS = 20_000;
const LIMITS = { timeoutMs: LOST_MS };

const isClosed = (error) => error.code === "ERR_SHMOL_CLOSED";
const isTimeout = (error) => error.code === "ERR_SHMOL_TIMEOUT";

/** Ways to send messages, each until the channel is closed; each answers how many were sent. */
const sending = {
  async awaited(sender, messages) {
    let sent = 0;
    for (const message of messages) {
      await sender.send(message, LIMITS);
      sent++;
    }
    return sent;
  },
  blocking(sender, messages) {
    for (const message of messages) sender.sendSync(message, LIMITS);
    return messages.length;
  },
  async batches(sender, messages) {
    let sent = 0;
    for (let i = 0; i < messages.length; i += 100) sent += await sender.sendMany(messages.subarray(i, i + 100), LIMITS);
    return sent;
  },
  async stream(sender, messages) {
    const writer = sender.writable.getWriter();
    for (const message of messages) await writer.write(message);
    await writer.close();
    return messages.length;
  },
};

/** Ways to receive until the channel is closed and empty. */
const receiving = {
  async awaited(receiver, take) {
    for await (const message of receiver) take(message);
  },
  blocking(receiver, take) {
    for (const message of receiver.blocking()) take(message);
  },
  async batches(receiver, take) {
    for (;;) {
      try {
        for (const message of await receiver.recvMany(100, LIMITS)) take(message);
      } catch (error) {
        if (!isClosed(error)) throw error;
        return;
      }
    }
  },
  async stream(receiver, take) {
    for await (const message of receiver.readable) take(message);
  },
};

play({
  /** Sends its `count` messages in order; answers how many were sent. */
  send({ token, heap, way, number, senders, count }) {
    Heap.open(heap);
    const sender = Sender.open(token);
    const messages = Int32Array.from({ length: count }, (_, i) => i * senders + number);
    return async () => {
      const sent = await sending[way](sender, messages);
      sender.drop();
      return sent;
    };
  },

  /** Receives all there is; answers it in its order, and the largest size that it saw. */
  receive({ token, heap, way }) {
    Heap.open(heap);
    const receiver = Receiver.open(token);
    return async () => {
      const seen = [];
      let size = 0;
      await receiving[way](receiver, (message) => {
        seen.push(message);
        // The stream drops its receiver with the last message.
        if (seen.length % 64 === 0 && way !== "stream") size = Math.max(size, receiver.size);
      });
      receiver.drop();
      return { seen: Int32Array.from(seen), size };
    };
  },

  /** Sends until the channel is closed; answers how many went in. */
  sendUntilClosed({ token, heap, isAsync, number, senders }) {
    Heap.open(heap);
    const sender = Sender.open(token);
    return async () => {
      let sent = 0;
      try {
        for (;;) {
          const message = sent * senders + number;
          if (isAsync) await sender.send(message, LIMITS);
          else sender.sendSync(message, LIMITS);
          sent++;
        }
      } catch (error) {
        if (!isClosed(error)) throw error;
      }
      sender.drop();
      return sent;
    };
  },

  /**
   * Sends `count` messages and gives up as often as not: time-outs, aborted signals, none. Answers those that it was told were
   * sent.
   */
  sendOrGiveUp({ token, heap, isAsync, number, senders, count, seed }) {
    Heap.open(heap);
    const sender = Sender.open(token);
    const next = random(seed);
    return async () => {
      const sent = [];
      for (let i = 0; i < count; i++) {
        const message = i * senders + number;
        if (
          await tryFor(
            (limits) => (isAsync ? sender.send(message, limits) : sender.sendSync(message, limits)),
            next,
            isAsync,
          )
        )
          sent.push(message);
      }
      sender.drop();
      return Int32Array.from(sent);
    };
  },

  /** Receives likewise until the channel is closed and empty; answers what it was given, and counts itself in once it gave up. */
  receiveOrGiveUp({ token, heap, isAsync, gaveUp, seed }) {
    Heap.open(heap);
    const receiver = Receiver.open(token);
    const next = random(seed);
    return async () => {
      const seen = [];
      let isCounted = false;
      while (!receiver.isFinished) {
        const take = (limits) => (isAsync ? receiver.recv(limits) : receiver.recvSync(limits));
        const was = await tryFor(async (limits) => seen.push(await take(limits)), next, isAsync);
        if (was || isCounted) continue;
        isCounted = true;
        Atomics.add(gaveUp, 0, 1);
      }
      receiver.drop();
      return Int32Array.from(seen);
    };
  },

  /** In each round looks once at two channels, while another thread closes the one and then empties the other; answers how often it found what. */
  lookAtTwo({ heap, pairs, cell, seed }) {
    Heap.open(heap);
    const rounds = pairs.map((pair) => pair.map((token) => Receiver.open(token)));
    const next = random(seed);
    return async () => {
      const found = { message: 0, closed: 0, nothing: 0 };
      for (const [round, receivers] of rounds.entries()) {
        meet(cell, 2, round + 1);
        for (let turns = next(200); turns > 0; turns--) Atomics.load(cell, 0);
        try {
          found[(await select(receivers, { timeoutMs: 0 })).closed ? "closed" : "message"]++;
        } catch (error) {
          if (!isTimeout(error)) throw error;
          found.nothing++;
        }
        for (const receiver of receivers) receiver.drop();
      }
      return found;
    };
  },
});

/** Calls with limits of some kind; whether it was done in time. */
async function tryFor(act, next, isAsync) {
  const kind = next(3);
  const controller = new AbortController();
  const limits = kind === 0 ? { timeoutMs: next(3) / 4 } : { timeoutMs: 5 };
  if (isAsync && kind === 1) {
    limits.signal = controller.signal;
    if (next(2) === 0) setImmediate(() => controller.abort());
    else queueMicrotask(() => controller.abort());
  }
  try {
    await act(limits);
    return true;
  } catch (error) {
    if (isTimeout(error) || isClosed(error) || error === controller.signal.reason) return false;
    throw error;
  }
}
