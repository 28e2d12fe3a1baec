/**
 * How a command of `weir` can end, and the two kinds of trouble that are the user's to mend. The codes are the same for all commands, so
 * that scripts need one table. Anything else that is thrown is a bug of Weir.
 */

/** Exit codes of all commands. */
export const exitCodes = {
  done: 0,
  /** The formula (or case) is wrong; its problems were shown. */
  wrong: 1,
  /** The command line is wrong, or an input cannot be read. */
  usage: 2,
  /** The formula is right, but this evaluation failed: too few samples, a value of the wrong type. */
  evaluationFailed: 3,
  /** A bug of Weir. */
  bug: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line cannot be meant so; ends with code 2 and the way to the command's help. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** The command whose help tells more; undefined for `weir` itself. */
  readonly command: string | undefined;
  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

/** An input cannot be read or used; ends with code 2. The message names the input; `lines` follow it, one problem each. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly lines: readonly string[];
  constructor(message: string, lines: readonly string[] = []) {
    super(message);
    this.lines = lines;
  }
}
