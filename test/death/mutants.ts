/**
 * Faults that one could have made, each with the invariant that must find it, and the setup in which it does; see setups.ts. Those
 * of the simulator's are faults of what is around the state machine: the registry, the reaper, the kernel's table.
 */
import type { Invariant } from "./simulator.js";

export interface Mutant {
  readonly name: string;
  /** What is wrong. */
  readonly why: string;
  readonly file: "src/heap/liveness.ts" | "test/death/simulator.ts";
  /** Pairs of a text that stands there exactly once, and another one. */
  readonly edits: readonly (readonly [find: string, replacement: string])[];
  /** The setup in which it is found. */
  readonly setup: string;
  /** Undefined: it is no fault, as `why` says. */
  readonly invariant: Invariant | undefined;
}

const LIVENESS = "src/heap/liveness.ts";
const AROUND = "test/death/simulator.ts";

const SIGHT = `sightOf(osThread) === "gone"`;
const EXITED = "return { look: true, tell: { ended: [thread] } };";
const NEWS = "const news = ended.filter((thread) => thread !== this.#me && !this.#ended.has(thread));";
const LEFT = "    this.entry.set(s, SLOTS * t + this.slot.get(s, t), 0);\n    this.#end(s, t);\n";
const NUMBERS = "if (thread !== one.thread || osThread !== one.osThread) return false;";
const PHASE = "    if (phase !== LIVE && !isReapedByItself) return false;\n";

