/**
 * The slow judge of the metric store: a list of { time, value } with bigint times, filtered anew for every question. It states rules
 * 8.2, 8.9, 8.29, 8.30 and 3.9 in the plainest words we could find and shares no code with what it judges.
 */

export interface NaiveOptions {
  readonly period: bigint;
  readonly delay: bigint;
  /** undefined: no bound. */
  readonly history: bigint | undefined;
}

export class NaiveStore {
  private readonly samples: { time: bigint; value: number }[] = [];
  private readonly options: NaiveOptions;

  constructor(options: NaiveOptions) {
    this.options = options;
  }

  /** Times must be on one grid. */
  record(time: bigint, value: number): void {
    const known = this.samples.find((sample) => sample.time === time);
    if (known) known.value = value + 0;
    else this.samples.push({ time, value: value + 0 });
    this.samples.sort((a, b) => (a.time < b.time ? -1 : 1));
  }

  has(time: bigint): boolean {
    return this.samples.some((sample) => sample.time === time);
  }

  visible(now: bigint): { time: bigint; value: number }[] {
    const { delay, history } = this.options;
    return this.samples.filter(({ time }) => time + delay <= now && (history === undefined || now - history < time));
  }

  last(now: bigint, count: number): number[] {
    const seen = this.visible(now).map((sample) => sample.value);
    return seen.slice(Math.max(0, seen.length - count));
  }

  before(now: bigint, older: bigint, newer: bigint): number[] {
    return this.visible(now)
      .filter(({ time }) => now - older < time && time <= now - newer)
      .map((sample) => sample.value);
  }

  percent(found: number, older: bigint, newer: bigint): number {
    const slots = Number((older - newer) / this.options.period);
    return Math.min(100, (100 * found) / Math.max(1, slots));
  }
}

export const naiveSum = (values: readonly number[], start = 0) => values.reduce((sum, x) => sum + x, start);

export function naiveStd(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  if (values.length === 1) return 0;
  const mean = naiveSum(values) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (values.length - 1));
}

export function naivePercentile(values: readonly number[], p: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((p * values.length) / 100)) - 1];
}
