/**
 * Failures of a task that are no exit code (section 11 of the task rules), as the agent finds them: one function a code, so that a code has one text and
 * one category. Whose fault a local error is follows the table; a full disk is always `DiskFull`.
 */
import type { LaunchFailure } from "../launch/launcher.ts";
import type { RunEnding } from "../protocol.ts";

/** What RunEnding tells as `failure`. */
export type Failure = NonNullable<RunEnding["failure"]>;

/** Thrown while a run is prepared or its files are uploaded; everything else thrown there is a mistake of ours and becomes `Unknown`. */
export class RunFailure extends Error {
  readonly failure: Failure;

  constructor(category: Failure["category"], code: string, message: string) {
    super(message);
    this.failure = { category, code, message };
  }
}

/** The code of a system error, `ENOENT` for example. */
export function systemCode(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" ? code : "unknown";
}

const isFull = (code: string) => code === "ENOSPC" || code === "EDQUOT";

/** Of anything thrown while preparing or uploading. */
export function failureOfError(error: unknown): Failure {
  if (error instanceof RunFailure) return error.failure;
  if (isFull(systemCode(error))) return DISK_FULL;
  return { category: "ServerError", code: "Unknown", message: `Unexpected: ${(error as Error | undefined)?.message ?? error}` };
}

export const DISK_FULL: Failure = {
  category: "ServerError",
  code: "DiskFull",
  message: "There is no room left on the node's disk.",
};

/** A local error while `what` was made: `ServerError` with the code given, or `DiskFull`. */
export function localFailure(code: string, what: string, error: unknown): RunFailure {
  const cause = systemCode(error);
  if (isFull(cause)) return new RunFailure("ServerError", DISK_FULL.code, DISK_FULL.message);
  return new RunFailure("ServerError", code, `${what}: ${cause}.`);
}

/** A command line or environment that cannot be handed to the system. */
export function launchProblem(message: string): Failure {
  return { category: "UserError", code: "CommandLaunchFailed", message };
}

/** What the launcher could not do. */
export function launchFailure({ stage, code }: LaunchFailure, program: string): Failure {
  if (isFull(code)) return DISK_FULL;
  switch (stage) {
    case "directory":
      return { category: "ServerError", code: "ResourceDirectoryCreateFailed", message: `The task's directory: ${code}.` };
    case "files":
      return { category: "ServerError", code: "ResourceFileCreateFailed", message: `stdout.txt and stderr.txt: ${code}.` };
    case "fork":
      return { category: "ServerError", code: "CommandLaunchFailed", message: `The system makes no more processes: ${code}.` };
    case "program": {
      const missing = code === "ENOENT" || code === "ENOTDIR";
      const name = program.length > 200 ? `${program.slice(0, 200)}…` : program;
      return missing
        ? { category: "UserError", code: "CommandProgramNotFound", message: `There is no program ${name}.` }
        : { category: "UserError", code: "CommandLaunchFailed", message: `The program ${name} cannot be started: ${code}.` };
    }
  }
}
