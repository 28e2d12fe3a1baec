/**
 * One formula over the timeline by columns, a block of steps at a time, and by single steps where columns cannot. Both write the same answers; a
 * step's current targets are always those the step before left.
 */
import { targetMax } from "../../base/limits.ts";
import type { IrProgram } from "../../language/ir.ts";
import { BLOCK, type Column } from "./columns/column.ts";
import { columnExecutor, type Executor } from "./columns/executor.ts";
import type { History } from "./columns/history.ts";
import { AGAIN, EVALUATION_ERROR, WELL } from "./columns/lanes.ts";
import type { StepRunner } from "./steps.ts";
import type { TargetColumns } from "./timeline.ts";

const TARGET_END = targetMax.value + 1;

/** Walks one formula through the timeline, block by block. */
export class ColumnRunner {
  /** Runs what must go step by step, and keeps the current targets. */
  readonly steps: StepRunner;
  private readonly history: History;
  private readonly executor: Executor | undefined;
  private readonly answers: TargetColumns;

  constructor(program: IrProgram, history: History, steps: StepRunner, answers: TargetColumns) {
    this.steps = steps;
    this.history = history;
    this.answers = answers;
    this.executor = columnExecutor(program, history);
  }

  /** Whether any step is computed in columns. */
  get usesColumns(): boolean {
    return this.executor !== undefined;
  }

  /** Runs at most BLOCK steps from `first` up to, not including, `end`. The steps before have run. */
  run(first: number, end: number): void {
    this.history.begin(first, end - first);
    const targets = this.executor?.run();
    if (targets === undefined) {
      this.steps.run(first, end);
      return;
    }
    const { fates, isMarked } = (this.executor as Executor).fates;
    const { dedicated, lowPriority } = targets;
    const { targetDedicated, targetLowPriority } = this.answers;
    const isPlain =
      !isMarked &&
      fill(dedicated, targetDedicated, first, end, this.steps.dedicated) &&
      fill(lowPriority, targetLowPriority, first, end, this.steps.lowPriority);
    if (isPlain) {
      this.steps.dedicated = targetDedicated[end - 1];
      this.steps.lowPriority = targetLowPriority[end - 1];
      return;
    }
    for (let step = first; step < end; step++)
      this.finish(step, fates[step - first], dedicated?.at(step - first), lowPriority?.at(step - first));
  }

  /** One step of a block in which not all went well. */
  private finish(step: number, marked: number, dedicated: number | undefined, lowPriority: number | undefined): void {
    const { steps, answers } = this;
    const a = whole(dedicated, steps.dedicated);
    const b = whole(lowPriority, steps.lowPriority);
    const fate = marked === WELL && (a < 0 || b < 0) ? EVALUATION_ERROR : marked;
    if (fate === AGAIN || (fate !== WELL && steps.wantsExample(fate))) {
      steps.step(step);
      return;
    }
    if (fate === WELL) {
      steps.dedicated = a;
      steps.lowPriority = b;
    }
    answers.targetDedicated[step] = steps.dedicated;
    answers.targetLowPriority[step] = steps.lowPriority;
    answers.failed[step] = fate;
  }
}

/** A target cut to a whole number (rule 4.6); -1 for one that no pool can have (rules 8.4, 8.25). */
function whole(value: number | undefined, current: number): number {
  if (value === undefined) return current;
  const cut = Math.trunc(value);
  return cut >= 0 && cut <= targetMax.value ? cut + 0 : -1;
}

/** Writes the targets of a block; false, with anything written, where one is no target. */
function fill(column: Column | undefined, to: Int32Array, first: number, end: number, current: number): boolean {
  if (column === undefined || column.isUniform) {
    const target = whole(column?.uniform, current);
    // A new array holds zeros already, and a page that no one writes costs nothing.
    if (target !== 0) to.fill(target, first, end);
    return target >= 0;
  }
  const lanes = column.lanes(end - first);
  for (let i = first; i < end; i++) {
    const target = lanes[i - first];
    // What is cut to a whole number from 0 to 2147483647; false for NaN.
    if (!(target > -1 && target < TARGET_END)) return false;
    to[i] = target | 0;
  }
  return true;
}

/** Steps that one call of `run` may take. */
export const STEPS_AT_ONCE: number = BLOCK;
