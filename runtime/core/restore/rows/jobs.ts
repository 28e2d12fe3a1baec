/** Rows of jobs, of their preparation and release runs, and of job schedules. What the tasks' rows tell (counts, queues, the manager) is in none. */
import { Job, type JobSpec, SpecialRun } from "../../job.ts";
import { JobSchedule, type JobScheduleSpec } from "../../jobSchedule.ts";
import { idKey } from "../../limits.ts";
import type { FailureInfo } from "../../taskOutcome.ts";
import { nameOf, type NodeFinder, type NodeName } from "./places.ts";

/** A job without what its tasks tell. Instants in milliseconds since 1970. */
export interface JobRow {
  readonly spec: JobSpec;
  /** Key of the schedule that made it. */
  readonly schedule?: string;
  readonly creationAt: number;
  readonly state: Job["state"];
  readonly previousState?: Job["state"];
  readonly stateTransitionAt: number;
  readonly previousStateAt?: number;
  readonly lastModifiedAt: number;
  readonly changeNumber: number;
  /** The pool that it names; an auto pool's only once that is made. */
  readonly poolId?: string;
  /** It is bound to that pool (P-22). */
  readonly bound: boolean;
  readonly endAt?: number;
  readonly terminateReason?: string;
  readonly schedulingError?: FailureInfo;
  readonly released?: boolean;
}

/** The row of a job as it stands. */
export function jobRow(job: Job): JobRow {
  return {
    spec: job.spec,
    schedule: job.schedule?.key,
    creationAt: job.creationAt,
    state: job.state,
    previousState: job.previousState,
    stateTransitionAt: job.stateTransitionAt,
    previousStateAt: job.previousStateAt,
    lastModifiedAt: job.lastModifiedAt,
    changeNumber: job.changeNumber,
    poolId: job.poolId,
    bound: job.pool !== undefined,
    endAt: job.endAt,
    terminateReason: job.terminateReason,
    schedulingError: job.schedulingError,
    released: job.released || undefined,
  } as JobRow;
}

/** The job of a row, without pool, tasks and special runs. */
export function jobOf(row: JobRow, schedule: JobSchedule | undefined): Job {
  const job = new Job(row.spec, idKey(row.spec.id), row.creationAt, schedule);
  job.state = row.state;
  job.previousState = row.previousState;
  job.stateTransitionAt = row.stateTransitionAt;
  job.previousStateAt = row.previousStateAt;
  job.lastModifiedAt = row.lastModifiedAt;
  job.changeNumber = row.changeNumber;
  job.poolId = row.poolId;
  job.poolKey = row.poolId === undefined ? undefined : idKey(row.poolId);
  job.endAt = row.endAt;
  job.terminateReason = row.terminateReason;
  job.schedulingError = row.schedulingError;
  job.released = row.released === true;
  return job;
}

/** A preparation or release run. Instants in milliseconds since 1970. */
export interface SpecialRow {
  readonly id: number;
  readonly kind: SpecialRun["kind"];
  readonly node: NodeName;
  readonly state: SpecialRun["state"];
  readonly startAt: number;
  readonly endAt?: number;
  readonly exitCode?: number;
  readonly failure?: FailureInfo;
  readonly result?: SpecialRun["result"];
  readonly retryCount?: number;
  readonly lastRetryAt?: number;
  readonly stands: boolean;
  readonly tasksRan?: boolean;
  readonly awaitsNode?: boolean;
  /** Of a preparation: it keeps the job's tasks off the node (J-62). */
  readonly excludes?: boolean;
}

/** The row of a preparation or release run as it stands. */
export function specialRow(run: SpecialRun): SpecialRow {
  return {
    id: run.id,
    kind: run.kind,
    node: nameOf(run.node),
    state: run.state,
    startAt: run.startAt,
    endAt: run.endAt,
    exitCode: run.exitCode,
    failure: run.failure,
    result: run.result,
    retryCount: run.retryCount || undefined,
    lastRetryAt: run.lastRetryAt,
    stands: run.stands,
    tasksRan: run.tasksRan || undefined,
    awaitsNode: run.awaitsNode || undefined,
    excludes: (run.kind === "preparation" && run.job.excluded?.has(run.node) === true) || undefined,
  } as SpecialRow;
}

/** Key of the latest run of its kind on its node: a later one takes the row over. */
export function specialKey(run: SpecialRun): string {
  const { job, kind, node } = run;
  return `${job.key}/${kind}/${node.pool.key}/${idKey(node.id)}/${node.allocationAt}`;
}

/** The run of a row, its node found or, if that is gone, stood in for; not yet entered in job and node. */
export function specialOf(job: Job, row: SpecialRow, nodes: NodeFinder): SpecialRun {
  const run = new SpecialRun(row.kind, job, nodes.find(row.node), row.id, row.startAt);
  run.state = row.state;
  run.endAt = row.endAt;
  run.exitCode = row.exitCode;
  run.failure = row.failure;
  run.result = row.result;
  run.retryCount = row.retryCount ?? 0;
  run.lastRetryAt = row.lastRetryAt;
  run.stands = row.stands;
  run.tasksRan = row.tasksRan === true;
  run.awaitsNode = row.awaitsNode === true;
  return run;
}

/** A job schedule without its jobs. Instants in milliseconds since 1970. */
export interface JobScheduleRow {
  readonly spec: JobScheduleSpec;
  readonly creationAt: number;
  readonly state: JobSchedule["state"];
  readonly previousState?: JobSchedule["state"];
  readonly stateTransitionAt: number;
  readonly previousStateAt?: number;
  readonly lastModifiedAt: number;
  readonly changeNumber: number;
  readonly nextRunAt?: number;
  /** When it is looked at again. */
  readonly wakeAt?: number;
  readonly jobCount: number;
  /** Key of the pool that its jobs share. */
  readonly autoPool?: string;
  readonly endAt?: number;
}

/** The row of a job schedule as it stands. */
export function jobScheduleRow(schedule: JobSchedule): JobScheduleRow {
  return {
    spec: schedule.spec,
    creationAt: schedule.creationAt,
    state: schedule.state,
    previousState: schedule.previousState,
    stateTransitionAt: schedule.stateTransitionAt,
    previousStateAt: schedule.previousStateAt,
    lastModifiedAt: schedule.lastModifiedAt,
    changeNumber: schedule.changeNumber,
    nextRunAt: schedule.nextRunAt,
    wakeAt: schedule.timer?.dueAt,
    jobCount: schedule.jobCount,
    autoPool: schedule.autoPool?.key,
    endAt: schedule.endAt,
  } as JobScheduleRow;
}

/** The schedule of a row, without its jobs, pool and timer. */
export function jobScheduleOf(row: JobScheduleRow): JobSchedule {
  const schedule = new JobSchedule(row.spec, idKey(row.spec.id), row.creationAt);
  schedule.state = row.state;
  schedule.previousState = row.previousState;
  schedule.stateTransitionAt = row.stateTransitionAt;
  schedule.previousStateAt = row.previousStateAt;
  schedule.lastModifiedAt = row.lastModifiedAt;
  schedule.changeNumber = row.changeNumber;
  schedule.nextRunAt = row.nextRunAt;
  schedule.jobCount = row.jobCount;
  schedule.endAt = row.endAt;
  return schedule;
}
