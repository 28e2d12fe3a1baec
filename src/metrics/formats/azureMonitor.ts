/**
 * A response of Azure Monitor's metrics REST API: value[].name.value, value[].timeseries[].data[] with a timeStamp and the aggregates
 * that were asked for. A Batch account publishes counts of nodes and events, a scale set its machines' CPU and traffic; the table below
 * says which of them are a formula's metrics. Names a custom metric may have (`PendingTasks`) are recognised as well; every metric that
 * is left out is reported. Source of names and units: Azure Monitor, supported metrics, Microsoft.Batch/batchaccounts and
 * Microsoft.Compute/virtualMachineScaleSets.
 */
import { table } from "../../base/table.ts";
import { durationText, parseDuration, parseInstant, TICKS_PER_MINUTE } from "../../base/time.ts";
import type { Ticks } from "../../base/time.ts";
import { MISSING } from "./cells.ts";
import { isObject, readParsed } from "./json.ts";
import { metricNamed } from "./names.ts";
import { inWords, knownSet, ProblemList, quoted } from "./problems.ts";
import type { MetricReading, ReadOptions } from "./problems.ts";
import { Doubles, Recording, storeRecordings } from "./recording.ts";

/** An aggregate of a data point. */
export type Aggregate = "average" | "total" | "maximum" | "minimum" | "count";

export interface AzureMonitorOptions extends ReadOptions {
  /** Takes this aggregate for every metric; default: average for what is a level, total for what is counted up. */
  readonly aggregate?: Aggregate;
}

/** What Azure Monitor calls a metric of ours; `counts` is true where a data point counts what happened in its interval. */
export const azureMonitorMetrics = table<{ readonly name: string; readonly metric: string; readonly counts: boolean }>([
  { name: "TotalNodeCount", metric: "$CurrentDedicatedNodes", counts: false },
  { name: "TotalLowPriorityNodeCount", metric: "$CurrentLowPriorityNodes", counts: false },
  { name: "PreemptedNodeCount", metric: "$PreemptedNodeCount", counts: false },
  { name: "TaskFailEvent", metric: "$FailedTasks", counts: true },
  { name: "Percentage CPU", metric: "$CPUPercent", counts: false },
  { name: "Disk Read Bytes", metric: "$DiskReadBytes", counts: true },
  { name: "Disk Write Bytes", metric: "$DiskWriteBytes", counts: true },
  { name: "Network In Total", metric: "$NetworkInBytes", counts: true },
  { name: "Network Out Total", metric: "$NetworkOutBytes", counts: true },
]);

const LEVEL: readonly Aggregate[] = ["average", "maximum", "minimum", "total", "count"];
const COUNTED: readonly Aggregate[] = ["total", "count", "average", "maximum", "minimum"];
const SHAPE_REMEDY = "give the body of a metrics list response as it came";

/** Reads a response's text. */
export function readAzureMonitor(text: string, options: AzureMonitorOptions = {}): MetricReading {
  return readParsed(text, options, readAzureMonitorDocument);
}

/** Reads a parsed response. */
export function readAzureMonitorDocument(document: unknown, options: AzureMonitorOptions = {}): MetricReading {
  const problems = new ProblemList(options.olderNames);
  const known = knownSet(options);
  const recordings: Recording[] = [];
  const origin: { ticks: Ticks | undefined } = { ticks: undefined };
  let period: Ticks | undefined;
  if (isObject(document) && isObject(document.error)) {
    const { code, message } = document.error;
    const reason = `${code === undefined ? "" : ` with ${inWords(code)}`}${message === undefined ? "" : `: ${inWords(message)}`}`;
    problems.error("query-failed", {}, `the request failed${reason}`, "repeat the request");
  } else if (!isObject(document) || !Array.isArray(document.value))
    problems.error("not-metrics", {}, 'there is no list named "value"', SHAPE_REMEDY);
  else {
    period = typeof document.interval === "string" ? parseDuration(document.interval) : undefined;
    const taken = new Set<string>();
    for (const entry of document.value) {
      const foreign = isObject(entry) && isObject(entry.name) ? entry.name.value : undefined;
      if (typeof foreign !== "string" || !isObject(entry)) {
        problems.error("not-metrics", {}, `a metric is ${inWords(entry)} without a name.value`, SHAPE_REMEDY);
        continue;
      }
      const row = options.names?.has(foreign) ? undefined : azureMonitorMetrics.get(foreign);
      const metric = row?.metric ?? metricNamed(foreign, options, known);
      const place = { series: foreign };
      if (metric === undefined)
        problems.warning(
          "unmapped-metric",
          place,
          "stands for no metric of a formula and was left out",
          "map its name to one, such as $PendingTasks",
        );
      else if (taken.has(metric))
        problems.error("duplicate-series", place, `${quoted(metric)} came already`, "query one metric for it");
      else {
        taken.add(metric);
        problems.judgeName(metric, known, place);
        const recording = readMetric(entry, foreign, metric, options.aggregate, row?.counts ?? false, period, origin, problems);
        if (recording !== undefined) recordings.push(recording);
      }
    }
    if (problems.problems.length === 0 && recordings.every((recording) => recording.offsets.length === 0))
      problems.warning("no-samples", {}, "there is no data point in it", "ask for a longer timespan");
  }
  return storeRecordings(
    recordings,
    origin.ticks ?? 0n,
    period !== undefined && period > 0n ? period : undefined,
    options,
    problems,
  );
}

