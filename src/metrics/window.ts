/**
 * A window of one metric's samples and the questions a formula asks of it. Aiming finds two indices; every aggregate then works on the
 * series' own storage and indexes, so that its cost does not grow with the window. Statistics mean: add from left to right in doubles,
 * two passes for the standard deviation (rule 8.30). A short window is computed just so. A long one comes from prefix sums: the same
 * bits when all samples of the series are whole numbers (sum), else within 1e-9 of the two-pass value, and mostly nearer to the truth.
 */
import { Age, Span } from "./ages.ts";
import { type PrefixSums, productError } from "./compensated.ts";
import { selectSmallest } from "./ranks.ts";
import type { Series } from "./series.ts";
import type { MetricView, StoreView } from "./view.ts";

/** Up to this many samples sum and std are computed one by one, in order. */
export const IN_ORDER_MAX = 48;
/** Up to this many samples a percentile is selected from a copy even where a rank index exists. */
const SELECT_MAX = 40;
/** A whole start below this keeps an exact sum exact. */
const START_MAX = 2 ** 52;

/** What a cursor has that was never aimed. */
const NO_SPAN = new Span(Number.NaN, Number.NaN, 1, new Age(0, 1), new Age(0, 1));

/** Shared by all cursors: a percentile is done with it before anyone else can ask. */
let scratch = new Float64Array(64);

/** `last` and `before` aim the cursor; samples recorded or `now` moved after that count from the next aiming on. */
export class WindowCursor {
  // What most queries touch lies in the cursor itself, and first: in a large store each further object is one more wait for memory. What
  // is copied from the series holds for one generation of the store. The usual case of a question is kept short, the others are methods
  // of their own, so that the engine can put the usual case into its caller; there the answer needs no box.
  private declare readonly view: StoreView;
  private declare span: Span;
  /** The generation in which slots are indices but for `origin`, and the span is whole; -1: the general way is needed. */
  private declare plainAt: number;
  private declare origin: number;
  private declare head: number;
  private declare tail: number;
  private declare lo: number;
  private declare hi: number;
  /** How many samples the exact sums in `prefix` cover; -1 while they are pairs. */
  private declare exactTo: number;
  /** The series' prefix sums: `high` or `pairs` of PrefixSums. */
  private declare prefix: Float64Array;
  /** How many samples the pairs in `prefix` cover, and how many of them differences may be used for; -1 while sums are exact. */
  private declare inexactTo: number;
  private declare pairsTo: number;
  private declare values: Float64Array;
  private declare generation: number;
  private declare readonly metric: MetricView;
  private declare readonly series: Series;

  /** Use `MetricView.cursor`. */
  constructor(metric: MetricView) {
    this.view = metric.view;
    this.span = NO_SPAN;
    this.plainAt = -1;
    this.origin = 0;
    this.head = 0;
    this.tail = 0;
    this.lo = 0;
    this.hi = 0;
    this.exactTo = -1;
    this.prefix = metric.series.sums.high;
    this.pairsTo = -1;
    this.inexactTo = -1;
    this.values = metric.series.values;
    this.generation = -1;
    this.metric = metric;
    this.series = metric.series;
  }

  /** Samples in the window. */
  get found(): number {
    return this.hi - this.lo;
  }

  /** Aims at the `count` most recent visible samples, fewer if fewer exist; `count` is a whole number >= 0 (rules 5.1, 8.29). */
  last(count: number): void {
    const metric = this.metric;
    if (this.generation !== this.view.changes.generation) this.learn();
    metric.sync();
    const available = metric.end - metric.first;
    this.hi = metric.end;
    this.lo = metric.end - (count < available ? count | 0 : available);
    if (this.span !== NO_SPAN) this.span = NO_SPAN;
  }

  /** Aims at the visible samples in (now - older, now - newer], in ticks before now, older >= newer, either may be negative (rule 8.2). */
  before(older: number, newer: number): void {
    const { view, span } = this;
    if (this.plainAt === view.changes.generation && span.older === older && span.newer === newer && view.near === true) {
      const now = view.nowSlot - this.origin;
      let lo = now - span.oldest;
      let hi = now - span.newest;
      if (lo < this.head) lo = this.head;
      if (hi > this.tail) hi = this.tail;
      if (lo > hi) lo = hi = this.head;
      this.lo = lo;
      this.hi = hi;
    } else this.beforeFar(older, newer);
  }

