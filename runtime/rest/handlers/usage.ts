/**
 * Core hours of pools by interval (P-212), for pools that exist. Nodes that are there tell their own time; nodes that have left are found in the events that
 * are kept, which are looked through from the first interval on, newest part only where there are very many.
 */
import { setImmediate } from "node:timers/promises";
import type { Service } from "../../host/service.ts";
import type { JsonObject } from "../call.ts";
import { instant } from "../show/when.ts";

/** Events read at one time, and at most for one answer. */
const CHUNK = 5_000;
const EVENTS_MAX = 250_000;
const HOUR_MS = 3_600_000;

/** Whole intervals that begin at or after `from` and end by `until`; milliseconds since 1970, on the grid. */
interface UsageWindow {
  readonly from: number;
  readonly until: number;
  readonly intervalMs: number;
}

/** A node's time in a pool. */
interface Stay {
  readonly poolId: string;
  readonly since: number;
  readonly until: number;
}

/** PoolUsageMetrics of every pool and interval in which it had nodes, by time and then by pool. */
export async function usageOf(service: Service, window: UsageWindow): Promise<JsonObject[]> {
  const stays = [...present(service), ...(await gone(service, window.from))];
  const shown: JsonObject[] = [];
  for (let start = firstInterval(service, window); start + window.intervalMs <= window.until; start += window.intervalMs) {
    const end = start + window.intervalMs;
    const nodeMs = new Map<string, number>();
    for (const { poolId, since, until } of stays) {
      const ms = Math.min(until, end) - Math.max(since, start);
      if (ms > 0) nodeMs.set(poolId, (nodeMs.get(poolId) ?? 0) + ms);
    }
    for (const [poolId, ms] of nodeMs) {
      const pool = service.world.pool(poolId);
      if (pool === undefined) continue;
      const { vmSize, coresPerNode } = pool.spec;
      const totalCoreHours = (ms * coresPerNode) / HOUR_MS;
      shown.push({ poolId: pool.id, startTime: instant(start), endTime: instant(end), vmSize, totalCoreHours });
    }
  }
  return shown;
}

/** Nothing was used before the oldest pool was there. */
function firstInterval({ world }: Service, { from, intervalMs }: UsageWindow): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const pool of world.pools.values()) oldest = Math.min(oldest, pool.creationAt);
  return Math.max(from, Math.floor(oldest / intervalMs) * intervalMs);
}

function present({ world }: Service): Stay[] {
  return [...world.pools.values()].flatMap((pool) =>
    [...pool.nodes.values()].map(({ allocationAt }) => ({
      poolId: pool.id,
      since: allocationAt,
      until: Number.POSITIVE_INFINITY,
    })),
  );
}

/** Nodes that were removed since an instant; one whose beginning is not kept was there all the time before. */
async function gone(service: Service, from: number): Promise<Stay[]> {
  const stays: Stay[] = [];
  const createdAt = new Map<string, number>();
  let next = Math.max(firstAt(service, from), service.eventNumber - EVENTS_MAX + 1);
  while (next <= service.eventNumber) {
    const events = service.events(next, CHUNK);
    if (events.length === 0) break;
    for (const event of events) {
      if (event.kind !== "NodeCreated" && event.kind !== "NodeRemoved") continue;
      const poolId = String(event.pool);
      const key = `${poolId}/${String(event.node)}`;
      if (event.kind === "NodeCreated") createdAt.set(key, event.at);
      else {
        const began = createdAt.get(key) ?? service.world.pool(poolId)?.creationAt ?? event.at;
        stays.push({ poolId, since: began, until: event.at });
      }
    }
    next = events[events.length - 1].number + 1;
    // Others have their turn between two chunks.
    await setImmediate();
  }
  return stays;
}

/** Number of the first kept event at or after an instant: events stand in order of time, so halving finds it. */
function firstAt(service: Service, at: number): number {
  let low = 1;
  let high = service.eventNumber + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const event = service.events(middle, 1).at(0);
    if (event === undefined || event.at >= at) high = middle;
    else low = middle + 1;
  }
  return low;
}
