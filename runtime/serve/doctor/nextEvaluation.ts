/**
 * What the next evaluation of a pool's formula would do, so that a pool that only waits for it is not taken for a broken one: the formula is run over the
 * samples of now, and tasks that are newer than the last evaluation are told from those that it has seen and left alone.
 */
import { evaluateFormula } from "../../core/autoscale/evaluate.ts";
import type { Pool } from "../../core/pool.ts";
import type { World } from "../../core/world.ts";

/** The next evaluation as it looks now. */
interface NextEvaluation {
  /** Seconds of service time until then, whole, at least 0. */
  readonly inSeconds: number;
  /** Whether the formula would fail with the samples of now. */
  readonly fails: boolean;
  /** Nodes of both kinds that it would want; those of now when it fails. */
  readonly nodes: number;
}

/** Looks ahead; undefined for a pool without autoscale or one whose evaluations have ended. Reads only. `now`: milliseconds since 1970, service time. */
export function nextEvaluation(world: World, pool: Pool, now: number): NextEvaluation | undefined {
  const { autoScale, evaluationTimer } = pool;
  if (autoScale === undefined || evaluationTimer === undefined || evaluationTimer.cancelled) return undefined;
  const { error, targets } = evaluateFormula(world, pool, autoScale.prepared);
  return {
    inSeconds: Math.max(0, Math.round((evaluationTimer.dueAt - now) / 1000)),
    fails: error !== null,
    nodes: targets.dedicated + targets.lowPriority,
  };
}

/** Whether every task that waits came after the last evaluation, which therefore cannot have counted it. Reads only. */
export function waitingTasksAreNewer(world: World, pool: Pool): boolean {
  const last = pool.autoScaleRuns[pool.autoScaleRuns.length - 1];
  if (last === undefined) return true;
  for (const job of world.jobsByPool.get(pool.key) ?? [])
    for (const task of job.tasks.values()) if (task.state === "active" && task.creationAt <= last.at) return false;
  return true;
}
