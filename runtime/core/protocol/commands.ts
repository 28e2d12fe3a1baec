/** Commands: what clients ask for. Each is answered with nothing, an answer or a Refusal; a refused command changed nothing. */
import type { DeallocationOption } from "../../../src/language/values/value.ts";
import type { DisableTasks, JobSpec } from "../job.ts";
import type { JobScheduleSpec, Recurrence } from "../jobSchedule.ts";
import type { AddPoolSpec } from "../pool.ts";
import type { StartTaskSpec } from "../node.ts";
import type { Quotas } from "../settings.ts";
import type { TaskSpec } from "../taskSpec.ts";

/** What the account's owner asks the service for. */
export type AccountCommand =
  /** L-05; absent quotas keep their value. What exists already is never taken away by a lower quota. */
  { readonly kind: "SetQuotas"; readonly quotas: Partial<Quotas> };

export type PoolCommand =
  | { readonly kind: "AddPool"; readonly spec: AddPoolSpec }
  | { readonly kind: "DeletePool"; readonly poolId: string }
  /** At least one target (P-38). */
  | {
      readonly kind: "ResizePool";
      readonly poolId: string;
      readonly targetDedicatedNodes?: number;
      readonly targetLowPriorityNodes?: number;
      readonly resizeTimeoutMs?: number;
      readonly nodeDeallocationOption?: DeallocationOption;
    }
  | { readonly kind: "StopResize"; readonly poolId: string }
  /** P-49. */
  | {
      readonly kind: "RemoveNodes";
      readonly poolId: string;
      readonly nodeIds: readonly string[];
      readonly resizeTimeoutMs?: number;
      readonly nodeDeallocationOption?: DeallocationOption;
    }
  /** P-66: at least one of the two; the other keeps its value. */
  | {
      readonly kind: "EnableAutoScale";
      readonly poolId: string;
      readonly autoScaleFormula?: string;
      readonly autoScaleEvaluationIntervalMs?: number;
    }
  | { readonly kind: "DisableAutoScale"; readonly poolId: string }
  /** P-67; the answer is an AutoScaleRun, nothing is changed. */
  | { readonly kind: "EvaluateAutoScale"; readonly poolId: string; readonly autoScaleFormula: string }
  /** P-23: all of the set replaced, absent ones removed. */
  | {
      readonly kind: "ReplacePoolProperties";
      readonly poolId: string;
      readonly startTask?: StartTaskSpec;
      readonly opaque?: unknown;
    }
  /** P-23: only what is present. */
  | { readonly kind: "PatchPool"; readonly poolId: string; readonly startTask?: StartTaskSpec; readonly opaque?: unknown }
  /** P-125; `currentOSVersion`: what the target stands for, which tells apart two upgrades to `*`. */
  | {
      readonly kind: "UpgradePoolOS";
      readonly poolId: string;
      readonly targetOSVersion: string;
      readonly currentOSVersion?: string;
    };

export type NodeCommand =
  | {
      readonly kind: "RebootNode";
      readonly poolId: string;
      readonly nodeId: string;
      readonly nodeRebootOption?: DeallocationOption;
    }
  | {
      readonly kind: "ReimageNode";
      readonly poolId: string;
      readonly nodeId: string;
      readonly nodeReimageOption?: DeallocationOption;
    }
  /** P-122: no retaineddata. */
  | {
      readonly kind: "DisableScheduling";
      readonly poolId: string;
      readonly nodeId: string;
      readonly nodeDisableSchedulingOption?: DeallocationOption;
    }
  | { readonly kind: "EnableScheduling"; readonly poolId: string; readonly nodeId: string };

/** What a client may leave out when it adds a job; the command fills in the documented defaults. */
export type AddJobSpec = Partial<JobSpec> & { readonly id: string };

export type JobCommand =
  | { readonly kind: "AddJob"; readonly spec: AddJobSpec }
  /** J-07: PUT, absent properties go back to their defaults. */
  | { readonly kind: "UpdateJob"; readonly jobId: string; readonly properties: JobProperties }
  /** J-07: PATCH, only what is present. */
  | { readonly kind: "PatchJob"; readonly jobId: string; readonly properties: JobProperties }
  | { readonly kind: "DisableJob"; readonly jobId: string; readonly disableTasks: DisableTasks }
  | { readonly kind: "EnableJob"; readonly jobId: string }
  | { readonly kind: "TerminateJob"; readonly jobId: string; readonly terminateReason?: string }
  | { readonly kind: "DeleteJob"; readonly jobId: string };

/** The properties of a job that may be changed (J-07 to J-10). */
export interface JobProperties {
  readonly priority?: number;
  readonly maxWallClockMs?: number;
  readonly maxTaskRetryCount?: number;
  readonly maxParallelTasks?: number;
  readonly onAllTasksComplete?: JobSpec["onAllTasksComplete"];
  readonly poolId?: string;
  readonly keepAlive?: boolean;
  readonly opaque?: unknown;
}

/** One task of a collection. */
export interface AddTaskSpec {
  readonly id: string;
  readonly spec: TaskSpec;
}

export type TaskCommand =
  | { readonly kind: "AddTask"; readonly jobId: string; readonly id: string; readonly spec: TaskSpec }
  /** T-02; the answer is one Refusal or undefined per task, in order. `unlimited` lifts the 100 for callers that do not come over the wire. */
  | { readonly kind: "AddTasks"; readonly jobId: string; readonly tasks: readonly AddTaskSpec[]; readonly unlimited?: boolean }
  /** T-06: only the constraints; absent ones go back to their defaults. */
  | {
      readonly kind: "UpdateTask";
      readonly jobId: string;
      readonly taskId: string;
      readonly maxTaskRetryCount?: number;
      readonly maxWallClockMs?: number;
      readonly retentionMs?: number;
    }
  | { readonly kind: "TerminateTask"; readonly jobId: string; readonly taskId: string }
  | { readonly kind: "DeleteTask"; readonly jobId: string; readonly taskId: string }
  | { readonly kind: "ReactivateTask"; readonly jobId: string; readonly taskId: string };

export type JobScheduleCommand =
  | { readonly kind: "AddJobSchedule"; readonly spec: JobScheduleSpec }
  /** S-07. */
  | {
      readonly kind: "UpdateJobSchedule";
      readonly jobScheduleId: string;
      readonly schedule?: Recurrence;
      readonly jobSpecification: JobScheduleSpec["jobSpecification"];
      /** Absent: what was carried is dropped. */
      readonly opaque?: unknown;
    }
  | {
      readonly kind: "PatchJobSchedule";
      readonly jobScheduleId: string;
      readonly schedule?: Recurrence;
      readonly jobSpecification?: JobScheduleSpec["jobSpecification"];
      readonly opaque?: unknown;
    }
  | { readonly kind: "DisableJobSchedule"; readonly jobScheduleId: string }
  | { readonly kind: "EnableJobSchedule"; readonly jobScheduleId: string }
  | { readonly kind: "TerminateJobSchedule"; readonly jobScheduleId: string }
  | { readonly kind: "DeleteJobSchedule"; readonly jobScheduleId: string };

export type Command = AccountCommand | PoolCommand | NodeCommand | JobCommand | TaskCommand | JobScheduleCommand;
