/**
 * The operations of the channel's programs. Threads hold sides of a channel, send and receive, wait as src/channel/waiting.ts
 * does, and die. The programs are put together like the reaper's (reaper/subject.ts), and checked in the same way
 * (reaper/specification.ts).
 */
import {
  BOUNDED,
  DISCARD,
  FULL,
  INLINE,
  KIND_EVENT,
  KIND_QUEUE,
  KIND_RECEIVER,
  KIND_SENDER,
  OK,
  OWN_BLOCK,
  OWN_LISTENER,
  OWN_STRONG,
  PASS,
  TAKE,
  UNBOUNDED,
} from "../../../heap/kernel/numbers.js";
import type { Call, Program, Steps } from "../../program.js";
import { drop } from "../reaper/counts.js";
import { expect } from "../reaper/specification.js";
import { program, type Scene, type Thread } from "../reaper/subject.js";

const SIZE = 16;
/** Classes of blocks, a page each. */
const PAGES = 10;

/** A channel, without limit or with a capacity, and the setup's count of each side. */
export class Channel {
  readonly senders: number;
  readonly receivers: number;
  readonly queue: number;
  readonly sendReady: number;
  readonly recvReady: number;
  readonly #scene: Scene;
  readonly #parts: readonly number[];

  constructor(scene: Scene, content: number, capacity = 0) {
    const { kernel } = scene;
    this.#scene = scene;
    this.senders = scene.object(KIND_SENDER, kernel.sideSize());
    this.receivers = scene.object(KIND_RECEIVER, kernel.sideSize());
    const queue = kernel.create(kernel.queueSize(), 16, KIND_QUEUE, 1) >>> 0;
    this.queue = kernel.valueOf(queue) >>> 0;
    kernel.construct(this.queue, capacity === 0 ? UNBOUNDED : BOUNDED, capacity, content, 0, 0n);
    const events = [0, 1, 2].map(() => {
      const control = kernel.create(kernel.eventSize(), 16, KIND_EVENT, 1) >>> 0;
      kernel.constructEvent(kernel.valueOf(control), INLINE, 0, 1);
      return control;
    });
    this.sendReady = kernel.valueOf(events[0]) >>> 0;
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
        else yield ["rouse", recvReady, 1];
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
      yield ["rouse", recvReady, 1];
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

  /** A thread that reaps another one and, if that had put nothing in, does it in its place. */
  heir(mourns: number): Thread {
    const scene = this.#scene;
    const { queue, recvReady } = this;
    function* run(): Steps {
      yield* scene.reap(mourns);
      if ((yield ["isEmpty", queue]) === 0) return;
      yield ["push", queue, 1, 0];
      yield ["rouse", recvReady, 1];
    }
    return { run, mourns };
  }

  /** A thread that sends numbers, waits for room for each, and drops its handle. */
  patientSender(id: number, ...messages: number[]): Thread {
    return this.#patientSender(id, messages, NO_LIMIT);
  }

  /** Likewise, and looks for room now and then while it waits, as senders do. */
  lookingSender(id: number, ...messages: number[]): Thread {
    return this.#patientSender(id, messages, 1);
  }

  #patientSender(id: number, messages: readonly number[], timed: number): Thread {
    const { queue, sendReady, recvReady, senders } = this;
    const handle = this.#scene.owns(id, senders);
    const place = this.#scene.cell(id, OWN_LISTENER);
    let wasRefused = false;
    function* run(): Steps {
      for (const message of messages) {
        function* put(): Steps<boolean> {
          const status = yield ["push", queue, message, 0];
          if (status === FULL) return false;
          wasRefused = status !== OK;
          if (status === OK) yield ["rouse", recvReady, 1];
          return true;
        }
        yield* waiting(put, sendReady, place, ["tellOfRoom", sendReady, queue, 0], timed);
        if (wasRefused) break;
      }
      yield* drop(senders, handle);
    }
    return { run };
  }

  /** A thread that waits for `count` messages, or until the channel is closed, and drops its handle. Its messages go to `took`. */
  patientReceiver(id: number, count: number, took: (message: number) => void): Thread {
    const { queue, recvReady, receivers } = this;
    const handle = this.#scene.owns(id, receivers);
    const place = this.#scene.cell(id, OWN_LISTENER);
    const take = this.#taking(took);
    function* run(): Steps {
      for (let left = count; left > 0; left--)
        yield* waiting(take, recvReady, place, ["tellOfMessages", recvReady, queue]);
      yield* drop(receivers, handle);
    }
    return { run };
  }

