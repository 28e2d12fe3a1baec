/**
 * Back-tests of a million steps: ours against loops written by hand, against our own single evaluations in a loop, and what one more formula costs
 * that reads the same windows. Run it with `npx tsx bench/backtest.bench.ts`; every ratio is of the same run.
 */
import { pathToFileURL } from "node:url";
import { startBacktest } from "../src/autoscale/backtest.ts";
import { bind } from "../src/autoscale/bind.ts";
import { prepare } from "../src/autoscale/run.ts";
import { randomStream } from "../src/base/random.ts";
import { parseInstant } from "../src/base/time.ts";
import { MetricStore } from "../src/metrics/index.ts";
import { fourStatistics, guardedAverage, noWindow, room } from "./backtestLimits.ts";
import { measure, type Row, report } from "./report.ts";

const STEPS = 1_000_000;
const SINGLE_STEPS = 200_000;
const start = parseInstant("2016-01-05T08:00:00Z")!;

/** A walk over whole numbers from 0 to 100 that stands still three times out of five, as queues do. */
function walk(): Float64Array {
  const draw = randomStream(11);
  let at = 20;
  return Float64Array.from({ length: STEPS }, () => {
    if (draw() < 0.4) at = Math.max(0, Math.min(100, at + (draw() < 0.5 ? -1 : 1) * Math.ceil(3 * draw())));
    return at;
  });
}

const guarded = (window: number, cap = 25) => `$cap = ${cap};
$percent = $PendingTasks.GetSamplePercent(${5 * window} * TimeInterval_Minute);
$nodes = $percent < 70 ? max(0, $PendingTasks.GetSample(1)) : avg($PendingTasks.GetSample(${5 * window} * TimeInterval_Minute));
$TargetDedicatedNodes = min($cap, $nodes);`;
const statistics = (window: number) => `$s = $PendingTasks.GetSample(${5 * window} * TimeInterval_Minute, 0);
$TargetDedicatedNodes = min(1000, avg($s) + max($s) + std($s) + percentile($s, 95));`;

/** Runs the suite and gives its rows. */
export function backtestSuite(): readonly Row[] {
  const values = walk();
  const store = new MetricStore({ samplePeriod: "PT5M", history: "P30D", retention: Number.POSITIVE_INFINITY });
  store.load("$PendingTasks", start, values);
  const work = room(STEPS);
  const ours = (formulas: readonly string[]) => {
    const named = formulas.map((formula) => ({ name: "f", formula: prepare(formula) }));
    return () => {
      const session = startBacktest({ store, interval: "PT5M", formulas: named });
      session.advance(STEPS);
      return session.done;
    };
  };
  const single = (formula: string) => {
    const environment = bind(store, { now: start });
    const run = prepare(formula).program!.bind(environment);
    return () => {
      let now = start;
      for (let step = 0; step < SINGLE_STEPS; step++, now += 3_000_000_000n) {
        environment.aim(now, run.targetDedicated, 0);
        run.evaluate();
      }
      return run.targetDedicated;
    };
  };
  const table = report(`Back-test of ${STEPS.toLocaleString("en")} steps, a step`);
  const options = { rounds: 5, roundSeconds: 0.1 };
  for (const window of [3, 36, 360, 2880]) {
    const formula = guarded(window);
    const [mine, hand, alone] = measure(
      [
        { name: "columns", operations: STEPS, run: ours([formula]) },
        { name: "by hand", operations: STEPS, run: () => guardedAverage(values, window, work) },
        { name: "single", operations: SINGLE_STEPS, run: single(formula) },
      ],
      options,
    );
    table.row(`percent + avg + ?: + min, window ${window}: by hand`, mine, hand, { floor: 3, moonshot: 1.5 });
    table.row(`percent + avg + ?: + min, window ${window}: single steps`, mine, alone, { floor: 0.5, moonshot: 0.2 });
  }
  for (const window of [36, 360, 2880]) {
    const formula = statistics(window);
    const [mine, hand, alone] = measure(
      [
        { name: "columns", operations: STEPS, run: ours([formula]) },
        { name: "by hand", operations: STEPS, run: () => fourStatistics(values, window, work) },
        { name: "single", operations: SINGLE_STEPS, run: single(formula) },
      ],
      options,
    );
    table.row(`avg + max + std + p95, window ${window}: by hand`, mine, hand, { floor: 4, moonshot: 2 });
    table.row(`avg + max + std + p95, window ${window}: single steps`, mine, alone, { floor: 0.5, moonshot: 0.2 });
  }
  const variants = Array.from({ length: 8 }, (_unused, i) => guarded(360, 20 + i));
  const [one, eight, bare] = measure(
    [
      { name: "one", operations: STEPS, run: ours(variants.slice(0, 1)) },
      { name: "eight", operations: STEPS, run: ours(variants) },
      { name: "no window", operations: STEPS, run: () => noWindow(values, work) },
    ],
    options,
  );
  table.row("one more variant of 4 statements, same windows", (eight - one) / 7, 4 * bare, { moonshot: 1 });
  return table.finish();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) backtestSuite();
