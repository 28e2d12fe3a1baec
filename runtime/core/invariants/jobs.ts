/**
 * What must hold of jobs, tasks, attempts and job schedules between two steps: every count is what a walk gives, every ready task queues exactly
 * once, no task runs twice, nothing runs that may not. Each rule has a test that breaks the world by hand and sees it told.
 */
import { instancesOf, isFull } from "../apply/readiness.ts";
import type { Attempt } from "../attempt.ts";
import { type Job, JobTaskCounts } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";

type Broken = (claim: boolean, text: string) => void;

/** Everything that does not hold, in words. Cost: the size of the world. */
export function brokenInvariantsOfJobs(world: World): string[] {
  const found: string[] = [];
  const holds: Broken = (claim, text) => {
    if (!claim) found.push(text);
  };
  const live = attemptsByJob(world, holds);
  for (const [key, job] of world.jobs) checkJob(world, key, job, live.get(job) ?? 0, holds);
  for (const pool of world.pools.values()) checkPool(world, pool, holds);
  checkNames(world, holds);
  checkSchedules(world, holds);
  checkSpecials(world, holds);
  return found;
}

/** Each attempt holds its slots on each of its nodes once; how many each job has. */
function attemptsByJob(world: World, holds: Broken): Map<Job, number> {
  const byJob = new Map<Job, number>();
  let size = 0;
  for (const attempt of world.attempts) {
    size++;
    byJob.set(attempt.task.job, (byJob.get(attempt.task.job) ?? 0) + 1);
    for (const node of nodesOf(attempt)) {
      const times = node.attempts.filter((other) => other === attempt).length;
      holds(times === 1 && !node.gone, `attempt ${attempt.id}: holds slots on node ${node.id} ${times} times`);
    }
    const task = attempt.task;
    const runs = task.attempt === attempt && (task.state === "running" || task.state === "preparing");
    const told = attempt.kill !== undefined;
    holds(runs || told, `attempt ${attempt.id}: nobody asked for its end, and task ${task.id} does not run by it`);
    const prepares = nodesOf(attempt).some((node) => task.job.preparations.get(node)?.state === "running");
    holds(!attempt.preparing || prepares, `attempt ${attempt.id}: waits for a preparation that nobody makes`);
    holds(!attempt.preparing || task.state !== "running", `attempt ${attempt.id}: waits for preparation while its task runs`);
  }
  holds(size === world.attempts.size, `attempts: ${world.attempts.size} counted, ${size} there`);
  return byJob;
}

function nodesOf(attempt: Attempt): ComputeNode[] {
  return (attempt.group ?? [attempt.node]).filter((node) => attempt.lostNodes?.includes(node) !== true);
}

function checkJob(world: World, key: string, job: Job, live: number, holds: Broken): void {
  const name = `job ${job.id}`;
  const counts = new JobTaskCounts();
  let ready = 0;
  let instances = 0;
  let last = 0;
  for (const task of job.tasks.values()) {
    checkTask(world, job, task, holds);
    holds(task.sequence > last, `${name}: task ${task.id} is out of order`);
    last = task.sequence;
    counts[task.state]++;
    if (task.result === "success") counts.succeeded++;
    if (task.result === "failure") counts.failed++;
    if (task.state === "active" && task.openDependencies > 0) counts.blocked++;
    if (!task.queued) continue;
    ready++;
    instances += instancesOf(task);
  }
  for (const field of Object.keys(counts) as (keyof JobTaskCounts)[])
    holds(counts[field] === job.counts[field], `${name}: ${job.counts[field]} ${field} tasks counted, ${counts[field]} there`);
  holds(key === job.key && !job.gone, `${name}: kept under another id or gone`);
  holds(live === job.liveAttempts, `${name}: ${job.liveAttempts} attempts counted, ${live} there`);
  holds(ready === job.ready.size && instances === job.ready.instances, `${name}: ready tasks are miscounted`);
  const queuedIn = job.state === "active" ? job.pool : undefined;
  holds(job.queuedIn === queuedIn, `${name}: queues in ${job.queuedIn?.id ?? "no pool"} while ${job.state}`);
  checkLanes(job, holds);
  holds(job.state !== "disabling" || live > 0, `${name}: disabling with nothing left to wait for`);
  holds(job.state !== "disabled" || live === 0, `${name}: disabled while tasks run`);
  holds(
    (job.state !== "terminating" && job.state !== "deleting") || live + job.specialsUnderWay > 0,
    `${name}: ${job.state} with nothing left to wait for`,
  );
  holds(job.state !== "completed" || live + job.specialsUnderWay === 0, `${name}: completed while something of it runs`);
  const bound = job.poolKey === undefined ? undefined : world.pools.get(job.poolKey);
  holds(
    job.state === "completed" || job.state === "deleting" || job.pool === bound,
    `${name}: bound to another pool than the one it names`,
  );
}

