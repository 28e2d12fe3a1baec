/**
 * What a touched pool is looked at for before a step ends: drains that are through, an OS upgrade that can go on, a resize that is done, a deleted
 * pool of which nothing is left. Costs nothing that grows with the number of nodes.
 */
import { emit } from "../apply.ts";
import type { Pool } from "../pool.ts";
import { poolVanishes } from "../schedule/endings.ts";
import type { World } from "../world.ts";
import { finishEmptied } from "./deallocate.ts";
import { completeIfDone } from "./operation.ts";
import { advanceUpgrade } from "./upgrade.ts";

export function reconcilePool(world: World, pool: Pool): void {
  finishEmptied(world, pool);
  if (pool.state === "upgrading") {
    advanceUpgrade(world, pool);
    // The node whose turn it is may have been empty from the start.
    finishEmptied(world, pool);
  }
  completeIfDone(world, pool);
  // A deleting pool stays until the provider has answered every request, late ones too: their cores are reserved until then.
  if (pool.state === "deleting" && pool.nodes.size === 0 && pool.requests.size === 0) {
    poolVanishes(world, pool.key);
    emit(world, { kind: "PoolRemoved", pool });
  }
}
