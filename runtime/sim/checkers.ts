/**
 * What must be true of a whole run, whatever the scenario: each checker gives sentences about what is not, none when all is well. They judge the
 * columns of the recorder against the workload, not against the counters of the core, so that a mistake of the core cannot hide itself.
 */
import { brokenInvariants } from "../core/invariants.ts";
import type { Run } from "./cluster.ts";
import { workOf } from "./workload.ts";

export interface Checker {
  readonly name: string;
  readonly claim: string;
  readonly check: (run: Run) => string[];
}

const HOUR_MS = 3_600_000;
/** Instants since 1970 in milliseconds have a grain of a quarter of a microsecond; sums over a run are compared with this share of leeway. */
const LEEWAY = 1e-6;
const GRAIN_MS = 0.001;

const close = (a: number, b: number) => Math.abs(a - b) <= LEEWAY * Math.max(1, Math.abs(a), Math.abs(b));

/** Every task that can run has completed, none twice. */
function everyTaskCompletes({ recorder, scenario }: Run): string[] {
  if (scenario.until !== "drained") return [];
  const wrong: string[] = [];
  const { count, slots } = scenario.workload;
  for (let row = 0; row < count; row++) {
    const runs = slots[row] <= scenario.pool.taskSlotsPerNode;
    if (runs && Number.isNaN(recorder.endMs[row])) wrong.push(`task ${row + 1} did not complete`);
    if (!runs && !Number.isNaN(recorder.startMs[row])) wrong.push(`task ${row + 1} started and cannot fit`);
    if (wrong.length >= 5) break;
  }
  if (recorder.succeeded + recorder.failed + recorder.tooLarge !== count)
    wrong.push(`${recorder.succeeded} tasks succeeded, ${recorder.failed} failed, of ${count}`);
  return wrong;
}

/** Nothing starts before it was submitted, and nothing succeeds in less time than it takes; what was ended by force may end early. */
function timesAreInOrder({ recorder, scenario }: Run): string[] {
  const { count, submitMs, durationMs } = scenario.workload;
  for (let row = 0; row < count; row++) {
    const started = recorder.startMs[row];
    const ended = recorder.endMs[row];
    if (started < submitMs[row] - GRAIN_MS) return [`task ${row + 1} started before it was submitted`];
    if (recorder.success[row] === 1 && !(ended - started >= durationMs[row] - GRAIN_MS))
      return [`task ${row + 1} ran ${ended - started} ms of ${durationMs[row]}`];
  }
  return [];
}

/** Busy slot time is the work of the workload; with faults, or cut off, it may be more or less, but never below what succeeded. */
function workIsConserved({ recorder, scenario }: Run): string[] {
  const { workload } = scenario;
  const { count, slots, durationMs } = workload;
  let completed = 0;
  for (let row = 0; row < count; row++) if (recorder.success[row] === 1) completed += slots[row] * durationMs[row];
  const hours = (slotMs: number) => (slotMs / HOUR_MS).toFixed(6);
  // A node that is silent for a while tells the end of its tasks late.
  const silent = scenario.faults.nodeFailuresPerNodeHour > 0;
  const once = !silent && recorder.retries + recorder.requeues + recorder.recoveries + recorder.failed === 0;
  if (once && scenario.until === "drained" && !recorder.stalled && !close(recorder.busySlotMs, completed)) {
    return [`busy slot-hours are ${hours(recorder.busySlotMs)}, the work that was done ${hours(completed)}`];
  }
  if (
    once &&
    recorder.tooLarge === 0 &&
    scenario.until === "drained" &&
    !recorder.stalled &&
    !close(completed, workOf(workload))
  ) {
    return [`work done is ${hours(completed)} slot-hours, the workload's ${hours(workOf(workload))}`];
  }
  return recorder.busySlotMs < completed * (1 - LEEWAY) - GRAIN_MS
    ? [`busy slot-hours are ${hours(recorder.busySlotMs)}, less than the ${hours(completed)} done`]
    : [];
}

/** Busy slots never exceed those of the nodes there are. */
function noMoreThanOffered({ recorder, scenario }: Run): string[] {
  const offered = (recorder.dedicatedMs + recorder.lowPriorityMs) * scenario.pool.taskSlotsPerNode;
  return recorder.busySlotMs <= offered * (1 + LEEWAY) + GRAIN_MS
    ? []
    : [`busy slot time ${recorder.busySlotMs} is more than the ${offered} offered`];
}

