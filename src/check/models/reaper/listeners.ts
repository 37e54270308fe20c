/**
 * Programs about listeners. The listeners of a dead thread leave, and their notifications go on to living threads. No thread
 * writes to a doorbell or a node that is gone.
 */
import {
  BLOCKS,
  DISCARD,
  INLINE,
  KEPT,
  KIND_EVENT,
  OWN_BLOCK,
  OWN_LISTENER,
  OWN_VALUE,
  PASS,
  TAGGED,
  TAKE,
} from "../../../heap/kernel/numbers.js";
import type { Steps } from "../../program.js";
import { expect } from "./specification.js";
import { mourner, program, type Scene } from "./subject.js";

const SIZE = 16;
/** Numbers of notifications for the kernel: whether they are additional, and without a limit. */
const PLAIN = 0;
const NO_LIMIT = -1;
const NAME = 7;
type How = typeof TAKE | typeof DISCARD | typeof PASS;

/** An event, which lives by counts of these threads. */
class Event {
  readonly #scene: Scene;
  readonly #content: number;
  readonly at: number;

  constructor(scene: Scene, owners: readonly number[], content: number = INLINE) {
    const { kernel } = scene;
    this.#scene = scene;
    this.#content = content;
    const control = scene.object(KIND_EVENT, kernel.eventSize());
    this.at = kernel.valueOf(control) >>> 0;
    kernel.constructEvent(this.at, content, 0, 0);
    for (const id of owners) scene.owns(id, control);
    if (owners.length === 1) {
      scene.letGo(control);
      return;
    }
    scene.checks(() => {
      const listening = scene.accounts.reduce((sum, { entry }) => sum + kernel.holds(entry, OWN_LISTENER), 0);
      expect("listeners", kernel.listenerCount(this.at), listening);
      if (listening === 0) expect("notified listeners", kernel.notifiedCount(this.at), 0);
    });
  }

  /** A listener of thread `id` that is there from the start. */
  present(id: number): number {
    return this.#scene.kernel.listen(this.at, this.#scene.cell(id, OWN_BLOCK)) >>> 0;
  }
  /** The first one that is not notified is, from the start, with a tag if the event has such. */
  notifyFirst(): void {
    const { kernel } = this.#scene;
    if (this.#content === INLINE) kernel.notifyMany(this.at, 1, PLAIN);
    else kernel.notifyTagged(this.at, 1, PLAIN, NO_LIMIT, kernel.alloc(SIZE, 16));
  }

  *listen(cell: number): Steps<number> {
    return (yield ["listen", this.at, cell]) >>> 0;
  }
  *notify(count: number): Steps {
    yield ["notifyMany", this.at, count, PLAIN];
  }
  /** As the host does it: the tag is made first, and given up if there is nobody for it. */
  *notifyWithBlock(cell: number): Steps {
    const tag = (yield ["alloc", SIZE, 16, cell]) >>> 0;
    if ((yield ["notifyTagged", this.at, 1, PLAIN, NO_LIMIT, tag, cell]) === 0) yield ["free", tag, cell];
  }

  /** Leaves, and frees the tag that it takes. Returns what `leave` does. */
  *leave(node: number, how: How, tagCell = 0): Steps<number> {
    const state = yield ["leave", node, how, tagCell];
    if (how === TAKE && (state & TAGGED) !== 0 && tagCell !== 0) yield ["free", yield ["takenTag"], tagCell];
    return state;
  }
  *wait(node: number, tagCell = 0): Steps {
    while ((yield ["waitOn", node, -1]) === 0);
    yield* this.leave(node, TAKE, tagCell);
  }
}

/** A thread's doorbell. */
class Doorbell {
  readonly #event: Event;
  readonly #cell: number;
  readonly #at: number;
  readonly #bell: number;

  constructor(scene: Scene, id: number, event: Event) {
    this.#event = event;
    this.#cell = scene.cell(id, OWN_BLOCK);
    this.#at = scene.kernel.newDoorbell(this.#cell) >>> 0;
    this.#bell = scene.kernel.bellOf(this.#at) >>> 0;
  }

