/** What events of jobs, of their preparation and release tasks, and of job schedules write. */
import { idKey } from "../limits.ts";
import { assert } from "../../../src/base/assert.ts";
import { type Job, jobMachine, type JobState, type SpecialRun, type TerminateReason } from "../job.ts";
import type { Pool } from "../pool.ts";
import type { JobEvent } from "../protocol/events.ts";
import type { Task } from "../task.ts";
import type { World } from "../world.ts";
import { applyJobScheduleEvent } from "./jobSchedules.ts";
import { refreshFull, refreshJobQueue, requeueJob } from "./readiness.ts";
import { applySpecialEvent } from "./specials.ts";

export function applyJobEvent(world: World, event: JobEvent): void {
  switch (event.kind) {
    case "JobAdded":
      added(world, event.job);
      return;
    case "JobChanged":
      changed(world, event.job, event.spec);
      return;
    case "JobStateChanged":
      stateChanged(world, event.job, event.to, event.reason);
      return;
    case "JobBound":
      bound(world, event.job, event.pool);
      return;
    case "JobSchedulingFailed":
      event.job.schedulingError = event.error;
      world.markChanged(event.job);
      return;
    case "JobRemoved":
      removed(world, event.job);
      return;
    case "LifetimeWatched":
      watchLifetime(world, event.job, event.task, event.walk);
      return;
    case "SpecialStarted":
    case "SpecialRetried":
    case "SpecialEnded":
    case "SpecialLapsed":
    case "SpecialPostponed":
      applySpecialEvent(world, event);
      return;
    default:
      applyJobScheduleEvent(world, event);
      return;
  }
}

function added(world: World, job: Job): void {
  jobMachine.check("(none)", "active");
  assert(!world.jobs.has(job.key), "a job's id is its own");
  world.jobs.set(job.key, job);
  world.activeJobsAndSchedules++;
  name(world, job);
  const schedule = job.schedule;
  if (schedule !== undefined) {
    schedule.jobCount++;
    schedule.jobs.add(job);
    schedule.activeJob = job;
    schedule.recentJob = job;
    world.markChanged(schedule);
  }
  limitTime(world, job);
  world.markChanged(job);
}

/** Enters the job under the id of the pool that it names, whether or not that pool exists (P-22). */
function name(world: World, job: Job): void {
  if (job.poolKey === undefined) return;
  let jobs = world.jobsByPool.get(job.poolKey);
  if (jobs === undefined) world.jobsByPool.set(job.poolKey, (jobs = new Set()));
  jobs.add(job);
}

function unname(world: World, job: Job): void {
  if (job.poolKey === undefined) return;
  const jobs = world.jobsByPool.get(job.poolKey);
  jobs?.delete(job);
  if (jobs?.size === 0) world.jobsByPool.delete(job.poolKey);
}

/** The limit counts from the job's creation, time spent disabled included (J-40). */
function limitTime(world: World, job: Job): void {
  if (job.timeLimit !== undefined) job.timeLimit.cancelled = true;
  job.timeLimit = undefined;
  if (job.spec.maxWallClockMs === undefined) return;
  job.timeLimit = world.timers.set(job.creationAt + job.spec.maxWallClockMs, { kind: "jobTimeLimit", job });
}

function changed(world: World, job: Job, spec: Job["spec"]): void {
  const before = job.spec;
  job.spec = spec;
  if (spec.priority !== job.priority) {
    requeueJob(world, job, () => {
      job.priority = spec.priority;
    });
  }
  if (spec.maxParallelTasks !== before.maxParallelTasks) refreshFull(world, job);
  if (spec.maxWallClockMs !== before.maxWallClockMs) limitTime(world, job);
  if (spec.poolId !== before.poolId && spec.poolId !== undefined) {
    unname(world, job);
    job.poolId = spec.poolId;
    job.poolKey = idKey(spec.poolId);
    name(world, job);
  }
  modified(world, job);
}

/** Job-level changes move lastModified and the ETag, those of its tasks do not (J-11). */
function modified(world: World, job: Job): void {
  job.lastModifiedAt = world.now;
  job.changeNumber++;
  world.markChanged(job);
}

function stateChanged(world: World, job: Job, to: JobState, reason: TerminateReason | undefined): void {
  jobMachine.check(job.state, to);
  job.previousState = job.state;
  job.previousStateAt = job.stateTransitionAt;
  job.state = to;
  job.stateTransitionAt = world.now;
  if (reason !== undefined) job.terminateReason = reason;
  if (to === "terminating" || to === "deleting" || to === "completed") {
    if (job.timeLimit !== undefined) job.timeLimit.cancelled = true;
    job.timeLimit = undefined;
  }
  if (to === "completed") {
    job.endAt = world.now;
    leaveQuota(world, job);
    if (job.counts.completed === job.tasks.size) forgetLifetime(job);
  }
  refreshJobQueue(world, job);
  modified(world, job);
}

/** Completed jobs are free (L-12), and no longer their schedule's active one (S-01). */
function leaveQuota(world: World, job: Job): void {
  world.activeJobsAndSchedules--;
  if (job.schedule?.activeJob === job) job.schedule.activeJob = undefined;
}

function bound(world: World, job: Job, pool: Pool | undefined): void {
  // The pool of an auto pool specification has its name only now.
  if (pool !== undefined && job.poolKey !== pool.key) {
    unname(world, job);
    job.poolKey = pool.key;
    name(world, job);
  }
  if (pool !== undefined) job.poolId = pool.id;
  job.pool = pool;
  // The first job of a schedule made the pool that the later ones share (P-201).
  if (job.schedule !== undefined && job.spec.autoPool?.lifetime === "jobschedule") {
    job.schedule.autoPool = pool;
    world.markChanged(job.schedule);
  }
  refreshJobQueue(world, job);
  world.markChanged(job);
}

function watchLifetime(world: World, job: Job, task: Task | undefined, walk: IterableIterator<Task>): void {
  job.lifetimeWalk = task === undefined ? undefined : walk;
  job.lifetime =
    task === undefined
      ? undefined
      : world.timers.set(task.creationAt + world.settings.taskLifetimeMs, { kind: "taskLifetime", task });
}

function forgetLifetime(job: Job): void {
  if (job.lifetime !== undefined) job.lifetime.cancelled = true;
  job.lifetime = undefined;
  job.lifetimeWalk = undefined;
}

/** The records of all its tasks go with it, without an event for each (J-27). */
function removed(world: World, job: Job): void {
  jobMachine.check(job.state, "(none)");
  assert(job.liveAttempts === 0 && job.specialsUnderWay === 0, "nothing of a job runs when it goes");
  if (job.endAt === undefined) leaveQuota(world, job);
  job.gone = true;
  refreshJobQueue(world, job);
  for (const task of job.tasks.values()) task.gone = true;
  for (const run of [...job.preparations.values(), ...job.releases.values()]) forgetRun(world, run);
  forgetLifetime(job);
  unname(world, job);
  job.schedule?.jobs.delete(job);
  if (job.schedule?.recentJob === job) job.schedule.recentJob = undefined;
  world.jobs.delete(job.key);
  world.markChanged(job);
}

function forgetRun(world: World, run: SpecialRun): void {
  const runs = world.specialsByNode.get(run.node);
  runs?.delete(run);
  if (runs?.size === 0) world.specialsByNode.delete(run.node);
}
