/** How pools come and go (P-01 to P-20). Auto pools come and go through the same two functions (P-200). */
import { evaluationIntervalMs } from "../../../src/base/limits.ts";
import type { PreparedFormula } from "../../../src/autoscale/run.ts";
import { emit } from "../apply.ts";
import { idKey, isId, slotsPerCoreMax, slotsPerNodeMax } from "../limits.ts";
import { type AddPoolSpec, Pool, type PoolSpec } from "../pool.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import { startDrain } from "../resize/deallocate.ts";
import { startResize, stopResize } from "../resize/operation.ts";
import { poolAppeared } from "../schedule/endings.ts";
import type { World } from "../world.ts";
import { formulaRefusal, intervalRefusal, switchOn } from "./autoscale.ts";
import { isWhole, startTaskRefusal, targetRefusal, timeoutRefusal } from "./checks.ts";

/** Adds a pool; initial sizing is an ordinary resize (P-16). */
export function addPool(world: World, given: AddPoolSpec): Pool | Refusal {
  const wrong = poolRefusal(world, given);
  if (wrong !== undefined) return wrong;
  let prepared: PreparedFormula | undefined;
  if (given.enableAutoScale === true) {
    const formula = formulaRefusal(given.autoScaleFormula);
    if ("code" in formula) return formula;
    prepared = formula;
  }
  const pool = new Pool(poolSpec(world, given), idKey(given.id), world.now);
  emit(world, { kind: "PoolAdded", pool });
  poolAppeared(world, pool.key);
  if (prepared !== undefined) {
    switchOn(world, pool, prepared, {
      intervalMs: given.autoScaleEvaluationIntervalMs ?? evaluationIntervalMs.value,
      gridStartAt: world.now,
    });
    return pool;
  }
  const dedicated = given.targetDedicatedNodes ?? 0;
  const lowPriority = given.targetLowPriorityNodes ?? 0;
  if (dedicated + lowPriority === 0) return pool;
  emit(world, { kind: "PoolTargetsChanged", pool, dedicated, lowPriority });
  startResize(world, pool, { by: "create", option: "requeue", timeoutMs: pool.spec.resizeTimeoutMs });
  return pool;
}

function poolSpec(world: World, given: AddPoolSpec): PoolSpec {
  return {
    id: given.id,
    ...(given.displayName === undefined ? {} : { displayName: given.displayName }),
    vmSize: given.vmSize,
    coresPerNode: given.coresPerNode,
    taskSlotsPerNode: given.taskSlotsPerNode ?? 1,
    nodeFillType: given.nodeFillType ?? "spread",
    enableInterNodeCommunication: given.enableInterNodeCommunication ?? false,
    resizeTimeoutMs: given.resizeTimeoutMs ?? world.settings.resizeTimeoutMs,
    configuration: given.configuration ?? "virtualMachine",
    osVersion: given.osVersion ?? "*",
    ...(given.currentOSVersion === undefined ? {} : { currentOSVersion: given.currentOSVersion }),
    ...(given.startTask === undefined ? {} : { startTask: given.startTask }),
    ...(given.autoPool === undefined ? {} : { autoPool: given.autoPool }),
    ...(given.opaque === undefined ? {} : { opaque: given.opaque }),
  };
}

/** P-01, P-08, P-10 to P-13, P-15; ids L-20. */
function poolRefusal(world: World, given: AddPoolSpec): Refusal | undefined {
  if (!isId(given.id)) return refuseProperty("id", given.id, "1 to 64 letters, digits, hyphens and underscores");
  if (typeof given.vmSize !== "string" || given.vmSize === "")
    return refuseProperty("vmSize", given.vmSize, "required", "MissingRequiredProperty");
  if (!isWhole(given.coresPerNode, 1, 65_536))
    return refuseProperty("vmSize", given.vmSize, "a size with a known number of cores");
  const slotsMax = Math.min(slotsPerCoreMax.value * given.coresPerNode, slotsPerNodeMax.value);
  if (!isWhole(given.taskSlotsPerNode ?? 1, 1, slotsMax))
    return refuseProperty("taskSlotsPerNode", given.taskSlotsPerNode, `a whole number from 1 to ${slotsMax}`);
  const fill = given.nodeFillType ?? "spread";
  if (fill !== "spread" && fill !== "pack") return refuseProperty("taskSchedulingPolicy.nodeFillType", fill, "spread or pack");
  return (
    timeoutRefusal(world, given.resizeTimeoutMs) ??
    startTaskRefusal(given.startTask) ??
    scaleRefusal(given) ??
    (world.pools.has(idKey(given.id)) ? refuse("PoolExists", `there is a pool ${given.id}`) : undefined) ??
    (world.pools.size >= world.quotas.pools
      ? refuse("PoolQuotaReached", `the account may have ${world.quotas.pools} pools`)
      : undefined)
  );
}

/** P-08: targets or a formula, never both. */
function scaleRefusal(given: AddPoolSpec): Refusal | undefined {
  const { targetDedicatedNodes: dedicated, targetLowPriorityNodes: lowPriority, autoScaleFormula: formula } = given;
  if (given.enableAutoScale === true) {
    if (dedicated !== undefined || lowPriority !== undefined)
      return refuse("InvalidAutoScalingSettings", "targets must be absent when autoscale is enabled");
    return intervalRefusal(given.autoScaleEvaluationIntervalMs);
  }
  if (formula !== undefined || given.autoScaleEvaluationIntervalMs !== undefined) {
    return refuse("InvalidAutoScalingSettings", "a formula or interval must be absent when autoscale is not enabled");
  }
  if (dedicated === undefined && lowPriority === undefined)
    return refuseProperty("targetDedicatedNodes", undefined, "at least one target is required", "MissingRequiredProperty");
  return targetRefusal("targetDedicatedNodes", dedicated) ?? targetRefusal("targetLowPriorityNodes", lowPriority);
}

/** P-20: stop what runs, shrink to nothing with requeue, and go when the last node is gone. The pool must not be deleting. */
export function deletePool(world: World, pool: Pool): void {
  if (pool.allocationState === "resizing") stopResize(world, pool);
  emit(world, { kind: "PoolDeletionStarted", pool });
  emit(world, { kind: "PoolTargetsChanged", pool, dedicated: 0, lowPriority: 0 });
  // Nodes that wait for tasks, for whatever purpose, wait no longer: all leave with requeue.
  for (const node of [...pool.draining])
    startDrain(world, node, { option: "requeue", purpose: "leave", reason: "its pool is being deleted" });
  startResize(world, pool, { by: "delete", option: "requeue", timeoutMs: Number.POSITIVE_INFINITY });
}
