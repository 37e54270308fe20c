/**
 * Figures as people read them.
 */

/** 1,234,567 */
export function grouped(count: number): string {
  return count.toLocaleString("en-US");
}

/** 12.3 MiB */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let size = count;
  while (Math.abs(size) >= 1024 && units.length > 1) {
    size /= 1024;
    units.shift();
  }
  return `${units[0] === "B" ? size : size.toFixed(1)} ${units[0]}`;
}

/** 12.34 M/s */
export function rate(perSecond: number): string {
  return `${millions(perSecond)} M/s`;
}

/** 12.34 */
function millions(count: number): string {
  return (count / 1e6).toFixed(2);
}

/** 12.3 µs */
export function duration(ns: number): string {
  const units = ["ns", "µs", "ms", "s"];
  let amount = ns;
  while (amount >= 1000 && units.length > 1) {
    amount /= 1000;
    units.shift();
  }
  return `${units[0] === "ns" ? Math.round(amount) : amount.toPrecision(3)} ${units[0]}`;
}

/** 0xc0ffee */
export function hex(word: number): string {
  return `0x${word.toString(16)}`;
}

/** "sendsGivenUp" as "sends given up". */
export function asWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
