/** What workers do in the tests of locks. No wait of theirs is longer than a lost wake-up takes to be one. */
import { parentPort } from "node:worker_threads";
import { Barrier, json, Mutex, OnceCell, RwLock, Semaphore } from "shmol";
import { random } from "../random.mjs";
import { play } from "../startingLine.mjs";

const LOST_MS = 20_000;
const bed = new Int32Array(new SharedArrayBuffer(4));

const lockWith = (mutex, isAsync, options = { timeoutMs: LOST_MS }) =>
  isAsync ? mutex.lock(options) : mutex.lockSync(options);

/** Keeps the processor busy. */
function spin(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Takes what it was told to, says so, and never gives it back: it is terminated. */
export function keep(take) {
  take();
  parentPort.postMessage("kept");
  Atomics.wait(bed, 0, 0);
}

play({
  /** Counts `rounds` times under the mutex, in two steps that others must not come between; now and then gives up first. */
  count({ token, rounds, seed, isAsync }) {
    const mutex = Mutex.open(token);
    const next = random(seed);
    return async () => {
      let gaveUp = 0;
      for (let round = 0; round < rounds; round++) {
        if (next(8) === 0) {
          try {
            (await lockWith(mutex, isAsync, { timeoutMs: next(3) * 0.2 })).unlock();
          } catch (error) {
            if (error.code !== "ERR_SHMOL_TIMEOUT") throw error;
            gaveUp++;
          }
        }
        const guard = await lockWith(mutex, isAsync);
        const { inside, total } = guard.value;
        guard.value.inside = inside + 1;
        if (next(64) === 0) Atomics.wait(bed, 0, 0, 0.1);
        if (guard.value.inside !== 1) throw new Error("two were inside");
        guard.value.inside = 0;
        guard.value.total = total + 1;
        guard.unlock();
      }
      mutex.drop();
      return gaveUp;
    };
  },

  /** Has the mutex for 200 µs at a time, and takes it again at once, until `words[0]` is set. */
  hog({ token, words, isAsync }) {
    const mutex = Mutex.open(token);
    return async () => {
      let turns = 0;
      for (; Atomics.load(words, 0) === 0; turns++) {
        const guard = await lockWith(mutex, isAsync);
        spin(0.2);
        guard.unlock();
      }
      mutex.drop();
      return turns;
    };
  },

  /** Asks for the mutex so many times, and returns how long each took, in ms. */
  ask({ token, words, asks, isAsync }) {
    const mutex = Mutex.open(token);
    return async () => {
      const waits = [];
      for (let i = 0; i < asks; i++) {
        spin(0.05);
        const began = performance.now();
        const guard = await lockWith(mutex, isAsync);
        waits.push(performance.now() - began);
        guard.unlock();
      }
      Atomics.store(words, 0, 1);
      mutex.drop();
      return waits;
    };
  },

  /** Takes the mutex, writes half of what belongs together, and is terminated. */
  dieInside({ token }) {
    const mutex = Mutex.open(token);
    return () =>
      keep(() => {
        mutex.lockSync().value.total = 7;
      });
  },

  /** Takes the mutex, and breaks it now and then; `words[0]` says how often it was taken, less how often it was given up. */
  takeAndBreak({ token, words, rounds }) {
    const mutex = Mutex.open(token);
    const tryLock = () => {
      try {
        return mutex.tryLock();
      } catch ({ guard }) {
        return guard;
      }
    };
    return () => {
      for (let round = 0; round < rounds; round++) {
        const guard = tryLock();
        if (guard !== undefined) Atomics.add(words, 0, 1);
        if (round % 4 === 0 && mutex.breakLock()) Atomics.sub(words, 0, 1);
        try {
          guard?.unlock();
          if (guard !== undefined) Atomics.sub(words, 0, 1);
        } catch ({ code }) {
          if (code !== "ERR_SHMOL_NOT_HELD") throw new Error(code);
        }
      }
      mutex.drop();
    };
  },

  /** Waits for the mutex until it is terminated. */
  dieWaiting({ token, isAsync }) {
    const mutex = Mutex.open(token);
    return async () => {
      parentPort.postMessage("waits");
      await lockWith(mutex, isAsync);
    };
  },

  /** Takes permits `rounds` times, at random up to `most`; `words[0]` says how many are out. */
  permits({ token, words, rounds, most, seed, isAsync }) {
    const semaphore = Semaphore.open(token);
    const next = random(seed);
    const take = (n, options) => (isAsync ? semaphore.acquire(n, options) : semaphore.acquireSync(n, options));
    return async () => {
      for (let round = 0; round < rounds; round++) {
        const n = 1 + next(most);
        try {
          if (next(8) === 0) (await take(n, { timeoutMs: next(3) * 0.2 })).release();
        } catch (error) {
          if (error.code !== "ERR_SHMOL_TIMEOUT") throw error;
        }
        const guard = await take(n, { timeoutMs: LOST_MS });
        if (Atomics.add(words, 0, n) + n > most) throw new Error("more permits are out than there are");
        if (next(64) === 0) Atomics.wait(bed, 0, 0, 0.1);
        Atomics.sub(words, 0, n);
        guard.release();
      }
      semaphore.drop();
    };
  },

  /** Takes `n` permits, or waits for them, until it is terminated. */
  dieWithPermits({ token, n }) {
    const semaphore = Semaphore.open(token);
    return () => {
      parentPort.postMessage("asks");
      keep(() => semaphore.acquireSync(n));
    };
  },

  /** Reads, writes, and upgrades at random; returns how often it has written. Readers always find both numbers equal. */
  readAndWrite({ token, rounds, seed, isAsync }) {
    const lock = RwLock.open(token);
    const next = random(seed);
    const options = { timeoutMs: LOST_MS };
    const ask = (how) => (isAsync ? lock[how](options) : lock[`${how}Sync`](options));
    const look = ({ value }) => {
      const { left } = value;
      if (next(32) === 0) Atomics.wait(bed, 0, 0, 0.05);
      if (value.right !== left) throw new Error("a reader saw a write half done");
    };
    const write = ({ value }) => {
      value.left += 1;
      if (next(32) === 0) Atomics.wait(bed, 0, 0, 0.05);
      value.right += 1;
    };
    return async () => {
      let written = 0;
      for (let round = 0; round < rounds; round++) {
        const what = next(8);
        if (what === 0) {
          const upgradable = await ask("upgradableRead");
          look(upgradable);
          const writer = isAsync ? await upgradable.upgrade(options) : upgradable.upgradeSync(options);
          write(writer);
          written++;
          const reader = writer.downgrade();
          look(reader);
          reader.unlock();
        } else if (what < 3) {
          const writer = await ask("write");
          write(writer);
          written++;
          writer.unlock();
        } else {
          const reader = await ask("read");
          look(reader);
          reader.unlock();
        }
      }
      lock.drop();
      return written;
    };
  },

  /** Reads, writes and breaks the lock at random. No call waits. */
  readWriteAndBreak({ token, rounds, seed }) {
    const lock = RwLock.open(token);
    const next = random(seed);
    const attempt = (how) => {
      try {
        return lock[how]();
      } catch ({ guard }) {
        return guard;
      }
    };
    const end = (guard) => {
      try {
        guard?.unlock();
      } catch ({ code }) {
        if (code !== "ERR_SHMOL_NOT_HELD") throw new Error(code);
      }
    };
    return () => {
      for (let round = 0; round < rounds; round++) {
        const guard = attempt(["tryRead", "tryWrite", "tryUpgradableRead"][next(3)]);
        if (next(4) === 0) lock.breakLock();
        end(guard);
      }
      lock.drop();
    };
  },

  /** Comes to the barrier `rounds` times. Nobody may be a round ahead or behind. Returns how often it led. */
  comeAgain({ token, words, rounds, parties, isAsync }) {
    const barrier = Barrier.open(token);
    return async () => {
      let led = 0;
      for (let round = 1; round <= rounds; round++) {
        Atomics.add(words, 0, 1);
        if (isAsync ? await barrier.wait({ timeoutMs: LOST_MS }) : barrier.waitSync({ timeoutMs: LOST_MS })) led++;
        const come = Atomics.load(words, 0);
        if (come < round * parties || come > (round + 1) * parties) throw new Error("one went on too early");
      }
      barrier.drop();
      return led;
    };
  },

  /** Waits at the barrier until it is terminated. */
  dieAtBarrier({ token, isAsync }) {
    const barrier = Barrier.open(token);
    return async () => {
      parentPort.postMessage("comes");
      await (isAsync ? barrier.wait() : barrier.waitSync());
    };
  },

  /** Asks for the value, and makes its own if there is none. Returns the value, and how many it made. */
  makeOnce({ tokens, seed, isAsync }) {
    return async () => {
      const values = [];
      let made = 0;
      const make = () => {
        made++;
        return { by: seed };
      };
      for (const token of tokens) {
        const cell = OnceCell.open(token, json);
        const options = { timeoutMs: LOST_MS };
        values.push((isAsync ? await cell.getOrInit(make, options) : cell.getOrInitSync(make, options)).by);
        cell.drop();
      }
      return { values, made };
    };
  },

  /** Is terminated while it makes the value. */
  dieMaking({ token }) {
    const cell = OnceCell.open(token);
    return () => keep(() => cell.getOrInitSync(() => keep(() => {})));
  },

  /** Reads until it is terminated. */
  dieReading({ token }) {
    const lock = RwLock.open(token);
    return () => keep(() => lock.readSync());
  },

  /** Writes half of what belongs together, and is terminated. */
  dieWriting({ token }) {
    const lock = RwLock.open(token);
    return () =>
      keep(() => {
        lock.writeSync().value.left = 7;
      });
  },
});