export const mutants: readonly Mutant[] = [
  // ── what the keeper of old took for proof ──
  {
    name: "goodbyeIsDeath",
    why: "the end of one registration, in good order, is told as the thread's death",
    file: AROUND,
    edits: [[LEFT, `${LEFT}    this.#tell(s, this.#registryOf(t, 0), { ended: [this.#numberOf(t)] });\n`]],
    setup: "Linux",
    invariant: "told",
  },
  {
    name: "goodbyeNamesAThread",
    why: "whoever hears of the end of one registration reaps the thread by its number, which names newer ones, too",
    file: AROUND,
    edits: [
      [
        LEFT,
        `${LEFT}    for (let u = 0; u < this.threads; u++) {
      if (u === t || this.entry.get(s, SLOTS * u) === 0 || this.activity.get(s, u) !== IDLE) continue;
      this.#begin(s, u, 0, RETURNING);
      this.found.set(s, u * this.entries, 17 * (t + 1));
      this.dead.set(s, u, 1);
    }\n`,
      ],
    ],
    setup: "Linux",
    invariant: "taken",
  },
  {
    name: "silenceIsProof",
    why: "who is asked about and does not answer at once counts as dead",
    file: LIVENESS,
    edits: [
      [
        "    return { look: true, tell: asked.",
        "    for (const thread of asked) this.#learn(thread);\n    return { look: true, tell: asked.",
      ],
    ],
    setup: "no numbers",
    invariant: "verdict",
  },
  {
    name: "refusalIsProof",
    why: "that nothing can be seen counts as that there is nothing",
    file: LIVENESS,
    edits: [[SIGHT, SIGHT.replace(`=== "gone"`, `!== "there"`)]],
    setup: "a look may see nothing",
    invariant: "verdict",
  },
  {
    name: "strangersCloseIsProof",
    why: "a registry that closes, of one copy of the package, counts as its thread's exit",
    file: AROUND,
    edits: [
      [
        LEFT,
        `${LEFT}    for (let r = 0; r < this.threads * SLOTS; r++) {
      if (threadOf(r) === t || this.mind.get(s, r) === 0) continue;
      this.#think(s, r, \`exited \${this.#numberOf(t)}\`, (mind) => mind.exited(this.#numberOf(t)));
    }\n`,
      ],
    ],
    setup: "copies of the package",
    invariant: "verdict",
  },

  // ── what is proof ──
  {
    name: "thereIsProof",
    why: "a thread that is there counts as dead",
    file: LIVENESS,
    edits: [[SIGHT, SIGHT.replace("gone", "there")]],
    setup: "Linux",
    invariant: "verdict",
  },
  {
    name: "hostsNumberLookedUp",
    why: "the system is asked about the host's number",
    file: LIVENESS,
    edits: [[SIGHT, SIGHT.replace("sightOf(osThread)", "sightOf(thread)")]],
    setup: "Linux",
    invariant: "unseen",
  },
  {
    name: "systemNotAsked",
    why: "only exits count",
    file: LIVENESS,
    edits: [[` || (osThread !== 0 && ${SIGHT})`, ""]],
    setup: "Linux",
    invariant: "unseen",
  },
  {
    name: "oneDeadIsAllDead",
    why: "if one of the table is dead, all are",
    file: LIVENESS,
    edits: [
      [
        "found.filter((one) => this.isDead(one, sightOf))",
        "found.filter(() => found.some((one) => this.isDead(one, sightOf)))",
      ],
    ],
    setup: "Linux",
    invariant: "verdict",
  },
  {
    name: "oneOfEachNumber",
    why: "of the dead that have the same number of the host's, only one is found",
    file: LIVENESS,
    edits: [[` \${one.osThread}`, ""]],
    setup: "Deno's Web Workers",
    invariant: "unseen",
  },
  {
    name: "earlyExitIsProof",
    why: "the state machine takes an exit for proof on any host",
    file: LIVENESS,
    edits: [
      [
        "    if (!this.#exitIsProof) return { look: true, tell: undefined };\n",
        "    this.#learn(thread);\n    if (!this.#exitIsProof) return { look: true, tell: undefined };\n",
      ],
    ],
    setup: "Deno",
    invariant: "verdict",
  },
  {
    name: "earlyExitIsTold",
    why: "likewise, but it only tells",
    file: LIVENESS,
    edits: [["return { look: true, tell: undefined };", EXITED]],
    setup: "Deno",
    invariant: "told",
  },
  {
    name: "hostNotKnown",
    why: "the registry says that exits are proof where they are not",
    file: AROUND,
    edits: [[`this.setup.exits === "when gone");`, "true);"]],
    setup: "Deno elsewhere",
    invariant: "told",
  },

  // ── what is remembered, and told ──
  {
    name: "exitNotLearned",
    why: "who hears an exit tells it to the others, and forgets it",
    file: LIVENESS,
    edits: [[`    this.#learn(thread);\n    ${EXITED}`, `    ${EXITED}`]],
    setup: "no numbers",
    invariant: "unsaid",
  },
  {
    name: "newsNotLearned",
    why: "what was told is forgotten",
    file: LIVENESS,
    edits: [["    for (const thread of news) this.#learn(thread);\n", ""]],
    setup: "no numbers",
    invariant: "unsaid",
  },
  {
    name: "oneRemembered",
    why: "room for one dead thread",
    file: LIVENESS,
    edits: [["const MOST_REMEMBERED = 100_000;", "const MOST_REMEMBERED = 1;"]],
    setup: "Linux",
    invariant: "unsaid",
  },
  {
    name: "exitNotTold",
    why: "the others are not told of an exit",
    file: LIVENESS,
    edits: [[EXITED, "return { look: true, tell: undefined  };"]],
    setup: "no numbers",
    invariant: "untold",
  },
  {
    name: "otherNumberTold",
    why: "the others are told of a thread that started later",
    file: LIVENESS,
    edits: [[EXITED, EXITED.replace("[thread]", "[thread + 1]")]],
    setup: "no numbers",
    invariant: "told",
  },
  {
    name: "selfTold",
    why: "the others are told that the one who tells is dead",
    file: LIVENESS,
    edits: [[EXITED, EXITED.replace("[thread]", "[this.#me]")]],
    setup: "no numbers",
    invariant: "told",
  },
  {
    name: "nobodyAsked",
    why: "who opens a heap does not ask",
    file: LIVENESS,
    edits: [["tell: asked.length > 0 ? { asked } : undefined", "tell: undefined"]],
    setup: "no numbers",
    invariant: "untold",
  },
  {
    name: "onlyOneAsked",
    why: "who opens a heap asks about the first of them only",
    file: LIVENESS,
    edits: [["? { asked }", "? { asked: asked.slice(0, 1) }"]],
    setup: "no numbers",
    invariant: "untold",
  },
  {
    name: "askedWhereSeen",
    why: "who opens a heap asks about those that it can see, and not about the others",
    file: LIVENESS,
    edits: [["({ osThread }) => osThread === 0", "({ osThread }) => osThread !== 0"]],
    setup: "no numbers",
    invariant: "untold",
  },
  {
    name: "questionNotAnswered",
    why: "who knows does not answer",
    file: LIVENESS,
    edits: [["tell: known.length > 0 ? { ended: known } : undefined", "tell: undefined"]],
    setup: "no numbers",
    invariant: "untold",
  },
  {
    name: "questionConfirmed",
    why: "all that were asked about are told to be dead",
    file: LIVENESS,
    edits: [["asked.filter((thread) => this.#ended.has(thread))", "asked.filter(() => true)"]],
    setup: "no numbers",
    invariant: "told",
  },
  {
    name: "questionIsNews",
    why: "who is asked about is taken for dead",
    file: LIVENESS,
    edits: [[NEWS, NEWS.replace("ended.filter", "[...ended, ...asked].filter")]],
    setup: "no numbers",
    invariant: "told",
  },
  {
    name: "newsBrokenOff",
    why: "of several deaths that are told at once the first one is heard",
    file: LIVENESS,
    edits: [["for (const thread of news) this.#learn", "for (const thread of news.slice(0, 1)) this.#learn"]],
    setup: "no numbers, four threads",
    invariant: "unsaid",
  },
  {
    name: "channelClosed",
    why: "a thread that drops the heap hears no more questions, though only it has the proof",
    file: AROUND,
    edits: [
      [
        LEFT,
        `    const r = this.#registryOf(t, this.slot.get(s, t));\n${LEFT}    if (this.#hasMember(s, r)) return;\n    this.#silence(s, r);\n    this.hears.set(s, r, 2);\n`,
      ],
    ],
    setup: "no numbers",
    invariant: "untold",
  },

  // ── when it looks ──
  {
    name: "noLookAtExit",
    why: "an exit has nobody look",
    file: LIVENESS,
    edits: [[EXITED, EXITED.replace("true", "false")]],
    setup: "no numbers",
    invariant: "kept",
  },
  {
    name: "noLookAtOpening",
    why: "what is known of the dead is not looked for in a heap that is opened",
    file: LIVENESS,
    edits: [["return { look: true, tell: asked.", "return { look: false, tell: asked."]],
    setup: "no numbers",
    invariant: "kept",
  },
  {
    name: "noLookAtNews",
    why: "news have nobody look",
    file: LIVENESS,
    edits: [["look: news.length > 0", "look: false"]],
    setup: "no numbers",
    invariant: "kept",
  },
  {
    name: "lookWithoutEntry",
    why: "a look goes on when a listener has dropped the heap, and reaps in the name of whoever has the entry now",
    file: AROUND,
    edits: [["const isOpen = this.entry.get(s, SLOTS * t + this.slot.get(s, t)) !== 0;", "const isOpen = true;"]],
    setup: "a table of four entries",
    invariant: "twice",
  },

  // ── the table ──
  {
    name: "claimedWithoutNumber",
    why: "an entry is claimed by the number that was read before",
    file: AROUND,
    edits: [
      [
        "this.#registered(s, this.identity.get(s, e));\n    if (thread",
        "this.#registered(s, this.found.get(s, t * this.entries + e) % 16);\n    if (thread",
      ],
    ],
    setup: "a look may see nothing",
    invariant: "taken",
  },
  {
    name: "claimedByHostsNumber",
    why: "an entry is claimed that has the host's number of the dead one, which Deno's Web Workers have all",
    file: AROUND,
    edits: [[NUMBERS, "if (thread !== one.thread) return false;"]],
    setup: "Deno's Web Workers",
    invariant: "taken",
  },
  {
    name: "claimedBySystemsNumber",
    why: "an entry is claimed that has the system's number of the dead one, which is another thread's by now",
    file: AROUND,
    edits: [[NUMBERS, "if (osThread !== one.osThread) return false;"]],
    setup: "Linux",
    invariant: "taken",
  },
  {
    name: "numberGivenAgainAtOnce",
    why: "between the verdict and the claim a Web Worker starts that has both numbers of the dead one: the assumption is needed",
    file: AROUND,
    edits: [["        if (this.setup.numbers !== undefined && this.#wasRead(s, other + 1)) isUsed = true;\n", ""]],
    setup: "Deno's Web Workers",
    invariant: "taken",
  },
  {
    name: "claimedFromAReaper",
    why: "an entry is claimed that another thread is reaping",
    file: AROUND,
    edits: [[PHASE, ""]],
    setup: "Linux",
    invariant: "twice",
  },
  {
    name: "ownEndNotGoneOnWith",
    why: "a thread that died while it gave up its own is left there",
    file: AROUND,
    edits: [[PHASE, "    if (phase !== LIVE) return false;\n"]],
    setup: "no numbers",
    invariant: "kept",
  },
  {
    name: "nobodyAdopts",
    why: "what a dead reaper had begun is left there",
    file: AROUND,
    edits: [["if (other === e || !isLeft) continue;", "continue;"]],
    setup: "Linux",
    invariant: "forgotten",
  },
  {
    name: "numberStays",
    why: "a free entry keeps its number, which the next thread's has until it writes its own",
    file: AROUND,
    edits: [["    this.identity.set(s, e, 0);\n", ""]],
    setup: "a look may see nothing",
    invariant: "taken",
  },
  {
    name: "numbersInTwoWords",
    why: "the host's number is read first, and then the system's, which is another thread's by then",
    file: AROUND,
    edits: [
      [
        "      this.found.set(s, at, isFree ? NOTHING : 17 * this.identity.get(s, e));\n",
        `      this.found.set(s, at, isFree ? NOTHING : this.identity.get(s, e));
      const earlier = e === 0 ? NOTHING : this.found.get(s, at - 1);
      if (earlier !== NOTHING) this.found.set(s, at - 1, (earlier % 16) + 16 * this.identity.get(s, e - 1));\n`,
      ],
    ],
    setup: "entry by entry",
    invariant: "verdict",
  },

  // ── no faults ──
  {
    name: "noNumberIsProof",
    why: "the system is asked about the number 0: it says nothing of that",
    file: LIVENESS,
    edits: [["osThread !== 0 && ", ""]],
    setup: "no numbers, a worker's worker",
    invariant: undefined,
  },
  {
    name: "newsOfOneself",
    why: "a thread that hears that it is dead would remember it. Nobody says so: `told` is checked of all others",
    file: LIVENESS,
    edits: [[NEWS, NEWS.replace("thread !== this.#me && ", "")]],
    setup: "no numbers, a worker's worker",
    invariant: undefined,
  },
  {
    name: "askedAboutTheKnown",
    why: "it asks about those that it knows to be dead, too: one more message",
    file: LIVENESS,
    edits: [
      [
        "unseen.filter((thread) => thread !== this.#me && !this.#ended.has(thread))",
        "unseen.filter((thread) => thread !== this.#me)",
      ],
    ],
    setup: "no numbers, a worker's worker",
    invariant: undefined,
  },
  {
    name: "lookWhereNothingIsNew",
    why: "it looks at each piece of news, also when it knows that already: a look that finds nothing",
    file: LIVENESS,
    edits: [["look: news.length > 0", "look: true"]],
    setup: "no numbers, a worker's worker",
    invariant: undefined,
  },
  {
    name: "noLookAtEarlyExit",
    why: "an exit that is no proof has nobody look. The system shows the thread gone a little later, and the next look, from time to time, finds it: only later",
    file: LIVENESS,
    edits: [["return { look: true, tell: undefined };", "return { look: false, tell: undefined };"]],
    setup: "Deno's Web Workers",
    invariant: undefined,
  },
];
