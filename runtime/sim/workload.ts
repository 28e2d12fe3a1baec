/**
 * A workload: which tasks are submitted when, how long each runs and how many slots it takes. Columns of equal length, a row a task, in order of
 * submission, because there may be a million of them. Readers of trace formats and the synthetic generator all make this shape; the knobs here
 * cut, thin and scale it.
 */
import { assert } from "../../src/base/assert.ts";
import { randomStream } from "../../src/base/random.ts";

/** A job that tasks of the workload belong to. */
export interface WorkloadJob {
  readonly id: string;
  readonly priority: number;
}

export interface Workload {
  readonly count: number;
  /** Milliseconds after the workload's beginning, not falling. */
  readonly submitMs: Float64Array;
  /** Milliseconds on a node, 0 or more. */
  readonly durationMs: Float64Array;
  /** Slots a task takes, 1 or more. */
  readonly slots: Int32Array;
  /** Place in `jobs`. */
  readonly job: Int32Array;
  readonly jobs: readonly WorkloadJob[];
  /** When the trace began, milliseconds since 1970 UTC; undefined where nobody wrote it down. */
  readonly startAt: number | undefined;
}

export const ONE_JOB: readonly WorkloadJob[] = Object.freeze([Object.freeze({ id: "workload", priority: 0 })]);

/** Collects rows in any order of submission. */
export class WorkloadBuilder {
  private submitMs = new Float64Array(1024);
  private durationMs = new Float64Array(1024);
  private slots = new Int32Array(1024);
  private job = new Int32Array(1024);
  private sorted = true;
  count = 0;

  add(submitMs: number, durationMs: number, slots: number, job: number): void {
    const at = this.count++;
    if (at === this.submitMs.length) this.grow();
    if (at > 0 && submitMs < this.submitMs[at - 1]) this.sorted = false;
    this.submitMs[at] = submitMs;
    this.durationMs[at] = durationMs;
    this.slots[at] = slots;
    this.job[at] = job;
  }

  /** The workload; rows of the same instant keep the order in which they were added. */
  build(jobs: readonly WorkloadJob[], startAt?: number): Workload {
    const { count } = this;
    const columns = {
      count,
      submitMs: this.submitMs.subarray(0, count),
      durationMs: this.durationMs.subarray(0, count),
      slots: this.slots.subarray(0, count),
      job: this.job.subarray(0, count),
      jobs,
      startAt,
    };
    if (this.sorted) return columns;
    const order = Int32Array.from({ length: count }, (_, row) => row).sort(
      (a, b) => columns.submitMs[a] - columns.submitMs[b] || a - b,
    );
    return rowsOf(columns, order);
  }

  private grow(): void {
    const capacity = 2 * this.submitMs.length;
    const wide = <Column extends Float64Array | Int32Array>(column: Column, larger: Column): Column => {
      larger.set(column as never);
      return larger;
    };
    this.submitMs = wide(this.submitMs, new Float64Array(capacity));
    this.durationMs = wide(this.durationMs, new Float64Array(capacity));
    this.slots = wide(this.slots, new Int32Array(capacity));
    this.job = wide(this.job, new Int32Array(capacity));
  }
}

/** The given rows of a workload, in the given order. */
function rowsOf(workload: Workload, rows: ArrayLike<number>): Workload {
  const { jobs, startAt } = workload;
  const pick = <Column extends Float64Array | Int32Array>(from: Column, to: Column): Column => {
    for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]];
    return to;
  };
  return {
    count: rows.length,
    submitMs: pick(workload.submitMs, new Float64Array(rows.length)),
    durationMs: pick(workload.durationMs, new Float64Array(rows.length)),
    slots: pick(workload.slots, new Int32Array(rows.length)),
    job: pick(workload.job, new Int32Array(rows.length)),
    jobs,
    startAt,
  };
}

/** What may be done to a workload before it is run, in this order. */
export interface WorkloadKnobs {
  /** Only what is submitted from here, and before there, milliseconds after the beginning; what is left begins at `fromMs`. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Share of the tasks that is kept, above 0 to 1; drawn task by task from `seed`. */
  readonly keepRatio?: number;
  /** How many times faster tasks arrive, above 0; run times stay. */
  readonly timeCompression?: number;
  /** No task takes more slots than this; larger ones take as many and run as long as before. */
  readonly slotsMax?: number;
  /** Only so many tasks, the first ones. */
  readonly countMax?: number;
}

/** A new workload; the given one stays as it is. */
export function adjusted(workload: Workload, knobs: WorkloadKnobs, seed: number): Workload {
  const {
    fromMs = Number.NEGATIVE_INFINITY,
    toMs = Number.POSITIVE_INFINITY,
    keepRatio = 1,
    countMax = Number.POSITIVE_INFINITY,
  } = knobs;
  assert(keepRatio > 0 && keepRatio <= 1, "a share of tasks to keep");
  const stream = randomStream(seed, "thinning");
  const rows: number[] = [];
  for (let row = 0; row < workload.count && rows.length < countMax; row++) {
    const submitMs = workload.submitMs[row];
    if (submitMs < fromMs || submitMs >= toMs) continue;
    if (keepRatio < 1 && stream() >= keepRatio) continue;
    rows.push(row);
  }
  const kept = rowsOf(workload, rows);
  const shiftMs = fromMs === Number.NEGATIVE_INFINITY ? 0 : fromMs;
  const compression = knobs.timeCompression ?? 1;
  for (let row = 0; row < kept.count; row++) {
    kept.submitMs[row] = (kept.submitMs[row] - shiftMs) / compression;
    if (knobs.slotsMax !== undefined && kept.slots[row] > knobs.slotsMax) kept.slots[row] = knobs.slotsMax;
  }
  return { ...kept, startAt: kept.startAt === undefined ? undefined : kept.startAt + shiftMs };
}

/** Slot-milliseconds of all tasks together: what a run must keep busy at least. */
export function workOf(workload: Workload): number {
  let work = 0;
  for (let row = 0; row < workload.count; row++) work += workload.durationMs[row] * workload.slots[row];
  return work;
}

/** A workload that cannot be read; the message is for whoever gave the file and names the line. */
export class WorkloadProblem extends Error {
  override readonly name = "WorkloadProblem";
}
