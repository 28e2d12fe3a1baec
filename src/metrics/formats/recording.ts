/**
 * From times and values as a file gives them to series on a grid. A recording is one list of times with one or more columns of values;
 * a CSV file is one recording, a Prometheus result has one per series. Times may come in any order; they are sorted, checked for
 * doubles, laid on the grid of the sample period, and every step that changes something is reported.
 */
import { samplePeriodMs } from "../../base/limits.ts";
import { durationText, TICKS_PER_MS } from "../../base/time.ts";
import type { Ticks } from "../../base/time.ts";
import { grown } from "../compensated.ts";
import { MetricStore } from "../store.ts";
import type { MetricReading, ProblemList, ReadOptions } from "./problems.ts";

/** A list of doubles that grows; NaN is a missing sample. */
export class Doubles {
  values: Float64Array = new Float64Array(256);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) this.values = grown(this.values, 2 * this.length);
    this.values[this.length++] = value;
  }
}

export class Recording {
  /** Times in whole ticks after the reader's origin. */
  readonly offsets = new Doubles();
  /** The line of each time, where the file has lines. */
  readonly lines: Doubles | undefined;
  readonly columns: { readonly metric: string; readonly values: Doubles }[] = [];
  /** Named in problems where there are no lines. */
  readonly series: string | undefined;

  constructor(place: "lines" | { readonly series: string }) {
    this.lines = place === "lines" ? new Doubles() : undefined;
    this.series = place === "lines" ? undefined : place.series;
  }

  place(row: number): { line?: number; series?: string } {
    if (this.lines !== undefined) return { line: this.lines.values[row] };
    return this.series === undefined ? {} : { series: this.series };
  }

  /** A row for messages: its line, or which sample of the series it is. */
  nameOf(row: number): string {
    return this.lines === undefined ? `sample ${row + 1}` : `line ${this.lines.values[row]}`;
  }
}

/**
 * Builds the store. The sample period is the option's, else `statedPeriod` (what the file itself says), else the smallest gap between
 * two times, else the default of an empty store.
 */
export function storeRecordings(
  recordings: readonly Recording[],
  origin: Ticks,
  statedPeriod: Ticks | undefined,
  options: ReadOptions,
  problems: ProblemList,
): MetricReading {
  const orders = recordings.map((recording) => sorted(recording, problems));
  let smallest = Number.POSITIVE_INFINITY;
  recordings.forEach((recording, i) => {
    smallest = Math.min(smallest, smallestGap(recording, orders[i]));
  });
  const inferred =
    Number.isFinite(smallest) && smallest <= Number.MAX_SAFE_INTEGER
      ? BigInt(smallest)
      : BigInt(samplePeriodMs.value) * TICKS_PER_MS;
  const store = emptyStore(options, options.samplePeriod ?? statedPeriod ?? inferred);
  const start = store.offsetOf(origin);
  recordings.forEach((recording, i) => {
    place(recording, orders[i], store, start, problems);
  });
  return { store, problems: problems.problems, omitted: problems.omitted };
}

/** A store with the caller's options that keeps all of a file. */
export function emptyStore(
  options: ReadOptions,
  samplePeriod: NonNullable<ReadOptions["samplePeriod"]> | undefined,
): MetricStore {
  const { sampleDelay = 0n, history, retention = Number.POSITIVE_INFINITY } = options;
  return new MetricStore({
    ...(samplePeriod === undefined ? {} : { samplePeriod }),
    sampleDelay,
    retention,
    ...(history === undefined ? {} : { history }),
  });
}

/** Row numbers by time, or undefined when the rows are in order already. Reports rows out of order and two rows of one time. */
function sorted(recording: Recording, problems: ProblemList): Uint32Array | undefined {
  const { values: offsets, length } = recording.offsets;
  let backward = 0;
  let firstBackward = 0;
  for (let row = 1; row < length; row++) {
    if (offsets[row] < offsets[row - 1] && backward++ === 0) firstBackward = row;
  }
  let order: Uint32Array | undefined;
  if (backward > 0) {
    order = Uint32Array.from({ length }, (_, row) => row).sort((a, b) => offsets[a] - offsets[b] || a - b);
    const others = backward === 1 ? "" : `, and so do ${backward - 1} more`;
    problems.warning(
      "out-of-order",
      recording.place(firstBackward),
      `${recording.nameOf(firstBackward)} goes back in time${others}; the samples were sorted`,
      "sort by time",
    );
  }
  for (let i = 1; i < length; i++) {
    const before = order === undefined ? i - 1 : order[i - 1];
    const row = order === undefined ? i : order[i];
    if (offsets[before] === offsets[row]) {
      problems.error(
        "duplicate-time",
        recording.place(row),
        `${recording.nameOf(row)} has the same time as ${recording.nameOf(before)}`,
        "keep one of the two",
      );
    }
  }
  return order;
}

function smallestGap(recording: Recording, order: Uint32Array | undefined): number {
  const { values: offsets, length } = recording.offsets;
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 1; i < length; i++) {
    const gap = order === undefined ? offsets[i] - offsets[i - 1] : offsets[order[i]] - offsets[order[i - 1]];
    if (gap > 0 && gap < smallest) smallest = gap;
  }
  return smallest;
}

/** Records all columns, slot by slot; the grid starts at the earliest row. */
function place(
  recording: Recording,
  order: Uint32Array | undefined,
  store: MetricStore,
  start: number,
  problems: ProblemList,
): void {
  const { values: offsets, length } = recording.offsets;
  if (length === 0) return;
  const rowAt = (i: number) => (order === undefined ? i : order[i]);
  const period = store.samplePeriod;
  const first = offsets[rowAt(0)];
  const targets = recording.columns.map(({ metric, values }) => ({ series: store.series(metric), values: values.values }));
  for (const { series } of targets) if (series.tail === 0) series.anchor(start + first);
  const moved: number[] = [];
  let movedCount = 0;
  let movedMax = 0;
  let slotBefore = -1;
  for (let i = 0; i < length; i++) {
    const row = rowAt(i);
    const slot = Math.floor((offsets[row] - first) / period + 0.5);
    const distance = Math.abs(offsets[row] - first - slot * period);
    if (distance > 0) {
      movedCount++;
      movedMax = Math.max(movedMax, distance);
      if (moved.length < 3) moved.push(row);
    }
    if (slot === slotBefore && offsets[row] !== offsets[rowAt(i - 1)]) {
      const slotText = `the same ${durationText(BigInt(period))} slot`;
      problems.error(
        "same-slot",
        recording.place(row),
        `${recording.nameOf(row)} falls into ${slotText} as ${recording.nameOf(rowAt(i - 1))}`,
        "give a shorter sample period, or keep one of the two",
      );
    }
    slotBefore = slot;
    for (const { series, values } of targets) {
      if (Number.isNaN(values[row])) continue;
      const outcome = series.recordAt(start + first + slot * period, values[row]);
      if (!outcome.accepted) problems.error(outcome.reason, recording.place(row), outcome.message, "split the file");
    }
  }
  if (movedCount === 0) return;
  const names = moved.map((row) => recording.nameOf(row)).join(", ");
  const more = movedCount > moved.length ? ` and ${movedCount - moved.length} more` : "";
  const grid = `the grid of ${durationText(BigInt(period))}`;
  const message = `${names}${more}: off ${grid}, moved to the nearest slot (by at most ${durationText(BigInt(movedMax))})`;
  problems.warning("off-grid", recording.place(moved[0]), message, "give the sample period, or correct the times");
}
