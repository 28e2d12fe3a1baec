/**
 * How jobs stop: disabled, terminated, deleted (J-20 to J-28). Each is asked for, then waits until the last attempt of the job has ended;
 * `afterAttempt` is called whenever one has.
 *
 *     disable   → disabling   → no attempts → disabled
 *     terminate → terminating → no attempts → release tasks → completed
 *     delete    → deleting    → no attempts → release tasks, unless the job was terminated before → removed
 */
import { emit, request } from "../apply.ts";
import { noteEmptied } from "../apply/occupancy.ts";
import type { Attempt } from "../attempt.ts";
import type { DisableTasks, Job, TerminateReason } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import { nodesOf } from "../subtasks.ts";
import type { World } from "../world.ts";
import { autoPoolOfEndedJob } from "./autoPools.ts";
import { failTask } from "./complete.ts";
import { killAttempt } from "./endings.ts";
import { ENDED_BY_REQUEST } from "./exits.ts";
import { jobOfScheduleEnded } from "./schedules.ts";
import { startReleases } from "./releases.ts";
import { killPreparations } from "./specials.ts";

/** Nothing of such a job is started again. */
export function isEnding(job: Job): boolean {
  return job.state === "terminating" || job.state === "completed" || job.state === "deleting";
}

/** Attempts of a job, in a fixed order. Whichever is fewer is walked: all attempts of the world, or the job's tasks. */
function attemptsOf(world: World, job: Job): Attempt[] {
  const found: Attempt[] = [];
  if (job.liveAttempts === 0) return found;
  if (world.attempts.size < job.tasks.size) {
    for (const attempt of world.attempts) if (attempt.task.job === job) found.push(attempt);
  } else {
    for (const task of job.tasks.values()) if (task.attempt !== undefined) found.push(task.attempt);
  }
  return found;
}

/** Active, disabling or disabled: a second time is accepted, and another option then holds for what still runs (J-20). */
export function disableJob(world: World, job: Job, option: DisableTasks): void {
  if (job.state === "disabled") return;
  if (job.state === "active") emit(world, { kind: "JobStateChanged", job, to: "disabling", reason: undefined });
  if (option !== "wait") {
    for (const attempt of attemptsOf(world, job)) {
      if (job.state !== "disabling") return;
      killAttempt(world, attempt, option);
    }
  }
  afterAttempt(world, job);
}

/** J-25. Legal in every state that is not an end. */
export function terminateJob(world: World, job: Job, reason: TerminateReason): void {
  if (isEnding(job)) return;
  emit(world, { kind: "JobStateChanged", job, to: "terminating", reason });
  for (const attempt of attemptsOf(world, job)) killAttempt(world, attempt, "terminate");
  if (world.settings.terminateJobEndsActiveTasks) {
    for (const task of job.tasks.values()) if (task.state === "active") failTask(world, task, ENDED_BY_REQUEST);
  }
  afterAttempt(world, job);
}

/** J-27. A job that was terminated before does not run its release tasks again (J-28). */
export function deleteJob(world: World, job: Job): void {
  if (job.state === "deleting") return;
  emit(world, { kind: "JobStateChanged", job, to: "deleting", reason: undefined });
  for (const attempt of attemptsOf(world, job)) killAttempt(world, attempt, "terminate");
  afterAttempt(world, job);
}

/** Something of the job ended: whether it can go on to the state that it is on its way to. */
export function afterAttempt(world: World, job: Job): void {
  if (job.state === "active" || job.liveAttempts > 0 || job.gone) return;
  if (job.state === "disabling") {
    emit(world, { kind: "JobStateChanged", job, to: "disabled", reason: undefined });
    return;
  }
  if (job.state !== "terminating" && job.state !== "deleting") return;
  if (!job.released) {
    if (job.specialsUnderWay > 0) {
      killPreparations(world, job);
      return;
    }
    if (job.endAt === undefined) startReleases(world, job);
  }
  if (job.specialsUnderWay > 0) return;
  if (job.state === "terminating") completeJob(world, job);
  else removeJob(world, job);
}

/** Also for a job whose pool could not be made, which never ran anything (P-203). */
export function completeJob(world: World, job: Job): void {
  emit(world, { kind: "JobStateChanged", job, to: "completed", reason: undefined });
  for (const [node, run] of job.preparations) if (!node.gone) request(world, { kind: "RetainPreparationFiles", run });
  autoPoolOfEndedJob(world, job);
  if (job.schedule !== undefined) jobOfScheduleEnded(world, job.schedule);
}

function removeJob(world: World, job: Job): void {
  const nodes = new Set<ComputeNode>();
  for (const task of job.tasks.values()) for (const node of nodesOf(task)) if (!node.gone) nodes.add(node);
  for (const node of job.preparations.keys()) if (!node.gone) nodes.add(node);
  const wasCompleted = job.endAt !== undefined;
  emit(world, { kind: "JobRemoved", job });
  for (const node of nodes) {
    request(world, { kind: "RemoveJobFiles", job, node });
    // Nothing of the job is retained any more, which a node that drains may have waited for (P-57).
    if (node.drain?.option === "retaineddata" && node.empty) noteEmptied(world, node);
  }
  if (!wasCompleted) autoPoolOfEndedJob(world, job);
  if (job.schedule !== undefined) jobOfScheduleEnded(world, job.schedule);
}

/** A job without tasks counts as complete too (J-42). Evaluated on completion and removal of tasks and on a change of the property. */
export function endJobIfAllComplete(world: World, job: Job): void {
  if (job.spec.onAllTasksComplete !== "terminatejob" || isEnding(job)) return;
  if (job.counts.completed === job.tasks.size) terminateJob(world, job, "AllTasksComplete");
}
