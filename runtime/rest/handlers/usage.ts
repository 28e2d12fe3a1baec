/**
 * Core hours of pools by interval (P-212), pools that were deleted included. Nodes that are there tell their own time; nodes that have left are found in the
 * events that are kept, which are looked through from the first interval on, newest part only where there are very many.
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

/** What a pool's nodes are. */
interface Size {
  readonly poolId: string;
  readonly vmSize: string;
  readonly coresPerNode: number;
}

/** A node's time in a pool. */
interface Stay extends Size {
  readonly since: number;
  readonly until: number;
}

/** PoolUsageMetrics of every pool and interval in which it had nodes, by time and then by pool. */
export async function usageOf(service: Service, window: UsageWindow): Promise<JsonObject[]> {
  const stays = [...present(service), ...(await gone(service, window.from))];
  const oldest = stays.reduce((least, { since }) => Math.min(least, since), Number.POSITIVE_INFINITY);
  const first = Math.max(window.from, Math.floor(oldest / window.intervalMs) * window.intervalMs);
  const shown: JsonObject[] = [];
  for (let start = first; start + window.intervalMs <= window.until; start += window.intervalMs) {
    const end = start + window.intervalMs;
    // A pool that was made anew with another size is another line.
    const lines = new Map<string, { readonly size: Size; nodeMs: number }>();
    for (const stay of stays) {
      const ms = Math.min(stay.until, end) - Math.max(stay.since, start);
      if (ms <= 0) continue;
      const key = `${stay.poolId} ${stay.vmSize}`;
      const line = lines.get(key);
      if (line === undefined) lines.set(key, { size: stay, nodeMs: ms });
      else line.nodeMs += ms;
    }
    for (const { size, nodeMs } of lines.values()) {
      const { poolId, vmSize, coresPerNode } = size;
      const totalCoreHours = (nodeMs * coresPerNode) / HOUR_MS;
      shown.push({ poolId, startTime: instant(start), endTime: instant(end), vmSize, totalCoreHours });
    }
  }
  return shown;
}

function present({ world }: Service): Stay[] {
  return [...world.pools.values()].flatMap(({ id: poolId, nodes, spec: { vmSize, coresPerNode } }) =>
    Array.from(nodes.values(), ({ allocationAt }) => ({
      poolId,
      vmSize,
      coresPerNode,
      since: allocationAt,
      until: Number.POSITIVE_INFINITY,
    })),
  );
}

/** Nodes that were removed since an instant; one whose beginning was before what is looked through was there from there on. */
async function gone(service: Service, from: number): Promise<Stay[]> {
  const stays: Stay[] = [];
  const createdAt = new Map<string, number>();
  /** By pool: stays of nodes whose size is not known before its removal, or the end, is reached. */
  const unsized = new Map<string, { readonly since: number; readonly until: number }[]>();
  const sized = (size: Size) => {
    for (const stay of unsized.get(size.poolId) ?? []) stays.push({ ...size, ...stay });
    unsized.delete(size.poolId);
  };
  let lookedFrom = Number.POSITIVE_INFINITY;
  const start = Math.max(firstAt(service, from), service.eventNumber - EVENTS_MAX + 1);
  for (let next = start; next <= service.eventNumber; ) {
    const events = service.events(next, CHUNK);
    if (events.length === 0) break;
    lookedFrom = Math.min(lookedFrom, events[0].at);
    for (const event of events) {
      const poolId = String(event.pool);
      const key = `${poolId}/${String(event.node)}`;
      if (event.kind === "NodeCreated") createdAt.set(key, event.at);
      else if (event.kind === "NodeRemoved") {
        const since = createdAt.get(key) ?? lookedFrom;
        createdAt.delete(key);
        const ofPool = unsized.get(poolId);
        if (ofPool === undefined) unsized.set(poolId, [{ since, until: event.at }]);
        else ofPool.push({ since, until: event.at });
      } else if (event.kind === "PoolRemoved")
        sized({ poolId, vmSize: String(event.vmSize), coresPerNode: Number(event.coresPerNode) });
    }
    next = events[events.length - 1].number + 1;
    // Others have their turn between two chunks.
    await setImmediate();
  }
  for (const poolId of [...unsized.keys()]) {
    const pool = service.world.pool(poolId);
    if (pool !== undefined) sized({ poolId, vmSize: pool.spec.vmSize, coresPerNode: pool.spec.coresPerNode });
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
