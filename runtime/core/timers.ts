/**
 * What is to happen at a later instant: one binary heap ordered by due time, then by order of setting. A timer that no longer applies is
 * cancelled by a mark and dropped when it comes to the top, so cancelling costs nothing.
 */
import type { Job } from "./job.ts";
import type { JobSchedule } from "./jobSchedule.ts";
import type { ComputeNode } from "./node.ts";
import type { Pool } from "./pool.ts";
import type { Task } from "./task.ts";

/** What a timer is for; the handler in `fire.ts` checks again whether it still applies. */
export type Alarm =
  | { readonly kind: "resizeTimeout"; readonly pool: Pool; readonly resizeNumber: number }
  | { readonly kind: "autoScaleEvaluation"; readonly pool: Pool }
  | { readonly kind: "samplePool"; readonly pool: Pool }
  | { readonly kind: "seekLowPriority"; readonly pool: Pool }
  | { readonly kind: "nodeRecovery"; readonly node: ComputeNode; readonly stateNumber: number }
  | { readonly kind: "releaseAgain"; readonly pool: Pool; readonly nodeId: string }
  | { readonly kind: "retentionEnd"; readonly node: ComputeNode }
  | { readonly kind: "jobTimeLimit"; readonly job: Job }
  | { readonly kind: "taskLifetime"; readonly task: Task }
  | { readonly kind: "scheduleDue"; readonly schedule: JobSchedule };

export interface Timer {
  readonly dueAt: number;
  /** Grows with every timer set: ties of dueAt fire in the order in which they were set. */
  readonly sequence: number;
  readonly alarm: Alarm;
  cancelled: boolean;
}

const before = (a: Timer, b: Timer) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);

export class Timers {
  private readonly heap: Timer[] = [];
  private sequence = 0;

  /** Sets a timer. An instant in the past is due at once; Infinity never, and is not kept. */
  set(dueAt: number, alarm: Alarm): Timer {
    const timer: Timer = { dueAt, sequence: this.sequence++, alarm, cancelled: false };
    if (dueAt !== Number.POSITIVE_INFINITY) this.push(timer);
    return timer;
  }

  /** When the next timer is due; Infinity when none is set. */
  nextDueAt(): number {
    while (this.heap.length > 0 && this.heap[0].cancelled) this.pop();
    return this.heap.length > 0 ? this.heap[0].dueAt : Number.POSITIVE_INFINITY;
  }

  /** Takes the first timer that is due at `now`; undefined when there is none. */
  takeDue(now: number): Timer | undefined {
    return this.nextDueAt() <= now ? this.pop() : undefined;
  }

  /** Timers not cancelled, in no order: for checks. */
  *pending(): Generator<Timer> {
    for (const timer of this.heap) if (!timer.cancelled) yield timer;
  }

  private push(timer: Timer): void {
    const heap = this.heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = timer;
  }

  private pop(): Timer {
    const heap = this.heap;
    const first = heap[0];
    const last = heap.pop()!;
    const length = heap.length;
    if (length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
