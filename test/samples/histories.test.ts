/**
 * The files in samples/metrics, judged by a reader of a dozen lines that shares nothing with the library: well-formed, on a steady grid,
 * consistent in themselves, small, and with source and licence in the heading.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const folder = new URL("../../samples/metrics/", import.meta.url);
const names = readdirSync(folder).sort();
const csvNames = names.filter((name) => /\.csv(\.gz)?$/.test(name));

function textOf(name: string): string {
  const bytes = readFileSync(new URL(name, folder));
  return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

function tableOf(name: string): { heading: string; header: string[]; rows: string[][] } {
  const lines = textOf(name).trimEnd().split("\n");
  const first = lines.findIndex((line) => !line.startsWith("#"));
  return {
    heading: lines.slice(0, first).join("\n"),
    header: lines[first].split(","),
    rows: lines.slice(first + 1).map((line) => line.split(",")),
  };
}

describe("sizes", () => {
  it("keeps each file below 300 KB and the folder below 1.2 MB", () => {
    const sizes = names.map((name) => statSync(new URL(name, folder)).size);
    expect(Math.max(...sizes)).toBeLessThan(300_000);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(1_200_000);
  });

  it.each([
    ["nasa-week.csv", 2016],
    ["nasa-92days.csv.gz", 92 * 288],
    ["lcg-3days.csv", 864],
    ["azure-vm-2017-5days.csv", 1438],
    ["llm-hour.csv", 116],
    ["gaps.csv", 278],
    ["simulated-preemption.csv", 288],
  ])("%s has %i rows", (name, count) => {
    expect(tableOf(name).rows).toHaveLength(count);
  });
});

describe.each(csvNames)("%s", (name) => {
  const { heading, header, rows } = tableOf(name);
  const period = name === "llm-hour.csv" ? 30_000 : 300_000;

  it("names its source, its terms, the clock's shift and the method", () => {
    for (const word of ["Source:", "Time:", "Method:", "samples/derive.ts"]) expect(heading).toContain(word);
    expect(heading).toMatch(/Licence: CC BY 4\.0|Terms: freely available/);
  });

  it("has a header of service metric names, each once, and as many cells in every row", () => {
    expect(header[0]).toBe("time");
    expect(header.length).toBeGreaterThan(4);
    expect(header.slice(1).filter((metric) => !/^\$[A-Z][A-Za-z]+$/.test(metric))).toEqual([]);
    expect(new Set(header).size).toBe(header.length);
    expect(rows.filter((row) => row.length !== header.length)).toEqual([]);
  });

  it("has whole-second UTC times that increase on the grid of its period", () => {
    const times = rows.map(([time]) => Date.parse(time));
    expect(rows.filter(([time]) => !/^202[56]-\d\d-\d\dT\d\d:\d\d:[03]0Z$/.test(time))).toEqual([]);
    const steps = new Set(times.slice(1).map((time, k) => time - times[k]));
    // The one history with rows left out has an outage of 50 minutes; its neighbours stand 55 minutes apart.
    expect([...steps]).toEqual(name === "gaps.csv" ? [period, 11 * period] : [period]);
  });

  it("has plain numbers in every cell: whole and not negative, percentages with at most two decimals up to 100", () => {
    const percent = (cell: string) => /^\d+(\.\d{1,2})?$/.test(cell) && Number(cell) <= 100;
    const valid = (cell: string, i: number) =>
      cell === "" || (header[i] === "$CPUPercent" ? percent(cell) : /^\d+$/.test(cell));
    expect(rows.filter((row) => !row.every((cell, i) => i === 0 || valid(cell, i)))).toEqual([]);
    expect(rows.some((row) => row.includes(""))).toBe(name === "gaps.csv");
  });

  it("has pending = active + running wherever all three are there", () => {
    const [active, running, pending] = ["$ActiveTasks", "$RunningTasks", "$PendingTasks"].map((metric) =>
      header.indexOf(metric),
    );
    const complete = rows.filter((row) => [active, running, pending].every((column) => row[column] !== ""));
    expect(complete.length).toBeGreaterThan(rows.length / 2);
    expect(complete.filter((row) => Number(row[pending]) !== Number(row[active]) + Number(row[running]))).toEqual([]);
  });
});

describe("the same history in other forms", () => {
  const week = tableOf("nasa-week.csv");
  const valueAt = (time: string, metric: string) =>
    Number(week.rows.find((row) => row[0] === time)?.[week.header.indexOf(metric)]);
  const foreign = new Map([
    ["PendingTasks", "$PendingTasks"],
    ["RunningTasks", "$RunningTasks"],
    ["Percentage CPU", "$CPUPercent"],
    ["batch_pending_tasks", "$PendingTasks"],
    ["batch_running_tasks", "$RunningTasks"],
    ["batch_cpu_percent", "$CPUPercent"],
  ]);
  const metricOf = (name: string) => foreign.get(name) ?? `no metric: ${name}`;
  const timeAt = (ms: number) => new Date(ms).toISOString().replace(".000Z", "Z");

  it("nasa-92days.csv.gz holds nasa-week.csv row for row", () => {
    const quarter = tableOf("nasa-92days.csv.gz");
    const from = quarter.rows.findIndex((row) => row[0] === week.rows[0][0]);
    expect(quarter.header).toEqual(week.header);
    expect(quarter.rows.slice(from, from + week.rows.length)).toEqual(week.rows);
  });

  it("nasa-tuesday.json is a cut of nasa-week.csv", () => {
    const { samplePeriod, series } = JSON.parse(textOf("nasa-tuesday.json"));
    expect(samplePeriod).toBe("PT5M");
    expect(Object.keys(series)).toContain("$PendingTasks");
    for (const [metric, { start, values }] of Object.entries<{ start: string; values: number[] }>(series)) {
      expect(values).toHaveLength(144);
      for (const [k, value] of values.entries()) expect(value).toBe(valueAt(timeAt(Date.parse(start) + k * 300_000), metric));
    }
  });

  it("azure-monitor-response.json has the shape of the metrics API and the samples of nasa-week.csv", () => {
    const response = JSON.parse(textOf("azure-monitor-response.json"));
    expect(Object.keys(response)).toEqual(expect.arrayContaining(["timespan", "interval", "value", "namespace"]));
    expect(response.value.length).toBeGreaterThan(2);
    for (const { name, timeseries } of response.value) {
      expect(timeseries[0].data).toHaveLength(36);
      for (const { timeStamp, average } of timeseries[0].data) expect(average).toBe(valueAt(timeStamp, metricOf(name.value)));
    }
  });

  it("prometheus-response.json has the shape of a range query's matrix and the samples of nasa-week.csv", () => {
    const { status, data } = JSON.parse(textOf("prometheus-response.json"));
    expect([status, data.resultType]).toEqual(["success", "matrix"]);
    expect(data.result.length).toBeGreaterThan(2);
    for (const { metric, values } of data.result) {
      expect(values).toHaveLength(36);
      for (const [seconds, value] of values)
        expect(Number(value)).toBe(valueAt(timeAt(seconds * 1000), metricOf(metric.__name__)));
    }
  });
});
