/**
 * The door of the metric store: samples by metric name and time go in, look-back windows at a `now` come out. It knows neither formulas
 * nor pools. Start at `MetricStore`; a program that reads often keeps one `StoreView` and the cursors it made.
 */
export type { RecordOutcome, SampleAccepted, SampleRefused } from "./outcome.ts";
export { Series } from "./series.ts";
export type { LoadOutcome } from "./series.ts";
export { MetricStore } from "./store.ts";
export type { Duration, MetricStoreOptions } from "./store.ts";
export { MetricView, StoreView } from "./view.ts";
export { WindowCursor } from "./window.ts";
