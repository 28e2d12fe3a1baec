/**
 * Which tasks are ready, where they queue, and what autoscale sees of them. A task is ready when it is active, waits for no other task and holds
 * no slots; it then stands in a lane of its job. The job's lanes stand in its pool's queue while the job is active and the pool is there (J-22).
 */
import type { Job } from "../job.ts";
import type { Pool } from "../pool.ts";
import { Lane, sameShape, type Shape } from "../schedule/lane.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";

/** Nodes the task takes at one time. */
export function instancesOf(task: Task): number {
  return task.spec.multiInstance?.numberOfInstances ?? 1;
}

/** What the task needs of nodes (J-55, J-56, T-51, P-130). */
export function shapeOf(task: Task): Shape {
  const { spec, job } = task;
  const manager = task.kind === "manager" ? job.spec.jobManager : undefined;
  return {
    slots: spec.requiredSlots,
    instances: instancesOf(task),
    multiInstance: spec.multiInstance !== undefined,
    exclusive: manager?.runExclusive === true,
    dedicatedOnly: manager?.allowLowPriorityNode === false,
    manager: manager !== undefined,
  };
}

/** Puts the task among the ready ones if it is ready. Without effect when it stands there already. */
export function refreshReady(world: World, task: Task): void {
  const job = task.job;
  if (task.state !== "active" || task.attempt !== undefined || task.openDependencies > 0 || task.queued || task.gone) return;
  let lane = task.lane;
  if (lane === undefined) {
    lane = laneOf(task);
    task.lane = lane;
  }
  task.passedOver = false;
  lane.add(task);
  job.ready.size++;
  job.ready.instances += lane.shape.instances;
  if (job.countedIn !== undefined) job.countedIn.tasks.active += lane.shape.instances;
  const pool = job.queuedIn;
  if (pool === undefined) return;
  pool.queue.size++;
  if (lane.ring === undefined) pool.queue.link(lane);
  world.touchForPlacement(pool);
}

/** Takes the task from among the ready ones. Without effect when it does not stand there. */
export function leaveReady(world: World, task: Task): void {
  const lane = task.lane;
  if (!task.queued || lane === undefined) return;
  const job = task.job;
  lane.remove(task);
  job.ready.size--;
  job.ready.instances -= lane.shape.instances;
  if (job.countedIn !== undefined) job.countedIn.tasks.active -= lane.shape.instances;
  const pool = job.queuedIn;
  if (pool !== undefined) {
    pool.queue.size--;
    if (lane.size === 0) pool.queue.unlink(lane);
  }
  if (lane.shape.manager) letGo(world, job);
}

/** The manager has had its turn, or will never have it: the job's other tasks may go (J-51). */
function letGo(world: World, job: Job): void {
  if (!job.ready.held) return;
  job.ready.held = false;
  const pool = job.queuedIn;
  if (pool === undefined) return;
  for (const lane of job.ready.lanes) pool.queue.link(lane);
  world.touchForPlacement(pool);
}

/**
 * Takes the job's lanes out of the queue while as many of its tasks run as may, and puts them back after. The manager is not counted and does not wait:
 * it is there to add the others.
 */
export function refreshFull(world: World, job: Job): void {
  const full = isFull(job);
  if (full === job.ready.full) return;
  job.ready.full = full;
  const pool = job.queuedIn;
  if (pool === undefined) return;
  for (const lane of job.ready.lanes) {
    if (!full) pool.queue.link(lane);
    else if (!lane.shape.manager) pool.queue.unlink(lane);
  }
  if (!full) world.touchForPlacement(pool);
}

/** Whether none of the job's tasks may be placed because of its `maxParallelTasks`. */
export function isFull(job: Job): boolean {
  const most = job.spec.maxParallelTasks ?? -1;
  return most > 0 && job.liveAttempts - job.liveManagers >= most;
}

/** Lets the job's ready tasks join or leave the queue and the counts of its pool, as its state and pool now say. */
export function refreshJobQueue(world: World, job: Job): void {
  const pool = job.gone ? undefined : job.pool;
  const queuedIn = job.state === "active" ? pool : undefined;
  const counted = job.state === "active" || (world.settings.countDisabledJobs && WAITING.has(job.state));
  moveCounts(job, counted ? pool : undefined);
  if (job.queuedIn === queuedIn) return;
  if (job.queuedIn !== undefined) job.queuedIn.queue.leave(job);
  job.queuedIn = queuedIn;
  if (queuedIn === undefined) return;
  queuedIn.queue.join(job);
  world.touchForPlacement(queuedIn);
}

/** Lets the job leave and join again after its priority changed (J-10). `change` changes it. */
export function requeueJob(world: World, job: Job, change: () => void): void {
  const pool = job.queuedIn;
  if (pool !== undefined) pool.queue.leave(job);
  change();
  if (pool === undefined) return;
  pool.queue.join(job);
  world.touchForPlacement(pool);
}

const WAITING: ReadonlySet<Job["state"]> = new Set(["disabling", "disabled", "enabling"]);

function moveCounts(job: Job, to: Pool | undefined): void {
  if (job.countedIn === to) return;
  if (job.countedIn !== undefined) job.countedIn.tasks.active -= job.ready.instances;
  job.countedIn = to;
  if (to !== undefined) to.tasks.active += job.ready.instances;
}

function laneOf(task: Task): Lane {
  const ready = task.job.ready;
  if (task.spec !== ready.lastSpec || task.kind !== "user") {
    ready.lastLane = findLane(task);
    ready.lastSpec = task.kind === "user" ? task.spec : undefined;
  }
  return ready.lastLane!;
}

function findLane(task: Task): Lane {
  const lanes = task.job.ready.lanes;
  const shape = shapeOf(task);
  for (const lane of lanes) if (sameShape(lane.shape, shape)) return lane;
  const lane = new Lane(task.job, shape);
  lanes.push(lane);
  return lane;
}
