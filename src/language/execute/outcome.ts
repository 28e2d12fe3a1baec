/**
 * What a run of a formula answers, whoever ran it, and the judgement of the targets at its end (rules 4.2 to 4.6, 6.10, 8.4, 8.10, 8.25).
 */
import { targetMax } from "../../base/limits.ts";
import { EvaluationFailure } from "../diagnostics/failure.ts";
import { doubleText } from "../values/text.ts";
import type { DeallocationOption, Value } from "../values/value.ts";

export interface Outcome {
  /** Undefined when the run went well, `stop()` included. */
  readonly failure: EvaluationFailure | undefined;
  /** Whole numbers of nodes; after a failure the pool's current targets. */
  readonly targetDedicated: number;
  readonly targetLowPriority: number;
  /** `requeue` unless the run assigned another; after a failure `requeue`. */
  readonly nodeDeallocationOption: DeallocationOption;
  /** User-defined variables that were assigned, also by a run that failed later; in no order. */
  readonly variables: ReadonlyMap<string, Value>;
}

/** A target as the run left it: the value and, if it was assigned, the place of the name in the assignment that gave it. */
export interface TargetState {
  readonly name: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes";
  readonly value: number;
  readonly assignedAt: number | undefined;
}

/** A target after truncation towards zero, or the failure of a value that no pool can have; an unassigned one is not judged. */
export function judgeTarget(target: TargetState): number | EvaluationFailure {
  if (target.assignedAt === undefined) return target.value;
  const whole = Math.trunc(target.value);
  if (whole >= 0 && whole <= targetMax.value) return whole === 0 ? 0 : whole;
  const details = { name: target.name, most: String(targetMax.value), received: doubleText(target.value) };
  return new EvaluationFailure("target-out-of-range", details, target.assignedAt);
}
