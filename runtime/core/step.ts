/**
 * One step: an input at an instant → what happened and what is to be done. Deterministic, synchronous, and the only way into a world.
 *
 *     step(world, input, now) → command handler, report handler or due timers
 *                             → until nothing is touched: reconcile pools (targets, drains), place tasks
 *                             → { events, effects }
 *
 * The host loop writes changed rows and events down, then has the effects performed, whose outcomes come back as reports.
 */
import { assert } from "../../src/base/assert.ts";
import { Answer, type Outcome } from "./answers.ts";
import { nodeCommand } from "./commands/nodes.ts";
import { poolCommand } from "./commands/pools.ts";
import { setQuotas } from "./commands/account.ts";
import { jobCommand } from "./commands/jobs.ts";
import { jobScheduleCommand } from "./commands/jobSchedules.ts";
import { taskCommand } from "./commands/tasks.ts";
import { fire } from "./fire.ts";
import type { Effect, Event, Input } from "./protocol.ts";
import type { Refusal } from "./refusals.ts";
import { nodeReport } from "./reports/nodes.ts";
import { taskReport } from "./reports/tasks.ts";
import { reconcilePool } from "./resize/carryOut.ts";
import { schedulePool } from "./schedule/place.ts";
import type { World } from "./world.ts";

/** What a step gives. The arrays are the caller's; a step with nothing to tell shares one empty array. */
export interface StepResult {
  readonly at: number;
  readonly events: readonly Event[];
  readonly effects: readonly Effect[];
  /** Why the command was not done; undefined for a command that was, and for every other input. */
  readonly refusal: Refusal | undefined;
  /** What some commands answer: EvaluateAutoScale an AutoScaleRun, AddTasks one refusal or undefined per task. */
  readonly answer: unknown;
}

const NOTHING: readonly never[] = Object.freeze([]);

/**
 * Carries the world on by one input. `now` is milliseconds since 1970 UTC and never goes back; an assertion that fails here is a bug of the
 * core or of the host, never of a client or provider.
 */
export function step(world: World, input: Input, now: number): StepResult {
  const outcome = advance(world, input, now);
  return {
    at: now,
    events: handOut(world.events),
    effects: handOut(world.effects),
    refusal: outcome instanceof Answer ? undefined : outcome,
    answer: outcome instanceof Answer ? outcome.value : undefined,
  };
}

/**
 * The same without a result, for loops of millions of steps: what happened and what is to be done stays in `world.events` and `world.effects`, which
 * the caller empties before the next step.
 */
export function advance(world: World, input: Input, now: number): Outcome {
  assert(now >= world.now && now < Number.POSITIVE_INFINITY, "time does not go back");
  world.now = now;
  const outcome = dispatch(world, input);
  settle(world);
  return outcome;
}

/** Empties a list into one of its own length: the world's grows in leaps, and most steps have one effect or none. */
function handOut<T>(list: T[]): readonly T[] {
  if (list.length === 0) return NOTHING;
  return list.length === 1 ? [list.pop()!] : list.splice(0);
}

/** When the world next wants a `TimePassed`; Infinity when never. */
export function nextDueAt(world: World): number {
  return world.timers.nextDueAt();
}

function settle(world: World): void {
  const touched = world.touched;
  for (let i = 0; i < touched.length; i++) {
    const pool = touched[i];
    const reconcile = pool.needsReconcile;
    const schedule = pool.needsSchedule;
    pool.needsReconcile = false;
    pool.needsSchedule = false;
    if (pool.gone) continue;
    if (reconcile) reconcilePool(world, pool);
    if (schedule && !pool.gone) schedulePool(world, pool);
  }
  // Setting a length costs more than the rest of a small step; one touched pool is the common case.
  if (touched.length === 1) touched.pop();
  else if (touched.length > 0) touched.length = 0;
}

function dispatch(world: World, input: Input): Outcome {
  switch (input.kind) {
    case "TaskEnded":
    case "PreparationEnded":
    case "ReleaseEnded":
      taskReport(world, input);
      return undefined;
    case "TimePassed":
      fire(world);
      return undefined;
    case "AddTask":
    case "AddTasks":
    case "UpdateTask":
    case "TerminateTask":
    case "DeleteTask":
    case "ReactivateTask":
      return taskCommand(world, input);
    case "NodeAllocated":
    case "AllocationFailed":
    case "NodeStarted":
    case "NodeReady":
    case "NodeBootFailed":
    case "StartTaskEnded":
    case "NodePreempted":
    case "NodeLost":
    case "NodeRecovered":
    case "NodeInterrupted":
    case "NodeUnusable":
    case "NodeReleased":
    case "RemovalFailed":
    case "UsageSampled":
      nodeReport(world, input);
      return undefined;
    case "SetQuotas":
      return setQuotas(world, input);
    case "AddPool":
    case "DeletePool":
    case "ResizePool":
    case "StopResize":
    case "RemoveNodes":
    case "EnableAutoScale":
    case "DisableAutoScale":
    case "EvaluateAutoScale":
    case "ReplacePoolProperties":
    case "PatchPool":
    case "UpgradePoolOS":
      return poolCommand(world, input);
    case "RebootNode":
    case "ReimageNode":
    case "DisableScheduling":
    case "EnableScheduling":
      return nodeCommand(world, input);
    case "AddJob":
    case "UpdateJob":
    case "PatchJob":
    case "DisableJob":
    case "EnableJob":
    case "TerminateJob":
    case "DeleteJob":
      return jobCommand(world, input);
    case "AddJobSchedule":
    case "UpdateJobSchedule":
    case "PatchJobSchedule":
    case "DisableJobSchedule":
    case "EnableJobSchedule":
    case "TerminateJobSchedule":
    case "DeleteJobSchedule":
      return jobScheduleCommand(world, input);
  }
}
