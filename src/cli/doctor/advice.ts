/**
 * What will not work on a host, what works otherwise than elsewhere, and what is good to know there, in plain words. All of it
 * follows from the facts, so each sentence can be had without the host that it is for.
 */
import { bytes } from "../figures.js";
import type { Facts } from "./facts.js";

export interface Advice {
  /** `fails`: this does not work here. `differs`: it works, in another way. `note`: good to know. */
  readonly kind: "fails" | "differs" | "note";
  readonly text: string;
}

const LEAST_NODE: readonly [number, number] = [20, 19];
const DEFAULT_CAPACITY = 256 * 1024 * 1024;
const LARGEST_CAPACITY = 65535 * 65536;
/** From this release on every shared memory that a thread receives costs it a quarter of a millisecond. */
const COSTLY_MEMORIES = 26;
/** Fewer heaps at once than this may be too few for a program that has one for each of its parts. */
const HEAPS_TO_SPARE = 16;

export function advise(facts: Facts): Advice[] {
  const subjects = [platform, types, memory, waiting, deaths, processor, surroundings];
  return subjects.flatMap((subject) => [...subject(facts)]);
}

const fails = (text: string): Advice => ({ kind: "fails", text });
const differs = (text: string): Advice => ({ kind: "differs", text });
const note = (text: string): Advice => ({ kind: "note", text });

function* platform({ runtime, version, littleEndian, sharedMemory, sharedWasm, workers }: Facts): Generator<Advice> {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (runtime === "node" && (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]))) {
    yield fails(`Node ${version} is too old: shmol needs ${LEAST_NODE.join(".")} or later.`);
  }
  if (runtime !== "node") {
    yield differs(`shmol is tested on Node only. The self-test below tells how far it works in ${runtime} ${version}.`);
  }
  if (!littleEndian) {
    yield fails("This processor is big-endian. WebAssembly's memory is not, and typed arrays would read it backwards.");
  }
  if (!sharedMemory) {
    yield fails("There is no SharedArrayBuffer. Threads have nothing to share here, so nothing of shmol works.");
  } else if (!sharedWasm) {
    yield fails(
      "There is no WebAssembly with shared memory, which everything in shmol lives in: nothing works. Node run with --jitless is such a host.",
    );
  }
  if (!workers) {
    yield fails("Worker threads may not be started: Node's permission model forbids it. Run with --allow-worker.");
  }
}

function* types({ canClone }: Facts): Generator<Advice> {
  if (canClone) return;
  yield differs(
    "There is no v8.Serializer. Queues and channels of type clone refuse every value with ERR_SHMOL_TYPE_MISMATCH: use json.",
  );
}

function* memory({ platform, sharedWasm, reserved, memory: limit }: Facts): Generator<Advice> {
  if (!sharedWasm) return;
  if (reserved === undefined) {
    yield differs("How much memory can be reserved could not be tried: the process that tries it sent no result.");
  } else if (reserved.largest === 0) {
    yield fails(
      "Not even the smallest heap can be reserved. Each needs some 10 GiB of address space, whatever its size: raise the limit (ulimit -v).",
    );
  } else {
    if (reserved.largest < DEFAULT_CAPACITY) {
      yield fails(
        `A heap of default size (${bytes(DEFAULT_CAPACITY)}) cannot be reserved, nor can Heap.default(). Create heaps with a capacity of up to ${bytes(reserved.largest)}.`,
      );
    } else if (reserved.largest < LARGEST_CAPACITY) {
      yield differs(
        `Heaps of up to ${bytes(reserved.largest)} can be reserved here, not of ${bytes(LARGEST_CAPACITY)} as elsewhere.`,
      );
    }
    if (reserved.heaps > 0 && reserved.heaps < HEAPS_TO_SPARE) {
      const heaps = reserved.heaps === 1 ? "only one heap" : `only ${reserved.heaps} heaps`;
      yield differs(
        `There is address space for ${heaps} at once, since each takes some 10 GiB of it: put all your queues into one.`,
      );
    }
  }
  if (limit < DEFAULT_CAPACITY) {
    yield differs(
      `The process may use ${bytes(limit)} of memory, less than a heap of default size can hold. It is reserved all the same, and the process ends when it touches too much: create heaps with a smaller capacity.`,
    );
  }
  if (platform === "win32") {
    yield note(
      "Windows commits the whole capacity of a heap when it is created, used or not. Choose it no larger than you need.",
    );
  }
}

function* waiting({ waitAsync, mayBlock, sharedMemory }: Facts): Generator<Advice> {
  if (!sharedMemory) return;
  if (!waitAsync) {
    yield differs(
      "There is no Atomics.waitAsync. What is awaited looks by itself instead, at once and then at intervals that grow to 4 ms: it hears that much later, and keeps the processor a little busy. Blocking waits and queues are as fast as ever.",
    );
  }
  if (!mayBlock) {
    yield differs(
      "This thread may not block. waitSync, sendSync and recvSync refuse with ERR_SHMOL_MAY_NOT_BLOCK: await instead.",
    );
  }
}

function* processor({ cores, available, quota }: Facts): Generator<Advice> {
  const usable = Math.min(cores, available, quota ?? Number.POSITIVE_INFINITY);
  if (usable >= 2) {
    if (quota !== undefined && quota < available) {
      yield note(
        `The control group allows ${number(quota)} of ${available} cores' time. More busy threads than that are paused in the middle of things, which costs waiting time and nothing else.`,
      );
    }
    return;
  }
  const why =
    cores === 1
      ? "There is one core"
      : available === 1
        ? `This process may use one of ${cores} cores`
        : `The control group allows ${number(quota ?? 1)} of ${cores} cores' time`;
  yield differs(
    `${why}: threads take turns. Everything is correct, but nothing runs at the same time and to poll is to keep others from working. Wait (recv, wait) instead of polling.`,
  );
}

function* deaths({ proofOfDeath, sharedWasm }: Facts): Generator<Advice> {
  if (!sharedWasm) return;
  if (proofOfDeath === "exit") {
    yield differs(
      "The operating system does not tell here whether a thread still exists. The death of a worker is seen on the thread that started it, once that comes to its event loop, and by the threads that it tells.",
    );
  } else if (proofOfDeath === "none") {
    yield differs(
      "Nothing proves here that a thread is dead. What a worker owned that was terminated stays in the heap, and threads that wait for it are not told: have workers end by themselves. Deno on Linux needs permission to read /proc (--allow-all).",
    );
  }
}

function* surroundings({ runtime, version, vm }: Facts): Generator<Advice> {
  if (vm) {
    yield note(
      "This code lives in a context of node:vm, as in some test runners. What is made in here is not instanceof the classes outside: tell errors apart by their code.",
    );
  }
  if (runtime === "node" && Number.parseInt(version, 10) >= COSTLY_MEMORIES) {
    yield note(
      `In Node ${Number.parseInt(version, 10)} each message that carries a heap's memory costs its receiver a fraction of a millisecond. Share heaps once, and share({ light: true }) what goes with every task.`,
    );
  }
}

function number(cores: number): string {
  return cores.toLocaleString("en-US", { maximumFractionDigits: 2 });
}