/**
 * Within a job whoever was added first starts first, among tasks that fit (J-33, J-34): a task may only overtake one that needs more slots. So for
 * every number of slots, the latest start among earlier tasks of no more slots is not after this one's.
 */
function firstComeFirstServed({ recorder, scenario }: Run): string[] {
  const { count, slots, job, jobs } = scenario.workload;
  const sizes = [...new Set(slots)].sort((a, b) => a - b);
  const place = new Map(sizes.map((size, i) => [size, i]));
  const latest = jobs.map(() => new Float64Array(sizes.length).fill(Number.NEGATIVE_INFINITY));
  const latestRow = jobs.map(() => new Int32Array(sizes.length));
  for (let row = 0; row < count; row++) {
    const started = recorder.startMs[row];
    const size = place.get(slots[row])!;
    const starts = latest[job[row]];
    if (slots[row] > scenario.pool.taskSlotsPerNode) continue;
    for (let smaller = 0; smaller <= size; smaller++) {
      if (started < starts[smaller] - GRAIN_MS)
        return [
          `task ${row + 1} started before task ${latestRow[job[row]][smaller] + 1}, which was added earlier and needs no more slots`,
        ];
    }
    // One that never started lets nobody of its size start after it.
    if (!(started <= starts[size])) {
      starts[size] = Number.isNaN(started) ? Number.POSITIVE_INFINITY : started;
      latestRow[job[row]][size] = row;
    }
  }
  return [];
}

/** Little's law: tasks in the system over time, as the pool counts them, are the time that tasks spend in it, as each of them tells. */
function littlesLaw({ recorder, scenario, endedAt }: Run): string[] {
  const { count, submitMs } = scenario.workload;
  const end = endedAt - scenario.startAt;
  let stays = 0;
  for (let row = 0; row < count; row++) {
    if (submitMs[row] > end) break;
    const left = recorder.endMs[row];
    stays += (Number.isNaN(left) ? end : left) - submitMs[row];
  }
  const leeway = GRAIN_MS * count;
  return Math.abs(recorder.pendingMs - stays) <= leeway || close(recorder.pendingMs, stays)
    ? []
    : [`tasks over time add up to ${recorder.pendingMs} ms, their stays to ${stays} ms`];
}

/** What the timeline shows at its end agrees with the sums. */
function timelineAgrees({ recorder, scenario }: Run): string[] {
  const last = recorder.timeline.rows.at(-1);
  const { price } = scenario.pool;
  const cost = (recorder.dedicatedMs * price.dedicated + recorder.lowPriorityMs * price.lowPriority) / HOUR_MS;
  return last !== undefined && close(last.cost, cost)
    ? []
    : [`the timeline ends at a cost of ${last?.cost}, the sum is ${cost}`];
}

/** Every checker; the last one is the core's own, over the world as the run left it: no task on two nodes, counts that agree, and so on. */
export const checkers: readonly Checker[] = [
  { name: "completion", claim: "every task that can run completes, once", check: everyTaskCompletes },
  {
    name: "order of times",
    claim: "submitted, then started, then ended, and not faster than the work",
    check: timesAreInOrder,
  },
  { name: "conservation", claim: "busy slot-hours are the workload's core-hours", check: workIsConserved },
  { name: "offer", claim: "no more slots are busy than nodes have", check: noMoreThanOffered },
  {
    name: "first come, first served",
    claim: "within a job nobody overtakes an earlier task that fits",
    check: firstComeFirstServed,
  },
  { name: "Little's law", claim: "tasks in the system over time are the stays of all tasks", check: littlesLaw },
  { name: "timeline", claim: "the timeline ends where the sums do", check: timelineAgrees },
  { name: "invariants", claim: "the world agrees with itself", check: ({ world }) => brokenInvariants(world) },
];

/** Whatever does not hold of a run, each with the name of its checker. */
export function brokenClaims(run: Run): string[] {
  return checkers.flatMap(({ name, check }) => check(run).map((what) => `${name}: ${what}`));
}
