/**
 * The sequential specification of counts: a table of all control blocks that were ever used. A token opens only the object that
 * it was made for, and exactly one drop is the last.
 */
import { MAX_COUNT } from "../../../heap/kernel/numbers.js";
import { answeredBy, type Part, type Result, type Specification } from "../../program.js";

/** What the specification knows of a control block. */
interface Entry {
  readonly generation: number;
  readonly strong: number;
  /** Weak counts that users hold; the one of the strong counts is not among them. */
  readonly weak: number;
  readonly shared: boolean;
  /** The object that a ticket opens; empty for an object. */
  readonly of: string;
  /** Made with no strong count, and neither published nor abandoned yet. */
  readonly unborn: boolean;
}

/** What stands in every object. */
export const CONTENT = 7;

const NEW: Entry = { generation: 0, strong: 0, weak: 0, shared: false, of: "", unborn: false };

/** What is left when the dead were reaped: the living's counts by control block, and the tickets that went with their makers. */
export interface Left {
  readonly strong: Readonly<Record<string, number>>;
  readonly weak: Readonly<Record<string, number>>;
  readonly tickets: readonly string[];
}

/** All control blocks that were ever used, as a string and back. */
class Table {
  readonly #entries: ReadonlyMap<string, Entry>;
  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }
  static parse(text: string): Table {
    return new Table(new Map(JSON.parse(text) as [string, Entry][]));
  }
  toString(): string {
    return JSON.stringify([...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  /** Undefined for one that was never used. */
  at(control: string): Entry | undefined {
    return this.#entries.get(control);
  }
  with(control: string, change: Partial<Entry>): Table {
    const entry = { ...(this.at(control) ?? NEW), ...change };
    return new Table(new Map(this.#entries).set(control, entry));
  }

  /** When the dead were reaped there is what the living have, and what is left in their tickets. */
  reaped({ strong, weak, tickets }: Left): Table {
    const opens = (control: string) =>
      [...this.#entries]
        .filter(([ticket, { of }]) => of === control && !tickets.includes(ticket))
        .reduce((sum, [, entry]) => sum + entry.strong, 0);
    const left = (control: string, entry: Entry): Partial<Entry> => {
      if (entry.of !== "") return tickets.includes(control) ? { strong: 0 } : {};
      return { strong: (strong[control] ?? 0) + opens(control), weak: weak[control] ?? 0 };
    };
    const entries = [...this.#entries].map(([control, before]): [string, Entry] => {
      const after = { ...before, ...left(control, before) };
      const isGone = before.strong > 0 && after.strong === 0;
      return [control, isGone ? { ...after, generation: before.generation + 1 } : after];
    });
    return new Table(new Map(entries));
  }
}

/** A new object or ticket in a control block that nobody uses, under a generation that it never had. */
function created(table: Table, control: string, generation: number, entry: Partial<Entry>): Table[] {
  const old = table.at(control);
  if (old !== undefined && (old.strong !== 0 || old.weak !== 0 || old.unborn || generation < old.generation)) return [];
  return [table.with(control, { ...NEW, generation, ...entry })];
}

const NOTHING_YET = String(new Table(new Map()));

/** The sequential specification. A part's argument begins with the control block that it is about. */
export class Counts implements Specification {
  initial = NOTHING_YET;

  /** Nothing has been made yet. */
  restart(): void {
    this.initial = NOTHING_YET;
  }

  step(state: string, { name, arg, result }: Part): readonly string[] {
    const words = String(arg).split(" ");
    return this.#step(Table.parse(state), name, words, result).map(String);
  }

  #step(table: Table, name: string, [control = "", ...args]: string[], result: Result | undefined): readonly Table[] {
    const entry = table.at(control) ?? NEW;
    const { strong, weak } = entry;
    const answered = answeredBy(result);
    const with_ = (change: Partial<Entry>) => table.with(control, change);
    const raised = (by: number, refusal: string | undefined, next: () => Table): readonly Table[] => {
      const answer = refusal ?? (strong + by > MAX_COUNT ? "overflow" : "ok");
      if (!answered(answer)) return [];
      return [answer === "ok" ? next() : table];
    };
    const oneMore = () => with_({ strong: strong + 1 });
    switch (name) {
      case "create": {
        if (result === undefined || result === "none") return [table];
        const [made = "", generation, misaligned] = String(result).split(" ");
        if (misaligned !== undefined) return [];
        return created(table, made, Number(generation), { strong: Number(args[0] ?? 1), unborn: args[0] === "0" });
      }
      case "clone": {
        const by = Number(args[0] ?? 1);
        return raised(by, undefined, () => with_({ strong: strong + by }));
      }
      case "upgrade":
        return raised(1, strong === 0 ? "stale" : undefined, oneMore);
      case "open": {
        const stale = Number(args[0]) !== entry.generation || strong === 0 || entry.of !== "";
        return raised(1, stale ? "stale" : undefined, oneMore);
      }
      case "kindIfLive": {
        const live = Number(args[0]) === entry.generation && strong > 0;
        return answered(live ? "live" : "gone") ? [table] : [];
      }
      case "drop": {
        const after = strong === 1 ? { strong: 0, generation: entry.generation + 1 } : { strong: strong - 1 };
        return answered(strong === 1 ? `last ${CONTENT}` : "one of more") ? [with_(after)] : [];
      }
      case "downgrade":
        return answered("ok") ? [with_({ weak: weak + 1 })] : [];
      case "dropWeak":
        return [with_({ weak: weak - 1 })];
      case "isUnique":
        return answered(strong === 1 && weak === 0 && !entry.shared) ? [table] : [];
      case "share":
        return [with_({ shared: true })];
      case "publish":
        return [with_({ strong: 1, unborn: false })];
      case "abandon":
        return [with_({ unborn: false, generation: entry.generation + 1 })];
      case "look":
        return answered(`${control} ${CONTENT}`) ? [table] : [];
      case "find":
        return answered(strong > 0 && Number(args[0]) === entry.generation ? control : "none") ? [table] : [];
      case "strongCount":
        // Of one that is gone nobody may ask: its place may be that of an object whose maker was killed.
        return strong === 0 || answered(strong) ? [table] : [];
      case "weakCountAtRest":
        return (strong === 0 && weak === 0) || answered(weak) ? [table] : [];
      case "weakCount":
        // May answer late. It never counts what no thread has.
        return Number(result ?? 0) <= Number(args[0]) ? [table] : [];
      case "newTicket": {
        const opens = Number(args[0]);
        if (result === undefined) return [table, with_({ strong: strong + opens })];
        if (result === "none") return strong + opens > MAX_COUNT ? [table] : [];
        const [ticket = "", generation] = String(result).split(" ");
        return created(with_({ strong: strong + opens }), ticket, Number(generation), { strong: opens, of: control });
      }
      case "openTicket": {
        const [generation, of] = args;
        const isOpen = Number(generation) === entry.generation && strong > 0 && entry.of !== "" && entry.of === of;
        if (!answered(isOpen)) return [];
        if (!isOpen) return [table];
        return [with_(strong === 1 ? { strong: 0, generation: entry.generation + 1 } : { strong: strong - 1 })];
      }
      case "reaped":
        return [table.reaped(JSON.parse(control) as Left)];
      case "foreign":
        return answered("foreign") ? [table] : [];
    }
    throw new RangeError(`no such step: ${name}`);
  }
}
