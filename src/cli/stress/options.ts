/**
 * Options, each written once: the command line, defaults, limits and types all come from one table.
 */
import { randomInt } from "node:crypto";
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
  /** What follows the number in messages. */
  readonly unit?: string;
  readonly value: V;
  check?(value: unknown, name: string): void;
}

export type OptionTable = { readonly [name: string]: Spec<unknown> };
export type Values<T extends OptionTable> = { readonly [K in keyof T]: T[K] extends Spec<infer V> ? V : never };

/** Makes options of one kind of number: without a unit whole numbers only. The last argument is the default. */
function numbers(placeholder: string, parse: (text: string) => number, unit = "") {
  const isWhole = unit === "";
  return <V extends number | undefined>(about: string, [least, most]: [number, number], value: V): Spec<V | number> => {
    const check = (given: unknown, name: string) => {
      const isKind = !isWhole || Number.isInteger(given);
      if (isKind && (given as number) >= least && (given as number) <= most) return;
      throw new OptionError(`${name} must be ${isWhole ? "an integer " : ""}from ${least} to ${most}${unit}: ${given}`);
    };
    const limits = isWhole && most <= SMALL ? `, ${least} to ${most}` : "";
    return { about: withDefault(about + limits, isWhole ? value : undefined), placeholder, parse, value, unit, check };
  };
}

/** Limits up to this are told by `--help`. */
const SMALL = 2 ** 20;

/** Numbers as people write them: small ones; large ones, such as 20M; bytes, such as 64MiB. */
export const integer = numbers("<n>", parseNumber);
export const count = numbers("<n>", parseCount);
export const size = numbers("<bytes>", parseBytes);
const seconds = numbers("<seconds>", parseSeconds, " ms");
const rate = numbers("<rate>", parseNumber, " kills a second");

export function oneOf<const C extends string>(about: string, choices: readonly C[], value: C): Spec<C> {
  return { about: withDefault(about, value), placeholder: "<kind>", choices, value };
}

export function flag(about: string): Spec<boolean> {
  return { about, value: false };
}

function withDefault(about: string, value: unknown): string {
  return value === undefined || value === Number.POSITIVE_INFINITY ? about : `${about} (default ${value})`;
}

const DAY_MS = 24 * 60 * 60 * 1000;
export const ENDLESS = Number.POSITIVE_INFINITY;

const inBytes = { placeholder: "<bytes>" };

/** The options of every run. The heap itself refuses a size or an alignment that it cannot have. */
export const common = {
  duration: seconds("how long to run", [1, DAY_MS], ENDLESS),
  heap: { ...inBytes, about: "size of the heap, such as 64MiB (default 256MiB)", parse: parseBytes, value: 2 ** 28 },
  alignment: {
    ...inBytes,
    about: "alignment unit of the heap, 16 to 4096 (default 128)",
    parse: parseNumber,
    value: 128,
  },
  kill: rate("workers to terminate in a second; each is replaced", [0, 1000], 0),
  kills: count("end after this number of kills (20 a second without --kill)", [1, 1_000_000], ENDLESS),
  seed: integer("seed of all random choices, decimal or 0x hex (default random)", [0, 2 ** 32 - 1], undefined),
  checked: flag("run on the checked kernel, which verifies every address"),
  watchdog: { ...seconds("how long nothing may move", [1, DAY_MS], 10_000), hidden: true },
} satisfies OptionTable;

/** With a seed, drawn at random if none was given. */
export type CommonOptions = Values<typeof common> & { readonly seed: number };
export type Given<T extends OptionTable> = Partial<Values<T> & CommonOptions>;

/** What a suite says of its options. */
export interface Choices<T extends OptionTable> {
  readonly options: T;
  defaults?(given: Given<T>): Given<T>;
  /** Of each option that may not go together with others: why, as a message ends; false: it does. */
  misfits?(options: Values<T> & CommonOptions): { readonly [name: string]: string | false };
}

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
export function valuesOf<T extends OptionTable>(suite: Choices<T>, given: Given<T>): Values<T> & CommonOptions {
  const table: OptionTable = { ...suite.options, ...common };
  const said = given as Readonly<Record<string, unknown>>;
  const otherwise: Readonly<Record<string, unknown>> = {
    ...{ seed: randomInt(2 ** 32), ...(said.kills === undefined ? {} : { kill: KILL_RATE }) },
    ...(suite.defaults?.(given) as object),
  };
  const values = Object.entries(table).map(([name, spec]) => {
    if (said[name] !== undefined) spec.check?.(said[name], name);
    return [name, said[name] ?? otherwise[name] ?? spec.value];
  });
  const options = Object.fromEntries(values) as Values<T> & CommonOptions;
  const kills = options.kill === 0 && "kill is 0 kills a second: the run would never end";
  for (const [name, why] of [["kills", kills] as const, ...Object.entries(suite.misfits?.(options) ?? {})]) {
    const value = said[name];
    if (why === false || value === undefined || value === false) continue;
    throw new OptionError(
      value === true ? `${name} ${why}` : `${name} is ${value}${table[name]?.unit ?? ""}, but ${why}`,
    );
  }
  return options;
}
