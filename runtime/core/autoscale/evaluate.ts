/**
 * Autoscale evaluations: one inside the call that switches autoscale on, then on the grid start + n · interval (P-65, formula rules 6.1 to 6.3).
 * A run that failed changes nothing (P-69); one whose targets are the pool's own starts no resize (6.17); new targets turn a running resize
 * (P-70), unless it waits for tasks or retained data: then they are held until that is over.
 */
import { type AutoScaleRun, evaluate, type PreparedFormula, StandingFormula } from "../../../src/autoscale/run.ts";
import { emit } from "../apply.ts";
import type { AutoScale, AutoScaleRecord, HeldTargets, Pool } from "../pool.ts";
import { onTarget, retarget } from "../resize/operation.ts";
import type { World } from "../world.ts";
import { openStore, ticksAt } from "./observe.ts";

/** The next evaluation of the grid after now. A host that was late misses evaluations; it does not catch them up. */
function nextEvaluationAt(gridStartAt: number, intervalMs: number, now: number): number {
  return gridStartAt + (Math.floor((now - gridStartAt) / intervalMs) + 1) * intervalMs;
}

/** The run of a formula over the pool as it is now; changes nothing (P-67). */
export function evaluateFormula(world: World, pool: Pool, formula: string | PreparedFormula): AutoScaleRun {
  return evaluate(formula, {
    ...(pool.store === undefined ? {} : { store: pool.store }),
    at: ticksAt(world.now),
    targets: targetsOf(pool),
    seed: pool.evaluationNumber + 1,
  });
}

function targetsOf(pool: Pool): { dedicated: number; lowPriority: number } {
  return { dedicated: pool.dedicated.target, lowPriority: pool.lowPriority.target };
}

/** The same of the pool's own formula, which stays bound to the pool's samples from one evaluation to the next. */
function evaluateOwn(world: World, pool: Pool, { prepared }: AutoScale): AutoScaleRun {
  const now = ticksAt(world.now);
  const store = openStore(world, pool);
  if (pool.standing?.prepared !== prepared || pool.standing.store !== store)
    pool.standing = new StandingFormula(prepared, store, now);
  return pool.standing.evaluate(now, targetsOf(pool), pool.evaluationNumber + 1);
}

/** A timer of the grid came due. */
export function evaluationDue(world: World, pool: Pool): void {
  if (pool.gone || pool.autoScale === undefined) return;
  evaluateNow(world, pool);
}

/** Evaluates, lets the outcome take effect, and sets the timer of the next evaluation. Autoscale must be on. */
export function evaluateNow(world: World, pool: Pool): void {
  const autoScale = pool.autoScale;
  if (autoScale === undefined) return;
  if (pool.evaluationTimer !== undefined) pool.evaluationTimer.cancelled = true;
  const dueAt = nextEvaluationAt(autoScale.gridStartAt, autoScale.intervalMs, world.now);
  pool.evaluationTimer = world.timers.set(dueAt, { kind: "autoScaleEvaluation", pool });
  const run = evaluateOwn(world, pool, autoScale);
  const outcome = run.error === null ? judge(world, pool, run) : "failed";
  const record: AutoScaleRecord = { at: world.now, run, outcome };
  emit(world, { kind: "AutoScaleEvaluated", pool, record });
  take(world, pool, record);
}

/** What will be done with the targets of a run that went well. */
function judge(world: World, pool: Pool, run: AutoScaleRun): AutoScaleRecord["outcome"] {
  const { dedicated, lowPriority } = run.targets;
  const same = dedicated === pool.dedicated.target && lowPriority === pool.lowPriority.target;
  if (same) return world.settings.retryUnchangedTarget && pool.resize === undefined && !onTarget(pool) ? "resize" : "unchanged";
  return waits(pool) ? "held" : "resize";
}

/** A removal that waits for tasks or retained data holds up new targets; so does a resize that is being stopped. */
function waits(pool: Pool): boolean {
  if (pool.allocationState === "stopping") return true;
  const option = pool.resize?.option;
  if (option !== "taskcompletion" && option !== "retaineddata") return false;
  return pool.dedicated.leaving + pool.lowPriority.leaving > 0;
}

function take(world: World, pool: Pool, { run, outcome }: AutoScaleRecord): void {
  const { dedicated, lowPriority, nodeDeallocationOption: option } = run.targets;
  const held: HeldTargets | undefined = outcome === "held" ? { dedicated, lowPriority, option, since: world.now } : undefined;
  // A failed run leaves even held targets alone; any other decides anew.
  if (outcome !== "failed" && (held !== undefined || pool.heldTargets !== undefined))
    emit(world, { kind: "TargetsHeld", pool, held });
  if (outcome === "resize") retarget(world, pool, dedicated, lowPriority, option);
}
