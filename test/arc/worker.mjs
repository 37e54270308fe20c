/** What workers do in the tests of Arc and of the allocator. */
import { Arc, Heap } from "shmol";
import { random } from "../random.mjs";
import { meet, play, waitUntil } from "../startingLine.mjs";

play({
  /** Opens an Arc and answers what it reads there. */
  read({ token }) {
    const arc = Arc.open(token);
    return () => {
      const seen = [...arc.view(Int32Array)];
      arc.drop();
      return seen;
    };
  },

  /** Takes a raw count over and gives it up. */
  takeOver({ heap, ptr }) {
    const arc = Arc.fromRaw(Heap.open(heap), ptr);
    return () => {
      const seen = [...arc.bytes()];
      arc.drop();
      return seen;
    };
  },

  /** Opens every token, and then, in step with another thread, asks each for its content as the last owner. */
  intoInner({ heap, tokens, step }) {
    Heap.open(heap);
    const arcs = tokens.map((token) => Arc.open(token));
    return () =>
      arcs.map((arc, round) => {
        meet(step, 2, round + 1);
        return arc.intoInner()?.[0];
      });
  },

  /** Asks for unique access, in vain, until the Arc's first word says that it is enough. Answers how often it was granted. */
  getMut({ token }) {
    const arc = Arc.open(token);
    const enough = arc.view(Int32Array);
    return () => {
      let granted = 0;
      waitUntil(() => {
        if (arc.getMut() !== undefined) granted++;
        return Atomics.load(enough, 0) === 1;
      }, "the other thread");
      arc.drop();
      return granted;
    };
  },

  /** Clones, downgrades, upgrades and drops at random; the first handle lives to the end, so no upgrade may fail. */
  cloneDropStorm({ token, steps, seed }) {
    const strong = [Arc.open(token)];
    const weak = [];
    const next = random(seed);
    const dropOne = (handles, from) => {
      if (handles.length > from) handles.splice(from + next(handles.length - from), 1)[0].drop();
    };
    return () => {
      let refused = 0;
      for (let i = 0; i < steps; i++) {
        const any = strong[next(strong.length)];
        switch (next(6)) {
          case 0:
            strong.push(any.clone());
            break;
          case 1:
            weak.push(any.downgrade());
            break;
          case 2: {
            if (weak.length === 0) break;
            const upgraded = weak[next(weak.length)].upgrade();
            if (upgraded === undefined) refused++;
            else strong.push(upgraded);
            break;
          }
          case 3:
            dropOne(weak, 0);
            break;
          default:
            dropOne(strong, 1);
        }
      }
      for (const handle of [...strong, ...weak]) handle.drop();
      return refused;
    };
  },

  /** Opens every token and, in step with the other threads, drops each. */
  dropTogether({ heap, tokens, step, parties }) {
    Heap.open(heap);
    const arcs = tokens.map((token) => Arc.open(token));
    return () => {
      arcs.forEach((arc, round) => {
        meet(step, parties, round + 1);
        arc.drop();
      });
    };
  },

  /** Opens tokens while their Arcs are dropped: each open must find its Arc whole or not at all. */
  openRacing({ heap, tokens, step }) {
    Heap.open(heap);
    return () =>
      tokens.map((token, round) => {
        meet(step, 2, round + 1);
        try {
          const arc = Arc.open(token);
          const [seen] = arc.view(Int32Array);
          arc.drop();
          return seen;
        } catch (error) {
          return error.code;
        }
      });
  },

  /** Tries to open a light token on a thread that does not know the heap, and again when it does. */
  openLight({ heap, token }) {
    return () => {
      let refusal;
      try {
        Arc.open(token).drop();
      } catch (error) {
        refusal = { code: error.code, message: error.message };
      }
      Heap.open(heap);
      const arc = Arc.open(token);
      const seen = [...arc.view(Int32Array)];
      arc.drop();
      return { refusal, seen };
    };
  },

  /** Answers what this thread's default heap is, and whether opening a token of it gives the same object. */
  defaultHeap({ token }) {
    return () => ({ id: Heap.default().id, same: Heap.open(token) === Heap.default() });
  },

  /**
   * Allocates and frees at random, and swaps blocks with the other threads through `board`, so that most are freed by
   * another thread than took them. Each block carries its own pattern; answers what was wrong with those it checked.
   */
  allocStorm({ heap: token, board, steps, seed }) {
    const heap = Heap.open(token);
    const next = random(seed);
    const words = new Uint32Array(heap.buffer);
    const sizes = [0, 16, 24, 100, 1000, 5000, 33_000, 200_000];
    const faults = [];
    const check = (ptr) => {
      const at = ptr / 4;
      const length = words[at];
      if (length * 4 > 300_000) return faults.push(`block ${ptr} says it has ${length} words`);
      for (let i = 1; i < length; i += 1 + (i >> 3)) {
        if (words[at + i] !== (ptr ^ i) >>> 0) return faults.push(`word ${i} of block ${ptr} was overwritten`);
      }
    };
    const fill = (ptr, size) => {
      const at = ptr / 4;
      const length = Math.max(1, size >> 2);
      words[at] = length;
      for (let i = 1; i < length; i += 1 + (i >> 3)) words[at + i] = ptr ^ i;
    };
    return () => {
      for (let i = 0; i < steps; i++) {
        const size = sizes[next(sizes.length)];
        const align = 16 << next(9);
        const ptr = heap.alloc(size, align);
        if (ptr % align !== 0) faults.push(`block ${ptr} is not aligned to ${align}`);
        fill(ptr, size);
        // Pointers reach 4 GiB: as 32-bit words they wrap and `>>> 0` brings them back.
        const other = Atomics.exchange(board, next(board.length), ptr) >>> 0;
        if (other === 0) continue;
        check(other);
        heap.free(other);
      }
      return faults;
    };
  },

  /** Waits until the board shows a block and frees it; then tries again and answers why that is refused. */
  freeForeign({ heap: token, board }) {
    const heap = Heap.open(token);
    return () => {
      waitUntil(() => Atomics.load(board, 0) !== 0, "a block");
      const ptr = Atomics.load(board, 0) >>> 0;
      heap.free(ptr);
      try {
        heap.free(ptr);
      } catch (error) {
        return error.code;
      }
      return undefined;
    };
  },
});
