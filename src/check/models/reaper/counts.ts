/**
 * Programs about objects: a thread dies with counts, whatever it was about to do with them, or while it makes an object or takes
 * one apart. The counts of living threads must stay right.
 */
import {
  KIND_ARC,
  MAX_COUNT,
  OK,
  OWN_ARC,
  OWN_MAKING,
  OWN_STRONG,
  OWN_TICKET,
  OWN_WEAK,
} from "../../../heap/kernel/numbers.js";
import type { Steps } from "../../program.js";
import { expect } from "./specification.js";
import { mourner, program, type Scene, type Thread } from "./subject.js";

const SIZE = 8;

function anObject(scene: Scene): number {
  const control = scene.object(KIND_ARC, SIZE);
  scene.countsOf(control);
  return control;
}

/** A handle's `drop()`. */
export function* drop(control: number, cell: number): Steps {
  if ((yield ["release", control, cell]) !== 0) yield ["dispose", control, cell];
}

function* create(cell: number, strong = 1): Steps<number> {
  return (yield ["create", SIZE, 16, KIND_ARC, strong, cell]) >>> 0;
}

/** A ticket that thread `maker` has made before the threads start, and what threads do with it. */
export class Ticket {
  readonly #scene: Scene;
  readonly #object: number;
  /** The maker's cell. */
  readonly cell: number;
  readonly control: number;
  readonly generation: number;
  readonly #opens: number;
  /** What came out, thread by thread; of one that was killed it is not known. */
  readonly #out: (number | undefined)[] = [];

