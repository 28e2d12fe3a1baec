/**
 * A window at each step of a block, and its statistics as columns. The answers are those of the store's own cursors, bit for bit: where the cursor
 * takes a difference of exact prefix sums, an extreme from the index or a sample by its place, so does the column, without being aimed; for the
 * rest a cursor is aimed at each step.
 */
import type { Series, WindowCursor } from "../../../metrics/index.ts";
import { Column } from "./column.ts";
import { Edge } from "./edges.ts";
import type { MetricColumns } from "./history.ts";
import { SlidingRanks } from "./ranks.ts";

/** A span of time, or so many of the most recent samples. */
export type Ends = { readonly older: number; readonly newer: number } | { readonly asked: number };

/** More statistics of one window than a formula asks for; arguments that change from block to block must not pile up. */
const KEPT_MAX = 64;

type Statistic = "sum" | "min" | "max" | "std" | "percentile" | "at";

export class WindowColumns {
  /** Samples found, and for a span the percentage of slots that hold one. */
  readonly found: Column = new Column();
  readonly percent: Column = new Column();
  private readonly metric: MetricColumns;
  private readonly ends: Ends;
  private readonly lo = new Edge();
  private readonly hi = new Edge();
  private readonly cursor: WindowCursor;
  private readonly statistics = new Map<string, { column: Column; block: number; ranks: SlidingRanks | undefined }>();
  private block = 0;

  constructor(metric: MetricColumns, ends: Ends) {
    this.metric = metric;
    this.ends = ends;
    this.cursor = metric.cursor();
  }

  /** Finds the window's samples in the block at hand; once a block. */
  begin(): void {
    const { metric, ends, lo, hi } = this;
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
    else if (name === "min" || name === "max") this.fillExtremes(kept.column.write(), name);
    else if (name === "at") this.fillElements(kept.column.write(), argument);
    else if (name === "std") this.each(kept.column.write(), (cursor) => cursor.std());
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
      this.each(column.write(), (cursor) => cursor.sum(start));
      return;
    }
    const prefix = sums.high;
    const to = column.write();
    if (lo.isLinear && hi.isLinear) {
      let a = lo.start;
      let b = hi.start;
      for (let i = 0; i < steps; i++) {
        to[i] = start + (prefix[b] - prefix[a]);
        a += lo.stride;
        b += hi.stride;
      }
    } else for (let i = 0; i < steps; i++) to[i] = start + (prefix[hi.at(i)] - prefix[lo.at(i)]);
  }

  private fillExtremes(to: Float64Array, name: "min" | "max"): void {
    const { series, steps, lo, hi } = this;
    const index = name === "min" ? series.smallest : series.largest;
    const none = name === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    if (index.built < series.tail) index.extend(series.values, series.tail);
    const { values } = series;
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

  /** Asks the cursor at each step. */
  private each(to: Float64Array, ask: (cursor: WindowCursor, step: number) => number): void {
    const { cursor, steps, ends } = this;
    const { history } = this.metric;
    for (let i = 0; i < steps; i++) {
      history.view.offset = history.offsetOf(i);
      if ("asked" in ends) cursor.last(ends.asked);
      else cursor.before(ends.older, ends.newer);
      to[i] = ask(cursor, i);
    }
  }

  private extend(): void {
    const { series } = this;
    if (series.sums.built < series.tail) series.sums.extend(series.values, series.tail);
  }
}

/** What a statistic of an empty window is to the cursor; what the formula gets is for its caller (rule 8.6). */
function ofNothing(name: Statistic, argument: number): number {
  if (name === "sum") return argument;
  if (name === "min") return Number.POSITIVE_INFINITY;
  return name === "max" ? Number.NEGATIVE_INFINITY : Number.NaN;
}
