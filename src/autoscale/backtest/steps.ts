/**
 * One formula, one step at a time: the road for formulas whose next answer depends on their last, and the judge of the columns. The targets of
 * a step are the current targets of the next (rule 4.5); a failed run keeps them (rule 6.10).
 */
import { type EvaluationFailure, evaluationRow } from "../../language/diagnostics/failure.ts";
import type { Program, Run } from "../../language/execute/program.ts";
import type { MetricStore } from "../../metrics/index.ts";
import { type BoundEnvironment, bind } from "../bind.ts";
import type { PoolTargets } from "../results.ts";
import { EVALUATION_ERROR, failureCodes, INSUFFICIENT, instantOfStep, type TargetColumns, type Timeline } from "./timeline.ts";

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
  private readonly bound: Run;
  private readonly timeline: Timeline;
  private readonly columns: TargetColumns;

  constructor(
    store: MetricStore,
    timeline: Timeline,
    columns: TargetColumns,
    initial: PoolTargets,
    seed: number,
    program: Program,
  ) {
    this.environment = bind(store, { now: timeline.from, targets: initial, seed });
    this.bound = program.bind(this.environment);
    this.timeline = timeline;
    this.columns = columns;
    this.dedicated = initial.dedicated;
    this.lowPriority = initial.lowPriority;
  }

  /** Runs steps from `first` up to, not including, `end`; the steps before have run. */
  run(first: number, end: number): void {
    for (let step = first; step < end; step++) this.step(step);
  }

  /** Runs one step and writes its answer. */
  step(step: number): void {
    this.environment.aim(instantOfStep(this.timeline, step), this.dedicated, this.lowPriority);
    this.bound.evaluate();
    const { failure, targetDedicated, targetLowPriority } = this.bound;
    this.dedicated = targetDedicated;
    this.lowPriority = targetLowPriority;
    this.columns.targetDedicated[step] = targetDedicated;
    this.columns.targetLowPriority[step] = targetLowPriority;
    this.columns.failed[step] = failure === undefined ? 0 : this.failed(step, failure);
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
}
