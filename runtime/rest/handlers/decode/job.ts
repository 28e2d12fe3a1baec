/** A job of the wire as the core's spec, for jobs and for the job specification of a schedule (J-01 to J-08, J-50 to J-66). */
import type { JobDetails, SpecialDetails } from "../../../agent/run/details.ts";
import type { AutoPoolSpec, JobManagerSpec, JobPreparationSpec, JobReleaseSpec, JobSpec } from "../../../core/job.ts";
import { releaseWallClockMsMax } from "../../../core/limits.ts";
import type { Call, JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { durationMs, flag, given, limitMs, object, objects, picked, retentionMs, text, whole, word } from "../read.ts";
import { checkEnvironment, checkMetadata, commandDetails } from "./command.ts";
import { poolSpec } from "./pool.ts";
import { taskSpec } from "./task.ts";

const DETAILS = ["commonEnvironmentSettings", "metadata", "networkConfiguration"] as const;

/** JobSpec of a JobAddParameter or JobSpecification, with the documented defaults; `place` is the path to it with a dot at its end, or "". */
export function jobSpec(call: Call, body: JsonObject, place = ""): Omit<JobSpec, "id"> {
  const constraints = object(body, "constraints");
  checkMetadata(objects(body, "metadata"), `${place}metadata`);
  checkEnvironment(objects(body, "commonEnvironmentSettings") ?? [], `${place}commonEnvironmentSettings`);
  checkPreemption(body, place);
  return {
    ...given("displayName", text(body, "displayName")),
    priority: whole(body, "priority") ?? 0,
    ...poolInfo(call, object(body, "poolInfo") ?? {}, `${place}poolInfo.`),
    maxWallClockMs: limitMs(constraints, "maxWallClockTime"),
    maxTaskRetryCount: whole(constraints, "maxTaskRetryCount") ?? 0,
    ...given("maxParallelTasks", whole(body, "maxParallelTasks")),
    onAllTasksComplete: word(body, "onAllTasksComplete") ?? "noaction",
    onTaskFailure: word(body, "onTaskFailure") ?? "noaction",
    usesTaskDependencies: flag(body, "usesTaskDependencies") ?? false,
    ...given("jobManager", managerSpec(call, object(body, "jobManagerTask"), `${place}jobManagerTask.`)),
    ...given("preparation", preparationSpec(object(body, "jobPreparationTask"), `${place}jobPreparationTask.`)),
    ...given("release", releaseSpec(object(body, "jobReleaseTask"), `${place}jobReleaseTask.`)),
    ...given("opaque", picked<JobDetails>(body, DETAILS)),
  };
}

/** Tasks are not taken off their nodes for a job of higher priority here, so nobody is told that they would be. */
export function checkPreemption(body: JsonObject, place = ""): void {
  if (flag(body, "allowTaskPreemption") !== true) return;
  throw badProperty(`${place}allowTaskPreemption`, true, "task preemption is not available on this service; leave it false");
}

function poolInfo(call: Call, info: JsonObject, place: string): Pick<JobSpec, "poolId" | "autoPool"> {
  const auto = object(info, "autoPoolSpecification");
  return {
    ...given("poolId", text(info, "poolId")),
    ...(auto === undefined ? {} : { autoPool: autoPoolSpec(call, auto, `${place}autoPoolSpecification.`) }),
  };
}

function autoPoolSpec(call: Call, body: JsonObject, place: string): AutoPoolSpec {
  const pool = object(body, "pool");
  if (pool === undefined) throw badProperty(`${place}pool`, undefined, "required", "MissingRequiredProperty");
  return {
    idPrefix: text(body, "autoPoolIdPrefix") ?? "",
    lifetime: word(body, "poolLifetimeOption") ?? "job",
    keepAlive: flag(body, "keepAlive") ?? false,
    pool: poolSpec(call, pool, `${place}pool.`),
  };
}

/** J-54 to J-57. Low-priority nodes by default since 2019, which the core's rules recommend against (J-56): only when the client says so. */
function managerSpec(call: Call, body: JsonObject | undefined, place: string): JobManagerSpec | undefined {
  if (body === undefined) return undefined;
  return {
    ...taskSpec(call, body, place),
    id: text(body, "id") ?? "",
    killJobOnCompletion: flag(body, "killJobOnCompletion") ?? true,
    runExclusive: flag(body, "runExclusive") ?? true,
    allowLowPriorityNode: flag(body, "allowLowPriorityNode") ?? false,
  };
}

/** J-60 to J-64. */
function preparationSpec(body: JsonObject | undefined, place: string): JobPreparationSpec | undefined {
  if (body === undefined) return undefined;
  const constraints = object(body, "constraints");
  return {
    id: text(body, "id") ?? "jobpreparation",
    commandLine: text(body, "commandLine") ?? "",
    maxTaskRetryCount: whole(constraints, "maxTaskRetryCount") ?? 0,
    maxWallClockMs: limitMs(constraints, "maxWallClockTime"),
    waitForSuccess: flag(body, "waitForSuccess") ?? true,
    rerunOnNodeRebootAfterSuccess: flag(body, "rerunOnNodeRebootAfterSuccess") ?? true,
    ...special(body, retentionMs(constraints, "retentionTime"), place),
  };
}

/** J-65, J-66. */
function releaseSpec(body: JsonObject | undefined, place: string): JobReleaseSpec | undefined {
  if (body === undefined) return undefined;
  return {
    id: text(body, "id") ?? "jobrelease",
    commandLine: text(body, "commandLine") ?? "",
    maxWallClockMs: durationMs(body, "maxWallClockTime") ?? releaseWallClockMsMax.value,
    ...special(body, retentionMs(body, "retentionTime"), place),
  };
}

function special(body: JsonObject, retention: number | undefined, place: string): { readonly opaque?: SpecialDetails } {
  const details = commandDetails(body, place);
  if (retention === undefined) return given("opaque", details);
  return { opaque: { ...details, retentionMs: retention } };
}
