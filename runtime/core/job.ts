/**
 * A job: a queue of tasks for one pool, its constraints, its special tasks and what ends it (J-01 to J-70). Job schedules are in
 * `jobSchedule.ts`.
 */
import { unreachable } from "../../src/base/assert.ts";
import type { JobSchedule } from "./jobSchedule.ts";
import { JobTasks } from "./jobTasks.ts";
import { idKey } from "./limits.ts";
import { Machine } from "./machine.ts";
import { markOf } from "./mark.ts";
import type { ComputeNode } from "./node.ts";
import type { AddPoolSpec, Pool } from "./pool.ts";
import type { Task, TaskState } from "./task.ts";
import type { FailureInfo } from "./taskOutcome.ts";
import type { TaskSpec } from "./taskSpec.ts";
import type { Dependencies } from "./schedule/dependencies.ts";
import { JobLanes } from "./schedule/lane.ts";
import type { TaskTimes } from "./taskTimes.ts";
import type { Timer } from "./timers.ts";

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
      {
        from,
        trigger: "terminate, manager done, time limit, all tasks complete, exit action, schedule ended",
        to: "terminating" as const,
        rule: "J-25",
      },
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
export type TerminateReason =
  | "JMComplete"
  | "MaxWallClockTimeExpiry"
  | "TerminateJobSchedule"
  | "AllTasksComplete"
  | "TaskFailed"
  | "UserTerminate"
  | (string & {});

/** The job manager task (J-50 to J-58). */
export interface JobManagerSpec extends TaskSpec {
  readonly id: string;
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
  /** Tasks of the job that may run at one time, the manager not counted; undefined or -1: any number. */
  readonly maxParallelTasks?: number;
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
  readonly pool: Omit<AddPoolSpec, "id">;
}

/** A job's preparation or release task on one node (J-60 to J-70). */
export class SpecialRun {
  readonly kind: "preparation" | "release";
  readonly job: Job;
  readonly node: ComputeNode;
  /** Unique in the world, for reports. */
  readonly id: number;
  state: "running" | "completed" = "running";
  startAt: number;
  endAt: number | undefined = undefined;
  exitCode: number | undefined = undefined;
  failure: FailureInfo | undefined = undefined;
  result: "success" | "failure" | undefined = undefined;
  retryCount = 0;
  lastRetryAt: number | undefined = undefined;
  /** Its outcome counts. Not for a preparation that has to be made again (J-63), nor for a run that is being killed (P-58). */
  stands = true;
  /** Preparation: a task of the job ran here after it, so a release is due (J-65). A wiped disk clears it (J-68). */
  tasksRan = false;
  /** Release: runs when the node is up again (J-68). */
  awaitsNode = false;

  constructor(kind: SpecialRun["kind"], job: Job, node: ComputeNode, id: number, startAt: number) {
    this.kind = kind;
    this.job = job;
    this.node = node;
    this.id = id;
    this.startAt = startAt;
  }
}

/** Task counts of a job (T-90). */
export class JobTaskCounts {
  active = 0;
  preparing = 0;
  running = 0;
  completed = 0;
  succeeded = 0;
  failed = 0;
  /** Of the active ones: with open dependencies (T-46). */
  blocked = 0;

  /** So many more in one state, or fewer. Named one by one: a member that is looked up by a name of the moment costs several times as much. */
  add(state: TaskState, tasks: number): void {
    switch (state) {
      case "active":
        this.active += tasks;
        break;
      case "preparing":
        this.preparing += tasks;
        break;
      case "running":
        this.running += tasks;
        break;
      case "completed":
        this.completed += tasks;
        break;
      default:
        unreachable(state);
    }
  }
}

/** One job. Written by `apply` alone. */
export class Job {
  readonly id: string;
  /** The id without case (L-20). */
  readonly key: string;
  /** Stands for the id in the digest. */
  readonly mark: number;
  spec: JobSpec;
  readonly schedule: JobSchedule | undefined;
  readonly creationAt: number;
  state: JobState = "active";
  previousState: JobState | undefined = undefined;
  /** When it entered that state. */
  previousStateAt: number | undefined = undefined;
  stateTransitionAt: number;
  lastModifiedAt: number;
  changeNumber = 1;
  priority: number;

  /** The pool's id without case; the pool itself may not exist yet or any more (J-01, P-22). Undefined until an auto pool is made. */
  poolKey: string | undefined;
  pool: Pool | undefined = undefined;
  poolId: string | undefined;

  endAt: number | undefined = undefined;
  terminateReason: TerminateReason | undefined = undefined;
  schedulingError: FailureInfo | undefined = undefined;
  timeLimit: Timer | undefined = undefined;

  /** By id without case, in order of addition. */
  readonly tasks = new JobTasks();
  taskSequence = 0;
  /** What the task added last was asked for with, and what the job was then: found good together. */
  goodTaskSpec: TaskSpec | undefined = undefined;
  goodUnder: JobSpec | undefined = undefined;
  /** Where the instants of the task added last stand. */
  times: TaskTimes | undefined = undefined;
  manager: Task | undefined = undefined;
  readonly counts = new JobTaskCounts();
  /** By node; a node that is gone keeps its entry (J-70). */
  readonly preparations = new Map<ComputeNode, SpecialRun>();
  readonly releases = new Map<ComputeNode, SpecialRun>();
  /** Preparation and release tasks under way, those that wait for their node included. */
  specialsUnderWay = 0;
  /** Nodes on which the preparation failed and its success is waited for: no task of the job there (J-62). */
  excluded: Set<ComputeNode> | undefined = undefined;
  /** The release tasks were given their runs, or there were none to give (J-28). */
  released = false;
  /** Attempts that hold slots, those of removed tasks included. */
  liveAttempts = 0;
  /** Of these: attempts of its manager, a removed one included. */
  liveManagers = 0;
  /** Ready tasks; `queuedIn` is the pool in whose queue they stand, `countedIn` the one whose metrics count them. */
  readonly ready = new JobLanes();
  queuedIn: Pool | undefined = undefined;
  countedIn: Pool | undefined = undefined;
  /** Who waits for whom; made with the first task that depends on others. */
  dependencies: Dependencies | undefined = undefined;
  /** Of the oldest task that is not completed (T-16), and where the search for it stands. */
  lifetime: Timer | undefined = undefined;
  lifetimeWalk: IterableIterator<Task> | undefined = undefined;
  changed = false;
  gone = false;

  constructor(spec: JobSpec, key: string, creationAt: number, schedule: JobSchedule | undefined) {
    this.id = spec.id;
    this.key = key;
    this.mark = markOf(spec.id);
    this.spec = spec;
    this.priority = spec.priority;
    this.schedule = schedule;
    this.creationAt = creationAt;
    this.stateTransitionAt = creationAt;
    this.lastModifiedAt = creationAt;
    this.poolId = spec.poolId;
    this.poolKey = spec.poolId === undefined ? undefined : idKey(spec.poolId);
  }

  /** By its id, whatever its case (L-20). */
  task(id: string): Task | undefined {
    return this.tasks.get(idKey(id));
  }
}
