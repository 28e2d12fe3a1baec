/**
 * Time limits of jobs (J-40) and the life of tasks (T-16). Tasks of a job are in order of addition, so one timer for the oldest that is not
 * completed does for all of them; when it fires a walk goes on from there to the next such task.
 */
import { emit } from "../apply.ts";
import type { Job } from "../job.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";
import { failTask } from "./complete.ts";
import { killAttempt } from "./endings.ts";
import { TIME_LIMIT_REACHED } from "./exits.ts";
import { isEnding, terminateJob } from "./jobEnds.ts";

/** The job has lasted for as long as it may, time spent disabled included (J-40). */
export function jobTimeLimitDue(world: World, job: Job): void {
  if (!job.gone && !isEnding(job)) terminateJob(world, job, "MaxWallClockTimeExpiry");
}

/** A task has lived for as long as it may: it ends in whatever state it is (T-16). */
export function taskLifetimeDue(world: World, task: Task): void {
  const job = task.job;
  if (job.gone) return;
  const timer = job.lifetime;
  const ofOldest = timer?.alarm.kind === "taskLifetime" && timer.alarm.task === task && timer.dueAt <= world.now;
  endIfOverdue(world, task);
  if (!ofOldest || job.gone) return;
  const walk = job.lifetimeWalk ?? job.tasks.values();
  for (let next = walk.next(); next.done !== true; next = walk.next()) {
    const other = next.value;
    if (other.state === "completed" || endIfOverdue(world, other)) continue;
    emit(world, { kind: "LifetimeWatched", job, task: other, walk });
    return;
  }
  emit(world, { kind: "LifetimeWatched", job, task: undefined, walk });
}

function endIfOverdue(world: World, task: Task): boolean {
  if (task.gone || task.state === "completed" || world.now < task.creationAt + world.settings.taskLifetimeMs) return false;
  const attempt = task.attempt;
  failTask(world, task, TIME_LIMIT_REACHED);
  if (attempt !== undefined) killAttempt(world, attempt, "terminate");
  return true;
}
