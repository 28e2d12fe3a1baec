/** A job and the pool that it names: bound when both are there, and the job is not over (J-01, P-22). */
import { emit } from "../apply.ts";
import type { Job } from "../job.ts";
import type { World } from "../world.ts";

/** Binds the job to the pool of the id that it names, if that pool is there and is not the one it is bound to. */
export function bindJob(world: World, job: Job): void {
  const pool = job.poolKey === undefined ? undefined : world.pools.get(job.poolKey);
  if (pool !== job.pool) emit(world, { kind: "JobBound", job, pool });
}
