/** Responses of Azure Monitor and Prometheus: what is mapped, what is reported as left out, what is refused; and all sample histories. */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readAzureMonitor, readMetrics, readPrometheus } from "../../src/metrics/index.ts";
import { at, contents, knownMetrics, shown } from "./reading.ts";

describe("Azure Monitor", () => {
  const metric = (name: string, ...series: object[][]) => ({
    name: { value: name, localizedValue: name },
    unit: "Count",
    timeseries: series.map((data) => ({ metadatavalues: [], data })),
  });
  const point = (minute: number, more: object) => ({ timeStamp: `2026-01-05T08:0${minute}:00Z`, ...more });
  const response = (...value: object[]) =>
    JSON.stringify({
      cost: 0,
      timespan: "2026-01-05T08:00:00Z/2026-01-05T08:05:00Z",
      interval: "PT1M",
      value,
      namespace: "Microsoft.Batch/batchAccounts",
    });

  it("maps what is a formula's metric, takes average for levels and total for counts, and reports what it leaves out", () => {
    const reading = readAzureMonitor(
      response(
        metric("TotalNodeCount", [point(0, { average: 4, total: 8 }), point(1, {}), point(2, { average: 5, total: 10 })]),
        metric("TaskFailEvent", [point(0, { average: 1, total: 3 })]),
        metric("CoreCount", [point(0, { average: 16 })]),
        metric("MyQueue", [point(1, { total: 7 })]),
        metric("PendingTasks", [point(2, { maximum: 9 })]),
      ),
      { knownMetrics, names: new Map([["MyQueue", "$ActiveTasks"]]) },
    );
    expect(reading.store.samplePeriod).toBe(600_000_000);
    const t = at("2026-01-05T08:00:00Z");
    const minute = 600_000_000n;
    expect(contents(reading.store)).toEqual([
      `$CurrentDedicatedNodes ${t} 4`,
      `$CurrentDedicatedNodes ${t + 2n * minute} 5`,
      `$FailedTasks ${t} 3`,
      `$ActiveTasks ${t + minute} 7`,
      `$PendingTasks ${t + 2n * minute} 9`,
    ]);
    expect(shown(reading)).toEqual([
      "warning unmapped-metric CoreCount: stands for no metric of a formula and was left out (map its name to one, such as $PendingTasks)",
    ]);
  });

  it("bad input: split series, bad points, a total of a level, nothing in it, another shape", () => {
    const split = readAzureMonitor(response(metric("PendingTasks", [point(0, { average: 1 })], [point(0, { average: 2 })])));
    expect(shown(split)[0]).toBe(
      "error split-metric PendingTasks: has 2 time series, split by a dimension (query it without a split, or filtered to one pool)",
    );
    const points = readAzureMonitor(
      response(metric("PendingTasks", [{ average: 1 }, point(1, { average: "x" }), point(1, { average: 2 })])),
    );
    expect(points.problems.map((problem) => problem.code)).toEqual(["bad-time", "bad-number", "duplicate-time"]);
    const total = readAzureMonitor(response(metric("TotalNodeCount", [point(0, { total: 20 })])).replace("PT1M", "PT5M"));
    expect(shown(total)).toEqual([
      "warning total-of-level TotalNodeCount: a total over PT5M adds several counts up (ask for aggregation=average)",
    ]);
    expect(readAzureMonitor(response()).problems.map((problem) => problem.code)).toEqual(["no-samples"]);
    expect(readAzureMonitor('{"value":[{}, 5]}').problems.map((problem) => problem.code)).toEqual([
      "not-metrics",
      "not-metrics",
    ]);
    expect(readAzureMonitor("{}").problems[0].code).toBe("not-metrics");
    expect(
      readAzureMonitor(response(metric("PendingTasks", [point(0, { average: 1 })])), { aggregate: "count" }).problems.map(
        (problem) => problem.code,
      ),
    ).toEqual(["no-samples"]);
  });

  it("says of which metric there are no data points, or points with another aggregate only", () => {
    const reading = readAzureMonitor(
      response(
        metric("TotalNodeCount", [
          point(0, { average: 4 }),
          point(1, { maximum: 8 }),
          point(2, {}),
          point(3, { average: null }),
        ]),
        metric("PendingTasks"),
        metric("RunningTasks", []),
        metric("ActiveTasks", [point(0, {}), point(1, { other: 1 })]),
      ),
      { knownMetrics },
    );
    expect(shown(reading)).toEqual([
      "warning other-aggregate TotalNodeCount: 1 data point has another aggregate but no average, and was left out (ask for aggregation=average)",
      "warning no-samples PendingTasks: has no data points (ask for a longer timespan, or leave the metric out)",
      "warning no-samples RunningTasks: has no data points (ask for a longer timespan, or leave the metric out)",
      "warning no-samples ActiveTasks: no data point has a value (ask for aggregation=average)",
    ]);
  });

  it("a response that is an error says which", () => {
    const reading = readMetrics('{"error":{"code":"BadRequest","message":"Failed to find metric configuration"}}');
    expect(reading.format).toBe("azureMonitor");
    expect(shown(reading)).toEqual([
      'error query-failed the request failed with "BadRequest": "Failed to find metric configuration" (repeat the request)',
    ]);
  });
});

