/**
 * Follows wasm code from a claim (an atomic that took something) to its publish, on every path where the claim succeeded.
 *
 * Success is not pattern-matched: the code is executed symbolically with the claim's result assumed to be the expected
 * operand. A comparison of the two then folds to a constant, so each branch on it has one edge left, and whatever the
 * optimizer made of `old == expected` (i64.ne, xor and eqz, a local in between, a select) comes out the same. Branches on
 * anything else are followed both ways, each path remembering what it took, so that a repeated test goes the same way.
 */

const MAX_STEPS = 100_000;
const EMPTY_BLOCK = -64;

/** Every point of the code where V8 may stop the thread, or the thread may stop itself. Undefined: none. */
function safepoint(instruction) {
  const { op } = instruction;
  if (op === "loop") return "enters a loop";
  if (/^(return_)?call/.test(op)) return "calls a function";
  if (op === "return") return "returns";
  if (op === "unreachable" || op === "memory.grow" || /\.(div|rem)_|\.trunc_f/.test(op)) return "may trap or stop";
  if (op.startsWith("memory.atomic.wait")) return "waits";
  return undefined;
}

const UNARY = /\.(eqz|clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt)$|_[if](32|64)|\.extend\d/;

/** How many values an instruction takes from the stack and how many it leaves. */
function stackEffect({ op, index, type }, module) {
  if (op === "call") return [module.functions[index].type.params, module.functions[index].type.results];
  if (op === "call_indirect") return [module.types[type].params + 1, module.types[type].results];
  if (op === "nop" || op === "atomic.fence") return [0, 0];
  if (op === "drop" || op === "global.set") return [1, 0];
  if (op === "memory.size" || op === "global.get" || op.endsWith(".const")) return [0, 1];
  if (op === "memory.copy" || op === "memory.fill") return [3, 0];
  if (op === "memory.grow" || /\.load/.test(op)) return [1, 1];
  if (/\.store/.test(op)) return [2, 0];
  if (op.includes("cmpxchg") || op.startsWith("memory.atomic.wait")) return [3, 1];
  if (op.includes(".rmw") || op === "memory.atomic.notify") return [2, 1];
  return UNARY.test(op) ? [1, 1] : [2, 1];
}

const PURE = /^[if](32|64)\.(?!load|store|atomic|const)/;
const WRITES = /store|\.rmw|memory\.(copy|fill|atomic)/;

const LEAVES = /^(br|br_table|return|unreachable|return_call)$/;

const FOLD = {
  eq: (a, b) => BigInt(a === b),
  eqz: (a) => BigInt(a === 0n),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  wrap_i64: (a) => a,
  extend_i32_u: (a) => a,
};
const WHEN_SAME = { eq: 1n, sub: 0n, xor: 0n };

/** The values of one function, numbered so that equal numbers are equal values. */
class Values {
  constructor() {
    this.nodes = [];
    this.numbers = new Map();
  }
  intern(key, node) {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.nodes.length);
    return this.nodes.push(node) - 1;
  }
  unknown() {
    return this.nodes.push({}) - 1;
  }
  constant(type, value) {
    const bits = BigInt.asUintN(type === "i32" ? 32 : 64, value);
    return this.intern(`${type} ${bits}`, { constant: bits });
  }
  /** The result of a claim that found what it expected. */
  claim(equals) {
    return this.nodes.push({ equals, claimed: true }) - 1;
  }
  plain(value) {
    return this.nodes[value].equals ?? value;
  }
  /** A pure instruction's result. `path.decided` is set once a result was told apart by the claim's success. */
  apply(op, args, path) {
    const [type, name] = op.split(".");
    if (name === "ne") return this.apply("i32.eqz", [this.apply(`${type}.eq`, args, path)], path);
    const plain = args.map((value) => this.plain(value));
    const claimed = args.some((value) => this.nodes[value].claimed);
    const constants = plain.map((value) => this.nodes[value].constant);
    let folded;
    // Integers only: a NaN differs from itself.
    if (type.startsWith("i") && plain.length === 2 && plain[0] === plain[1]) folded = WHEN_SAME[name];
    if (type.startsWith("i") && constants.every((c) => c !== undefined)) folded ??= FOLD[name]?.(...constants);
    if (folded !== undefined) {
      if (claimed) path.decided = true;
      return this.constant(name.startsWith("eq") ? "i32" : type, folded);
    }
    if (name === "eq") args = [...args].sort((a, b) => a - b);
    return this.intern(`${op} ${args}`, { op, args, claimed });
  }
}

function copyOf(state) {
  return { ...state, stack: [...state.stack], locals: [...state.locals], globals: new Map(state.globals) };
}

/** One function, with its blocks matched and the state before each claim known. */
export class Flow {
  constructor(module, func) {
    this.module = module;
    this.func = func;
    this.code = func.code;
    this.values = new Values();
    this.#matchBlocks();
    this.#evaluate();
  }

