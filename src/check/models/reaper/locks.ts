/** Programs about locks. A lock that a dead thread held is free and poisoned until a thread absolves it, and others can take it. */
import { HELD, OWN_LOCK, POISONED } from "../../../heap/kernel/numbers.js";
import type { Steps } from "../../program.js";
import { expect } from "./specification.js";
import { mourner, program, type Scene } from "./subject.js";

/** A lock, and a number that is only touched under it. */
class Lock {
  readonly at: number;
  readonly #counter: number;
  readonly #slots: Float64Array;

  constructor({ kernel, slots }: Scene, lasts: (last: () => void) => void) {
    this.at = kernel.alloc(64, 16) >>> 0;
    this.#counter = this.at + 32;
    this.#slots = slots;
    slots.fill(0, this.at / 8, this.at / 8 + 8);
    lasts(() => kernel.free(this.at));
  }

  get word(): number {
    return new Uint32Array(this.#slots.buffer)[this.at / 4] as number;
  }

  *tryHold(cell: number): Steps<number> {
    return yield ["tryHold", this.at, cell];
  }
  *letGo(cell: number): Steps {
    yield ["letGo", this.at, cell];
  }
  /** Waits until it has the lock. */
  *hold(cell: number): Steps<number> {
    for (;;) {
      const word = yield ["tryHold", this.at, cell];
      if (word !== 0) return word;
      yield ["waitUntilFree", this.at];
    }
  }
  *letOneIn(cell: number): Steps {
    yield ["letOneIn", this.at, cell];
  }
  *absolve(): Steps {
    yield ["absolve", this.at];
  }
  /** What only its holder does. */
  *use(): Steps {
    yield ["increment", this.#counter];
  }
}

function aLock(scene: Scene): Lock {
  return new Lock(scene, (last) => scene.lasts(last));
}

export const lockPrograms = [
  program("a lock is taken and let go", 3, (scene) => {
    const lock = aLock(scene);
    const [a, b] = [scene.cell(0, OWN_LOCK), scene.cell(1, OWN_LOCK)];
    function* run(cell: number): Steps {
      if ((yield* lock.tryHold(cell)) === 0) return;
      yield* lock.use();
      yield* lock.letGo(cell);
    }
    let poisoned = 0;
    scene.restarts(() => {
      poisoned = -1;
    });
    scene.checks(() => {
      if (poisoned >= 0) expect("the lock", lock.word, poisoned * POISONED);
    });
    return [
      { run: () => run(a) },
      { run: () => run(b) },
      {
        mourns: 0,
        *run() {
          yield ["forgetFound"];
          yield* scene.reap(0);
          poisoned = yield ["found", OWN_LOCK];
        },
      },
    ];
  }),
  program("whoever waits for the dead goes on", 3, (scene) => {
    const lock = aLock(scene);
    const [a, b] = [scene.cell(0, OWN_LOCK), scene.cell(1, OWN_LOCK)];
    scene.kernel.tryHold(lock.at, a);
    return [
      {
        *run() {
          yield* lock.use();
          yield* lock.letOneIn(a);
        },
      },
      {
        *run() {
          const word = yield* lock.hold(b);
          yield* lock.use();
          if ((word & POISONED) !== 0) yield* lock.absolve();
          yield* lock.letOneIn(b);
        },
      },
      mourner(scene, 0),
    ];
  }),
  // Two wait, of whom both see the poison, for nobody sees to it.
  program("poison stays", 3, (scene) => {
    const lock = aLock(scene);
    const [a, b, c] = [scene.cell(0, OWN_LOCK), scene.cell(1, OWN_LOCK), scene.cell(2, OWN_LOCK)];
    scene.kernel.tryHold(lock.at, a);
    return [
      {
        *run() {
          yield* lock.use();
          yield* lock.letOneIn(a);
        },
      },
      {
        *run() {
          yield* lock.hold(b);
          yield* lock.use();
          yield* lock.letOneIn(b);
        },
      },
      {
        mourns: 0,
        *run() {
          yield ["forgetFound"];
          yield* scene.reap(0);
          const held = yield ["found", OWN_LOCK];
          expect("the lock", yield* lock.hold(c), held === 1 ? HELD | POISONED : HELD);
          yield* lock.use();
          yield* lock.letOneIn(c);
        },
      },
    ];
  }),
];
