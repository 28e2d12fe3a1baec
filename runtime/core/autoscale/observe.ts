/**
 * Samples of an autoscaled pool: every sample period what the core knows of nodes and tasks, and what nodes told of their usage, goes into the
 * pool's metric store under the names of formula rule 4.10. Samples are observations, not events: nothing else in the core reads them, so they
 * are written here and not by `apply`.
 */
import { TICKS_PER_MS, type Ticks } from "../../../src/base/time.ts";
import { MetricStore } from "../../../src/metrics/index.ts";
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";

/** An instant of the core (milliseconds since 1970, fractions allowed) in the ticks of the language. */
export function ticksAt(instantMs: number): Ticks {
  const whole = Math.floor(instantMs);
  return BigInt(whole) * TICKS_PER_MS + BigInt(Math.round((instantMs - whole) * Number(TICKS_PER_MS)));
}

type CoreMetric = readonly [name: string, value: (pool: Pool) => number];

const both = (pool: Pool, value: (counts: Pool["dedicated"]) => number) => value(pool.dedicated) + value(pool.lowPriority);

/** What the core itself can count; each reads counters, none walks over nodes or tasks. */
const coreMetrics: readonly CoreMetric[] = [
  ["$ActiveTasks", (pool) => pool.tasks.active],
  ["$RunningTasks", (pool) => pool.tasks.running],
  ["$PendingTasks", (pool) => pool.tasks.active + pool.tasks.running],
  ["$SucceededTasks", (pool) => pool.tasks.succeeded],
  ["$FailedTasks", (pool) => pool.tasks.failed],
  ["$CurrentDedicatedNodes", (pool) => pool.dedicated.current],
  ["$CurrentLowPriorityNodes", (pool) => pool.lowPriority.current],
  ["$PreemptedNodeCount", (pool) => pool.lowPriority.byState.preempted],
  ["$TaskSlotsPerNode", (pool) => pool.spec.taskSlotsPerNode],
  ["$UsableNodeCount", (pool) => both(pool, ({ byState }) => byState.idle + byState.running)],
  ["$SampleNodeCount", (pool) => both(pool, sampled)],
];

/** Nodes whose agent is up and can give samples. */
function sampled({ byState }: Pool["dedicated"]): number {
  return byState.idle + byState.running + byState.offline + byState.waitingforstarttask + byState.starttaskfailed;
}

/** Metrics that are averages over nodes; the other reported ones are sums over them (formula rule 4.10). */
const AVERAGES: ReadonlySet<string> = new Set(["$CPUPercent", "$MemoryBytes", "$DiskBytes"]);
const REPORTED: ReadonlySet<string> = new Set([
  ...AVERAGES,
  "$WallClockSeconds",
  "$DiskReadBytes",
  "$DiskWriteBytes",
  "$DiskReadOps",
  "$DiskWriteOps",
  "$NetworkInBytes",
  "$NetworkOutBytes",
]);

/** Starts sampling a pool whose autoscale was switched on. Samples taken before stay readable for as long as the store keeps them. */
export function startSampling(world: World, pool: Pool): void {
  if (pool.sampleTimer !== undefined) return;
  openStore(world, pool);
  pool.sampleTimer = world.timers.set(world.now + world.settings.samplePeriodMs, { kind: "samplePool", pool });
}

/** The pool's store of samples, made if it has none. */
export function openStore(world: World, pool: Pool): MetricStore {
  const { samplePeriodMs, sampleDelayMs } = world.settings;
  pool.store ??= new MetricStore({ samplePeriod: ticksAt(samplePeriodMs), sampleDelay: ticksAt(sampleDelayMs) });
  return pool.store;
}

/** One sample of every metric, stamped with the instant at which it was due. A host that was late gives one sample, not one for each period. */
export function sampleDue(world: World, pool: Pool, dueAt: number): void {
  if (pool.gone || pool.autoScale === undefined || pool.store === undefined) return;
  const time = ticksAt(dueAt);
  const values: (string | number)[] | undefined = world.trackChanges ? [] : undefined;
  for (const [name, value] of coreMetrics) {
    const sample = value(pool);
    pool.store.record(name, time, sample);
    values?.push(name, sample);
  }
  for (const [name, usage] of pool.usage) {
    if (usage.count > 0) {
      const sample = AVERAGES.has(name) ? usage.sum / usage.count : usage.sum;
      pool.store.record(name, time, sample);
      values?.push(name, sample);
    }
    usage.sum = 0;
    usage.count = 0;
  }
  if (values !== undefined) world.sampled.push({ pool, at: dueAt, values });
  const period = world.settings.samplePeriodMs;
  const periods = Math.max(1, Math.floor((world.now - dueAt) / period) + 1);
  pool.sampleTimer = world.timers.set(dueAt + periods * period, { kind: "samplePool", pool });
}

/** Usage that a node told, kept until the next sample. Names that are no metric and values that are no number are dropped. */
export function recordUsage(pool: Pool, values: readonly (readonly [metric: string, value: number])[]): void {
  if (pool.autoScale === undefined) return;
  for (const [name, value] of values) {
    if (!REPORTED.has(name) || !Number.isFinite(value)) continue;
    let usage = pool.usage.get(name);
    if (usage === undefined) pool.usage.set(name, (usage = { sum: 0, count: 0 }));
    usage.sum += value;
    usage.count++;
  }
}
