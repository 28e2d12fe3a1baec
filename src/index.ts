/**
 * The door of the library: read a formula, evaluate it over a metric store, explain the answer, back-test it over a history. Everything here is
 * pure and synchronous, runs in Node and in a browser, and knows neither files nor clocks: time, chance and samples are arguments.
 *
 *     const store = new MetricStore({ samplePeriod: "PT30S" });
 *     store.record("$PendingTasks", parseInstant("2026-01-05T08:00:00Z")!, 12);
 *     evaluate("$TargetDedicatedNodes = min(10, $PendingTasks / 4);", { store }).targets.dedicated; // 3
 */

export type {
  Backtest,
  BacktestOptions,
  BacktestSession,
  Demand,
  FailureCount,
  FormulaBacktest,
  Summary,
  Timeline,
} from "./autoscale/backtest.ts";
export { backtest, FormulaRefused, instantOfStep, startBacktest, stepTimesMs } from "./autoscale/backtest.ts";
export type { BindOptions } from "./autoscale/bind.ts";
export { BoundEnvironment, bind } from "./autoscale/bind.ts";
export type { ExplainedNode, ExplainedStatement, Explanation, WindowRead, Why } from "./autoscale/explain.ts";
export { explain } from "./autoscale/explain.ts";
export type { ExplanationRole, PaintExplanation } from "./autoscale/explanationText.ts";
export { explanationText } from "./autoscale/explanationText.ts";
export type { JsonDouble, JsonValue, PoolTargets } from "./autoscale/results.ts";
export { jsonValue, resultsText } from "./autoscale/results.ts";
export type {
  AutoScaleRun,
  AutoScaleRunError,
  EvaluateOptions,
  PreparedFormula,
  PrepareOptions,
  ServiceErrorCode,
} from "./autoscale/run.ts";
export { evaluate, prepare, serviceMessages } from "./autoscale/run.ts";
export { durationText, instantText, instantTextExact, parseDuration, parseInstant, type Ticks } from "./base/time.ts";
export * from "./language/index.ts";
export * from "./metrics/index.ts";
