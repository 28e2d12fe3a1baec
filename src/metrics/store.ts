/**
 * All metrics of one pool: a series per metric name, one sample period, one rule of what is visible when. Samples go in by name and
 * time, or through a `Series` (the same object for the same name, for those who record often); they are read through a view at a `now`.
 * Inside, every time is a double: ticks after the store's epoch, the time of the first sample it is given. That is exact within 2^53
 * ticks, 28 years, and costs one conversion for an instant however many series are recorded or read at it.
 */
import { sampleHistoryMs, samplePeriodMs } from "../base/limits.ts";
import { parseDuration, TICKS_PER_MS } from "../base/time.ts";
import type { Ticks } from "../base/time.ts";
import { Changes } from "./changes.ts";
import { NOT_FINITE } from "./outcome.ts";
import type { RecordOutcome } from "./outcome.ts";
import { Series } from "./series.ts";
import type { LoadOutcome } from "./series.ts";
import { StoreView } from "./view.ts";

/** A length of time: ticks, or an ISO 8601 duration such as `PT5M`. */
export type Duration = Ticks | string;

export interface MetricStoreOptions {
  /** Spacing of samples, above 0 and at most 28 years; default 5 minutes (rule 5.11). */
  readonly samplePeriod?: Duration;
  /** How long after its time a sample becomes visible (rules 5.12, 8.2); default 0. */
  readonly sampleDelay?: Duration;
  /** How far back from `now` samples are visible (rule 8.9); default 24 hours, Infinity for all. */
  readonly history?: Duration | typeof Infinity;
  /** How far back from its newest sample a series keeps samples at all; default `history`. Replays of a recording want Infinity. */
  readonly retention?: Duration | typeof Infinity;
}

export class MetricStore {
  /** Sample period, delay, history and retention in ticks; the last two may be Infinity. */
  readonly samplePeriod: number = Number.NaN;
  readonly sampleDelay: number = Number.NaN;
  readonly history: number = Number.NaN;
  readonly retention: number = Number.NaN;
  /** Hears of everything that is recorded. */
  readonly changes: Changes = new Changes();
  private readonly byName = new Map<string, Series>();
  private recorded: Series | undefined;
  private epoch: Ticks | undefined;
  private lastInstant: Ticks = 0n;
  private lastOffset = Number.NaN;

  /** Throws RangeError for an option out of range or a text that is no duration: options are the program's, not a file's. */
  constructor(options: MetricStoreOptions = {}) {
    this.samplePeriod = ticksOf("samplePeriod", options.samplePeriod ?? BigInt(samplePeriodMs.value) * TICKS_PER_MS, 1);
    this.sampleDelay = ticksOf("sampleDelay", options.sampleDelay ?? 0n, 0);
    this.history = ticksOf("history", options.history ?? BigInt(sampleHistoryMs.value) * TICKS_PER_MS, 1);
    this.retention = options.retention === undefined ? this.history : ticksOf("retention", options.retention, 1);
  }

  /** Records one sample; a refusal is returned, not thrown. */
  record(metric: string, time: Ticks, value: number): RecordOutcome {
    // Checked here too, so that a refused sample does not decide where the epoch lies.
    if (!Number.isFinite(value)) return NOT_FINITE;
    return this.nextSeries(metric).recordAt(this.offsetOf(time), value);
  }

  /** Records one sample of each of several metrics at the same time; the outcomes in the order given. */
  recordAll(time: Ticks, samples: Iterable<readonly [metric: string, value: number]>): RecordOutcome[] {
    const offset = this.offsetOf(time);
    return Array.from(samples, ([metric, value]) => this.series(metric).recordAt(offset, value));
  }

  /** Records values[i] at `start` + i sample periods; NaN means no sample. */
  load(metric: string, start: Ticks, values: ArrayLike<number>): LoadOutcome {
    return this.series(metric).load(this.offsetOf(start), values);
  }

  /** The series of this name, made empty if new; the same object for the same name. */
  series(metric: string): Series {
    let series = this.byName.get(metric);
    if (series === undefined) {
      series = new Series(metric, this.samplePeriod, this.retention, this.changes);
      this.byName.set(metric, series);
    }
    return series;
  }

  /** `series`, for `record`: samplers name their metrics in the same order each time, so it looks first where it went from here last time. */
  private nextSeries(metric: string): Series {
    const last = this.recorded;
    let next = last?.recordedNext;
    if (next === undefined || next.name !== metric) {
      next = this.series(metric);
      if (last !== undefined) last.recordedNext = next;
    }
    this.recorded = next;
    return next;
  }

  /** Names of the series that hold samples, in the order in which they were first mentioned. */
  names(): string[] {
    return [...this.byName.values()].filter((series) => series.tail > 0).map((series) => series.name);
  }

  /** A view aimed at `now`. Make one and re-aim it, rather than one per evaluation. */
  at(now: Ticks): StoreView {
    return new StoreView(this, now);
  }

  /** Time of the oldest sample held by any series; undefined in an empty store. */
  firstSampleTime(): Ticks | undefined {
    return this.edge((series) => series.offsetAt(series.head), Math.min);
  }

  /** Time of the newest sample held by any series; undefined in an empty store. */
  lastSampleTime(): Ticks | undefined {
    return this.edge((series) => series.offsetAt(series.tail - 1), Math.max);
  }

  /** False until the store was given a first sample: then there are no offsets yet. */
  get hasEpoch(): boolean {
    return this.epoch !== undefined;
  }

  /** Ticks after the epoch, as a double; exact within 2^53. Without an epoch, `instant` becomes it. */
  offsetOf(instant: Ticks): number {
    if (this.epoch === undefined) this.epoch = instant;
    else if (instant === this.lastInstant) return this.lastOffset;
    this.lastInstant = instant;
    this.lastOffset = Number(instant - this.epoch);
    return this.lastOffset;
  }

  /** The instant at an offset; needs an epoch. */
  instantOf(offset: number): Ticks {
    return (this.epoch ?? 0n) + BigInt(offset);
  }

  private edge(offsetOf: (series: Series) => number, choose: (a: number, b: number) => number): Ticks | undefined {
    let edge: number | undefined;
    for (const series of this.byName.values()) {
      series.settle();
      if (series.tail > 0) edge = edge === undefined ? offsetOf(series) : choose(edge, offsetOf(series));
    }
    return edge === undefined ? undefined : this.instantOf(edge);
  }
}

function ticksOf(option: string, duration: Duration | number, least: number): number {
  if (duration === Number.POSITIVE_INFINITY && (option === "history" || option === "retention")) return duration;
  const ticks = typeof duration === "string" ? parseDuration(duration) : duration;
  if (typeof ticks !== "bigint") throw new RangeError(`${option}: not an ISO 8601 duration: ${String(duration).slice(0, 80)}`);
  if (ticks < BigInt(least) || ticks > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${option}: must be ${least === 0 ? "at least" : "above"} 0 and at most 28 years`);
  return Number(ticks);
}
