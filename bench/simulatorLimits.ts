/**
 * What a simulator cannot beat: a pool of slots, a queue and a heap of ends, written by hand over typed arrays, with nothing of nodes, jobs, states
 * or events. Arrivals and durations come from the same workload as ours, and every wait is noted.
 */
import type { Workload } from "../runtime/sim/index.ts";

/** A task arrives and ends; that it starts is part of one of the two. */
export const FIFO_EVENTS_PER_TASK = 2;

/** First come, first served over `slots` one-slot nodes. Gives the sum of all waits in milliseconds, to be compared. */
export function fifoPool(workload: Workload, slots: number): number {
  const { count, submitMs, durationMs } = workload;
  const times = new Float64Array(slots + 1);
  const rows = new Int32Array(slots + 1);
  const started = new Float64Array(count);
  const ended = new Float64Array(count);
  let pending = 0;
  let first = 0;
  let arrived = 0;
  let waits = 0;
  const start = (row: number, now: number) => {
    started[row] = now;
    waits += now - submitMs[row];
    const due = now + durationMs[row];
    let at = pending++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (times[parent] <= due) break;
      times[at] = times[parent];
      rows[at] = rows[parent];
      at = parent;
    }
    times[at] = due;
    rows[at] = row;
  };
  const take = () => {
    const time = times[--pending];
    const row = rows[pending];
    let at = 0;
    for (;;) {
      const begin = 4 * at + 1;
      if (begin >= pending) break;
      let child = begin;
      const end = Math.min(begin + 4, pending);
      for (let other = begin + 1; other < end; other++) if (times[other] < times[child]) child = other;
      if (times[child] >= time) break;
      times[at] = times[child];
      rows[at] = rows[child];
      at = child;
    }
    times[at] = time;
    rows[at] = row;
  };
  for (;;) {
    const endsAt = pending > 0 ? times[0] : Number.POSITIVE_INFINITY;
    const arrivesAt = arrived < count ? submitMs[arrived] : Number.POSITIVE_INFINITY;
    if (endsAt <= arrivesAt) {
      if (endsAt === Number.POSITIVE_INFINITY) break;
      ended[rows[0]] = endsAt;
      take();
      if (first < arrived) start(first++, endsAt);
    } else {
      arrived++;
      if (pending < slots) start(first++, arrivesAt);
    }
  }
  return waits;
}
