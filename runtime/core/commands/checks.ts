/** Checks that several commands share. Each gives a refusal, or undefined when all is well; values may be anything a caller can send. */
import { targetMax } from "../../../src/base/limits.ts";
import type { DeallocationOption, StartTaskSpec } from "../node.ts";
import type { Pool } from "../pool.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import type { World } from "../world.ts";

const OPTIONS: readonly DeallocationOption[] = ["requeue", "terminate", "taskcompletion", "retaineddata"];

/** The pool of this id, if there is one and it is not being deleted (P-21). */
export function livePool(world: World, poolId: string): Pool | Refusal {
  const pool = typeof poolId === "string" ? world.pool(poolId) : undefined;
  if (pool === undefined) return refuse("PoolNotFound", `there is no pool ${String(poolId).slice(0, 64)}`);
  if (pool.state === "deleting") return refuse("PoolBeingDeleted", `pool ${pool.id} is being deleted`);
  return pool;
}

export function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

/** A target is a whole number of nodes from 0; undefined is none given. */
export function targetRefusal(name: string, target: number | undefined): Refusal | undefined {
  if (target === undefined || isWhole(target, 0, targetMax.value)) return undefined;
  return refuseProperty(name, target, `a whole number from 0 to ${targetMax.value}`);
}

/** P-12. */
export function timeoutRefusal(world: World, timeoutMs: number | undefined): Refusal | undefined {
  const least = world.settings.resizeTimeoutMsMin;
  if (timeoutMs === undefined || (typeof timeoutMs === "number" && timeoutMs >= least && timeoutMs < Number.POSITIVE_INFINITY))
    return undefined;
  return refuseProperty("resizeTimeout", timeoutMs, `at least ${least} milliseconds`);
}

export function optionRefusal(name: string, option: DeallocationOption, except?: DeallocationOption): Refusal | undefined {
  if (OPTIONS.includes(option) && option !== except) return undefined;
  return refuseProperty(name, option, `one of ${OPTIONS.filter((word) => word !== except).join(", ")}`);
}

/** P-103. */
export function startTaskRefusal(startTask: StartTaskSpec | undefined): Refusal | undefined {
  if (startTask === undefined) return undefined;
  if (typeof startTask.commandLine !== "string" || startTask.commandLine === "")
    return refuseProperty("startTask.commandLine", startTask.commandLine, "required", "MissingRequiredProperty");
  if (!isWhole(startTask.maxTaskRetryCount, -1, targetMax.value))
    return refuseProperty("startTask.maxTaskRetryCount", startTask.maxTaskRetryCount, "a whole number from -1");
  return undefined;
}
