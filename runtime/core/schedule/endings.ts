/**
 * How work on nodes is brought to an end: kills that are asked for, and work that is lost with its node. Called when nodes drain, reboot, leave or
 * vanish, and by commands on tasks and jobs.
 */
import { emit, request } from "../apply.ts";
import { listRetained, retainedUntilOf, tidyRetained } from "../apply/tasks.ts";
import type { Attempt } from "../attempt.ts";
import type { ComputeNode } from "../node.ts";
import type { World } from "../world.ts";
import { bindJob } from "./binding.ts";
import { completeTask, endAttempt, failTask, runsBy } from "./complete.ts";
import { ENDED_BY_REQUEST, LOST_WITH_NODE } from "./exits.ts";
import { type EndWork, killSpecials, loseSpecials, preparationUnwanted } from "./specials.ts";

export type { EndWork } from "./specials.ts";
export { nodeBooted, nodeCameUp, nodeLeaves, nodeUnfit } from "./specials.ts";

/**
 * Has an attempt killed on all its nodes; its slots are free when the provider has reported the end. Twice is harmless; terminate wins. A
 * terminated task is completed at once (L-71), a requeued or recovered one stays running until the report.
 */
export function killAttempt(world: World, attempt: Attempt, end: EndWork): void {
  const asked = attempt.kill !== undefined;
  const intent = end === "terminate" ? "none" : end;
  if (!asked || (intent === "none" && attempt.kill !== "none")) emit(world, { kind: "KillRequested", attempt, intent });
  // Where it prepares a second time matters too: the node whose preparation it waited for may have been lost since.
  if (!asked || attempt.preparing) stopProcess(world, attempt);
  if (intent === "none" && runsBy(attempt.task, attempt)) failTask(world, attempt.task, ENDED_BY_REQUEST);
}

/**
 * An attempt that waits for the job preparation task has no process yet: it ends with the preparation (P-132), or at once where that is not under
 * way on any node left to a group.
 */
function stopProcess(world: World, attempt: Attempt): void {
  if (!attempt.preparing) {
    request(world, { kind: "KillTask", attempt });
    return;
  }
  const job = attempt.task.job;
  let prepares = false;
  for (const node of attempt.group ?? [attempt.node]) {
    if (attempt.lostNodes?.includes(node) === true || job.preparations.get(node)?.state !== "running") continue;
    preparationUnwanted(world, node, job);
    prepares = true;
  }
  if (!prepares) endAttempt(world, attempt, { exitCode: undefined, failure: undefined, cause: "killed" });
}

/** The same for everything on a node, job preparation and release tasks included (P-58, P-60). */
export function killWork(world: World, node: ComputeNode, end: EndWork): void {
  for (const attempt of [...node.attempts]) if (node.attempts.includes(attempt)) killAttempt(world, attempt, end);
  killSpecials(world, node);
}

/**
 * The node is gone, or nothing on it runs any more (preempted, unknown for too long, unusable, rebooted by the service): its attempts end now,
 * without a report. Other nodes of a group are killed and report (P-60). Afterwards `node.empty` holds.
 */
export function loseWork(world: World, node: ComputeNode, end: EndWork): void {
  for (const attempt of [...node.attempts]) if (node.attempts.includes(attempt)) loseAttempt(world, node, attempt, end);
  loseSpecials(world, node);
}

function loseAttempt(world: World, node: ComputeNode, attempt: Attempt, end: EndWork): void {
  const intent = end === "terminate" ? "none" : end;
  const left = (attempt.group?.length ?? 1) - (attempt.lostNodes?.length ?? 0);
  if (left > 1) {
    emit(world, { kind: "AttemptNodeLost", attempt, node });
    killAttempt(world, attempt, end);
    return;
  }
  const task = attempt.task;
  const current = runsBy(task, attempt);
  if (attempt.kill === undefined && intent !== "none") emit(world, { kind: "KillRequested", attempt, intent });
  if (current && intent === "none")
    completeTask(world, task, { exitCode: undefined, failure: ENDED_BY_REQUEST, cause: "killed" });
  // The last of a group's nodes: none of its instances is left to report.
  const told = attempt.group?.slice(1).map(() => ({ exitCode: undefined, failure: LOST_WITH_NODE }));
  endAttempt(world, attempt, { exitCode: undefined, failure: undefined, cause: "killed" }, told);
}

/** A pool of an id appeared: jobs that name it are bound (P-22). */
export function poolAppeared(world: World, poolKey: string): void {
  for (const job of world.jobsByPool.get(poolKey) ?? []) bindJob(world, job);
}

/** A pool is about to go: its jobs wait unbound (P-22). */
export function poolVanishes(world: World, poolKey: string): void {
  for (const job of world.jobsByPool.get(poolKey) ?? [])
    if (job.pool !== undefined) emit(world, { kind: "JobBound", job, pool: undefined });
}

/** Until when directories of completed tasks are retained on the node; -Infinity: none (T-87, P-57). Tidies `node.retained`. */
export function retainedUntil(world: World, node: ComputeNode): number {
  listRetained(world);
  tidyRetained(world, node);
  let until = Number.NEGATIVE_INFINITY;
  for (const task of node.retained) until = Math.max(until, retainedUntilOf(world, task, node));
  return until;
}