  /** Percent of the span's slots that hold a visible sample, at most 100 (rules 5.10, 8.2). NaN unless `before` aimed the cursor. */
  get percent(): number {
    const percent = (100 * this.found) / this.span.wantedSlots;
    return percent > 100 ? 100 : percent;
  }

  /**
   * `start` plus the samples. Bit for bit what adding from left to right gives for up to 48 samples, and for any number of whole samples
   * with a whole start; otherwise the samples' compensated sum is added to `start` at once.
   */
  sum(start: number): number {
    const { lo, hi } = this;
    if (start === 0 && hi > lo && hi <= this.exactTo) {
      const prefix = this.prefix;
      return prefix[hi] - prefix[lo];
    }
    if (hi <= this.inexactTo && hi - lo <= IN_ORDER_MAX) {
      const values = this.values;
      let sum = start;
      for (let i = lo; i < hi; i++) sum += values[i];
      return sum;
    }
    return this.sumFar(start);
  }

  /** Infinity for an empty window. */
  min(): number {
    const series = this.series;
    if (this.hi === this.lo) return Number.POSITIVE_INFINITY;
    if (series.smallest.built < this.hi) series.smallest.extend(series.values, this.hi);
    return series.smallest.between(series.values, this.lo, this.hi);
  }

  /** -Infinity for an empty window. */
  max(): number {
    const series = this.series;
    if (this.hi === this.lo) return Number.NEGATIVE_INFINITY;
    if (series.largest.built < this.hi) series.largest.extend(series.values, this.hi);
    return series.largest.between(series.values, this.lo, this.hi);
  }

  /** Sample standard deviation (n - 1); 0 for one sample, NaN for none. Long windows: within 1e-9 of the two-pass value. */
  std(): number {
    const { lo, hi } = this;
    const count = hi - lo;
    const { sums, squares } = this.series;
    if (count > IN_ORDER_MAX && hi <= squares.usableTo && hi <= sums.usableTo) {
      const sum = sums.between(lo, hi);
      const square = squares.between(lo, hi);
      const rest = square - (sum * sum) / count;
      // In plain doubles, unless too much cancels: within the window, or because large samples lie before it.
      if (rest > square * 2 ** -20 && rest > squares.upTo(hi) * 2 ** -50) return Math.sqrt(rest / (count - 1));
    }
    return this.stdFar();
  }

  /** Nearest rank, `p` in 0..100: element max(1, ceil(p x n / 100)) of the sorted samples, from 1 (rule 3.9). NaN for an empty window. */
  percentile(p: number): number {
    const { lo, hi } = this;
    const count = hi - lo;
    if (count === 0 || Number.isNaN(p)) return Number.NaN;
    const rank = Math.ceil((p * count) / 100);
    if (rank <= 1) return this.min();
    if (rank >= count) return this.max();
    const series = this.series;
    if (count > SELECT_MAX && series.ranks.ready(series.values, lo, hi, series.tail))
      return series.ranks.smallest(lo, hi, rank);
    if (scratch.length < count) scratch = new Float64Array(2 * count);
    const values = series.values;
    for (let i = lo; i < hi; i++) scratch[i - lo] = values[i];
    return selectSmallest(scratch, count, rank);
  }

  /** The sample of this index, 0 the oldest; needs 0 <= index < found. */
  at(index: number): number {
    return this.series.values[this.lo + index];
  }

  /** A fresh array of the samples, oldest first (rule 8.1). */
  copy(): Float64Array {
    return this.series.values.slice(this.lo, this.hi);
  }

  /** A new span, something recorded, gaps, parts of periods, a `now` years away. */
  private beforeFar(older: number, newer: number): void {
    const { metric, view } = this;
    let span = this.span;
    if (span.older !== older || span.newer !== newer) span = this.span = view.span(older, newer);
    metric.sync();
    this.learn();
    const lo = Math.max(metric.first, metric.indexBefore(span.olderAge));
    this.hi = Math.max(metric.first, Math.min(metric.end, metric.indexBefore(span.newerAge)));
    this.lo = Math.min(lo, this.hi);
  }

  /** Copies what holds for this generation. */
  private learn(): void {
    const { metric, series } = this;
    metric.learn();
    this.generation = metric.generation;
    this.plainAt = metric.isPlain && this.span.isWhole ? metric.generation : -1;
    this.origin = metric.origin;
    this.head = metric.head;
    this.tail = metric.tail;
    this.learnSums(series.sums);
  }

