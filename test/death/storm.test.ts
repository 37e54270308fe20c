/**
 * A storm over everything that a thread can do with a heap and its objects: open, drop, open again, share with opens, forget and
 * collect, by several copies of the package, one of them loaded in the middle; and threads die in every way while they do it. All
 * values come, in order and whole; who lives keeps what it holds; and in the end every count and block is what the living hold.
 *
 * SHMOL_KILLS sets how many rounds there are, one for eight kills; with SHMOL_FULL=1 there are ten times as many as usual. `@storm`
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { threadId as me, Worker } from "node:worker_threads";
import { afterAll, expect, test } from "vitest";
import { internals } from "../../dist/internals.js";
import { KILLS } from "../counts.js";
import { inUse } from "../heaps.js";
import { random } from "../random.mjs";
import { seed } from "../seed.js";
import { contentOf, isSame, messageOf } from "./patterns.mjs";

type Package = typeof import("shmol");
type Token = ReturnType<import("shmol").Arc["share"]>;

const ROUNDS = Math.ceil(KILLS / 8);
const THREADS = 4;
const DEEDS = 12;
const DEADLINE_MS = 20_000;
/** Of so many threads and rounds one is a death. */
const RARITY = 8;
const DEATHS = ["terminate", "terminate", "exit", "throw", "naturally"] as const;
const MOST_WORKERS = ROUNDS * THREADS + THREADS;

