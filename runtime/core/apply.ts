/**
 * The only writer of the world. Decisions are events: `emit` applies one and records it, so that what is decided later in the same step sees it.
 * Each entity has its own file under `apply/`; state changes are checked against the entity's table there.
 */
import { applyJobEvent } from "./apply/jobs.ts";
import { applyNodeEvent } from "./apply/nodes.ts";
import { applyPoolEvent } from "./apply/pools.ts";
import { applyTaskEvent } from "./apply/tasks.ts";
import type { Effect } from "./protocol/effects.ts";
import type { Event } from "./protocol/events.ts";
import type { World } from "./world.ts";

/** Writes an event into the world and into the step's record. */
export function emit(world: World, event: Event): void {
  apply(world, event);
  if (world.listener !== undefined) world.listener.note(event, world.now);
  if (world.eventMode === "keep") world.events.push(event);
  else if (world.eventMode === "digest") world.digest.add(world.now, event);
}

/** Asks the host for something; nothing in the world changes by it. */
export function request(world: World, effect: Effect): void {
  world.effects.push(effect);
}

function apply(world: World, event: Event): void {
  switch (event.kind) {
    case "AttemptEnded":
    case "AttemptNodeLost":
    case "TaskCompleted":
    case "TaskPlaced":
    case "TaskAdded":
    case "TaskStarted":
    case "KillRequested":
    case "TaskReturned":
    case "TaskReactivated":
    case "TaskChanged":
    case "TaskScheduleFailed":
    case "DependencySatisfied":
    case "TaskRemoved":
      applyTaskEvent(world, event);
      return;
    case "StaleReport":
      return;
    case "NodesRequested":
    case "NodeRequestCancelled":
    case "NodeRequestEnded":
    case "NodeCreated":
    case "NodeStateChanged":
    case "NodeDrainStarted":
    case "NodeDrainEnded":
    case "NodeSchedulingChanged":
    case "ReplacementSought":
    case "StartTaskStarted":
    case "StartTaskCompleted":
    case "NodeRemoved":
      applyNodeEvent(world, event);
      return;
    case "QuotasChanged":
    case "PoolAdded":
    case "PoolPropertiesChanged":
    case "PoolTargetsChanged":
    case "ResizeStarted":
    case "ResizeTroubled":
    case "ResizeStopping":
    case "ResizeCompleted":
    case "TargetsHeld":
    case "AutoScaleEnabled":
    case "AutoScaleDisabled":
    case "AutoScaleEvaluated":
    case "PoolUpgradeStarted":
    case "PoolUpgradeReached":
    case "PoolUpgradeCompleted":
    case "PoolDeletionStarted":
    case "PoolRemoved":
      applyPoolEvent(world, event);
      return;
    default:
      applyJobEvent(world, event);
      return;
  }
}
