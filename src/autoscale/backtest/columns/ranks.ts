/**
 * The nearest-rank percentile of a window that moves on step by step: samples that enter and leave are counted, and the element wanted is found
 * from where it was. Of whole numbers in a small range by a histogram, else by a sorted copy of a short window. The answers are the elements
 * themselves, so they are those of any other way (rule 3.9).
 */
import { percentileRank } from "../../../language/values/statistics.ts";
import type { Series } from "../../../metrics/index.ts";
import { BLOCK } from "./column.ts";
import type { Edge } from "./edges.ts";

/** Widest range of whole numbers that is counted by histogram. */
const RANGE_MAX = 4096;
/** Longest window that is kept sorted; inserting into a longer one costs more than the store's rank index. */
const SORTED_MAX = 512;

/** Writes percentiles for windows from[i] to ends[i] - 1, which lie behind those written before; empty ones are NaN. */
interface SlidingBag {
  /** Longest window it can hold. */
  readonly sizeMax: number;
  fill(to: Float64Array, from: Int32Array, ends: Int32Array, count: number, p: number): void;
}

/** The percentiles of one window, block after block. */
export class SlidingRanks {
  private readonly series: Series;
  private readonly from = new Int32Array(BLOCK);
  private readonly ends = new Int32Array(BLOCK);
  private bag: SlidingBag | undefined;
  private version = -1;

  constructor(series: Series) {
    this.series = series;
  }

  /** Writes the percentile of each step's window; false, with nothing done, where no way fits. */
  fill(to: Float64Array, lo: Edge, hi: Edge, count: number, p: number): boolean {
    const series = this.series;
    const from = this.from;
    const ends = this.ends;
    if (this.version !== series.version || this.bag === undefined) {
      this.bag = bagFor(series);
      this.version = series.version;
    }
    let longest = 0;
    for (let i = 0; i < count; i++) {
      from[i] = lo.at(i);
      ends[i] = hi.at(i);
      if (ends[i] - from[i] > longest) longest = ends[i] - from[i];
    }
    if (longest > this.bag.sizeMax) return false;
    this.bag.fill(to, from, ends, count, p);
    return true;
  }
}

/** All samples are whole exactly if their sums are exact; the extremes are the index's to say. */
function bagFor(series: Series): SlidingBag {
  const { sums, smallest, largest, values, head, tail } = series;
  if (sums.built < tail) sums.extend(values, tail);
  if (smallest.built < tail) smallest.extend(values, tail);
  if (largest.built < tail) largest.extend(values, tail);
  const least = smallest.between(values, head, tail);
  const range = largest.between(values, head, tail) - least + 1;
  return sums.exact && range <= RANGE_MAX ? new Histogram(series, least, range) : new SortedWindow(series);
}

class Histogram implements SlidingBag {
  readonly sizeMax = Number.POSITIVE_INFINITY;
  private readonly series: Series;
  private readonly least: number;
  private readonly counts: Int32Array;
  private lo = 0;
  private hi = 0;
  /** The bin looked at last, and how many samples lie below it. */
  private bin = 0;
  private below = 0;

  constructor(series: Series, least: number, range: number) {
    this.series = series;
    this.least = least;
    this.counts = new Int32Array(range);
  }

  fill(to: Float64Array, from: Int32Array, ends: Int32Array, count: number, p: number): void {
    const counts = this.counts;
    const least = this.least;
    const { values } = this.series;
    let lo = this.lo;
    let hi = this.hi;
    let bin = this.bin;
    let below = this.below;
    let size = -1;
    let rank = 0;
    for (let i = 0; i < count; i++) {
      const a = from[i];
      const b = ends[i];
      if (a >= hi || a < lo || b < hi) {
        counts.fill(0);
        bin = below = 0;
        lo = hi = a;
      }
      for (; lo < a; lo++) {
        const left = values[lo] - least;
        counts[left]--;
        if (left < bin) below--;
      }
      for (; hi < b; hi++) {
        const entered = values[hi] - least;
        counts[entered]++;
        if (entered < bin) below++;
      }
      if (b - a !== size) {
        size = b - a;
        rank = percentileRank(p, size);
      }
      if (size === 0) to[i] = Number.NaN;
      else {
        while (below >= rank) below -= counts[--bin];
        while (below + counts[bin] < rank) below += counts[bin++];
        to[i] = least + bin;
      }
    }
    this.lo = lo;
    this.hi = hi;
    this.bin = bin;
    this.below = below;
  }
}

class SortedWindow implements SlidingBag {
  readonly sizeMax = SORTED_MAX;
  private readonly series: Series;
  private readonly sorted = new Float64Array(SORTED_MAX + 1);
  private size = 0;
  private lo = 0;
  private hi = 0;

  constructor(series: Series) {
    this.series = series;
  }

  fill(to: Float64Array, from: Int32Array, ends: Int32Array, count: number, p: number): void {
    const { values } = this.series;
    for (let i = 0; i < count; i++) {
      const a = from[i];
      const b = ends[i];
      if (a >= this.hi || a < this.lo || b < this.hi) {
        this.size = 0;
        this.lo = this.hi = a;
      }
      while (this.lo < a) this.remove(values[this.lo++]);
      while (this.hi < b) this.add(values[this.hi++]);
      to[i] = b === a ? Number.NaN : this.sorted[percentileRank(p, b - a) - 1];
    }
  }

  private add(value: number): void {
    const { sorted } = this;
    let i = this.size++;
    for (; i > 0 && sorted[i - 1] > value; i--) sorted[i] = sorted[i - 1];
    sorted[i] = value;
  }

  private remove(value: number): void {
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
}
