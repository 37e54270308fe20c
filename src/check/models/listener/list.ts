/**
 * Programs about the list: listening, notifying, leaving, and what is counted. Nobody waits here.
 */
import type { Program } from "../../program.js";
import { program } from "./subject.js";

export const listPrograms: readonly Program[] = [
  program("listen against notify", (e) => [
    [e.listen("a"), e.look("a"), e.take("a")],
    [e.listen("b"), e.take("b")],
    [e.notify(2), e.notified()],
  ]),
  program(
    "two come, one goes, two are notified",
    (e) => [
      [e.listen("a"), e.waitNot("a")],
      [e.listen("b"), e.drop("c")],
      [e.notify(2), e.total()],
    ],
    { present: ["c"] },
  ),
  program(
    "notify against notify",
    (e) => [
      [e.notify(2), e.notified()],
      [e.notify(1), e.notifyMore(1)],
      [e.notify(3), e.take("a")],
    ],
    { present: ["a", "b", "c", "d"] },
  ),
  program(
    "listeners leave side by side",
    (e) => [
      [e.drop("a"), e.listen("e")],
      [e.drop("b"), e.total()],
      [e.drop("c"), e.notify(1)],
    ],
    { present: ["a", "b", "c", "d"] },
  ),
  program(
    "a notified one is dropped",
    (e) => [
      [e.drop("a"), e.notified()],
      [e.notify(1), e.notified()],
      [e.waitNot("b"), e.notify(1)],
    ],
    { present: ["a plain", "b", "c"] },
  ),
  program(
    "plain ones do not spill",
    (e) => [
      [e.drop("a"), e.notified()],
      [e.drop("b"), e.notify(1)],
      [e.look("c"), e.take("c")],
    ],
    { present: ["a plain", "b plain", "c", "d"] },
  ),
  program(
    "additional ones always go on",
    (e) => [
      [e.drop("a"), e.notified()],
      [e.notifyMore(1), e.total()],
      [e.drop("b"), e.notify(1)],
    ],
    { present: ["a more", "b plain", "c", "d"] },
  ),
  program(
    "a notified one is discarded",
    (e) => [
      [e.discard("a"), e.notified()],
      [e.notify(1), e.total()],
      [e.drop("b"), e.take("c")],
    ],
    { present: ["a plain", "b", "c"] },
  ),
  program(
    "nobody is notified who came later",
    (e) => [
      [e.take("a"), e.listen("b"), e.waitNot("b")],
      [e.notify(2), e.notified()],
    ],
    { present: ["a"] },
  ),
  program(
    "how many is fixed at the start",
    (e) => [
      [e.notified(), e.take("a")],
      [e.notify(2), e.notified()],
    ],
    { present: ["a plain", "b", "c", "d"] },
  ),
  program(
    "additional ones meanwhile",
    (e) => [
      [e.notifyMore(2), e.take("b")],
      [e.take("a"), e.notify(2)],
      [e.listen("d"), e.drop("d")],
    ],
    { present: ["a plain", "b", "c"] },
  ),
  program("come and go", (e) => [
    [e.listen("a"), e.drop("a"), e.listen("d")],
    [e.listen("b"), e.drop("b")],
    [e.notify(1), e.notify(1)],
  ]),
  program("what is counted", (e) => [
    [e.listen("a"), e.take("a")],
    [e.notify(1), e.notifyMore(1)],
    [e.total(), e.notified(), e.total()],
  ]),
  program("no room for a listener", (e) => [[e.listen("b"), e.total()], [e.take("a"), e.listen("c")], [e.notify(1)]], {
    present: ["a"],
    tight: true,
  }),
];
