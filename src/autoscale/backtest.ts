/**
 * Open loop: one or more formulas over one recorded history, evaluated at the evaluation interval (rules 6.1, 6.2). Nothing a formula answers
 * changes the history; only the targets go on from step to step (rule 4.5). `backtest` does it at once, `startBacktest` in pieces for those who
 * show progress. Formulas over one history share what they read of it.
 */
import { instantText } from "../base/time.ts";
import { serviceError } from "../language/diagnostics/failure.ts";
import type { Semantics } from "../language/semantics.ts";
import type { Source } from "../language/source.ts";
import { ColumnRunner, STEPS_AT_ONCE } from "./backtest/columnRunner.ts";
import { History } from "./backtest/columns/history.ts";
import { StepRunner } from "./backtest/steps.ts";
import { type Demand, demandOf, type Summary, summaryOf } from "./backtest/summary.ts";
import {
  failureCodes,
  instantOfStep,
  type TargetColumns,
  targetColumns,
  type Timeline,
  type TimelineOptions,
  timelineOf,
} from "./backtest/timeline.ts";
import { checkedTargets, type PoolTargets } from "./results.ts";
import { type PreparedFormula, prepare } from "./run.ts";

export type { Demand, Summary } from "./backtest/summary.ts";
export { stepTimesMs } from "./backtest/summary.ts";
export { failureCodes, instantOfStep } from "./backtest/timeline.ts";
export type { TargetColumns, Timeline } from "./backtest/timeline.ts";

/** What to back-test, over which history, when. */
export interface BacktestOptions extends TimelineOptions {
  /** What to compare; names are for people and need not differ. Formulas that do not parse are refused with FormulaRefused. */
  readonly formulas: readonly { readonly name: string; readonly formula: string | PreparedFormula }[];
  /** The pool's targets before the first step; default 0. */
  readonly initialTargets?: Partial<PoolTargets>;
  /** Start of each formula's stream of `rand()`; default 1. */
  readonly seed?: number;
  /** Of formulas given as text; a prepared one keeps its own. */
  readonly semantics?: Semantics;
}

/** A formula that cannot be back-tested, because it cannot be evaluated at all. */
export class FormulaRefused extends Error {
  override readonly name = "FormulaRefused";
  /** Name of the formula, and what the service would say of it. */
  readonly formula: string;
  readonly code: string;
  constructor(formula: string, code: string, text: string) {
    super(`${formula}: ${text === "" ? "the formula is too long" : text}`);
    this.formula = formula;
    this.code = code;
  }
}

/** How often a formula failed in one way, with the first steps that did. */
export interface FailureCount {
  readonly code: (typeof failureCodes)[number];
  readonly count: number;
  /** The first few, in order; `message` is the run's `Line L, Col C: …`. */
  readonly examples: readonly { readonly step: number; readonly timestamp: string; readonly message: string }[];
}

/** One formula's answers and what they amount to. */
export interface FormulaBacktest extends TargetColumns, Summary {
  readonly name: string;
  /** By code, in the order of `failureCodes`; only codes that occurred. */
  readonly failures: readonly FailureCount[];
}

/** A finished back-test; the columns belong to the caller. */
export interface Backtest {
  readonly timeline: Timeline;
  readonly initialTargets: PoolTargets;
  /** Undefined where the history holds neither `$PendingTasks` nor `$RunningTasks`. */
  readonly demand: Demand | undefined;
  /** In the order given. */
  readonly formulas: readonly FormulaBacktest[];
}

/** A back-test under way. */
export interface BacktestSession {
  /** Steps of each formula, and how many of them are done. */
  readonly steps: number;
  readonly done: number;
  /** Runs up to so many more steps of every formula. */
  advance(steps: number): void;
  /** What came out; runs the steps that are left. */
  result(): Backtest;
}

/** Runs a whole back-test. */
export function backtest(options: BacktestOptions): Backtest {
  return startBacktest(options).result();
}

/** Prepares a back-test. RangeError for options that cannot be, FormulaRefused for a formula that does not parse. */
export function startBacktest(options: BacktestOptions): BacktestSession {
  return new Session(options);
}

interface Entry {
  readonly name: string;
  readonly source: Source;
  readonly columns: TargetColumns;
  readonly runner: ColumnRunner;
}

class Session implements BacktestSession {
  done = 0;
  private readonly options: BacktestOptions;
  private readonly timeline: Timeline;
  private readonly initial: PoolTargets;
  private readonly entries: readonly Entry[];

  constructor(options: BacktestOptions) {
    this.options = options;
    this.timeline = timelineOf(options);
    this.initial = checkedTargets(options.initialTargets);
    const history = new History(options.store, this.timeline);
    this.entries = options.formulas.map(({ name, formula }) => this.entry(name, formula, history));
  }

  get steps(): number {
    return this.timeline.steps;
  }

  advance(steps: number): void {
    const end = Math.min(this.steps, this.done + Math.max(0, Math.trunc(steps)));
    // Block by block, and in each block formula by formula: so the formulas find each other's windows still at hand.
    for (let first = this.done; first < end; first += STEPS_AT_ONCE) {
      const last = Math.min(first + STEPS_AT_ONCE, end);
      for (const entry of this.entries) entry.runner.run(first, last);
    }
    this.done = end;
  }

  result(): Backtest {
    this.advance(this.steps - this.done);
    const { timeline, initial } = this;
    const demand = demandOf(this.options.store, timeline);
    const formulas = this.entries.map(({ name, source, columns, runner }) => {
      return {
        name,
        ...columns,
        ...summaryOf(timeline, columns, initial, demand),
        failures: failuresOf(source, timeline, columns, runner.steps),
      };
    });
    return { timeline, initialTargets: initial, demand, formulas };
  }

  private entry(name: string, formula: string | PreparedFormula, history: History): Entry {
    const { store, seed, semantics } = this.options;
    const { source, program, refusal } =
      typeof formula === "string" ? prepare(formula, semantics === undefined ? { name } : { name, semantics }) : formula;
    if (program === undefined)
      throw new FormulaRefused(name, refusal?.code ?? "AutoScalingFormulaSyntaxError", refusal?.message ?? "syntax error");
    const columns = targetColumns(this.timeline.steps);
    const steps = new StepRunner(store, this.timeline, columns, this.initial, seed ?? 1, program);
    return { name, source, columns, runner: new ColumnRunner(program.ir, history, steps, columns) };
  }
}

/** Counts failures by code and says what the first of each were. */
function failuresOf(source: Source, timeline: Timeline, columns: TargetColumns, runner: StepRunner): FailureCount[] {
  const counts = failureCodes.map(() => 0);
  for (const code of columns.failed) counts[code]++;
  return failureCodes.flatMap((code, i) => {
    if (i === 0 || counts[i] === 0) return [];
    const examples = runner.examples[i].map(({ step, failure }) => {
      return { step, timestamp: instantText(instantOfStep(timeline, step)), message: serviceError(source, failure).message };
    });
    return [{ code, count: counts[i], examples }];
  });
}
