/**
 * One metric's samples on a grid of slots, one sample period apart. Only samples that exist are stored, oldest first and without holes,
 * so that every aggregate runs over plain neighbours; a gap is two neighbours whose slot numbers differ by more than one, and a series
 * without gaps stores no slot numbers at all.
 *
 *     values  [ dropped | head … live samples … tail | room ]        slots  the same shape, or undefined: slot = base + index
 *
 * Late samples wait in a small map and are merged when someone next reads; the indexes are repaired from the first changed sample on.
 * Old samples are dropped by moving `head`; the room they leave is taken back when the arrays are full, at a constant cost per append.
 */
import { assert } from "../base/assert.ts";
import { Changes } from "./changes.ts";
import { grown, PrefixSums } from "./compensated.ts";
import { ExtremeIndex } from "./extremes.ts";
import {
  NOT_FINITE,
  OLDER_THAN_RETENTION,
  OUT_OF_RANGE,
  RECORDED,
  RECORDED_OFF_GRID,
  REPLACED,
  REPLACED_OFF_GRID,
} from "./outcome.ts";
import type { RecordOutcome } from "./outcome.ts";
import { RankIndex } from "./ranks.ts";

/** Offsets and slot numbers beyond this are not exact doubles. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER;

/** What `load` did with an array of values. */
export interface LoadOutcome {
  /** Samples now in the series that came from the array. */
  readonly recorded: number;
  /** Those of them whose slot held a sample before. */
  readonly replaced: number;
  /** NaN values: slots without a sample. */
  readonly missing: number;
  /** Index and reason of the first value that was refused; undefined when none was. */
  readonly refused: { readonly index: number; readonly outcome: RecordOutcome } | undefined;
}

export class Series {
  // The fields that an append touches come first, so that they share a cache line.
  /** Physical storage; samples are values[head] to values[tail - 1]. Windows read it, no one else does. */
  values: Float64Array = new Float64Array(0);
  tail = 0;
  private slots: Float64Array | undefined;
  private readonly changes: Changes;
  /** Grows whenever samples other than appended ones came, went or moved: indices taken before are void. */
  version = 0;
  head = 0;
  /** The slot of values[0] while there are no gaps. */
  private base = 0;
  readonly sums: PrefixSums = new PrefixSums(1);
  readonly squares: PrefixSums = new PrefixSums(2);
  readonly largest: ExtremeIndex = new ExtremeIndex(1);
  readonly smallest: ExtremeIndex = new ExtremeIndex(-1);
  readonly ranks: RankIndex = new RankIndex();
  readonly name: string = "";
  /** The series that the store recorded after this one; the store's to set. */
  recordedNext: Series | undefined;
  /** Ticks between two slots, a whole number of at least 1. */
  readonly period: number = Number.NaN;
  /** Slot 0, in ticks after the store's epoch; NaN until the first sample (or `anchor`). */
  phase = Number.NaN;
  /** How many slots, counted back from the newest sample's, are kept; Infinity keeps all. */
  private readonly slotsKept: number = Number.NaN;
  private late: Map<number, number> | undefined;

  /** `retention` in ticks: a sample is kept while newest sample time - retention < its time. `changes` hears of all that is recorded. */
  constructor(name: string, period: number, retention: number, changes: Changes = new Changes()) {
    assert(Number.isSafeInteger(period) && period > 0, "a sample period is a whole number of ticks");
    this.changes = changes;
    this.name = name;
    this.period = period;
    this.slotsKept = Math.max(1, Math.ceil(retention / period));
  }

  /** Samples held, late ones included, whether or not a view shows them. */
  get length(): number {
    this.settle();
    return this.tail - this.head;
  }

  /** Lays slot 0 at `offset` (ticks after the epoch); only before the first sample. */
  anchor(offset: number): void {
    assert(this.tail === 0, "a series with samples has its grid");
    this.phase = offset;
  }

  /** Records the sample of the slot after the newest; the quickest way in. The series needs a grid: a first sample or `anchor`. */
  append(value: number): RecordOutcome {
    if (value - value !== 0) return NOT_FINITE;
    if (this.tail === this.values.length) this.makeRoom(1);
    const tail = this.tail;
    if (this.slots !== undefined) this.slots[tail] = this.slots[tail - 1] + 1;
    // + 0 turns -0 into 0, so that sums from prefixes and sums in order cannot differ by a sign.
    this.values[tail] = value + 0;
    this.tail = tail + 1;
    this.changes.generation = 0;
    return RECORDED;
  }

