/** Short ways to add jobs and tasks in tests, with what a test does not care about filled in. */
import type { Job } from "../../runtime/core/job.ts";
import type { AddJobSpec } from "../../runtime/core/protocol/commands.ts";
import type { Task } from "../../runtime/core/task.ts";
import type { TaskSpec } from "../../runtime/core/taskSpec.ts";
import type { Cluster } from "./cluster.ts";

export const TASK: TaskSpec = Object.freeze({
  commandLine: "run",
  requiredSlots: 1,
  maxTaskRetryCount: undefined,
  maxWallClockMs: undefined,
  retentionMs: undefined,
});

export const PREPARATION = Object.freeze({
  id: "jobpreparation",
  commandLine: "prepare",
  maxTaskRetryCount: 0,
  maxWallClockMs: undefined,
  waitForSuccess: true,
  rerunOnNodeRebootAfterSuccess: true,
});

export const RELEASE = Object.freeze({ id: "jobrelease", commandLine: "release", maxWallClockMs: 60_000 });

export const MANAGER = Object.freeze({
  ...TASK,
  id: "manager",
  killJobOnCompletion: true,
  runExclusive: true,
  allowLowPriorityNode: false,
});

export function addJob(cluster: Cluster, spec: Partial<AddJobSpec> = {}): Job {
  const id = spec.id ?? "j";
  cluster.ok({ kind: "AddJob", spec: { id, ...(spec.autoPool === undefined ? { poolId: "p" } : {}), ...spec } });
  return job(cluster, id);
}

export function job(cluster: Cluster, id = "j"): Job {
  const found = cluster.world.job(id);
  if (found === undefined) throw new Error(`no job ${id}`);
  return found;
}

/** Adds tasks of the given ids, all with the same spec. */
export function addTasks(cluster: Cluster, ids: readonly string[], spec: Partial<TaskSpec> = {}, jobId = "j"): Task[] {
  for (const id of ids) cluster.ok({ kind: "AddTask", jobId, id, spec: { ...TASK, ...spec } });
  return ids.map((id) => task(cluster, id, jobId));
}

export function task(cluster: Cluster, id: string, jobId = "j"): Task {
  const found = job(cluster, jobId).tasks.get(id.toLowerCase());
  if (found === undefined) throw new Error(`no task ${id}`);
  return found;
}

/** The states of all tasks of a job, in order of addition. */
export function states(cluster: Cluster, jobId = "j"): string[] {
  return [...job(cluster, jobId).tasks.values()].map(({ state }) => state);
}

/** Ids of the tasks in the order in which they were placed. */
export function placements(cluster: Cluster): string[] {
  return cluster.events.flatMap((event) => (event.kind === "TaskPlaced" ? [event.task.id] : []));
}
