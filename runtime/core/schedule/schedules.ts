/**
 * Job schedules: due times and the jobs they make (S-01 to S-12). The due times are first + k · recurrence interval. `nextRunAt` is the first of
 * them that is neither served nor lost; it lies in the past while the job before still runs and the start window is open.
 *
 *     due ── a job still runs? ── yes → wait for its end, or for the window's end: the occurrence is lost
 *         └─ no → make the job, on to the next due time
 *     nothing more to come, no job active → completed
 */
import { emit } from "../apply.ts";
import { fullJobSpec } from "../commands/jobChecks.ts";
import { startJob } from "../commands/jobs.ts";
import { deletePool } from "../commands/poolLife.ts";
import type { JobSchedule, Recurrence } from "../jobSchedule.ts";
import type { World } from "../world.ts";
import { deleteJob, terminateJob } from "./jobEnds.ts";

/** Starts the due times anew: at doNotRunUntil or now (S-02). After adding the schedule and after a change of its recurrence. */
export function restartSchedule(world: World, schedule: JobSchedule): void {
  const first = Math.max(world.now, schedule.spec.schedule.doNotRunUntil ?? world.now);
  setDue(world, schedule, first);
  scheduleDue(world, schedule);
}

/** Looks whether a job is to be made now. Called when a timer fires, when a job of the schedule has ended and when the schedule is enabled. */
export function scheduleDue(world: World, schedule: JobSchedule): void {
  if (schedule.gone || (schedule.state !== "active" && schedule.state !== "disabled")) return;
  passLost(world, schedule);
  const due = schedule.nextRunAt;
  const mayRun = schedule.state === "active" && schedule.activeJob === undefined;
  if (due !== undefined && due <= world.now && mayRun) makeJob(world, schedule, due);
  completeIfOver(world, schedule);
}

/** Moves on from occurrences that were lost: the window is over, the next is due, or the schedule was disabled then (S-03, S-09). */
function passLost(world: World, schedule: JobSchedule): void {
  const due = schedule.nextRunAt;
  if (due === undefined) return;
  const { recurrenceIntervalMs: interval, doNotRunAfter } = schedule.spec.schedule;
  let next: number | undefined = due;
  if (interval !== undefined) {
    const passed = Math.max(0, Math.floor((world.now - due) / interval));
    next = due + passed * interval;
    const missed = schedule.state === "disabled" && next <= world.now;
    if (missed || world.now > next + windowMs(schedule.spec.schedule)) next += interval;
  } else if (world.now > due + windowMs(schedule.spec.schedule)) next = undefined;
  if (next !== undefined && Math.max(next, due <= world.now ? world.now : next) > (doNotRunAfter ?? Number.POSITIVE_INFINITY))
    next = undefined;
  if (next !== due) setDue(world, schedule, next);
  else if (due <= world.now) watch(world, schedule);
}

/** A window longer than the interval is none: nothing is carried into the next interval anyway (S-03). */
function windowMs({ startWindowMs, recurrenceIntervalMs }: Recurrence): number {
  if (startWindowMs === undefined) return Number.POSITIVE_INFINITY;
  return recurrenceIntervalMs !== undefined && startWindowMs > recurrenceIntervalMs ? Number.POSITIVE_INFINITY : startWindowMs;
}

function setDue(world: World, schedule: JobSchedule, nextRunAt: number | undefined): void {
  emit(world, { kind: "JobScheduleDue", schedule, nextRunAt, wakeAt: wakeAt(world, schedule, nextRunAt) });
}

/** The due time is past and the job before still runs: looks again when the occurrence is lost. */
function watch(world: World, schedule: JobSchedule): void {
  if (schedule.timer !== undefined && schedule.timer.dueAt > world.now) return;
  setDue(world, schedule, schedule.nextRunAt);
}

