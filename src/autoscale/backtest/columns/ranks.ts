/**
 * The nearest-rank percentile of a window that moves on step by step: samples that enter and leave are counted, and the element wanted is found
 * from where it was. Of whole numbers in a small range by a histogram, else by a sorted copy of a short window. The answers are the elements
 * themselves, so they are those of any other way (rule 3.9).
 */
import { percentileRank } from "../../../language/values/statistics.ts";
import type { Series } from "../../../metrics/index.ts";
import type { Edge } from "./edges.ts";

/** Widest range of whole numbers that is counted by histogram. */
const RANGE_MAX = 4096;
/** Longest window that is kept sorted; inserting into a longer one costs more than the store's rank index. */
const SORTED_MAX = 512;

export class SlidingRanks {
  private readonly series: Series;
  private counter: Counter | undefined;
  private version = -1;
  private lo = 0;
  private hi = 0;

  constructor(series: Series) {
    this.series = series;
  }

  /** Writes the percentile of each step's window; false, with nothing done, where neither way fits. Empty windows get NaN. */
  fill(to: Float64Array, lo: Edge, hi: Edge, count: number, p: number): boolean {
    const { series } = this;
    const { values } = series;
    if (this.version !== series.version || this.counter === undefined) {
      this.counter = counterFor(series);
      this.version = series.version;
      this.lo = 0;
      this.hi = 0;
    }
    const { counter } = this;
    if (counter.sizeMax < longest(lo, hi, count)) return false;
    for (let i = 0; i < count; i++) {
      const a = lo.at(i);
      const b = hi.at(i);
      if (a >= this.hi || a < this.lo || b < this.hi) {
        counter.clear();
        this.lo = a;
        this.hi = a;
      }
      while (this.lo < a) counter.remove(values[this.lo++]);
      while (this.hi < b) counter.add(values[this.hi++]);
      to[i] = b === a ? Number.NaN : counter.smallest(percentileRank(p, b - a));
    }
    return true;
  }
}

function longest(lo: Edge, hi: Edge, count: number): number {
  if (lo.isLinear && hi.isLinear) return Math.max(hi.at(0) - lo.at(0), hi.at(count - 1) - lo.at(count - 1));
  let most = 0;
  for (let i = 0; i < count; i++) most = Math.max(most, hi.at(i) - lo.at(i));
  return most;
}

/** A bag of samples that knows its k-th smallest, k from 1. */
interface Counter {
  readonly sizeMax: number;
  clear(): void;
  add(value: number): void;
  remove(value: number): void;
  smallest(k: number): number;
}

function counterFor(series: Series): Counter {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let fraction = 0;
  for (let i = series.head; i < series.tail; i++) {
    const value = series.values[i];
    if (value < least) least = value;
    if (value > most) most = value;
    fraction += value - Math.floor(value);
  }
  return fraction === 0 && most - least < RANGE_MAX ? new Histogram(least, most - least + 1) : new SortedWindow();
}

class Histogram implements Counter {
  readonly sizeMax = Number.POSITIVE_INFINITY;
  private readonly least: number;
  private readonly counts: Int32Array;
  /** The bin looked at last, and how many samples lie below it. */
  private bin = 0;
  private below = 0;

  constructor(least: number, range: number) {
    this.least = least;
    this.counts = new Int32Array(range);
  }

  clear(): void {
    this.counts.fill(0);
    this.bin = 0;
    this.below = 0;
  }

  add(value: number): void {
    const bin = value - this.least;
    this.counts[bin]++;
    if (bin < this.bin) this.below++;
  }

  remove(value: number): void {
    const bin = value - this.least;
    this.counts[bin]--;
    if (bin < this.bin) this.below--;
  }

  smallest(k: number): number {
    const { counts } = this;
    let { bin, below } = this;
    while (below >= k) below -= counts[--bin];
    while (below + counts[bin] < k) below += counts[bin++];
    this.bin = bin;
    this.below = below;
    return this.least + bin;
  }
}

class SortedWindow implements Counter {
  readonly sizeMax = SORTED_MAX;
  private readonly sorted = new Float64Array(SORTED_MAX + 1);
  private size = 0;

  clear(): void {
    this.size = 0;
  }

  add(value: number): void {
    const { sorted } = this;
    let i = this.size++;
    for (; i > 0 && sorted[i - 1] > value; i--) sorted[i] = sorted[i - 1];
    sorted[i] = value;
  }

  remove(value: number): void {
    const { sorted } = this;
    let low = 0;
    let high = --this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle] < value) low = middle + 1;
      else high = middle;
    }
    sorted.copyWithin(low, low + 1, this.size + 1);
  }

  smallest(k: number): number {
    return this.sorted[k - 1];
  }
}
