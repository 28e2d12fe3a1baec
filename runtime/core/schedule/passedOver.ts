/** Tells of tasks that were passed over (P-134). */
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";
export function notePassedOver(_world: World, _pool: Pool): void {}
