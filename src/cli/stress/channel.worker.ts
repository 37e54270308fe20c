/** The ends of a channel: each sends or receives in its way, and says what became of every message. */
import { ClosedError, PartialSendError, Receiver, Sender, TimeoutError, type WaitOptions } from "../../index.js";
import type { Random } from "../random.js";
import { BATCH, type ChannelOptions, type ChannelOrders, shapeOfRun, type Way } from "./channel.js";
import { numbers } from "./encoding.js";
import { ENDLESS } from "./options.js";
import { abortedSoon, GIVEN_UP, type Seat } from "./seat.js";
import { Serials } from "./serials.js";
import { Verifier } from "./verifier.js";

type End = Seat<ChannelOptions, ChannelOrders, Way>;

/** The call with which a sender cheats. */
const TRIGGER = 50;
/** Messages are numbers, each in the only way in which it can be one. */
const MESSAGES = numbers.i32;

// ── fickle ends ──

/** Limits for one call: time-outs, signals, sooner and later, and now and then none that matters. */
function limits(random: Random): WaitOptions {
  const kind = random.below(4);
  if (kind < 2) return { timeoutMs: kind === 0 ? random.below(3) / 4 : 20 };
  return { signal: abortedSoon(kind === 2 ? queueMicrotask : setImmediate) };
}

/** Whether an error says that an end gave up. */
function isGivenUp(error: unknown): boolean {
  return error === GIVEN_UP || error instanceof TimeoutError;
}

// ── senders ──

/**
 * Sends its messages in order, each again until it is in, and says which are.
 *
 * Deliberate faults: `lie` says that it sent a message, `retract` says that it did not send one which it did, `leak` allocates a block
 * and forgets it, `crash` throws.
 */
async function send(end: End): Promise<void> {
  const { random, orders, options, manner: way } = end;
  const serials = new Serials(end.board, shapeOfRun(end.options));
  const sender = Sender.open(orders.sender);
  const writer = way === "stream" ? sender.writable.getWriter() : undefined;
  /** Whether the board must know at any moment what went in. Otherwise it is told of a segment when that is over. */
  const isKillable = options.kill > 0;
  const closesAt = options.close ? Math.floor(options.messages / 2) : ENDLESS;
  let [isClosed, calls] = [false, 0];

  /** Sends some messages. Throws or rejects when it gives up, or when the channel is closed. Only a batch says how many it sent. */
  const sendSome = (first: number, count: number): unknown => {
    if (calls === TRIGGER && end.cheats("lie")) return;
    if (way === "batch") {
      const messages = Array.from({ length: count }, (_, i) => MESSAGES.encode(first + i));
      return sender.sendMany(messages, random.oneIn(2) ? { timeoutMs: 20 } : {});
    }
    const message = MESSAGES.encode(first);
    if (way === "sync") return sender.sendSync(message);
    if (writer !== undefined) return writer.write(message);
    return sender.send(message, way === "fickle" ? limits(random) : {});
  };
  /** Returns how many went in. */
  const attempt = async (first: number, count: number): Promise<number> => {
    try {
      const sent = await sendSome(first, count);
      return typeof sent === "number" ? sent : count;
    } catch (error) {
      const [cause, sent] = error instanceof PartialSendError ? [error.cause, error.sent] : [error, 0];
      if (cause instanceof ClosedError) isClosed = true;
      else if (!isGivenUp(cause)) throw cause;
      return sent;
    }
  };

  end.awaitBeginning();
  end.does("sending");
  while (!isClosed && !end.isDone) {
    const count = Math.min(way === "batch" ? 1 + random.below(BATCH) : 1, serials.left(end.number));
    if (count === 0) break;
    const first = serials.next;
    if (first + count > closesAt) sender.close();
    for (let serial = first; serial < first + count; serial++) end.clock?.departs(serial);
    if (isKillable) serials.attempt(count);
    const isIn = await attempt(first, count);
    const retracts = calls === TRIGGER && end.cheats("retract");
    serials.advance(retracts ? 0 : isIn);
    if (isKillable) serials.confirm();
    end.count("sent", isIn);
    if (isIn < count) end.count("sendsGivenUp", count - isIn);
    if (calls === TRIGGER) end.crashOrStall();
    calls++;
  }
  serials.confirm();
  if (!isClosed) await writer?.close();
  end.does("leaving");
  if (end.cheats("leak")) sender.heap.alloc(1);
  sender.drop();
}

// ── receivers ──

/** Receives until the channel is closed and empty. Deliberate faults are its verifier's. */
async function receive(end: End): Promise<void> {
  const { random, orders } = end;
  const verifier = new Verifier(end, MESSAGES, new Serials(end.board, shapeOfRun(end.options)), "delivery");
  const receiver = Receiver.open(orders.receiver);

  const note = (...messages: number[]) => verifier.receive(messages);
  const receiveWhile = async (take: () => Promise<unknown>) => {
    for (;;) {
      try {
        await take();
      } catch (error) {
        if (error instanceof ClosedError) return;
        if (!isGivenUp(error)) throw error;
        end.count("receivesGivenUp");
      }
    }
  };
  const ways: { readonly [way in Way]: () => Promise<void> } = {
    sync: async () => {
      for (const message of receiver.blocking()) note(message);
    },
    async: async () => {
      for await (const message of receiver) note(message);
    },
    stream: async () => {
      for await (const message of receiver.readable as unknown as AsyncIterable<number>) note(message);
    },
    batch: () => receiveWhile(async () => note(...(await receiver.recvMany(BATCH)))),
    fickle: () => receiveWhile(async () => note(await receiver.recv(limits(random)))),
  };

  end.awaitBeginning();
  end.does("receiving");
  await ways[end.manner]();
  end.does("leaving");
  receiver.drop();
}

export const parts = { sender: send, receiver: receive };
