/**
 * What the end of a task means for its job and its dependants: exit conditions, evaluated once, when the task is completed (section 12 of the
 * task rules, numbered there 1 to 6).
 */
import type { JobAction } from "../job.ts";
import type { DependencyAction, Ending, FailureInfo } from "../taskOutcome.ts";
import type { ExitConditions, ExitOptions } from "../taskSpec.ts";

export interface ExitMeaning {
  readonly jobAction: JobAction;
  readonly dependencyAction: DependencyAction;
}

const SUCCESS: ExitMeaning = Object.freeze({ jobAction: "none", dependencyAction: "satisfy" });
const FAILURE: ExitMeaning = Object.freeze({ jobAction: "terminate", dependencyAction: "block" });

/** The meaning of an ending under these conditions; what a matched entry leaves open takes the built-in value of its kind. */
export function exitMeaning(conditions: ExitConditions | undefined, ending: Ending): ExitMeaning {
  const succeeded = ending.cause === "exit" && ending.exitCode === 0;
  const builtIn = succeeded ? SUCCESS : FAILURE;
  if (conditions === undefined) return builtIn;
  const options = matched(conditions, ending, succeeded);
  if (options === undefined) return builtIn;
  return {
    jobAction: options.jobAction ?? builtIn.jobAction,
    dependencyAction: options.dependencyAction ?? builtIn.dependencyAction,
  };
}

function matched(conditions: ExitConditions, ending: Ending, succeeded: boolean): ExitOptions | undefined {
  if (ending.cause === "preprocessing") return conditions.preProcessingError ?? conditions.default;
  const code = ending.exitCode;
  // A time limit gives an exit code of its own, which is matched like any other; a killed process has none that says anything.
  if (code !== undefined && ending.cause !== "killed") {
    for (const entry of conditions.exitCodes ?? []) if (entry.code === code) return entry.options;
    for (const entry of conditions.exitCodeRanges ?? []) if (entry.start <= code && code <= entry.end) return entry.options;
  }
  if (ending.cause === "upload") return conditions.fileUploadError ?? conditions.default;
  return succeeded ? undefined : conditions.default;
}

/** The failure of a plain exit with another code than 0 (section 11). */
export const FAILURE_EXIT_CODE: FailureInfo = Object.freeze({
  category: "UserError",
  code: "FailureExitCode",
  message: "the task exited with a code that means failure",
});

/** A task ended by request: terminate, job end, terminate option. */
export const ENDED_BY_REQUEST: FailureInfo = Object.freeze({
  category: "UserError",
  code: "TaskEnded",
  message: "the task was ended by request",
});

/** A task that ran, or lived, for longer than it may (T-30, T-16). */
export const TIME_LIMIT_REACHED: FailureInfo = Object.freeze({
  category: "ServerError",
  code: "TaskEnded",
  message: "the task reached its time limit",
});

/** Work whose node was lost, and with it the news of how it ended. */
export const LOST_WITH_NODE: FailureInfo = Object.freeze({
  category: "ServerError",
  code: "Unknown",
  message: "its node was lost",
});

/** Recovered too often (T-25). */
export const RECOVERY_LIMIT_REACHED: FailureInfo = Object.freeze({
  category: "UserError",
  code: "MaxInternalRetryCountReached",
  message: "node trouble interrupted the task too often",
});

/** Why the preparation on one node made a task wait for another (section 11). */
export const PREPARATION_FAILED: FailureInfo = Object.freeze({
  category: "UserError",
  code: "JobPreparationTaskFailed",
  message: "the job preparation task failed on the node",
});

/** What the provider may leave out: a failure for every ending that is none by itself. */
export function failureOf(ending: Ending): FailureInfo | undefined {
  if (ending.failure !== undefined) return ending.failure;
  switch (ending.cause) {
    case "exit":
      return ending.exitCode === 0 ? undefined : FAILURE_EXIT_CODE;
    case "timeLimit":
      return TIME_LIMIT_REACHED;
    case "killed":
      return ENDED_BY_REQUEST;
    default:
      return { category: "ServerError", code: "Unknown", message: `the task ended with a ${ending.cause} error` };
  }
}
