/**
 * What stands on the command line, as numbers. Whether a number is one that makes sense is for those to say who use it. Workers load
 * this file, so it imports no library: the package is installed without any, and only the bundle of the main thread has them.
 */

/** What commander takes for a mistake of the user's: it knows that by the code. */
class InvalidArgument extends Error {
  readonly code = "commander.invalidArgument";
}

const BYTES: { readonly [unit: string]: number } = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};
const MULTIPLES: { readonly [suffix: string]: number } = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** A number such as `4`, `0.5`, `1e6`, `1_000_000` or `0xff`. */
export function parseNumber(text: string): number {
  return checked(read(text), "a number");
}

/** A number, or one with a suffix: `20M` for twenty million. */
export function parseCount(text: string): number {
  return checked(readWithUnit(text, MULTIPLES), "a number, such as 1000000 or 20M");
}

/** Bytes: `67108864`, `64MiB`, `64MB`. */
export function parseBytes(text: string): number {
  return checked(readWithUnit(text, BYTES), "a number of bytes, such as 67108864 or 64MiB");
}

/** Seconds, as milliseconds. */
export function parseSeconds(text: string): number {
  return checked(read(text), "a number of seconds") * 1000;
}

/** What was typed, with more at its end, for whoever wants to do it again. */
export function commandLine(...more: readonly string[]): string {
  const words = [...process.argv.slice(2), ...more];
  return ["npx shmol", ...words.map((word) => (/^[\w.,:/=@%+-]+$/.test(word) ? word : JSON.stringify(word)))].join(" ");
}

function checked(number: number, what: string): number {
  if (Number.isFinite(number)) return number;
  throw new InvalidArgument(`It must be ${what}.`);
}

/** NaN for what is not a number. */
function read(text: string): number {
  const digits = text.replaceAll("_", "").trim();
  return digits === "" ? Number.NaN : Number(digits);
}

function readWithUnit(text: string, units: { readonly [unit: string]: number }): number {
  const [, number = text, unit = ""] = /^(.*?)\s*([kmg]?i?b?)$/i.exec(text) ?? [];
  const factor = units[unit.toLowerCase()];
  return factor === undefined ? Number.NaN : read(number) * factor;
}
