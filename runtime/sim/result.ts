/** What a run gives: figures, timeline and histograms, as plain data ready for JSON. */
import { bisectLeft, mean, quantileSorted, ticks } from "d3-array";
import type { Run } from "./cluster.ts";
import type { TimelineRow } from "./timeline.ts";

/** `weir simulate --json`; members that programs may rely on, and then more of the same kind. */
export interface SimulationResult {
  readonly tasks: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly retries: number;
    /** Comebacks after a node was removed with requeue, preempted or lost. */
    readonly requeues: number;
    /** Submitted or due, and not completed at the end. */
    readonly unfinished: number;
  };
  /** From submission to the start of the first attempt, of the tasks that started; all 0 when none did. */
  readonly waitSeconds: Figures;
  /** (wait + duration) / duration, duration at least 10 s so that tiny tasks do not drown the rest. */
  readonly slowdown: Figures;
  /** First submission to last completion. */
  readonly makespanSeconds: number;
  readonly nodeHours: { readonly dedicated: number; readonly lowPriority: number };
  readonly cost: number;
  /** Busy slot time over slot time of all node records, 0 to 1. */
  readonly utilization: number;
  readonly resizes: number;
  readonly evaluations: number;
  readonly failedEvaluations: number;
  readonly preemptions: number;
  readonly eventDigest: string;
  readonly timeline: readonly TimelineDocument[];
  readonly histograms: { readonly waitSeconds: readonly Bin[]; readonly slowdown: readonly Bin[] };
  /** What whoever reads the figures must know, in sentences. */
  readonly warnings: readonly string[];
}

export interface Figures {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** A bar: from (inclusive) to (exclusive, the last one inclusive). */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export type TimelineDocument = Omit<TimelineRow, "at"> & { readonly time: string };

const HOUR_MS = 3_600_000;
const SLOWDOWN_FLOOR_MS = 10_000;
const BINS = 60;

export function resultOf(run: Run): SimulationResult {
  const { scenario, recorder } = run;
  const { workload, pool } = scenario;
  const waits = new Float64Array(workload.count);
  const slowdowns = new Float64Array(workload.count);
  let started = 0;
  let lastEndMs = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < workload.count; row++) {
    if (recorder.endMs[row] > lastEndMs) lastEndMs = recorder.endMs[row];
    // The instant of submission as the run had it, rounded to the grain of instants, so that tasks that did not wait show 0.
    const waitMs = recorder.startMs[row] - (scenario.startAt + workload.submitMs[row] - scenario.startAt);
    if (Number.isNaN(waitMs)) continue;
    const floored = Math.max(SLOWDOWN_FLOOR_MS, workload.durationMs[row]);
    waits[started] = waitMs / 1000;
    slowdowns[started++] = (waitMs + floored) / floored;
  }
  const wait = waits.subarray(0, started).sort();
  const slowdown = slowdowns.subarray(0, started).sort();
  const slotMs = (recorder.dedicatedMs + recorder.lowPriorityMs) * pool.taskSlotsPerNode;
  const dedicated = recorder.dedicatedMs / HOUR_MS;
  const lowPriority = recorder.lowPriorityMs / HOUR_MS;
  return {
    tasks: {
      total: workload.count,
      succeeded: recorder.succeeded,
      failed: recorder.failed,
      retries: recorder.retries,
      requeues: recorder.requeues + recorder.recoveries,
      unfinished: workload.count - recorder.succeeded - recorder.failed,
    },
    waitSeconds: figuresOf(wait),
    slowdown: figuresOf(slowdown),
    makespanSeconds: lastEndMs > 0 ? (lastEndMs - workload.submitMs[0]) / 1000 : 0,
    nodeHours: { dedicated, lowPriority },
    cost: dedicated * pool.price.dedicated + lowPriority * pool.price.lowPriority,
    utilization: slotMs > 0 ? recorder.busySlotMs / slotMs : 0,
    resizes: recorder.resizes,
    evaluations: recorder.evaluations,
    failedEvaluations: recorder.failedEvaluations,
    preemptions: recorder.preemptions,
    eventDigest: recorder.digest.toString(),
    timeline: recorder.timeline.rows.map(({ at, ...row }) => ({ time: new Date(Math.floor(at)).toISOString(), ...row })),
    histograms: { waitSeconds: binsOf(wait), slowdown: binsOf(slowdown) },
    warnings: warningsOf(run),
  };
}

/** Of sorted numbers; quantiles between two of them are interpolated. */
function figuresOf(sorted: Float64Array): Figures {
  const at = (share: number) => quantileSorted(sorted as unknown as number[], share) ?? 0;
  return { mean: mean(sorted as Iterable<number>) ?? 0, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}

/** Bars of a round width over sorted numbers; numbers that are all the same are one bar. */
function binsOf(sorted: Float64Array): Bin[] {
  if (sorted.length === 0) return [];
  const first = sorted[0];
  const last = sorted[sorted.length - 1];
  const inner = ticks(first, last, BINS).filter((edge) => edge > first && edge < last);
  const edges = [first, ...inner, last];
  // Places in the sorted numbers, so that the cost is that of the bars and not of the numbers.
  const below = [0, ...inner.map((edge) => bisectLeft(sorted, edge)), sorted.length];
  return below.slice(1).map((to, i) => ({ from: edges[i], to: edges[i + 1], count: to - below[i] }));
}

function warningsOf({ scenario, recorder }: Run): string[] {
  const warnings: string[] = [];
  const slots = scenario.pool.taskSlotsPerNode;
  if (recorder.tooLarge > 0) {
    warnings.push(
      `${recorder.tooLarge} of ${scenario.workload.count} tasks need more than the ${slots} slots of a node and never run; raise taskSlotsPerNode or cut tasks with slotsMax`,
    );
  }
  const unfinished = scenario.workload.count - recorder.succeeded - recorder.failed - recorder.tooLarge;
  if (scenario.until === "drained" && unfinished > 0 && !recorder.stalled)
    warnings.push(`${unfinished} tasks were not done within 100 years: the run was ended`);
  if (recorder.stalled)
    warnings.push(
      "nothing happened to the waiting tasks for 7 days and the length of the longest task: the run was ended; see the targets of the pool",
    );
  if (recorder.failedEvaluations > 0)
    warnings.push(
      `${recorder.failedEvaluations} of ${recorder.evaluations} evaluations of the formula failed, first ${recorder.firstFailure}`,
    );
  return warnings;
}