  /** For each block its else and end and the locals assigned in it; for each instruction the blocks around it. */
  #matchBlocks() {
    this.blocks = new Map();
    this.around = [];
    const open = [];
    for (const [at, { op, index }] of this.code.entries()) {
      this.around.push([...open]);
      if (op === "block" || op === "loop" || op === "if") {
        this.blocks.set(at, { at, op, assigned: new Set() });
        open.push(at);
      } else if (op === "else") this.blocks.get(open.at(-1)).otherwise = at;
      else if (op === "end" && open.length > 0) this.blocks.get(open.pop()).end = at;
      else if (op === "local.set" || op === "local.tee") for (const o of open) this.blocks.get(o).assigned.add(index);
    }
  }

  #arity({ blockType }) {
    if (blockType === EMPTY_BLOCK) return { params: 0, results: 0 };
    return blockType < 0 ? { params: 0, results: 1 } : this.module.types[blockType];
  }

  /** One pass in code order: what is known of stack and locals before each instruction, whatever path led there. */
  #evaluate() {
    const { values, code } = this;
    const count = this.func.type.params + this.func.locals;
    let state = {
      stack: [],
      locals: Array.from({ length: count }, () => values.unknown()),
      globals: new Map(),
      dead: false,
    };
    const forget = (locals, block) => locals.map((v, i) => (block.assigned.has(i) ? values.unknown() : v));
    this.before = [];
    for (const [at, instruction] of code.entries()) {
      const { op } = instruction;
      const inner = this.around[at].at(-1);
      if (this.blocks.has(at)) {
        const block = this.blocks.get(at);
        if (op === "if" && !state.dead) state.stack.pop();
        const { params, results } = this.#arity(instruction);
        Object.assign(block, { params, results, height: Math.max(0, state.stack.length - params) });
        block.entry = copyOf(state);
        if (op === "loop") Object.assign(state, { locals: forget(state.locals, block), globals: new Map() });
      } else if (op === "else") {
        const { entry } = this.blocks.get(inner);
        state = copyOf(entry);
      } else if (op === "end" && inner !== undefined) {
        const block = this.blocks.get(inner);
        const results = Array.from({ length: block.results }, () => values.unknown());
        const stack = block.entry.stack.slice(0, block.height).concat(results);
        state = { stack, locals: forget(block.entry.locals, block), globals: new Map(), dead: block.entry.dead };
      } else if (!state.dead && op !== "end") {
        if (op.includes(".rmw")) this.before[at] = copyOf(state);
        if (LEAVES.test(op)) state.dead = true;
        else if (op === "br_if") state.stack.pop();
        else this.#execute(instruction, state);
      }
    }
  }

  /** An instruction without control flow. Globals are a thread's own: only this code and what it calls can change them. */
  #execute(instruction, state) {
    const { values } = this;
    const { op, index, value } = instruction;
    const { stack, locals, globals } = state;
    if (op.includes("call")) globals.clear();
    if (op === "global.get" && !globals.has(index)) globals.set(index, values.unknown());
    if (op === "global.get") stack.push(globals.get(index));
    else if (op === "global.set") globals.set(index, stack.pop());
    else if (op === "local.get") stack.push(locals[index]);
    else if (op === "local.set") locals[index] = stack.pop();
    else if (op === "local.tee") locals[index] = stack.at(-1);
    else if (value !== undefined) stack.push(values.constant(op.slice(0, 3), value));
    else if (op === "select") {
      const condition = stack.pop();
      const [first, second] = stack.splice(-2);
      const taken = this.#truth(condition, state);
      stack.push(
        taken === undefined ? values.apply("any.select", [first, second, condition], state) : taken ? first : second,
      );
    } else {
      const [takes, leaves] = stackEffect(instruction, this.module);
      const args = takes === 0 ? [] : stack.splice(-takes);
      if (leaves === 1 && PURE.test(op)) stack.push(values.apply(op, args, state));
      else for (let i = 0; i < leaves; i++) stack.push(values.unknown());
    }
  }

  /** What a condition is on this path: true, false, or undefined when not known. */
  #truth(condition, state) {
    const [base, negated] = this.#base(condition);
    const { constant } = this.values.nodes[this.values.plain(base)];
    if (constant !== undefined && this.values.nodes[base].claimed) state.decided = true;
    const truth = constant !== undefined ? constant !== 0n : state.facts?.get(base);
    return truth === undefined ? undefined : truth !== negated;
  }

  #base(condition) {
    let negated = false;
    while (this.values.nodes[condition].op === "i32.eqz") {
      negated = !negated;
      condition = this.values.nodes[condition].args[0];
    }
    return [condition, negated];
  }

  /**
   * Every path from the claim at `start` to where it publishes or stops: `{ ops, at, stops }`, `stops` undefined if it
   * published, `ops` the writes on the way. `publish`: tests that instructions must pass, in this order; without it a
   * path runs to its first safepoint. `when`: the result with which an rmw succeeds; without it, an rmw always does.
   */
  paths(start, { publish = [() => false], when } = {}) {
    if (this.before[start] === undefined) return [{ ops: [], at: start, stops: "is never reached" }];
    const work = [this.#claim(start, when)];
    const ended = [];
    for (let steps = 0; work.length > 0; steps++) {
      if (steps === MAX_STEPS) return [...ended, { ops: [], at: start, stops: "has too many paths to follow" }];
      const path = work.pop();
      const stops = this.#step(path, publish, work);
      if (stops !== undefined) ended.push({ ops: path.ops, at: path.at, stops });
      else if (path.published === publish.length) ended.push({ ops: path.ops, at: path.at, stops: undefined });
      else if (!path.forked) work.push(path);
    }
    return ended;
  }

  #claim(start, when) {
    const { op } = this.code[start];
    const { stack, locals, globals } = copyOf(this.before[start]);
    const [takes] = stackEffect(this.code[start], this.module);
    const args = stack.slice(-takes);
    let expected = op.includes("cmpxchg") ? this.#narrowed(op, args[1]) : undefined;
    if (when !== undefined) expected = this.values.constant(op.slice(0, 3), BigInt(when));
    const result = expected === undefined ? this.values.unknown() : this.values.claim(expected);
    return {
      stack: [...stack.slice(0, -takes), result],
      locals,
      globals,
      facts: new Map(),
      decided: expected === undefined,
      at: start + 1,
      ops: [],
      published: 0,
    };
  }

  /** A narrow cmpxchg compares, and answers, only the low bits. */
  #narrowed(op, expected) {
    const bits = /rmw(8|16|32)/.exec(op)?.[1];
    if (bits === undefined) return expected;
    const type = op.slice(0, 3);
    return this.values.apply(`${type}.and`, [expected, this.values.constant(type, (1n << BigInt(bits)) - 1n)], {});
  }

  /** Moves a path over one instruction; says why it cannot go on; puts both sides of an open branch into `work`. */
  #step(path, publish, work) {
    const instruction = this.code[path.at];
    const { op } = instruction;
    const stops = this.#harmless(instruction, path) ? undefined : safepoint(instruction);
    if (stops !== undefined) return stops;
    if (op === "if" || op === "br_if" || op === "br_table") return this.#branch(instruction, path, work);
    if (op === "br") return this.#jump(path, instruction.index);
    if (op === "end" && this.around[path.at].length === 0) return "returns";
    if (op === "else") {
      path.at = this.blocks.get(this.around[path.at].at(-1)).end + 1;
      return undefined;
    }
    if (WRITES.test(op)) path.ops.push(path.at);
    if (publish[path.published](instruction)) {
      if (!path.decided) return "publishes without having looked whether the claim succeeded";
      path.published++;
    }
    if (op !== "block" && op !== "end") this.#execute(instruction, path);
    path.at++;
    return undefined;
  }

  /** A division by a constant other than 0 and -1 cannot trap. */
  #harmless({ op }, path) {
    if (!/\.(div|rem)_/.test(op)) return false;
    const { constant } = this.values.nodes[this.values.plain(path.stack.at(-1))];
    const minusOne = BigInt.asUintN(op.startsWith("i32") ? 32 : 64, -1n);
    return constant !== undefined && constant !== 0n && constant !== minusOne;
  }

  #branch(instruction, path, work) {
    const { op, index, labels } = instruction;
    const condition = path.stack.at(-1);
    const truth = path.label === undefined ? this.#truth(condition, path) : path.label;
    const [base, negated] = this.#base(condition);
    if (truth === undefined || (op === "br_table" && path.label === undefined)) {
      if (this.values.nodes[base].claimed && !path.decided)
        return "branches on the claim, cannot tell its success edge";
      path.forked = true;
      for (const choice of op === "br_table" ? new Set(labels) : [true, false]) {
        const side = { ...copyOf(path), ops: [...path.ops], forked: false };
        if (op === "br_table") side.label = choice;
        else side.facts = new Map(path.facts).set(base, choice !== negated);
        work.push(side);
      }
      return undefined;
    }
    path.stack.pop();
    path.label = undefined;
    if (op === "br_table") return this.#jump(path, truth);
    if (op === "br_if" && truth) return this.#jump(path, index);
    if (op === "if" && !truth) {
      const block = this.blocks.get(path.at);
      path.at = (block.otherwise ?? block.end) + 1;
    } else path.at++;
    return undefined;
  }

  #jump(path, depth) {
    const openers = this.around[path.at];
    if (depth === openers.length) return "returns";
    const block = this.blocks.get(openers.at(-1 - depth));
    if (block.op === "loop") return "goes back to the start of a loop";
    const results = block.results === 0 ? [] : path.stack.slice(-block.results);
    path.stack = path.stack.slice(0, block.height).concat(results);
    path.at = block.end + 1;
    return undefined;
  }
}
