/**
 * The instants of tasks that were added one after the other, side by side in one block of doubles. As members of the tasks each instant would be a
 * small object of its own on the heap, three for each of a million tasks, and collecting garbage would cost more than scheduling.
 *
 *     block of tasks 8 to 15 of a job:  | creation start end | creation start end | …
 */

const COLUMNS = 3;
const FIRST_CAPACITY = 8;
const CAPACITY_MAX = 1024;

/** Milliseconds since 1970 by sequence number; NaN: not yet. A block lives for as long as one of its tasks does. */
export class TaskTimes {
  private readonly first: number;
  private readonly capacity: number;
  private readonly values: Float64Array;

  private constructor(first: number, capacity: number) {
    this.first = first;
    this.capacity = capacity;
    this.values = new Float64Array(COLUMNS * capacity).fill(Number.NaN);
  }

  /** The block for a task: that of the task before it, or a new one, larger than it, when it is full. */
  static of(before: TaskTimes | undefined, sequence: number): TaskTimes {
    if (before === undefined) return new TaskTimes(sequence, FIRST_CAPACITY);
    const place = sequence - before.first;
    if (place >= 0 && place < before.capacity) return before;
    return new TaskTimes(sequence, Math.min(CAPACITY_MAX, 2 * before.capacity));
  }

  creationAt(sequence: number): number {
    return this.values[COLUMNS * (sequence - this.first)];
  }

  startAt(sequence: number): number {
    return this.values[COLUMNS * (sequence - this.first) + 1];
  }

  endAt(sequence: number): number {
    return this.values[COLUMNS * (sequence - this.first) + 2];
  }

  created(sequence: number, at: number): void {
    this.values[COLUMNS * (sequence - this.first)] = at;
  }

  started(sequence: number, at: number): void {
    this.values[COLUMNS * (sequence - this.first) + 1] = at;
  }

  ended(sequence: number, at: number): void {
    this.values[COLUMNS * (sequence - this.first) + 2] = at;
  }
}
