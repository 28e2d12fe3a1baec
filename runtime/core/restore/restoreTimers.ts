/** Timers of a restored world: what an entity waits for follows from its state, or its row says when. Instants in the past are due at once. */
import { retainedUntil } from "../schedule/endings.ts";
import type { Job } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";
import type { ReadRows } from "./reading.ts";
import type { PoolRow } from "./rows/pools.ts";

/** Sets every timer that the entities of a restored world wait for; their own fields must be complete. */
export function restoreTimers(world: World, rows: ReadRows): void {
  for (const [pool, row] of rows.pools) restorePoolTimers(world, pool, row, rows.sampledAt.get(pool));
  for (const [schedule, { wakeAt }] of rows.schedules)
    if (wakeAt !== undefined) schedule.timer = world.timers.set(wakeAt, { kind: "scheduleDue", schedule });
  for (const job of world.jobs.values()) restoreJobTimers(world, job);
}

function restorePoolTimers(world: World, pool: Pool, row: PoolRow, sampledAt: number | undefined): void {
  const resize = pool.resize;
  if (resize !== undefined)
    pool.resizeTimer = world.timers.set(resize.timeoutAt, { kind: "resizeTimeout", pool, resizeNumber: resize.number });
  if (row.autoScale !== undefined) {
    pool.evaluationTimer = world.timers.set(row.autoScale.evaluationAt, { kind: "autoScaleEvaluation", pool });
    pool.sampleTimer = world.timers.set(nextSampleAt(world, row.autoScale.sampleAt, sampledAt), { kind: "samplePool", pool });
  }
  if (row.seekAt !== undefined) pool.seekTimer = world.timers.set(row.seekAt, { kind: "seekLowPriority", pool });
  for (const node of pool.nodes.values()) restoreNodeTimers(world, node);
}

/** The row says where the grid of samples lies, the newest sample how far it has come. */
function nextSampleAt(world: World, rowSays: number, sampledAt: number | undefined): number {
  const period = world.settings.samplePeriodMs;
  if (sampledAt === undefined || sampledAt < rowSays) return rowSays;
  return rowSays + (Math.floor((sampledAt - rowSays) / period) + 1) * period;
}

function restoreNodeTimers(world: World, node: ComputeNode): void {
  const { unknownGraceMs, unusableRecoveryMs } = world.settings;
  const waits = node.state === "unusable" && node.errors.length === 0 ? unusableRecoveryMs : unknownGraceMs;
  if (node.state === "unknown" || (node.state === "unusable" && node.errors.length === 0))
    world.timers.set(node.stateTransitionAt + waits, { kind: "nodeRecovery", node, stateNumber: node.stateNumber });
  if (node.drain?.option !== "retaineddata" || node.state === "leavingpool" || !node.empty) return;
  world.timers.set(Math.max(world.now, retainedUntil(world, node)), { kind: "retentionEnd", node });
}

function restoreJobTimers(world: World, job: Job): void {
  const over = job.state === "terminating" || job.state === "deleting" || job.state === "completed";
  if (job.spec.maxWallClockMs !== undefined && !over)
    job.timeLimit = world.timers.set(job.creationAt + job.spec.maxWallClockMs, { kind: "jobTimeLimit", job });
  // One timer for the oldest task that is not completed does for all (T-16).
  for (const task of job.tasks.values()) {
    if (task.state === "completed") continue;
    job.lifetime = world.timers.set(task.creationAt + world.settings.taskLifetimeMs, { kind: "taskLifetime", task });
    return;
  }
}
