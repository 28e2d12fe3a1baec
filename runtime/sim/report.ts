/**
 * What a report on a simulated run shows, as data: figures with units for a table, and columns for charts, thinned to what a screen can draw.
 * Rendering is the caller's.
 */
import type { Bin, SimulationResult } from "./result.ts";

/** A line of the table of figures. `better` says which way is good, for comparing runs. */
export interface ReportFigure {
  readonly title: string;
  readonly unit: "" | "s" | "h" | "node h" | "%" | "money";
  readonly better: "less" | "more" | undefined;
  readonly value: (result: SimulationResult) => number;
}

const figure = (
  title: string,
  unit: ReportFigure["unit"],
  better: ReportFigure["better"],
  value: ReportFigure["value"],
): ReportFigure => ({ title, unit, better, value });

/** The table, in the order in which it is read. */
export const reportFigures: readonly ReportFigure[] = [
  figure("tasks", "", undefined, ({ tasks }) => tasks.total),
  figure("succeeded", "", "more", ({ tasks }) => tasks.succeeded),
  figure("failed", "", "less", ({ tasks }) => tasks.failed),
  figure("unfinished", "", "less", ({ tasks }) => tasks.unfinished),
  figure("retries", "", "less", ({ tasks }) => tasks.retries),
  figure("requeues", "", "less", ({ tasks }) => tasks.requeues),
  figure("mean wait", "s", "less", ({ waitSeconds }) => waitSeconds.mean),
  figure("p50 wait", "s", "less", ({ waitSeconds }) => waitSeconds.p50),
  figure("p95 wait", "s", "less", ({ waitSeconds }) => waitSeconds.p95),
  figure("p99 wait", "s", "less", ({ waitSeconds }) => waitSeconds.p99),
  figure("max wait", "s", "less", ({ waitSeconds }) => waitSeconds.max),
  figure("p95 slowdown", "", "less", ({ slowdown }) => slowdown.p95),
  figure("makespan", "h", "less", ({ makespanSeconds }) => makespanSeconds / 3600),
  figure("dedicated node hours", "node h", "less", ({ nodeHours }) => nodeHours.dedicated),
  figure("low-priority node hours", "node h", "less", ({ nodeHours }) => nodeHours.lowPriority),
  figure("cost", "money", "less", ({ cost }) => cost),
  figure("utilization", "%", "more", ({ utilization }) => 100 * utilization),
  figure("resizes", "", undefined, ({ resizes }) => resizes),
  figure("evaluations", "", undefined, ({ evaluations }) => evaluations),
  figure("failed evaluations", "", "less", ({ failedEvaluations }) => failedEvaluations),
  figure("preemptions", "", "less", ({ preemptions }) => preemptions),
];

/** Columns of equal length for charts over time, and bars of the histograms. */
export interface ReportCharts {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** Nodes that would hold every task not completed; the peak of what a point stands for, as all but cost. */
  readonly demand: readonly number[];
  readonly targets: readonly number[];
  readonly nodes: readonly number[];
  readonly lowPriority: readonly number[];
  readonly queue: readonly number[];
  readonly running: readonly number[];
  /** Up to here. */
  readonly cost: readonly number[];
  readonly waitSeconds: readonly Bin[];
  readonly slowdown: readonly Bin[];
  readonly rowsPerPoint: number;
}

/** At most `pointsMax` points; each stands for several rows and is their peak, because a peak is what a thinned chart must not lose. */
export function reportCharts({ timeline, histograms }: SimulationResult, pointsMax = 2000): ReportCharts {
  const rowsPerPoint = Math.max(1, Math.ceil(timeline.length / pointsMax));
  const starts = Array.from({ length: Math.ceil(timeline.length / rowsPerPoint) }, (_, i) => i * rowsPerPoint);
  const groups = starts.map((start) => timeline.slice(start, start + rowsPerPoint));
  const peak = (of: (row: (typeof timeline)[number]) => number) =>
    groups.map((group) => group.reduce((most, row) => Math.max(most, of(row)), 0));
  return {
    times: groups.map((group) => Date.parse(group[0].time) / 1000),
    demand: peak((row) => row.demandNodes),
    targets: peak((row) => row.targetDedicated + row.targetLowPriority),
    nodes: peak((row) => row.currentDedicated + row.currentLowPriority),
    lowPriority: peak((row) => row.currentLowPriority),
    queue: peak((row) => row.activeTasks),
    running: peak((row) => row.runningTasks),
    cost: groups.map((group) => group[group.length - 1].cost),
    waitSeconds: histograms.waitSeconds,
    slowdown: histograms.slowdown,
    rowsPerPoint,
  };
}
