/**
 * Replays arrivals on a pool of fixed size and reads the service metrics off it, a sample a period. The queue is strict: first come,
 * first started, and nothing overtakes a task that waits for more slots. The replay begins with the first arrival, so the pool is warm
 * when the sampled window opens. Every number is counted from the replay; only what a trace knows becomes a column.
 */
import { bisector } from "d3-array";
import type { Arrival } from "./traces.ts";

/** A pool that does not change: `nodes` nodes of `slotsPerNode` task slots each. */
export interface FixedPool {
  readonly nodes: number;
  readonly slotsPerNode: number;
}

/** Sample times on the trace's clock: `first`, `first + period`, … (seconds), `count` of them. */
export interface SampleGrid {
  readonly first: number;
  readonly period: number;
  readonly count: number;
}

/** One column a metric, `grid.count` values each, by the metric's full name. */
export type Columns = Map<string, Float64Array>;

/** Which optional columns the trace supports. */
export interface ReplayColumns {
  readonly failed?: boolean;
  readonly memory?: boolean;
  readonly network?: boolean;
}

const byEndDescending = bisector((task: { endAt: number }) => -task.endAt).right;

/**
 * Start time of each arrival under the strict queue, same order and length as `arrivals`; one larger than the whole pool is cut to it.
 * Free slots are found by letting the running task that ends first go, until the head of the queue fits.
 */
export function startTimes(arrivals: readonly Arrival[], pool: FixedPool): Float64Array {
  const poolSlots = pool.nodes * pool.slotsPerNode;
  const starts = new Float64Array(arrivals.length);
  const running: { endAt: number; slots: number }[] = []; // the earliest end last, so that taking it is a pop
  let freeSlots = poolSlots;
  let now = Number.NEGATIVE_INFINITY;
  for (const [i, arrival] of arrivals.entries()) {
    const slots = Math.min(arrival.slots, poolSlots);
    now = Math.max(now, arrival.submitAt);
    for (let next = running.at(-1); next !== undefined && (next.endAt <= now || freeSlots < slots); next = running.at(-1)) {
      running.pop();
      freeSlots += next.slots;
      now = Math.max(now, next.endAt);
    }
    freeSlots -= slots;
    starts[i] = now;
    const task = { endAt: now + arrival.durationSeconds, slots };
    running.splice(byEndDescending(running, -task.endAt), 0, task);
  }
  return starts;
}

/**
 * The columns of a replay. Task counts and memory are what holds at the sample's time; finished tasks, bytes and CPU belong to the period
 * that ends there. `$CPUPercent` is busy slot time over offered slot time: a running task is taken to keep its slots fully busy.
 */
export function replay(arrivals: readonly Arrival[], pool: FixedPool, grid: SampleGrid, also: ReplayColumns): Columns {
  const starts = startTimes(arrivals, pool);
  const { first, period, count } = grid;
  const poolSlots = pool.nodes * pool.slotsPerNode;
  const sampleAtOrAfter = (seconds: number) => Math.ceil((seconds - first) / period);
  const column = () => new Float64Array(count);
  const [active, running, succeeded, failed, cpu, memory, inBytes, outBytes] = Array.from({ length: 8 }, column);

  const holdBetween = (target: Float64Array, from: number, to: number, amount: number) => {
    const end = Math.min(count, sampleAtOrAfter(to));
    for (let k = Math.max(0, sampleAtOrAfter(from)); k < end; k++) target[k] += amount;
  };
  const addAt = (target: Float64Array, seconds: number, amount: number) => {
    const k = sampleAtOrAfter(seconds);
    if (k >= 0 && k < count) target[k] += amount;
  };
  for (const [i, arrival] of arrivals.entries()) {
    const startAt = starts[i];
    const endAt = startAt + arrival.durationSeconds;
    holdBetween(active, arrival.submitAt, startAt, arrival.tasks);
    holdBetween(running, startAt, endAt, arrival.tasks);
    holdBetween(memory, startAt, endAt, arrival.memoryMegabytes);
    addAt(arrival.failed ? failed : succeeded, endAt, arrival.tasks);
    addAt(inBytes, startAt, arrival.inBytes);
    addAt(outBytes, endAt, arrival.outBytes);
    const lastBucket = Math.min(count - 1, sampleAtOrAfter(endAt));
    for (let k = Math.max(0, sampleAtOrAfter(startAt)); k <= lastBucket; k++) {
      const bucketEnd = first + k * period;
      const busySeconds = Math.min(endAt, bucketEnd) - Math.max(startAt, bucketEnd - period);
      if (busySeconds > 0) cpu[k] += busySeconds * Math.min(arrival.slots, poolSlots);
    }
  }
  const columns: Columns = new Map([
    ["$ActiveTasks", active],
    ["$RunningTasks", running],
    ["$PendingTasks", active.map((value, k) => value + running[k])],
    ["$SucceededTasks", succeeded],
  ]);
  if (also.failed) columns.set("$FailedTasks", failed);
  columns.set(
    "$CPUPercent",
    cpu.map((busy) => Math.min(100, rounded((100 * busy) / (poolSlots * period), 2))),
  );
  if (also.memory)
    columns.set(
      "$MemoryBytes",
      memory.map((megabytes) => Math.round(megabytes / pool.nodes)),
    );
  if (also.network) {
    columns.set(
      "$NetworkInBytes",
      inBytes.map((bytes) => Math.round(bytes / pool.nodes)),
    );
    columns.set(
      "$NetworkOutBytes",
      outBytes.map((bytes) => Math.round(bytes / pool.nodes)),
    );
  }
  columns.set("$CurrentDedicatedNodes", column().fill(pool.nodes));
  columns.set("$SampleNodeCount", column().fill(pool.nodes));
  columns.set("$TaskSlotsPerNode", column().fill(pool.slotsPerNode));
  return columns;
}

/** `value` to `digits` places after the point. */
export function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
