/**
 * Commands on pools: each checks everything first and changes nothing when it refuses. Adding and deleting pools is in `poolLife.ts`, autoscale in
 * `autoscale.ts`, shared checks in `checks.ts`.
 */
import type { Outcome } from "../answers.ts";
import { emit } from "../apply.ts";
import { removeNodesMax } from "../limits.ts";
import type { ComputeNode } from "../node.ts";
import type { KindCounts, Pool } from "../pool.ts";
import type { PoolCommand } from "../protocol/commands.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import { startResize, stopResize } from "../resize/operation.ts";
import type { World } from "../world.ts";
import { disableAutoScale, enableAutoScale, evaluateAutoScale } from "./autoscale.ts";
import { livePool, optionRefusal, startTaskRefusal, targetRefusal, timeoutRefusal } from "./checks.ts";
import { addPool, deletePool } from "./poolLife.ts";

type Of<Kind extends PoolCommand["kind"]> = Extract<PoolCommand, { kind: Kind }>;

export function poolCommand(world: World, command: PoolCommand): Outcome {
  if (command.kind === "AddPool") {
    const added = addPool(world, command.spec);
    return "code" in added ? added : undefined;
  }
  const pool = livePool(world, command.poolId);
  if ("code" in pool) return pool;
  switch (command.kind) {
    case "DeletePool":
      deletePool(world, pool);
      return undefined;
    case "ResizePool":
      return resizePool(world, pool, command);
    case "StopResize":
      if (pool.allocationState !== "resizing")
        return refuse("OperationInvalidForCurrentState", `pool ${pool.id} is not resizing`);
      stopResize(world, pool);
      return undefined;
    case "RemoveNodes":
      return removeNodes(world, pool, command);
    case "EnableAutoScale":
      return enableAutoScale(world, pool, command);
    case "DisableAutoScale":
      return disableAutoScale(world, pool);
    case "EvaluateAutoScale":
      return evaluateAutoScale(world, pool, command.autoScaleFormula);
    case "ReplacePoolProperties":
    case "PatchPool":
      return changeProperties(world, pool, command);
    case "UpgradePoolOS":
      return upgradePool(world, pool, command);
  }
}

/** P-30, P-31, P-38. */
function resizePool(world: World, pool: Pool, command: Of<"ResizePool">): Refusal | undefined {
  const {
    targetDedicatedNodes: dedicated,
    targetLowPriorityNodes: lowPriority,
    nodeDeallocationOption: option = "requeue",
  } = command;
  if (pool.autoScale !== undefined)
    return refuse("OperationNotValidOnPool", `pool ${pool.id} is autoscaled; disable autoscale to resize it by hand`);
  if (pool.allocationState !== "steady") return refuse("PoolBeingResized", `pool ${pool.id} is being resized; stop that first`);
  if (dedicated === undefined && lowPriority === undefined)
    return refuseProperty("targetDedicatedNodes", undefined, "at least one target is required", "MissingRequiredProperty");
  const wrong =
    targetRefusal("targetDedicatedNodes", dedicated) ??
    targetRefusal("targetLowPriorityNodes", lowPriority) ??
    timeoutRefusal(world, command.resizeTimeoutMs) ??
    optionRefusal("nodeDeallocationOption", option);
  if (wrong !== undefined) return wrong;
  emit(world, {
    kind: "PoolTargetsChanged",
    pool,
    dedicated: dedicated ?? pool.dedicated.target,
    lowPriority: lowPriority ?? pool.lowPriority.target,
  });
  startResize(world, pool, { by: "manual", option, timeoutMs: command.resizeTimeoutMs ?? pool.spec.resizeTimeoutMs });
  return undefined;
}

/** The target drops by what is removed; a kind that has more nodes than its target, after a removal that failed, loses those first. */
function targetWithout({ target, staying }: KindCounts, removed: number): number {
  return Math.max(0, Math.min(target, Math.max(target, staying) - removed));
}

