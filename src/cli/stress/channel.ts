/**
 * The stress run of the channel: real threads send and receive in all ways there are (channel.worker.ts). Messages are numbers, and the
 * board knows of each whether it went in and came out (serials.ts). A message that its sender gave up must not come out, and is sent
 * again.
 *
 * The main thread keeps a handle of either side, for workers that take the place of killed ones. When the senders have left it drops
 * its own, which closes the channel.
 */
import { i32, channel as make, type ReceiverToken, type SenderToken } from "../../index.js";
import { sideOf } from "../../internals.js";
import { describeList } from "./events.js";
import { type CommonOptions, count, ENDLESS, flag, integer, oneOf, type Values } from "./options.js";
import type { Scenario, Suite } from "./scenario.js";
import { type Audit, Serials, shapeOf } from "./serials.js";

/** How an end works. `fickle` ends give up all the time, with time-outs and aborted signals. */
const WAYS = ["sync", "async", "batch", "stream", "fickle"] as const;
export type Way = (typeof WAYS)[number];
/** Messages that a `batch` end sends or takes at once, at most. */
export const BATCH = 100;
const DEFAULT_MESSAGES = 300_000;
const DEFAULT_CAPACITY = 64;

const COUNTS = ["received", "sent", "sendsGivenUp", "receivesGivenUp"] as const;

export interface ChannelOrders {
  readonly sender: SenderToken<number>;
  readonly receiver: ReceiverToken<number>;
}

const options = {
  senders: integer("threads that send", [1, 32], 3),
  receivers: integer("threads that receive", [1, 32], 3),
  capacity: count(`messages that fit into the channel (default ${DEFAULT_CAPACITY})`, [1, 2 ** 20], undefined),
  unbounded: flag("without a limit to the number of messages in the channel"),
  ends: oneOf("how the ends work, see below", ["mixed", ...WAYS], "mixed"),
  messages: count(
    "messages in all (default 300k, without a limit with --duration or --kills)",
    [1, 100_000_000],
    ENDLESS,
  ),
  close: flag("close the channel when half of the messages were sent"),
};
export type ChannelOptions = Values<typeof options> & CommonOptions;

/** Segments are small: a fickle end takes long for one. */
export const shapeOfRun = ({ messages }: ChannelOptions) => shapeOf(messages, 7);

const scenario: Scenario<ChannelOptions> = {
  ...{ name: "channel", module: "channel", counts: COUNTS, limit: "messages" },
  checks: {
    delivery: "each message that was sent was received once, and no other",
    order: "each sender's messages came in order",
    end: "closed by the last sender, and emptied",
  },
  sabotage: { receiver: "swallow duplicate forge swap stall", sender: "lie retract crash leak" },
  timing: {
    ...{ every: 61, what: "Time under way" },
    note: "From before a send, waiting for room included, until the receiver has the message; of one message in 61.",
  },
  source: "sender",
  seats({ senders, receivers, ends }) {
    const wayOf = (turn: number) => (ends === "mixed" ? (WAYS[turn % WAYS.length] as Way) : ends);
    return [
      ...Array.from({ length: senders }, (_, i) => ({ part: "sender", manner: wayOf(i) })),
      // Their ways begin elsewhere, so that all kinds meet.
      ...Array.from({ length: receivers }, (_, i) => ({ part: "receiver", manner: wayOf(i + 1) })),
    ];
  },
  words: (options) => Serials.words(shapeOfRun(options)),
  setUp({ options, heap, board, killed, verdict }) {
    const { capacity = DEFAULT_CAPACITY, unbounded, ends, close, messages } = options;
    const { sender, receiver } = make(i32, { heap, ...(unbounded ? {} : { capacity }) });
    const shape = shapeOfRun(options);
    const serials = new Serials(board, shape);
    let wasClosed = false;
    let audit: Audit | undefined;

    const checkEnd = () => {
      const { isClosed, isFinished, size, senderCount } = receiver;
      // A run that is cut short may not come to the close.
      const isEarly = wasClosed && !close;
      if (isClosed && isFinished && size === 0 && senderCount === 0 && !isEarly) return;
      const early = isEarly ? "; it was closed while there was a sender" : "";
      const state = `isClosed ${isClosed}, isFinished ${isFinished}, size ${size}, senders ${senderCount}`;
      board.fault(0, "end", `${state}${early}`);
    };
    return {
      subjects: [receiver],
      orders: { sender: sender.share(), receiver: receiver.share() } satisfies ChannelOrders,
      isPart: shape.items < messages,
      ending() {
        wasClosed = receiver.isClosed;
        sender.drop();
      },
      verify() {
        checkEnd();
        audit = serials.audit();
        const { confirmed, attempted, missing, first, beyond } = audit;
        const doubtful = attempted - confirmed;
        // What a killed receiver had taken in its last call is gone with it.
        const maxLost = (ends === "mixed" || ends === "batch" ? BATCH : 1) * killed("receiver");
        const kills = killed("receiver") + killed("sender");
        const lost = `, ${missing} lost with the killed (limit ${maxLost}), ${doubtful} in doubt`;
        const delivery = `${confirmed} sent, ${board.total("received")} received${kills > 0 ? lost : ""}`;
        const isWell = beyond === 0 && missing <= maxLost && doubtful <= BATCH * kills;
        const which = missing === 0 ? "" : `, first: ${first} of sender ${serials.ownerOf(first)}`;
        const wrong = isWell ? "" : `; ${beyond} were not sent and came, ${missing} missing${which}`;
        verdict("delivery", isWell, `${delivery}${wrong}`);
        if (wasClosed) verdict("end", true, "closed in the middle, and emptied");
      },
      figures: () => ({ lost: audit?.missing ?? 0, doubtful: audit ? audit.attempted - audit.confirmed : 0 }),
      situation() {
        const { sendReady, recvReady } = sideOf(receiver);
        const channel = `${receiver.size} messages in the channel, which is ${receiver.isClosed ? "closed" : "open"}`;
        return `${channel}; for room: ${describeList(sendReady)}; for messages: ${describeList(recvReady)}`;
      },
    };
  },
};

export const channel: Suite<typeof options> = {
  name: "channel",
  about: "send and receive on many threads at once",
  help: `Ends:
  sync      block for room and for messages
  async     await room and messages; receivers iterate
  batch     send and take many at once, with time-outs
  stream    write to and read from web streams
  fickle    give up all the time, with time-outs and aborted signals
  mixed     each end in another of these ways

Senders number their messages and note of each whether it went in. A message that went in must be received once, and in order. A
message that was given up, or refused because the channel was closed, must not be received. When a run ends, the senders stop. The
last sender closes the channel by leaving, and the receivers empty it.

Examples:
  $ shmol stress channel                                        all ways at once
  $ shmol stress channel --unbounded --ends async --messages 5M
  $ shmol stress channel --capacity 1 --close --senders 8 --receivers 8
  $ shmol stress channel --kills 100 --kill 20 --checked
  $ shmol stress channel --ends stream --json | jq .perSecond`,
  options,
  defaults: ({ duration, kills }) =>
    duration === undefined && kills === undefined ? { messages: DEFAULT_MESSAGES } : {},
  misfits: ({ messages, unbounded }) => ({
    capacity: unbounded && "the channel is unbounded: leave one of them out",
    close: messages === ENDLESS && "is after half of the messages, but messages has no limit: say how many messages",
  }),
  scenarios: () => [scenario],
};
