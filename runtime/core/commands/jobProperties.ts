/** What may be changed of a job, and when (J-07 to J-10). */
import { emit } from "../apply.ts";
import type { Job, JobSpec } from "../job.ts";
import { isId } from "../limits.ts";
import type { JobProperties } from "../protocol/commands.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import { bindJob } from "../schedule/binding.ts";
import { endJobIfAllComplete } from "../schedule/jobEnds.ts";
import type { World } from "../world.ts";
import { parallelRefusal, priorityRefusal, wordRefusal } from "./jobChecks.ts";
import { durationRefusal, retriesRefusal } from "./taskChecks.ts";

/** Takes over the properties that are present; with `replace` the time limit and what is opaque go when they are absent (J-07). */
export function changeJob(
  world: World,
  job: Job,
  properties: JobProperties & { readonly replace?: boolean },
): Refusal | undefined {
  const wrong = propertiesRefusal(properties) ?? poolInfoRefusal(job, properties) ?? endRefusal(job, properties);
  if (wrong !== undefined) return wrong;
  emit(world, { kind: "JobChanged", job, spec: changedSpec(job.spec, properties) });
  bindJob(world, job);
  endJobIfAllComplete(world, job);
  return undefined;
}

function changedSpec(spec: JobSpec, properties: JobProperties & { readonly replace?: boolean }): JobSpec {
  const { replace, keepAlive, ...present } = properties;
  const opaque = replace === true || "opaque" in properties ? properties.opaque : spec.opaque;
  const limit = replace === true || "maxWallClockMs" in properties ? properties.maxWallClockMs : spec.maxWallClockMs;
  const { opaque: _old, ...rest } = spec;
  return {
    ...rest,
    ...present,
    maxWallClockMs: limit,
    ...(opaque === undefined ? {} : { opaque }),
    ...(spec.autoPool === undefined || keepAlive === undefined ? {} : { autoPool: { ...spec.autoPool, keepAlive } }),
  };
}

function propertiesRefusal(properties: JobProperties): Refusal | undefined {
  const { priority, maxWallClockMs, maxTaskRetryCount, maxParallelTasks, onAllTasksComplete, poolId } = properties;
  return (
    (priority === undefined ? undefined : priorityRefusal(priority)) ??
    durationRefusal("constraints.maxWallClockTime", maxWallClockMs, 1) ??
    retriesRefusal("constraints.maxTaskRetryCount", maxTaskRetryCount) ??
    parallelRefusal(maxParallelTasks) ??
    (onAllTasksComplete === undefined
      ? undefined
      : wordRefusal("onAllTasksComplete", onAllTasksComplete, ["noaction", "terminatejob"])) ??
    (poolId === undefined || isId(poolId)
      ? undefined
      : refuseProperty("poolInfo.poolId", poolId, "1 to 64 letters, digits, hyphens and underscores"))
  );
}

/** J-09, P-202: another pool only while the job is disabled; of an auto pool only keepAlive, and only with the lifetime job. */
function poolInfoRefusal(job: Job, { poolId, keepAlive }: JobProperties): Refusal | undefined {
  const autoPool = job.spec.autoPool;
  if (poolId !== undefined && autoPool !== undefined)
    return refuseProperty("poolInfo.poolId", poolId, "the job has an auto pool");
  if (poolId !== undefined && poolId !== job.spec.poolId && job.state !== "disabled")
    return refuse(
      "OperationInvalidForCurrentState",
      `job ${job.id} is ${job.state}; its pool may change only while it is disabled`,
    );
  if (keepAlive !== undefined && autoPool?.lifetime !== "job")
    return refuseProperty("keepAlive", keepAlive, "only for an auto pool with the lifetime job");
  return undefined;
}

/** J-08. */
function endRefusal(job: Job, { onAllTasksComplete }: JobProperties): Refusal | undefined {
  if (job.spec.onAllTasksComplete === "noaction" || onAllTasksComplete !== "noaction") return undefined;
  return refuseProperty("onAllTasksComplete", onAllTasksComplete, "terminatejob cannot be taken back");
}
