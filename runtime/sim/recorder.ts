/**
 * Watches a run from its events: when each task started and ended, what was busy and what was offered, what it cost, and a row of the timeline
 * every so often. Counters and running sums only; a million tasks leave two columns of numbers.
 */
import { EventDigest } from "../core/digest.ts";
import type { Pool } from "../core/pool.ts";
import type { Event } from "../core/protocol.ts";
import type { Task } from "../core/task.ts";
import type { EventListener } from "../core/world.ts";
import type { Scenario } from "./scenario.ts";
import { rowOf } from "./submissions.ts";
import { Timeline } from "./timeline.ts";

export class Recorder implements EventListener {
  private readonly scenario: Scenario;
  /** Called once the last task that can run has completed, or nothing has gone on for long. */
  private readonly enough: () => void;
  /** Milliseconds since the beginning, by row; NaN: not yet. The start is that of the first attempt. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** By row: 1 for a task that succeeded. */
  readonly success: Uint8Array;
  readonly digest = new EventDigest();
  readonly timeline: Timeline;

  succeeded = 0;
  failed = 0;
  retries = 0;
  requeues = 0;
  recoveries = 0;
  preemptions = 0;
  resizes = 0;
  evaluations = 0;
  failedEvaluations = 0;
  /** When and why the first of them failed, in words. */
  firstFailure: string | undefined = undefined;
  /** Tasks that can never run, because they need more slots than a node has (P-130). */
  readonly tooLarge: number;
  stalled = false;

  /** Of the present: slots wanted by tasks that are not completed, slots in use, node records by kind. */
  demandSlots = 0;
  busySlots = 0;
  dedicated = 0;
  lowPriority = 0;

  /** Sums over time up to `lastAt`, in milliseconds times what is counted. */
  lastAt: number;
  busySlotMs = 0;
  dedicatedMs = 0;
  lowPriorityMs = 0;
  /** Tasks in the system as the pool itself counts them: for Little's law. */
  pendingMs = 0;
  private lastProgressAt: number;
  private added = 0;
  private readonly stallMs: number;
  /** Undefined before it is made. */
  private pool: Pool | undefined = undefined;

  constructor(scenario: Scenario, enough: () => void) {
    this.scenario = scenario;
    this.enough = enough;
    const { workload, pool, startAt } = scenario;
    this.startMs = new Float64Array(workload.count).fill(Number.NaN);
    this.endMs = new Float64Array(workload.count).fill(Number.NaN);
    this.success = new Uint8Array(workload.count);
    this.lastAt = startAt;
    this.lastProgressAt = startAt;
    this.timeline = new Timeline(startAt, pool.formula === undefined ? TIMELINE_STEP_MS : pool.autoScaleEvaluationIntervalMs);
    let tooLarge = 0;
    let longestMs = 0;
    for (let row = 0; row < workload.count; row++) {
      if (workload.slots[row] > pool.taskSlotsPerNode) tooLarge++;
      else if (workload.durationMs[row] > longestMs) longestMs = workload.durationMs[row];
    }
    this.tooLarge = tooLarge;
    this.stallMs = QUIET_MS + longestMs;
  }

  /** The world is about to be carried on to `at`; it is still as it was left. */
  before(at: number): void {
    if (at === this.lastAt) return;
    // A row of the timeline shows its instant after all that happened at it, so it is taken when time goes on.
    while (this.timeline.nextAt < at) this.takeRow();
    this.accrue(at);
  }

  /** Brings sums and timeline up to the end of the run. */
  finish(at: number): void {
    this.before(at);
    this.takeRow(at);
  }

  note(event: Event, at: number): void {
    this.digest.add(at, event);
    switch (event.kind) {
      case "TaskAdded":
        this.added++;
        this.demandSlots += event.task.spec.requiredSlots;
        this.lastProgressAt = at;
        break;
      case "TaskPlaced": {
        const row = rowOf(event.task);
        this.busySlots += event.attempt.slots;
        this.lastProgressAt = at;
        if (Number.isNaN(this.startMs[row])) this.startMs[row] = at - this.scenario.startAt;
        break;
      }
      case "AttemptEnded":
        this.busySlots -= event.attempt.slots;
        break;
      case "TaskCompleted":
        this.completed(event.task, at);
        break;
      case "TaskReturned":
        if (event.by === "retry") this.retries++;
        else if (event.by === "requeue") this.requeues++;
        else this.recoveries++;
        break;
      case "PoolAdded":
        this.pool = event.pool;
        break;
      case "NodeCreated":
        if (event.node.isDedicated) this.dedicated++;
        else this.lowPriority++;
        break;
      case "NodeRemoved":
        if (event.node.isDedicated) this.dedicated--;
        else this.lowPriority--;
        break;
      case "NodeStateChanged":
        if (event.to === "preempted") this.preemptions++;
        break;
      case "ResizeStarted":
        this.resizes++;
        break;
      case "AutoScaleEvaluated":
        this.evaluations++;
        if (event.record.outcome === "failed") {
          this.failedEvaluations++;
          const { error, timestamp } = event.record.run;
          if (this.firstFailure === undefined && error !== null)
            this.firstFailure = `at ${timestamp}: ${error.values[0]?.value ?? error.message} (${error.code})`;
        }
        break;
      default:
    }
  }

  private completed(task: Task, at: number): void {
    const row = rowOf(task);
    this.endMs[row] = at - this.scenario.startAt;
    this.demandSlots -= task.spec.requiredSlots;
    this.lastProgressAt = at;
    if (task.result === "success") {
      this.success[row] = 1;
      this.succeeded++;
    } else this.failed++;
    if (this.scenario.until === "drained" && this.succeeded + this.failed + this.tooLarge === this.scenario.workload.count)
      this.enough();
  }

  private accrue(at: number): void {
    const elapsed = at - this.lastAt;
    const tasks = this.pool?.tasks;
    if (tasks !== undefined) this.pendingMs += elapsed * (tasks.active + tasks.running);
    this.busySlotMs += elapsed * this.busySlots;
    this.dedicatedMs += elapsed * this.dedicated;
    this.lowPriorityMs += elapsed * this.lowPriority;
    this.lastAt = at;
  }

  private takeRow(at = this.timeline.nextAt): void {
    this.accrue(at);
    const pool = this.pool;
    if (pool === undefined) return;
    const { price, taskSlotsPerNode } = this.scenario.pool;
    this.timeline.add({
      at,
      currentDedicated: pool.dedicated.current,
      targetDedicated: pool.dedicated.target,
      currentLowPriority: pool.lowPriority.current,
      targetLowPriority: pool.lowPriority.target,
      activeTasks: pool.tasks.active,
      runningTasks: pool.tasks.running,
      demandNodes: this.demandSlots / taskSlotsPerNode,
      cost: (this.dedicatedMs * price.dedicated + this.lowPriorityMs * price.lowPriority) / HOUR_MS,
    });
    // Judged here, not after every step: a run that stalls has all the time in the world.
    const allAdded = this.added === this.scenario.workload.count;
    if (this.scenario.until === "drained" && allAdded && !this.stalled && at - this.lastProgressAt > this.stallMs) {
      this.stalled = true;
      this.enough();
    }
  }
}

const HOUR_MS = 3_600_000;
const TIMELINE_STEP_MS = 300_000;
/** A run in which no task started or completed for so long, and the longest task's time besides, has stalled. */
const QUIET_MS = 7 * 86_400_000;
