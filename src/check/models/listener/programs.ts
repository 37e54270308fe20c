/**
 * Programs on events and their listeners. A listener that waits and is notified must go on, and no other one may have its
 * notification.
 *
 * In every order of steps, something in the program must wake each thread that waits. If its wake-up is lost, no thread can move.
 */
import type { Program } from "../../program.js";
import { events } from "./subject.js";

/** The list: listening, notifying, leaving, and what is counted. Nobody waits here. */
const list = events(
  "",
  `
  program                              | given                  | a                           | b                      | c
  listen against notify                |                        | listen a, look a, take a    | listen b, take b       | notify 2, notified
  two come, one goes, two are notified | c                      | listen a, waitNot a         | listen b, drop c       | notify 2, total
  notify against notify                | a, b, c, d             | notify 2, notified          | notify 1, notifyMore 1 | notify 3, take a
  listeners leave side by side         | a, b, c, d             | drop a, listen e            | drop b, total          | drop c, notify 1
  a notified one is dropped            | a plain, b, c          | drop a, notified            | notify 1, notified     | waitNot b, notify 1
  plain ones do not spill              | a plain, b plain, c, d | drop a, notified            | drop b, notify 1       | look c, take c
  additional ones always go on         | a more, b plain, c, d  | drop a, notified            | notifyMore 1, total    | drop b, notify 1
  a notified one is discarded          | a plain, b, c          | discard a, notified         | notify 1, total        | drop b, take c
  nobody is notified who came later    | a                      | take a, listen b, waitNot b | notify 2, notified
  how many is fixed at the start       | a plain, b, c, d       | notified, take a            | notify 2, notified
  additional ones meanwhile            | a plain, b, c          | notifyMore 2, take b        | take a, notify 2       | listen d, drop d
  come and go                          |                        | listen a, drop a, listen d  | listen b, drop b       | notify 1, notify 1
  what is counted                      |                        | listen a, take a            | notify 1, notifyMore 1 | total, notified, total
  no room for a listener               | a, tight               | listen b, total             | take a, listen c       | notify 1
`,
);

/** Blocking: nobody sleeps for ever. */
const waiting = events(
  "",
  `
  program                          | given               | a                     | b               | c
  no wake-up is lost               |                     | untilRaised a         | raise, notify 1
  two wait, one call               |                     | untilRaised a         | untilRaised b   | raise, notify 2
  two wait, two calls              |                     | untilRaised a         | untilRaised b   | raise, notifyMore 1, notifyMore 1
  two notify                       |                     | untilRaised a         | raise, notify 1 | raise, notify 1
  woken for nothing                | spurious 1          | untilRaised a         | raise, notify 1 | listen b, drop b
  what is dropped is for who waits | a, b                | drop a                | wait b          | notify 1
  what is dropped twice            | a, b, c             | drop a, drop b        | wait c          | notify 1
  an additional one is dropped     | a more, b, c        | drop a                | wait b          | notifyMore 1
  out of time                      | a, b                | waitAWhileAndHandOn a | wait b          | notify 1
  out of time side by side         | a, b, timeouts 2    | waitAWhile a          | waitAWhile b    | notify 1, notified
  a place is used again            | a                   | wait a, untilRaised b | notify 1        | raise, notify 1
  a place is another's             | a                   | wait a                | untilRaised b   | notify 1, raise, notifyMore 1
  a lock                           | turns 3             | lock                  | lock            | lock
  a lock in two rounds             | turns 4             | lock, lock            | lock, lock
  a lock with little patience      | timeouts 2, turns 3 | lock 1000             | lock            | lock
`,
);