  /** Awaits a listener. Returns whether it was not notified before; if it was, it leaves. */
  *enlist(node: number): Steps<boolean> {
    if ((yield ["enlist", node, this.#at, NAME]) === 0) return true;
    yield* this.#event.leave(node, TAKE);
    return false;
  }
  /** Takes what is ready. Returns whether there was anything. */
  *drain(): Steps<boolean> {
    const first = (yield ["takeReady", this.#at]) >>> 0;
    for (let node = first; node !== 0; ) {
      const after = (yield ["readyAfter", node]) >>> 0;
      yield* this.#event.leave(node, TAKE);
      node = after;
    }
    return first !== 0;
  }
  *rest(): Steps {
    do yield ["restOn", this.#bell];
    while (!(yield* this.drain()));
  }
  *close(): Steps {
    yield ["freeDoorbell", this.#at, this.#cell];
  }
}

export const listenerPrograms = [
  program("listening and leaving", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2]);
    const a = scene.cell(0, OWN_BLOCK);
    const b = event.present(1);
    return [
      {
        *run() {
          yield* event.leave(yield* event.listen(a), PASS);
        },
      },
      {
        *run() {
          yield* event.notify(2);
          yield* event.leave(b, TAKE);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("a notification of the dead reaches a living one", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2]);
    const [a, b] = [event.present(0), event.present(1)];
    event.notifyFirst();
    return [{ run: () => event.leave(a, PASS) }, { run: () => event.wait(b) }, mourner(scene, 0)];
  }),
  // One that comes while its listener dies.
  program("a notification for the dead reaches a living one", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2]);
    const [a, b] = [event.present(0), event.present(1)];
    return [
      { run: () => event.leave(a, PASS) },
      {
        *run() {
          yield* event.notify(1);
          yield* event.wait(b);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("it reaches one that is awaited", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2]);
    const bell = new Doorbell(scene, 1, event);
    const [a, b] = [event.present(0), event.present(1)];
    event.notifyFirst();
    return [
      { run: () => event.leave(a, PASS) },
      {
        *run() {
          if (yield* bell.enlist(b)) yield* bell.rest();
          yield* bell.close();
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("the dead awaited", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2]);
    const bell = new Doorbell(scene, 0, event);
    const [a, b] = [event.present(0), event.present(1)];
    return [
      {
        *run() {
          // Until it was notified, for `b` is not killed.
          if (yield* bell.enlist(a)) yield* bell.rest();
          yield* bell.close();
        },
      },
      {
        *run() {
          yield* event.notify(2);
          yield* event.leave(b, TAKE);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("the dead had given up what was ready", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2]);
    const bell = new Doorbell(scene, 0, event);
    const [a, b] = [event.present(0), event.present(1)];
    return [
      {
        *run() {
          if (yield* bell.enlist(a)) {
            // Otherwise its node is freed with the others that are ready.
            const state = yield* event.leave(a, PASS);
            if ((state & KEPT) !== 0) yield* bell.drain();
          }
          yield* bell.close();
        },
      },
      {
        *run() {
          yield* event.notify(1);
          yield* event.leave(b, DISCARD);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("an event that lived by the dead", 2, (scene) => {
    const event = new Event(scene, [0], BLOCKS);
    const [a] = [event.present(0), event.present(0), event.present(0)];
    const more = scene.cell(0, OWN_BLOCK);
    event.notifyFirst();
    return [
      {
        *run() {
          yield* event.listen(more);
          yield* event.leave(a, PASS);
        },
      },
      mourner(scene, 0),
    ];
  }),

  // ── tags ──
  program("tags are sent", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2], BLOCKS);
    const [tag, taken] = [scene.cell(0, OWN_BLOCK), scene.cell(1, OWN_VALUE)];
    const b = event.present(1);
    return [{ run: () => event.notifyWithBlock(tag) }, { run: () => event.leave(b, TAKE, taken) }, mourner(scene, 0)];
  }),
  program("tags are taken", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2], BLOCKS);
    const [a, b] = [event.present(0), event.present(1)];
    const [mine, taken] = [scene.cell(0, OWN_VALUE), scene.cell(1, OWN_VALUE)];
    event.notifyFirst();
    return [{ run: () => event.leave(a, TAKE, mine) }, { run: () => event.leave(b, TAKE, taken) }, mourner(scene, 0)];
  }),
  program("tags go on", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2], BLOCKS);
    const [a, b] = [event.present(0), event.present(1)];
    const taken = scene.cell(1, OWN_VALUE);
    event.notifyFirst();
    return [{ run: () => event.leave(a, PASS) }, { run: () => event.wait(b, taken) }, mourner(scene, 0)];
  }),
  program("tags that nobody takes", 3, (scene) => {
    const event = new Event(scene, [0, 1, 2], BLOCKS);
    const [a, b] = [event.present(0), event.present(1)];
    event.notifyFirst();
    return [{ run: () => event.leave(a, DISCARD) }, { run: () => event.leave(b, PASS) }, mourner(scene, 0)];
  }),
];
