/**
 * A store seen at one instant. A view is aimed at a `now`; everything it hands out follows when it is aimed again, without allocating,
 * so that a back-test can move through a history step by step. What is visible: sample time + delay <= now, and now - history < sample
 * time (rules 8.2, 8.9). `now` becomes a slot number once, on the grid of the store's epoch, for all metrics: a series' own grid is that
 * one moved by whole periods, and by a rest only where its first sample lay between two slots. While a series has no gaps and `now` lies
 * near it, slots are indices but for a constant, its origin, and a window is found by two subtractions of small integers.
 *
 * This is the hottest code of the store, so it helps the engine: a field that starts as what it stays (a number as NaN or 0, an object by
 * `declare`, without a first undefined) is known by its type, a field that stays a small integer needs no memory of its own, and a flag
 * compared with `=== true` needs no conversion.
 */
import type { Ticks } from "../base/time.ts";
import { Age, isNear, Span } from "./ages.ts";
import type { Changes } from "./changes.ts";
import type { Series } from "./series.ts";
import type { MetricStore } from "./store.ts";
import { WindowCursor } from "./window.ts";

/** A formula has few windows; of more, the oldest are measured again. */
const SPANS_MAX = 8;

export class StoreView {
  declare readonly changes: Changes;
  /** True while `now` is so near the epoch that a small integer holds its slot. */
  near = false;
  /** The last slot at or before `now` on the grid of the epoch, while near. */
  nowSlot = 0;
  /** `now` in ticks after the store's epoch; NaN while the store has no epoch. */
  offset = Number.NaN;
  /** Delay and history: the same for all metrics; as steps where both are whole numbers of periods. */
  declare readonly delay: Age;
  declare readonly history: Age;
  readonly delaySteps: number = 0;
  readonly historySteps: number = 0;
  readonly wholeAges: boolean = false;
  private readonly period: number = Number.NaN;
  private readonly perPeriod: number = Number.NaN;
  private instant: Ticks;
  private readonly store: MetricStore;
  private readonly metrics = new Map<string, MetricView>();
  private readonly spans: Span[] = [];
  private nextSpan = 0;

  /** Use `MetricStore.at`. */
  constructor(store: MetricStore, now: Ticks) {
    this.changes = store.changes;
    this.store = store;
    this.period = store.samplePeriod;
    this.perPeriod = 1 / store.samplePeriod;
    this.delay = new Age(store.sampleDelay, this.period);
    this.history = new Age(store.history, this.period);
    this.delaySteps = this.delay.steps;
    this.historySteps = this.history.steps;
    this.wholeAges = this.delay.rest === 0 && this.history.rest === 0;
    this.instant = now;
    this.aim(now);
  }

  /** The instant the view is aimed at. */
  get now(): Ticks {
    return Number.isNaN(this.offset) ? this.instant : this.store.instantOf(this.offset);
  }

  /** Aims at another instant. */
  aim(now: Ticks): void {
    this.instant = now;
    if (this.store.hasEpoch) this.place(this.store.offsetOf(now));
  }

  /** Moves by so many ticks (a whole number, may be negative): the cheapest way to step through a history. */
  advance(ticks: number): void {
    if (Number.isNaN(this.offset)) this.aim(this.instant + BigInt(ticks));
    else this.place(this.offset + ticks);
  }

  /** The metric of this name, with or without samples; the same object for the same name. */
  metric(name: string): MetricView {
    let metric = this.metrics.get(name);
    if (metric === undefined) {
      metric = new MetricView(this, this.store.series(name), this.store);
      this.metrics.set(name, metric);
    }
    return metric;
  }

  /** The window between two ages, measured in slots; the same object while it is among the last few asked for. */
  span(older: number, newer: number): Span {
    for (const span of this.spans) if (span.older === older && span.newer === newer) return span;
    const span = new Span(older, newer, this.period, this.delay, this.history);
    this.spans[this.nextSpan] = span;
    this.nextSpan = (this.nextSpan + 1) % SPANS_MAX;
    return span;
  }

  private place(offset: number): void {
    // 28 bits: small integers stay small when a series' origin, and then an age, is taken away.
    const slot = ((offset * this.perPeriod) << 4) >> 4;
    const rest = offset - slot * this.period;
    if (rest >= 0 && rest < this.period) {
      this.offset = offset;
      this.nowSlot = slot;
      this.near = true;
    } else this.placeFar(offset);
  }

