/**
 * Pools that live and die with a job or a job schedule (P-200 to P-203).
 */
import { idKey } from "../limits.ts";
import { emit } from "../apply.ts";
import { addPool, deletePool } from "../commands/poolLife.ts";
import type { AutoPoolSpec, Job } from "../job.ts";
import { Pool } from "../pool.ts";
import type { Refusal } from "../refusals.ts";
import type { World } from "../world.ts";
import { completeJob } from "./jobEnds.ts";

/** Makes the pool of a job, or binds it to the one that its schedule's jobs share (P-201). A job whose pool cannot be made is over (P-203). */
export function bindAutoPool(world: World, job: Job, spec: AutoPoolSpec): void {
  const shared = spec.lifetime === "jobschedule" ? job.schedule : undefined;
  const present = shared?.autoPool;
  if (present !== undefined && !present.gone && present.state !== "deleting") {
    emit(world, { kind: "JobBound", job, pool: present });
    return;
  }
  const owner = shared === undefined ? job.id : shared.id;
  const pool = addPool(world, {
    ...spec.pool,
    id: freeId(world, spec.idPrefix),
    autoPool: { owner, lifetime: spec.lifetime, keepAlive: spec.keepAlive },
  });
  if (pool instanceof Pool) {
    emit(world, { kind: "JobBound", job, pool });
    return;
  }
  emit(world, {
    kind: "JobSchedulingFailed",
    job,
    error: { category: "UserError", code: codeOf(pool), message: pool.message },
  });
  completeJob(world, job);
}

/** Prefix and a number that no pool has (P-200). */
function freeId(world: World, prefix: string): string {
  for (;;) {
    const id = `${prefix === "" ? "pool" : prefix}_${++world.poolSequence}`;
    if (!world.pools.has(idKey(id))) return id;
  }
}

function codeOf(refusal: Refusal): string {
  switch (refusal.code) {
    case "PoolQuotaReached":
      return "AutoPoolCreationFailedWithQuotaReached";
    case "AutoScalingFormulaSyntaxError":
    case "AutoScalingFormulaTooLong":
    case "InvalidAutoScalingSettings":
      return "InvalidAutoScaleFormulaInAutoPool";
    default:
      return "InvalidAutoPoolSettings";
  }
}

/** A job is over: its own pool goes with it, unless it is to be kept (P-201, P-202). */
export function autoPoolOfEndedJob(world: World, job: Job): void {
  const spec = job.spec.autoPool;
  if (spec === undefined || spec.lifetime !== "job" || spec.keepAlive) return;
  const pool = job.poolKey === undefined ? undefined : world.pools.get(job.poolKey);
  if (pool?.spec.autoPool?.owner === job.id && pool.state !== "deleting") deletePool(world, pool);
}
