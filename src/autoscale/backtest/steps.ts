/**
 * One formula, one step at a time: the road for formulas whose next answer depends on their last, and the judge of the columns. The targets of
 * a step are the current targets of the next (rule 4.5); a failed run keeps them (rule 6.10).
 */
import type { Ticks } from "../../base/time.ts";
import { type EvaluationFailure, evaluationRow } from "../../language/diagnostics/failure.ts";
import type { Outcome } from "../../language/execute/outcome.ts";
import type { MetricStore } from "../../metrics/index.ts";
import { type BoundEnvironment, bind } from "../bind.ts";
import type { PoolTargets } from "../results.ts";
import { EVALUATION_ERROR, failureCodes, INSUFFICIENT, instantOfStep, type TargetColumns, type Timeline } from "./timeline.ts";

/** Runs a formula once in its environment. */
export type RunOnce = () => Outcome;

/** A step that failed, and how. */
export interface FailureExample {
  readonly step: number;
  readonly failure: EvaluationFailure;
}

/** How many failures of each code are kept with their message. */
const EXAMPLES_MAX = 3;

/** Walks one formula through the timeline and keeps its current targets. */
export class StepRunner {
  /** The targets after the last step that ran. */
  dedicated: number;
  lowPriority: number;
  /** The first failures of each code. */
  readonly examples: readonly FailureExample[][] = failureCodes.map(() => []);
  private readonly environment: BoundEnvironment;
  private readonly runOnce: RunOnce;
  private readonly timeline: Timeline;
  private readonly columns: TargetColumns;

  constructor(store: MetricStore, timeline: Timeline, columns: TargetColumns, initial: PoolTargets, seed: number, prepare: (environment: BoundEnvironment) => RunOnce) {
    this.environment = bind(store, { now: timeline.from, targets: initial, seed });
    this.runOnce = prepare(this.environment);
    this.timeline = timeline;
    this.columns = columns;
    this.dedicated = initial.dedicated;
    this.lowPriority = initial.lowPriority;
  }

  /** Runs steps from `first` up to, not including, `end`; the steps before have run. */
  run(first: number, end: number): void {
    for (let step = first; step < end; step++) this.step(step);
  }

  /** Runs one step, writes its answer and gives the outcome. */
  step(step: number): Outcome {
    this.environment.aim(this.nowOf(step), this.dedicated, this.lowPriority);
    const outcome = this.runOnce();
    this.dedicated = outcome.targetDedicated;
    this.lowPriority = outcome.targetLowPriority;
    this.columns.targetDedicated[step] = this.dedicated;
    this.columns.targetLowPriority[step] = this.lowPriority;
    this.columns.failed[step] = outcome.failure === undefined ? 0 : this.failed(step, outcome.failure);
    return outcome;
  }

  /** True while the messages of this code are still wanted. */
  wantsExample(code: number): boolean {
    return this.examples[code].length < EXAMPLES_MAX;
  }

  private failed(step: number, failure: EvaluationFailure): number {
    const code = evaluationRow(failure.code).serviceCode === "InsufficientSampleData" ? INSUFFICIENT : EVALUATION_ERROR;
    if (this.wantsExample(code)) this.examples[code].push({ step, failure });
    return code;
  }

  private nowOf(step: number): Ticks {
    return instantOfStep(this.timeline, step);
  }
}
