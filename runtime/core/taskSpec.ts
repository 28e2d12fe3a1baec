/** What a task asks for: one spec may serve any number of tasks (T-01 to T-06). */
import type { JobAction } from "./job.ts";
import type { DependencyAction } from "./taskOutcome.ts";

/** What a matched exit does; what is missing takes the built-in value of its kind (section 12). */
export interface ExitOptions {
  readonly jobAction?: JobAction;
  readonly dependencyAction?: DependencyAction;
}

/** Exit conditions in the order of section 12. */
export interface ExitConditions {
  readonly exitCodes?: readonly { readonly code: number; readonly options: ExitOptions }[];
  /** Inclusive. */
  readonly exitCodeRanges?: readonly { readonly start: number; readonly end: number; readonly options: ExitOptions }[];
  readonly preProcessingError?: ExitOptions;
  readonly fileUploadError?: ExitOptions;
  readonly default?: ExitOptions;
}

/** Ids and inclusive ranges of integer ids (T-40 to T-44). */
export interface TaskDependencies {
  readonly taskIds: readonly string[];
  readonly taskIdRanges: readonly { readonly start: number; readonly end: number }[];
}

/** What a task asks for, its id apart; one object may serve any number of tasks. */
export interface TaskSpec {
  readonly commandLine: string;
  readonly requiredSlots: number;
  /** -1 always, 0 never; undefined: the job's (T-03, T-26). */
  readonly maxTaskRetryCount: number | undefined;
  readonly maxWallClockMs: number | undefined;
  /** Undefined: the service's default (T-87). */
  readonly retentionMs: number | undefined;
  readonly exitConditions?: ExitConditions;
  readonly dependsOn?: TaskDependencies;
  /** T-50; only for tasks of more than one instance, or with a coordination command. */
  readonly multiInstance?: { readonly numberOfInstances: number; readonly coordinationCommandLine?: string };
  /** `TVM:<node id>` or the id of a task that ran (T-65). */
  readonly affinityId?: string;
  /** What the core carries but does not read: files, environment, identity, packages. The simulator keeps the duration here. */
  readonly opaque?: unknown;
  /** When the constraints were last updated, and the number of that version of the task; absent: never since it was added, which is version 1 (T-06). */
  readonly modifiedAt?: number;
  readonly changeNumber?: number;
}
