/**
 * Options, each written once: the command line, defaults, limits and types all come from one table.
 */
import type { Command } from "commander";
import { parseBytes, parseCount, parseNumber, parseSeconds } from "../arguments.js";

/** An option that cannot be. Nothing was started. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

/** @public The types of suites name it. */
export interface Spec<V> {
  readonly about: string;
  /** As `--help` shows it, such as `<n>`; none for a switch. */
  readonly placeholder?: string;
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  readonly hidden?: boolean;
  readonly value: V;
  check?(value: unknown, name: string): void;
}

export type OptionTable = { readonly [name: string]: Spec<unknown> };
export type Values<T extends OptionTable> = { readonly [K in keyof T]: T[K] extends Spec<infer V> ? V : never };

interface Limits<V> {
  readonly from: number;
  readonly to: number;
  readonly value: V;
  readonly hidden?: boolean;
}

/** Makes options of one kind of number: whole ones, or with a unit any. */
function numbers(placeholder: string, parse: (text: string) => number, unit?: string) {
  return <V = number>(about: string, { from, to, value, hidden = false }: Limits<V>): Spec<V | number> => {
    const isSmall = unit === undefined && to <= SMALL;
    const check = (given: unknown, name: string) => {
      const isKind = unit !== undefined || Number.isInteger(given);
      if (isKind && (given as number) >= from && (given as number) <= to) return;
      const kind = unit === undefined ? "an integer " : "";
      throw new OptionError(`${name} must be ${kind}from ${from} to ${to}${unit ?? ""}: ${given}`);
    };
    const text = withDefault(isSmall ? `${about}, ${from} to ${to}` : about, unit === undefined ? value : undefined);
    return { about: text, placeholder, parse, value, check, hidden };
  };
}

/** Limits up to this are told by `--help`. */
const SMALL = 2 ** 20;

/** A number of few things; of many, such as 20M; of bytes. */
export const integer = numbers("<n>", parseNumber);
export const count = numbers("<n>", parseCount);
export const size = numbers("<bytes>", parseBytes);
const seconds = numbers("<seconds>", parseSeconds, " ms");
const rate = numbers("<rate>", parseNumber, " kills a second");

export function oneOf<const C extends string>(about: string, choices: readonly C[], value: C, hidden = false): Spec<C> {
  const check = (given: unknown, name: string) => {
    if (choices.includes(given as C)) return;
    throw new OptionError(`${name} must be one of ${choices.join(", ")}: ${given}`);
  };
  return { about: withDefault(about, value), placeholder: "<kind>", choices, value, check, hidden };
}

export function flag(about: string): Spec<boolean> {
  return { about, value: false };
}

function withDefault(about: string, value: unknown): string {
  return value === undefined || value === Number.POSITIVE_INFINITY ? about : `${about} (default ${value})`;
}

const DAY_MS = 24 * 60 * 60 * 1000;
export const ENDLESS = Number.POSITIVE_INFINITY;

/** The options of every run. What a heap cannot be, it says itself. */
export const common = {
  duration: seconds("how long to run", { from: 1, to: DAY_MS, value: ENDLESS }),
  heap: {
    ...{ about: "size of the heap, such as 64MiB (default 256MiB)", placeholder: "<bytes>", parse: parseBytes },
    value: 256 * 2 ** 20,
  },
  alignment: {
    ...{ about: "alignment unit of the heap, 16 to 4096 (default 128)", placeholder: "<bytes>", parse: parseNumber },
    value: 128,
  },
  kill: rate("terminate that many workers a second and replace them", { from: 0, to: 1000, value: 0 }),
  kills: count("end after that many kills (20 a second without --kill)", { from: 1, to: 1_000_000, value: ENDLESS }),
  seed: integer<number | undefined>("what random choices are drawn from, decimal or 0x hex (default random)", {
    ...{ from: 0, to: 2 ** 32 - 1, value: undefined },
  }),
  checked: flag("run on the checked kernel, which verifies every address"),
  watchdog: seconds("how long nothing may move", { from: 1, to: DAY_MS, value: 10_000, hidden: true }),
} satisfies OptionTable;

export type CommonOptions = Values<typeof common>;

const KILL_RATE = 20;

export function addOptions(command: Command, table: OptionTable): void {
  for (const [name, { about, placeholder, parse, choices, hidden }] of Object.entries(table)) {
    const option = command.createOption(`--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`, about);
    if (parse !== undefined) option.argParser(parse);
    if (choices !== undefined) option.choices(choices);
    if (hidden === true) option.hideHelp();
    command.addOption(option);
  }
}

/** Fills in what is missing, and refuses what cannot be. */
export function valuesOf<T extends OptionTable>(
  table: T,
  given: Partial<Values<T> & CommonOptions>,
  defaults: Partial<Values<T> & CommonOptions> = {},
): Values<T> & CommonOptions {
  const said = given as Readonly<Record<string, unknown>>;
  const otherwise: Readonly<Record<string, unknown>> = {
    ...(said.kills === undefined ? {} : { kill: KILL_RATE }),
    ...(defaults as object),
  };
  const values = Object.entries({ ...table, ...common } as OptionTable).map(([name, spec]) => {
    if (said[name] !== undefined) spec.check?.(said[name], name);
    return [name, said[name] ?? otherwise[name] ?? spec.value];
  });
  const options = Object.fromEntries(values) as Values<T> & CommonOptions;
  if (options.kills !== ENDLESS && options.kill === 0) {
    throw new OptionError(`kills is ${options.kills}, but kill is 0 kills a second: the run would never end`);
  }
  return options;
}
