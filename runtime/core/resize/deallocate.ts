/**
 * Draining a node: no new tasks, those that run are ended or waited for as the deallocation option says (section 5 of the pool rules), and when
 * nothing is left the node leaves, reboots, is made anew or stays offline. One mechanism for all five purposes.
 *
 *     startDrain → [requeue, terminate: kills] → last work ended → [retaineddata: wait for retention] → finishDrain by purpose
 */
import { unreachable } from "../../../src/base/assert.ts";
import { emit, request } from "../apply.ts";
import { noteEmptied } from "../apply/occupancy.ts";
import { type ComputeNode, type DeallocationOption, type Drain, nodeMachine } from "../node.ts";
import type { Pool } from "../pool.ts";
import { killWork, loseWork, retainedUntil } from "../schedule/endings.ts";
import type { World } from "../world.ts";

export interface DrainOptions {
  readonly option: DeallocationOption;
  readonly purpose: Drain["purpose"];
  /** Why this node; shown to people. */
  readonly reason: string;
}

/** Starts a drain, or replaces the one that is going on. Whatever is empty already goes on before the step ends. */
export function startDrain(world: World, node: ComputeNode, options: DrainOptions): void {
  const { option, purpose, reason } = options;
  emit(world, { kind: "NodeDrainStarted", node, drain: { option, purpose, reason, since: world.now } });
  if (option !== "requeue" && option !== "terminate") return;
  // Nobody answers on a node that is silent: its work ends without a report.
  if (node.state === "unknown") loseWork(world, node, option);
  else killWork(world, node, option);
}

/** Gives a node back to the scheduler whose drain is given up (P-39). Kills that were asked for are not taken back. */
export function endDrain(world: World, node: ComputeNode): void {
  if (node.drain !== undefined && node.state !== "leavingpool") emit(world, { kind: "NodeDrainEnded", node });
}

/** Looks at the draining nodes of a pool that have become empty. */
export function finishEmptied(world: World, pool: Pool): void {
  const emptied = pool.emptied;
  for (let i = 0; i < emptied.length; i++) {
    const node = emptied[i];
    if (node.gone || node.drain === undefined || node.state === "leavingpool" || !node.empty) continue;
    if (node.drain.option === "retaineddata" && waitsForRetention(world, node)) continue;
    finishDrain(world, node, node.drain);
  }
  emptied.length = 0;
}

/** A retention period on the node is over: look again. */
export function retentionDue(world: World, node: ComputeNode): void {
  if (!node.gone && node.drain !== undefined && node.empty) noteEmptied(world, node);
}

/** With infinite retention there is no timer: only deleting the task or job ends it (P-57). */
function waitsForRetention(world: World, node: ComputeNode): boolean {
  const until = retainedUntil(world, node);
  if (until <= world.now) return false;
  world.timers.set(until, { kind: "retentionEnd", node });
  return true;
}

function finishDrain(world: World, node: ComputeNode, drain: Drain): void {
  switch (drain.purpose) {
    case "leave":
      leave(world, node);
      return;
    case "reboot":
      restart(world, node, "rebooting");
      return;
    case "reimage":
    case "upgrade":
      restart(world, node, "reimaging");
      return;
    case "disable":
      emit(world, { kind: "NodeDrainEnded", node });
      return;
    default:
      unreachable(drain.purpose);
  }
}

/** The node leaves now (P-50); nothing may run on it. */
export function leave(world: World, node: ComputeNode): void {
  emit(world, { kind: "NodeStateChanged", node, to: "leavingpool", errors: [] });
  request(world, { kind: "ReleaseNode", pool: node.pool, nodeId: node.id });
}

/** Reboots or makes anew; scheduling is enabled again (section 10). A node that meanwhile went another way is left alone. */
export function restart(world: World, node: ComputeNode, to: "rebooting" | "reimaging"): void {
  if (node.drain !== undefined) emit(world, { kind: "NodeDrainEnded", node });
  if (!nodeMachine.allows(node.state, to)) return;
  // First the state, then the scheduling state: in between the node must not be offered to tasks.
  emit(world, { kind: "NodeStateChanged", node, to, errors: [] });
  if (node.schedulingState === "disabled") emit(world, { kind: "NodeSchedulingChanged", node, to: "enabled" });
  request(world, to === "rebooting" ? { kind: "RebootNode", node } : { kind: "ReimageNode", node });
}
