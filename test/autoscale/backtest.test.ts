/** The back-test: columns against single evaluations, its options, and what it sums up. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backtest, FormulaRefused, instantOfStep, startBacktest, stepTimesMs } from "../../src/autoscale/backtest.ts";
import { ColumnRunner, STEPS_AT_ONCE } from "../../src/autoscale/backtest/columnRunner.ts";
import { History } from "../../src/autoscale/backtest/columns/history.ts";
import { StepRunner } from "../../src/autoscale/backtest/steps.ts";
import { targetColumns, timelineOf } from "../../src/autoscale/backtest/timeline.ts";
import { evaluate, prepare } from "../../src/autoscale/run.ts";
import { parseInstant } from "../../src/base/time.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { expectSameAsSingleSteps, expectSameOverLongHistory, history, longFormulas } from "./singleSteps.ts";
import { arbitraryFormula, arbitraryWorld } from "./worlds.ts";

describe("columns and single steps", () => {
  it("give the same targets and failures for generated formulas over generated histories", () => {
    const property = fc.property(arbitraryWorld, arbitraryFormula, (world, formula) => {
      fc.pre(!formula.includes("rand()")); // a loop of evaluations starts the stream anew each time
      expectSameAsSingleSteps(world, formula);
    });
    fc.assert(property, { numRuns: 60 });
  }, 60_000);

  it.each(longFormulas)(
    "give the same over a long history in whole and in fractions, with gaps and without: %s",
    (_name, text) => {
      // Longer than a block of steps and than every window.
      expectSameOverLongHistory(text, STEPS_AT_ONCE + 200);
    },
    60_000,
  );

  it("agree on every bit of a statistic, not only on whole targets", () => {
    const values = Float64Array.from({ length: 700 }, (_unused, i) => ((i * 7919) % 997) / 7);
    const store = history(values);
    // The fraction is blown up until its last bits decide the whole number.
    for (const statistic of ["avg", "std", "sum", "range"]) {
      for (const minutes of [20, 180, 240, 245, 600]) {
        const formula = `$x = ${statistic}($PendingTasks.GetSample(${minutes} * TimeInterval_Minute, 0)) * 1048576; $TargetDedicatedNodes = ($x - floor($x)) * 1000000000;`;
        const { formulas, timeline } = backtest({ store, interval: "PT5M", formulas: [{ name: "f", formula }] });
        const prepared = prepare(formula);
        const single = Array.from(
          { length: timeline.steps },
          (_unused, step) => evaluate(prepared, { store, at: instantOfStep(timeline, step) }).targets.dedicated,
        );
        expect(Array.from(formulas[0].targetDedicated), formula).toEqual(single);
      }
    }
  });

  it("are really columns for the formulas that people write, and single steps for those that read their own target", () => {
    const store = history([1, 2, 3]);
    const timeline = timelineOf({ store });
    const uses = (formula: string) => {
      const { program } = prepare(formula);
      const columns = targetColumns(timeline.steps);
      const steps = new StepRunner(store, timeline, columns, { dedicated: 0, lowPriority: 0 }, 1, program!);
      return new ColumnRunner(program!.ir, new History(store, timeline), steps, columns).usesColumns;
    };
    expect(
      uses(
        "$TargetDedicatedNodes = $PendingTasks.GetSamplePercent(TimeInterval_Hour) < 70 ? max(0, $PendingTasks.GetSample(1)) : avg($PendingTasks.GetSample(TimeInterval_Hour));",
      ),
    ).toBe(true);
    expect(
      uses(
        "$work = time().hour >= 8 && time().weekday <= 5; $TargetDedicatedNodes = $work ? 20 : 10; $NodeDeallocationOption = $work ? requeue : taskcompletion;",
      ),
    ).toBe(true);
    expect(
      uses(
        '$TargetDedicatedNodes = time() - time("2026-01-01") > TimeInterval_Hour ? ceil($PendingTasks / $TaskSlotsPerNode) : 2;',
      ),
    ).toBe(true);
    expect(uses("$TargetDedicatedNodes = $TargetDedicatedNodes + 1;")).toBe(false);
    expect(uses("$TargetDedicatedNodes = 5 * rand();")).toBe(false);
  });
});

describe("a back-test", () => {
  it("carries the targets of a step on to the next, and keeps them when a run fails (rules 4.5, 6.10)", () => {
    const store = history([4, 8, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 6]);
    const formula =
      "$TargetDedicatedNodes = avg($PendingTasks.GetSample(10 * TimeInterval_Minute, 50)); $TargetLowPriorityNodes = $TargetLowPriorityNodes + 1;";
    const { formulas } = backtest({
      store,
      interval: "PT5M",
      formulas: [{ name: "f", formula }],
      initialTargets: { dedicated: 9 },
    });
    expect(Array.from(formulas[0].targetDedicated)).toEqual([4, 6, 8, 8, 8, 8, 6]);
    expect(Array.from(formulas[0].targetLowPriority)).toEqual([1, 2, 3, 3, 3, 3, 4]);
    expect(formulas[0].failures).toEqual([
      {
        code: "InsufficientSampleData",
        count: 3,
        examples: [15, 20, 25].map((minute, i) => ({
          step: 3 + i,
          timestamp: `2026-01-05T00:${minute}:00.000Z`,
          message: "Line 1, Col 52: Insufficient data from data set: $PendingTasks wanted 50%, received 0%",
        })),
      },
    ]);
  });

  it("counts resizes, node hours and the hours too few and too many against the recorded tasks", () => {
    const store = history([4, 8, 8, 2]);
    store.load("$TaskSlotsPerNode", parseInstant("2026-01-05T00:00:00Z")!, [2, 2, 2, 2]);
    const { formulas, demand } = backtest({
      store,
      interval: "PT5M",
      formulas: [{ name: "three", formula: "$TargetDedicatedNodes = 2; $TargetLowPriorityNodes = 1;" }],
    });
    expect(demand).toEqual({ metric: "$PendingTasks", nodes: Float64Array.of(2, 4, 4, 1) });
    expect(formulas[0]).toMatchObject({ name: "three", resizes: 1, meanTarget: 3, maxTarget: 3, failures: [] });
    expect(formulas[0].nodeHours.dedicated).toBeCloseTo(6 / 12, 12);
    expect(formulas[0].nodeHours.lowPriority).toBeCloseTo(3 / 12, 12);
    expect(formulas[0].underProvisionedNodeHours).toBeCloseTo(2 / 12, 12);
    expect(formulas[0].overProvisionedNodeHours).toBeCloseTo(1 / 12, 12);
  });

  it.each([
    ["PT5M", 4],
    ["PT10M", 2],
    ["PT12M", 2],
    ["P1D", 1],
  ])("counts node hours up to the end and none behind it, every %s", (interval, steps) => {
    const store = history([5, 5, 5, 5]);
    const formulas = [
      { name: "seven", formula: "$TargetDedicatedNodes = 7; $TargetLowPriorityNodes = 1;" },
      { name: "none", formula: "$TargetDedicatedNodes = 0;" },
    ];
    const result = backtest({ store, interval, formulas });
    const [seven, none] = result.formulas;
    expect(result.timeline.steps).toBe(steps);
    expect(seven.nodeHours.dedicated).toBeCloseTo(7 / 4, 12);
    expect(seven.nodeHours.lowPriority).toBeCloseTo(1 / 4, 12);
    expect(seven.overProvisionedNodeHours).toBeCloseTo(3 / 4, 12);
    expect(seven.underProvisionedNodeHours).toBeCloseTo(0, 12);
    expect(none.underProvisionedNodeHours).toBeCloseTo(5 / 4, 12);
  });

  it("gives the same in pieces as at once, and several formulas the same as each alone", () => {
    const store = history(Float64Array.from({ length: 3000 }, (_unused, i) => (i * 37) % 23));
    const formulas = [
      { name: "a", formula: "$TargetDedicatedNodes = avg($PendingTasks.GetSample(TimeInterval_Hour, 1));" },
      { name: "b", formula: "$TargetDedicatedNodes = max($PendingTasks.GetSample(TimeInterval_Hour, 1)) - 3;" },
      { name: "c", formula: "$TargetDedicatedNodes = $TargetDedicatedNodes / 2 + $PendingTasks;" },
    ];
    const session = startBacktest({ store, interval: "PT5M", formulas });
    for (const piece of [1, 0, 700, -5, 999.5]) session.advance(piece);
    expect(session.done).toBe(1700);
    const pieces = session.result();
    expect(pieces).toEqual(backtest({ store, interval: "PT5M", formulas }));
    expect(pieces.formulas.map((each) => each.name)).toEqual(["a", "b", "c"]);
    for (const one of formulas) {
      const alone = backtest({ store, interval: "PT5M", formulas: [one] }).formulas[0];
      expect(pieces.formulas.find((each) => each.name === one.name)).toEqual(alone);
    }
  });

  it("evaluates from the first sample to the last, every 15 minutes, unless told otherwise (rules 6.1, 6.2)", () => {
    const store = history([1, 2, 3, 4, 5, 6, 7, 8]);
    const { timeline } = backtest({ store, formulas: [] });
    expect(timeline).toEqual({
      from: parseInstant("2026-01-05T00:00:00Z"),
      to: parseInstant("2026-01-05T00:35:00Z"),
      interval: 9_000_000_000,
      steps: 3,
    });
    expect(Array.from(stepTimesMs(timeline), (ms) => new Date(ms).toISOString())).toEqual([
      "2026-01-05T00:00:00.000Z",
      "2026-01-05T00:15:00.000Z",
      "2026-01-05T00:30:00.000Z",
    ]);
  });

  it.each([
    [
      "no samples and no instants",
      { store: new MetricStore() },
      "from: the store has no samples, so the instant must be given",
    ],
    [
      "an end before the history",
      { store: history([1]), to: "2025-01-01" },
      "to: must not lie before the oldest sample, 2026-01-05T00:00:00.000Z",
    ],
    [
      "a start after the history",
      { store: history([1]), from: "2027-01-01" },
      "from: must not lie after the newest sample, 2026-01-05T00:00:00.000Z",
    ],
    ["an end before the start", { store: history([1]), from: "2027-01-01", to: "2025-01-01" }, "to: must not lie before from"],
    ["a text that is no time", { store: history([1]), from: "yesterday" }, "from: not a time: yesterday"],
    ["no interval", { store: history([1]), interval: "PT0S" }, "interval: must be above 0 and at most 28 years"],
    ["a text that is no duration", { store: history([1]), interval: "5m" }, "interval: not an ISO 8601 duration: 5m"],
    [
      "too many steps",
      { store: history([1]), from: "0001-01-01", interval: "PT1S" },
      /^a back-test of \d+ evaluations is too long/,
    ],
    [
      "a target that no pool has",
      { store: history([1]), initialTargets: { dedicated: -1 } },
      "targets.dedicated must be a whole number from 0 to 2147483647, received -1",
    ],
  ])("refuses %s", (_name, options, message) => {
    expect(() => backtest({ formulas: [], ...options })).toThrow(message);
    expect(() => backtest({ formulas: [], ...options })).toThrow(RangeError);
  });

  it("refuses a formula that does not parse, in the service's words", () => {
    const run = () => backtest({ store: history([1]), formulas: [{ name: "broken", formula: "x = (" }] });
    expect(run).toThrow(FormulaRefused);
    expect(run).toThrow("broken: Line 1, Col 6: Syntax error near 'end of formula'");
  });

  it("works on an empty store when it is told when", () => {
    const store = new MetricStore();
    const formula = "$TargetDedicatedNodes = $PendingTasks + len($PendingTasks.GetSample(5)) + $PendingTasks.Count() + 2;";
    const { formulas, demand } = backtest({
      store,
      from: "2026-01-01",
      to: "2026-01-01T01:00:00Z",
      formulas: [{ name: "f", formula }],
    });
    expect(demand).toBeUndefined();
    expect(Array.from(formulas[0].targetDedicated)).toEqual([2, 2, 2, 2, 2]);
    expect(formulas[0].underProvisionedNodeHours).toBeNull();
  });
});
