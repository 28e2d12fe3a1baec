/** What the tests of the file formats share: the samples of a store as text, and problems as a person sees them. */
import { parseInstant } from "../../src/base/time.ts";
import { problemText } from "../../src/metrics/index.ts";
import type { MetricReading, MetricStore } from "../../src/metrics/index.ts";

export const knownMetrics = [
  "$ActiveTasks",
  "$PendingTasks",
  "$RunningTasks",
  "$CPUPercent",
  "$FailedTasks",
  "$CurrentDedicatedNodes",
  "$CurrentLowPriorityNodes",
  "$PreemptedNodeCount",
];

/** `$A 17676000000000000 1` for each sample: metric, ticks, value. */
export function contents(store: MetricStore): string[] {
  return store.names().flatMap((name) => {
    const series = store.series(name);
    series.settle();
    return Array.from({ length: series.tail - series.head }, (_, i) => {
      const at = store.instantOf(series.offsetAt(series.head + i));
      return `${name} ${at} ${series.values[series.head + i]}`;
    });
  });
}

export const at = (time: string) => parseInstant(time) as bigint;

/** `error bad-number line 3, $A: … (remedy)` for each problem. */
export const shown = (reading: MetricReading) =>
  reading.problems.map((problem) => `${problem.severity} ${problem.code} ${problemText(problem)}`);
