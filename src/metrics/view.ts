/**
 * A store seen at one instant. A view is aimed at a `now`; everything it hands out follows when it is aimed again, without allocating,
 * so that a back-test can move through a history step by step. What is visible: sample time + delay <= now, and now - history < sample
 * time (rules 8.2, 8.9). The window (now - older, now - newer] turns into slot numbers by whole-number arithmetic on doubles:
 *
 *     slot x period <= now - age      <=>      slot <= nowSlot - age.slots - (nowRest < age.rest ? 1 : 0)
 *
 * where now = nowSlot x period + nowRest. One multiplication per `now`, none per window. While a series has no gaps and `now` lies near
 * it, slots are indices but for a constant, and all of it is done in small integers.
 *
 * This is the hottest code of the store, so it helps the engine: a field that starts as what it stays (a number as NaN or 0, an object by
 * `declare`, without a first undefined) is known by its type, and a flag compared with `=== true` needs no conversion.
 */
import type { Ticks } from "../base/time.ts";
import type { Series } from "./series.ts";
import type { MetricStore } from "./store.ts";
import { WindowCursor } from "./window.ts";

/** Small integers stay small under one subtraction: `now` within the first, ages cut at the second, arrays shorter than both. */
const NEAR_MAX = 2 ** 28;
const AGE_MAX = 2 ** 29;

/** Whole periods in an age in ticks, which may be infinite or negative. */
export function slotsOfAge(age: number, period: number): number {
  return Number.isFinite(age) ? Math.floor(age / period) : age;
}

/** The rest to `slotsOfAge`, in [0, period). */
export function restOfAge(age: number, period: number): number {
  return Number.isFinite(age) ? age - Math.floor(age / period) * period : 0;
}

/** A length of time before `now`, split once and used at every `now`. */
export class Age {
  slots = Number.NaN;
  rest = Number.NaN;
  /** `slots` cut to what small integers hold: beyond it a window ends behind any sample. */
  steps = 0;

  measure(age: number, period: number): void {
    this.slots = slotsOfAge(age, period);
    this.rest = restOfAge(age, period);
    this.steps = Math.max(-AGE_MAX, Math.min(AGE_MAX, this.slots)) | 0;
  }
}

export class StoreView {
  /** `now` in ticks after the store's epoch; NaN while the store has no epoch. */
  offset = Number.NaN;
  /** The store's period and its reciprocal, delay and history: the same for all metrics. */
  readonly period: number = Number.NaN;
  readonly perPeriod: number = Number.NaN;
  readonly delay = new Age();
  readonly history = new Age();
  /** Their `steps`; and whether both are whole numbers of periods. */
  readonly delaySteps: number = 0;
  readonly historySteps: number = 0;
  readonly wholeAges: boolean = false;
  private instant: Ticks;
  private readonly store: MetricStore;
  private readonly metrics = new Map<string, MetricView>();

  /** Use `MetricStore.at`. */
  constructor(store: MetricStore, now: Ticks) {
    this.store = store;
    this.period = store.samplePeriod;
    this.perPeriod = 1 / store.samplePeriod;
    this.delay.measure(store.sampleDelay, this.period);
    this.history.measure(store.history, this.period);
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
    this.offset = this.store.hasEpoch ? this.store.offsetOf(now) : Number.NaN;
  }

  /** Moves by so many ticks (a whole number, may be negative): the cheapest way to step through a history. */
  advance(ticks: number): void {
    if (Number.isNaN(this.offset)) this.aim(this.instant + BigInt(ticks));
    else this.offset += ticks;
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
}

/** One metric at its view's `now`. */
export class MetricView {
  declare readonly series: Series;
  declare readonly view: StoreView;
  /** Physical indices of the visible samples: first to end - 1. These and the next two are right after `sync`. */
  first = 0;
  end = 0;
  /** True while small integers do: then nowIndex is the index behind the last sample at or before `now`, were there samples all along. */
  near = false;
  nowIndex = 0;
  private tail = -1;
  private head = 0;
  private version = -1;
  private offset = Number.NaN;
  /** `now` as slots and a rest, counted from `zero`: from index 0 of a series without gaps, from slot 0 of another. */
  private zero = Number.NaN;
  private nowSlot = Number.NaN;
  private nowRest = Number.NaN;
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

  /** Brings first, end, near and nowIndex up to date; almost free when neither `now` nor the series moved. */
  sync(): void {
    const series = this.series;
    if (this.tail !== series.tail || this.version !== series.version) this.learn();
    if (this.offset !== this.view.offset) this.move();
  }

  /**
   * Index behind the last sample at least `age` before `now`. Near samples it may lie outside of the array, as if the series went on:
   * the caller cuts. Right after `sync`.
   */
  indexBefore(age: Age): number {
    const carry = this.nowRest < age.rest ? 1 : 0;
    return this.near === true ? this.nowIndex - age.steps - carry : this.series.endOf(this.nowSlot - age.slots - carry);
  }

  /** Samples came or went. */
  private learn(): void {
    const series = this.series;
    series.settle();
    const base = series.gaplessBase;
    this.near = !Number.isNaN(base);
    this.zero = this.near ? series.offsetAt(0) : series.phase;
    this.head = series.head;
    this.tail = series.tail;
    this.version = series.version;
    this.offset = Number.NaN;
    // The store may have got its first sample, and with it an epoch, since the view was aimed.
    if (Number.isNaN(this.view.offset)) this.view.advance(0);
  }

  /** `now` moved. */
  private move(): void {
    const view = this.view;
    const shift = view.offset - this.zero;
    let slot = Math.floor(shift * view.perPeriod);
    let rest = shift - slot * view.period;
    // The product is rounded before it is floored; the rest tells if that went wrong.
    if (rest < 0) {
      slot--;
      rest += view.period;
    } else if (rest >= view.period) {
      slot++;
      rest -= view.period;
    }
    this.offset = view.offset;
    this.nowRest = rest;
    if (!(this.near === true && view.wholeAges === true && slot > -NEAR_MAX && slot < NEAR_MAX)) {
      this.moveFar(slot);
      return;
    }
    const { head, tail } = this;
    const index = (slot | 0) + 1;
    const before = index - view.delaySteps;
    const end = before > tail ? tail : before < head ? head : before;
    const kept = index - view.historySteps;
    const first = kept < head ? head : kept;
    this.nowIndex = index;
    this.end = end;
    this.first = first < end ? first : end;
  }

  /** The general way: gaps, a `now` years away from the samples, a delay or history that is no whole number of periods. */
  private moveFar(slot: number): void {
    const { series, view } = this;
    const base = series.gaplessBase;
    this.near = !Number.isNaN(base) && slot > -NEAR_MAX && slot < NEAR_MAX;
    this.nowIndex = this.near ? (slot | 0) + 1 : 0;
    this.nowSlot = Number.isNaN(base) ? slot : slot + base;
    const end = Math.max(this.head, Math.min(this.tail, this.indexBefore(view.delay)));
    this.end = end;
    this.first = Math.max(this.head, Math.min(end, this.indexBefore(view.history)));
    if (!this.near && !Number.isNaN(base)) this.version = -1;
  }
}