  private learnSums(sums: PrefixSums): void {
    this.prefix = sums.exact ? sums.high : sums.pairs;
    this.exactTo = sums.exact ? sums.built : -1;
    this.inexactTo = sums.exact ? -1 : sums.built;
    this.pairsTo = sums.exact ? -1 : sums.usableTo;
    this.values = this.series.values;
  }

  /** Long windows of samples with fractions. */
  private sumFar(start: number): number {
    const { lo, hi } = this;
    if (hi > this.pairsTo) return this.sumAnew(start);
    const pairs = this.prefix;
    const a = 2 * lo;
    const b = 2 * hi;
    return start + (pairs[b] - pairs[a] + (pairs[b + 1] - pairs[a + 1]));
  }

  /** Prefix sums that are not there yet or not to be used, a start other than 0 before whole samples, no samples at all. */
  private sumAnew(start: number): number {
    const { lo, hi, series } = this;
    const sums = series.sums;
    if (sums.built < hi) sums.extend(series.values, hi);
    this.learnSums(sums);
    if (sums.exact && start === Math.floor(start) && Math.abs(start) < START_MAX)
      return hi > lo ? start + sums.between(lo, hi) : start;
    if (hi - lo <= IN_ORDER_MAX || hi > sums.usableTo) return sumInOrder(series.values, lo, hi, start);
    return start + sums.between(lo, hi);
  }

  /** Short windows, sums that are not there yet, windows in which plain doubles would lose too much. */
  private stdFar(): number {
    const { lo, hi, series } = this;
    const count = hi - lo;
    if (count < 2) return count === 1 ? 0 : Number.NaN;
    if (count > IN_ORDER_MAX) {
      const { sums, squares } = series;
      if (sums.built < hi || squares.built < hi) {
        if (sums.built < hi) sums.extend(series.values, hi);
        if (squares.built < hi) squares.extend(series.values, hi);
        return this.std();
      }
      const rest = hi <= squares.usableTo && hi <= sums.usableTo ? squaresAboutMean(sums, squares, lo, hi) : Number.NaN;
      if (rest >= 0) return Math.sqrt(rest / (count - 1));
      // Nothing is left after cancellation: mostly because all samples are equal.
      if (this.min() === this.max()) return 0;
    }
    const { values } = series;
    const mean = (series.sums.exact ? this.sum(0) : sumInOrder(values, lo, hi, 0)) / count;
    let squared = 0;
    for (let i = lo; i < hi; i++) {
      const distance = values[i] - mean;
      squared += distance * distance;
    }
    return Math.sqrt(squared / (count - 1));
  }
}

function sumInOrder(values: Float64Array, lo: number, hi: number, start: number): number {
  let sum = start;
  for (let i = lo; i < hi; i++) sum += values[i];
  return sum;
}

/**
 * Sum of (x - mean)^2 over samples lo to hi - 1, as sum(x^2) - sum(x)^2 / n in pairs of doubles, for samples that lie close together far
 * from 0. NaN when the samples have to be gone through one by one: closer still, and the two-pass value itself is shaped by the rounding
 * of its mean; that rounding is part of the rule (8.30), and only a loop makes it.
 */
function squaresAboutMean(sums: PrefixSums, squares: PrefixSums, lo: number, hi: number): number {
  const count = hi - lo;
  const sum = sums.between(lo, hi);
  const square = squares.between(lo, hi);
  const prefix = squares.upTo(hi);
  const sumLow = sums.lostBetween(lo, hi, sum);
  const squareLow = squares.lostBetween(lo, hi, square);
  const product = sum * sum;
  const productLow = productError(sum, sum, product) + 2 * sum * sumLow;
  const quotient = product / count;
  const back = quotient * count;
  const quotientLow = (product - back - productError(quotient, count, back) + productLow) / count;
  const rest = square - quotient + (squareLow - quotientLow);
  if (sums.exact && squares.exact && rest === 0) return 0;
  const roundings = sums.exact ? 1 : count;
  if (rest * count < sum * sum * roundings * roundings * 2 ** -76) return Number.NaN;
  return rest > prefix * hi * 2 ** -70 && rest > square * 2 ** -60 ? rest : Number.NaN;
}
