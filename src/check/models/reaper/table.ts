/**
 * Programs about the thread table and the reapers themselves. If several threads want to reap an entry, one of them does. When a
 * reaper is killed, another thread returns what it has left.
 */
import {
  BLOCKS,
  INLINE,
  KIND_ARC,
  KIND_EVENT,
  KIND_MUTEX,
  KIND_QUEUE,
  OWN_BLOCK,
  OWN_LISTENER,
  OWN_LOCK,
  OWN_SCRATCH,
  OWN_TICKET,
  OWN_VALUE,
  PASS,
  TAKEN_OUT,
  UNBOUNDED,
} from "../../../heap/kernel/numbers.js";
import type { Program, Steps } from "../../program.js";
import { drop } from "./counts.js";
import { expect } from "./specification.js";
import { mourner, program, type Scene, type Thread } from "./subject.js";

const SIZE = 16;

/** One step, before which it may be killed. */
function* live(): Steps {
  yield ["alignmentUnit"];
}
const alive: Thread = { run: live };

// ── what thread 0 may own ──

type Estate = (scene: Scene) => void;

const ESTATES: Readonly<Record<string, Estate>> = {
  counts(scene) {
    const [x, y] = [scene.object(KIND_ARC, SIZE), scene.object(KIND_ARC, SIZE)];
    scene.owns(0, x);
    scene.letGo(x);
    scene.watches(0, y);
    scene.kernel.newTicket(y, 2, scene.cell(0, OWN_TICKET));
  },
  "a queue of blocks"(scene) {
    const { kernel } = scene;
    const queue = scene.object(KIND_QUEUE, kernel.queueSize());
    const at = kernel.valueOf(queue) >>> 0;
    kernel.construct(at, UNBOUNDED, 0, BLOCKS, 0, 0n);
    for (let i = 0; i < 2; i++) kernel.push(at, kernel.alloc(SIZE, 16));
    scene.owns(0, queue);
    scene.letGo(queue);
  },
  "a listener"(scene) {
    const { kernel } = scene;
    const event = scene.object(KIND_EVENT, kernel.eventSize());
    const at = kernel.valueOf(event) >>> 0;
    kernel.constructEvent(at, BLOCKS, 0, 0);
    for (const id of [0, 2]) {
      scene.owns(id, event);
      kernel.listen(at, scene.cell(id, OWN_LISTENER));
    }
    kernel.notifyTagged(at, 1, 0, -1, kernel.alloc(SIZE, 16));
    scene.checks(() => {
      const listening = scene.accounts.reduce((sum, { entry }) => sum + kernel.holds(entry, OWN_LISTENER), 0);
      expect("listeners", kernel.listenerCount(at), listening);
      expect("notified listeners", kernel.notifiedCount(at), 1);
    });
  },
  "a batch"(scene) {
    const { kernel, slots } = scene;
    const cell = scene.cell(0, OWN_SCRATCH);
    const scratch = kernel.allocScratch(cell) >>> 0;
    kernel.useScratch(scratch, cell, BLOCKS | TAKEN_OUT);
    for (let i = 0; i < 2; i++) slots[scratch / 8 + i] = kernel.alloc(SIZE, 16) >>> 0;
    kernel.alloc(SIZE, 16, scene.cell(0, OWN_VALUE));
  },
  // It lives by the dead.
  "a mutex"(scene) {
    mutexOf(scene);
  },
};

/** A mutex that thread 0 has, and of which it has the only count. Answers its control block. */
function mutexOf(scene: Scene): number {
  const { kernel } = scene;
  const mutex = scene.object(KIND_MUTEX, kernel.eventSize());
  const at = kernel.valueOf(mutex) >>> 0;
  kernel.constructEvent(at, INLINE, 0, 0);
  scene.owns(0, mutex);
  scene.letGo(mutex);
  kernel.tryLock(at, scene.cell(0, OWN_LOCK), 0, OWN_LOCK);
  return mutex;
}

// ── programs ──

function reapersOf([what, estate]: readonly [string, Estate]): Program[] {
  return [
    program(
      `a reaper dies/${what}`,
      3,
      (scene) => {
        estate(scene);
        return [alive, mourner(scene, 0), mourner(scene, 1)];
      },
      { mortals: [0, 1] },
    ),
    program(`an end in good order/${what}`, 3, (scene) => {
      estate(scene);
      return [{ run: () => scene.reap(0) }, mourner(scene, 0), alive];
    }),
  ];
}

/** Enters the table and ends in good order; in between it may own something. */
function* visit(thread: number, owns: boolean): Steps {
  const entry = (yield ["enter", thread]) >>> 0;
  if (entry === 0) return;
  yield ["use", entry];
  if (owns) yield ["addCells"];
  yield ["reap", entry, thread];
}

