/**
 * The stress run of the channel: real threads send and receive in all ways there are (channel.worker.ts). Senders number their messages
 * and say of each whether it went in: those that did must be received once and in order, the others must not be received.
 *
 *   words      | next message | sender : 6, fate : 2 | for each message | times received : 8 | for each message
 *
 *   sent       received once; a message that a killed receiver had taken may be missing
 *   refused    not received
 *   drawn      its sender was killed before it could say: received once or not at all
 *
 * A message is its number. Senders draw them from one counter, so the numbers of one sender rise. The main thread keeps a handle of
 * either side, for workers that take the place of killed ones. When the senders have left it drops its own, which closes the channel.
 */
import { i32, channel as make, type Receiver, type ReceiverToken, type SenderToken } from "../../index.js";
import { sideOf } from "../../internals.js";
import type { Board } from "./board.js";
import { describeList } from "./events.js";
import { type CommonOptions, count, ENDLESS, flag, integer, OptionError, oneOf, type Values } from "./options.js";
import type { Scenario, Suite } from "./scenario.js";

/** How an end works. `fickle` ends give up all the time, with time-outs and aborted signals. */
const WAYS = ["sync", "async", "batch", "stream", "fickle"] as const;
export type Way = (typeof WAYS)[number];
/** Messages that a `batch` end sends or takes at once, at most. */
export const BATCH = 100;
/** Of a run. Each takes two bytes of the board. */
const MOST = 100_000_000;
const DEFAULT_MESSAGES = 300_000;
const DEFAULT_CAPACITY = 64;

const COUNTS = ["received", "sent", "sendsGivenUp", "receivesGivenUp"] as const;

export interface ChannelOrders {
  readonly sender: SenderToken<number>;
  readonly receiver: ReceiverToken<number>;
  readonly messages: number;
  /** The message whose sender closes the channel first; none: -1. */
  readonly closesAt: number;
}

/** What is known of a message, beside nothing (0: nobody drew it): it was to be sent; it was sent; it was not. */
const DRAWN = 1;
export const SENT = 2;
export const REFUSED = 3;
const FATE_BITS = 2;

export class Fates {
  readonly #next: Int32Array;
  readonly #fates: Uint8Array;
  readonly #received: Uint8Array;
  readonly #messages: number;

  constructor({ words }: Board, messages: number) {
    const at = words.byteOffset + 4;
    this.#messages = messages;
    this.#next = words.subarray(0, 1);
    this.#fates = new Uint8Array(words.buffer, at, messages);
    this.#received = new Uint8Array(words.buffer, at + messages, messages);
  }

  static words(messages: number): number {
    return 1 + Math.ceil(messages / 2);
  }

