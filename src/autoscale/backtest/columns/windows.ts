/**
 * A window at each step of a block, and its statistics as columns. The answers are those of the store's own cursors, bit for bit: where the cursor
 * takes a difference of exact prefix sums, an extreme from the index or a sample by its place, so does the column, without being aimed; for the
 * rest a cursor is aimed at each step.
 */
import { IN_ORDER_MAX, type MetricView, type Series, type WindowCursor } from "../../../metrics/index.ts";
import { binary, Column } from "./column.ts";
import { Edge } from "./edges.ts";
import type { MetricColumns } from "./history.ts";
import { slidingExtremes } from "./extremes.ts";
import { deviationsInOrder, sumsInOrder } from "./inOrder.ts";
import { SlidingRanks } from "./ranks.ts";

/** A span of time, or so many of the most recent samples. */
export type Ends = { readonly older: number; readonly newer: number } | { readonly asked: number };

/** More statistics of one window than a formula asks for; arguments that change from block to block must not pile up. */
const KEPT_MAX = 64;

type Statistic = "sum" | "mean" | "min" | "max" | "std" | "percentile" | "at";

/** One window over the block at hand; each statistic is computed once a block, for all who ask. */
export class WindowColumns {
  /** Samples found, and for a span the percentage of slots that hold one. */
  readonly found: Column = new Column();
  readonly percent: Column = new Column();
  private readonly metric: MetricColumns;
  private readonly ends: Ends;
  private readonly lo = new Edge();
  private readonly hi = new Edge();
  /** A view whose visible samples are the window of the step at hand, and a cursor on all of them. */
  private readonly placed: MetricView;
  private readonly cursor: WindowCursor;
  private readonly statistics = new Map<string, { column: Column; block: number; ranks: SlidingRanks | undefined }>();
  private block = 0;

  constructor(metric: MetricColumns, ends: Ends) {
    this.metric = metric;
    this.ends = ends;
    this.placed = metric.placedView();
    this.cursor = this.placed.cursor();
  }

  /** Finds the window's samples in the block at hand; once a block. */
  begin(): void {
    const { metric, lo, hi } = this;
    const ends = this.ends;
    const { history } = metric;
    if (this.block === history.block) return;
    this.block = history.block;
    metric.begin();
    const { count } = history;
    if (metric.isEmpty) {
      lo.setLinear(0, 0);
      hi.setLinear(0, 0);
    } else if ("asked" in ends) {
      Edge.pick(true, hi, metric.endEdge, metric.endEdge, count);
      if (hi.isLinear) lo.setLinear(Math.max(hi.start - ends.asked, -(2 ** 31)), hi.stride);
      else {
        const to = lo.write();
        for (let i = 0; i < count; i++) to[i] = Math.max(hi.at(i) - ends.asked, 0);
      }
      Edge.pick(true, lo, lo, metric.firstEdge, count);
    } else {
      metric.grid.edge(lo, ends.older, count);
      metric.grid.edge(hi, ends.newer, count);
      Edge.pick(true, lo, lo, metric.firstEdge, count);
      Edge.pick(false, hi, hi, metric.endEdge, count);
      Edge.pick(true, hi, hi, lo, count);
    }
    this.count();
  }

  /** start + the samples, added as the cursor adds them. */
  sum(start: Column): Column {
    if (start.isUniform) return this.statistic("sum", start.uniform);
    // A start of its own at each step: seldom, and asked one by one.
    const column = new Column();
    this.extend();
    const from = start.lanes(this.steps);
    this.each(column.write(), (cursor, i) => cursor.sum(from[i]));
    return column;
  }

  /** The sum from 0, divided by how many samples there are; NaN for an empty window. */
  mean(): Column {
    return this.statistic("mean", 0);
  }
  /** Smallest, largest, standard deviation; what an empty window gives is the cursor's. */
  min(): Column {
    return this.statistic("min", 0);
  }
  max(): Column {
    return this.statistic("max", 0);
  }
  std(): Column {
    return this.statistic("std", 0);
  }
  /** Nearest rank; `p` in 0..100. */
  percentile(p: number): Column {
    return this.statistic("percentile", p);
  }
  /** The sample of this index from 0, negative from the newest (-1); NaN outside the window. */
  at(index: number): Column {
    return this.statistic("at", index);
  }

  private get series(): Series {
    return this.metric.view.series;
  }

  private get steps(): number {
    return this.metric.history.count;
  }

  private count(): void {
    const { lo, hi, steps, ends } = this;
    const slots = "asked" in ends ? Number.NaN : Math.max(1, Math.floor((ends.older - ends.newer) / this.series.period));
    const share = (found: number) => {
      const percent = (100 * found) / slots;
      return percent > 100 ? 100 : percent;
    };
    if (lo.isLinear && hi.isLinear && lo.stride === hi.stride) {
      this.found.setUniform(hi.start - lo.start);
      this.percent.setUniform(share(hi.start - lo.start));
      return;
    }
    const found = this.found.write();
    const percent = this.percent.write();
    for (let i = 0; i < steps; i++) {
      found[i] = hi.at(i) - lo.at(i);
      percent[i] = share(found[i]);
    }
  }