function readMetric(
  entry: Record<string, unknown>,
  foreign: string,
  metric: string,
  wanted: Aggregate | undefined,
  counts: boolean,
  period: Ticks | undefined,
  origin: { ticks: Ticks | undefined },
  problems: ProblemList,
): Recording | undefined {
  const place = { series: foreign };
  const series = Array.isArray(entry.timeseries) ? entry.timeseries : [];
  if (series.length > 1) {
    problems.error(
      "split-metric",
      place,
      `has ${series.length} time series, split by a dimension`,
      "query it without a split, or filtered to one pool",
    );
    return undefined;
  }
  const data = isObject(series[0]) && Array.isArray(series[0].data) ? series[0].data : [];
  const has = (aggregate: Aggregate) => data.some((point) => isObject(point) && typeof point[aggregate] === "number");
  const aggregate = wanted ?? (counts ? COUNTED : LEVEL).find(has);
  if (!counts && aggregate === "total" && period !== undefined && period > TICKS_PER_MINUTE) {
    problems.warning(
      "total-of-level",
      place,
      `a total over ${durationText(period)} adds several counts up`,
      "ask for aggregation=average",
    );
  }
  const recording = new Recording(place);
  const values = new Doubles();
  recording.columns.push({ metric, values });
  data.forEach((point, index) => {
    const stamp = isObject(point) ? point.timeStamp : undefined;
    const instant = typeof stamp === "string" ? parseInstant(stamp) : undefined;
    if (!isObject(point) || instant === undefined) {
      problems.error("bad-time", place, `data point ${index + 1} has ${inWords(stamp)} as its timeStamp`, SHAPE_REMEDY);
      return;
    }
    origin.ticks ??= instant;
    const value = aggregate === undefined ? undefined : point[aggregate];
    if (value !== undefined && value !== null && (typeof value !== "number" || !Number.isFinite(value))) {
      problems.error("bad-number", place, `data point ${index + 1} has ${inWords(value)} as its ${aggregate}`, SHAPE_REMEDY);
    }
    recording.offsets.push(Number(instant - origin.ticks));
    values.push(typeof value === "number" && Number.isFinite(value) ? value : MISSING);
  });
  if (!problems.hasErrors) reportMissing(data, aggregate, place, problems);
  return recording;
}

/** Says what a metric has no sample of, and why: no points, none with the aggregate that is read, or some without it. */
function reportMissing(
  data: readonly unknown[],
  aggregate: Aggregate | undefined,
  place: { readonly series: string },
  problems: ProblemList,
): void {
  if (data.length === 0) {
    problems.warning("no-samples", place, "has no data points", "ask for a longer timespan, or leave the metric out");
    return;
  }
  const remedy = `ask for aggregation=${aggregate ?? "average"}`;
  const having = (wanted: Aggregate) => data.filter((point) => isObject(point) && typeof point[wanted] === "number");
  if (aggregate === undefined || having(aggregate).length === 0) {
    problems.warning(
      "no-samples",
      place,
      `no data point has ${aggregate === undefined ? "a value" : `a ${aggregate}`}`,
      remedy,
    );
    return;
  }
  // A point without any aggregate is how the service writes a minute without a measurement: no sample, and nothing to tell.
  const others = data.filter(
    (point) =>
      isObject(point) &&
      (point[aggregate] === undefined || point[aggregate] === null) &&
      LEVEL.some((other) => typeof point[other] === "number"),
  );
  if (others.length === 0) return;
  const count = others.length === 1 ? "1 data point has" : `${others.length} data points have`;
  problems.warning(
    "other-aggregate",
    place,
    `${count} another aggregate but no ${aggregate}, and ${others.length === 1 ? "was" : "were"} left out`,
    remedy,
  );
}
