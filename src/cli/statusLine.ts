/**
 * One line of a terminal that is written again and again. Anywhere else, a file or a pipe, it stays silent.
 */
import { stripVTControlCharacters, styleText } from "node:util";

export class StatusLine {
  readonly #stream: NodeJS.WriteStream;
  #shown = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Shows parts side by side, as many as there is room for; put the important ones first. */
  show(parts: readonly string[]): void {
    if (!this.#stream.isTTY) return;
    const width = (this.#stream.columns || 80) - 1;
    let line = "";
    for (const part of parts) {
      const longer = line === "" ? part : `${line}  ${part}`;
      if (stripVTControlCharacters(longer).length > width) break;
      line = longer;
    }
    this.#stream.write(`\r\x1b[2K${line}`);
    this.#shown = true;
  }

  /** Wipes the line, for what is printed next. */
  clear(): void {
    if (this.#shown) this.#stream.write("\r\x1b[2K");
    this.#shown = false;
  }
}

/** Colours text if it goes to a terminal that wants colours: NO_COLOR and its kin are heeded. */
export function styled(stream: NodeJS.WriteStream, style: Parameters<typeof styleText>[0], text: string): string {
  return stream.isTTY && stream.hasColors() ? styleText(style, text) : text;
}
