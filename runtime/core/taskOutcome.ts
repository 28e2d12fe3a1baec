/** How an attempt and with it a task ends: what a node reports, what is kept (section 11, T-20 to T-31). */

/** Exit code of a task that ran into its time limit, 0xC000013A as the Int32 of the API (T-30). */
export const TIME_LIMIT_EXIT_CODE = -1073741510;

/** Whether a task that waits for this one may go on after its end (T-41). */
export type DependencyAction = "satisfy" | "block";

export type FailureCategory = "UserError" | "ServerError";

/** Why a task failed (section 11). */
export interface FailureInfo {
  readonly category: FailureCategory;
  readonly code: string;
  readonly message: string;
}

/** What a node reports of an ended attempt. */
export interface Ending {
  /** Undefined when the process never ran. */
  readonly exitCode: number | undefined;
  /** A preprocessing error, an upload error, a time limit or a kill; undefined for a plain exit. */
  readonly failure: FailureInfo | undefined;
  readonly cause: "exit" | "preprocessing" | "upload" | "timeLimit" | "killed";
}

/** How a completed task ended. */
export interface TaskOutcome {
  readonly result: "success" | "failure";
  readonly exitCode: number | undefined;
  readonly failure: FailureInfo | undefined;
  /** Whether its dependants may go on (T-41). */
  readonly dependencyAction: DependencyAction;
}

/** What nearly every completed task shares. */
const SUCCEEDED: TaskOutcome = Object.freeze({
  result: "success",
  exitCode: 0,
  failure: undefined,
  dependencyAction: "satisfy",
});

/** The outcome of an exit code, absent when the process never ran, and a failure, absent after a success. */
export function outcomeOf(
  exitCode: number | undefined,
  failure: FailureInfo | undefined,
  dependencyAction: DependencyAction,
): TaskOutcome {
  if (failure === undefined && exitCode === 0 && dependencyAction === "satisfy") return SUCCEEDED;
  return { result: failure === undefined ? "success" : "failure", exitCode, failure, dependencyAction };
}
