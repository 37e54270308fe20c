/**
 * Programs about tags: each comes with one notification, goes on with it, and what it stands for is freed once.
 */
import type { Program } from "../../program.js";
import { program } from "./subject.js";

export const tagPrograms: readonly Program[] = [
  program(
    "tags/one for each",
    (e) => [[e.wait("a")], [e.waitNot("b"), e.take("c")], [e.notifyTagged(3, "plain", 1, 2, 3)]],
    { present: ["a", "b", "c"], tags: "inline" },
  ),
  program(
    "tags/of blocks, one for each",
    (e) => [[e.wait("a")], [e.discard("b")], [e.notifyTagged(2, "plain", 1, 2)]],
    { present: ["a", "b"], tags: "blocks" },
  ),
  program("tags/go on", (e) => [[e.drop("a")], [e.wait("b")], [e.notifyTagged(1, "more", 3)]], {
    present: ["a more 7", "b", "c"],
    tags: "blocks",
  }),
  program(
    "tags/go on, or are lost",
    (e) => [[e.drop("a"), e.drop("b")], [e.drop("c")], [e.notifyTagged(2, "plain", 1, 2)]],
    { present: ["a plain 7", "b", "c"], tags: "blocks" },
  ),
  program(
    "tags/for nobody",
    (e) => [
      [e.listen("a"), e.drop("a")],
      [e.listen("b"), e.take("b")],
      [e.notifyTagged(2, "plain", 1, 2), e.total()],
    ],
    { tags: "blocks" },
  ),
  program(
    "tags/two notify",
    (e) => [[e.notifyTagged(2, "plain", 1, 2)], [e.notifyTagged(2, "plain", 3, 4)], [e.take("a"), e.discard("b")]],
    { present: ["a", "b", "c"], tags: "blocks" },
  ),
  program(
    "tags/nobody is reached who came later",
    (e) => [[e.take("a"), e.listen("b"), e.take("b")], [e.notifyTagged(2, "plain", 1, 2)]],
    { present: ["a"], tags: "blocks" },
  ),
  program(
    "tags/awaited",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.enlist("b"), owner.settle(), owner.close()],
        [e.notifyTagged(1, "more", 1)],
        [e.notifyTagged(1, "more", 2)],
      ];
    },
    { present: ["a", "b"], tags: "blocks" },
  ),
  program(
    "tags/given up while it is ready",
    (e) => {
      const owner = e.owner();
      return [
        [owner.enlist("a"), owner.drop("a"), owner.close()],
        [e.notifyTagged(1, "plain", 1)],
        [e.listen("b"), e.take("b")],
      ];
    },
    { present: ["a"], tags: "blocks" },
  ),
];
