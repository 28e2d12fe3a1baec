/**
 * Our own mistakes. An assertion that fails is a bug of Weir, never of a formula, a file or a caller: those get a diagnostic or a
 * typed refusal instead. The command line turns an AssertionFailure into exit code 70 with a request to report it.
 */

/** Thrown when something we believed about our own code turned out false. */
export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

/** Stops the program when `condition` is false; `claim` says what should have held. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new AssertionFailure(claim);
}

/** Ends a switch over a union: does not type-check while a member is not handled. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unhandled case: ${String(value)}`);
}