/** Awaited listeners: the doorbell, its ready list, and who frees a node that is on it. */
const awaited = events(
  "awaited/",
  `
  program                          | given                | a                                             | b                      | c
  no ring is lost                  |                      | settleOnceRaised a                            | raise, notify 1
  await against notify             | a                    | await a, settle, close                        | notify 1               | notify 1, total
  one drain for two                | a, b                 | await a, await b, settle, close               | notifyMore 1           | notifyMore 1
  three are ready                  | a, b, c              | await a, await b, await c, settle, close      | notify 3
  two owners                       | a, b                 | await a, settle, close                        | await b, settle, close | notify 2
  one is dropped while it is ready | a, b                 | awaitOrPass a, await b, drop a, settle, close | notify 1               | notifyMore 1
  the last one is given up         | a                    | await a, giveUp a, close, listen c            | notify 1               | listen b, drop b
  given up and listened again      | a                    | await a, giveUp a, settleOnceRaised b         | notify 1, raise, notify 1
  dropped, for one that blocks     | a, b                 | awaitOrPass a, drop a, close                  | wait b                 | notify 1
  dropped, for one that is awaited | a, b                 | drop a                                        | await b, settle, close | notify 1
  passed on to two                 | a more, b more, c, d | drop a, drop b                                | await c, await d, settle, close
  drains while they come           | a, b                 | await a, await b, drain, settle, close        | notify 2, notified
  a node is used again             | a                    | await a, settle, settleOnceRaised b           | notify 1               | raise, notify 1
  beside one that blocks           |                      | settleOnceRaised a                            | untilRaised b          | raise, notify 2
`,
);

/** Tags: each comes with one notification, goes on with it, and what it stands for is freed once. */
const tags = events(
  "tags/",
  `
  program                          | given                        | a                               | b                    | c
  one for each                     | a, b, c, tags inline         | wait a                          | waitNot b, take c    | notifyTagged 3 1 2 3
  of blocks, one for each          | a, b, tags blocks            | wait a                          | discard b            | notifyTagged 2 1 2
  go on                            | a more 7, b, c, tags blocks  | drop a                          | wait b               | notifyMoreTagged 1 3
  go on, or are lost               | a plain 7, b, c, tags blocks | drop a, drop b                  | drop c               | notifyTagged 2 1 2
  for nobody                       | tags blocks                  | listen a, drop a                | listen b, take b     | notifyTagged 2 1 2, total
  two notify                       | a, b, c, tags blocks         | notifyTagged 2 1 2              | notifyTagged 2 3 4   | take a, discard b
  nobody is reached who came later | a, tags blocks               | take a, listen b, take b        | notifyTagged 2 1 2
  awaited                          | a, b, tags blocks            | await a, await b, settle, close | notifyMoreTagged 1 1 | notifyMoreTagged 1 2
  given up while it is ready       | a, tags blocks               | await a, drop a, close          | notifyTagged 1 1     | listen b, take b
`,
);

/**
 * Threads that die. The lock is never kept, so the others go on. A listener whose thread died stays in the list, and a
 * notification that it has or is given stays with it: in the end a reaper takes it out, and passes that on. A living one that
 * was notified wakes, so those that wait here are notified twice over: by whom survives.
 */
const kills = events(
  "kills/",
  `
  program                 | given                                 | a                               | b                 | c
  listening and notifying | kills 1                               | listen a, take a                | listen b, drop b  | notify 2, total
  two                     | b, kills 2                            | listen a, drop a                | notify 2, notifyMore 1
  leaving                 | a more, b, c, d, kills 1              | drop a, notified                | drop b, discard c | notifyMore 1, total
  a notifier              | kills 1                               | untilRaised a                   | raise, notify 1   | raise, notify 1
  a notifier of two       | a, b, kills 1                         | wait a, wait b                  | notify 2          | notify 2
  one that passes on      | a more, b, kills 1                    | drop a                          | wait b            | notifyMore 1
  one that waits          | a, b, kills 1                         | waitAWhile a                    | waitAWhile b      | notify 2, notify 1
  a ringer                | kills 1                               | settleOnceRaised a              | raise, notify 1   | raise, notify 1
  an owner                | a, b, c, kills 1                      | await a, await b, settle, close | notify 2          | notify 2, notifyMore 1
  an owner that drops     | a, b, kills 1                         | await a, drop a, close          | notify 1, notify 1
  tags of blocks          | a plain 7, b, c, tags blocks, kills 1 | drop a                          | take b, discard c | notifyTagged 2 1 2
`,
);

/** Listeners that were notified for nothing, and wait on: before all that do, behind all that are notified. */
const again = events(
  "again/",
  `
  program                 | given               | a                     | b
  against notify          | a plain, b          | again a, look b       | notify 1, notified
  behind others           | a plain, b more, c  | again a, notifyMore 1 | notifyMore 1, take b
  behind others, and last | a plain, b more     | again a, listen d     | drop b, notify 1
  dies                    | a plain, b, kills 1 | again a, drop a       | notify 1, look b
`,
);

export const listenerPrograms: readonly Program[] = [...list, ...again, ...waiting, ...awaited, ...tags, ...kills];
