/** Checks that commands on jobs, tasks and job schedules share; the spec of a job with its defaults filled in (J-01 to J-08). */
import { autoPoolPrefixLengthMax, idKey, isId, priorityMax, priorityMin, releaseWallClockMsMax } from "../limits.ts";
import { type AutoPoolSpec, Job, type JobManagerSpec, type JobSpec, type JobState } from "../job.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import type { World } from "../world.ts";
import { isWhole } from "./checks.ts";
import { durationRefusal, retriesRefusal, taskSpecRefusal } from "./taskChecks.ts";

/** The job of this id (any state). */
export function anyJob(world: World, jobId: string): Job | Refusal {
  const job = typeof jobId === "string" ? world.job(jobId) : undefined;
  return job ?? refuse("JobNotFound", `there is no job ${String(jobId).slice(0, 64)}`);
}

const OVER: Partial<Record<JobState, string>> = {
  terminating: "JobBeingTerminated",
  completed: "JobCompleted",
  deleting: "JobBeingDeleted",
};

/** The job of this id, if it is not at its end (J-21). */
export function openJob(world: World, jobId: string): Job | Refusal {
  const job = anyJob(world, jobId);
  if (!(job instanceof Job)) return job;
  const code = OVER[job.state];
  return code === undefined ? job : refuse(code, `job ${job.id} is ${job.state}`);
}

/** What a client said of a job, with the documented defaults for what it left out. */
export function fullJobSpec(given: Partial<JobSpec> & { readonly id: string }): JobSpec {
  const { maxWallClockMs, onAllTasksComplete, onTaskFailure, ...rest } = given;
  return {
    ...rest,
    priority: given.priority ?? 0,
    maxWallClockMs,
    maxTaskRetryCount: given.maxTaskRetryCount ?? 0,
    onAllTasksComplete: onAllTasksComplete ?? "noaction",
    onTaskFailure: onTaskFailure ?? "noaction",
    usesTaskDependencies: given.usesTaskDependencies ?? false,
  };
}

/** What is wrong with a job's properties, its id apart. */
export function jobSpecRefusal(spec: JobSpec): Refusal | undefined {
  const { poolId, autoPool } = spec;
  if ((poolId === undefined) === (autoPool === undefined))
    return refuseProperty("poolInfo", poolId, "either poolId or autoPoolSpecification is required");
  if (poolId !== undefined && !isId(poolId))
    return refuseProperty("poolInfo.poolId", poolId, "1 to 64 letters, digits, hyphens and underscores");
  return (
    (autoPool === undefined ? undefined : autoPoolRefusal(autoPool)) ??
    priorityRefusal(spec.priority) ??
    durationRefusal("constraints.maxWallClockTime", spec.maxWallClockMs, 1) ??
    retriesRefusal("constraints.maxTaskRetryCount", spec.maxTaskRetryCount) ??
    parallelRefusal(spec.maxParallelTasks) ??
    wordRefusal("onAllTasksComplete", spec.onAllTasksComplete, ["noaction", "terminatejob"]) ??
    wordRefusal("onTaskFailure", spec.onTaskFailure, ["noaction", "performexitoptionsjobaction"]) ??
    specialsRefusal(spec)
  );
}

function autoPoolRefusal({ idPrefix, lifetime }: AutoPoolSpec): Refusal | undefined {
  if (idPrefix !== "" && (!isId(idPrefix) || idPrefix.length > autoPoolPrefixLengthMax.value))
    return refuseProperty(
      "autoPoolIdPrefix",
      idPrefix,
      `at most ${autoPoolPrefixLengthMax.value} letters, digits, hyphens, underscores`,
    );
  return wordRefusal("poolLifetimeOption", lifetime, ["job", "jobschedule"]);
}

/** J-03. */
/** -1, which is the default, or a number from 1. */
export function parallelRefusal(most: unknown): Refusal | undefined {
  if (most === undefined || most === -1 || isWhole(most, 1, Number.MAX_SAFE_INTEGER)) return undefined;
  return refuseProperty("maxParallelTasks", most, "-1 for any number, or a whole number from 1");
}

export function priorityRefusal(priority: unknown): Refusal | undefined {
  if (isWhole(priority, priorityMin.value, priorityMax.value)) return undefined;
  return refuseProperty(
    "priority",
    priority,
    `a whole number from ${priorityMin.value} to ${priorityMax.value}`,
    "OutOfRangePriority",
  );
}

export function wordRefusal(name: string, word: unknown, words: readonly string[]): Refusal | undefined {
  return words.includes(word as string) ? undefined : refuseProperty(name, word, `one of ${words.join(", ")}`);
}

/** J-04, J-57, J-62, J-66; their ids differ from each other (J-69). */
function specialsRefusal(spec: JobSpec): Refusal | undefined {
  const { jobManager, preparation, release } = spec;
  if (release !== undefined && preparation === undefined)
    return refuseProperty("jobReleaseTask", release.id, "a job release task needs a job preparation task");
  const ids = [jobManager?.id, preparation?.id, release?.id].filter((id) => id !== undefined);
  for (const id of ids) if (!isId(id)) return refuseProperty("id", id, "1 to 64 letters, digits, hyphens and underscores");
  const keys = ids.map((id) => idKey(id));
  if (preparation !== undefined && release !== undefined && idKey(preparation.id) === idKey(release.id))
    return refuse("TaskIdSameAsJobPreparationTask", `${release.id} is the job preparation task`);
  if (new Set(keys).size < keys.length) {
    const code = keys[0] === keys[1] ? "TaskIdSameAsJobPreparationTask" : "TaskIdSameAsJobReleaseTask";
    return refuse(code, "the job manager has the id of another task of the job");
  }
  for (const special of [preparation, release]) {
    if (special === undefined) continue;
    if (typeof special.commandLine !== "string" || special.commandLine === "")
      return refuseProperty("commandLine", special.commandLine, "required", "MissingRequiredProperty");
  }
  return (
    (preparation === undefined
      ? undefined
      : retriesRefusal("jobPreparationTask.constraints.maxTaskRetryCount", preparation.maxTaskRetryCount)) ??
    durationRefusal("jobPreparationTask.constraints.maxWallClockTime", preparation?.maxWallClockMs, 1) ??
    releaseTimeRefusal(spec) ??
    (jobManager === undefined ? undefined : managerRefusal(spec, jobManager))
  );
}

function releaseTimeRefusal({ release }: JobSpec): Refusal | undefined {
  const most = releaseWallClockMsMax.value;
  if (release === undefined || (release.maxWallClockMs > 0 && release.maxWallClockMs <= most)) return undefined;
  return refuseProperty(
    "jobReleaseTask.maxWallClockTime",
    release.maxWallClockMs,
    `more than 0 and at most ${most} milliseconds`,
  );
}

/** A manager is an ordinary task, so the ordinary checks hold for it (J-50, J-58). */
function managerRefusal(spec: JobSpec, manager: JobManagerSpec): Refusal | undefined {
  return taskSpecRefusal(new Job(spec, idKey(spec.id), 0, undefined), manager);
}
