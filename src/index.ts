/**
 * The door of the library: read a formula, evaluate it over a metric store, explain the answer, back-test it over a history. Everything here is
 * pure and synchronous, runs in Node and in a browser, and knows neither files nor clocks: time, chance and samples are arguments.
 *
 *     const store = new MetricStore({ samplePeriod: "PT30S" });
 *     store.record("$PendingTasks", parseInstant("2026-01-05T08:00:00Z"), 12);
 *     evaluate("$TargetDedicatedNodes = min(10, $PendingTasks / 4);", { store }).targets.dedicated; // 3
 */

export { backtest, startBacktest, FormulaRefused, instantOfStep, stepTimesMs } from "./autoscale/backtest.ts";
export type { Backtest, BacktestOptions, BacktestSession, Demand, FailureCount, FormulaBacktest, Summary, Timeline } from "./autoscale/backtest.ts";
export { type BindOptions, bind, BoundEnvironment } from "./autoscale/bind.ts";
export type { JsonDouble, JsonValue, PoolTargets } from "./autoscale/results.ts";
export { evaluate, serviceMessages } from "./autoscale/run.ts";
export type { AutoScaleRun, AutoScaleRunError, EvaluateOptions, ServiceErrorCode } from "./autoscale/run.ts";
export { durationText, instantText, instantTextExact, parseDuration, parseInstant, type Ticks } from "./base/time.ts";
export { MetricStore, type MetricStoreOptions } from "./metrics/index.ts";
