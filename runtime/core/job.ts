/**
 * A job: a queue of tasks for one pool, its constraints, its special tasks and what ends it (J-01 to J-70). Job schedules are in
 * `jobSchedule.ts`.
 */
import { Machine } from "./machine.ts";
import type { TaskSpec } from "./task.ts";

export type JobState = "active" | "disabling" | "disabled" | "enabling" | "terminating" | "completed" | "deleting";

export const jobMachine = new Machine<JobState>(
  "job",
  [
    { name: "active", meaning: "its tasks are scheduled" },
    { name: "disabling", meaning: "disabled, some of its tasks still run" },
    { name: "disabled", meaning: "none of its tasks is started" },
    { name: "enabling", meaning: "about to be active again" },
    { name: "terminating", meaning: "its tasks are being ended, its release tasks run" },
    { name: "completed", meaning: "over" },
    { name: "deleting", meaning: "its tasks and their files are being removed" },
  ],
  [
    { from: "(none)", trigger: "job added", to: "active", rule: "J-05" },
    { from: "active", trigger: "disable", to: "disabling", rule: "J-20" },
    { from: "disabling", trigger: "running tasks dealt with", to: "disabled", rule: "J-20" },
    { from: "disabled", trigger: "disable again", to: "disabling", rule: "J-20" },
    { from: "disabled", trigger: "enable", to: "enabling", rule: "J-20" },
    { from: "enabling", trigger: "done", to: "active", rule: "J-20" },
    ...(["active", "disabling", "disabled", "enabling"] as const).flatMap((from) => [
      { from, trigger: "terminate, manager done, time limit, all tasks complete, exit action, schedule ended", to: "terminating" as const, rule: "J-25" },
      { from, trigger: "delete", to: "deleting" as const, rule: "J-27" },
    ]),
    { from: "terminating", trigger: "tasks ended, release tasks finished", to: "completed", rule: "J-67" },
    { from: "active", trigger: "auto pool cannot be created", to: "completed", rule: "P-203" },
    { from: "terminating", trigger: "delete", to: "deleting", rule: "J-27" },
    { from: "completed", trigger: "delete", to: "deleting", rule: "J-27" },
    { from: "deleting", trigger: "tasks and data gone", to: "(none)", rule: "J-27" },
  ],
);

export type DisableTasks = "requeue" | "terminate" | "wait";
export type JobAction = "none" | "disable" | "terminate";
export type TerminateReason = "JMComplete" | "MaxWallClockTimeExpiry" | "TerminateJobSchedule" | "AllTasksComplete" | "TaskFailed" | "UserTerminate" | (string & {});

/** The job manager task (J-50 to J-58). */
export interface JobManagerSpec extends TaskSpec {
  readonly killJobOnCompletion: boolean;
  readonly runExclusive: boolean;
  readonly allowLowPriorityNode: boolean;
}

/** Job preparation task (J-60 to J-64). */
export interface JobPreparationSpec {
  readonly id: string;
  readonly commandLine: string;
  readonly maxTaskRetryCount: number;
  readonly maxWallClockMs: number | undefined;
  readonly waitForSuccess: boolean;
  readonly rerunOnNodeRebootAfterSuccess: boolean;
  readonly opaque?: unknown;
}

/** Job release task (J-65 to J-68). */
export interface JobReleaseSpec {
  readonly id: string;
  readonly commandLine: string;
  readonly maxWallClockMs: number;
  readonly opaque?: unknown;
}

export interface JobSpec {
  readonly id: string;
  readonly displayName?: string;
  readonly priority: number;
  /** One of the two (J-01). */
  readonly poolId?: string;
  readonly autoPool?: AutoPoolSpec;
  readonly maxWallClockMs: number | undefined;
  readonly maxTaskRetryCount: number;
  readonly onAllTasksComplete: "noaction" | "terminatejob";
  readonly onTaskFailure: "noaction" | "performexitoptionsjobaction";
  readonly usesTaskDependencies: boolean;
  readonly jobManager?: JobManagerSpec;
  readonly preparation?: JobPreparationSpec;
  readonly release?: JobReleaseSpec;
  readonly opaque?: unknown;
}

/** A pool that lives and dies with a job or a schedule (P-200 to P-203). `pool` is as for adding a pool, without its id. */
export interface AutoPoolSpec {
  readonly idPrefix: string;
  readonly lifetime: "job" | "jobschedule";
  readonly keepAlive: boolean;
  readonly pool: unknown;
}
