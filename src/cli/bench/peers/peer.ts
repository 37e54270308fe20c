/**
 * What a peer is: it says how to make what its threads share, and what a thread does with its end of it.
 */
import type { Payload } from "../payloads.js";
import { consume, inPairs, produce, type Queue, type Work } from "../roles.js";

export type Role = "producer" | "consumer" | "pairs";

/** What is sent to the threads: the same to all of a role, or to each `OneEach`. */
interface Ends {
  readonly producer: unknown;
  readonly consumer: unknown;
}

/** An end for each thread of a role. */
export class OneEach {
  readonly ends: readonly unknown[];

  constructor(ends: readonly unknown[]) {
    this.ends = ends;
  }
}

interface PeerOptions {
  readonly alignment: number;
  readonly payload: Payload;
  /** How many threads there are of each role. */
  readonly producers: number;
  readonly consumers: number;
}

export interface Peer {
  create(options: PeerOptions): Ends;
  /** On the thread itself: opens its end, and returns the work, which may then be done many times. */
  join(end: unknown, role: Role, batch: number, payload: Payload): Work;
}

/** What all threads of a peer hold alike. */
export interface SharedQueue {
  create(options: PeerOptions): unknown;
  open(shared: unknown): Queue;
}

/** A peer whose threads all hold the same queue. */
export function queuePeer({ create, open }: SharedQueue): Peer {
  return {
    create(options) {
      const shared = create(options);
      return { producer: shared, consumer: shared };
    },
    join(shared, role, batch, payload) {
      const work = { producer: produce, consumer: consume, pairs: inPairs }[role];
      return work(open(shared), batch, payload);
    },
  };
}
