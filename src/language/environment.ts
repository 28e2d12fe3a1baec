/**
 * What a running formula can see of the world. The language knows no store: whoever runs a formula hands in an Environment, and a
 * SampleCursor per metric that the formula looks back on. Cursors are made once per program and re-aimed at each evaluation, so that an
 * evaluation allocates nothing.
 */
import type { Ticks } from "../base/time.ts";

export interface Environment {
  /** The run's one `now` (rule 3.21), in ticks since 1970. */
  readonly now: Ticks;
  /** Draws for `rand()`: doubles in [0, 1). */
  readonly random: () => number;
  /** The pool's current targets (rule 4.5): what an unassigned target reads as. */
  readonly targetDedicated: number;
  readonly targetLowPriority: number;
  /** The metric of this full name (rule 4.10: every one exists, even without samples); the same object for the same name. */
  metric(name: string): MetricReader;
}

/** One metric as the formula sees it at the environment's `now`: visible samples within the history, oldest first (rules 8.1, 8.2). */
export interface MetricReader {
  /** The double of the bare name: the latest visible sample, or what rule 8.23 says without one. */
  latest(): number;
  /** Count(): visible samples within the history (rule 5.15). */
  count(): number;
  /** GetSamplePeriod() in ticks (rule 5.14). */
  period(): Ticks;
  /** HistoryBeginTime(): the oldest sample kept; `now` when there is none (rule 5.16). */
  historyBegin(): Ticks;
  /** A fresh cursor over this metric, aimed at nothing. */
  cursor(): SampleCursor;
}

/**
 * A window of one metric's samples. `last` and `before` aim it; everything else asks about where it is aimed now. Aggregates do not copy:
 * their cost does not grow with the window's length. Over an empty window sum is 0, min Infinity, max -Infinity, std and percentile NaN; what the formula then gets
 * is the caller's rule (8.6), not the cursor's.
 */
export interface SampleCursor {
  /** Aims at the `count` most recent samples; `count` is a whole number >= 0 (rule 5.1). */
  last(count: number): void;
  /** Aims at samples in (now - older, now - newer], in ticks before now, older >= newer; either may be negative (rule 8.2). */
  before(older: number, newer: number): void;
  /** Samples found. */
  readonly found: number;
  /** Percent of the slots of the span that hold a visible sample, capped at 100 (rules 5.10, 8.2); only after `before`. */
  readonly percent: number;
  /** Adds the samples to `start`, oldest first. */
  sum(start: number): number;
  min(): number;
  max(): number;
  /** Sample standard deviation (n - 1), two-pass meaning; 0 for one sample. */
  std(): number;
  /** Nearest rank, `p` in 0..100 (rule 3.9). */
  percentile(p: number): number;
  /** The sample of this index, 0 the oldest; the caller checks 0 <= index < found. */
  at(index: number): number;
  /** A fresh copy, oldest first. */
  copy(): Float64Array;
}
