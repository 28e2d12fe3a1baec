/**
 * What a restored world waits for. An effect is performed after the commit that decided it, so a crash in between loses it; and a provider that was
 * away may have forgotten. All effects whose answer is still awaited are asked for again: each is one the provider may be told twice.
 */
import type { Job } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { Effect } from "../protocol/effects.ts";
import type { World } from "../world.ts";

/** In an order that makes sense: machines, then what runs on them, then what is to be ended. Empty for a new world. */
export function outstandingEffects(world: World): Effect[] {
  const effects: Effect[] = [];
  for (const pool of world.pools.values()) {
    ofRequests(pool, effects);
    for (const node of pool.nodes.values()) ofNode(node, effects);
  }
  ofAttempts(world, effects);
  for (const job of world.jobs.values()) ofSpecials(job, effects);
  return effects;
}

/** Nodes that are asked for, or that are there and have not told that they are up. */
function ofRequests(pool: Pool, effects: Effect[]): void {
  for (const isDedicated of [true, false]) {
    const nodeIds: string[] = [];
    for (const asked of pool.requests.values()) if (asked.isDedicated === isDedicated) nodeIds.push(asked.nodeId);
    for (const node of pool.nodes.values())
      if (node.isDedicated === isDedicated && (node.state === "creating" || node.state === "starting")) nodeIds.push(node.id);
    if (nodeIds.length > 0) effects.push({ kind: "AllocateNodes", pool, dedicated: isDedicated, nodeIds });
  }
  const cancelled = Array.from(pool.requests.values()).filter((asked) => asked.cancelled);
  if (cancelled.length > 0) effects.push({ kind: "CancelAllocation", pool, nodeIds: cancelled.map(({ nodeId }) => nodeId) });
}

function ofNode(node: ComputeNode, effects: Effect[]): void {
  switch (node.state) {
    case "leavingpool":
      effects.push({ kind: "ReleaseNode", pool: node.pool, nodeId: node.id });
      return;
    case "rebooting":
      effects.push({ kind: "RebootNode", node });
      return;
    case "reimaging":
      effects.push({ kind: "ReimageNode", node });
      return;
    case "preempted":
      if (node.awaitsReplacement) effects.push({ kind: "ReplaceNode", node });
      return;
    case "creating":
    case "starting":
      return;
    default:
      if (node.startTaskInfo?.state === "running" && node.startTask !== undefined)
        effects.push({ kind: "RunStartTask", node, startTask: node.startTask });
  }
}

/** One that waits for its preparation has not been given out yet (P-132). */
function ofAttempts(world: World, effects: Effect[]): void {
  for (const attempt of world.attempts) if (!attempt.preparing) effects.push({ kind: "RunTask", attempt });
  for (const attempt of world.attempts)
    if (!attempt.preparing && attempt.kill !== undefined) effects.push({ kind: "KillTask", attempt });
}

function ofSpecials(job: Job, effects: Effect[]): void {
  for (const run of [...job.preparations.values(), ...job.releases.values()]) {
    if (run.state !== "running" || run.awaitsNode) continue;
    effects.push(run.kind === "preparation" ? { kind: "RunPreparation", run } : { kind: "RunRelease", run });
    if (!run.stands) effects.push({ kind: "KillSpecial", run });
  }
}
