/** One Ctrl-C may arrive twice, from the terminal and from a parent that passes it on: npm does. */
const SAME_PRESS_MS = 250;

/** Ctrl-C: the first ends a run in an orderly way, the second the process. */
export class Interrupt {
  readonly #controller = new AbortController();
  #pressedAt = 0;
  readonly #onSignal = (): void => {
    const now = performance.now();
    if (this.signal.aborted && now - this.#pressedAt > SAME_PRESS_MS) process.exit(130);
    this.#pressedAt = now;
    this.#controller.abort();
  };

  constructor() {
    process.on("SIGINT", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    process.off("SIGINT", this.#onSignal);
  }
}