  /** Before the epoch, where cutting is not flooring; where the product above was rounded to the wrong side; or years away. */
  private placeFar(offset: number): void {
    const slot = Math.floor(offset / this.period);
    this.offset = offset;
    this.near = isNear(slot);
    this.nowSlot = this.near ? slot | 0 : 0;
  }
}

/** One metric at its view's `now`. */
export class MetricView {
  declare readonly series: Series;
  declare readonly view: StoreView;
  /** Physical indices of the visible samples: first to end - 1. Right after `sync`. */
  first = 0;
  end = 0;
  /** What was learnt of the series, and when: see `learn`. -1: nothing yet. */
  generation = -1;
  /** True when, near `now`, the index behind the last sample at or before `now` is nowSlot - origin, were there samples all along. */
  isPlain = false;
  origin = 0;
  head = 0;
  tail = 0;
  private version = -1;
  /** `now` on the series' own grid, as slots and a rest, when the view was at `nowAt`; `first` and `end`, if not plain, at `syncedAt`. */
  private nowSlot = Number.NaN;
  private nowRest = Number.NaN;
  private nowAt = Number.NaN;
  private syncedAt = Number.NaN;
  private readonly store: MetricStore;

  /** Use `StoreView.metric`. */
  constructor(view: StoreView, series: Series, store: MetricStore) {
    this.view = view;
    this.series = series;
    this.store = store;
  }

  /** The latest visible sample; NaN when there is none (a sample is never NaN). */
  latest(): number {
    this.sync();
    return this.end > this.first ? this.series.values[this.end - 1] : Number.NaN;
  }

  /** How many samples are visible (rule 5.15). */
  count(): number {
    this.sync();
    return this.end - this.first;
  }

  /** Ticks between two slots (rule 5.14). */
  period(): Ticks {
    return BigInt(this.series.period);
  }

  /** Time of the oldest visible sample (rule 5.16); undefined when there is none. */
  historyBegin(): Ticks | undefined {
    this.sync();
    return this.end > this.first ? this.store.instantOf(this.series.offsetAt(this.first)) : undefined;
  }

  /** A fresh cursor, aimed at nothing. */
  cursor(): WindowCursor {
    return new WindowCursor(this);
  }

  /** Brings first and end up to date. */
  sync(): void {
    const view = this.view;
    if (this.generation !== view.changes.generation) this.learn();
    if (!(this.isPlain === true && view.near === true)) {
      if (this.isPlain || this.syncedAt !== view.offset) this.syncFar();
      return;
    }
    const { head, tail } = this;
    const now = view.nowSlot - this.origin;
    const before = now - view.delaySteps;
    const end = before > tail ? tail : before < head ? head : before;
    const kept = now - view.historySteps;
    const first = kept < head ? head : kept;
    this.end = end;
    this.first = first < end ? first : end;
  }

  /** Something was recorded, perhaps here: brings generation, isPlain, origin, head and tail up to date. */
  learn(): void {
    const { series, view } = this;
    series.settle();
    this.generation = view.changes.current();
    if (this.tail === series.tail && this.version === series.version) return;
    this.head = series.head;
    this.tail = series.tail;
    this.version = series.version;
    this.nowAt = Number.NaN;
    this.syncedAt = Number.NaN;
    const periods = Math.floor(series.phase / series.period);
    const origin = periods + series.gaplessBase - 1;
    this.isPlain = view.wholeAges && series.phase === periods * series.period && isNear(origin);
    this.origin = this.isPlain ? origin | 0 : 0;
    // The store may have got its first sample, and with it an epoch, since the view was aimed.
    if (Number.isNaN(view.offset)) view.advance(0);
  }

  /** Index behind the last sample at least `age` before `now`: the general way. Right after `sync`. */
  indexBefore(age: Age): number {
    if (this.nowAt !== this.view.offset) this.measureNow();
    return this.series.endOf(this.nowSlot - age.slots - (this.nowRest < age.rest ? 1 : 0));
  }

  private measureNow(): void {
    const { phase, period } = this.series;
    this.nowAt = this.view.offset;
    this.nowSlot = Math.floor((this.nowAt - phase) / period);
    this.nowRest = this.nowAt - phase - this.nowSlot * period;
  }

  /** The general way: gaps, a `now` years away from the samples, a delay or history that is no whole number of periods. */
  private syncFar(): void {
    this.syncedAt = this.view.offset;
    const end = this.indexBefore(this.view.delay);
    const first = this.indexBefore(this.view.history);
    this.end = end;
    this.first = first < end ? first : end;
  }
}
