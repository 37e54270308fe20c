/**
 * Programs on the counted blocks under every handle. Whatever owners, weak handles, tokens and tickets do at once, the counts are
 * those of a table, exactly one drop is the last, and a token opens only the object that it was made for.
 */
import type { Program } from "../../program.js";
import { objects } from "./subject.js";

export const arcPrograms: readonly Program[] = objects(`
  program                           | given                           | a                                     | b                           | c
  clone and drop                    | x of a b c                      | clone x, drop x                       | drop x, clone x             | drop x, look x
  the last owner                    | x of a b c                      | drop x, create y                      | drop x, create z            | drop x, look x
  the last owner against upgrades   | x of a, x weak b c              | drop x, create y                      | upgrade x, look x           | upgrade x, dropWeak x
  weak handles outlive              | x of a, x weak b c              | drop x, create y                      | dropWeak x, create z        | dropWeak x, look x
  drop, look and create             | x of a b                        | drop x, create y, look y              | drop x, create z, look z
  uniqueness against weak handles   | x of a, x weak b                | isUnique x, isUnique x                | upgrade x, dropWeak x       | weakCount x 1, weakCount x 1
  uniqueness against downgrades     | x of a b                        | isUnique x, isUnique x                | downgrade x, drop x         | weakCount x 1, strongCount x
  uniqueness against both           | x of a b                        | isUnique x, downgrade x, dropWeak x   | downgrade x, drop x, upgrade x
  uniqueness against sharing        | x of a b c                      | drop x, open x                        | share x, drop x             | isUnique x, isUnique x
  a token against the last drop     | x of a                          | drop x, create y                      | open x, drop x              | open x, look x
  a token against reuse             | x of a                          | drop x, create y, drop y              | open x, kindIfLive x, open x
  made-up tokens                    | x of a, t opens x 1             | drop x, create y                      | openForeign x, openMadeUp x | openTicket t y, openTicket t
  a ticket of two opens             | x, t opens x 2                  | openTicket t, drop x                  | openTicket t, look x        | openTicket t, create y
  a used-up ticket against new ones | x, s opens x 1, x of a c        | openTicket s, newTicket x 1 t         | openTicket s, openTicket t  | newTicket x 2 u, drop x
  counts at their limit             | x of a c, x weak b, x left 1    | clone x, drop x                       | upgrade x, open x           | newTicket x 1 t, drop x
  overaligned values                | x aligned 128, x of a           | drop x, create y 4096                 | create z 256, look z
  no room for a control block       | pages 1                         | create y, create y                    | create z
  an object is born                 | x unborn, x weak b c            | publish x, drop x                     | upgrade x, drop x           | upgrade x, find x
  an object is never born           | x unborn, x weak b              | abandon x, create y 256               | upgrade x, dropWeak x       | open x, find x
  killed with the last count        | x of a b, kills 1               | drop x, create y, drop y              | clone x, drop x, drop x
  killed between weak and strong    | x of a, x weak b c, kills 1     | isUnique x, drop x                    | upgrade x, drop x           | dropWeak x, open x
  killed at a ticket                | x, s opens x 1, x of a, kills 1 | newTicket x 1 t, openTicket s, drop x | openTicket s, openTicket t, drop x
`);