const SCRIPT = new URL("storm.mjs", import.meta.url);
const FOLDER = mkdtempSync(path.join(tmpdir(), "copies-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

/** One more copy of the package, as a dependency brings it along. */
function copyOf(name: string): string {
  const dist = new URL("../../dist/", import.meta.url);
  for (const file of ["index.js", ...readdirSync(new URL("components", dist)).map((name) => `components/${name}`)]) {
    const copy = path.join(FOLDER, name, file);
    mkdirSync(path.dirname(copy), { recursive: true });
    // The runner would look for the sources that source maps name.
    writeFileSync(copy, readFileSync(new URL(file, dist), "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""));
  }
  return pathToFileURL(path.join(FOLDER, name, "index.js")).href;
}

/** Something that was shared, by what its kind and number are. */
interface Shared {
  readonly what: string;
  readonly number: number;
  readonly token: Token;
}

/** What a worker says of itself when it has done what it was told. */
interface Done {
  /** Handles of each thing that is shared for good. */
  readonly counts: readonly number[];
  /** Whether it holds anything. */
  readonly isIn: boolean;
}

interface Thread {
  readonly worker: Worker;
  readonly id: number;
  readonly seat: number;
  readonly ended: Promise<undefined>;
  isDead: boolean;
  doing: string;
}

/** The result, unless it takes too long; then an error that says who waits for what. */
async function within<T>(what: () => string, result: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${DEADLINE_MS} ms: ${what()}`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

class Storm {
  readonly #next: (n: number) => number;
  readonly #urls: string[];
  readonly #copies: Package[];
  readonly #heap: import("shmol").Heap;
  readonly #arcs: import("shmol").Arc[];
  readonly #queue: import("shmol").ConcurrentQueue<Uint8Array>;
  readonly #event: import("shmol").SharedEvent;
  readonly #tokens: readonly Shared[];
  readonly #threads: Thread[] = [];
  /** What threads have shared with opens, and what of it was not handed on yet. */
  readonly #made: { readonly made: Shared; readonly opens: number }[] = [];
  readonly #given: Shared[] = [];
  /** Words, for each worker: the last value that it was about to push, and the last one that it has pushed. */
  readonly #seats = new Int32Array(new SharedArrayBuffer(8 * MOST_WORKERS));
  /** For each thread number: whether it was told to end, or has decided to. */
  readonly #ends = new Int32Array(new SharedArrayBuffer(4 * 2 ** 18));
  /** For each worker: the values of it that came. */
  readonly #came: number[] = [];
  readonly #wrong: string[] = [];
  deaths = 0;
  reports = 0;

  constructor(next: (n: number) => number, urls: string[], copies: Package[]) {
    const [{ Arc, ConcurrentQueue, Heap, SharedEvent, bytes }] = copies as [Package];
    this.#next = next;
    this.#urls = urls;
    this.#copies = copies;
    const heap = Heap.create({ capacity: 2 ** 26 });
    this.#heap = heap;
    this.#arcs = [0, 1, 2].map((number) => Arc.create(contentOf(number), { heap }));
    this.#queue = ConcurrentQueue.unbounded(bytes, { heap });
    this.#event = SharedEvent.create({ heap });
    this.#tokens = [
      { what: "heap", number: 0, token: heap.share() as never },
      ...this.#arcs.map((arc, number) => ({ what: "arc", number, token: arc.share() })),
      { what: "queue", number: 0, token: this.#queue.share() as never },
      { what: "event", number: 0, token: this.#event.share() as never },
    ];
    heap.on("reaped", ({ threadId }) => {
      this.reports++;
      if (Atomics.load(this.#ends, threadId) === 0) this.#wrong.push(`thread ${threadId} lives, and was reaped`);
    });
  }

  /** Starts a worker; returns it when it is ready, or has ended before. */
  async #start(): Promise<void> {
    const seat = this.#came.push(0) - 1;
    const workerData = {
      ...{ seat, seed: this.#next(2 ** 31), urls: this.#urls, tokens: this.#tokens },
      ...{ seats: this.#seats, ends: this.#ends },
    };
    const worker = new Worker(SCRIPT, { workerData });
    const { threadId: id } = worker;
    const ended = new Promise<undefined>((resolve) =>
      worker.once("exit", () => {
        thread.isDead = true;
        if (Atomics.load(this.#ends, id) === 0) this.#wrong.push(`worker ${seat} ended by itself, ${thread.doing}`);
        resolve(undefined);
      }),
    );
    const thread: Thread = { worker, id, seat, ended, isDead: false, doing: "starting" };
    worker.on("error", (error) => {
      if (error.message !== "on purpose") this.#wrong.push(`worker ${seat}, ${thread.doing}: ${error.stack}`);
    });
    worker.on("message", ({ made, opens }) => {
      if (made === undefined) return;
      this.#made.push({ made, opens });
      for (let i = 0; i < opens; i++) this.#given.push(made);
    });
    this.#threads.push(thread);
    const early = this.#next(8) === 0 ? this.#terminate(thread, 80) : undefined;
    await this.#done(thread);
    await early;
  }

  /** What the worker says when it has done what it was told; undefined if it has ended instead. */
  #done<T = Done>(thread: Thread): Promise<T | undefined> {
    const { worker, seat } = thread;
    const said = new Promise<T>((resolve) => {
      const listener = ({ done }: { done?: T }) => {
        if (done === undefined) return;
        worker.off("message", listener);
        resolve(done);
      };
      worker.on("message", listener);
    });
    return within(() => `worker ${seat}, thread ${thread.id}, ${thread.doing}`, Promise.race([said, thread.ended]));
  }

  #tell<T = Done>(thread: Thread, doing: string, order: object): Promise<T | undefined> {
    thread.doing = doing;
    const done = this.#done<T>(thread);
    thread.worker.postMessage(order);
    return done;
  }

  async #terminate(thread: Thread, afterMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, (this.#next(1000) * afterMs) / 1000));
    if (thread.isDead) return;
    Atomics.store(this.#ends, thread.id, 1);
    await thread.worker.terminate();
  }

  /** All threads do something at once, and some of them die. */
  async round(): Promise<void> {
    const living = this.#threads.filter(({ isDead }) => !isDead);
    const all = living.map(async (thread) => {
      const death = this.#next(RARITY) === 0 ? DEATHS[this.#next(DEATHS.length)] : undefined;
      const given = this.#given.splice(0, this.#next(4));
      const at = death === undefined || death === "terminate" ? -1 : this.#next(DEEDS);
      const done = this.#tell(thread, `to end by ${death}`, { name: "go", number: DEEDS, death, at, given });
      if (death === "terminate") await this.#terminate(thread, 6);
      const said = await done;
      if (death !== undefined) await within(() => `worker ${thread.seat} has not ended by ${death}`, thread.ended);
      return said === undefined || death !== undefined ? undefined : { ...said, id: thread.id };
    });
    this.#takePart();
    const said = (await Promise.all(all)).filter((one) => one !== undefined);
    this.deaths += this.#threads.filter(({ isDead }) => isDead).length;
    this.#drain();
    this.#checkCounts(said);
    // What was returned meanwhile is told in a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    this.#check();
    const dead = this.#threads.filter(({ isDead }) => isDead);
    for (const thread of dead) this.#threads.splice(this.#threads.indexOf(thread), 1);
    await Promise.all(dead.map(() => this.#start()));
  }

  /** This thread, too, opens and drops, and opens the heap by other copies than the one that has made it. */
  #takePart(): void {
    const { Arc, Heap } = this.#copies[this.#next(this.#copies.length)] as Package;
    const heap = Heap.open(this.#heap.share());
    const number = this.#next(this.#arcs.length);
    const arc = Arc.open((this.#arcs[number] as import("shmol").Arc).share());
    if (this.#next(2) === 0 && Heap !== this.#copies[0]?.Heap) heap.drop();
    this.#event.notify(1);
    if (!isSame(arc.view(Uint32Array), contentOf(number))) this.#wrong.push(`Arc ${number} is not what it was`);
    arc.drop();
  }

  /** Takes the values that have come: of each worker the next one, whole. */
  #drain(): void {
    for (let value = this.#queue.pop() as Uint8Array | undefined; value !== undefined; ) {
      const [seat = -1, serial] = new Uint32Array(value.slice().buffer);
      const expected = (this.#came[seat] ?? 0) + 1;
      if (serial !== expected) this.#wrong.push(`of worker ${seat} came value ${serial}, and not ${expected}`);
      else if (!isSame(value, messageOf(seat, expected))) this.#wrong.push(`value ${serial} of ${seat} is not whole`);
      this.#came[seat] = serial as number;
      value = this.#queue.pop() as Uint8Array | undefined;
    }
  }

  /** Those who live and rest have what they say that they have. */
  #checkCounts(said: readonly (Done & { id: number })[]): void {
    this.#tokens.forEach(({ what, number, token }, i) => {
      if (what === "heap") return;
      const held = said.reduce((sum, { counts }) => sum + (counts[i] as number), 1);
      const counted = internals(this.#heap).kernel.strongCount(token.control);
      if (counted < held) this.#wrong.push(`${what} ${number} has ${counted} handles of ${held}`);
    });
    const table = new Set(this.#heap.stats().threads.flatMap(({ threadId, isAlive }) => (isAlive ? threadId : [])));
    for (const { id, isIn } of said) {
      if (isIn && !table.has(id)) this.#wrong.push(`thread ${id} lives, and is not in the table`);
    }
  }

  #check(): void {
    expect(this.#wrong).toEqual([]);
  }

  async begin(): Promise<void> {
    await Promise.all(Array.from({ length: THREADS }, () => this.#start()));
  }

  /** Loads the package once more, on all threads, in the middle of it all. */
  async reload(url: string): Promise<void> {
    this.#urls.push(url);
    this.#copies.push(await import(url));
    const living = this.#threads.filter(({ isDead }) => !isDead);
    await Promise.all(living.map((thread) => this.#tell(thread, "loading a copy", { name: "reload", url })));
  }

  /** Everybody lets go of everything; then nothing is left but what this thread holds. */
  async end(): Promise<void> {
    const living = () => this.#threads.filter(({ isDead }) => !isDead);
    await Promise.all(living().map((thread) => this.#tell(thread, "dropping everything", { name: "dropAll" })));
    this.#takeBack();
    for (const thread of living()) {
      const settled = async () => {
        while ((await this.#tell<number>(thread, "waiting for what it has lent", { name: "pending" })) !== 0);
      };
      await within(() => `worker ${thread.seat} waits for messages of senders that nobody has`, settled());
    }
    const others = () => this.#heap.stats().threads.filter(({ threadId }) => threadId !== me);
    const alone = async () => {
      while (others().length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await within(() => `in the table ${JSON.stringify(others())}`, alone());
    for (const thread of living()) thread.worker.postMessage({ name: "end" });
    for (const thread of living()) await within(() => `worker ${thread.seat} does not end`, thread.ended);
    this.#drain();
    this.#check();
    this.#came.forEach((came, seat) => {
      const [begun, done] = this.#seats.subarray(2 * seat);
      if (came !== begun && came !== done) this.#wrong.push(`of worker ${seat} came ${came} of ${done} or ${begun}`);
    });
    this.#check();
    expect(this.#arcs.map(({ strongCount, weakCount }) => [strongCount, weakCount])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(this.#event.totalListeners).toBe(0);
    for (const one of [...this.#arcs, this.#queue, this.#event]) one.drop();
    for (const { Heap } of this.#copies.slice(1)) Heap.open(this.#heap.share()).drop();
    expect(inUse(this.#heap)).toMatchObject({ used: 0, blocks: 0, controls: 0 });
    expect(this.#heap.stats().threads).toHaveLength(1);
    this.#heap.drop();
  }

  /** Opens what nobody has come to open. Of dead threads nothing is left. */
  #takeBack(): void {
    const [{ Arc, Sender, TokenError }] = this.#copies as [Package];
    for (const { made, opens } of this.#made) {
      for (let left = opens; left > 0; left--) {
        try {
          (made.what === "arc" ? Arc.open(made.token) : Sender.open(made.token as never)).drop();
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError);
        }
      }
    }
  }
}

test(`${ROUNDS} rounds`, { timeout: 60_000 + 500 * ROUNDS }, async () => {
  const urls = [import.meta.resolve("shmol"), copyOf("first")];
  const storm = new Storm(random(seed()), urls, await Promise.all(urls.map((url) => import(url))));
  await storm.begin();
  for (let round = 0; round < ROUNDS; round++) {
    if (round === Math.floor(ROUNDS / 2)) await storm.reload(copyOf("second"));
    await storm.round();
  }
  await storm.end();
  expect(storm.deaths).toBeGreaterThan(ROUNDS / 5);
  console.info(`${ROUNDS} rounds: ${storm.deaths} deaths, ${storm.reports} of them with something to return`);
});
