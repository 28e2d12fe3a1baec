/**
 * Events: what happened, past tense. `emit` applies an event to the world and records it, so that later decisions of the same step see it.
 * An event carries entities and flat data; what may be kept of it, written or hashed is what `digest.ts` reads: ids and numbers. The state of an
 * entity at a later time is not part of the event.
 */
import type { Attempt, KillIntent } from "../attempt.ts";
import type { Job, JobSpec, JobState, SpecialRun, TerminateReason } from "../job.ts";
import type { JobSchedule, JobScheduleSpec, JobScheduleState } from "../jobSchedule.ts";
import type { ComputeNode, Drain, NodeError, NodeState } from "../node.ts";
import type { AutoScale, AutoScaleRecord, HeldTargets, Pool, PoolSize, PoolSpec, Resize, ResizeError } from "../pool.ts";
import type { Quotas } from "../settings.ts";
import type { Subtasks } from "../subtasks.ts";
import type { Task } from "../task.ts";
import type { DependencyAction, FailureInfo } from "../taskOutcome.ts";
import type { TaskSpec } from "../taskSpec.ts";

export type PoolEvent =
  /** The account's quotas were set (L-05). */
  | { readonly kind: "QuotasChanged"; readonly quotas: Quotas }
  | { readonly kind: "PoolAdded"; readonly pool: Pool }
  | { readonly kind: "PoolPropertiesChanged"; readonly pool: Pool; readonly spec: PoolSpec }
  | { readonly kind: "PoolTargetsChanged"; readonly pool: Pool; readonly dedicated: number; readonly lowPriority: number }
  | { readonly kind: "ResizeStarted"; readonly pool: Pool; readonly resize: Resize }
  /** A problem of the running resize; it ends with it. */
  | { readonly kind: "ResizeTroubled"; readonly pool: Pool; readonly error: ResizeError }
  | { readonly kind: "ResizeStopping"; readonly pool: Pool }
  /** P-40; `after` are the nodes of both kinds now; no errors: the targets are met. */
  | {
      readonly kind: "ResizeCompleted";
      readonly pool: Pool;
      readonly resize: Resize;
      readonly after: PoolSize;
      readonly errors: readonly ResizeError[];
    }
  | { readonly kind: "TargetsHeld"; readonly pool: Pool; readonly held: HeldTargets | undefined }
  | { readonly kind: "AutoScaleEnabled"; readonly pool: Pool; readonly autoScale: AutoScale }
  | { readonly kind: "AutoScaleDisabled"; readonly pool: Pool }
  | { readonly kind: "AutoScaleEvaluated"; readonly pool: Pool; readonly record: AutoScaleRecord }
  | {
      readonly kind: "PoolUpgradeStarted";
      readonly pool: Pool;
      readonly targetOSVersion: string;
      readonly currentOSVersion?: string;
    }
  | { readonly kind: "PoolUpgradeReached"; readonly pool: Pool; readonly node: ComputeNode }
  | { readonly kind: "PoolUpgradeCompleted"; readonly pool: Pool }
  | { readonly kind: "PoolDeletionStarted"; readonly pool: Pool }
  | { readonly kind: "PoolRemoved"; readonly pool: Pool };

export type NodeEvent =
  | { readonly kind: "NodesRequested"; readonly pool: Pool; readonly dedicated: boolean; readonly nodeIds: readonly string[] }
  /** The request is no longer waited for; its cores stay reserved until the provider has answered. */
  | { readonly kind: "NodeRequestCancelled"; readonly pool: Pool; readonly nodeId: string }
  /** The provider answered that it will not come, or took back what came too late. */
  | { readonly kind: "NodeRequestEnded"; readonly pool: Pool; readonly nodeId: string }
  | { readonly kind: "NodeCreated"; readonly node: ComputeNode }
  /** Any state change but idle to running and back by placement, which the task events imply. */
  | {
      readonly kind: "NodeStateChanged";
      readonly node: ComputeNode;
      readonly to: NodeState;
      readonly errors: readonly NodeError[];
    }
  | { readonly kind: "NodeDrainStarted"; readonly node: ComputeNode; readonly drain: Drain }
  | { readonly kind: "NodeDrainEnded"; readonly node: ComputeNode }
  /** A replacement of a preempted node was asked for, or the answer was no (P-82). */
  | { readonly kind: "ReplacementSought"; readonly node: ComputeNode; readonly sought: boolean }
  | { readonly kind: "NodeSchedulingChanged"; readonly node: ComputeNode; readonly to: "enabled" | "disabled" }
  | { readonly kind: "StartTaskStarted"; readonly node: ComputeNode; readonly retryCount: number }
  | {
      readonly kind: "StartTaskCompleted";
      readonly node: ComputeNode;
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
    }
  | { readonly kind: "NodeRemoved"; readonly node: ComputeNode };