/** When the schedule has to be looked at next without anything else happening; Infinity: never. */
function wakeAt(world: World, schedule: JobSchedule, nextRunAt: number | undefined): number {
  const { recurrenceIntervalMs: interval, doNotRunAfter } = schedule.spec.schedule;
  if (nextRunAt === undefined)
    return doNotRunAfter !== undefined && doNotRunAfter > world.now ? doNotRunAfter : Number.POSITIVE_INFINITY;
  if (nextRunAt > world.now) return nextRunAt;
  // At the window's end already, not at the next due time only: until then it would be said to be next.
  const lostAt = nextRunAt + Math.min(windowMs(schedule.spec.schedule) + 1, interval ?? Number.POSITIVE_INFINITY);
  return Math.min(lostAt, doNotRunAfter === undefined || doNotRunAfter < world.now ? lostAt : doNotRunAfter + 1);
}

/** A full quota loses the occurrence (S-12); a schedule's jobs have ids that no client can give (S-10). */
function makeJob(world: World, schedule: JobSchedule, due: number): void {
  const { recurrenceIntervalMs: interval, doNotRunAfter } = schedule.spec.schedule;
  const next = interval === undefined ? undefined : due + interval;
  setDue(world, schedule, next !== undefined && next <= (doNotRunAfter ?? Number.POSITIVE_INFINITY) ? next : undefined);
  if (world.activeJobsAndSchedules >= world.quotas.activeJobsAndSchedules) return;
  startJob(
    world,
    fullJobSpec({ ...schedule.spec.jobSpecification, id: `${schedule.id}:job-${schedule.jobCount + 1}` }),
    schedule,
  );
}

/** S-02, S-05, S-08: over when nothing is to come, the end date has passed and no job is active. */
function completeIfOver(world: World, schedule: JobSchedule): void {
  if (schedule.activeJob !== undefined || schedule.nextRunAt !== undefined) return;
  if (schedule.state !== "active" && schedule.state !== "disabled") return;
  const { doNotRunAfter, recurrenceIntervalMs } = schedule.spec.schedule;
  if (recurrenceIntervalMs !== undefined && doNotRunAfter !== undefined && world.now < doNotRunAfter) return;
  complete(world, schedule);
}

function complete(world: World, schedule: JobSchedule): void {
  emit(world, { kind: "JobScheduleStateChanged", schedule, to: "completed" });
  releaseAutoPool(world, schedule);
}

/** The pool that the schedule's jobs shared goes with it (P-201, P-202). */
function releaseAutoPool(world: World, schedule: JobSchedule): void {
  const pool = schedule.autoPool;
  if (pool === undefined || pool.gone || pool.state === "deleting" || pool.spec.autoPool?.keepAlive === true) return;
  deletePool(world, pool);
}

/** A job of the schedule is over or gone. */
export function jobOfScheduleEnded(world: World, schedule: JobSchedule): void {
  switch (schedule.state) {
    case "active":
    case "disabled":
      scheduleDue(world, schedule);
      return;
    case "terminating":
      if (schedule.activeJob === undefined) complete(world, schedule);
      return;
    case "deleting":
      if (schedule.jobs.size === 0 && !schedule.gone) emit(world, { kind: "JobScheduleRemoved", schedule });
      return;
    default:
  }
}

/** S-08. */
export function terminateSchedule(world: World, schedule: JobSchedule): void {
  emit(world, { kind: "JobScheduleStateChanged", schedule, to: "terminating" });
  emit(world, { kind: "JobScheduleDue", schedule, nextRunAt: undefined, wakeAt: Number.POSITIVE_INFINITY });
  const job = schedule.activeJob;
  if (job === undefined) complete(world, schedule);
  else terminateJob(world, job, "TerminateJobSchedule");
}

/** S-08: everything beneath goes with it. */
export function deleteSchedule(world: World, schedule: JobSchedule): void {
  emit(world, { kind: "JobScheduleStateChanged", schedule, to: "deleting" });
  emit(world, { kind: "JobScheduleDue", schedule, nextRunAt: undefined, wakeAt: Number.POSITIVE_INFINITY });
  for (const job of [...schedule.jobs]) deleteJob(world, job);
  releaseAutoPool(world, schedule);
  if (!schedule.gone) jobOfScheduleEnded(world, schedule);
}
