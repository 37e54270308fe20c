/**
 * Programs with threads that die. The lock is never kept, so the others go on. A listener whose thread died stays in the list,
 * and a notification that it has or is given stays with it: in the end somebody takes it out, and passes that on. A living one
 * that was notified wakes, so those that wait here are notified twice over: by whom survives.
 */
import type { Program } from "../../program.js";
import { program, settlesOnceRaised, untilRaised } from "./subject.js";

export const killPrograms: readonly Program[] = [
  program(
    "kills/listening and notifying",
    (e) => [
      [e.listen("a"), e.take("a")],
      [e.listen("b"), e.drop("b")],
      [e.notify(2), e.total()],
    ],
    { kills: 1 },
  ),
  program(
    "kills/two",
    (e) => [
      [e.listen("a"), e.drop("a")],
      [e.notify(2), e.notifyMore(1)],
    ],
    { kills: 2, present: ["b"] },
  ),
  program(
    "kills/leaving",
    (e) => [
      [e.drop("a"), e.notified()],
      [e.drop("b"), e.discard("c")],
      [e.notifyMore(1), e.total()],
    ],
    { kills: 1, present: ["a more", "b", "c", "d"] },
  ),
  program("kills/a notifier", (e) => [untilRaised(e, "a"), [e.raise(), e.notify(1)], [e.raise(), e.notify(1)]], {
    kills: 1,
  }),
  program("kills/a notifier of two", (e) => [[e.wait("a"), e.wait("b")], [e.notify(2)], [e.notify(2)]], {
    kills: 1,
    present: ["a", "b"],
  }),
  program("kills/one that passes on", (e) => [[e.drop("a")], [e.wait("b")], [e.notifyMore(1)]], {
    kills: 1,
    present: ["a more", "b"],
  }),
  program("kills/one that waits", (e) => [[e.waitAWhile("a")], [e.waitAWhile("b")], [e.notify(2), e.notify(1)]], {
    kills: 1,
    present: ["a", "b"],
  }),
  program(
    "kills/a ringer",
    (e) => [settlesOnceRaised(e, e.owner(), "a"), [e.raise(), e.notify(1)], [e.raise(), e.notify(1)]],
    { kills: 1 },
  ),
  program(
    "kills/an owner",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.enlist("b"), owner.settle(), owner.close()],
        [e.notify(2)],
        [e.notify(2), e.notifyMore(1)],
      ];
    },
    { kills: 1, present: ["a", "b", "c"], leaksPerKill: 3 },
  ),
  program(
    "kills/an owner that drops",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.drop("a"), owner.close()],
        [e.notify(1), e.notify(1)],
      ];
    },
    { kills: 1, present: ["a", "b"] },
  ),
  program(
    "kills/tags of blocks",
    (e) => [[e.drop("a")], [e.take("b"), e.discard("c")], [e.notifyTagged(2, "plain", 1, 2)]],
    { kills: 1, present: ["a plain 7", "b", "c"], tags: "blocks" },
  ),
];
