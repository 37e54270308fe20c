/**
 * Programs about blocking. Each thread that waits must be woken by something in the program, whatever the order: if its
 * wake-up is lost, nobody can move.
 */
import type { Body, Operation, Program } from "../../program.js";
import { program, type Subject, untilRaised } from "./subject.js";

/** Waits for a while only. A notification that came is handed on: another one waits for it. */
function waitsAWhileAndHandsOn(subject: Subject, name: string): Body {
  function* body(): Generator<Operation, void, void> {
    const wait = subject.waitAWhile(name);
    let notified = false;
    yield {
      ...wait,
      *run() {
        const result = yield* wait.run();
        notified = result !== "none";
        return result;
      },
    };
    if (notified) yield subject.notify(1);
  }
  return { [Symbol.iterator]: body };
}

/** One body after the other. */
export function inTurn(...bodies: Body[]): Body {
  return {
    *[Symbol.iterator]() {
      for (const body of bodies) yield* body;
    },
  };
}

export const waitingPrograms: readonly Program[] = [
  program("no wake-up is lost", (e) => [untilRaised(e, "a"), [e.raise(), e.notify(1)]]),
  program("two wait, one call", (e) => [untilRaised(e, "a"), untilRaised(e, "b"), [e.raise(), e.notify(2)]]),
  program("two wait, two calls", (e) => [
    untilRaised(e, "a"),
    untilRaised(e, "b"),
    [e.raise(), e.notifyMore(1), e.notifyMore(1)],
  ]),
  program("two notify", (e) => [untilRaised(e, "a"), [e.raise(), e.notify(1)], [e.raise(), e.notify(1)]]),
  program("woken for nothing", (e) => [untilRaised(e, "a"), [e.raise(), e.notify(1)], [e.listen("b"), e.drop("b")]], {
    spurious: 1,
  }),
  program("what is dropped is for who waits", (e) => [[e.drop("a")], [e.wait("b")], [e.notify(1)]], {
    present: ["a", "b"],
  }),
  program("what is dropped twice", (e) => [[e.drop("a"), e.drop("b")], [e.wait("c")], [e.notify(1)]], {
    present: ["a", "b", "c"],
  }),
  program("an additional one is dropped", (e) => [[e.drop("a")], [e.wait("b")], [e.notifyMore(1)]], {
    present: ["a more", "b", "c"],
  }),
  program("out of time", (e) => [waitsAWhileAndHandsOn(e, "a"), [e.wait("b")], [e.notify(1)]], { present: ["a", "b"] }),
  program("out of time side by side", (e) => [[e.waitAWhile("a")], [e.waitAWhile("b")], [e.notify(1), e.notified()]], {
    present: ["a", "b"],
    timeouts: 2,
  }),
  program(
    "a place is used again",
    (e) => [inTurn([e.wait("a")], untilRaised(e, "b")), [e.notify(1)], [e.raise(), e.notify(1)]],
    { present: ["a"] },
  ),
  program(
    "a place is another's",
    (e) => [[e.wait("a")], untilRaised(e, "b"), [e.notify(1), e.raise(), e.notifyMore(1)]],
    {
      present: ["a"],
    },
  ),
  program("a lock", (e) => [[e.lock()], [e.lock()], [e.lock()]], { turns: 3 }),
  program(
    "a lock in two rounds",
    (e) => [
      [e.lock(), e.lock()],
      [e.lock(), e.lock()],
    ],
    { turns: 4 },
  ),
  program("a lock with little patience", (e) => [[e.lock(1000)], [e.lock()], [e.lock()]], { turns: 3, timeouts: 2 }),
];
