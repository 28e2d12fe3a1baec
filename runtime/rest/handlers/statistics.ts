/**
 * Account-wide statistics. Usage is told from what can be known: the nodes that pools have now and the events that are kept of those that are gone (P-212).
 * Lifetime totals would have to count from the account's first day, what was deleted included; nobody counts that here, and the service itself has stopped.
 */
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, badQuery } from "../errors.ts";
import { parseInstantMs } from "../times.ts";
import { usageOf } from "./usage.ts";

/** Length of an interval of usage, and how long after its end it is told (P-212). */
const INTERVAL_MS = 1_800_000;
const LAG_MS = 7_200_000;

/** Pool_ListUsageMetrics: whole intervals between two instants; default the last one that is told. */
export async function listUsage(call: Call): Promise<Reply> {
  const now = call.service.now();
  const last = Math.floor((now - LAG_MS) / INTERVAL_MS) * INTERVAL_MS;
  const start = instantOf(call, "starttime", now - LAG_MS - INTERVAL_MS) ?? last - INTERVAL_MS;
  const end = instantOf(call, "endtime", now - LAG_MS) ?? last;
  const from = Math.floor(start / INTERVAL_MS) * INTERVAL_MS;
  const items = await usageOf(call.service, { from, until: end, intervalMs: INTERVAL_MS });
  return { status: 200, items, key: ({ startTime, poolId }: JsonObject) => `${startTime}/${poolId}` };
}

function instantOf(call: Call, name: string, latest: number): number | undefined {
  const value = call.query[name];
  if (value === undefined) return undefined;
  const at = parseInstantMs(value);
  if (at === undefined) throw badQuery(name, value, "an instant in ISO 8601 is required");
  if (at > latest)
    throw badQuery(name, value, "usage is told two hours after the end of an interval; an earlier instant is required");
  return at;
}

/** Pool_GetAllLifetimeStatistics, Job_GetAllLifetimeStatistics. */
export function lifetimeStatistics(): Reply {
  throw new BatchError(
    "InvalidRestAPIForAccountSetting",
    "Lifetime statistics are not kept. List pools or jobs with $expand=stats, or the usage metrics of pools, instead.",
  );
}