  /** Records a sample at `offset` ticks after the epoch, moved to the nearest slot (the later one of two). */
  recordAt(offset: number, value: number): RecordOutcome {
    if (value - value !== 0) return NOT_FINITE;
    if (!(Math.abs(offset) <= EXACT_MAX)) return OUT_OF_RANGE;
    if (this.tail === 0 && Number.isNaN(this.phase)) this.phase = offset;
    const shift = offset - this.phase;
    if (!(Math.abs(shift) <= EXACT_MAX)) return OUT_OF_RANGE;
    // The common case, the next sample in time, needs no division.
    if (this.slots === undefined && this.tail > 0 && shift === (this.base + this.tail) * this.period) return this.append(value);
    const slot = Math.floor(shift / this.period + 0.5);
    const offGrid = shift !== slot * this.period;
    return this.recordSlot(slot, value, offGrid);
  }

  /**
   * Records values[i] at `offset` + i periods; NaN is a slot without a sample. Stops at the first value that is refused, keeping those
   * before it. Values that lie off the grid are moved to the nearest slots, all by the same distance.
   */
  load(offset: number, values: ArrayLike<number>): LoadOutcome {
    if (this.tail === 0 && Number.isNaN(this.phase)) this.phase = offset;
    let recorded = 0;
    let replaced = 0;
    let missing = 0;
    for (let index = 0; index < values.length; ) {
      const run = this.appendRun(offset + index * this.period, values, index);
      recorded += run;
      index += run;
      if (index === values.length) break;
      if (Number.isNaN(values[index])) missing++;
      else {
        const outcome = this.recordAt(offset + index * this.period, values[index]);
        if (!outcome.accepted) return { recorded, replaced, missing, refused: { index, outcome } };
        recorded++;
        if (outcome.replaced) replaced++;
      }
      index++;
    }
    return { recorded, replaced, missing, refused: undefined };
  }

  /** Merges late samples and drops those beyond the retention. Everything that reads calls it first. */
  settle(): void {
    if (this.late !== undefined) this.mergeLate(this.late);
    if (this.slotsKept === Number.POSITIVE_INFINITY || this.tail === 0) return;
    if (this.slots === undefined) {
      if (this.tail - this.slotsKept > this.head) this.head = this.tail - this.slotsKept;
    } else {
      const keptAfter = this.slots[this.tail - 1] - this.slotsKept;
      while (this.slots[this.head] <= keptAfter) this.head++;
    }
  }

  /** Index behind the last sample whose slot is at most `slot` (any double); `head` when there is none. Call `settle` before. */
  endOf(slot: number): number {
    const slots = this.slots;
    if (slots === undefined) {
      const end = slot - this.base + 1;
      return end >= this.tail ? this.tail : end > this.head ? end | 0 : this.head;
    }
    return this.searchEnd(slots, slot);
  }

  /** Offset in ticks after the epoch of the sample at a physical index. */
  offsetAt(index: number): number {
    return this.phase + this.slotAt(index) * this.period;
  }

  /** Slot number of the sample at a physical index. */
  slotAt(index: number): number {
    return this.slots === undefined ? this.base + index : this.slots[index];
  }

  /** Slot of the sample at index 0, were there one; NaN while there are gaps, and slots have to be searched. */
  get gaplessBase(): number {
    return this.slots === undefined ? this.base : Number.NaN;
  }

  private recordSlot(slot: number, value: number, offGrid: boolean): RecordOutcome {
    this.changes.generation = 0;
    if (this.tail === 0) this.base = slot;
    const next = this.tail === 0 ? slot : this.slotAt(this.tail - 1) + 1;
    if (slot < next) return this.recordEarlier(slot, value, offGrid);
    // Room first: making it may find that the gaps of the past have been dropped, and forget the slot numbers.
    if (this.tail === this.values.length) this.makeRoom(1);
    if (slot > next && this.slots === undefined) this.slots = this.slotNumbers();
    if (this.slots !== undefined) this.slots[this.tail] = slot;
    this.values[this.tail++] = value + 0;
    return offGrid ? RECORDED_OFF_GRID : RECORDED;
  }

