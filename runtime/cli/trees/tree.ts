/** What every part of the command tree is made with. */
import type { Command } from "commander";
import type { ExitCode } from "../exitCodes.ts";
import { createOutput, type Output } from "../output.ts";

/** Hears the exit code of the command that ran. */
export type Ended = (code: ExitCode) => void;

/** Where a command writes, by the global options it was given. */
export function outputOf(command: Command): Output {
  const { json = false, quiet = false, color = true } = command.optsWithGlobals();
  return createOutput({ json, quiet, color }, process);
}
