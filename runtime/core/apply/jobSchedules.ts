/** What events of job schedules write (S-01 to S-12). */
import { assert, unreachable } from "../../../src/base/assert.ts";
import { type JobSchedule, jobScheduleMachine, type JobScheduleState } from "../jobSchedule.ts";
import type { JobEvent } from "../protocol/events.ts";
import type { World } from "../world.ts";

type ScheduleEvent = Extract<
  JobEvent,
  { kind: "JobScheduleAdded" | "JobScheduleChanged" | "JobScheduleStateChanged" | "JobScheduleDue" | "JobScheduleRemoved" }
>;

export function applyJobScheduleEvent(world: World, event: ScheduleEvent): void {
  const schedule = event.schedule;
  switch (event.kind) {
    case "JobScheduleAdded":
      jobScheduleMachine.check("(none)", "active");
      assert(!world.jobSchedules.has(schedule.key), "a schedule's id is its own");
      world.jobSchedules.set(schedule.key, schedule);
      world.activeJobsAndSchedules++;
      break;
    case "JobScheduleChanged":
      schedule.spec = event.spec;
      modified(world, schedule);
      break;
    case "JobScheduleStateChanged":
      stateChanged(world, schedule, event.to);
      break;
    case "JobScheduleDue":
      setDue(world, schedule, event.nextRunAt, event.wakeAt);
      break;
    case "JobScheduleRemoved":
      jobScheduleMachine.check(schedule.state, "(none)");
      assert(schedule.jobs.size === 0, "a schedule goes after its jobs");
      if (schedule.endAt === undefined) world.activeJobsAndSchedules--;
      setDue(world, schedule, undefined, Number.POSITIVE_INFINITY);
      schedule.gone = true;
      world.jobSchedules.delete(schedule.key);
      break;
    default:
      unreachable(event);
      return;
  }
  world.markChanged(schedule);
}

function modified(world: World, schedule: JobSchedule): void {
  schedule.lastModifiedAt = world.now;
  schedule.changeNumber++;
}

function stateChanged(world: World, schedule: JobSchedule, to: JobScheduleState): void {
  jobScheduleMachine.check(schedule.state, to);
  schedule.previousState = schedule.state;
  schedule.previousStateAt = schedule.stateTransitionAt;
  schedule.state = to;
  schedule.stateTransitionAt = world.now;
  if (to === "completed") {
    schedule.endAt = world.now;
    world.activeJobsAndSchedules--;
  }
  modified(world, schedule);
}

function setDue(world: World, schedule: JobSchedule, nextRunAt: number | undefined, wakeAt: number): void {
  schedule.nextRunAt = nextRunAt;
  if (schedule.timer !== undefined) schedule.timer.cancelled = true;
  schedule.timer =
    wakeAt === Number.POSITIVE_INFINITY ? undefined : world.timers.set(wakeAt, { kind: "scheduleDue", schedule });
}