function checkTask(world: World, job: Job, task: Task, holds: Broken): void {
  const name = `task ${job.id}/${task.id}`;
  holds(job.task(task.id) === task && !task.gone && task.job === job, `${name}: kept under another id or gone`);
  const attempt = task.attempt;
  holds(attempt === undefined || world.attempts.get(attempt.id) === attempt, `${name}: its attempt is unknown`);
  const runs = task.state === "running" || task.state === "preparing";
  holds(!runs || attempt !== undefined, `${name}: ${task.state} without an attempt`);
  const isReady = task.state === "active" && attempt === undefined && task.openDependencies === 0;
  holds(task.queued === isReady, `${name}: ${task.queued ? "queued but not ready" : "ready but not queued"}`);
  holds((task.state === "completed") === (task.result !== undefined), `${name}: ${task.state} with result ${task.result}`);
  const remembered = task.subtasks?.ended.length ?? 0;
  holds(
    remembered === 0 || remembered + 1 === task.spec.multiInstance?.numberOfInstances,
    `${name}: remembers ${remembered} subtasks`,
  );
  holds(task.openDependencies >= 0, `${name}: waits for ${task.openDependencies} tasks`);
  if (task.state !== "active" || task.openDependencies === 0) return;
  const open = job.dependencies?.openOf(task, job.tasks, 1).length ?? 0;
  // A parent that was satisfied and then removed leaves nothing to see, so only the other direction can be checked (T-43).
  const ids = task.spec.dependsOn?.taskIds.length ?? 0;
  holds(
    open > 0 || ids + (task.spec.dependsOn?.taskIdRanges.length ?? 0) === 0,
    `${name}: waits although all its parents are satisfied`,
  );
}

/** Each ready task stands in its own lane, the lane in the ring of its shape and priority. */
function checkLanes(job: Job, holds: Broken): void {
  holds(job.ready.full === isFull(job), `job ${job.id}: ${job.ready.full ? "waits below" : "goes on at"} its maxParallelTasks`);
  for (const lane of job.ready.lanes) {
    let size = 0;
    for (const task of lane.tasks()) {
      size++;
      holds(task.lane === lane && task.job === job, `task ${job.id}/${task.id}: stands in another lane than its own`);
    }
    holds(size === lane.size, `job ${job.id}: a lane of ${lane.size} tasks has ${size}`);
    const waits = (job.ready.held || job.ready.full) && !lane.shape.manager;
    const linked = job.queuedIn !== undefined && lane.size > 0 && !waits;
    holds(
      (lane.ring !== undefined) === linked,
      `job ${job.id}: a lane of ${lane.size} ready tasks ${linked ? "is in no ring" : "is in a ring"}`,
    );
    holds(lane.ring === undefined || lane.ring.level.priority === job.priority, `job ${job.id}: queues under another priority`);
  }
}

function checkPool(world: World, pool: Pool, holds: Broken): void {
  const name = `pool ${pool.id}`;
  let active = 0;
  let running = 0;
  let size = 0;
  for (const job of world.jobs.values()) {
    if (job.countedIn === pool) active += job.ready.instances;
    if (job.queuedIn === pool) size += job.ready.size;
    for (const task of job.tasks.values()) {
      if ((task.state === "running" || task.state === "preparing") && task.node?.pool === pool) running++;
    }
  }
  holds(active === pool.tasks.active, `${name}: ${pool.tasks.active} active tasks counted, ${active} there`);
  holds(running === pool.tasks.running, `${name}: ${pool.tasks.running} running tasks counted, ${running} there`);
  holds(size === pool.queue.size, `${name}: ${pool.queue.size} tasks queue by count, ${size} there`);
  checkQueue(pool, holds);
}

