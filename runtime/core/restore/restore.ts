/**
 * A world from its rows. Entities first, in the order of the tables; then everything that follows from them is built again by the same functions that
 * keep it up to date in a living world: counts, places, free slots, ready queues, dependencies, timers. Nothing happens in it: no event, no effect.
 *
 *     rows ─→ pools → nodes → schedules → jobs → tasks → attempts, special runs ─→ counts, queues, dependencies ─→ timers ─→ World
 *
 * What is not stored and may differ afterwards: whose turn it is among equal jobs (those placed longest ago go first), the order of timers and of
 * drains that began at the same instant, which place a new attempt's id names, and usage that nodes told since the last sample.
 */
import { refreshFree } from "../apply/occupancy.ts";
import { openStore, ticksAt } from "../autoscale/observe.ts";
import type { Attempt } from "../attempt.ts";
import type { Job } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import type { AutoScaleRecord, Pool } from "../pool.ts";
import { World, type WorldOptions } from "../world.ts";
import { type ReadRows, reading } from "./reading.ts";
import { restoreSpecials, restoreTasks } from "./restoreWork.ts";
import { restoreTimers } from "./restoreTimers.ts";
import { jobOf, type JobRow, jobScheduleOf, type JobScheduleRow } from "./rows/jobs.ts";
import { nodeOf, type NodeRow, readStartTask, type StartTaskRow } from "./rows/nodes.ts";
import { NodeFinder } from "./rows/places.ts";
import { poolOf, type PoolRow } from "./rows/pools.ts";
import type { WorldRow } from "./rows/world.ts";
import type { StoredWorld } from "./tables.ts";
import { fromText } from "./text.ts";

/**
 * The world that was stored. Settings are those of `options`; quotas are the stored ones. Throws RestoreError, which names table and key, for rows
 * that cannot be read or do not fit together.
 */
export function restoreWorld(stored: StoredWorld, options: WorldOptions = {}): World {
  const row = reading("world", "", () => fromText(stored.world) as WorldRow);
  const world = new World({ ...options, quotas: row.quotas });
  world.now = row.now;
  world.specialSequence = row.specials;
  world.poolSequence = row.pools;
  const rows: ReadRows = { pools: new Map(), schedules: new Map(), jobs: new Map(), nodes: new Map(), sampledAt: new Map() };
  restorePools(world, stored, rows);
  restoreNodes(world, stored, rows);
  restoreJobs(world, stored, rows);
  const nodes = new NodeFinder(world);
  const attempts: Attempt[] = [];
  restoreSpecials(world, stored, nodes);
  restoreTasks(world, stored, rows, nodes, attempts);
  world.attempts.restore(attempts, row.attempts);
  for (const pool of world.pools.values()) for (const node of pool.nodes.values()) refreshFree(node);
  restoreUpgrades(rows, nodes);
  restoreTimers(world, rows);
  settle(world);
  return world;
}

function restorePools(world: World, stored: StoredWorld, rows: ReadRows): void {
  for (const { key, body } of stored.rows.pool) {
    reading("pool", key, () => {
      const row = fromText(body) as PoolRow;
      const pool = poolOf(row);
      world.pools.set(pool.key, pool);
      rows.pools.set(pool, row);
      for (const { isDedicated } of pool.requests.values()) reserve(world, pool, isDedicated);
    });
  }
  for (const { key, body } of stored.rows.tally) {
    const pool = key.startsWith("p/") ? world.pools.get(key.slice(2)) : undefined;
    if (pool !== undefined)
      reading("tally", key, () => {
        [pool.tasks.succeeded, pool.tasks.failed] = JSON.parse(body) as [number, number];
      });
  }
  for (const { pool: key, body } of stored.runs)
    reading("run", key, () => poolAt(world, key).autoScaleRuns.push(fromText(body) as AutoScaleRecord));
  for (const { pool: key, at, values } of stored.samples) {
    reading("sample", key, () => {
      const pool = poolAt(world, key);
      const store = openStore(world, pool);
      rows.sampledAt.set(pool, at);
      const time = ticksAt(at);
      const samples = JSON.parse(values) as (string | number)[];
      for (let i = 0; i < samples.length; i += 2) store.record(samples[i] as string, time, samples[i + 1] as number);
    });
  }
  for (const pool of world.pools.values()) {
    if (pool.autoScale !== undefined) openStore(world, pool);
    const runs = pool.autoScaleRuns;
    if (runs.length > world.settings.autoScaleRunsKept) runs.splice(0, runs.length - world.settings.autoScaleRunsKept);
  }
}

function poolAt(world: World, key: string): Pool {
  const pool = world.pools.get(key);
  if (pool === undefined) throw new Error(`there is no pool ${key}`);
  return pool;
}

function reserve(world: World, pool: Pool, isDedicated: boolean): void {
  if (isDedicated) world.dedicatedCores += pool.spec.coresPerNode;
  else world.lowPriorityCores += pool.spec.coresPerNode;
}

