/**
 * What a back-test's columns amount to: resizes, node hours, and how the targets compare with the demand that was recorded. Open loop: the
 * formula's targets do not change what the recording holds, so these figures compare formulas; they do not predict waiting times.
 */
import { TICKS_PER_HOUR } from "../../base/time.ts";
import type { MetricStore } from "../../metrics/index.ts";
import type { PoolTargets } from "../results.ts";
import { instantOfStep, type TargetColumns, type Timeline } from "./timeline.ts";

/**
 * Figures over all steps. A step's targets hold until the next step, the last one's until the end of the timeline: so node hours count the time
 * from `from` to `to` and none behind it, and a step at `to` itself has no hours.
 */
export interface Summary {
  /** Steps whose targets differ from those before, in either kind of node (rule 6.17: an unchanged target resizes nothing). */
  readonly resizes: number;
  readonly nodeHours: PoolTargets;
  /** Node hours by which demand exceeded the two targets together, and the targets demand; null without a recorded demand. */
  readonly underProvisionedNodeHours: number | null;
  readonly overProvisionedNodeHours: number | null;
  /** Over all steps, of the two targets together. */
  readonly meanTarget: number;
  readonly maxTarget: number;
}

/** Nodes that the recorded tasks would have kept busy, a number a step. */
export interface Demand {
  /** The metric it was taken from: `$PendingTasks`, or `$RunningTasks` where only that was recorded. */
  readonly metric: string;
  /** ceil(latest visible sample / task slots per node); 0 while there is no sample. */
  readonly nodes: Float64Array;
}

/** The recorded demand at each step; undefined if neither metric was recorded. */
export function demandOf(store: MetricStore, timeline: Timeline): Demand | undefined {
  const recorded = new Set(store.names());
  const metric = ["$PendingTasks", "$RunningTasks"].find((name) => recorded.has(name));
  if (metric === undefined) return undefined;
  const view = store.at(timeline.from);
  const tasks = view.metric(metric);
  const slots = view.metric("$TaskSlotsPerNode");
  const nodes = new Float64Array(timeline.steps);
  for (let step = 0; step < timeline.steps; step++) {
    // Without a sample `latest` is NaN: no task is known of, and a node has one slot (rule 8.23).
    nodes[step] = Math.ceil((tasks.latest() || 0) / Math.max(1, slots.latest() || 1));
    view.advance(timeline.interval);
  }
  return { metric, nodes };
}

/** Sums up one formula's columns. */
export function summaryOf(
  timeline: Timeline,
  columns: TargetColumns,
  initial: PoolTargets,
  demand: Demand | undefined,
): Summary {
  const { targetDedicated, targetLowPriority } = columns;
  let { dedicated, lowPriority } = initial;
  let resizes = 0;
  let dedicatedSum = 0;
  let lowPrioritySum = 0;
  let maxTarget = 0;
  let under = 0;
  let over = 0;
  let lastSurplus = 0;
  for (let step = 0; step < timeline.steps; step++) {
    if (targetDedicated[step] !== dedicated || targetLowPriority[step] !== lowPriority) resizes++;
    dedicated = targetDedicated[step];
    lowPriority = targetLowPriority[step];
    dedicatedSum += dedicated;
    lowPrioritySum += lowPriority;
    const both = dedicated + lowPriority;
    if (both > maxTarget) maxTarget = both;
    if (demand === undefined) continue;
    const surplus = both - demand.nodes[step];
    lastSurplus = surplus;
    if (surplus > 0) over += surplus;
    else under -= surplus;
  }
  // Nodes are summed and made hours at the end: sums of whole numbers are exact. The last step lacks what lies behind the end.
  const hours = timeline.interval / Number(TICKS_PER_HOUR);
  const lacking = 1 - Number(timeline.to - instantOfStep(timeline, timeline.steps - 1)) / timeline.interval;
  return {
    resizes,
    nodeHours: {
      dedicated: (dedicatedSum - dedicated * lacking) * hours,
      lowPriority: (lowPrioritySum - lowPriority * lacking) * hours,
    },
    underProvisionedNodeHours: demand === undefined ? null : (under + Math.min(0, lastSurplus) * lacking) * hours,
    overProvisionedNodeHours: demand === undefined ? null : (over - Math.max(0, lastSurplus) * lacking) * hours,
    meanTarget: (dedicatedSum + lowPrioritySum) / timeline.steps,
    maxTarget,
  };
}

/** The steps' instants in milliseconds since 1970, for charts. */
export function stepTimesMs(timeline: Timeline): Float64Array {
  const first = Number(instantOfStep(timeline, 0)) / 1e4;
  return Float64Array.from({ length: timeline.steps }, (_unused, step) => first + (step * timeline.interval) / 1e4);
}
