/**
 * Programs on the allocator. Whatever threads take and give back, each block must have one owner, and `alloc` may say that the
 * heap is exhausted only at a moment when it is.
 */
import type { Program } from "../../program.js";
import { heaps } from "./subject.js";

export const allocatorPrograms: readonly Program[] = heaps(`
  program                                         | given                                   | a                             | b                            | c
  the heap is exhausted                           | pages 1                                 | alloc 32K, free 0             | alloc 32K, free 0            | alloc 48 on 32K, alloc 32K

  there is always a block: first one of the last page, later the one given back
  a block is given back before the last page goes | pages 2, 32K x y, rest 16K, rest 32K    | alloc 32K, free 0             | free x, alloc 16K            | alloc 32K, free y

  the ready list is x, y: a pop of x sleeps, and x comes back with something else behind it
  recycling                                       | pages 2, 32K x y w v, back y x v, 32K u | alloc 32K, alloc 32K          | alloc 32K, alloc 32K, free 0 | free w, alloc 32K
  recycling by two                                | pages 2, 32K x y, back x y              | alloc 32K, alloc 32K, free 0  | alloc 32K, alloc 32K, free 0

  no ready ones; some that came back, and more that do so while these are taken over; no page is left
  blocks come back while others go out            | pages 2, 32K x y w v, back x y          | alloc 32K, free 0             | alloc 32K, free w            | free v

  pages
  two classes want a page                         | pages 2, rest 16K, rest 32K             | alloc 32K, alloc 32K          | alloc 16K, free 0            | alloc 32K, free 0
  a helper comes late                             | pages 3                                 | alloc 32K                     | alloc 32K, alloc 32K         | alloc 32K, alloc 32K
  runs of pages                                   | pages 3, rest page, rest 2 pages        | alloc page, free 0            | alloc 2 pages, free 0        | alloc page, alloc page
  a run is given back before the last page goes   | pages 2, page x, rest page, rest 32K    | alloc page, free 0            | free x, alloc 32K            | alloc page, free 0
  runs against promised pages                     | pages 2, rest page, rest 32K            | alloc page, free 0            | alloc 32K, free 0            | alloc 32K, alloc page

  pointers; of the last program's page nobody has had the second half before the threads are through
  double free                                     | pages 1, 32K x                          | free x, alloc 32K             | free x, alloc 32K            | free x, alloc 32K
  foreign pointers                                | pages 3, 32K x, scratch                 | alloc 32K, free 0             | free x+16, free scratch      | free 64, free x
  a pointer to what nobody has had yet            | pages 1                                 | alloc 32K, free 0             | free page 0+32768, free page 0+32768

  kills
  killed while the heap is exhausted              | pages 1, kills 1                        | alloc 32K                     | alloc 32K, free 0            | alloc 32K
  killed with a page promised                     | pages 2, rest 16K, rest 32K, kills 1    | alloc 32K, free 0             | alloc 16K, alloc 32K
  killed while recycling                          | pages 1, 32K x y, back x y, kills 1     | alloc 32K, alloc 32K, free 0  | alloc 32K, free 0, alloc 32K
  killed with a run                               | pages 2, rest page, rest 32K, kills 1   | alloc page, free 0, alloc 32K | alloc 32K, alloc page, free 1
  killed during a double free                     | pages 1, 32K x, raw, kills 1            | free x, alloc 32K             | free x, alloc 32K
`);
