/**
 * Programs on locks. Whoever waits must be let in by something in the program, whatever the order: if its wake-up is lost, nobody can
 * move. Two in a lock at once are a race, by the two plain accesses of `use`, and not linearizable.
 */
import type { Program } from "../../program.js";
import { mutex } from "./mutex.js";
import { programsOf } from "./subject.js";

const mutexPrograms = programsOf(
  mutex,
  `
  program                             | given                          | a                          | b                              | c
  two lock                            |                                | lock, use, unlock          | lock, use, unlock
  three lock                          |                                | lock, use, unlock          | lock, use, unlock              | lock, use, unlock
  one locks again at once             |                                | lock, unlock, lock, unlock | lock, use, unlock
  one barges                          |                                | lock, use, unlock          | lock, unlock                   | tryLock, use, unlock, tryLock, unlock
  one barges on and on                |                                | lock, unlock, lock, look, unlock, tryLock, unlock | lock, use, unlock
  one does not starve                 |                                | lockPatiently, use, unlock | lock, unlock                   | lockPatiently, use, unlock
  one gives up                        |                                | lockAWhile, use, unlock    | lock, use, unlock              | lock, unlock
  two give up                         | timeouts 2                     | lockAWhile, unlock         | lockAWhile, unlock             | lock, unlock
  woken for nothing                   | spurious 1                     | lock, use, unlock          | lock, use, unlock
  two await                           | awaits a, awaits b             | lock, use, unlock          | lock, use, unlock              | lock, unlock
  one awaits and gives up             | awaits a                       | lockAWhile, unlock         | lock, unlock                   | lock, unlock
  a holder dies                       | kills 1, mortals a             | lock, use, unlock          | tryLock, use, unlock
  a holder dies while one waits       | kills 1, mortals a, mourns c a | lock, use, unlock          | lock, use, clearPoison, unlock | tryLock, unlock
  the dead owe                        | kills 1, mortals a, mourns c a | lock, unlock               | lock, use, unlock              | use
  one that waits dies                 | kills 1, mortals b, mourns c b | lock, unlock               | lock, unlock                   | lock, unlock
  one awaits and gives up, and another | awaits a, awaits b             | lockAWhile, unlock         | lockAWhile, unlock             | lock, unlock, lock, unlock
  one that awaits and gives up dies   | kills 1, mortals b, mourns c b, awaits b
                                      |                                | lock, unlock               | lockAWhile, unlock             | lock, unlock
  one that awaits dies                | kills 1, mortals b, mourns c b, awaits b
                                      |                                | lock, unlock               | lock, unlock                   | lock, unlock
  one that gives up dies              | kills 1, mortals b, mourns c b | lock, unlock               | lockAWhile, unlock             | lock, unlock
  poison stays until it is taken out  | kills 1, mortals a, mourns c a | lock, unlock               | tryLock, unlock                | lock, unlock, lock, clearPoison, unlock, tryLock, unlock
  poison goes while one starves       | kills 1, mortals a, mourns c a | lock, unlock               | lock, unlock                   | lock, clearPoison, unlock
  a mutex is broken                   |                                | lock, breakLock, unlock    | lock, unlock
  a mutex of the dead is broken       | kills 1, mortals a, outlives b a
                                      |                                | lock, unlock               | breakLock, tryLock, clearPoison, unlock
`,
);

export const lockPrograms: readonly Program[] = [...mutexPrograms];