  /**
   * A thread that is busy while it awaits a message, before the threads start, and waits for another one besides. What the first
   * is notified of it does not come to.
   */
  busyReceiver(id: number, took: (message: number) => void): Thread {
    const { kernel } = this.#scene;
    const { recvReady } = this;
    const bell = this.#scene.cell(id, OWN_BLOCK);
    const place = this.#scene.cell(id, OWN_LISTENER);
    const doorbell = kernel.newDoorbell(bell) >>> 0;
    const node = kernel.listen(recvReady, place) >>> 0;
    kernel.enlist(node, doorbell, 0);
    const receiver = this.patientReceiver(id, 1, took);
    function* run(): Steps {
      yield* receiver.run();
      yield ["leave", node, DISCARD, 0];
      yield ["freeDoorbell", doorbell, bell];
    }
    return { run };
  }

  /** A thread that waits for one message, but not for long: it leaves whenever it likes, notified or not. */
  hastyReceiver(id: number, took: (message: number) => void): Thread {
    const { queue, recvReady } = this;
    const place = this.#scene.cell(id, OWN_LISTENER);
    const take = this.#taking(took);
    function* run(): Steps {
      const node = (yield ["listen", recvReady, place]) >>> 0;
      if (yield* take()) {
        yield ["leave", node, PASS, 0];
      } else {
        const wasNotified = (yield ["leave", node, TAKE, 0]) !== 0;
        if (wasNotified && (yield* take())) yield ["tellOfMessages", recvReady, queue];
      }
    }
    return { run };
  }

  /** Takes a message if there is one, and tells that there is room. False: there is reason to wait. */
  #taking(took: (message: number) => void): () => Steps<boolean> {
    const { queue, sendReady } = this;
    return function* () {
      const message = yield ["pop", queue, 0];
      if (Number.isNaN(message)) return (yield ["isFinished", queue]) !== 0;
      took(message);
      yield ["tellOfRoom", sendReady, queue, 1];
      return true;
    };
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

/** Without a limit of time. */
const NO_LIMIT = -1;

/**
 * Waits as the host does, until a look succeeds. Returns its result. A thread that was woken, and succeeds, tells the
 * next one by `passOn`.
 */
function* waiting(
  look: () => Steps<boolean>,
  event: number,
  place: number,
  passOn: Call,
  timed = NO_LIMIT,
): Steps<boolean> {
  if (yield* look()) return true;
  for (;;) {
    const node = (yield ["listen", event, place]) >>> 0;
    if (yield* look()) {
      yield ["leave", node, PASS, 0];
      return true;
    }
    let state: number;
    do state = yield ["waitOn", node, timed];
    while (state === 0 && timed === NO_LIMIT);
    if (state === 0) {
      yield ["leave", node, PASS, 0];
      continue;
    }
    yield ["leave", node, TAKE, 0];
    if (yield* look()) {
      yield passOn;
      return true;
    }
  }
}

/** What receivers took, together: exactly the messages `sent`, each once. */
export function taken(scene: Scene, sent: readonly number[]): (message: number) => void {
  let all: number[] = [];
  scene.restarts(() => {
    all = [];
  });
  scene.checks(() => expect("messages", all.toSorted().join(" "), sent.join(" ")));
  return (message) => {
    all.push(message);
  };
}

export function channelProgram(
  name: string,
  threads: number,
  content: number,
  setup: (channel: Channel, scene: Scene) => readonly Thread[],
): Program {
  return named(
    name,
    program(name, threads, (scene) => setup(new Channel(scene, content), scene), { pages: PAGES }),
  );
}

/** Threads that wait, none of which is killed, and a channel of numbers with this capacity; 0: without limit. */
export function waitingProgram(
  name: string,
  threads: number,
  capacity: number,
  setup: (channel: Channel, scene: Scene) => readonly Thread[],
): Program {
  const options = { pages: PAGES, mortals: [] };
  return named(
    name,
    program(name, threads, (scene) => setup(new Channel(scene, INLINE, capacity), scene), options),
  );
}

function named(name: string, plain: Program): Program {
  return { ...plain, name: `channel/${name}` };
}
