/** A back-test's columns against one evaluation a step, which is what they must equal; shared by the tests and their longer runs. */
import { expect } from "vitest";
import { backtest, instantOfStep } from "../../src/autoscale/backtest.ts";
import { failureCodes } from "../../src/autoscale/backtest/timeline.ts";
import { evaluate, prepare } from "../../src/autoscale/run.ts";
import { parseDuration, parseInstant } from "../../src/base/time.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { start, type World } from "./worlds.ts";

/** Pending tasks every 5 minutes from 2026-01-05 on. */
export function history(values: ArrayLike<number>, options = {}): MetricStore {
  const store = new MetricStore({ samplePeriod: "PT5M", retention: Number.POSITIVE_INFINITY, ...options });
  store.load("$PendingTasks", parseInstant("2026-01-05T00:00:00Z")!, values);
  return store;
}

/** Compares targets, failures and messages of every step. */
export function expectSameAsSingleSteps(world: World, formula: string, steps = 130): void {
  const from = start + world.offset;
  const to = from + parseDuration(world.interval)! * BigInt(steps - 1);
  const result = backtest({
    store: world.store,
    from,
    to,
    interval: world.interval,
    formulas: [{ name: "f", formula }],
    initialTargets: { dedicated: 3, lowPriority: 1 },
  });
  const columns = result.formulas[0];
  const prepared = prepare(formula);
  let targets = { dedicated: 3, lowPriority: 1 };
  for (let step = 0; step < steps; step++) {
    const run = evaluate(prepared, { store: world.store, at: instantOfStep(result.timeline, step), targets });
    const answer = [columns.targetDedicated[step], columns.targetLowPriority[step], failureCodes[columns.failed[step]]];
    expect(answer, `step ${step} of ${formula}`).toEqual([
      run.targets.dedicated,
      run.targets.lowPriority,
      run.error?.code ?? "",
    ]);
    const example = columns.failures.flatMap((failure) => failure.examples).find((shown) => shown.step === step);
    if (example !== undefined) expect(example.message).toBe(run.error?.values[0].value);
    targets = run.targets;
  }
}

/** Formulas with W where a look-back stands; each takes another way through the columns. */
export const longFormulas: readonly (readonly [name: string, text: string])[] = [
  [
    "guarded average",
    "$p = $M.GetSamplePercent(W); $n = $p < 70 ? max(0, $M.GetSample(1)) : avg($M.GetSample(W)); $TargetDedicatedNodes = min(25, $n);",
  ],
  [
    "statistics",
    "$s = $M.GetSample(W, 0); $TargetDedicatedNodes = avg($s) + max($s) + std($s) + percentile($s, 95) + min($s);",
  ],
  ["insufficient data", "$TargetDedicatedNodes = avg($M.GetSample(W));"],
  ["two ends", "$TargetDedicatedNodes = sum($M.GetSample(W, TimeInterval_Hour, 5));"],
];

/** Compares every step over a history of so many samples: each look-back, whole numbers and fractions, with gaps and without. */
export function expectSameOverLongHistory(text: string, samples: number): void {
  for (const window of ["15 * TimeInterval_Minute", "3 * TimeInterval_Hour", "30 * TimeInterval_Hour"]) {
    const formula = text.replaceAll("$M", "$PendingTasks").replaceAll("W", window);
    for (const scale of [1, 0.1]) {
      for (const gaps of [0, 97]) {
        const values = Float64Array.from({ length: samples }, (_unused, i) =>
          gaps > 0 && i % gaps < 3 ? Number.NaN : ((i * 7919) % 61) * scale,
        );
        const store = history(values, { history: "P1D" });
        const { formulas, timeline } = backtest({ store, interval: "PT5M", formulas: [{ name: "f", formula }] });
        const prepared = prepare(formula);
        let targets = { dedicated: 0, lowPriority: 0 };
        for (let step = 0; step < timeline.steps; step++) {
          const run = evaluate(prepared, { store, at: instantOfStep(timeline, step), targets });
          targets = run.targets;
          if (
            formulas[0].targetDedicated[step] !== targets.dedicated ||
            (formulas[0].failed[step] === 0) !== (run.error === null)
          ) {
            expect.fail(`step ${step}, window ${window}, scale ${scale}, gaps ${gaps}`);
          }
        }
        expect(timeline.steps).toBeGreaterThan(samples - 10);
      }
    }
  }
}