/** A dead thread's entry is another thread's by the time that the second reaper looks. The dead one's numbers are 1 and 0. */
function entryChangesHands(name: string, thread: number, osThread: number): Program {
  return program(`an entry changes hands${name}`, 3, (scene) => {
    const block = scene.cell(0, OWN_BLOCK);
    scene.kernel.alloc(SIZE, 16, block);
    let next = 0;
    scene.restarts(() => {
      next = 0;
    });
    scene.checks(() => {
      if (next === 0) return;
      expect("the thread in the entry", scene.kernel.threadOf(next), thread);
      expect("its phase", scene.kernel.phaseOf(next), 1);
    });
    scene.lasts(() => {
      if (next !== 0) scene.kernel.reap(next, thread, osThread);
    });
    return [
      alive,
      {
        mourns: 0,
        *run() {
          yield* scene.reap(0);
          next = (yield ["enter", thread, osThread]) >>> 0;
        },
      },
      mourner(scene, 0),
    ];
  });
}

export const tablePrograms: readonly Program[] = [
  ...Object.entries(ESTATES).flatMap(reapersOf),
  entryChangesHands("", 70, 0),
  entryChangesHands(", to a thread of the same number", 1, 70),
  program(
    "three reapers die",
    3,
    (scene) => {
      ESTATES["a batch"]?.(scene);
      return [alive, mourner(scene, 0), mourner(scene, 1)];
    },
    { mortals: [0, 1, 2] },
  ),
  // The dead reaper owes a notification to a mutex that lives only by the count of the thread that it was reaping.
  program(
    "a reaper dies/of a mutex for which somebody waits, and goes",
    3,
    (scene) => {
      const { kernel } = scene;
      const mutex = mutexOf(scene);
      const count = scene.owns(2, mutex);
      const node = kernel.listen(kernel.valueOf(mutex) >>> 0, scene.cell(2, OWN_LISTENER)) >>> 0;
      const last: Thread = {
        mourns: 1,
        *run() {
          yield ["leave", node, PASS, 0];
          yield* drop(mutex, count);
          yield* scene.reap(1);
        },
      };
      return [alive, mourner(scene, 0), last];
    },
    { mortals: [0, 1] },
  ),
  program("two reap one", 3, (scene) => {
    ESTATES.counts?.(scene);
    const reaped = [false, false];
    scene.restarts(() => reaped.fill(false));
    scene.checks(() => {
      if (reaped[0] === true && reaped[1] === true) expect("reapers", 2, 1);
    });
    const one = (i: number): Thread => ({
      mourns: 0,
      *run() {
        reaped[i] = yield* scene.reap(0);
      },
    });
    return [alive, one(0), one(1)];
  }),
  program(
    "two reap a reaper",
    4,
    (scene) => {
      ESTATES.counts?.(scene);
      return [alive, mourner(scene, 0), mourner(scene, 1), mourner(scene, 1)];
    },
    { mortals: [0, 1] },
  ),
  program(
    "two die and two reap",
    4,
    (scene) => {
      const x = scene.object(KIND_ARC, SIZE);
      for (const id of [0, 1]) scene.owns(id, x);
      scene.letGo(x);
      return [alive, alive, mourner(scene, 0), mourner(scene, 1)];
    },
    { mortals: [0, 1] },
  ),
  // One free entry for two.
  program(
    "the table is full",
    3,
    (scene) => {
      const { kernel } = scene;
      const [first, second] = [11, 12];
      // Others are there, and stay.
      for (let i = 2; i < kernel.threadLimit() - 1; i++) kernel.enter(50 + i);
      const entriesOf = (thread: number) =>
        Array.from({ length: kernel.threadLimit() }, (_, i) => kernel.entryAt(i)).filter(
          (entry) => kernel.threadOf(entry) === thread,
        );
      scene.checks(() => {
        for (const thread of [first, second]) for (const entry of entriesOf(thread)) kernel.reap(entry, thread);
        expect("entries left", kernel.enter(60) !== 0, true);
        expect("entries left", kernel.enter(61) !== 0, false);
      });
      return [
        {
          mourns: 1,
          *run() {
            for (let i = 0; i < kernel.threadLimit(); i++) {
              const entry = (yield ["entryAt", i]) >>> 0;
              if ((yield ["threadOf", entry]) === first) yield ["reap", entry, first];
            }
          },
        },
        { run: () => visit(first, true) },
        { run: () => visit(second, false) },
      ];
    },
    { accounts: 1, mortals: [1] },
  ),
];
