/**
 * The door of the metric store: samples by metric name and time go in, look-back windows at a `now` come out. It knows neither formulas
 * nor pools. Start at `MetricStore`; a program that reads often keeps one `StoreView` and the cursors it made. `readMetrics` reads a
 * file's text in any of the formats.
 */
export { restOfAge, slotsOfAge } from "./ages.ts";
export { azureMonitorMetrics, readAzureMonitor, readAzureMonitorDocument } from "./formats/azureMonitor.ts";
export type { Aggregate, AzureMonitorOptions } from "./formats/azureMonitor.ts";
export { readCsv, writeCsv } from "./formats/csv.ts";
export { formatOfDocument, readMetrics } from "./formats/detect.ts";
export type { MetricFormat } from "./formats/detect.ts";
export { readJson, readJsonDocument, writeJson } from "./formats/json.ts";
export { hasErrors, problemText } from "./formats/problems.ts";
export type { MetricProblem, MetricReading, ReadOptions } from "./formats/problems.ts";
export { readPrometheus, readPrometheusDocument } from "./formats/prometheus.ts";
export { notationText, readNotation } from "./notation.ts";
export type { NotationReading } from "./notation.ts";
export type { RecordOutcome, SampleAccepted, SampleRefused } from "./outcome.ts";
export { Series } from "./series.ts";
export type { LoadOutcome } from "./series.ts";
export { MetricStore } from "./store.ts";
export type { Duration, MetricStoreOptions } from "./store.ts";
export { MetricView, StoreView } from "./view.ts";
export { IN_ORDER_MAX, WindowCursor } from "./window.ts";
