/**
 * The crew: the worker threads of a run, one at each seat. Starts them, kills and replaces them, and knows which ended and how.
 */
import { Worker } from "node:worker_threads";
import { sightOf } from "../../internals.js";
import { asWords } from "../figures.js";
import { ABSENT, AT_WORK, type Board, LEFT, OS_THREAD, STATE } from "./board.js";
import type { Role } from "./scenario.js";
import type { Assignment } from "./seat.js";

/** The part of the crew that is at work when somebody is killed. */
const QUORUM = 0.75;
/** How long a worker may take to begin, and how many that do not are replaced. */
const START_MS = 5000;
const MOST_LOST = 3;
/** Counts that are told of a worker when a run is stuck, at most. */
const TOLD = 3;

interface Place {
  readonly seat: number;
  readonly worker: Worker;
  readonly incarnation: number;
  state: "working" | "killed" | "lost" | "gone";
  /** What the worker does, its counts, and since when these are what they are. */
  since: { activity: string; counts: number; at: number };
}

type Orders = Omit<Assignment, "part" | "manner" | "seat" | "incarnation">;

export class Crew {
  /** What went wrong with workers that nobody killed. */
  readonly failures: string[] = [];
  readonly killed: { [part: string]: number } = {};
  kills = 0;
  hired = 0;
  lost = 0;
  readonly #roles: readonly Role[];
  readonly #board: Board;
  readonly #orders: Orders;
  /** The seat of the worker that cheats, once. */
  readonly #saboteur: number;
  readonly #fell: (seat: number) => void;
  readonly #places: Place[];
  #dismissed = false;

  /** @param fell called when a worker that was killed has ended, before another one has its seat. */
  constructor(roles: readonly Role[], board: Board, orders: Orders, saboteur: string, fell: (seat: number) => void) {
    this.#roles = roles;
    this.#board = board;
    this.#orders = orders;
    this.#saboteur = 1 + roles.findIndex(({ part }) => part === saboteur);
    this.#fell = fell;
    this.#places = roles.map((_, i) => this.#hire(1 + i, 0));
  }

  /** Workers that were told to end and have not ended yet. */
  get dying(): number {
    return this.#places.filter(({ state }) => state === "killed").length;
  }

  /** Workers that start, or were told to end and have not ended yet. */
  get changing(): number {
    return this.#places.filter((place) => place.state === "lost" || this.#isIn(ABSENT, place)).length + this.dying;
  }

  get isComplete(): boolean {
    return this.#places.every((place) => this.#isIn(AT_WORK, place));
  }

  get areGone(): boolean {
    return this.#places.every(({ state }) => state === "gone");
  }

