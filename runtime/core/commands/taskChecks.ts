/** What a task may ask for: checks made once for each spec, not for each task that shares it (T-01 to T-05, T-40 to T-50). */
import { dependencyIdsLengthMax, dependencyRangesMax, idKey, isId } from "../limits.ts";
import type { Job, JobAction } from "../job.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import type { DependencyAction } from "../taskOutcome.ts";
import type { ExitConditions, ExitOptions, TaskDependencies, TaskSpec } from "../taskSpec.ts";
import { isWhole } from "./checks.ts";

/** Counts of retries, exit codes and ids are 32-bit numbers of the service's models. */
const INT32_MAX = 2 ** 31 - 1;
const JOB_ACTIONS: readonly JobAction[] = ["none", "disable", "terminate"];
const DEPENDENCY_ACTIONS: readonly DependencyAction[] = ["satisfy", "block"];

/** Why a task of this spec cannot be added to the job. */
export function taskSpecRefusal(job: Job, spec: TaskSpec): Refusal | undefined {
  if (typeof spec !== "object" || spec === null) return refuseProperty("task", spec, "an object");
  if (typeof spec.commandLine !== "string" || spec.commandLine === "")
    return refuseProperty("commandLine", spec.commandLine, "required", "MissingRequiredProperty");
  if (!isWhole(spec.requiredSlots, 1, INT32_MAX))
    return refuseProperty("requiredSlots", spec.requiredSlots, "a whole number from 1");
  return (
    constraintsRefusal(spec) ??
    multiInstanceRefusal(spec) ??
    (spec.affinityId !== undefined && (typeof spec.affinityId !== "string" || spec.affinityId.length > 128)
      ? refuseProperty("affinityInfo.affinityId", spec.affinityId, "a text of at most 128 characters")
      : undefined) ??
    dependenciesRefusal(job, spec.dependsOn) ??
    exitConditionsRefusal(job, spec.exitConditions)
  );
}

/** Constraints of a task (T-03, T-26). */
export function constraintsRefusal(
  spec: Pick<TaskSpec, "maxTaskRetryCount" | "maxWallClockMs" | "retentionMs">,
): Refusal | undefined {
  return (
    retriesRefusal("constraints.maxTaskRetryCount", spec.maxTaskRetryCount) ??
    durationRefusal("constraints.maxWallClockTime", spec.maxWallClockMs, 1) ??
    durationRefusal("constraints.retentionTime", spec.retentionMs, 0)
  );
}

/** -1 always, 0 never (J-41, T-26); undefined is none given. */
export function retriesRefusal(name: string, count: unknown): Refusal | undefined {
  if (count === undefined || isWhole(count, -1, INT32_MAX)) return undefined;
  return refuseProperty(name, count, "a whole number from -1", "InvalidConstraintValue");
}

/** Milliseconds from `least`; Infinity is for ever; undefined is none given. */
export function durationRefusal(name: string, ms: unknown, least: number): Refusal | undefined {
  if (ms === undefined || (typeof ms === "number" && ms >= least)) return undefined;
  return refuseProperty(name, ms, `at least ${least} milliseconds`, "InvalidConstraintValue");
}

/** T-50. */
function multiInstanceRefusal(spec: TaskSpec): Refusal | undefined {
  const settings = spec.multiInstance;
  if (settings === undefined || isWhole(settings.numberOfInstances, 1, INT32_MAX)) return undefined;
  return refuseProperty("multiInstanceSettings.numberOfInstances", settings.numberOfInstances, "a whole number from 1");
}

