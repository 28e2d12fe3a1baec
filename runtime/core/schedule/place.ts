/**
 * Places ready tasks of a pool on its nodes.
 */
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";

/** Places whatever can be placed now. Called once per step for each touched pool. */
export function schedulePool(_world: World, _pool: Pool): void {}
