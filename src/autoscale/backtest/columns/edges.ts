/**
 * Where windows begin and end, for a block of steps at once. An edge is the index behind the last sample at or before `now - age`, a whole number a
 * step. Over a history without gaps, with an interval of whole sample periods, it simply moves on by the same number of samples each step
 * (linear), and then a window needs no search at all; near the ends of the history and across gaps it is kept step by step (lanes).
 * The rule of what lies before an age is the one of the store's own views (rules 8.2, 8.9).
 */
import { restOfAge, type Series, slotsOfAge } from "../../../metrics/index.ts";
import { BLOCK } from "./column.ts";

/** An index into a series at each step of the block at hand. */
export class Edge {
  /** True: index = start + step in block x stride. False: `lanes` holds it. */
  isLinear = true;
  start = 0;
  stride = 0;
  private room: Int32Array | undefined;

  setLinear(start: number, stride: number): void {
    this.isLinear = true;
    this.start = start;
    this.stride = stride;
  }

  /** Makes it a number a step and gives the room, for the caller to write. */
  write(): Int32Array {
    this.isLinear = false;
    this.room ??= new Int32Array(BLOCK);
    return this.room;
  }

  at(step: number): number {
    return this.isLinear ? this.start + step * this.stride : (this.room as Int32Array)[step];
  }

  /** dst ← the larger (or smaller) of two edges of one series, step by step. */
  static pick(larger: boolean, dst: Edge, a: Edge, b: Edge, count: number): void {
    if (a.isLinear && b.isLinear) {
      // Of two straight lines one is above the other all the way if it is so at both ends.
      const first = a.start - b.start;
      const last = a.at(count - 1) - b.at(count - 1);
      if ((first >= 0 && last >= 0) || (first <= 0 && last <= 0)) {
        const isAbove = first > 0 || last > 0;
        const chosen = isAbove === larger ? a : b;
        dst.setLinear(chosen.start, chosen.stride);
        return;
      }
    }
    const left = a.read(count);
    const right = b.read(count);
    const to = dst.write();
    for (let i = 0; i < count; i++) to[i] = left[i] > right[i] === larger ? left[i] : right[i];
  }

  /** The indices, step by step, in room of its own where it is linear; read before anything else is written. */
  private read(count: number): Int32Array {
    if (!this.isLinear) return this.room as Int32Array;
    return Int32Array.from({ length: count }, (_unused, step) => this.start + step * this.stride);
  }
}

/** The slots of one series at the steps of the block at hand. */
export class Grid {
  readonly series: Series;
  private readonly interval: number;
  private readonly wholePeriods: number;
  private readonly nowSlots = new Float64Array(BLOCK);
  private readonly nowRests = new Float64Array(BLOCK);
  private hasLanes = false;
  private offset = 0;
  private nowSlot = 0;
  private nowRest = 0;

  /** `interval` in ticks, a whole number. */
  constructor(series: Series, interval: number) {
    this.series = series;
    this.interval = interval;
    this.wholePeriods = interval % series.period === 0 ? interval / series.period : Number.NaN;
  }

  /** Begins a block whose first step is at `offset`, ticks after the store's epoch. The series must have samples. */
  begin(offset: number): void {
    this.offset = offset;
    this.hasLanes = false;
    this.nowSlot = this.slotOf(offset);
    this.nowRest = this.rest;
  }

  /** The edge at `age` ticks before now, which may be negative or infinite. */
  edge(dst: Edge, age: number, count: number): void {
    const { series } = this;
    const nowRest = this.nowRest;
    const ageSlots = slotsOfAge(age, series.period);
    const ageRest = restOfAge(age, series.period);
    if (!Number.isFinite(ageSlots)) {
      dst.setLinear(ageSlots > 0 ? series.head : series.tail, 0);
      return;
    }
    if (Number.isNaN(this.wholePeriods)) {
      this.fillLanes(count);
      const { nowSlots, nowRests } = this;
      this.search(dst, count, (i) => nowSlots[i] - ageSlots - (nowRests[i] < ageRest ? 1 : 0));
      return;
    }
    const first = this.nowSlot - ageSlots - (nowRest < ageRest ? 1 : 0);
    const stride = this.wholePeriods;
    const last = first + (count - 1) * stride;
    const oldest = series.slotAt(series.head);
    const newest = series.slotAt(series.tail - 1);
    if (last < oldest) dst.setLinear(series.head, 0);
    else if (first >= newest) dst.setLinear(series.tail, 0);
    else if (newest - oldest === series.tail - 1 - series.head && first >= oldest - 1 && last <= newest)
      dst.setLinear(series.head + first - oldest + 1, stride);
    else this.search(dst, count, (i) => first + i * stride);
  }

  /** Walks along: slots never go back from one step to the next. */
  private search(dst: Edge, count: number, slotAt: (step: number) => number): void {
    const { series } = this;
    const { tail } = series;
    const to = dst.write();
    let index = series.endOf(slotAt(0));
    let strides = 0;
    for (let i = 0; i < count; i++) {
      const slot = slotAt(i);
      for (strides = 0; strides < 8 && index < tail && series.slotAt(index) <= slot; strides++) index++;
      if (strides === 8) index = series.endOf(slot);
      to[i] = index;
    }
  }

  private fillLanes(count: number): void {
    if (this.hasLanes) return;
    for (let i = 0; i < count; i++) {
      this.nowSlots[i] = this.slotOf(this.offset + i * this.interval);
      this.nowRests[i] = this.rest;
    }
    this.hasLanes = true;
  }

  private rest = 0;

  /** Whole periods from the series' slot 0 to an offset; leaves what is over in `rest`. The quotient is rounded before it is floored. */
  private slotOf(offset: number): number {
    const { period, phase } = this.series;
    const shift = offset - phase;
    let slot = Math.floor(shift / period);
    let rest = shift - slot * period;
    if (rest < 0) {
      slot--;
      rest += period;
    } else if (rest >= period) {
      slot++;
      rest -= period;
    }
    this.rest = rest;
    return slot;
  }
}
