/**
 * Who waits for whom inside a job (T-40 to T-46). A task counts the parents it still waits for; a parent that is satisfied wakes its waiters. A
 * range waits for one number at a time, the lowest that is missing, and moves on when that one is there: a range of a million ids costs no more
 * memory than one id, and cycles or missing parents simply wait (T-43, T-45).
 */
import { idKey } from "../limits.ts";
import type { JobTasks } from "../jobTasks.ts";
import type { Task } from "../task.ts";
import { SatisfiedIntegers } from "./satisfied.ts";

/** A range's wait, or that for one id (`end` undefined). */
interface Waiter {
  readonly task: Task;
  readonly end: number | undefined;
}

const INTEGER = /^[0-9]+$/;

/** The number an id stands for in ranges: `4`, `04` and `004` are 4, `5flamingoes` is none (T-42). */
function integerOf(id: string): number | undefined {
  if (!INTEGER.test(id)) return undefined;
  const integer = Number(id);
  return Number.isSafeInteger(integer) ? integer : undefined;
}

/** Whether a task's dependants may go on by it. */
export function satisfies(task: Task): boolean {
  return task.state === "completed" && task.dependencyAction === "satisfy";
}

export class Dependencies {
  private readonly byId = new Map<string, Waiter[]>();
  private readonly byInteger = new Map<number, Waiter[]>();
  private readonly integers = new SatisfiedIntegers();
  /** Tasks that satisfied their dependants once and do not any more, by id without case: tasks up to this sequence number went on by them (T-43). */
  readonly forgotten = new Map<string, number>();

  /** Of a job whose tasks are `present`: those that completed before the first dependant came count too. */
  constructor(present: Iterable<Task>) {
    for (const task of present) if (satisfies(task)) this.note(task);
  }

  /** Enters a new task's waits; how many are open. */
  enter(task: Task, present: JobTasks): number {
    const wanted = task.spec.dependsOn;
    if (wanted === undefined) return 0;
    let open = 0;
    for (const id of wanted.taskIds) {
      const key = idKey(id);
      const parent = present.get(key);
      if (parent !== undefined && satisfies(parent)) continue;
      push(this.byId, key, { task, end: undefined });
      open++;
    }
    for (const { start, end } of wanted.taskIdRanges) if (this.waitFor(task, start, end)) open++;
    return open;
  }

  /**
   * Enters the waits of a task of a restored world; how many are open. Those that ended by a task that is forgotten stay over. A range may pass a
   * forgotten number that it had not come to yet: its task would never come again.
   */
  reenter(task: Task, present: JobTasks): number {
    const wanted = task.spec.dependsOn;
    let open = 0;
    for (const id of wanted?.taskIds ?? []) {
      const key = idKey(id);
      const parent = present.get(key);
      if ((parent !== undefined && satisfies(parent)) || (this.forgotten.get(key) ?? 0) >= task.sequence) continue;
      push(this.byId, key, { task, end: undefined });
      open++;
    }
    const passed = this.forgottenIntegers(task.sequence);
    for (const { start, end } of wanted?.taskIdRanges ?? []) {
      let missing = this.integers.nextMissing(start);
      while (missing <= end && passed.has(missing)) missing = this.integers.nextMissing(missing + 1);
      if (missing > end) continue;
      push(this.byInteger, missing, { task, end });
      open++;
    }
    return open;
  }

  private forgottenIntegers(sequence: number): ReadonlySet<number> {
    const integers = new Set<number>();
    for (const [id, upTo] of this.forgotten) {
      const integer = upTo >= sequence ? integerOf(id) : undefined;
      if (integer !== undefined) integers.add(integer);
    }
    return integers;
  }

  /** A task was satisfied: its dependants each time one of their waits is over by it; a task may be named twice. */
  satisfy(task: Task): Task[] {
    const woken: Task[] = [];
    const key = idKey(task.id);
    const waiters = this.byId.get(key);
    if (waiters !== undefined) {
      this.byId.delete(key);
      for (const waiter of waiters) if (!waiter.task.gone) woken.push(waiter.task);
    }
    const integer = integerOf(task.id);
    if (integer === undefined) return woken;
    const ranges = this.byInteger.get(integer);
    if (ranges === undefined) return woken;
    this.byInteger.delete(integer);
    for (const waiter of ranges) {
      if (!waiter.task.gone && !this.waitFor(waiter.task, integer, waiter.end!)) woken.push(waiter.task);
    }
    return woken;
  }

  /** Notes a satisfied task's number. Before `satisfy`. */
  note(task: Task): void {
    const integer = integerOf(task.id);
    if (integer !== undefined) this.integers.add(integer);
  }

  /** A satisfied task is gone or runs again: it satisfies nobody from now on (T-43). What it satisfied stays so. */
  forget(task: Task): void {
    const integer = integerOf(task.id);
    if (integer !== undefined) this.integers.remove(integer);
    this.forgotten.set(idKey(task.id), task.job.taskSequence);
  }

  /** Ids that a task still waits for: for explanations. At most `limit`. */
  openOf(task: Task, present: JobTasks, limit: number): string[] {
    const open: string[] = [];
    for (const id of task.spec.dependsOn?.taskIds ?? []) {
      const parent = present.get(idKey(id));
      if ((parent === undefined || !satisfies(parent)) && open.push(id) >= limit) return open;
    }
    for (const { start, end } of task.spec.dependsOn?.taskIdRanges ?? []) {
      const missing = this.integers.nextMissing(start);
      if (missing <= end && open.push(String(missing)) >= limit) return open;
    }
    return open;
  }

  private waitFor(task: Task, from: number, end: number): boolean {
    const missing = this.integers.nextMissing(from);
    if (missing > end) return false;
    push(this.byInteger, missing, { task, end });
    return true;
  }
}

function push<Key>(map: Map<Key, Waiter[]>, key: Key, waiter: Waiter): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [waiter]);
  else list.push(waiter);
}