  private statistic(name: Statistic, argument: number): Column {
    const key = `${name} ${argument}`;
    let kept = this.statistics.get(key);
    if (kept === undefined && this.statistics.size >= KEPT_MAX) this.statistics.clear();
    if (kept === undefined) this.statistics.set(key, (kept = { column: new Column(), block: 0, ranks: undefined }));
    if (kept.block === this.block) return kept.column;
    kept.block = this.block;
    if (this.found.isUniform && this.found.uniform === 0) kept.column.setUniform(ofNothing(name, argument));
    else if (name === "sum") this.fillSums(kept.column, argument);
    else if (name === "mean") this.fillMeans(kept.column);
    else if (name === "min" || name === "max") this.fillExtremes(kept.column.write(), name);
    else if (name === "at") this.fillElements(kept.column.write(), argument);
    else if (name === "std") this.fillDeviations(kept.column.write());
    else {
      kept.ranks ??= new SlidingRanks(this.series);
      const { ranks } = kept;
      const to = kept.column.write();
      if (!ranks.fill(to, this.lo, this.hi, this.steps, argument)) this.each(to, (cursor) => cursor.percentile(argument));
    }
    return kept.column;
  }

  private fillSums(column: Column, start: number): void {
    const { sums } = this.series;
    const { steps, lo, hi } = this;
    this.extend();
    if (!sums.exact || start !== Math.floor(start) || Math.abs(start) >= 2 ** 52) {
      if (!sums.exact && this.isShort)
        sumsInOrder(column.write(), this.series.values, lo.start, lo.stride, this.found.uniform, steps, start);
      else this.each(column.write(), (cursor) => cursor.sum(start));
      return;
    }
    const prefix = sums.high;
    const to = column.write();
    if (this.slides) {
      const stride = lo.stride | 0;
      const apart = (hi.start - lo.start) | 0;
      for (let i = 0, a = lo.start | 0; i < steps; i++, a = (a + stride) | 0) to[i] = start + (prefix[a + apart] - prefix[a]);
    } else for (let i = 0; i < steps; i++) to[i] = start + (prefix[hi.at(i)] - prefix[lo.at(i)]);
  }

  private fillMeans(column: Column): void {
    const { sums } = this.series;
    this.extend();
    if (!sums.exact || !this.slides) {
      binary("/", column, this.sum(ZERO), this.found, this.steps);
      return;
    }
    // The most frequent statistic of all, in one loop.
    const prefix = sums.high;
    const to = column.write();
    const { steps, lo, hi } = this;
    const stride = lo.stride | 0;
    const apart = (hi.start - lo.start) | 0;
    for (let i = 0, a = lo.start | 0; i < steps; i++, a = (a + stride) | 0) to[i] = (prefix[a + apart] - prefix[a]) / apart;
  }

  private fillExtremes(to: Float64Array, name: "min" | "max"): void {
    const { series, steps, lo, hi } = this;
    const index = name === "min" ? series.smallest : series.largest;
    const none = name === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    if (index.built < series.tail) index.extend(series.values, series.tail);
    const { values } = series;
    if (this.slides) {
      const stride = lo.stride | 0;
      const apart = (hi.start - lo.start) | 0;
      if (slidingExtremes(to, values, lo.start | 0, stride, apart, steps, name === "min")) return;
      for (let i = 0, a = lo.start | 0; i < steps; i++, a = (a + stride) | 0) to[i] = index.between(values, a, a + apart);
      return;
    }
    for (let i = 0; i < steps; i++) {
      const a = lo.at(i);
      const b = hi.at(i);
      to[i] = b > a ? index.between(values, a, b) : none;
    }
  }

  private fillElements(to: Float64Array, index: number): void {
    const { steps, lo, hi } = this;
    const { values } = this.series;
    for (let i = 0; i < steps; i++) {
      const place = index < 0 ? hi.at(i) + index : lo.at(i) + index;
      to[i] = place >= lo.at(i) && place < hi.at(i) ? values[place] : Number.NaN;
    }
  }

  /** Standard deviations: of a short window in two passes, as the cursor does, but several steps at a time. */
  private fillDeviations(to: Float64Array): void {
    if (!this.isShort || this.found.uniform < 2) {
      this.each(to, (cursor) => cursor.std());
      return;
    }
    const sums = this.sum(ZERO).lanes(this.steps);
    deviationsInOrder(to, this.series.values, this.lo.start, this.lo.stride, this.found.uniform, this.steps, sums);
  }

  /** Asks the cursor at each step. */
  private each(to: Float64Array, ask: (cursor: WindowCursor, step: number) => number): void {
    const { cursor, placed, steps, lo, hi } = this;
    for (let i = 0; i < steps; i++) {
      placed.first = lo.at(i);
      placed.end = hi.at(i);
      cursor.last(Number.POSITIVE_INFINITY);
      to[i] = ask(cursor, i);
    }
  }

  /** Whether the window moves on by as many samples each step, and is never empty. */
  private get slides(): boolean {
    return this.lo.isLinear && this.hi.isLinear && this.lo.stride === this.hi.stride && this.found.uniform > 0;
  }

  /** Whether it slides and is so short that the cursor would add it up in order. */
  private get isShort(): boolean {
    return this.slides && this.found.uniform <= IN_ORDER_MAX;
  }

  private extend(): void {
    const { series } = this;
    if (series.sums.built < series.tail) series.sums.extend(series.values, series.tail);
  }
}

const ZERO = new Column();
ZERO.setUniform(0);

/** What a statistic of an empty window is to the cursor; what the formula gets is for its caller (rule 8.6). */
function ofNothing(name: Statistic, argument: number): number {
  if (name === "sum") return argument;
  if (name === "min") return Number.POSITIVE_INFINITY;
  return name === "max" ? Number.NEGATIVE_INFINITY : Number.NaN;
}
