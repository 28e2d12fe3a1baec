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

/** The answer of `GET …/providers/Microsoft.Insights/metrics` for custom metrics of a Batch account, aggregation Average. */
export function azureMonitor(history: History): string {
  const resource =
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/samples/providers/Microsoft.Batch/batchAccounts/samples";
  const end = timeText(history.startMs + length(history) * history.periodMs);
  const value = [...history.columns].map(([name, column]) => ({
    id: `${resource}/providers/Microsoft.Insights/metrics/${name.slice(1)}`,
    type: "Microsoft.Insights/metrics",
    name: { value: name.slice(1), localizedValue: name.slice(1) },
    unit: name.endsWith("Percent") ? "Percent" : "Count",
    timeseries: [
      {
        metadatavalues: [],
        // The service leaves the aggregate out of an interval for which it has no data.
        data: [...column].map((average, k) => {
          const timeStamp = timeText(history.startMs + k * history.periodMs);
          return Number.isNaN(average) ? { timeStamp } : { timeStamp, average };
        }),
      },
    ],
    errorCode: "Success",
  }));
  const timespan = `${timeText(history.startMs)}/${end}`;
  const interval = `PT${history.periodMs / 60_000}M`;
  return `${JSON.stringify({ cost: 0, timespan, interval, value, namespace: "samples/pool", resourceregion: "westeurope" }, null, 1)}\n`;
}

/** The answer of `GET /api/v1/query_range`, a matrix; `prometheusNames` gives each metric's name there. */
export function prometheus(history: History, prometheusNames: ReadonlyMap<string, string>): string {
  const result = [...history.columns].map(([name, column]) => ({
    metric: { __name__: prometheusNames.get(name) ?? name.slice(1), pool: "samples" },
    values: [...column].flatMap((value, k) => {
      const seconds = (history.startMs + k * history.periodMs) / 1000;
      return Number.isNaN(value) ? [] : [[seconds, String(value)]];
    }),
  }));
  return `${JSON.stringify({ status: "success", data: { resultType: "matrix", result } })}\n`;
}