function restoreNodes(world: World, stored: StoredWorld, rows: ReadRows): void {
  for (const { key, body } of stored.rows.node) {
    reading("node", key, () => {
      const row = JSON.parse(body) as NodeRow;
      const [poolKey, nodeKey] = key.split("/");
      const pool = poolAt(world, poolKey);
      const node = nodeOf(pool, row);
      if (pool.places[node.place] !== undefined) throw new Error(`place ${node.place} is taken`);
      pool.nodes.set(nodeKey, node);
      while (pool.places.length <= node.place) pool.places.push(undefined);
      pool.places[node.place] = node;
      rows.nodes.set(node, row);
      count(world, node);
    });
  }
  for (const { key, body } of stored.rows.startTask) {
    reading("startTask", key, () => {
      const [poolKey, nodeKey] = key.split("/");
      const node = poolAt(world, poolKey).nodes.get(nodeKey);
      if (node === undefined) throw new Error("there is no such node");
      readStartTask(node, fromText(body) as StartTaskRow);
    });
  }
  for (const pool of world.pools.values()) {
    for (let place = pool.places.length - 1; place >= 0; place--)
      if (pool.places[place] === undefined) pool.freePlaces.push(place);
    const draining = [...pool.nodes.values()].filter((node) => node.drain !== undefined && node.state !== "leavingpool");
    for (const node of draining.sort((a, b) => a.drain!.since - b.drain!.since || a.place - b.place)) pool.draining.add(node);
  }
}

function count(world: World, node: ComputeNode): void {
  const kind = node.pool.kind(node.isDedicated);
  kind.current++;
  kind.byState[node.state]++;
  if (node.state === "leavingpool" || node.drain?.purpose === "leave") kind.leaving++;
  reserve(world, node.pool, node.isDedicated);
}

function restoreJobs(world: World, stored: StoredWorld, rows: ReadRows): void {
  for (const { key, body } of stored.rows.jobSchedule) {
    reading("jobSchedule", key, () => {
      const row = fromText(body) as JobScheduleRow;
      const schedule = jobScheduleOf(row);
      // A pool of that name that somebody else made meanwhile is not it.
      const pool = row.autoPool === undefined ? undefined : world.pools.get(row.autoPool);
      if (pool?.spec.autoPool?.owner === schedule.id) schedule.autoPool = pool;
      world.jobSchedules.set(schedule.key, schedule);
      rows.schedules.set(schedule, row);
      if (schedule.endAt === undefined) world.activeJobsAndSchedules++;
    });
  }
  for (const { key, body } of stored.rows.job) {
    reading("job", key, () => {
      const row = fromText(body) as JobRow;
      const schedule = row.schedule === undefined ? undefined : world.jobSchedules.get(row.schedule);
      if (schedule === undefined && row.schedule !== undefined) throw new Error(`there is no job schedule ${row.schedule}`);
      const job = jobOf(row, schedule);
      world.jobs.set(job.key, job);
      rows.jobs.set(job, row);
      if (job.endAt === undefined) world.activeJobsAndSchedules++;
      name(world, job);
      if (schedule === undefined) return;
      schedule.jobs.add(job);
      if (job.endAt === undefined) schedule.activeJob = job;
      if (job.id === `${schedule.id}:job-${schedule.jobCount}`) schedule.recentJob = job;
    });
  }
  for (const { key, body } of stored.rows.tally) {
    const job = key.startsWith("j/") ? world.jobs.get(key.slice(2)) : undefined;
    if (job !== undefined)
      reading("tally", key, () => {
        job.taskSequence = (JSON.parse(body) as [number])[0];
      });
  }
}

function name(world: World, job: Job): void {
  if (job.poolKey === undefined) return;
  let jobs = world.jobsByPool.get(job.poolKey);
  if (jobs === undefined) world.jobsByPool.set(job.poolKey, (jobs = new Set()));
  jobs.add(job);
}

function restoreUpgrades(rows: ReadRows, nodes: NodeFinder): void {
  for (const [pool, { upgrade }] of rows.pools) {
    if (upgrade === undefined) continue;
    pool.upgrade = {
      targetOSVersion: upgrade.targetOSVersion,
      ...(upgrade.currentOSVersion === undefined ? {} : { currentOSVersion: upgrade.currentOSVersion }),
      node: upgrade.node === undefined ? undefined : nodes.find(upgrade.node),
      pending: upgrade.pending.map((at) => nodes.find(at)).filter((node) => !node.gone && node.awaitsUpgrade),
    };
  }
}

/** What was built by functions of the living world left marks; nothing has changed. */
function settle(world: World): void {
  for (const pool of world.touched) {
    pool.needsReconcile = false;
    pool.needsSchedule = false;
  }
  world.touched.length = 0;
  world.takeChanged();
}
