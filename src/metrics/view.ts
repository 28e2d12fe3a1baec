/**
 * A store seen at one instant. A view is aimed at a `now`; everything it hands out follows when it is aimed again, without allocating,
 * so that a back-test can move through a history step by step. What is visible: sample time + delay <= now, and now - history < sample
 * time (rules 8.2, 8.9). The window (now - older, now - newer] turns into slot numbers by whole-number arithmetic on doubles:
 *
 *     slot x period <= now - age      <=>      slot <= nowSlot - ageSlots - (nowRest < ageRest ? 1 : 0)
 *
 * where now = nowSlot x period + nowRest and age = ageSlots x period + ageRest. One division per `now`, none per window.
 */
import type { Ticks } from "../base/time.ts";
import type { Series } from "./series.ts";
import type { MetricStore } from "./store.ts";
import { WindowCursor } from "./window.ts";

/** Splits an age in ticks, possibly infinite or negative, into whole periods and a rest in [0, period). */
export function slotsOfAge(age: number, period: number): number {
  return Number.isFinite(age) ? Math.floor(age / period) : age;
}

/** The rest to `slotsOfAge`. */
export function restOfAge(age: number, period: number): number {
  return Number.isFinite(age) ? age - Math.floor(age / period) * period : 0;
}

export class StoreView {
  /** `now` in ticks after the store's epoch; NaN while the store has no epoch. */
  offset = Number.NaN;
  private instant: Ticks;
  private readonly store: MetricStore;
  private readonly metrics = new Map<string, MetricView>();

  /** Use `MetricStore.at`. */
  constructor(store: MetricStore, now: Ticks) {
    this.store = store;
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
  readonly series: Series;
  /** Physical indices of the visible samples: first to end - 1. Right after `sync`. */
  first = 0;
  end = 0;
  nowSlot = Number.NaN;
  nowRest = Number.NaN;
  private readonly view: StoreView;
  private readonly store: MetricStore;
  private readonly delaySlots: number;
  private readonly delayRest: number;
  private readonly historySlots: number;
  private readonly historyRest: number;
  private offset = Number.NaN;
  private tail = -1;
  private version = -1;

  /** Use `StoreView.metric`. */
  constructor(view: StoreView, series: Series, store: MetricStore) {
    this.view = view;
    this.series = series;
    this.store = store;
    this.delaySlots = slotsOfAge(store.sampleDelay, series.period);
    this.delayRest = restOfAge(store.sampleDelay, series.period);
    this.historySlots = slotsOfAge(store.history, series.period);
    this.historyRest = restOfAge(store.history, series.period);
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

  /** Brings first, end, nowSlot and nowRest up to date; almost free when neither `now` nor the series moved. */
  sync(): void {
    const series = this.series;
    if (this.offset === this.view.offset && this.tail === series.tail && this.version === series.version) return;
    this.refresh();
  }

  private refresh(): void {
    const series = this.series;
    series.settle();
    // The store may have got its first sample, and with it an epoch, since the view was aimed.
    if (Number.isNaN(this.view.offset)) this.view.advance(0);
    const period = series.period;
    const shift = this.view.offset - series.phase;
    let nowSlot = Math.floor(shift / period);
    let nowRest = shift - nowSlot * period;
    // The quotient is rounded before it is floored; the rest tells if that went wrong.
    if (nowRest < 0) {
      nowSlot--;
      nowRest += period;
    } else if (nowRest >= period) {
      nowSlot++;
      nowRest -= period;
    }
    this.nowSlot = nowSlot;
    this.nowRest = nowRest;
    const end = series.endOf(nowSlot - this.delaySlots - (nowRest < this.delayRest ? 1 : 0));
    const first = series.endOf(nowSlot - this.historySlots - (nowRest < this.historyRest ? 1 : 0));
    this.end = end;
    this.first = first < end ? first : end;
    this.offset = this.view.offset;
    this.tail = series.tail;
    this.version = series.version;
  }
}