describe("Prometheus", () => {
  const response = (...result: object[]) => JSON.stringify({ status: "success", data: { resultType: "matrix", result } });

  it("reads a range query, finds the metric by its name's words and leaves special values out with a warning", () => {
    const text = response(
      {
        metric: { __name__: "batch_pending_tasks", pool: "a" },
        values: [
          [1767600000, "3"],
          [1767600030, "NaN"],
          [1767600060.001, "4.5"],
        ],
      },
      { metric: { __name__: "node_load1" }, values: [[1767600000, "1"]] },
      { metric: { __name__: "batch_cpu_percent" }, values: [[1767600000, "1e1"]] },
    );
    const reading = readPrometheus(text, { knownMetrics, samplePeriod: "PT30S" });
    const t = 17_676_000_000_000_000n;
    expect(contents(reading.store)).toEqual([
      `$PendingTasks ${t} 3`,
      `$PendingTasks ${t + 600_000_000n} 4.5`,
      `$CPUPercent ${t} 10`,
    ]);
    expect(shown(reading)).toEqual([
      'warning special-value batch_pending_tasks{pool="a"}: 1 values are NaN or infinite and were left out (nothing, if the metric was not there at those times)',
      "warning unmapped-metric node_load1: stands for no metric of a formula and was left out (map its name to one, such as $PendingTasks)",
      'warning off-grid batch_pending_tasks{pool="a"}: sample 3: off the grid of PT30S, moved to the nearest slot (by at most PT0.001S) (give the sample period, or correct the times)',
    ]);
    expect(readPrometheus(text).store.names()).toEqual(["$PendingTasks", "$NodeLoad1", "$CpuPercent"]);
  });

  it("bad input: an error response, an instant query, two series of one name, bad pairs", () => {
    expect(shown(readPrometheus('{"status":"error","errorType":"bad_data","error":"parse error"}'))).toEqual([
      'error query-failed the query failed: "parse error" (repeat the query)',
    ]);
    expect(readPrometheus('{"status":"success","data":{"resultType":"vector","result":[]}}').problems[0].code).toBe(
      "not-a-range",
    );
    const twice = readPrometheus(
      response(
        { metric: { __name__: "PendingTasks", pool: "a" }, values: [] },
        { metric: { __name__: "PendingTasks", pool: "b" }, values: [] },
      ),
    );
    expect(shown(twice)).toEqual([
      'error duplicate-series PendingTasks{pool="b"}: is $PendingTasks, and so is PendingTasks{pool="a"} (query one pool, or sum over the labels)',
    ]);
    const pairs = readPrometheus(
      response(
        { metric: { __name__: "PendingTasks" }, values: [["x", "1"], [1e300, "1"], [1767600000, 5], 7] },
        { metric: {}, values: [] },
        {},
      ),
    );
    expect(pairs.problems.map((problem) => problem.code)).toEqual([
      "bad-time",
      "bad-time",
      "bad-number",
      "bad-time",
      "unmapped-metric",
      "not-metrics",
    ]);
    expect(readPrometheus("{}").problems[0].code).toBe("not-metrics");
  });
});

describe("samples", () => {
  const folder = new URL("../../samples/metrics/", import.meta.url);
  const expected: Record<string, string> = { csv: "csv", gz: "csv", json: "json" };
  it("every sample history is read without a problem, in the format its content tells", () => {
    const files = readdirSync(folder).filter((file) => /\.(csv|json|gz)$/.test(file));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const bytes = readFileSync(new URL(file, folder));
      const reading = readMetrics((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
      expect([file, shown(reading)]).toEqual([file, []]);
      const format = file.startsWith("azure-monitor")
        ? "azureMonitor"
        : file.startsWith("prometheus")
          ? "prometheus"
          : expected[file.split(".").pop() as string];
      expect(reading.format).toBe(format);
      expect(reading.store.names().length).toBeGreaterThan(0);
    }
  });
});
