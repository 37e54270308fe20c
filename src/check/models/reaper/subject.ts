/**
 * The operations of the reaper's programs. Cells own everything that threads have, as on the host. Some threads are killed. Other
 * threads, which mourn them, reap them, or the main instance does at the end.
 */
import { OWN_STRONG, OWN_TICKET, OWN_WEAK } from "../../../heap/kernel/numbers.js";
import type { Account, ModelKernel, Operation, Program, Steps } from "../../program.js";
import { expectCounts } from "./specification.js";

/** Where a cell says of what kind it is, and where it has its second number. */
const KIND = 8;
const EXTRA = 12;

/** What a thread does, from its beginning to its end. */
export interface Thread {
  run(): Steps<unknown>;
  /** The thread for whose death it waits. */
  readonly mourns?: number;
}

/** A program's memory before its threads begin. */
export class Scene {
  readonly kernel: ModelKernel;
  readonly slots: Float64Array;
  readonly accounts: readonly Account[];
  /** Objects that the setup has one strong count of. */
  readonly #objects: number[] = [];
  readonly #words: Uint32Array;
  readonly #tickets: number[] = [];
  readonly #checks: (() => void)[] = [];
  readonly #lasts: (() => void)[] = [];
  readonly #restarts: (() => void)[] = [];

  constructor(kernel: ModelKernel, slots: Float64Array, accounts: readonly Account[]) {
    this.kernel = kernel;
    this.slots = slots;
    this.#words = new Uint32Array(slots.buffer);
    this.accounts = accounts;
  }

  /** A cell of thread `id` for what is of that kind. */
  cell(id: number, kind: number): number {
    return this.#accountOf(id).cell(kind);
  }
  #accountOf(id: number): Account {
    const account = this.accounts[id];
    if (account === undefined) throw new RangeError(`the model has no account for thread ${id}`);
    return account;
  }

  /** A cell is empty again, and for something else. */
  empty(cell: number, kind: number): void {
    this.#words[(cell + KIND) / 4] = kind;
  }

  /** Has some thread return what thread `id` owned. Returns whether that did it, and no other thread before. */
  *reap(id: number): Steps<boolean> {
    const { entry, thread } = this.#accountOf(id);
    return (yield ["reap", entry, thread]) !== 0;
  }

  /** An object of the setup's, with counts of the threads'. Returns its control block. */
  object(kind: number, size: number): number {
    const control = this.kernel.create(size, 16, kind, 1) >>> 0;
    this.#objects.push(control);
    return control;
  }
  /** Gives thread `id` a strong count. Returns its cell. */
  owns(id: number, control: number): number {
    const cell = this.cell(id, OWN_STRONG);
    this.kernel.retain(control, 1, cell);
    return cell;
  }
  /** Gives thread `id` a weak count. */
  watches(id: number, control: number): number {
    const cell = this.cell(id, OWN_WEAK);
    this.kernel.downgrade(control, cell);
    return cell;
  }
  /** A cell of thread `id` for a ticket. */
  ticket(id: number): number {
    const cell = this.cell(id, OWN_TICKET);
    this.#tickets.push(cell);
    return cell;
  }
  /** How many opens are left in the ticket of a cell. */
  #opens(cell: number): number {
    const ticket = this.slots[cell / 8] as number;
    const isLeft = ticket !== 0 && this.kernel.generationOf(ticket) >>> 0 === this.#words[(cell + EXTRA) / 4];
    return isLeft ? this.kernel.strongCount(ticket) : 0;
  }
  /** The setup has no count of it any more: it lives on by the threads'. */
  letGo(control: number): void {
    this.#drop(control);
    this.#objects.splice(this.#objects.indexOf(control), 1);
  }
  #drop(control: number): void {
    if (this.kernel.release(control) !== 0) this.kernel.dispose(control);
  }

  /** Called before each schedule. */
  restarts(restart: () => void): void {
    this.#restarts.push(restart);
  }
  restart(): void {
    for (const restart of this.#restarts) restart();
  }

  /** Called when the dead have been reaped, and before anything else is given up. */
  checks(check: () => void): void {
    this.#checks.push(check);
  }
  /** The only object that threads have counts of: they are as many as there are cells for them, and `others` says. */
  countsOf(control: number, others = () => 0): void {
    this.checks(() => {
      const opens = this.#tickets.reduce((sum, cell) => sum + this.#opens(cell), 0);
      expectCounts(this.kernel, this.accounts, control, 1 + opens + others());
    });
  }
  /** Called behind these: gives back what else the setup has. */
  lasts(last: () => void): void {
    this.#lasts.push(last);
  }

  check(): void {
    for (const check of this.#checks) check();
  }
  teardown(): void {
    for (const last of this.#lasts) last();
    for (const control of this.#objects) this.#drop(control);
  }
}

/** A thread that reaps another one, and does nothing else. */
export function mourner(scene: Scene, mourns: number): Thread {
  return { run: () => scene.reap(mourns), mourns };
}

/** How a program differs from the plain one. */
interface Options {
  /** Threads that may be killed: all of these in one schedule; by default the first one. */
  readonly mortals?: readonly number[];
  /** Slots of a queue's block. */
  readonly slots?: 1 | 3;
  /** Pages of the heap beside the header's. */
  readonly pages?: number;
  /** Threads that have an account; all by default. */
  readonly accounts?: number;
}

/** A program of `threads` threads. */
export function program(
  name: string,
  threads: number,
  setup: (scene: Scene) => readonly Thread[],
  { mortals = [0], accounts = threads, ...rest }: Options = {},
): Program {
  return {
    name: `reaper/${name}`,
    kills: mortals.length,
    mortals,
    accounts,
    ...rest,
    setup(kernel, memory, opened) {
      const scene = new Scene(kernel, memory, opened);
      const bodies = setup(scene);
      const mourns: Record<number, number> = {};
      for (const [id, body] of bodies.entries()) if (body.mourns !== undefined) mourns[id] = body.mourns;
      const label = (id: number) => (id in mourns ? `mourn thread ${mourns[id]}` : "live");
      return {
        threads: bodies.map(({ run }, id) => () => {
          scene.restart();
          return [operation(label(id), run)];
        }),
        mourns,
        finish: {
          operations: [operation("the dead are reaped", () => now(() => scene.check()))],
          teardown: () => scene.teardown(),
        },
      };
    },
  };
}

function operation(label: string, run: () => Steps<unknown>): Operation {
  return {
    label,
    *run() {
      yield* run();
      return "";
    },
    parts: () => [],
  };
}

// biome-ignore lint/correctness/useYield: it makes no calls of its own
function* now(run: () => void): Steps {
  run();
}