  /** Appends values[from] and its neighbours up to the next gap at once, if `offset` is the slot after the newest. How many it took. */
  private appendRun(offset: number, values: ArrayLike<number>, from: number): number {
    const next = this.tail === 0 ? 0 : this.slotAt(this.tail - 1) + 1;
    if (this.slots !== undefined || offset - this.phase !== next * this.period || !(Math.abs(offset) < EXACT_MAX / 2)) return 0;
    const room = Math.min(values.length - from, Math.floor(EXACT_MAX / 2 / this.period));
    if (this.tail + room > this.values.length) this.makeRoom(room);
    const target = this.values;
    const tail = this.tail;
    let taken = 0;
    for (; taken < room; taken++) {
      const value = values[from + taken];
      if (value - value !== 0) break;
      target[tail + taken] = value + 0;
    }
    if (taken > 0 && tail === 0) this.base = 0;
    this.tail = tail + taken;
    this.changes.generation = 0;
    return taken;
  }

  /** A sample for a slot at or before the newest: it replaces one, or waits to be merged. */
  private recordEarlier(slot: number, value: number, offGrid: boolean): RecordOutcome {
    if (slot <= this.slotAt(this.tail - 1) - this.slotsKept) return OLDER_THAN_RETENTION;
    const end = this.endOf(slot);
    if (end > this.head && this.slotAt(end - 1) === slot) {
      this.values[end - 1] = value + 0;
      this.changed(end - 1);
      return offGrid ? REPLACED_OFF_GRID : REPLACED;
    }
    if (this.late === undefined) this.late = new Map();
    const replaced = this.late.has(slot);
    this.late.set(slot, value + 0);
    this.version++;
    if (replaced) return offGrid ? REPLACED_OFF_GRID : REPLACED;
    return offGrid ? RECORDED_OFF_GRID : RECORDED;
  }

  /** Merges from the back, so that only samples newer than the earliest late one move. */
  private mergeLate(late: Map<number, number>): void {
    this.late = undefined;
    const arrivals = Float64Array.from(late.keys()).sort();
    if (this.tail + arrivals.length > this.values.length) this.makeRoom(arrivals.length);
    const values = this.values;
    const slots = (this.slots ??= this.slotNumbers());
    let from = this.tail - 1;
    let to = this.tail + arrivals.length - 1;
    this.tail += arrivals.length;
    for (let i = arrivals.length - 1; i >= 0; i--) {
      for (; from >= this.head && slots[from] > arrivals[i]; from--, to--) {
        slots[to] = slots[from];
        values[to] = values[from];
      }
      slots[to] = arrivals[i];
      values[to--] = late.get(arrivals[i])!;
    }
    this.changed(from + 1);
    this.forgetSlotsIfGapless();
  }

  private changed(from: number): void {
    this.version++;
    this.changes.generation = 0;
    for (const index of [this.sums, this.squares, this.largest, this.smallest, this.ranks]) index.truncate(from);
  }

  /** Makes room for `more` samples: takes back what was dropped if that is half of the arrays, else doubles them. */
  private makeRoom(more: number): void {
    assert(!Number.isNaN(this.phase), "append needs a first sample with a time");
    const lateOnes = this.late;
    this.late = undefined;
    this.settle();
    this.late = lateOnes;
    const live = this.tail - this.head;
    if (this.head > 0 && this.head >= this.values.length / 2) {
      this.values.copyWithin(0, this.head, this.tail);
      this.slots?.copyWithin(0, this.head, this.tail);
      this.base += this.head;
      this.head = 0;
      this.tail = live;
      this.changed(0);
      this.forgetSlotsIfGapless();
      if (live + more <= this.values.length) return;
    }
    const length = Math.max(32, 2 * this.values.length, this.tail + more);
    this.values = grown(this.values, length);
    if (this.slots !== undefined) this.slots = grown(this.slots, length);
  }

  private slotNumbers(): Float64Array {
    const slots = new Float64Array(this.values.length);
    for (let i = this.head; i < this.tail; i++) slots[i] = this.base + i;
    return slots;
  }

  private forgetSlotsIfGapless(): void {
    const slots = this.slots;
    if (slots === undefined || slots[this.tail - 1] - slots[this.head] !== this.tail - 1 - this.head) return;
    this.base = slots[this.head] - this.head;
    this.slots = undefined;
  }

  /** Binary search between the two places that the number of missing samples allows: few gaps, few steps. */
  private searchEnd(slots: Float64Array, slot: number): number {
    const { head, tail } = this;
    const first = slots[head];
    const last = slots[tail - 1];
    if (slot < first) return head;
    if (slot >= last) return tail;
    const missing = last - first + 1 - (tail - head);
    const ifNoneMissing = head + (slot - first) + 1;
    let low = Math.max(head, ifNoneMissing - missing) | 0;
    let high = Math.min(tail, ifNoneMissing) | 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (slots[middle] <= slot) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
