/** The ends of a channel: each sends or receives in its way, and says what became of every message. */
import { ClosedError, PartialSendError, Receiver, Sender, TimeoutError, type WaitOptions } from "../../index.js";
import type { Random } from "../random.js";
import { BATCH, type ChannelOptions, type ChannelOrders, Fates, REFUSED, SENT, type Way } from "./channel.js";
import type { Seat } from "./seat.js";

type End = Seat<ChannelOptions, ChannelOrders, Way>;

const [RECEIVED, SENDS, SENDS_GIVEN_UP, RECEIVES_GIVEN_UP] = [0, 1, 2, 3] as const;
const [SENDING, RECEIVING, LEAVING] = [0, 1, 2] as const;
/** The message of its own that a saboteur cheats with. */
const TRIGGER = 50;

// ── fickle ends ──

const GIVE_UP = new Error("gave up");

/** Limits for one call: time-outs, signals, sooner and later, and now and then none that matters. */
function limits(random: Random): WaitOptions {
  const kinds: (() => WaitOptions)[] = [
    () => ({ timeoutMs: random.below(3) / 4 }),
    () => ({ signal: abortedSoon(queueMicrotask) }),
    () => ({ signal: abortedSoon(setImmediate) }),
    () => ({ timeoutMs: 20 }),
  ];
  return (kinds[random.below(kinds.length)] as () => WaitOptions)();
}

function abortedSoon(when: (act: () => void) => unknown): AbortSignal {
  const controller = new AbortController();
  when(() => controller.abort(GIVE_UP));
  return controller.signal;
}

/** Whether an error says that an end gave up. */
function isGivenUp(error: unknown): boolean {
  return error === GIVE_UP || error instanceof TimeoutError;
}

// ── senders ──

/**
 * Draws messages, sends them, and says of each whether it went in.
 *
 * Deliberate faults: `lie` says that it sent a message, `retract` says that it did not send one which it did, `leak` allocates a block
 * and forgets it, `crash` throws.
 */
async function send(end: End): Promise<void> {
  const { random, orders, manner: way } = end;
  const fates = new Fates(end.board, orders.messages);
  const sender = Sender.open(orders.sender);
  let [isClosed, sent] = [false, 0];

  const draw = () => {
    const message = end.isDone ? undefined : fates.draw(end.number);
    if (message !== undefined && message === orders.closesAt) sender.close();
    if (message !== undefined) end.clock.departs(message);
    return message;
  };
  const note = (message: number, isSent: boolean) => {
    const isTrigger = isSent && sent++ === TRIGGER;
    if (isTrigger) end.crashOrStall();
    const said = isSent && !(isTrigger && end.cheats("retract"));
    fates.decide(message, end.number, said ? SENT : REFUSED);
    end.count(said ? SENDS : SENDS_GIVEN_UP);
  };
  /** Whether it was done. Otherwise the end gave up, or the channel is closed. */
  const attempt = async (act: () => Promise<void> | void) => {
    end.does(SENDING);
    try {
      await act();
      return true;
    } catch (error) {
      if (error instanceof ClosedError) isClosed = true;
      else if (!isGivenUp(error)) throw error;
      return false;
    }
  };
  const sendEach = async () => {
    const writer = way === "stream" ? sender.writable.getWriter() : undefined;
    while (!isClosed) {
      const message = draw();
      if (message === undefined) break;
      const isSent = await attempt(() => {
        if (sent === TRIGGER && end.cheats("lie")) return;
        if (writer !== undefined) return writer.write(message);
        if (way === "sync") return sender.sendSync(message);
        return sender.send(message, way === "fickle" ? limits(random) : {});
      });
      note(message, isSent);
    }
    if (!isClosed) await writer?.close();
  };
  const sendBatches = async () => {
    while (!isClosed) {
      const messages: number[] = [];
      for (let left = 1 + random.below(BATCH); left > 0; left--) {
        const message = draw();
        if (message === undefined) break;
        messages.push(message);
      }
      if (messages.length === 0) return;
      let count = 0;
      await attempt(async () => {
        try {
          count = await sender.sendMany(messages, random.oneIn(2) ? { timeoutMs: 20 } : {});
        } catch (error) {
          if (!(error instanceof PartialSendError)) throw error;
          count = error.sent;
          throw error.cause;
        }
      });
      for (const [i, message] of messages.entries()) note(message, i < count);
    }
  };

  end.awaitBeginning();
  await (way === "batch" ? sendBatches() : sendEach());
  end.does(LEAVING);
  if (end.cheats("leak")) sender.heap.alloc(1);
  sender.drop();
}

// ── receivers ──

/**
 * Receives until the channel is closed and empty. Notes each message, and whether those of each sender come in order.
 *
 * Deliberate faults: `swallow` says nothing of a message, `duplicate` says that one came twice, `forge` says that one came that nobody
 * sent, `swap` says that two came in the wrong order, `stall` stops working.
 */
async function receive(end: End): Promise<void> {
  const { random, orders } = end;
  const fates = new Fates(end.board, orders.messages);
  const receiver = Receiver.open(orders.receiver);
  const last = new Int32Array(1 + end.board.shape.seats).fill(-1);
  let received = 0;

  const note = (message: number) => {
    const isTrigger = ++received === TRIGGER;
    const cheats = (how: string) => isTrigger && end.cheats(how);
    if (cheats("swallow")) return;
    if (isTrigger) end.crashOrStall();
    const sender = fates.senderOf(message);
    const before = last[sender] as number;
    if (message <= before || cheats("swap")) end.fault("order", `${message} of sender ${sender} came after ${before}`);
    last[sender] = message;
    end.clock.arrives(message);
    fates.receive(message);
    end.count(RECEIVED);
    end.does(RECEIVING);
    if (cheats("duplicate")) fates.receive(message);
    if (cheats("forge")) fates.receive(orders.messages - 1);
  };
  const receiveWhile = async (take: () => Promise<void>) => {
    for (;;) {
      try {
        await take();
      } catch (error) {
        if (error instanceof ClosedError) return;
        if (!isGivenUp(error)) throw error;
        end.count(RECEIVES_GIVEN_UP);
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
    batch: () =>
      receiveWhile(async () => {
        for (const message of await receiver.recvMany(BATCH)) note(message);
      }),
    fickle: () => receiveWhile(async () => note(await receiver.recv(limits(random)))),
  };

  end.awaitBeginning();
  end.does(RECEIVING);
  await ways[end.manner]();
  end.does(LEAVING);
  receiver.drop();
}

export const parts = { sender: send, receiver: receive };
