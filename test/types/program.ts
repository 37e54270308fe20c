/** A user's program that names most of what the package has. tools/compilers.mjs compiles it as a user would. */
import { Worker, workerData } from "node:worker_threads";
import {
  Arc,
  Barrier,
  type BarrierToken,
  bytes,
  type Codec,
  ConcurrentQueue,
  channel,
  clone,
  f64,
  Heap,
  i32,
  json,
  Mutex,
  type MutexGuard,
  type MutexToken,
  OnceCell,
  type OnceCellToken,
  Receiver,
  type ReceiverToken,
  RwLock,
  type RwLockToken,
  Semaphore,
  type SemaphoreToken,
  Sender,
  type SenderToken,
  SharedEvent,
  type SharedMemory,
  ShmolError,
  select,
  struct,
  TimeoutError,
  u32,
  utf8,
} from "shmol";
import type { ArcToken } from "shmol/arc";
import { Receiver as ReceiverOfRoom } from "shmol/channel";
import { leaks } from "shmol/checked";
import { SharedEvent as EventOfRoom } from "shmol/listener";
import { Mutex as MutexOfRoom } from "shmol/lock";
import { ConcurrentQueue as QueueOfRoom } from "shmol/queue";

interface Job {
  readonly id: number;
  readonly tags: string[];
}

const point = struct({ x: f64, y: f64, id: u32 });
const { sender, receiver } = channel(point, { capacity: 16 });
const controller = new AbortController();

export async function messages(): Promise<number> {
  await sender.send({ x: 1, y: 2, id: 3 }, { timeoutMs: 10, signal: controller.signal });
  const { x, y }: { x: number; y: number } = await receiver.recv();
  let sum = x + y;
  for await (const { id } of receiver) sum += id;
  for (const { id } of receiver.blocking()) sum += id;
  const batch: number = await sender.sendMany([{ x: 1, y: 2, id: 3 }]);
  await receiver.readable.pipeTo(sender.writable);
  return sum + batch;
}

export async function first(): Promise<string> {
  const [words, numbers] = [channel(utf8), channel(i32)];
  const found = await select([words.receiver, numbers.receiver]);
  return String(found);
}

export function start(): Worker {
  const tokens: { jobs: ReceiverToken<{ x: number; y: number; id: number }>; results: SenderToken<number> } = {
    jobs: receiver.share({ opens: 1 }),
    results: channel(f64).sender.share({ opens: 1, timeoutMs: 1000 }),
  };
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: tokens });
  Heap.default().watch(worker, tokens.jobs, tokens.results);
  return worker;
}

export function open(): number | undefined {
  const tokens = workerData as ReturnType<typeof start> & { jobs: ReceiverToken<Job>; results: SenderToken<number> };
  const jobs = Receiver.open(tokens.jobs);
  const results = Sender.open(tokens.results, f64);
  results.trySend(1);
  return jobs.tryRecv()?.id;
}

const point2: Codec<[number, number]> = {
  name: "pair",
  encode: (pair) => new Uint8Array(Float64Array.from(pair).buffer),
  decode: (encoded) => {
    const [a = 0, b = 0] = new Float64Array(encoded.slice().buffer);
    return [a, b];
  },
};

export function values(): unknown[] {
  const jobs = ConcurrentQueue.unbounded<Job>(json);
  const anything = ConcurrentQueue.unbounded<Map<string, Date>>(clone);
  const pairs = ConcurrentQueue.bounded(8, point2);
  const job: Job | undefined = jobs.pop();
  const pair: [number, number] | undefined = pairs.pop();
  const text: Uint8Array | undefined = ConcurrentQueue.bounded(8, bytes).pop();
  return [job, pair, text, anything.pop()?.get("now")?.getTime()];
}

export function memory(heap: Heap = Heap.create({ capacity: 2 ** 24 })): [SharedMemory, ArcToken, number] {
  const arc = Arc.create(Float64Array.of(1), { heap, align: 128 });
  const view: Float64Array = arc.view(Float64Array);
  return [heap.memory, arc.share(), (view[0] ?? 0) + heap.memory.buffer.byteLength];
}

export async function wait(): Promise<string> {
  const event = SharedEvent.create({ tag: utf8 });
  try {
    return await event.listen({ ref: false }).wait({ signal: controller.signal });
  } catch (error) {
    if (error instanceof TimeoutError || !(error instanceof ShmolError)) throw error;
    return error.code;
  }
}

export async function locks(): Promise<number> {
  const account = Mutex.create(struct({ balance: f64 }), { heap: Heap.default() });
  const token: MutexToken<{ balance: number }> = account.share({ opens: 1 });
  const guard: MutexGuard<{ balance: number }> = await Mutex.open(token).lock({ timeoutMs: 5, signal: undefined });
  guard.value.balance += 1;
  guard.unlock();
  Mutex.create().lockSync({ timeoutMs: 1 }).unlock();
  const shared: RwLockToken<number> = RwLock.create(f64).share();
  const read: number = RwLock.open(shared).withReadSync(({ value }) => value);
  const writer = await (await RwLock.open(shared).upgradableRead()).upgrade({ timeoutMs: read });
  writer.downgrade().unlock();
  const gathers: BarrierToken = Barrier.create(2).share();
  const leads: boolean = Barrier.open(gathers).waitSync({ timeoutMs: 1 });
  const once: OnceCellToken<string> = OnceCell.create(utf8).share();
  const made: string = await OnceCell.open(once).getOrInit(async () => (leads ? "a" : "b"));
  const maybe: string | undefined = OnceCell.open(once).get();
  const permits: SemaphoreToken = Semaphore.create(3).share();
  const taken = await Semaphore.open(permits).acquire(2, { timeoutMs: 1 });
  taken.release();
  const first: number | undefined = Mutex.create(16, { align: 64 }).tryLock()?.value[0];
  return account.withLockSync(({ value }) => value.balance + (first ?? 0) + made.length + (maybe?.length ?? 0));
}

// One of each, whichever way it comes.
export const same: [typeof SharedEvent, typeof ConcurrentQueue, typeof Receiver, typeof Mutex] = [
  EventOfRoom,
  QueueOfRoom,
  ReceiverOfRoom,
  MutexOfRoom,
];
export const kinds: string[] = leaks().map(({ kind }) => kind);