/** Levels fall, turns rise; and nothing waits that could run. */
function checkQueue(pool: Pool, holds: Broken): void {
  const name = `pool ${pool.id}`;
  let above = Number.POSITIVE_INFINITY;
  let managers = 0;
  for (const level of pool.queue.levels) {
    holds(level.priority < above && level.rings.length > 0, `${name}: levels are out of order or empty`);
    above = level.priority;
    for (const ring of level.rings) {
      let turn = -1;
      for (let lane = ring.first; lane !== undefined; lane = lane.next) {
        holds(lane.ring === ring && lane.turn >= turn && lane.size > 0, `${name}: a ring is out of order`);
        turn = lane.turn;
        if (turn === 0) managers++;
      }
      const { shape } = ring;
      if (pool.state === "deleting" || shape.multiInstance || shape.exclusive || ring.first === undefined) continue;
      const free = pool.free.find(shape, "spread", (place) => ring.first!.job.excluded?.has(pool.places[place]!) === true);
      holds(free < 0, `${name}: task ${ring.first.head()?.id} waits although node ${pool.places[free]?.id} has room`);
    }
  }
  holds(managers === pool.queue.restartedManagers, `${name}: restarted managers are miscounted`);
}

function checkNames(world: World, holds: Broken): void {
  let counted = 0;
  for (const job of world.jobs.values()) {
    if (job.endAt === undefined) counted++;
    holds(
      job.poolKey === undefined || world.jobsByPool.get(job.poolKey)?.has(job) === true,
      `job ${job.id}: not found under its pool's id`,
    );
  }
  for (const schedule of world.jobSchedules.values()) if (schedule.endAt === undefined) counted++;
  holds(
    counted === world.activeJobsAndSchedules,
    `account: ${world.activeJobsAndSchedules} active jobs and schedules counted, ${counted} there`,
  );
}

function checkSchedules(world: World, holds: Broken): void {
  for (const schedule of world.jobSchedules.values()) {
    const name = `job schedule ${schedule.id}`;
    const active = [...schedule.jobs].filter((job) => job.endAt === undefined);
    holds(active.length <= 1 || schedule.state === "deleting", `${name}: has ${active.length} active jobs`);
    holds(schedule.state === "deleting" || schedule.activeJob === active[0], `${name}: its active job is another one`);
    for (const job of schedule.jobs) holds(world.jobs.get(job.key) === job, `${name}: keeps a job that is gone`);
    const over = schedule.state === "completed" || schedule.state === "deleting" || schedule.state === "terminating";
    holds(!over || schedule.nextRunAt === undefined, `${name}: is ${schedule.state} and has a due time`);
  }
}

function checkSpecials(world: World, holds: Broken): void {
  const onNode = new Map<ComputeNode, number>();
  const ofJob = new Map<Job, number>();
  for (const run of world.specials.values()) {
    holds(run.state === "running", `${run.kind} run ${run.id}: ended but kept`);
    if (!run.awaitsNode) onNode.set(run.node, (onNode.get(run.node) ?? 0) + 1);
    ofJob.set(run.job, (ofJob.get(run.job) ?? 0) + 1);
    holds(!run.node.gone, `${run.kind} run ${run.id}: waits for a node that is gone`);
  }
  for (const pool of world.pools.values()) {
    for (const node of pool.nodes.values())
      holds(
        node.specials === (onNode.get(node) ?? 0),
        `node ${node.id}: ${node.specials} special tasks counted, ${onNode.get(node) ?? 0} there`,
      );
  }
  for (const job of world.jobs.values())
    holds(job.specialsUnderWay === (ofJob.get(job) ?? 0), `job ${job.id}: special tasks are miscounted`);
}
