/**
 * Programs on locks. A call that waits must be let in by something in the program, whatever the order: if its wake-up is lost, no thread
 * can move. Two in a lock at once are a race, by the two plain accesses of `use`, and not linearizable.
 */
import { BLOCKS, INLINE } from "../../../heap/kernel/numbers.js";
import type { Program } from "../../program.js";
import { barrier } from "./barrier.js";
import { mutex } from "./mutex.js";
import { onceCell } from "./onceCell.js";
import { rwLock } from "./rwLock.js";
import { semaphore } from "./semaphore.js";
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
  broken while it is unlocked         |                                | lock, unlock               | breakLock, tryLock, unlock
  broken and taken again              |                                | lock, unlock               | breakLock, tryLock, unlock     | tryLock, unlock
  broken before the holder dies       | kills 1, mortals a, mourns c a | lock, unlock               | breakLock, tryLock, unlock     | tryLock, unlock
  broken while one starves            |                                | lock, unlock               | lockAWhile, unlock             | breakLock, lock, unlock
  poison is not the broken holder's   |                                | lock, clearPoison, unlock  | breakLock, tryLock, unlock
  a mutex of the dead is broken       | kills 1, mortals a, outlives b a
                                      |                                | lock, unlock               | breakLock, tryLock, clearPoison, unlock
`,
);

const oneForEach = programsOf(
  semaphore(1),
  `
  program                             | given                          | a                           | b                           | c
  two acquire                         |                                | acquire 1, use, release     | acquire 1, use, release
  three acquire                       |                                | acquire 1, use, release     | acquire 1, use, release     | acquire 1, use, release
  one barges                          |                                | acquire 1, release, tryAcquire 1, release | acquire 1, use, release | tryAcquire 1, use, release
  one gives up                        |                                | acquireAWhile 1, release    | acquire 1, use, release     | acquire 1, release
  woken for nothing                   | spurious 1                     | acquire 1, use, release     | acquire 1, use, release
  two await                           | awaits a, awaits b             | acquire 1, use, release     | acquire 1, use, release     | acquire 1, release
  one awaits and gives up             | awaits a                       | acquireAWhile 1, release    | acquire 1, release          | acquire 1, release
  forgotten and added                 |                                | acquire 1, forget, add 1    | acquire 1, release
  closed                              |                                | acquire 1, close, release   | acquire 1, release          | close
  closed and kept                     |                                | acquire 1, forget, close    | acquire 1, release
  a holder dies                       | kills 1, mortals a             | acquire 1, use, release     | tryAcquire 1, use, release
  a holder dies while one waits       | kills 1, mortals a, mourns c a | acquire 1, use, release     | acquire 1, use, release     | use
  one that waits dies                 | kills 1, mortals b, mourns c b | acquire 1, release          | acquire 1, release          | acquire 1, release
  one that awaits dies                | kills 1, mortals b, mourns c b, awaits b
                                      |                                | acquire 1, release          | acquire 1, release          | acquire 1, release
  one that gives up dies              | kills 1, mortals b, mourns c b | acquire 1, release          | acquireAWhile 1, release    | acquire 1, release
  one that adds dies                  | kills 1, mortals a, mourns c a | add 1                       | acquire 2, release          | add 1
`,
);

const twoForSome = programsOf(
  semaphore(2),
  `
  program                             | given                          | a                           | b                           | c
  two of two                          |                                | acquire 2, use, release     | acquire 2, use, release
  many are not overtaken              |                                | acquire 1, release, acquire 1, release | acquire 2, use, release | tryAcquire 1, release
  the first gives up                  |                                | acquire 1, release          | acquireAWhile 2, release    | acquire 1, release
  one dies that was granted two       | kills 1, mortals b, mourns c b | acquire 2, release, acquire 1, release | acquire 2, release | use
  the first dies                      | kills 1, mortals b, mourns c b | acquire 1, release          | acquire 2, release          | acquire 1, release
`,
);

const nothingAtFirst = programsOf(
  semaphore(0),
  `
  program                             | given                          | a                           | b                           | c
  two go on at once                   |                                | add 2                       | acquire 1, forget           | acquire 1, forget
