/** What pool events write: the pool, its resize, its autoscale settings, and the timers that belong to them. */
import { assert, unreachable } from "../../../src/base/assert.ts";
import { allocationMachine, type AllocationState, type Pool, type PoolState, poolMachine, type Resize } from "../pool.ts";
import type { PoolEvent } from "../protocol/events.ts";
import type { World } from "../world.ts";

export function applyPoolEvent(world: World, event: PoolEvent): void {
  if (event.kind === "QuotasChanged") {
    Object.assign(world.quotas, event.quotas);
    return;
  }
  const pool = event.pool;
  switch (event.kind) {
    case "PoolAdded":
      poolMachine.check("(none)", pool.state);
      allocationMachine.check("(none)", pool.allocationState);
      assert(!world.pools.has(pool.key), "a pool's id is its own");
      world.pools.set(pool.key, pool);
      break;
    case "PoolPropertiesChanged":
      assert(
        event.spec.coresPerNode === pool.spec.coresPerNode && event.spec.taskSlotsPerNode === pool.spec.taskSlotsPerNode,
        "size and slots stay",
      );
      pool.spec = event.spec;
      modified(world, pool);
      break;
    case "PoolTargetsChanged":
      pool.dedicated.target = event.dedicated;
      pool.lowPriority.target = event.lowPriority;
      modified(world, pool);
      break;
    case "ResizeStarted":
      resizeStarted(world, pool, event.resize);
      break;
    case "ResizeTroubled":
      assert(pool.resize !== undefined, "trouble of a resize that runs");
      pool.pendingErrors.push(event.error);
      break;
    case "ResizeStopping":
      allocation(world, pool, "stopping");
      break;
    case "ResizeCompleted":
      allocation(world, pool, "steady");
      pool.resizeErrors = event.errors;
      pool.lastResize = pool.resize;
      endResize(pool);
      break;
    case "TargetsHeld":
      pool.heldTargets = event.held;
      break;
    case "AutoScaleEnabled":
      pool.autoScale = event.autoScale;
      pool.autoScaleEnabledAt = world.now;
      modified(world, pool);
      break;
    case "AutoScaleDisabled":
      pool.autoScale = undefined;
      pool.heldTargets = undefined;
      cancel(pool, "evaluationTimer");
      cancel(pool, "sampleTimer");
      modified(world, pool);
      break;
    case "AutoScaleEvaluated":
      pool.evaluationNumber++;
      pool.autoScaleRuns.push(event.record);
      if (pool.autoScaleRuns.length > world.settings.autoScaleRunsKept) pool.autoScaleRuns.shift();
      break;
    case "PoolUpgradeStarted":
      state(world, pool, "upgrading");
      pool.upgrade = {
        targetOSVersion: event.targetOSVersion,
        ...(event.currentOSVersion === undefined ? {} : { currentOSVersion: event.currentOSVersion }),
        node: undefined,
        pending: [...pool.nodes.values()],
      };
      // A preempted node has nothing to upgrade: its replacement is made with the new version.
      for (const node of pool.nodes.values()) {
        node.awaitsUpgrade = node.state !== "preempted";
        world.markChanged(node);
      }
      modified(world, pool);
      break;
    case "PoolUpgradeReached":
      assert(pool.upgrade !== undefined && event.node.awaitsUpgrade, "an upgrade reaches a node that awaits it");
      pool.upgrade.node = event.node;
      event.node.awaitsUpgrade = false;
      break;
    case "PoolUpgradeCompleted": {
      const { upgrade } = pool;
      assert(upgrade !== undefined, "an upgrade ends that was going on");
      const { currentOSVersion: _, ...spec } = pool.spec;
      pool.spec = {
        ...spec,
        osVersion: upgrade!.targetOSVersion,
        ...(upgrade!.currentOSVersion === undefined ? {} : { currentOSVersion: upgrade!.currentOSVersion }),
      };
      pool.upgrade = undefined;
      state(world, pool, "active");
      modified(world, pool);
      break;
    }
    case "PoolDeletionStarted":
      state(world, pool, "deleting");
      pool.upgrade = undefined;
      pool.autoScale = undefined;
      pool.heldTargets = undefined;
      cancel(pool, "evaluationTimer");
      cancel(pool, "sampleTimer");
      cancel(pool, "seekTimer");
      modified(world, pool);
      break;
    case "PoolRemoved":
      poolMachine.check(pool.state, "(none)");
      allocationMachine.check(pool.allocationState, "(none)");
      assert(pool.nodes.size === 0 && pool.requests.size === 0, "a pool goes when nothing of it is left");
      endResize(pool);
      pool.gone = true;
      world.pools.delete(pool.key);
      break;
    default:
      unreachable(event);
  }
  world.markChanged(pool);
}

/** Pool-level changes move lastModified and the ETag (P-24). */
function modified(world: World, pool: Pool): void {
  pool.lastModifiedAt = world.now;
  pool.changeNumber++;
}

function state(world: World, pool: Pool, to: PoolState): void {
  poolMachine.check(pool.state, to);
  pool.state = to;
  pool.stateTransitionAt = world.now;
}

function allocation(world: World, pool: Pool, to: AllocationState): void {
  allocationMachine.check(pool.allocationState, to);
  pool.allocationState = to;
  pool.allocationStateTransitionAt = world.now;
}

/** A resize starts or, in the middle of one, a new target replaces the old (P-70). Errors of the last one are cleared (P-33). */
function resizeStarted(world: World, pool: Pool, resize: Resize): void {
  allocation(world, pool, "resizing");
  assert(resize.number === pool.resizeNumber + 1, "resizes are counted one by one");
  cancel(pool, "resizeTimer");
  pool.resize = resize;
  pool.resizeNumber = resize.number;
  pool.resizeErrors = [];
  pool.pendingErrors.length = 0;
  pool.resizeTimer = world.timers.set(resize.timeoutAt, { kind: "resizeTimeout", pool, resizeNumber: resize.number });
}

function endResize(pool: Pool): void {
  pool.resize = undefined;
  pool.pendingErrors.length = 0;
  cancel(pool, "resizeTimer");
}

function cancel(pool: Pool, name: "resizeTimer" | "seekTimer" | "evaluationTimer" | "sampleTimer"): void {
  const timer = pool[name];
  if (timer !== undefined) timer.cancelled = true;
  pool[name] = undefined;
}