/** P-49: the targets drop so that nothing is replaced. */
function removeNodes(world: World, pool: Pool, command: Of<"RemoveNodes">): Refusal | undefined {
  const { nodeIds, nodeDeallocationOption: option = "requeue" } = command;
  if (pool.autoScale !== undefined)
    return refuse("OperationNotValidOnPool", `pool ${pool.id} is autoscaled; disable autoscale to remove nodes by hand`);
  if (pool.allocationState !== "steady") return refuse("PoolBeingResized", `pool ${pool.id} is being resized`);
  if (!Array.isArray(nodeIds)) return refuseProperty("nodeList", nodeIds, "a list of node ids", "MissingRequiredProperty");
  if (nodeIds.length < 1 || nodeIds.length > removeNodesMax.value)
    return refuseProperty("nodeList", nodeIds.length, `1 to ${removeNodesMax.value} nodes`);
  const wrong = timeoutRefusal(world, command.resizeTimeoutMs) ?? optionRefusal("nodeDeallocationOption", option);
  if (wrong !== undefined) return wrong;
  const nodes = new Set<ComputeNode>();
  for (const nodeId of nodeIds) {
    const node = pool.node(String(nodeId));
    if (node === undefined) return refuse("NodeNotFound", `pool ${pool.id} has no node ${String(nodeId).slice(0, 64)}`);
    // One that leaves already, after a timeout or a stop in the middle, is not chosen twice.
    if (node.state !== "leavingpool") nodes.add(node);
  }
  const dedicated = [...nodes].filter((node) => node.isDedicated).length;
  emit(world, {
    kind: "PoolTargetsChanged",
    pool,
    dedicated: targetWithout(pool.dedicated, dedicated),
    lowPriority: targetWithout(pool.lowPriority, nodes.size - dedicated),
  });
  startResize(world, pool, {
    by: "removeNodes",
    option,
    timeoutMs: command.resizeTimeoutMs ?? pool.spec.resizeTimeoutMs,
    nodes: [...nodes],
  });
  return undefined;
}

/** P-23: replacing takes away what is absent, patching leaves it. Nodes see it when they boot next (P-109). */
function changeProperties(world: World, pool: Pool, command: Of<"ReplacePoolProperties" | "PatchPool">): Refusal | undefined {
  const wrong = startTaskRefusal(command.startTask);
  if (wrong !== undefined) return wrong;
  const { startTask: oldStartTask, opaque: oldOpaque, ...rest } = pool.spec;
  const replace = command.kind === "ReplacePoolProperties";
  const startTask = command.startTask ?? (replace ? undefined : oldStartTask);
  const opaque = command.opaque ?? (replace ? undefined : oldOpaque);
  const spec = { ...rest, ...(startTask === undefined ? {} : { startTask }), ...(opaque === undefined ? {} : { opaque }) };
  emit(world, { kind: "PoolPropertiesChanged", pool, spec });
  return undefined;
}

/** P-125. */
function upgradePool(world: World, pool: Pool, command: Of<"UpgradePoolOS">): Refusal | undefined {
  const { targetOSVersion, currentOSVersion } = command;
  if (pool.spec.configuration !== "cloudService")
    return refuse("OperationNotValidOnPool", "only pools of cloud services can be upgraded");
  if (pool.state === "upgrading") return refuse("UpgradePoolVersionConflict", `pool ${pool.id} is being upgraded`);
  if (typeof targetOSVersion !== "string" || targetOSVersion === "")
    return refuseProperty("targetOSVersion", targetOSVersion, "a version is required");
  // The newest of today may be another than that of yesterday.
  const isNewer = currentOSVersion !== undefined && currentOSVersion !== pool.spec.currentOSVersion;
  if (targetOSVersion === pool.spec.osVersion && !isNewer)
    return refuse("PoolVersionEqualsUpgradeVersion", `pool ${pool.id} has that version`);
  const current = currentOSVersion === undefined ? {} : { currentOSVersion };
  emit(world, { kind: "PoolUpgradeStarted", pool, targetOSVersion, ...current });
  world.touchForResize(pool);
  return undefined;
}