/** T-04, T-44. Ids need not be of tasks that are there (T-43). */
function dependenciesRefusal(job: Job, wanted: TaskDependencies | undefined): Refusal | undefined {
  if (wanted === undefined) return undefined;
  if (!job.spec.usesTaskDependencies)
    return refuse("TaskDependenciesNotSpecifiedOnJob", `job ${job.id} was not added with usesTaskDependencies`);
  let length = 0;
  for (const id of wanted.taskIds) {
    if (!isId(id)) return refuseProperty("dependsOn.taskIds", id, "1 to 64 letters, digits, hyphens and underscores");
    length += id.length;
  }
  if (length > dependencyIdsLengthMax.value)
    return refuse("TaskDependencyListTooLong", `ids of ${length} characters; at most ${dependencyIdsLengthMax.value}`);
  if (wanted.taskIdRanges.length > dependencyRangesMax.value)
    return refuse("TaskDependencyRangesTooLong", `${wanted.taskIdRanges.length} ranges; at most ${dependencyRangesMax.value}`);
  for (const { start, end } of wanted.taskIdRanges) {
    if (!isWhole(start, 0, INT32_MAX) || !isWhole(end, start, INT32_MAX))
      return refuseProperty("dependsOn.taskIdRanges", `${start}-${end}`, "whole numbers from 0, the start not above the end");
  }
  return undefined;
}

/** T-05: a job action makes sense only where the job lets tasks act on it. */
function exitConditionsRefusal(job: Job, conditions: ExitConditions | undefined): Refusal | undefined {
  if (conditions === undefined) return undefined;
  const named: (readonly [string, ExitOptions | undefined])[] = [
    ["preProcessingError", conditions.preProcessingError],
    ["fileUploadError", conditions.fileUploadError],
    ["default", conditions.default],
  ];
  for (const { code, options } of conditions.exitCodes ?? []) {
    if (!isWhole(code, -INT32_MAX - 1, INT32_MAX)) return refuseProperty("exitConditions.exitCodes", code, "a 32-bit number");
    named.push(["exitCodes", options]);
  }
  for (const { start, end, options } of conditions.exitCodeRanges ?? []) {
    if (!isWhole(start, -INT32_MAX - 1, INT32_MAX) || !isWhole(end, start, INT32_MAX))
      return refuseProperty("exitConditions.exitCodeRanges", `${start}-${end}`, "32-bit numbers, the start not above the end");
    named.push(["exitCodeRanges", options]);
  }
  for (const [name, options] of named) {
    if (options === undefined) continue;
    const { jobAction, dependencyAction } = options;
    if (jobAction !== undefined && !JOB_ACTIONS.includes(jobAction))
      return refuseProperty(`exitConditions.${name}.jobAction`, jobAction, JOB_ACTIONS.join(", "));
    if (jobAction !== undefined && job.spec.onTaskFailure === "noaction")
      return refuseProperty(`exitConditions.${name}.jobAction`, jobAction, "the job's onTaskFailure is noaction");
    if (dependencyAction !== undefined && !DEPENDENCY_ACTIONS.includes(dependencyAction))
      return refuseProperty(`exitConditions.${name}.dependencyAction`, dependencyAction, DEPENDENCY_ACTIONS.join(", "));
    if (dependencyAction !== undefined && !job.spec.usesTaskDependencies)
      return refuse("TaskDependenciesNotSpecifiedOnJob", `job ${job.id} was not added with usesTaskDependencies`);
  }
  return undefined;
}

/** T-01, J-69. */
export function taskIdRefusal(job: Job, id: unknown): Refusal | undefined {
  if (!isId(id)) return refuseProperty("id", id, "1 to 64 letters, digits, hyphens and underscores");
  const key = idKey(id);
  if (job.tasks.has(key)) return refuse("TaskExists", `job ${job.id} has a task ${id}`);
  const { preparation, release } = job.spec;
  if (preparation !== undefined && idKey(preparation.id) === key)
    return refuse("TaskIdSameAsJobPreparationTask", `${id} is the job preparation task`);
  if (release !== undefined && idKey(release.id) === key)
    return refuse("TaskIdSameAsJobReleaseTask", `${id} is the job release task`);
  return undefined;
}
