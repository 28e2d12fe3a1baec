/**
 * Places ready tasks on nodes: level by level (J-30), job by job in turns (J-31), within a job the task added first among those that fit (J-33,
 * J-34). Work is proportional to what is placed: whether a shape fits is asked of the index once, not of each task that waits.
 */
import { emit, request } from "../apply.ts";
import type { ComputeNode } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";
import { groupFor, nodeFor } from "./fit.ts";
import type { Lane } from "./lane.ts";
import { makeRoomForManager } from "./managers.ts";
import { notePassedOver } from "./passedOver.ts";
import type { Level, Ring } from "./queue.ts";
import { prepare } from "./specials.ts";

/** Places whatever can be placed now. Called once per step for each touched pool. */
export function schedulePool(world: World, pool: Pool): void {
  const queue = pool.queue;
  if (queue.size === 0 || pool.state === "deleting") return;
  queue.pass++;
  let stuck = NONE;
  const levels = queue.levels;
  for (let i = 0; i < levels.length && pool.free.nodesWithRoom > 0; ) {
    const level = levels[i];
    stuck = placeLevel(world, pool, level, stuck);
    // A level that has become empty may have left the list, and the next one stands in its place.
    if (levels[i] === level) i++;
  }
  if (stuck.length > 0) notePassedOver(world, pool, stuck);
  // Also when the pool is full: then no ring was looked at.
  if (queue.restartedManagers > 0) makeRoomForManager(world, pool);
}

/** Gives back `stuck` with the rings added for whose shape no place was left. */
function placeLevel(world: World, pool: Pool, level: Level, stuck: readonly Ring[]): readonly Ring[] {
  let rings = stuck;
  while (pool.free.nodesWithRoom > 0) {
    const lane = choose(pool, level);
    const task = lane?.head();
    if (lane === undefined || task === undefined) break;
    if (placeTask(world, pool, lane, task)) {
      pool.queue.served(lane.job);
      continue;
    }
    lane.stuckInPass = pool.queue.pass;
    // Nodes refused by this job alone do not make the others of the ring wait.
    if (lane.job.excluded !== undefined || lane.ring === undefined) continue;
    lane.ring.stuckInPass = pool.queue.pass;
    rings = [...rings, lane.ring];
  }
  return rings;
}

const NONE: readonly Ring[] = Object.freeze([]);

/** The lane to serve next: the job whose turn it is, and of its lanes that may fit the one whose head was added first. */
function choose(pool: Pool, level: Level): Lane | undefined {
  const pass = pool.queue.pass;
  let best: Lane | undefined;
  for (const ring of level.rings) {
    if (ring.stuckInPass === pass) continue;
    let lane = ring.first;
    while (lane !== undefined && lane.stuckInPass === pass) lane = lane.next;
    if (lane !== undefined && (best === undefined || lane.turn < best.turn)) best = lane;
  }
  if (best === undefined || best.job.ready.lanes.length === 1) return best;
  let first = best;
  for (const lane of best.job.ready.lanes) {
    const ring = lane.ring;
    if (ring === undefined || ring.level !== level || ring.stuckInPass === pass || lane.stuckInPass === pass || lane === first)
      continue;
    if (lane.head()!.sequence < first.head()!.sequence) first = lane;
  }
  return first;
}

/** Whether there was a place for the task. */
function placeTask(world: World, pool: Pool, lane: Lane, task: Task): boolean {
  if (lane.shape.multiInstance) {
    const group = groupFor(world, pool, lane, task);
    if (group !== undefined) place(world, lane, task, group[0], group);
    return group !== undefined;
  }
  const node = nodeFor(world, pool, lane, task);
  if (node !== undefined) place(world, lane, task, node, undefined);
  return node !== undefined;
}

function place(world: World, lane: Lane, task: Task, node: ComputeNode, group: readonly ComputeNode[] | undefined): void {
  const { slots, exclusive } = lane.shape;
  const preparing = task.job.spec.preparation !== undefined && prepare(world, task.job, group ?? [node]);
  const attempt = world.attempts.add(task, node, group, exclusive ? node.slots : slots, world.now);
  emit(world, { kind: "TaskPlaced", task, attempt, preparing });
  if (!preparing) request(world, { kind: "RunTask", attempt });
}
