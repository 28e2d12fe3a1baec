/** Commands that switch autoscale on and off, and the evaluation that changes nothing (P-65 to P-72, formula rules 6.1 to 6.7). */
import { type PreparedFormula, prepare } from "../../../src/autoscale/run.ts";
import { evaluationIntervalMs, evaluationIntervalMsMax, evaluationIntervalMsMin } from "../../../src/base/limits.ts";
import { Answer, type Outcome } from "../answers.ts";
import { emit } from "../apply.ts";
import { evaluateFormula, evaluateNow } from "../autoscale/evaluate.ts";
import { startSampling } from "../autoscale/observe.ts";
import type { Pool } from "../pool.ts";
import type { PoolCommand } from "../protocol/commands.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import type { World } from "../world.ts";

/** P-13: 5 minutes to 168 hours, both included. */
export function intervalRefusal(intervalMs: number | undefined): Refusal | undefined {
  if (intervalMs === undefined) return undefined;
  const [least, most] = [evaluationIntervalMsMin.value, evaluationIntervalMsMax.value];
  if (typeof intervalMs === "number" && intervalMs >= least && intervalMs <= most) return undefined;
  return refuseProperty("autoScaleEvaluationInterval", intervalMs, `${least} to ${most} milliseconds`);
}

/** The compiled formula, or why it is refused (P-09, formula rule 6.7). A formula that only lacks data is accepted. */
export function formulaRefusal(formula: string | undefined): PreparedFormula | Refusal {
  if (typeof formula !== "string")
    return refuseProperty("autoScaleFormula", formula, "a formula is required", "InvalidAutoScalingSettings");
  const prepared = prepare(formula);
  if (prepared.program !== undefined) return prepared;
  const tooLong = prepared.refusal?.code === "AutoScalingFormulaTooLong";
  const message = prepared.refusal?.message ?? "the formula has a syntax error";
  return refuse(tooLong ? "AutoScalingFormulaTooLong" : "AutoScalingFormulaSyntaxError", message, [
    { name: "Message", value: message },
  ]);
}

/** P-66. */
export function enableAutoScale(
  world: World,
  pool: Pool,
  command: Extract<PoolCommand, { kind: "EnableAutoScale" }>,
): Refusal | undefined {
  const { autoScaleFormula: formula, autoScaleEvaluationIntervalMs: intervalMs } = command;
  const present = pool.autoScale;
  if (world.now - pool.autoScaleEnabledAt < world.settings.enableAutoScaleGapMs) {
    return refuse(
      "TooManyEnableAutoScaleRequests",
      `autoscale of pool ${pool.id} was enabled less than ${world.settings.enableAutoScaleGapMs} milliseconds ago`,
    );
  }
  if (pool.allocationState !== "steady") return refuse("PoolBeingResized", `pool ${pool.id} is being resized`);
  if (present === undefined && formula === undefined)
    return refuse("InvalidAutoScalingSettings", "the first time a formula is required");
  if (formula === undefined && intervalMs === undefined)
    return refuse("InvalidAutoScalingSettings", "a formula or an interval is required");
  const wrongInterval = intervalRefusal(intervalMs);
  if (wrongInterval !== undefined) return wrongInterval;
  const prepared = formula === undefined ? present!.prepared : formulaRefusal(formula);
  if ("code" in prepared) return prepared;
  // A new interval restarts the grid; a new formula alone keeps it (P-65).
  const gridStartAt = present === undefined || intervalMs !== undefined ? world.now : present.gridStartAt;
  switchOn(world, pool, prepared, { intervalMs: intervalMs ?? present?.intervalMs ?? evaluationIntervalMs.value, gridStartAt });
  return undefined;
}

/** Switches on, and evaluates at once: the first run happens inside the call (formula rule 6.2). */
export function switchOn(
  world: World,
  pool: Pool,
  prepared: PreparedFormula,
  grid: { intervalMs: number; gridStartAt: number },
): void {
  emit(world, { kind: "AutoScaleEnabled", pool, autoScale: { formula: prepared.source.text, prepared, ...grid } });
  startSampling(world, pool);
  evaluateNow(world, pool);
}

/** P-71: the targets stay. */
export function disableAutoScale(world: World, pool: Pool): Refusal | undefined {
  if (pool.autoScale === undefined) return refuse("OperationNotValidOnPool", `pool ${pool.id} is not autoscaled`);
  emit(world, { kind: "AutoScaleDisabled", pool });
  return undefined;
}

/** P-67: answers an AutoScaleRun, for a broken formula one with an error (formula rule 6.6). */
export function evaluateAutoScale(world: World, pool: Pool, formula: string): Outcome {
  if (pool.autoScale === undefined) return refuse("OperationNotValidOnPool", `pool ${pool.id} is not autoscaled`);
  if (typeof formula !== "string")
    return refuseProperty("autoScaleFormula", formula, "a formula is required", "MissingRequiredProperty");
  return new Answer(evaluateFormula(world, pool, formula));
}
