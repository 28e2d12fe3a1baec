/**
 * A job schedule: makes one job at a time, when it is due (S-01 to S-12).
 */
import type { Job, JobSpec } from "./job.ts";
import { Machine } from "./machine.ts";
import type { Pool } from "./pool.ts";
import type { Timer } from "./timers.ts";

export type JobScheduleState = "active" | "disabled" | "terminating" | "completed" | "deleting";

export const jobScheduleMachine = new Machine<JobScheduleState>(
  "job schedule",
  [
    { name: "active", meaning: "creates jobs on time" },
    { name: "disabled", meaning: "creates none; a running job goes on" },
    { name: "terminating", meaning: "ending; its active job is being ended" },
    { name: "completed", meaning: "ended by date or by request" },
    { name: "deleting", meaning: "its jobs and their tasks are being deleted" },
  ],
  [
    { from: "(none)", trigger: "schedule added", to: "active", rule: "S-02" },
    { from: "active", trigger: "disable", to: "disabled", rule: "S-08" },
    { from: "disabled", trigger: "enable", to: "active", rule: "S-08" },
    { from: "active", trigger: "terminate, end date passed", to: "terminating", rule: "S-08" },
    { from: "disabled", trigger: "terminate", to: "terminating", rule: "S-08" },
    { from: "terminating", trigger: "no job active any more", to: "completed", rule: "S-08" },
    { from: "active", trigger: "end date passed or single run done, no job active", to: "completed", rule: "S-05" },
    { from: "disabled", trigger: "end date passed, no job active", to: "completed", rule: "S-05" },
    ...(["active", "disabled", "terminating", "completed"] as const).map((from) => ({
      from,
      trigger: "delete",
      to: "deleting" as const,
      rule: "S-08",
    })),
    { from: "deleting", trigger: "its jobs are gone", to: "(none)", rule: "S-08" },
  ],
);

/** When jobs are due (S-02 to S-05). Instants in milliseconds since 1970, lengths in milliseconds. */
export interface Recurrence {
  readonly doNotRunUntil: number | undefined;
  readonly doNotRunAfter: number | undefined;
  readonly startWindowMs: number | undefined;
  readonly recurrenceIntervalMs: number | undefined;
}

export interface JobScheduleSpec {
  readonly id: string;
  readonly displayName?: string;
  readonly schedule: Recurrence;
  /** The job that each occurrence makes; its id is given by the schedule (S-10). */
  readonly jobSpecification: Omit<JobSpec, "id">;
  readonly opaque?: unknown;
}

/** One job schedule. Written by `apply` alone. */
export class JobSchedule {
  readonly id: string;
  readonly key: string;
  spec: JobScheduleSpec;
  readonly creationAt: number;
  state: JobScheduleState = "active";
  previousState: JobScheduleState | undefined = undefined;
  /** When it entered that state. */
  previousStateAt: number | undefined = undefined;
  stateTransitionAt: number;
  lastModifiedAt: number;
  changeNumber = 1;
  /** The next due time; undefined when none is to come (S-06). */
  nextRunAt: number | undefined = undefined;
  /** Its job that is not completed, of which there is at most one (S-01). */
  activeJob: Job | undefined = undefined;
  recentJob: Job | undefined = undefined;
  /** Jobs made so far: their ids count from 1 (S-10). */
  jobCount = 0;
  /** All its jobs that still have a record. */
  readonly jobs = new Set<Job>();
  /** Shared by its jobs when the auto pool lives as long as the schedule (P-201). */
  autoPool: Pool | undefined = undefined;
  endAt: number | undefined = undefined;
  timer: Timer | undefined = undefined;
  changed = false;
  gone = false;

  constructor(spec: JobScheduleSpec, key: string, creationAt: number) {
    this.id = spec.id;
    this.key = key;
    this.spec = spec;
    this.creationAt = creationAt;
    this.stateTransitionAt = creationAt;
    this.lastModifiedAt = creationAt;
  }
}
