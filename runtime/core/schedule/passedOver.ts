/**
 * Tasks that were passed over while others could be placed (P-134). Told once each time a task became ready, and only where nodes have free slots
 * or never could have enough: a pool that is full passes nobody over, its tasks wait.
 */
import { emit } from "../apply.ts";
import type { Pool } from "../pool.ts";
import type { FailureInfo } from "../taskOutcome.ts";
import type { World } from "../world.ts";
import { canEverFit } from "./fit.ts";
import type { Ring } from "./queue.ts";

/** Section 11: cannot ever run on this pool. */
const NEVER: FailureInfo = Object.freeze({
  category: "UserError",
  code: "TaskSchedulingConstraintFailed",
  message: "the task needs more slots than a node has, or an inter-node pool with one task per node",
});
const NOT_NOW: FailureInfo = Object.freeze({
  category: "ServerError",
  code: "Unknown",
  message: "no node has enough free slots for the task",
});

/** Tells of the first task of each ring that was looked at and did not fit. */
export function notePassedOver(world: World, pool: Pool, stuck: readonly Ring[]): void {
  for (const ring of stuck) {
    const task = ring.first?.head();
    if (task === undefined || task.passedOver) continue;
    const never = !canEverFit(pool, ring.shape);
    if (never || pool.free.nodesWithRoom > 0)
      emit(world, { kind: "TaskScheduleFailed", task, failure: never ? NEVER : NOT_NOW });
  }
}
