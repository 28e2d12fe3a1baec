/**
 * Ready tasks of one job that need the same of a node: a lane. Within a lane the task added first goes first (J-33), so of a lane only the head
 * is ever looked at, and a lane whose head does not fit is passed over whole (J-34). Tasks that come back after a retry have a low sequence
 * number and go to a small heap beside the line; the head is the lower of the two.
 */
import type { Job } from "../job.ts";
import type { Task } from "../task.ts";
import type { TaskSpec } from "../taskSpec.ts";
import type { Need } from "./freeSlots.ts";
import type { Ring } from "./queue.ts";

/** What a task needs, apart from wishes: tasks of one shape fit or do not fit together. */
export interface Shape extends Need {
  /** Nodes at one time; 1 for an ordinary task (T-52). */
  readonly instances: number;
  /** A multi-instance task: only in a pool with inter-node communication and one slot per node (T-51). */
  readonly multiInstance: boolean;
  /** Needs an empty node and keeps others off it (P-133). */
  readonly exclusive: boolean;
  /** A job manager has a lane of its own, since other tasks of its job wait for it (J-51). */
  readonly manager: boolean;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return (
    a.slots === b.slots &&
    a.instances === b.instances &&
    a.multiInstance === b.multiInstance &&
    a.exclusive === b.exclusive &&
    a.dedicatedOnly === b.dedicatedOnly &&
    a.manager === b.manager
  );
}

/** Entries of a line that may stay behind when it is empty, and that may be passed over before they are cut off. */
const LINE_KEPT = 1024;

export class Lane {
  readonly job: Job;
  readonly shape: Shape;
  /** Live tasks in it. */
  size = 0;
  /** The line, from `first` to before `end`; entries that are not `queued` any more are passed over when they come to the front. */
  private line: Task[] = [];
  private first = 0;
  private end = 0;
  /** A binary heap by sequence of tasks that came out of order. */
  private early: Task[] = [];

  /** The ring in which it stands, its neighbours there, and its turn: the lower, the sooner (J-31). Written by `ReadyQueue`. */
  ring: Ring | undefined = undefined;
  previous: Lane | undefined = undefined;
  next: Lane | undefined = undefined;
  turn = 0;
  /** The pass of `schedulePool` that found no place for its head. */
  stuckInPass = 0;
  /** Room was looked for by ending another task, since the head became ready (J-52). */
  roomSought = false;

  constructor(job: Job, shape: Shape) {
    this.job = job;
    this.shape = shape;
  }

  /** Puts a task in. It must not be queued. */
  add(task: Task): void {
    task.queued = true;
    this.roomSought = false;
    this.size++;
    const line = this.line;
    if (this.end === this.first || line[this.end - 1].sequence < task.sequence) line[this.end++] = task;
    else this.addEarly(task);
  }

  /** Takes a task out, wherever it stands. Its entry is dropped later. */
  remove(task: Task): void {
    task.queued = false;
    this.size--;
    if (this.size > 0) return;
    if (this.early.length > 0) this.early = [];
    // Where tasks find a slot at once a lane is empty after each of them, so a short line is written over and not made anew.
    if (this.line.length > LINE_KEPT) this.line = [];
    this.first = 0;
    this.end = 0;
  }

  /** The task that goes first; undefined when the lane is empty. */
  head(): Task | undefined {
    const line = this.line;
    while (this.first < this.end && !line[this.first].queued) this.first++;
    if (this.first > LINE_KEPT && this.first * 2 > this.end) {
      line.splice(0, this.first);
      this.end -= this.first;
      this.first = 0;
    }
    const early = this.early;
    while (early.length > 0 && !early[0].queued) this.dropEarly();
    const inLine = this.first < this.end ? line[this.first] : undefined;
    if (early.length === 0) return inLine;
    return inLine === undefined || early[0].sequence < inLine.sequence ? early[0] : inLine;
  }

  /** The live tasks, in no order. For checks. */
  *tasks(): Generator<Task> {
    const seen = new Set<Task>();
    for (const task of [...this.line.slice(this.first, this.end), ...this.early]) {
      if (!task.queued || seen.has(task)) continue;
      seen.add(task);
      yield task;
    }
  }

  private addEarly(task: Task): void {
    const heap = this.early;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].sequence <= task.sequence) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = task;
  }

  private dropEarly(): void {
    const heap = this.early;
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && heap[child + 1].sequence < heap[child].sequence) child++;
      if (heap[child].sequence >= last.sequence) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
  }
}

/** A job's ready tasks. They stay in their lanes while the job is disabled or has no pool; only the lanes leave the pool's queue. */
export class JobLanes {
  readonly lanes: Lane[] = [];
  /** Ready tasks, and the same with each multi-instance task counted by its instances (T-52). */
  size = 0;
  instances = 0;
  /** The job's tasks wait until its manager was placed for the first time (J-51). */
  held = false;
  /** As many of its tasks run as may (`maxParallelTasks`): none but the manager is placed until one has ended. */
  full = false;
  /** Of the task that came last: many tasks in a row are asked for with one spec. */
  lastSpec: TaskSpec | undefined = undefined;
  lastLane: Lane | undefined = undefined;
}