  constructor(scene: Scene, maker: number, object: number, opens: number) {
    this.#scene = scene;
    this.#object = object;
    this.#opens = opens;
    this.cell = scene.ticket(maker);
    this.control = scene.kernel.newTicket(object, opens, this.cell) >>> 0;
    this.generation = scene.kernel.generationOf(this.control);
    scene.restarts(() => this.#out.fill(undefined));
  }

  /** A thread that opens it once, and drops what it got. */
  opener(id: number): Thread {
    const cell = this.#scene.cell(id, OWN_STRONG);
    const ticket = this;
    function* run(): Steps {
      const opened = yield ["openTicket", ticket.control, ticket.generation, ticket.#object, cell];
      ticket.#out[id] = opened;
      if (opened !== 0) yield* drop(ticket.#object, cell);
    }
    return { run };
  }

  /** A thread that takes back what is left in it. */
  revoker(id: number): Thread {
    const cell = this.#scene.cell(id, OWN_TICKET);
    const ticket = this;
    function* run(): Steps {
      ticket.#out[id] = yield ["revoke", ticket.control, ticket.generation, cell];
    }
    return { run };
  }

  /** How many opens are left in it. */
  get left(): number {
    const { kernel } = this.#scene;
    return kernel.generationOf(this.control) === this.generation ? kernel.strongCount(this.control) : 0;
  }

  /** Checks that all opens came out of it, each once, unless a thread among these was killed. */
  comesOut(...ids: readonly number[]): void {
    this.#scene.checks(() => {
      const out = ids.map((id) => this.#out[id]);
      if (out.includes(undefined)) return;
      const sum = out.reduce<number>((all, one) => all + (one as number), 0);
      expect("opens that came out", sum, this.#opens);
    });
  }
}

export const countPrograms = [
  program("an object is made and dropped", 2, (scene) => {
    const a = scene.cell(0, OWN_STRONG);
    return [
      {
        *run() {
          yield* drop(yield* create(a), a);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program(
    "no room for a control block",
    2,
    (scene) => {
      const [a, a2] = [scene.cell(0, OWN_STRONG), scene.cell(0, OWN_STRONG)];
      return [
        {
          *run() {
            for (const cell of [a, a2]) yield* create(cell);
          },
        },
        mourner(scene, 0),
      ];
    },
    { pages: 2 },
  ),
  program("the last counts", 3, (scene) => {
    const x = scene.object(KIND_ARC, SIZE);
    const [a, b] = [scene.owns(0, x), scene.owns(1, x)];
    scene.letGo(x);
    return [{ run: () => drop(x, a) }, { run: () => drop(x, b) }, mourner(scene, 0)];
  }),
  program("counts are taken and given up", 3, (scene) => {
    const x = anObject(scene);
    const [a, b] = [scene.owns(0, x), scene.owns(1, x)];
    const [a2, b2] = [scene.cell(0, OWN_STRONG), scene.cell(1, OWN_STRONG)];
    const weak = scene.cell(0, OWN_WEAK);
    return [
      {
        *run() {
          yield ["retain", x, 1, a2];
          yield ["downgrade", x, weak];
          yield ["releaseWeak", x, weak];
          yield* drop(x, a);
        },
      },
      {
        *run() {
          yield ["retain", x, 1, b2];
          yield* drop(x, b2);
          yield* drop(x, b);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("weak counts outlive", 3, (scene) => {
    const x = scene.object(KIND_ARC, SIZE);
    const a = scene.owns(0, x);
    const [a2, b] = [scene.cell(0, OWN_WEAK), scene.watches(1, x)];
    const [a3, b2] = [scene.cell(0, OWN_STRONG), scene.cell(1, OWN_STRONG)];
    scene.letGo(x);
    return [
      {
        *run() {
          yield ["downgrade", x, a2];
          yield* drop(x, a);
          if ((yield ["upgrade", x, a3]) === OK) yield* drop(x, a3);
          yield ["releaseWeak", x, a2];
        },
      },
      {
        *run() {
          if ((yield ["upgrade", x, b2]) === OK) yield* drop(x, b2);
          yield ["releaseWeak", x, b];
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("a token is opened", 3, (scene) => {
    const x = scene.object(KIND_ARC, SIZE);
    const generation = scene.kernel.generationOf(x);
    const [a, b, c] = [scene.owns(0, x), scene.cell(1, OWN_STRONG), scene.cell(2, OWN_STRONG)];
    scene.letGo(x);
    return [
      { run: () => drop(x, a) },
      {
        *run() {
          if ((yield ["open", x, generation, b]) === OK) yield* drop(x, b);
        },
      },
      {
        mourns: 0,
        *run() {
          yield* scene.reap(0);
          yield ["open", x, generation, c];
        },
      },
    ];
  }),
  program("an object that is being made", 2, (scene) => {
    const [a, a2] = [scene.cell(0, OWN_MAKING), scene.cell(0, OWN_MAKING)];
    return [
      {
        *run() {
          const x = yield* create(a, 0);
          yield ["publish", x, a];
          yield* drop(x, a);
          yield ["abandon", yield* create(a2, 0), a2];
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("an object is born", 3, (scene) => {
    const { kernel } = scene;
    const a = scene.cell(0, OWN_MAKING);
    const x = kernel.create(SIZE, 16, KIND_ARC, 0, a) >>> 0;
    const [b, b2] = [scene.watches(1, x), scene.cell(1, OWN_STRONG)];
    return [
      {
        *run() {
          yield ["publish", x, a];
          yield* drop(x, a);
        },
      },
      {
        *run() {
          if ((yield ["upgrade", x, b2]) === OK) {
            yield ["increment", yield ["valueOf", x]];
            yield* drop(x, b2);
          }
          yield ["releaseWeak", x, b];
        },
      },
      mourner(scene, 0),
    ];
  }),
  // A count goes out as a number and comes back, or moves from cell to cell.
  program("a count that travels", 2, (scene) => {
    const x = scene.object(KIND_ARC, SIZE);
    const a = scene.owns(0, x);
    const [a2, a3] = [scene.cell(0, OWN_ARC), scene.cell(0, OWN_STRONG)];
    // Whether the count is nobody's.
    let isOut = false;
    scene.restarts(() => {
      isOut = false;
    });
    scene.countsOf(x, () => Number(isOut));
    scene.lasts(() => {
      if (isOut) scene.kernel.release(x);
    });
    return [
      {
        *run() {
          yield ["detach", a, a2];
          yield ["moveCount", x, a2, a3];
          yield ["detach", a3, 0];
          isOut = true;
          yield ["adoptCount", x, a];
          isOut = false;
          yield* drop(x, a);
        },
      },
      mourner(scene, 0),
    ];
  }),

  // ── tickets ──
  program("a ticket is made", 3, (scene) => {
    const x = anObject(scene);
    const a = scene.owns(0, x);
    const [s, t] = [scene.ticket(0), scene.ticket(1)];
    scene.owns(1, x);
    return [
      {
        *run() {
          yield ["newTicket", x, 2, s];
          yield* drop(x, a);
        },
      },
      {
        *run() {
          yield ["newTicket", x, 1, t];
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("a ticket is opened while its maker is reaped", 3, (scene) => {
    const x = anObject(scene);
    const ticket = new Ticket(scene, 0, x, 2);
    return [ticket.opener(0), ticket.opener(1), mourner(scene, 0)];
  }),
  // What was the ticket is an object by the time that its maker is reaped, or becomes one meanwhile.
  program("a ticket that was used up", 3, (scene) => {
    const x = anObject(scene);
    const a = scene.owns(0, x);
    const ticket = scene.kernel.newTicket(x, 1, scene.ticket(0)) >>> 0;
    const generation = scene.kernel.generationOf(ticket);
    const [b, b2] = [scene.cell(1, OWN_STRONG), scene.cell(1, OWN_STRONG)];
    return [
      { run: () => drop(x, a) },
      {
        *run() {
          if ((yield ["openTicket", ticket, generation, x, b]) === 0) return;
          yield* drop(x, b);
          // Another object: so that there are counts of one only, it is gone in the end.
          yield* drop(yield* create(b2), b2);
        },
      },
      mourner(scene, 0),
    ];
  }),
  program("a ticket is revoked while others open it", 3, (scene) => {
    const ticket = new Ticket(scene, 1, anObject(scene), 2);
    return [ticket.revoker(0), ticket.opener(1), ticket.opener(2)];
  }),
  program("two revoke a ticket", 3, (scene) => {
    const ticket = new Ticket(scene, 1, anObject(scene), 3);
    ticket.comesOut(0, 1, 2);
    return [ticket.revoker(0), ticket.revoker(1), ticket.opener(2)];
  }),
  program("an object ends with its opens", 3, (scene) => {
    const x = scene.object(KIND_ARC, SIZE);
    const ticket = new Ticket(scene, 1, x, 2);
    scene.letGo(x);
    return [ticket.revoker(0), ticket.opener(1), mourner(scene, 0)];
  }),
  program(
    "a ticket is revoked while its maker is reaped",
    3,
    (scene) => {
      const ticket = new Ticket(scene, 0, anObject(scene), 2);
      return [ticket.opener(0), ticket.revoker(1), mourner(scene, 0)];
    },
    { mortals: [0, 1] },
  ),
  // What was the ticket may be an object by then.
  program("a ticket that is revoked when it was used up", 2, (scene) => {
    const x = anObject(scene);
    const ticket = new Ticket(scene, 1, x, 1);
    const opener = ticket.opener(1);
    const b = scene.cell(1, OWN_STRONG);
    return [
      ticket.revoker(0),
      {
        *run() {
          yield* opener.run();
          yield* drop(yield* create(b), b);
        },
      },
    ];
  }),
  program("an object lies where a ticket was revoked", 3, (scene) => {
    const x = anObject(scene);
    const ticket = new Ticket(scene, 0, x, 2);
    const revoker = ticket.revoker(1);
    const b = scene.cell(1, OWN_STRONG);
    return [
      ticket.opener(0),
      {
        *run() {
          yield* revoker.run();
          yield* drop(yield* create(b), b);
        },
      },
      mourner(scene, 0),
    ];
  }),
  // It ends in good order: what is left in the ticket is nobody's from then on.
  program("a ticket outlives its maker", 3, (scene) => {
    const x = scene.object(KIND_ARC, SIZE);
    const ticket = new Ticket(scene, 0, x, 2);
    const last = scene.cell(3, OWN_TICKET);
    scene.countsOf(x, () => (scene.slots[ticket.cell / 8] === 0 ? ticket.left : 0));
    scene.lasts(() => scene.kernel.revoke(ticket.control, ticket.generation, last));
    return [
      {
        *run() {
          yield ["forget", ticket.cell];
          yield* scene.reap(0);
        },
      },
      ticket.opener(1),
      ticket.revoker(2),
    ];
  }),
  program("a ticket that cannot be made", 2, (scene) => {
    const { kernel, slots } = scene;
    const x = scene.object(KIND_ARC, SIZE);
    const more = MAX_COUNT - kernel.strongCount(x);
    kernel.retain(x, more);
    scene.lasts(() => Atomics.sub(new Int32Array(slots.buffer), x / 4, more));
    const t = scene.ticket(0);
    return [
      {
        *run() {
          expect("ticket", yield ["newTicket", x, 1, t], 0);
        },
      },
      mourner(scene, 0),
    ];
  }),
];
