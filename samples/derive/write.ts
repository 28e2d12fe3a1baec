/**
 * Writes columns of samples in the forms people have them in: wide CSV with a heading, JSON series, the answer of the Azure Monitor
 * metrics API, and the answer of a Prometheus range query. Text out, the same bytes for the same columns on every machine.
 */
import type { Columns } from "./replay.ts";

/** A history ready to be written: `columns` on a grid that starts at `startMs` (Unix milliseconds) with `periodMs` between samples. */
export interface History {
  readonly startMs: number;
  readonly periodMs: number;
  readonly columns: Columns;
}

/** `2026-01-05T00:00:00Z`; samples fall on whole seconds. */
export function timeText(unixMs: number): string {
  return new Date(unixMs).toISOString().replace(".000Z", "Z");
}

/** Samples `from` to `to` (the latter left out), of the named metrics or of all. */
export function slice(history: History, from: number, to: number, names?: readonly string[]): History {
  const columns: Columns = new Map();
  for (const name of names ?? history.columns.keys()) {
    const column = history.columns.get(name);
    if (column === undefined) throw new Error(`the history has no ${name}`);
    columns.set(name, column.slice(from, to));
  }
  return { startMs: history.startMs + from * history.periodMs, periodMs: history.periodMs, columns };
}

function length(history: History): number {
  return [...history.columns.values()][0].length;
}

/** NaN marks a missing sample: an empty cell, or `null` in JSON. */
const cell = (value: number) => (Number.isNaN(value) ? "" : String(value));

/** Wide CSV: `heading` as `#` lines, then `time` and a column a metric. Rows for which `keepRow` is false are not there at all. */
export function csv(history: History, heading: readonly string[], keepRow: (row: number) => boolean = () => true): string {
  const lines = heading.map((line) => `# ${line}`.trimEnd());
  lines.push(["time", ...history.columns.keys()].join(","));
  for (let row = 0; row < length(history); row++) {
    if (!keepRow(row)) continue;
    const cells = [...history.columns.values()].map((column) => cell(column[row]));
    lines.push([timeText(history.startMs + row * history.periodMs), ...cells].join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** JSON series: `{"samplePeriod","series":{"$Name":{"start","values"}}}`. */
export function json(history: History): string {
  const start = timeText(history.startMs);
  const series = [...history.columns].map(([name, column]) => {
    const values = [...column].map((value) => (Number.isNaN(value) ? "null" : String(value)));
    return `    "${name}": { "start": "${start}", "values": [${values.join(",")}] }`;
  });
  return `{\n  "samplePeriod": "PT${history.periodMs / 60_000}M",\n  "series": {\n${series.join(",\n")}\n  }\n}\n`;
}

/** The metrics' names in another system, by the names formulas use; one that is not listed keeps its name without the `$`. */
export type ForeignNames = ReadonlyMap<string, string>;

/** The answer of `GET …/providers/Microsoft.Insights/metrics` for custom metrics of a Batch account, aggregation Average. */
export function azureMonitor(history: History, names: ForeignNames): string {
  const resource =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/samples/providers/Microsoft.Batch/batchAccounts/samples";
  const value = [...history.columns].map(([metric, column]) => {
    const name = names.get(metric) ?? metric.slice(1);
    return {
      id: `${resource}/providers/Microsoft.Insights/metrics/${name}`,
      type: "Microsoft.Insights/metrics",
      name: { value: name, localizedValue: name },
      unit: metric.endsWith("Percent") ? "Percent" : "Count",
      timeseries: [{ metadatavalues: [], data: [...column].map((average, k) => dataPoint(history, k, average)) }],
      errorCode: "Success",
    };
  });
  const timespan = `${timeText(history.startMs)}/${timeText(history.startMs + length(history) * history.periodMs)}`;
  const interval = `PT${history.periodMs / 60_000}M`;
  const response = { cost: 0, timespan, interval, value, namespace: "samples/pool", resourceregion: "westeurope" };
  return `${JSON.stringify(response, null, 1)}\n`;
}

/** The service leaves the aggregate out of an interval for which it has no data. */
function dataPoint(history: History, k: number, average: number): { timeStamp: string; average?: number } {
  const timeStamp = timeText(history.startMs + k * history.periodMs);
  return Number.isNaN(average) ? { timeStamp } : { timeStamp, average };
}

/** The answer of `GET /api/v1/query_range`, a matrix. */
export function prometheus(history: History, names: ForeignNames): string {
  const result = [...history.columns].map(([metric, column]) => ({
    metric: { __name__: names.get(metric) ?? metric.slice(1), pool: "samples" },
    values: [...column].flatMap((value, k) => {
      const seconds = (history.startMs + k * history.periodMs) / 1000;
      return Number.isNaN(value) ? [] : [[seconds, String(value)]];
    }),
  }));
  return `${JSON.stringify({ status: "success", data: { resultType: "matrix", result } })}\n`;
}
