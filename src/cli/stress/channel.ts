/**
 * The stress run of the channel: real threads send and receive in all ways there are, and every message is accounted for. No
 * terminal in here: the command line prints what this reports, and tests call it as it is.
 *
 *   ledger      what the workers say of each message                    (channel/ledger.ts)
 *   crew        the threads: started, killed, replaced                  (channel/crew.ts, sending.ts, receiving.ts)
 *   account     what came out against what went in                      (channel/audit.ts)
 *   remains     what is left in the heap: nothing                       (remains.ts)
 *
 * The thread that calls this only looks on, every few milliseconds, and never blocks. It keeps a handle of either side, for
 * workers that take the place of killed ones.
 */
import { type Channel, channel, type Heap, i32 } from "../../index.js";
import { type Account, accountOf, checkDelivery, checkOrder } from "./channel/audit.js";
import { ChannelCrew } from "./channel/crew.js";
import { DISORDERS, GIVEN_UP, Ledger, MESSAGES } from "./channel/ledger.js";
import { BATCH, type ChannelStressOptions, type Settings, settingsOf } from "./channel/options.js";
import type { ChannelStressReport, Checks } from "./channel/report.js";
import { waiting } from "./channel/waiting.js";
import { type Check, NOT_REACHED } from "./check.js";
import { Killer } from "./killer.js";
import { Aborted, lookOn } from "./lookOn.js";
import { Obituaries } from "./obituaries.js";
import { createHeap, refusal } from "./refusals.js";
import { bury, checkMemory, type Inventory, type Remains, takeStock } from "./remains.js";
import { Stillness } from "./stillness.js";
import { OF_MESSAGES, Transit } from "./transit.js";

export type { ChannelStressOptions } from "./channel/options.js";
export type { ChannelStressReport } from "./channel/report.js";

/**
 * Stresses a channel as the options say, and reports. Rejects only for options that cannot be; whatever goes wrong in the
 * run is in the report.
 *
 * @throws {OptionError} with the number that was wrong; nothing was started.
 */
export async function stressChannel(options: ChannelStressOptions = {}): Promise<ChannelStressReport> {
  const settings = settingsOf(options);
  // For good: from now on this thread creates checked heaps.
  if (settings.checked) await import("../../checked.js");
  using heap = createHeap(settings);
  const run = new Run(settings, heap);
  await run.toTheEnd();
  return run.report();
}

/** Between two calls of `onProgress`. */
const REPORT_MS = 100;
/** How long the rest of the crew gets to end when the run is over or has failed. */
const DISMISSAL_MS = 5000;

/** The run cannot go on. */

function createChannel({ capacity }: Settings, heap: Heap): Channel<number> {
  try {
    return channel(i32, { heap, ...(capacity === 0 ? {} : { capacity }) });
  } catch (error) {
    throw refusal(error, `capacity ${capacity} in a heap of ${heap.capacity} bytes: `);
  }
}

class Run {
  readonly #settings: Settings;
  readonly #heap: Heap;
  readonly #before: Inventory;
  readonly #obituaries: Obituaries;
  readonly #channel: Channel<number>;
  readonly #ledger: Ledger;
  readonly #transit: Transit;
  readonly #crew: ChannelCrew;
  readonly #killer: Killer;
  readonly #stillness: Stillness;
  readonly #failures: string[] = [];
  #began: number | undefined;
  #seconds = 0;
  #reportedAt = 0;
  #end: Check = NOT_REACHED;
  #remains: Remains | undefined;

  constructor(settings: Settings, heap: Heap) {
    this.#settings = settings;
    this.#heap = heap;
    this.#before = takeStock(heap);
    this.#obituaries = new Obituaries(heap);
    this.#channel = createChannel(settings, heap);
    const { sender, receiver } = this.#channel;
    const { senders, receivers, messages, seed, close, sabotage } = settings;
    this.#ledger = new Ledger(senders + receivers, messages);
    this.#transit = new Transit(OF_MESSAGES, senders + receivers);
    const orders = {
      ...{
        seed,
        messages,
        sabotage,
        closesAt: close ? Math.floor(messages / 2) : -1,
        seats: senders + receivers,
        ledger: this.#ledger.buffer,
        transit: this.#transit.buffer,
      },
      ...{ sender: sender.share(), receiver: receiver.share() },
    };
    this.#crew = new ChannelCrew(settings, orders, this.#ledger);
    this.#killer = new Killer(this.#crew, settings);
    this.#stillness = new Stillness(settings.watchdogMs);
  }

