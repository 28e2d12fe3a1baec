/**
 * One recorded history, read a block of steps at a time. What several formulas, or several places of one, ask of it in the same block is computed
 * once: windows are kept by metric and ends, and each keeps the statistics it was asked for.
 */
import { type MetricStore, MetricView, type StoreView } from "../../../metrics/index.ts";
import type { Timeline } from "../timeline.ts";
import { Column } from "./column.ts";
import { Edge, Grid } from "./edges.ts";
import { WindowColumns } from "./windows.ts";

/** More windows than formulas have; ends that change from block to block must not pile up. */
const WINDOWS_MAX = 1024;

/** The block at hand, and what was read in it. */
export class History {
  /** Steps in the block at hand; the first of them, and the ticks from `timeline.from` to it. */
  count = 0;
  first = 0;
  readonly timeline: Timeline;
  /** A view that is aimed at single steps, for what must be asked one by one. */
  readonly view: StoreView;
  /** Grows with each block; what was computed for another block is void. */
  block = 0;
  private readonly store: MetricStore;
  private readonly origin: number;
  private readonly metrics = new Map<string, MetricColumns>();

  constructor(store: MetricStore, timeline: Timeline) {
    this.store = store;
    this.timeline = timeline;
    this.view = store.at(timeline.from);
    // A store without a single sample has no epoch; then any origin will do.
    this.origin = Number.isNaN(this.view.offset) ? 0 : this.view.offset;
  }

  /** Goes on to the block of `count` steps from `first`. */
  begin(first: number, count: number): void {
    if (first === this.first && count === this.count && this.block > 0) return;
    this.first = first;
    this.count = count;
    this.block++;
  }

  /** Ticks after the store's epoch of a step of the block. */
  offsetOf(step: number): number {
    return this.origin + (this.first + step) * this.timeline.interval;
  }

  /** Ticks from the first step of all to an offset of the store. */
  sinceStart(offset: number): number {
    return offset - this.origin;
  }

  /** The metric of this full name. */
  metric(name: string): MetricColumns {
    let metric = this.metrics.get(name);
    if (metric === undefined) this.metrics.set(name, (metric = new MetricColumns(this, this.store, name)));
    return metric;
  }
}

/** One metric over the block at hand. */
export class MetricColumns {
  readonly history: History;
  readonly view: MetricView;
  readonly grid: Grid;
  /** Indices of the visible samples: first to end - 1, step by step. */
  readonly firstEdge: Edge = new Edge();
  readonly endEdge: Edge = new Edge();
  private readonly store: MetricStore;
  private readonly windows = new Map<string, WindowColumns>();
  private readonly latestColumn = new Column();
  private readonly countColumn = new Column();
  private block = 0;
  private latestBlock = 0;
  private countBlock = 0;

  /** Use `History.metric`. */
  constructor(history: History, store: MetricStore, name: string) {
    this.history = history;
    this.store = store;
    this.view = history.view.metric(name);
    this.grid = new Grid(this.view.series, history.timeline.interval);
  }

  get isEmpty(): boolean {
    return this.view.series.length === 0;
  }

  /** The samples between two ages in ticks, older >= newer. */
  between(older: number, newer: number): WindowColumns {
    return this.window(`${older} ${newer}`, { older, newer });
  }

  /** The most recent `asked` samples, a whole number. */
  last(asked: number): WindowColumns {
    return this.window(String(asked), { asked });
  }

  /** The latest visible sample; NaN where there is none. */
  latest(): Column {
    if (this.latestBlock === this.history.block) return this.latestColumn;
    this.latestBlock = this.history.block;
    this.begin();
    const { count } = this.history;
    const { values } = this.view.series;
    if (this.isEmpty) {
      this.latestColumn.setUniform(Number.NaN);
      return this.latestColumn;
    }
    const to = this.latestColumn.write();
    const { firstEdge, endEdge } = this;
    if (
      endEdge.isLinear &&
      firstEdge.at(0) < endEdge.at(0) &&
      firstEdge.isLinear &&
      firstEdge.at(count - 1) < endEdge.at(count - 1)
    ) {
      let index = endEdge.start - 1;
      for (let i = 0; i < count; i++, index += endEdge.stride) to[i] = values[index];
    } else {
      for (let i = 0; i < count; i++) to[i] = firstEdge.at(i) < endEdge.at(i) ? values[endEdge.at(i) - 1] : Number.NaN;
    }
    return this.latestColumn;
  }

  /** Count(): how many samples are visible. */
  visible(): Column {
    if (this.countBlock === this.history.block) return this.countColumn;
    this.countBlock = this.history.block;
    this.begin();
    const to = this.countColumn.write();
    for (let i = 0; i < this.history.count; i++) to[i] = this.endEdge.at(i) - this.firstEdge.at(i);
    return this.countColumn;
  }

  /** Finds the visible samples of the block; once a block. */
  begin(): void {
    const { history, view, grid, store } = this;
    if (this.block === history.block) return;
    this.block = history.block;
    const { series } = view;
    series.settle();
    if (this.isEmpty) {
      this.firstEdge.setLinear(0, 0);
      this.endEdge.setLinear(0, 0);
      return;
    }
    grid.begin(history.offsetOf(0));
    grid.edge(this.endEdge, store.sampleDelay, history.count);
    grid.edge(this.firstEdge, store.history, history.count);
    Edge.pick(false, this.firstEdge, this.firstEdge, this.endEdge, history.count);
  }

  private window(
    key: string,
    ends: { readonly older: number; readonly newer: number } | { readonly asked: number },
  ): WindowColumns {
    let window = this.windows.get(key);
    if (window === undefined && this.windows.size >= WINDOWS_MAX) this.windows.clear();
    if (window === undefined) this.windows.set(key, (window = new WindowColumns(this, ends)));
    window.begin();
    return window;
  }

  /** A view of the metric whose `first` and `end` are its owner's to set. */
  placedView(): MetricView {
    return new PlacedView(this.history.view, this.view.series, this.store);
  }
}

/** Shows the samples it was told to, wherever the store's view is aimed. */
class PlacedView extends MetricView {
  override sync(): void {
    // first and end were set by the owner
  }
}
