/**
 * The doctor's findings as a table, and what there is to know below it.
 */
import { bytes } from "../figures.js";
import { framed, type Row } from "../frame.js";
import { styled } from "../statusLine.js";
import type { Advice } from "./advice.js";
import type { Facts } from "./facts.js";
import { type Checks, NOT_TRIED } from "./selfTest.js";

/** What the doctor found: what the host offers, what the self-test saw, and what is to be known. */
export interface DoctorReport {
  /** Everything works here. */
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly facts: Facts;
  readonly checks: Checks;
  readonly advice: readonly Advice[];
}

const COLUMNS = 100;
const MARKS = { fails: "✗", differs: "!", note: "·" } as const;
const COLOURS = { fails: "red", differs: "yellow", note: "dim" } as const;
const PROOFS = {
  system: "the operating system has no such thread",
  exit: "the exit of a worker, where it was started",
  none: "none: what the dead own stays",
} as const;
const NAMES = { node: "Node", bun: "Bun", deno: "Deno" } as const;

export function table(report: DoctorReport, stream: NodeJS.WriteStream): string {
  const { facts, checks, advice, seconds } = report;
  const frame = framed({ title: "doctor", rows: offers(facts), checks: { ...checks } }, stream);
  const parts = [frame, ...advice.map((each) => paragraph(each, stream)), conclusion(report, stream)];
  return `${parts.join("\n")} ${styled(stream, "dim", `(${seconds.toFixed(1)} s)`)}`;
}

function offers(facts: Facts): Row[] {
  const { runtime, version, v8, platform, arch, waitAsync, pause, sharedMemory, sharedWasm, mayBlock } = facts;
  const yes = (there: boolean, without = "no") => (there ? "yes" : without);
  return [
    [NAMES[runtime], `${version}, V8 ${v8}, on ${platform} ${arch}`],
    ["cores", cores(facts)],
    ["memory", bytes(facts.memory)],
    ["shared memory", `${yes(sharedMemory)}; in WebAssembly: ${yes(sharedWasm)}`],
    ["address space", reserved(facts)],
    ["Atomics.waitAsync", yes(waitAsync, "no: awaiting looks now and then instead")],
    ["Atomics.pause", yes(pause, "no (and nothing needs it)")],
    ["blocking", yes(mayBlock, "this thread may not")],
    ["proof of death", PROOFS[facts.proofOfDeath]],
    ["thread", `${facts.mainThread ? "the main thread" : "a worker"}${facts.vm ? ", in a vm context" : ""}`],
  ];
}

function cores({ cores, available, quota }: Facts): string {
  const limit = quota === undefined ? "" : `, of ${quota.toFixed(2)} cores' time`;
  return available === cores && quota === undefined ? `${cores}` : `${cores}, ${available} for this process${limit}`;
}

function reserved({ reserved, platform }: Facts): string {
  if (reserved === undefined) return "not tried";
  const { largest, heaps } = reserved;
  if (largest === 0) return "no heap can be reserved";
  const committed = platform === "win32" ? ", all of it committed" : ", which costs nothing until it is used";
  return `a heap of up to ${bytes(largest)} can be reserved${committed}; ${heaps === 16 ? "16 or more" : heaps} of default size at once`;
}

/** A sentence or two, wrapped to the terminal. */
function paragraph({ kind, text }: Advice, stream: NodeJS.WriteStream): string {
  const width = Math.min(stream.columns || COLUMNS, COLUMNS) - 2;
  // As many words as fit, or one that is longer.
  const lines = text.match(new RegExp(`\\S.{0,${width - 1}}(?!\\S)|\\S+`, "g")) ?? [];
  return `${styled(stream, COLOURS[kind], MARKS[kind])} ${lines.join("\n  ")}`;
}

function conclusion({ ok, interrupted, checks, advice }: DoctorReport, stream: NodeJS.WriteStream): string {
  if (interrupted) return styled(stream, "yellow", "Interrupted: not everything was tried.");
  if (ok) return styled(stream, "green", "Everything works here.");
  const isExplained = advice.some(({ kind }) => kind === "fails");
  const wrong = Object.entries(checks).filter(([, check]) => !check.ok && check.found !== NOT_TRIED.found);
  const what = isExplained ? "see above" : wrong.map(([name]) => name).join("; ");
  return styled(stream, "red", `Not everything works here: ${what}.`);
}