export type JobEvent =
  | { readonly kind: "JobAdded"; readonly job: Job }
  | { readonly kind: "JobChanged"; readonly job: Job; readonly spec: JobSpec }
  | { readonly kind: "JobStateChanged"; readonly job: Job; readonly to: JobState; readonly reason: TerminateReason | undefined }
  | { readonly kind: "JobBound"; readonly job: Job; readonly pool: Pool | undefined }
  | { readonly kind: "JobSchedulingFailed"; readonly job: Job; readonly error: FailureInfo }
  | { readonly kind: "JobRemoved"; readonly job: Job }
  | { readonly kind: "SpecialStarted"; readonly run: SpecialRun }
  | { readonly kind: "SpecialRetried"; readonly run: SpecialRun }
  | {
      readonly kind: "SpecialEnded";
      readonly run: SpecialRun;
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
    }
  /** A preparation no longer counts: the node was rebooted or wiped, or the run was lost (J-63). */
  | { readonly kind: "SpecialLapsed"; readonly run: SpecialRun; readonly wiped: boolean }
  /** A release task waits for its node to come up (J-68). */
  | { readonly kind: "SpecialPostponed"; readonly run: SpecialRun }
  /** The oldest task that is not completed is watched for its lifetime (T-16); `walk` goes on behind it. Says nothing new to anyone outside. */
  | {
      readonly kind: "LifetimeWatched";
      readonly job: Job;
      readonly task: Task | undefined;
      readonly walk: IterableIterator<Task>;
    }
  /** S-06: when the next job is due, undefined: none is to come; and when the schedule is looked at again, Infinity: not by itself. */
  | {
      readonly kind: "JobScheduleDue";
      readonly schedule: JobSchedule;
      readonly nextRunAt: number | undefined;
      readonly wakeAt: number;
    }
  | { readonly kind: "JobScheduleAdded"; readonly schedule: JobSchedule }
  | { readonly kind: "JobScheduleChanged"; readonly schedule: JobSchedule; readonly spec: JobScheduleSpec }
  | { readonly kind: "JobScheduleStateChanged"; readonly schedule: JobSchedule; readonly to: JobScheduleState }
  | { readonly kind: "JobScheduleRemoved"; readonly schedule: JobSchedule };

export type TaskEvent =
  | { readonly kind: "TaskAdded"; readonly task: Task }
  | { readonly kind: "TaskPlaced"; readonly task: Task; readonly attempt: Attempt; readonly preparing: boolean }
  /** Preparation is over: preparing to running. */
  | { readonly kind: "TaskStarted"; readonly task: Task }
  | { readonly kind: "KillRequested"; readonly attempt: Attempt; readonly intent: KillIntent }
  /** The attempt's slots are free; what becomes of the task is told by the event after it. */
  | {
      readonly kind: "AttemptEnded";
      readonly attempt: Attempt;
      readonly exitCode: number | undefined;
      /** Of a group that has run: how its other instances went. */
      readonly subtasks?: Subtasks;
    }
  /** One node of a group is lost; the others are being killed (P-60). */
  | { readonly kind: "AttemptNodeLost"; readonly attempt: Attempt; readonly node: ComputeNode }
  | {
      readonly kind: "TaskCompleted";
      readonly task: Task;
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
      readonly dependencyAction: DependencyAction;
    }
  /** Active again. `by`: which of the three comebacks (T-25), or a preparation that failed (J-61). */
  | { readonly kind: "TaskReturned"; readonly task: Task; readonly by: "retry" | "requeue" | "recovery" | "preparation" }
  | { readonly kind: "TaskReactivated"; readonly task: Task }
  | { readonly kind: "TaskChanged"; readonly task: Task; readonly spec: TaskSpec }
  /** P-134: emitted once each time it is passed over for the first time since it became ready. */
  | { readonly kind: "TaskScheduleFailed"; readonly task: Task; readonly failure: FailureInfo }
  | { readonly kind: "DependencySatisfied"; readonly task: Task; readonly open: number }
  | { readonly kind: "TaskRemoved"; readonly task: Task };

/** A report that named something unknown or past; `about` is what it named. */
export interface StaleReport {
  readonly kind: "StaleReport";
  readonly report: string;
  readonly about: string;
}

export type Event = PoolEvent | NodeEvent | JobEvent | TaskEvent | StaleReport;
