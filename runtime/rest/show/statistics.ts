/**
 * Statistics, made at the moment they are asked for (P-211, T-91): times and counts that the scheduler knows. CPU time and bytes read and written of a
 * task's processes are not measured one by one, so those properties stay away rather than being sent as zero.
 */
import type { Job } from "../../core/job.ts";
import type { JobSchedule } from "../../core/jobSchedule.ts";
import type { Pool } from "../../core/pool.ts";
import type { Task } from "../../core/task.ts";
import type { JsonObject } from "../call.ts";
import { jobScheduleUrl, jobUrl, poolUrl, taskUrl } from "./urls.ts";
import { type View, wire } from "./view.ts";
import { duration, instant } from "./when.ts";

/** Milliseconds of the latest run, up to now while it runs. */
function ranMs(task: Task, now: number): number {
  if (task.startAt === undefined) return 0;
  const runs = task.state === "running";
  const end = task.endAt ?? (runs ? now : task.stateTransitionAt);
  return Math.max(0, end - task.startAt);
}

const waitedMs = (task: Task): number => (task.startAt === undefined ? 0 : Math.max(0, task.startAt - task.creationAt));

/** TaskStatistics of a task that has run. */
export function taskStatistics(task: Task, view: View): JsonObject {
  return wire({
    url: `${taskUrl(view.base, task)}/stats`,
    startTime: instant(task.creationAt),
    lastUpdateTime: instant(view.now),
    wallClockTime: duration(ranMs(task, view.now)),
    waitTime: duration(waitedMs(task)),
  });
}

interface Sums {
  ranMs: number;
  waitedMs: number;
  retries: number;
  succeeded: number;
  failed: number;
}

function add(sums: Sums, job: Job, now: number): void {
  for (const task of job.tasks.values()) {
    sums.ranMs += ranMs(task, now);
    sums.waitedMs += waitedMs(task);
    sums.retries += task.retryCount;
  }
  sums.succeeded += job.counts.succeeded;
  sums.failed += job.counts.failed;
}

function showSums(url: string, since: number, jobs: Iterable<Job>, now: number): JsonObject {
  const sums: Sums = { ranMs: 0, waitedMs: 0, retries: 0, succeeded: 0, failed: 0 };
  for (const job of jobs) add(sums, job, now);
  return wire({
    url,
    startTime: instant(since),
    lastUpdateTime: instant(now),
    wallClockTime: duration(sums.ranMs),
    numSucceededTasks: sums.succeeded,
    numFailedTasks: sums.failed,
    numTaskRetries: sums.retries,
    waitTime: duration(sums.waitedMs),
  });
}

/** JobStatistics over the tasks that the job has now. */
export function jobStatistics(job: Job, { base, now }: View): JsonObject {
  return showSums(`${jobUrl(base, job.id)}/stats`, job.creationAt, [job], now);
}

/** JobScheduleStatistics over the jobs that still have a record. */
export function jobScheduleStatistics(schedule: JobSchedule, { base, now }: View): JsonObject {
  return showSums(`${jobScheduleUrl(base, schedule.id)}/stats`, schedule.creationAt, schedule.jobs, now);
}

/** PoolStatistics: core time of the dedicated nodes that the pool has or had, each from its allocation on. */
export function poolStatistics(pool: Pool, { base, now }: View): JsonObject {
  let nodeMs = pool.dedicated.leftMs;
  for (const node of pool.nodes.values()) if (node.isDedicated) nodeMs += Math.max(0, now - node.allocationAt);
  const startTime = instant(pool.creationAt);
  const lastUpdateTime = instant(now);
  return wire({
    url: `${poolUrl(base, pool.id)}/stats`,
    startTime,
    lastUpdateTime,
    usageStats: { startTime, lastUpdateTime, dedicatedCoreTime: duration(nodeMs * pool.spec.coresPerNode) },
  });
}
