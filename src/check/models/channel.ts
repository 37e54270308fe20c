/**
 * Models of a channel's sides: the last handle of a side closes the channel, once and for all, tells everybody, and gives back
 * what the side has; whoever does so may be killed at it. A dead thread that had not told of what it did is told for.
 *
 * They are put together as the reaper's programs are (reaper/subject.ts), and checked for the same.
 */
import {
  BLOCKS,
  INLINE,
  KIND_EVENT,
  KIND_QUEUE,
  KIND_RECEIVER,
  KIND_SENDER,
  OK,
  OWN_BLOCK,
  OWN_LISTENER,
  OWN_STRONG,
  TAKE,
  UNBOUNDED,
} from "../../arc/kernel/status.js";
import type { Program } from "../program.js";
import { drop } from "./reaper/counts.js";
import { expect, mourner, program, type Scene, type Steps, type Thread } from "./reaper/subject.js";

const SIZE = 16;
/** Classes of blocks, a page each. */
const PAGES = 10;

/** A channel without limit, and the setup's count of each side. */
class Channel {
  readonly senders: number;
  readonly receivers: number;
  readonly queue: number;
  readonly recvReady: number;
  readonly #scene: Scene;
  readonly #parts: readonly number[];

  constructor(scene: Scene, content: number) {
    const { kernel } = scene;
    this.#scene = scene;
    this.senders = scene.object(KIND_SENDER, kernel.sideSize());
    this.receivers = scene.object(KIND_RECEIVER, kernel.sideSize());
    const queue = kernel.create(kernel.queueSize(), 16, KIND_QUEUE, 1) >>> 0;
    this.queue = kernel.valueOf(queue) >>> 0;
    kernel.construct(this.queue, UNBOUNDED, 0, content, 0, 0n);
    const events = [0, 1, 2].map(() => {
      const control = kernel.create(kernel.eventSize(), 16, KIND_EVENT, 1) >>> 0;
      kernel.constructEvent(kernel.valueOf(control), INLINE, 0);
      return control;
    });
    this.recvReady = kernel.valueOf(events[1]) >>> 0;
    this.#parts = [queue, ...events];
    this.#construct(this.senders, KIND_SENDER, this.receivers);
    this.#construct(this.receivers, KIND_RECEIVER, this.senders);
    // From here on they are the sides'.
    for (const part of this.#parts) kernel.release(part);
  }

  #construct(side: number, kind: number, other: number): void {
    const { kernel } = this.#scene;
    kernel.constructSide(kernel.valueOf(side), kind, ...(this.#parts as [number, number, number, number]), other);
  }

  /** Puts a block in, before the threads start. */
  fill(): void {
    const { kernel } = this.#scene;
    kernel.push(this.queue, kernel.alloc(SIZE, 16) >>> 0, 0);
  }

  /** A thread that drops its handle of a side. The setup keeps none. */
  leaver(id: number, side: number): Thread {
    const cell = this.#scene.owns(id, side);
    return { run: () => drop(side, cell) };
  }

  /** A thread that makes another side for the same parts, and drops it. */
  maker(id: number): Thread {
    const scene = this.#scene;
    const [queue, sendReady, recvReady, closed] = this.#parts as [number, number, number, number];
    const other = this.receivers;
    const cell = scene.cell(id, OWN_STRONG);
    function* run(): Steps {
      const side = (yield ["create", scene.kernel.sideSize(), 16, KIND_SENDER, 1, cell]) >>> 0;
      const value = yield ["valueOf", side];
      yield ["constructSide", value, KIND_SENDER, queue, sendReady, recvReady, closed, other];
      yield* drop(side, cell);
    }
    return { run };
  }

  /** A thread that sends blocks until it may not, and drops its handle. */
  sender(id: number, count: number): Thread {
    const scene = this.#scene;
    const { queue, recvReady, senders } = this;
    const handle = scene.owns(id, senders);
    const cells = Array.from({ length: count }, () => scene.cell(id, OWN_BLOCK));
    function* run(): Steps {
      for (const cell of cells) {
        const block = (yield ["alloc", SIZE, 16, cell]) >>> 0;
        if ((yield ["push", queue, block, cell]) !== OK) yield ["free", block, cell];
        else yield ["notifyMany", recvReady, 1, 1];
      }
      yield* drop(senders, handle);
    }
    return { run };
  }

  /** A thread that puts one number in, tells, and drops its handle. */
  teller(id: number): Thread {
    const { queue, recvReady, senders } = this;
    const handle = this.#scene.owns(id, senders);
    function* run(): Steps {
      yield ["push", queue, 1, 0];
      yield ["notifyMany", recvReady, 1, 1];
      yield* drop(senders, handle);
    }
    return { run };
  }

  /** A thread that waits until there is a number, or there will never be one. */
  waiter(id: number): Thread {
    const { queue, recvReady } = this;
    const place = this.#scene.cell(id, OWN_LISTENER);
    function* isOver(): Steps<boolean> {
      return (yield ["isEmpty", queue]) === 0 || (yield ["isFinished", queue]) !== 0;
    }
    function* run(): Steps {
      while (!(yield* isOver())) {
        const node = (yield ["listen", recvReady, place]) >>> 0;
        if (!(yield* isOver())) while ((yield ["waitOn", node, -1]) === 0);
        yield ["leave", node, TAKE, 0];
      }
    }
    return { run };
  }

  /** The setup gives up its counts of the sides. */
  letGo(...sides: number[]): void {
    for (const side of sides) this.#scene.letGo(side);
  }

  /** What must be true in the end if somebody keeps a side. */
  isClosed(wanted: boolean): void {
    this.#scene.checks(() => expect("closed", this.#scene.kernel.isClosed(this.queue) !== 0, wanted));
  }
}

export const channelPrograms: readonly Program[] = [
  channelProgram("the last sender and the last receiver go", 2, BLOCKS, (channel) => {
    channel.fill();
    const threads = [channel.leaver(0, channel.senders), channel.leaver(1, channel.receivers)];
    channel.letGo(channel.senders, channel.receivers);
    return threads;
  }),
  channelProgram("both senders go", 3, INLINE, (channel, scene) => {
    const threads = [channel.leaver(0, channel.senders), channel.leaver(1, channel.senders), mourner(scene, 0)];
    channel.letGo(channel.senders);
    channel.isClosed(true);
    return threads;
  }),
  channelProgram("the last receiver goes", 2, BLOCKS, (channel, scene) => {
    channel.fill();
    channel.fill();
    const threads = [channel.leaver(0, channel.receivers), mourner(scene, 0)];
    channel.letGo(channel.receivers);
    channel.isClosed(true);
    return threads;
  }),
  channelProgram("the last receiver goes while somebody sends", 2, BLOCKS, (channel) => {
    const threads = [channel.leaver(0, channel.receivers), channel.sender(1, 1)];
    channel.letGo(channel.receivers);
    return threads;
  }),
  channelProgram("one of two senders goes", 2, INLINE, (channel, scene) => {
    channel.isClosed(false);
    return [channel.leaver(0, channel.senders), mourner(scene, 0)];
  }),
  channelProgram("a side that is made and goes", 1, INLINE, (channel) => [channel.maker(0)]),
  channelProgram("the only sender dies without telling", 3, INLINE, (channel, scene) => {
    const threads = [channel.teller(0), channel.waiter(1), mourner(scene, 0)];
    channel.letGo(channel.senders);
    return threads;
  }),
];

function channelProgram(
  name: string,
  threads: number,
  content: number,
  setup: (channel: Channel, scene: Scene) => readonly Thread[],
): Program {
  const plain = program(`channel: ${name}`, threads, (scene) => setup(new Channel(scene, content), scene), {
    pages: PAGES,
  });
  return { ...plain, name: `channel/${name}` };
}
