/**
 * All that must hold between two steps. `brokenInvariants` walks over everything, for tests and the simulator; `brokenCheaply` is what a service
 * can afford after every step.
 */
import { brokenInvariantsOfJobs } from "./invariants/jobs.ts";
import { brokenInvariantsOfPools, reservedCores } from "./invariants/pools.ts";
import type { World } from "./world.ts";

/** Everything that does not hold, in words; empty when all is well. Cost: the size of the world. */
export function brokenInvariants(world: World): string[] {
  return [...brokenInvariantsOfPools(world), ...brokenInvariantsOfJobs(world)];
}

/** What can be checked in a time that depends on the number of pools alone. */
export function brokenCheaply(world: World): string[] {
  const found: string[] = [];
  if (world.touched.length > 0) found.push("step: a pool is left touched");
  if (world.events.length + world.effects.length > 0) found.push("step: events or effects were not handed out");
  const cores = reservedCores(world);
  if (cores !== undefined) found.push(cores);
  return found;
}
