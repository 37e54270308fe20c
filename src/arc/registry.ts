/** A stand-in, until the registry itself is there. */

/** A blocked wait calls this between its slices. */
export function whileBlocked(): void {}