`,
);

const rwLockPrograms = programsOf(
  rwLock,
  `
  program                             | given                          | a                                   | b                                   | c
  a reader and a writer               |                                | read, see, endRead                  | write, use, endWrite
  two writers                         |                                | write, use, endWrite                | write, use, endWrite
  readers and a writer                |                                | read, see, endRead                  | write, use, endWrite                | read, see, endRead
  a writer and its readers            |                                | write, use, endWrite                | read, see, endRead                  | read, see, endRead
  tries                               |                                | tryRead, see, endRead               | tryWrite, use, endWrite             | read, see, endRead
  a reader gives up                   |                                | write, use, endWrite                | readAWhile, see, endRead            | write, endWrite
  a writer gives up                   |                                | read, see, endRead                  | writeAWhile, use, endWrite          | read, endRead
  an upgradable reader                |                                | upgradable, see, endUpgradable      | read, see, endRead                  | write, use, endWrite
  upgraded                            |                                | upgradable, upgrade, use, endWrite  | read, see, endRead
  upgraded or not                     |                                | upgradable, upgradeAWhile, use, endWrite | read, see, endRead                  | read, endRead
  upgraded at once                    |                                | upgradable, tryUpgrade, use, downgrade, endUpgradable | read, see, endRead
  two upgradable                      |                                | upgradable, upgrade, use, endWrite  | upgradable, upgrade, use, endWrite
  downgraded                          |                                | write, use, downgrade, downgradeToRead, see, endRead | read, see, endRead | write, use, endWrite
  a downgrade wakes readers           |                                | write, use, downgrade, endUpgradable | read, see, endRead                 | read, see, endRead
  all await                           | awaits a, awaits b, awaits c   | write, use, endWrite                | read, see, endRead                  | write, use, endWrite
  one awaits and gives up             | awaits a, awaits b             | writeAWhile, endWrite               | readAWhile, endRead                 | write, use, endWrite
  a dead reader                       | kills 1, mortals a, mourns c a | read, see, endRead                  | write, use, endWrite                | see
  a dead writer                       | kills 1, mortals a, mourns c a | write, use, endWrite                | read, see, endRead                  | see
  a dead writer, and another          | kills 1, mortals a, mourns c a | write, use, endWrite                | write, use, clearPoison, endWrite   | see
  a dead upgradable reader            | kills 1, mortals a, mourns c a | upgradable, upgrade, endWrite       | write, use, endWrite                | see
  dead while it downgrades            | kills 1, mortals a, mourns c a | write, downgrade, downgradeToRead, endRead | tryWrite, use, endWrite      | look
  broken while it is read             |                                | read, endRead                       | breakLock, tryWrite, endWrite
  broken while it is written          |                                | write, endWrite                     | breakLock, tryRead, endRead         | tryWrite, endWrite
  broken while a writer waits         |                                | read, endRead                       | write, endWrite                     | breakLock
  broken while it is upgraded         |                                | upgradable, upgrade, downgrade, endUpgradable | breakLock, read, endRead
  broken before the writer dies       | kills 1, mortals a, mourns c a | write, endWrite                     | breakLock, tryWrite, clearPoison, endWrite | look
  one that breaks the lock dies       | kills 1, mortals a, mourns c a | write, breakLock                    | write, endWrite                     | look
  one that waits for readers dies     | kills 1, mortals b, mourns c b | read, look, endRead                 | write, use, endWrite                | write, endWrite
  one that waits dies                 | kills 1, mortals b, mourns c b | read, endRead                       | write, use, endWrite                | write, use, endWrite
`,
);

const barrierOfTwo = programsOf(
  barrier(2),
  `
  program                             | given                          | a                           | b                           | c
  two come                            |                                | wait                        | wait
  again and again                     |                                | wait, wait                  | wait, wait
  one gives up                        | timeouts 2                     | waitAWhile, look            | waitAWhile
  all await                           | awaits a, awaits b             | wait                        | wait
  one of two dies                     | kills 1, mortals a, mourns c a | wait                        | wait                        | waitFirst
  one that gives up dies              | kills 1, mortals a, mourns b a | waitAWhile                  | look
`,
);

const barrierOfThree = programsOf(
  barrier(3),
  `
  program                             | given                          | a                           | b                           | c
  three come                          |                                | wait                        | wait                        | wait
`,
);

const barrierOfOne = programsOf(
  barrier(1),
  `
  program                             | given                          | a                           | b                           | c
  one is enough                       |                                | wait, wait                  | wait
`,
);

const onceOfNumbers = programsOf(
  onceCell(INLINE),
  `
  program                             | given                          | a                           | b                           | c
  two make it                         |                                | make, get                   | make, get
  three make it                       |                                | make                        | make                        | make
  one cannot                          |                                | makeNot                     | make                        | wait
  one sets it                         |                                | set, get                    | set, get                    | wait
  one gives up                        |                                | makeAWhile                  | makeNot                     | make
  two wait                            | awaits b, awaits c             | set                         | wait                        | wait
  the maker dies                      | kills 1, mortals a, mourns c a | make                        | make                        | get
  the maker dies while one waits      | kills 1, mortals a, mourns c a | make                        | wait                        | make
`,
);

const onceOfBlocks = programsOf(
  onceCell(BLOCKS),
  `
  program                             | given                          | a                           | b                           | c
  nobody makes a block                |                                | makeNot                     | get
  two make a block                    |                                | make, get                   | make
  the maker of a block dies           | kills 1, mortals a, mourns c a | make                        | make                        | get
`,
);

export const lockPrograms: readonly Program[] = [
  ...mutexPrograms,
  ...oneForEach,
  ...twoForSome,
  ...nothingAtFirst,
  ...rwLockPrograms,
  ...barrierOfTwo,
  ...barrierOfThree,
  ...barrierOfOne,
  ...onceOfNumbers,
  ...onceOfBlocks,
];