  draw(seat: number): number | undefined {
    const message = Atomics.add(this.#next, 0, 1);
    if (message >= this.#messages) return undefined;
    this.decide(message, seat, DRAWN);
    return message;
  }

  get drawn(): number {
    return Math.min(Atomics.load(this.#next, 0), this.#messages);
  }

  decide(message: number, seat: number, fate: number): void {
    this.#fates[message] = ((seat - 1) << FATE_BITS) | fate;
  }
  fateOf(message: number): number {
    return (this.#fates[message] as number) & (2 ** FATE_BITS - 1);
  }
  senderOf(message: number): number {
    return 1 + ((this.#fates[message] as number) >> FATE_BITS);
  }

  receive(message: number): void {
    Atomics.add(this.#received, message, 1);
  }
  timesReceived(message: number): number {
    return this.#received[message] as number;
  }
}

/** What came out against what went in, message by message; and the first that is wrong, or else missing. */
function accountOf(fates: Fates) {
  const count = { sent: 0, received: 0, refused: 0, doubtful: 0, missing: 0, wrong: 0 };
  let [firstWrong, firstMissing] = ["", ""];
  for (let message = 0; message < fates.drawn; message++) {
    const [fate, times] = [fates.fateOf(message), fates.timesReceived(message)];
    count.received += times;
    count[fate === SENT ? "sent" : fate === REFUSED ? "refused" : "doubtful"]++;
    const isWrong = times > (fate === REFUSED ? 0 : 1);
    if (!isWrong && (fate !== SENT || times > 0)) continue;
    count[isWrong ? "wrong" : "missing"]++;
    const not = fate === REFUSED ? "not " : "";
    const said = `message ${message} of sender ${fates.senderOf(message)} was ${not}sent, and was received ${times} times`;
    if (isWrong) firstWrong ||= said;
    else firstMissing ||= said;
  }
  return { ...count, first: firstWrong || firstMissing || "none" };
}

function waiting(end: Receiver<number>): string {
  const { sendReady, recvReady } = sideOf(end);
  return `for room: ${describeList(sendReady)}; for messages: ${describeList(recvReady)}`;
}

const options = {
  senders: integer("threads that send", { from: 1, to: 32, value: 3 }),
  receivers: integer("threads that receive", { from: 1, to: 32, value: 3 }),
  capacity: count<number | undefined>(`messages that have room (default ${DEFAULT_CAPACITY})`, {
    ...{ from: 1, to: 2 ** 20, value: undefined },
  }),
  unbounded: flag("room for any number of messages"),
  ends: oneOf("how the ends work, see below", ["mixed", ...WAYS], "mixed"),
  messages: count("how many to send (default 300k, without a limit with --duration or --kills)", {
    ...{ from: 1, to: MOST, value: ENDLESS },
  }),
  close: flag("close the channel when half of the messages were sent"),
};
export type ChannelOptions = Values<typeof options> & CommonOptions;

const scenario: Scenario<ChannelOptions> = {
  ...{ name: "channel", module: "channel", counts: COUNTS, limit: "messages" },
  activities: ["sending", "receiving", "leaving"],
  checks: {
    delivery: "each message that was sent was received once, and no other",
    order: "each sender's messages came in order",
    end: "closed by the last sender, and emptied",
  },
  sabotage: {
    ...{ swallow: "receiver", duplicate: "receiver", forge: "receiver", swap: "receiver", stall: "receiver" },
    ...{ lie: "sender", retract: "sender", crash: "sender", leak: "sender" },
  },
  timing: {
    ...{ every: 61, what: "Time under way" },
    note: "From before a send, waiting for room included, until the receiver has the message; of one message in 61.",
  },
  seats({ senders, receivers, ends }) {
    const wayOf = (turn: number) => (ends === "mixed" ? (WAYS[turn % WAYS.length] as Way) : ends);
    return [
      ...Array.from({ length: senders }, (_, i) => ({ part: "sender", manner: wayOf(i) })),
      // Their ways begin elsewhere, so that all kinds meet.
      ...Array.from({ length: receivers }, (_, i) => ({ part: "receiver", manner: wayOf(i + 1) })),
    ];
  },
  words: ({ messages }) => Fates.words(Math.min(messages, MOST)),
  setUp({ options, heap, board, killed, haveLeft }) {
    const { capacity = DEFAULT_CAPACITY, unbounded, ends, close } = options;
    const messages = Math.min(options.messages, MOST);
    const { sender, receiver } = make(i32, { heap, ...(unbounded ? {} : { capacity }) });
    const fates = new Fates(board, messages);
    let wasClosed = false;
    let account: ReturnType<typeof accountOf> | undefined;
    return {
      subjects: [receiver],
      orders: {
        ...{ sender: sender.share(), receiver: receiver.share(), messages },
        closesAt: close ? Math.floor(messages / 2) : -1,
      },
      isDone: () => haveLeft("sender"),
      isPart: messages < options.messages,
      async ending(until) {
        await until(() => haveLeft("sender"));
        wasClosed = receiver.isClosed;
        sender.drop();
      },
      verify() {
        const { isClosed, isFinished, size, senderCount } = receiver;
        // A run that is cut short may not come to the close.
        const isEarly = wasClosed && !close;
        if (!isClosed || !isFinished || size !== 0 || senderCount !== 0 || isEarly) {
          const early = isEarly ? "; it was closed while there was a sender" : "";
          const state = `isClosed ${isClosed}, isFinished ${isFinished}, size ${size}, senders ${senderCount}`;
          board.fault(0, "end", `${state}${early}`);
        }
        account = accountOf(fates);
        const { sent, received, refused, doubtful, missing, wrong, first } = account;
        // What a killed receiver had taken in its last call is gone with it.
        const maxLost = (ends === "mixed" || ends === "batch" ? BATCH : 1) * killed("receiver");
        const kills = killed("receiver") + killed("sender");
        const lost = `, ${missing} lost with the killed (limit ${maxLost}), ${doubtful} in doubt`;
        const delivery = `${sent} sent, ${received} received, ${refused} not sent${kills > 0 ? lost : ""}`;
        if (wrong > 0 || missing > maxLost || doubtful > BATCH * kills) {
          board.fault(0, "delivery", `${delivery}; ${wrong} wrong, ${missing} missing, first: ${first}`);
        }
        return wasClosed ? { delivery, end: "closed in the middle, and emptied" } : { delivery };
      },
      figures: () => ({ lost: account?.missing ?? 0, doubtful: account?.doubtful ?? 0 }),
      situation() {
        const state = receiver.isClosed ? "closed" : "open";
        return `${receiver.size} messages in the channel, which is ${state}; ${waiting(receiver)}`;
      },
    };
  },
};

export const channel: Suite<typeof options> = {
  name: "channel",
  about: "send and receive on many threads at once",
  help: `Ends:
  sync      block for room and for messages
  async     await them; receivers iterate
  batch     send and take many at once, with time-outs
  stream    write to and read from web streams
  fickle    give up all the time, with time-outs and aborted signals
  mixed     each end in another of these ways

Senders number their messages and say of each whether it went in. Messages that did must be received once, and in order; those
that were given up, or refused because the channel was closed, must not be received. When a run ends, senders stop, the last one
that leaves closes the channel, and receivers empty it.

Examples:
  $ shmol stress channel                                        all ways at once
  $ shmol stress channel --unbounded --ends async --messages 5M
  $ shmol stress channel --capacity 1 --close --senders 8 --receivers 8
  $ shmol stress channel --kills 100 --kill 20 --checked
  $ shmol stress channel --ends stream --json | jq .perSecond`,
  options,
  defaults: ({ duration, kills }) =>
    duration === undefined && kills === undefined ? { messages: DEFAULT_MESSAGES } : {},
  refuse({ messages, unbounded, close }, { capacity }) {
    if (unbounded && capacity !== undefined) {
      throw new OptionError(`capacity is ${capacity}, but the channel is unbounded: leave one of them out`);
    }
    if (close && messages === ENDLESS) {
      throw new OptionError("close is after half of the messages, but messages has no limit: say how many messages");
    }
  },
  scenarios: () => [scenario],
};