  /** Whether all workers, or all with a part, have done what they had to do, or are gone. */
  haveLeft(part?: string): boolean {
    const places = this.#places.filter(({ seat }) => part === undefined || this.#roleOf(seat).part === part);
    return places.every((place) => place.state === "gone" || this.#isIn(LEFT, place));
  }

  readonly nameOf = (seat: number): string => {
    const { part, manner } = this.#roleOf(seat);
    const which = this.#roles.slice(0, seat).filter((role) => role.part === part).length;
    return `${part} ${which}${manner === undefined ? "" : ` (${manner})`}`;
  };

  /**
   * Looks at what everybody does, so that `describe` can say for how long. Replaces a worker that does not begin: on a busy virtual
   * machine, one was now and then lost while it started, also one that imports nothing. Its event loop slept for ever before the first
   * line of its script.
   */
  look(): void {
    for (const place of this.#places) {
      const isLate = performance.now() - place.since.at > START_MS && this.lost < MOST_LOST;
      if (isLate && this.#isIn(ABSENT, place)) {
        this.lost++;
        place.state = "lost";
        void place.worker.terminate();
      }
      const activity = this.#board.activityOf(place.seat);
      const counts = this.#board.shape.counts.reduce((sum, name) => sum + this.#board.of(place.seat, name), 0);
      if (activity === place.since.activity && counts === place.since.counts) continue;
      place.since = { activity, counts, at: performance.now() };
    }
  }

  /** What each was last doing and for how long, for a run that is stuck. */
  describe(): string {
    const lines = this.#places.map((place) => {
      const { seat, state, since } = place;
      const doing = state === "gone" || this.#isIn(LEFT, place) ? "has left" : since.activity;
      const seconds = ((performance.now() - since.at) / 1000).toFixed(1);
      const what = state === "killed" ? "killed, but has not ended" : `${doing} for ${seconds} s`;
      const told = this.#board.shape.counts
        .map((name) => [this.#board.of(seat, name), asWords(name)])
        .filter(([count]) => count !== 0);
      return `\n  ${[`${this.nameOf(seat)}: ${what}`, ...told.slice(0, TOLD).map((pair) => pair.join(" "))].join(", ")}`;
    });
    return lines.join("");
  }

  /**
   * Terminates a worker in the middle of whatever it does; `pick` chooses among those that can be. `early`: it may not have begun to
   * work yet. Otherwise most of the crew must be at work, so that a kill hits something. False: that is not so now.
   */
  kill(pick: (among: number) => number, early: boolean): boolean {
    const victims = this.#places.filter((place) => (early ? place.state === "working" : this.#isIn(AT_WORK, place)));
    if (!early && victims.length < QUORUM * this.#places.length) return false;
    const place = victims[pick(victims.length)];
    if (place === undefined) return false;
    const { part } = this.#roleOf(place.seat);
    place.state = "killed";
    this.kills++;
    this.killed[part] = (this.killed[part] ?? 0) + 1;
    void place.worker.terminate();
    return true;
  }

  /** Ends everybody. Resolves when all have ended, but after `ms` at the latest. */
  async dismiss(ms: number): Promise<void> {
    this.#dismissed = true;
    const ends = this.#places.filter(({ state }) => state !== "gone").map(({ worker }) => worker.terminate());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([Promise.all(ends), late]);
    clearTimeout(timer);
    // A worker that does not end must not keep the process.
    for (const { worker } of this.#places) worker.unref();
  }

  #roleOf(seat: number): Role {
    return this.#roles[seat - 1] as Role;
  }

  /** Whether the worker is there and has come to that. */
  #isIn(come: number, { state, seat }: Place): boolean {
    return state === "working" && this.#board.of(seat, STATE) === come;
  }

  #hire(seat: number, incarnation: number): Place {
    this.hired++;
    this.#board.set(seat, STATE, ABSENT);
    this.#board.does(seat, "starting");
    const role = this.#roleOf(seat);
    const { sabotage: fault, ...orders } = this.#orders;
    const sabotage = seat === this.#saboteur && incarnation === 0 ? fault : undefined;
    const workerData: Assignment = { ...orders, ...role, seat, incarnation, sabotage };
    const name = `shmol stress ${role.part} ${seat}`;
    const worker = new Worker(new URL("./worker.js", import.meta.url), { name, workerData });
    const since = { activity: "starting", counts: 0, at: performance.now() };
    const place: Place = { seat, incarnation, worker, state: "working", since };
    worker.once("error", (error) => {
      this.failures.push(`${this.nameOf(seat)} threw: ${error.stack ?? error.message}`);
      if (place.state === "working") place.state = "gone";
    });
    worker.once("exit", (code) => this.#whenGone(place, code));
    return place;
  }

  /**
   * A worker's successor must not begin while the worker may still take a step. In Deno it may, after its `exit`: some take steps for
   * seconds, or for ever. Then the run is stuck, and says that the worker was killed and has not ended.
   */
  #whenGone(place: Place, code: number): void {
    if (!this.#dismissed && sightOf(this.#board.of(place.seat, OS_THREAD)) === "there") {
      setTimeout(() => this.#whenGone(place, code), 1);
    } else {
      this.#ended(place, code);
    }
  }

  #ended(place: Place, code: number): void {
    const { state, seat, incarnation } = place;
    place.state = "gone";
    if (this.#dismissed) return;
    if (state === "working" && code !== 0) this.failures.push(`${this.nameOf(seat)} ended with code ${code}`);
    if (state === "killed") this.#fell(seat);
    const isReplaced = state === "killed" || state === "lost";
    if (isReplaced) this.#places[seat - 1] = this.#hire(seat, state === "killed" ? incarnation + 1 : incarnation);
  }
}
