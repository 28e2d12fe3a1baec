/**
 * An OS upgrade goes through the pool node by node (P-125, row 22): tasks are requeued, the node is made anew, and the next one has its turn when
 * it has come up again or failed to. Nodes that are just starting wait for their turn; nodes made after the upgrade began need none.
 */
import { emit } from "../apply.ts";
import { type ComputeNode, nodeMachine, type NodeState } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";
import { startDrain } from "./deallocate.ts";

const UNDER_WAY: ReadonlySet<NodeState> = new Set(["reimaging", "starting", "waitingforstarttask"]);

/** Gives the next node its turn when the present one is through; completes the upgrade after the last. */
export function advanceUpgrade(world: World, pool: Pool): void {
  const upgrade = pool.upgrade;
  if (upgrade === undefined) return;
  if (upgrade.node !== undefined && busy(upgrade.node)) return;
  const pending = upgrade.pending;
  for (let looked = pending.length; looked > 0; looked--) {
    const node = pending.shift()!;
    if (node.gone || !node.awaitsUpgrade || node.state === "leavingpool") continue;
    if (node.drain === undefined && nodeMachine.allows(node.state, "reimaging")) {
      emit(world, { kind: "PoolUpgradeReached", pool, node });
      startDrain(world, node, { option: "requeue", purpose: "upgrade", reason: "the pool's OS is being upgraded" });
      return;
    }
    pending.push(node);
  }
  if (pending.length === 0) emit(world, { kind: "PoolUpgradeCompleted", pool });
}

function busy(node: ComputeNode): boolean {
  return !node.gone && (node.drain?.purpose === "upgrade" || UNDER_WAY.has(node.state));
}
