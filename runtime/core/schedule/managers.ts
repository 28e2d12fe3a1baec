/**
 * Room for a job manager that has to be restarted (J-52): it stands at the front of its priority, and when no node can take it one running task
 * is ended and requeued: of its own job first, then of a job of lower priority, the lowest first, the one that was placed last.
 */
import type { Attempt } from "../attempt.ts";
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";
import { killAttempt } from "./endings.ts";
import { canEverFit } from "./fit.ts";
import type { Lane } from "./lane.ts";

/**
 * Looks once for each return of a manager, and only where it is of the pool's highest waiting priority: room made for others to take would be
 * displacement by priority, which there is none of (J-30).
 */
export function makeRoomForManager(world: World, pool: Pool): void {
  const level = pool.queue.levels.find(({ rings }) => rings.some((ring) => ring.first !== undefined));
  if (level === undefined) return;
  for (const ring of level.rings) {
    const lane = ring.first;
    if (!ring.shape.manager || lane === undefined || lane.turn !== 0 || lane.roomSought || !canEverFit(pool, ring.shape))
      continue;
    lane.roomSought = true;
    const victim = chooseVictim(world, pool, lane);
    if (victim !== undefined) killAttempt(world, victim, "requeue");
    return;
  }
}

/** One walk over the attempts of the world, once for each return of a manager. */
function chooseVictim(world: World, pool: Pool, lane: Lane): Attempt | undefined {
  let best: Attempt | undefined;
  for (const attempt of world.attempts) {
    if (attempt.node.pool === pool && makesRoom(attempt, lane) && (best === undefined || before(attempt, best, lane)))
      best = attempt;
  }
  return best;
}

/** Whether its end alone would let the manager in, and its job must give way. */
function makesRoom(attempt: Attempt, lane: Lane): boolean {
  const { node, task } = attempt;
  const { shape, job } = lane;
  if (attempt.group !== undefined || attempt.kill !== undefined || task.kind === "manager" || !node.schedulable) return false;
  if (task.job !== job && task.job.priority >= job.priority) return false;
  if (shape.dedicatedOnly && !node.isDedicated) return false;
  const left = node.usedSlots - attempt.slots;
  return job.excluded?.has(node) !== true && (shape.exclusive ? left === 0 : node.slots - left >= shape.slots);
}

function before(a: Attempt, b: Attempt, lane: Lane): boolean {
  const own = (attempt: Attempt) => (attempt.task.job === lane.job ? 0 : 1);
  if (own(a) !== own(b)) return own(a) < own(b);
  if (a.task.job.priority !== b.task.job.priority) return a.task.job.priority < b.task.job.priority;
  return a.placedAt !== b.placedAt ? a.placedAt > b.placedAt : a.id > b.id;
}
