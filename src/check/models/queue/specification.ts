/**
 * The queue's sequential specification: an array of limited length, as a string. Each item is one digit. A `!` follows them when
 * the queue is closed.
 */
import { answeredBy, type Specification } from "../../program.js";

/** `items`: those that are there before the threads start. `tight`: pushes may be told that the heap is exhausted. */
export function specificationOf(items: readonly number[], capacity: number, tight: boolean): Specification {
  return {
    initial: items.join(""),
    step(state, { name, arg, result }) {
      const closed = state.endsWith("!");
      const items = closed ? state.slice(0, -1) : state;
      const full = items.length === capacity;
      const answered = answeredBy(result);
      const unless = (refusal: string | undefined, answer: string, next: string) => {
        // A heap that has room is no excuse.
        if (result === "exhausted") return tight ? [state] : [];
        if (refusal !== undefined) return result === refusal ? [state] : [];
        return answered(answer) ? [next] : [];
      };
      switch (name) {
        case "push":
          return unless(closed ? "closed" : full ? "full" : undefined, "ok", items + String(arg));
        case "forcePush":
          if (full) return unless(closed ? "closed" : undefined, `${items[0]} out`, items.slice(1) + String(arg));
          return unless(closed ? "closed" : undefined, "ok", items + String(arg));
        case "pop":
          if (items === "") return result === (closed ? "closed" : "empty") ? [state] : [];
          return answered(items[0] as string) ? [state.slice(1)] : [];
        case "close":
          return answered(!closed) ? [`${items}!`] : [];
        case "size":
          return answered(items.length) ? [state] : [];
        case "isEmpty":
          return answered(items === "") ? [state] : [];
        case "isFull":
          return answered(full) ? [state] : [];
        case "isClosed":
          return answered(closed) ? [state] : [];
        case "isFinished":
          return answered(closed && items === "") ? [state] : [];
      }
      throw new RangeError(`no such operation: ${name}`);
    },
  };
}
