/** Commands on job schedules (S-01 to S-12). */
import { unreachable } from "../../../src/base/assert.ts";
import type { Outcome } from "../answers.ts";
import { emit } from "../apply.ts";
import { JobSchedule, type JobScheduleSpec, type JobScheduleState, type Recurrence } from "../jobSchedule.ts";
import { idKey, isId, recurrenceMsMin } from "../limits.ts";
import type { JobScheduleCommand } from "../protocol/commands.ts";
import { type Refusal, refuse, refuseProperty } from "../refusals.ts";
import { deleteSchedule, restartSchedule, scheduleDue, terminateSchedule } from "../schedule/schedules.ts";
import type { World } from "../world.ts";
import { fullJobSpec, jobSpecRefusal } from "./jobChecks.ts";

/** A schedule that runs once, now. */
const ONCE: Recurrence = Object.freeze({
  doNotRunUntil: undefined,
  doNotRunAfter: undefined,
  startWindowMs: undefined,
  recurrenceIntervalMs: undefined,
});

export function jobScheduleCommand(world: World, command: JobScheduleCommand): Outcome {
  if (command.kind === "AddJobSchedule") return addJobSchedule(world, command.spec);
  const { jobScheduleId } = command;
  const schedule = typeof jobScheduleId === "string" ? world.jobSchedule(jobScheduleId) : undefined;
  if (schedule === undefined)
    return refuse("JobScheduleNotFound", `there is no job schedule ${String(jobScheduleId).slice(0, 64)}`);
  const over = overRefusal(schedule, command.kind === "DeleteJobSchedule");
  if (over !== undefined) return over;
  switch (command.kind) {
    case "UpdateJobSchedule":
      return change(world, schedule, {
        schedule: command.schedule ?? ONCE,
        jobSpecification: command.jobSpecification,
        opaque: command.opaque,
      });
    case "PatchJobSchedule":
      return change(world, schedule, command);
    case "DisableJobSchedule":
      if (schedule.state === "disabled") return refuse("JobScheduleDisabled", `job schedule ${schedule.id} is disabled`);
      emit(world, { kind: "JobScheduleStateChanged", schedule, to: "disabled" });
      return undefined;
    case "EnableJobSchedule":
      return enable(world, schedule);
    case "TerminateJobSchedule":
      terminateSchedule(world, schedule);
      return undefined;
    case "DeleteJobSchedule":
      deleteSchedule(world, schedule);
      return undefined;
    default:
      return unreachable(command);
  }
}

const OVER: Partial<Record<JobScheduleState, string>> = {
  terminating: "JobScheduleBeingTerminated",
  completed: "JobScheduleCompleted",
  deleting: "JobScheduleBeingDeleted",
};

/** S-08: a schedule at its end can only be deleted, and that once. */
function overRefusal(schedule: JobSchedule, toDelete: boolean): Refusal | undefined {
  if (toDelete && schedule.state !== "deleting") return undefined;
  const code = OVER[schedule.state];
  return code === undefined ? undefined : refuse(code, `job schedule ${schedule.id} is ${schedule.state}`);
}

function addJobSchedule(world: World, spec: JobScheduleSpec): Refusal | undefined {
  if (!isId(spec.id)) return refuseProperty("id", spec.id, "1 to 64 letters, digits, hyphens and underscores");
  const wrong = recurrenceRefusal(spec.schedule) ?? jobRefusal(spec.id, spec.jobSpecification);
  if (wrong !== undefined) return wrong;
  const key = idKey(spec.id);
  if (world.jobSchedules.has(key)) return refuse("JobScheduleExists", `there is a job schedule ${spec.id}`);
  if (world.jobs.has(key)) return refuse("JobWithSameIdExists", `there is a job ${spec.id}`);
  const most = world.quotas.activeJobsAndSchedules;
  if (world.activeJobsAndSchedules >= most)
    return refuse("ActiveJobAndScheduleQuotaReached", `the account may have ${most} active jobs and schedules`);
  const schedule = new JobSchedule(spec, key, world.now);
  emit(world, { kind: "JobScheduleAdded", schedule });
  restartSchedule(world, schedule);
  return undefined;
}

/** What is wrong with the jobs it would make. A job manager is advisable, not required (S-11). */
function jobRefusal(id: string, jobSpecification: JobScheduleSpec["jobSpecification"]): Refusal | undefined {
  if (typeof jobSpecification !== "object" || jobSpecification === null)
    return refuseProperty("jobSpecification", jobSpecification, "required", "MissingRequiredProperty");
  return jobSpecRefusal(fullJobSpec({ ...jobSpecification, id }));
}

/** S-04; dates that leave nothing to run are refused too. */
function recurrenceRefusal(recurrence: Recurrence): Refusal | undefined {
  const { doNotRunUntil, doNotRunAfter, startWindowMs, recurrenceIntervalMs } = recurrence;
  for (const [name, ms] of [
    ["recurrenceInterval", recurrenceIntervalMs],
    ["startWindow", startWindowMs],
  ] as const) {
    if (ms !== undefined && !(typeof ms === "number" && ms >= recurrenceMsMin.value && ms < Number.POSITIVE_INFINITY))
      return refuseProperty(`schedule.${name}`, ms, `at least ${recurrenceMsMin.value} milliseconds`);
  }
  for (const [name, at] of [
    ["doNotRunUntil", doNotRunUntil],
    ["doNotRunAfter", doNotRunAfter],
  ] as const) {
    if (at !== undefined && !Number.isFinite(at)) return refuseProperty(`schedule.${name}`, at, "an instant");
  }
  if (doNotRunUntil !== undefined && doNotRunAfter !== undefined && doNotRunAfter < doNotRunUntil)
    return refuseProperty("schedule.doNotRunAfter", doNotRunAfter, "not before doNotRunUntil");
  return undefined;
}

/** S-07: later jobs only. A new recurrence starts its due times anew. */
function change(
  world: World,
  schedule: JobSchedule,
  to: Partial<Pick<JobScheduleSpec, "schedule" | "jobSpecification" | "opaque">>,
): Refusal | undefined {
  const wrong =
    (to.schedule === undefined ? undefined : recurrenceRefusal(to.schedule)) ??
    (to.jobSpecification === undefined ? undefined : jobRefusal(schedule.id, to.jobSpecification));
  if (wrong !== undefined) return wrong;
  const spec = {
    ...schedule.spec,
    schedule: to.schedule ?? schedule.spec.schedule,
    jobSpecification: to.jobSpecification ?? schedule.spec.jobSpecification,
    ...("opaque" in to ? { opaque: to.opaque } : {}),
  };
  emit(world, { kind: "JobScheduleChanged", schedule, spec });
  if (to.schedule !== undefined) restartSchedule(world, schedule);
  return undefined;
}

/** S-09: due times that passed meanwhile are not made up; one that has no later one is served now. */
function enable(world: World, schedule: JobSchedule): Refusal | undefined {
  if (schedule.state !== "disabled")
    return refuse("OperationInvalidForCurrentState", `job schedule ${schedule.id} is ${schedule.state}`);
  // While it is still disabled, so that what it missed is passed.
  scheduleDue(world, schedule);
  if (schedule.state !== "disabled") return undefined;
  emit(world, { kind: "JobScheduleStateChanged", schedule, to: "active" });
  scheduleDue(world, schedule);
  return undefined;
}
