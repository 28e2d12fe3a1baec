/**
 * What is to come, ordered by due time and, at the same instant, by order of addition: a 4-ary heap over typed arrays. An entry is a number of the
 * owner's choosing, so nothing is allocated for it. The keys stand in the heap itself, because following references to them is what makes a heap
 * slow; four children a place, because they share a cache line.
 */

const FIRST_CAPACITY = 256;

/** A queue of numbers by due time, milliseconds; it grows as needed. */
export class EventQueue {
  private times = new Float64Array(FIRST_CAPACITY);
  private orders = new Float64Array(FIRST_CAPACITY);
  private entries = new Int32Array(FIRST_CAPACITY);
  private nextOrder = 0;
  /** Entries that wait. */
  size = 0;

  /** Adds `entry` (an int32), due at `dueAt`, a number of milliseconds that is not NaN. */
  add(dueAt: number, entry: number): void {
    if (this.size === this.times.length) this.grow();
    const { times, orders, entries } = this;
    const order = this.nextOrder++;
    let at = this.size++;
    // A new entry comes after all of the same instant, so times alone decide on the way up.
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (times[parent] <= dueAt) break;
      times[at] = times[parent];
      orders[at] = orders[parent];
      entries[at] = entries[parent];
      at = parent;
    }
    times[at] = dueAt;
    orders[at] = order;
    entries[at] = entry;
  }

  /** When the first entry is due; Infinity when none waits. */
  nextDueAt(): number {
    return this.size > 0 ? this.times[0] : Number.POSITIVE_INFINITY;
  }

  /** The first entry; the caller has seen that there is one. */
  first(): number {
    return this.entries[0];
  }

  /** Takes the first entry; the caller has seen that there is one. */
  take(): number {
    const { times, orders, entries } = this;
    const first = entries[0];
    const size = --this.size;
    const time = times[size];
    const order = orders[size];
    const entry = entries[size];
    let at = 0;
    for (;;) {
      const begin = 4 * at + 1;
      if (begin >= size) break;
      const end = begin + 4 < size ? begin + 4 : size;
      let child = begin;
      for (let other = begin + 1; other < end; other++) {
        if (times[other] < times[child] || (times[other] === times[child] && orders[other] < orders[child])) child = other;
      }
      if (times[child] > time || (times[child] === time && orders[child] > order)) break;
      times[at] = times[child];
      orders[at] = orders[child];
      entries[at] = entries[child];
      at = child;
    }
    times[at] = time;
    orders[at] = order;
    entries[at] = entry;
    return first;
  }

  private grow(): void {
    const capacity = 2 * this.times.length;
    const times = new Float64Array(capacity);
    const orders = new Float64Array(capacity);
    const entries = new Int32Array(capacity);
    times.set(this.times);
    orders.set(this.orders);
    entries.set(this.entries);
    this.times = times;
    this.orders = orders;
    this.entries = entries;
  }
}
