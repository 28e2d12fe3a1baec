/**
 * How work on nodes is brought to an end: kills that are asked for, and work that is lost with its node. Called when nodes drain, reboot, leave or
 * vanish, and by commands on tasks and jobs.
 */
import type { Attempt } from "../attempt.ts";
import type { ComputeNode } from "../node.ts";
import type { World } from "../world.ts";

/** What happens to the tasks: back to active by a user's doing, by the service's doing, or completed as a failure. */
export type EndWork = "requeue" | "recover" | "terminate";

/** Has an attempt killed on all its nodes; its slots are free when the provider has reported the end. Twice is harmless; terminate wins. */
export function killAttempt(_world: World, _attempt: Attempt, _end: EndWork): void {}

/** The same for everything on a node, job preparation and release tasks included (P-58, P-60). */
export function killWork(_world: World, _node: ComputeNode, _end: EndWork): void {}

/**
 * The node is gone, or nothing on it runs any more (preempted, unknown for too long, unusable, rebooted by the service): its attempts end now,
 * without a report. Other nodes of a group are killed and report (P-60). Afterwards `node.empty` holds.
 */
export function loseWork(_world: World, _node: ComputeNode, _end: EndWork): void {}

/** The node came up again: which preparations count still (J-63), which releases run again (J-68). `wiped`: reimaged or replaced. */
export function nodeBooted(_world: World, _node: ComputeNode, _wiped: boolean): void {}

/** The node takes tasks (again): releases that waited for it run (J-68). */
export function nodeCameUp(_world: World, _node: ComputeNode): void {}

/** The node's record is about to go: forget it where jobs mention it for work to come (J-67). */
export function nodeLeaves(_world: World, _node: ComputeNode): void {}

/** A pool of an id appeared: jobs that name it are bound (P-22). */
export function poolAppeared(_world: World, _poolKey: string): void {}

/** A pool is about to go: its jobs wait unbound (P-22). */
export function poolVanishes(_world: World, _poolKey: string): void {}

/** Until when directories of completed tasks are retained on the node; -Infinity: none (T-87, P-57). May tidy `node.retained`. */
export function retainedUntil(_world: World, _node: ComputeNode): number {
  return Number.NEGATIVE_INFINITY;
}
