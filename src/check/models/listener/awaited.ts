/**
 * Programs about awaited listeners: the doorbell, its ready list, and who frees a node that is on it.
 */
import { PASS } from "../../../heap/kernel/numbers.js";
import type { Program } from "../../program.js";
import { program, settlesOnceRaised, untilRaised } from "./subject.js";
import { inTurn } from "./waiting.js";

export const awaitedPrograms: readonly Program[] = [
  program("awaited/no ring is lost", (e) => [settlesOnceRaised(e, e.owner(), "a"), [e.raise(), e.notify(1)]]),
  program(
    "awaited/await against notify",
    (e) => {
      const owner = e.owner();
      return [[owner.enlist("a"), owner.settle(), owner.close()], [e.notify(1)], [e.notify(1), e.total()]];
    },
    { present: ["a"] },
  ),
  program(
    "awaited/one drain for two",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.enlist("b"), owner.settle(), owner.close()],
        [e.notifyMore(1)],
        [e.notifyMore(1)],
      ];
    },
    { present: ["a", "b"] },
  ),
  program(
    "awaited/three are ready",
    (e) => {
      const owner = e.owner();
      return [[owner.enlist("a"), owner.enlist("b"), owner.enlist("c"), owner.settle(), owner.close()], [e.notify(3)]];
    },
    { present: ["a", "b", "c"] },
  ),
  program(
    "awaited/two owners",
    (e) => {
      const [one, two] = [e.owner(), e.owner()];
      return [
        [one.enlist("a"), one.settle(), one.close()],
        [two.enlist("b"), two.settle(), two.close()],
        [e.notify(2)],
      ];
    },
    { present: ["a", "b"] },
  ),
  program(
    "awaited/one is dropped while it is ready",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a", PASS), owner.enlist("b"), owner.drop("a"), owner.settle(), owner.close()],
        [e.notify(1)],
        [e.notifyMore(1)],
      ];
    },
    { present: ["a", "b"] },
  ),
  program(
    "awaited/the last one is given up",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.giveUp("a"), owner.close(), e.listen("c")],
        [e.notify(1)],
        [e.listen("b"), e.drop("b")],
      ];
    },
    { present: ["a"] },
  ),
  program(
    "awaited/given up and listened again",
    (e) => {
      const owner = e.owner();
      return [
        inTurn([owner.enlist("a"), owner.giveUp("a")], settlesOnceRaised(e, owner, "b")),
        [e.notify(1), e.raise(), e.notify(1)],
      ];
    },
    { present: ["a"] },
  ),
  program(
    "awaited/dropped, for one that blocks",
    (e) => {
      const owner = e.owner();
      return [[owner.enlist("a", PASS), owner.drop("a"), owner.close()], [e.wait("b")], [e.notify(1)]];
    },
    { present: ["a", "b"] },
  ),
  program(
    "awaited/dropped, for one that is awaited",
    (e) => {
      const owner = e.owner();
      return [[e.drop("a")], [owner.enlist("b"), owner.settle(), owner.close()], [e.notify(1)]];
    },
    { present: ["a", "b"] },
  ),
  program(
    "awaited/passed on to two",
    (e) => {
      const owner = e.owner();
      return [
        [e.drop("a"), e.drop("b")],
        [owner.enlist("c"), owner.enlist("d"), owner.settle(), owner.close()],
      ];
    },
    { present: ["a more", "b more", "c", "d"] },
  ),
  program(
    "awaited/drains while they come",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.enlist("b"), owner.drain(), owner.settle(), owner.close()],
        [e.notify(2), e.notified()],
      ];
    },
    { present: ["a", "b"] },
  ),
  program(
    "awaited/a node is used again",
    (e) => {
      const owner = e.owner();
      return [
        inTurn([owner.enlist("a"), owner.settle()], settlesOnceRaised(e, owner, "b")),
        [e.notify(1)],
        [e.raise(), e.notify(1)],
      ];
    },
    { present: ["a"] },
  ),
  program("awaited/beside one that blocks", (e) => [
    settlesOnceRaised(e, e.owner(), "a"),
    untilRaised(e, "b"),
    [e.raise(), e.notify(2)],
  ]),
];
