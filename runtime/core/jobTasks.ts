/**
 * The tasks of a job: in order of addition, found by id without case. Most jobs number their tasks, so most ids rise: `1`, `2`, … `10`, or `t-001`,
 * `t-002`. While they do, the list itself is sorted by id, a new id above the last is known to be new, and any other is found by halving; a million
 * tasks then cost one list. The first id out of order, or the first task that goes, has a map of all ids made, which is kept from then on.
 */
import { assert } from "../../src/base/assert.ts";
import { idKey } from "./limits.ts";
import type { Task } from "./task.ts";

/** Shorter ids first, equally long ones as texts: the order in which numbers rise. */
function rises(from: string, to: string): boolean {
  return from.length === to.length ? from < to : from.length < to.length;
}

/** Stands in the list where a task has gone. */
class Gap {
  readonly sequence: number;
  constructor(sequence: number) {
    this.sequence = sequence;
  }
}

/** Keys are ids without case (L-20): what `idKey` gives. Used like a Map; walks see tasks that are added meanwhile, and none that has gone. */
export class JobTasks {
  /** By order of addition, so by sequence number. */
  private list: (Task | Gap)[] = [];
  /** Tasks that are there. */
  size = 0;
  /** Of the task added last, while ids rise. */
  private lastKey = "";
  private byKey: Map<string, Task> | undefined = undefined;

  get(key: string): Task | undefined {
    if (this.byKey !== undefined) return this.byKey.get(key);
    // Nearly every question is about a task that is to be added.
    return rises(this.lastKey, key) ? undefined : this.search(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Adds a task under a key that is not there yet. Sequence numbers rise from one addition to the next. */
  set(key: string, task: Task): void {
    if (this.byKey === undefined) {
      if (rises(this.lastKey, key)) this.lastKey = key;
      else this.byKey = this.index();
    }
    if (this.byKey !== undefined) {
      assert(!this.byKey.has(key), "a task has an id of its own");
      this.byKey.set(key, task);
    }
    this.list.push(task);
    this.size++;
  }

  /** Takes a task out; whether it was there. */
  delete(key: string): boolean {
    this.byKey ??= this.index();
    const task = this.byKey.get(key);
    if (task === undefined) return false;
    this.byKey.delete(key);
    this.list[this.placeFrom(task.sequence)] = new Gap(task.sequence);
    this.size--;
    if (this.list.length > 64 && this.size * 2 < this.list.length)
      this.list = this.list.filter((kept) => !(kept instanceof Gap));
    return true;
  }

  /** In order of addition, those behind this sequence number. */
  *values(after = 0): Generator<Task, undefined, undefined> {
    let list = this.list;
    for (let at = after === 0 ? 0 : this.placeFrom(after + 1); at < list.length; at++) {
      const task = list[at];
      if (task instanceof Gap) continue;
      yield task;
      if (list === this.list) continue;
      // The gaps were closed meanwhile: on with the first one added later.
      list = this.list;
      at = this.placeFrom(task.sequence + 1) - 1;
    }
  }

  /** Keys with their tasks, in order of addition. */
  *[Symbol.iterator](): Generator<[string, Task], undefined, undefined> {
    for (const task of this.values()) yield [idKey(task.id), task];
  }

  private index(): Map<string, Task> {
    const byKey = new Map<string, Task>();
    for (const task of this.values()) byKey.set(idKey(task.id), task);
    return byKey;
  }

  /** Only while ids rise; then no task has gone. */
  private search(key: string): Task | undefined {
    let low = 0;
    let high = this.list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const task = this.list[middle] as Task;
      const found = idKey(task.id);
      if (found === key) return task;
      if (rises(found, key)) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** The place of the first entry whose sequence number is `sequence` or more. */
  private placeFrom(sequence: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle].sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
