/**
 * Who occupies a node: the one place where slots are taken and given back, idle turns to running and back (rows 8, 9, 11), and a draining node
 * that has become empty is noted. Called by the application of task and job events alone.
 */
import { assert } from "../../../src/base/assert.ts";
import type { Attempt } from "../attempt.ts";
import { type ComputeNode, takesTasks } from "../node.ts";
import type { World } from "../world.ts";

/** Gives the attempt its slots on one node. */
export function occupy(world: World, node: ComputeNode, attempt: Attempt): void {
  assert(node.usedSlots + attempt.slots <= node.slots, "slots of a node are not exceeded");
  node.attempts.push(attempt);
  node.usedSlots += attempt.slots;
  if (attempt.task.kind === "manager") node.managers++;
  if (node.state === "idle") {
    const counts = node.pool.kind(node.isDedicated);
    counts.byState.idle--;
    counts.byState.running++;
    node.state = "running";
    node.stateTransitionAt = world.now;
    node.stateNumber++;
  }
  refreshFree(node);
  world.markChanged(node);
}

/** Takes the attempt's slots on one node back. The node's task counters are the caller's. */
export function vacate(world: World, node: ComputeNode, attempt: Attempt): void {
  const attempts = node.attempts;
  const last = attempts.pop();
  if (last !== attempt) {
    const at = attempts.indexOf(attempt);
    assert(at >= 0 && last !== undefined, "an attempt leaves a node on which it is");
    attempts[at] = last;
  }
  node.usedSlots -= attempt.slots;
  if (attempt.task.kind === "manager") node.managers--;
  if (attempts.length === 0) becameEmpty(world, node);
  refreshFree(node);
  if (node.schedulable) world.touchForPlacement(node.pool);
  world.markChanged(node);
}

/** A preparation or release task begins on the node. */
export function occupySpecial(world: World, node: ComputeNode): void {
  node.specials++;
  world.markChanged(node);
}

/** It has ended there. */
export function vacateSpecial(world: World, node: ComputeNode): void {
  assert(node.specials > 0, "a special task leaves a node on which one is");
  node.specials--;
  if (node.empty && node.drain !== undefined) noteEmptied(world, node);
  world.markChanged(node);
}

/** Shows the placement index what the node offers now: its free slots, or nothing. */
export function refreshFree(node: ComputeNode): void {
  if (takesTasks(node.state) && node.schedulingState === "enabled" && node.drain === undefined && !node.gone) {
    node.pool.free.set(node.place, node.slots - node.usedSlots, node.isDedicated);
  } else {
    node.pool.free.remove(node.place);
  }
}

function becameEmpty(world: World, node: ComputeNode): void {
  if (node.state === "running") {
    const counts = node.pool.kind(node.isDedicated);
    const to = node.schedulingState === "enabled" ? "idle" : "offline";
    counts.byState.running--;
    counts.byState[to]++;
    node.state = to;
    node.stateTransitionAt = world.now;
    node.stateNumber++;
  }
  if (node.drain !== undefined && node.specials === 0) noteEmptied(world, node);
}

/** The drain's purpose is looked at before the step ends. */
export function noteEmptied(world: World, node: ComputeNode): void {
  node.pool.emptied.push(node);
  world.touchForResize(node.pool);
}
