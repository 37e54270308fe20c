/**
 * Structured cloning (`postMessage`, `workerData`) would turn a handle into an empty object: it is refused instead.
 */

/**
 * What no algorithm clones is a function, and cloning looks at every enumerable property. The error (a `DataCloneError`, as
 * for everything that cannot be cloned) quotes the function, so its text is the advice. A getter that throws would say it
 * better, and would also throw at everyone else who only looks: inspectors, deep equality, spread.
 */
function uncloneable() {
  // No comment: bundlers leave those out.
  return "a handle stays on its thread: send what share() gives, and open() that on the other side";
}

/** Makes structured cloning refuse an object. */
export function refuseCloning(handle: object): void {
  // A listener is made and gone in 100 ns: `defineProperty` would double that.
  (handle as { uncloneable?: unknown }).uncloneable = uncloneable;
}