  /** Goes to the end; afterwards `report` knows everything. Leaves no thread behind. */
  async toTheEnd(): Promise<void> {
    const { sender, receiver } = this.#channel;
    const crew = this.#crew;
    try {
      await this.#until(() => crew.isComplete);
      this.#ledger.begin();
      this.#began = performance.now();
      this.#killer.start();
      await this.#until(() => this.#isOver);
      await this.#killer.stop();
      this.#ledger.finish();
      await this.#until(() => crew.dying === 0 && crew.haveSent);
      // The run's is the last one then, and the channel closes: those that the killed had were returned.
      const wasClosed = receiver.isClosed;
      sender.drop();
      await this.#until(() => crew.areGone);
      this.#seconds = this.#elapsedMs / 1000;
      this.#end = this.#checkEnd(wasClosed);
      this.#remains = await bury([receiver], this.#heap, this.#before, this.#obituaries);
    } catch (error) {
      if (!(error instanceof Aborted)) throw error;
      this.#failures.push(error.message);
    } finally {
      await this.#killer.stop();
      await crew.dismiss(DISMISSAL_MS);
      sender.drop();
      receiver.drop();
    }
  }

  get #elapsedMs(): number {
    return this.#began === undefined ? 0 : performance.now() - this.#began;
  }

  get #isOver(): boolean {
    const { durationMs, signal } = this.#settings;
    const isCut = this.#elapsedMs >= durationMs || signal?.aborted === true || this.#killer.isDone;
    return isCut || this.#crew.haveSent || this.#ledger.total(DISORDERS) > 0;
  }

  #until(done: () => boolean): Promise<void> {
    const look = () => {
      this.#reportProgress();
    };
    return lookOn(
      {
        crew: this.#crew,
        stillness: this.#stillness,
        motion: () => this.#ledger.motion(),
        look,
        wedged: (forMs) => this.#wedged(forMs),
      },
      done,
    );
  }

  #wedged(stuckMs: number): string {
    const { receiver } = this.#channel;
    const state = `${receiver.size} messages in the channel, which is ${receiver.isClosed ? "closed" : "open"}`;
    const workers = this.#crew.describe().map((line) => `\n  ${line}`);
    const seconds = (stuckMs / 1000).toFixed(1);
    return `wedged: nothing moved for ${seconds} s, ${state}; ${waiting(receiver)}${workers.join("")}`;
  }

  #reportProgress(): void {
    const now = performance.now();
    if (this.#began === undefined || now - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = now;
    const elapsedMs = now - this.#began;
    const messages = this.#received;
    const messagesPerSecond = elapsedMs > 0 ? (1000 * messages) / elapsedMs : 0;
    const { size } = this.#channel.receiver;
    this.#settings.onProgress?.({ elapsedMs, messages, messagesPerSecond, size, kills: this.#crew.kills });
  }

  get #received(): number {
    return this.#ledger.total(MESSAGES, this.#settings.senders);
  }

  /** All ends but one receiver are gone. */
  #checkEnd(wasClosed: boolean): Check {
    const { isClosed, isFinished, size, senderCount } = this.#channel.receiver;
    const { close } = this.#settings;
    // It may be cut short before it comes to the close.
    const wasRight = close || !wasClosed;
    const ok = isClosed && isFinished && size === 0 && senderCount === 0 && wasRight;
    if (ok)
      return {
        ok,
        found: close && wasClosed ? "closed in the middle, and emptied" : "closed by the last sender, and emptied",
      };
    const early = wasRight ? "" : "; it was closed while there was a sender";
    return {
      ok,
      found: `isClosed ${isClosed}, isFinished ${isFinished}, size ${size}, senders ${senderCount}${early}`,
    };
  }

  report(): ChannelStressReport {
    const { senders, receivers, capacity, ends, close, alignment, checked, seed, signal } = this.#settings;
    const account = accountOf(this.#ledger, this.#ledger.drawn);
    const { kills } = this.#crew;
    const checks = this.#checks(account);
    const wrong = Object.entries(checks).filter(([, check]) => !check.ok && check !== NOT_REACHED);
    const failures = [...this.#failures, ...wrong.map(([name, { found }]) => `${name}: ${found}`)];
    const seconds = this.#seconds;
    const { sent, received, refused, missing: lost, doubtful } = account;
    return {
      ok: failures.length === 0,
      failures,
      interrupted: signal?.aborted === true,
      ...{ seed, senders, receivers, capacity: capacity === 0 ? null : capacity, ends, close },
      ...{ heap: this.#heap.capacity, alignment, checked },
      ...{ sent, received, refused, givenUp: this.#ledger.total(GIVEN_UP, senders) },
      seconds,
      messagesPerSecond: seconds > 0 ? received / seconds : 0,
      latency: this.#transit.latency,
      casualties: { kills, lost, doubtful, returned: this.#obituaries.sum },
      heapUsed: { before: this.#before.bytes, after: this.#remains?.usedAfter ?? this.#heap.stats().used },
      checks,
    };
  }

  #checks(account: Account): Checks {
    const remains = this.#remains;
    if (remains === undefined) {
      return { delivery: NOT_REACHED, order: NOT_REACHED, end: this.#end, memory: NOT_REACHED };
    }
    const { kills, killedReceivers } = this.#crew;
    const { ends } = this.#settings;
    const held = ends === "mixed" || ends === "batch" ? BATCH : 1;
    return {
      delivery: checkDelivery(account, kills, held * killedReceivers),
      order: checkOrder(this.#ledger),
      end: this.#end,
      memory: checkMemory(remains),
    };
  }
}
