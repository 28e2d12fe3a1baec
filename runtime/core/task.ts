/**
 * A task: what is asked for (TaskSpec, may be shared by many tasks), its states, and the counters of the three ways to come back: retry, requeue
 * and recovery (T-01 to T-60). The preparation and release tasks of a job are not tasks in this sense; a job manager is.
 */
import type { Attempt } from "./attempt.ts";
import type { Job, JobAction } from "./job.ts";
import { Machine } from "./machine.ts";
import type { ComputeNode } from "./node.ts";
import type { Lane } from "./schedule/lane.ts";

export type TaskState = "active" | "preparing" | "running" | "completed";

export const taskMachine = new Machine<TaskState>(
  "task",
  [
    { name: "active", meaning: "waits for a slot, or for other tasks" },
    { name: "preparing", meaning: "placed; the job preparation task runs on its node" },
    { name: "running", meaning: "placed; its files are fetched or its process runs" },
    { name: "completed", meaning: "over, with success or failure" },
  ],
  [
    { from: "(none)", trigger: "added", to: "active", rule: "T-01" },
    { from: "active", trigger: "placed, preparation needed on the node", to: "preparing", rule: "J-61" },
    { from: "active", trigger: "placed, no preparation pending", to: "running", rule: "T-10" },
    { from: "preparing", trigger: "preparation succeeded", to: "running", rule: "J-61" },
    { from: "preparing", trigger: "preparation failed, node lost, requeued", to: "active", rule: "J-61" },
    {
      from: "running",
      trigger: "exit 0 and uploads fine; out of retries; preprocessing or upload error; time limit; ended",
      to: "completed",
      rule: "T-25",
    },
    { from: "running", trigger: "retry, requeue or recovery", to: "active", rule: "T-25" },
    { from: "active", trigger: "terminated, or its job ended", to: "completed", rule: "T-13" },
    { from: "preparing", trigger: "terminated, or its job ended", to: "completed", rule: "T-13" },
    { from: "completed", trigger: "reactivated after a failure", to: "active", rule: "T-15" },
    ...(["active", "preparing", "running", "completed"] as const).map((from) => ({
      from,
      trigger: "deleted",
      to: "(none)" as const,
      rule: "T-14",
    })),
  ],
);

export type DependencyAction = "satisfy" | "block";

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

/** Exit code of a task that ran into its time limit, 0xC000013A as the Int32 of the API (T-30). */
export const TIME_LIMIT_EXIT_CODE = -1073741510;

/** Who made the task: a person or program, or the service for a job's manager (J-50). */
export type TaskKind = "user" | "manager";

/**
 * One task. There may be a million, so: fixed fields, no arrays or maps of its own, what is asked for in a shared spec. Written by `apply` alone.
 */
export class Task {
  readonly job: Job;
  readonly id: string;
  /** Order of addition within the job, from 1: who comes first among those that fit (J-33). */
  readonly sequence: number;
  readonly kind: TaskKind;
  /** Replaced by an update of its constraints (T-06). */
  spec: TaskSpec;
  readonly creationAt: number;
  state: TaskState = "active";
  previousState: TaskState | undefined = undefined;
  stateTransitionAt: number;

  /** The run that holds slots now. A task whose attempt is being killed is not ready before that has ended. */
  attempt: Attempt | undefined = undefined;
  /** Attempts made so far; the running one is the last. */
  attemptCount = 0;
  /** Where it runs or last ran (T-12). May be gone. */
  node: ComputeNode | undefined = undefined;
  /** Stands in its job's lane of ready tasks. */
  queued = false;
  /** That lane; kept when the task leaves it, since a task's shape never changes. */
  lane: Lane | undefined = undefined;
  /** Its being passed over was told since it last became ready (P-134). */
  passedOver = false;

  /** Last entry into running, renewed by every attempt (T-10). */
  startAt: number | undefined = undefined;
  endAt: number | undefined = undefined;
  exitCode: number | undefined = undefined;
  failure: FailureInfo | undefined = undefined;
  result: "success" | "failure" | undefined = undefined;

  retryCount = 0;
  lastRetryAt: number | undefined = undefined;
  requeueCount = 0;
  lastRequeueAt: number | undefined = undefined;
  /** Comebacks after node trouble or preemption; shown only in events (T-25). */
  recoveryCount = 0;

  /** Parents not yet satisfied; above 0 it is not ready (T-41, T-46). */
  openDependencies = 0;
  /** When completed: whether its dependants may go on (T-41). */
  dependencyAction: DependencyAction | undefined = undefined;
  changed = false;
  gone = false;

  constructor(job: Job, id: string, sequence: number, kind: TaskKind, spec: TaskSpec, creationAt: number) {
    this.job = job;
    this.id = id;
    this.sequence = sequence;
    this.kind = kind;
    this.spec = spec;
    this.creationAt = creationAt;
    this.stateTransitionAt = creationAt;
  }
}
