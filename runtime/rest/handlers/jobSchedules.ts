/** Job schedules (S-01 to S-12). */
import type { JobDetails } from "../../agent/run/details.ts";
import type { JobSchedule, Recurrence } from "../../core/jobSchedule.ts";
import type { Command } from "../../core/protocol.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { badProperty } from "../errors.ts";
import { showJobSchedule } from "../show/job.ts";
import { versionOf } from "../show/tags.ts";
import { jobScheduleUrl } from "../show/urls.ts";
import { viewOf } from "../show/view.ts";
import { changed, expectVersion, jobScheduleOf, perform } from "./acting.ts";
import { checkMetadata } from "./decode/command.ts";
import { jobSpec } from "./decode/job.ts";
import { given, instantMs, limitMs, object, objects, picked, text } from "./read.ts";

const JOB = "jobSpecification";

/**
 * A job manager is what gives a schedule's jobs their tasks. The service of 2017 required one, later ones recommend it (S-11): without one the answer has
 * a warning, or the strict service refuses.
 */
function withoutManager(call: Call, job: JsonObject): Pick<Reply, "headers"> {
  if (object(job, "jobManagerTask") !== undefined) return {};
  if (call.account.strict === true) {
    const reason = "required: the jobs of a schedule get their tasks from a job manager (--strict-2017)";
    throw badProperty(`${JOB}.jobManagerTask`, undefined, reason, "MissingRequiredProperty");
  }
  return { headers: { Warning: '299 weir "the schedule has no job manager task: nobody adds tasks to its jobs"' } };
}

/** JobSchedule_Add. */
export async function addJobSchedule(call: Call): Promise<Reply> {
  const body = call.body ?? {};
  const id = text(body, "id") ?? "";
  checkMetadata(objects(body, "metadata"), "metadata");
  const job = object(body, JOB) ?? {};
  const warned = withoutManager(call, job);
  await perform(call, () => ({
    kind: "AddJobSchedule",
    spec: {
      id,
      ...given("displayName", text(body, "displayName")),
      schedule: recurrence(object(body, "schedule")),
      jobSpecification: jobSpec(call, job, `${JOB}.`),
      ...given("opaque", picked<JobDetails>(body, ["metadata"])),
    },
  }));
  const schedule = call.service.world.jobSchedule(id);
  const version = schedule === undefined ? undefined : versionOf(schedule);
  return { ...changed(call, version, jobScheduleUrl(call.account.url, id)), ...warned };
}

function recurrence(body: JsonObject | undefined): Recurrence {
  return {
    doNotRunUntil: instantMs(body, "doNotRunUntil"),
    doNotRunAfter: instantMs(body, "doNotRunAfter"),
    startWindowMs: limitMs(body, "startWindow"),
    recurrenceIntervalMs: limitMs(body, "recurrenceInterval"),
  };
}

/** JobSchedule_List. */
export function listJobSchedules(call: Call): Reply {
  const view = viewOf(call);
  const show = (schedule: JobSchedule) => showJobSchedule(schedule, view);
  return { status: 200, items: call.service.world.jobSchedules.values(), key: ({ key }: JobSchedule) => key, show };
}

/** JobSchedule_Get. */
export function getJobSchedule(call: Call): Reply {
  const schedule = jobScheduleOf(call);
  const version = versionOf(schedule);
  expectVersion(call, version);
  return { status: 200, ...version, body: showJobSchedule(schedule, viewOf(call)) };
}

/** JobSchedule_Exists; that there is none is said by the error's status. */
export function jobScheduleExists(call: Call): Reply {
  const version = versionOf(jobScheduleOf(call));
  expectVersion(call, version);
  return { status: 200, ...version };
}

/** One command on the schedule of the path, if the request's conditions hold for it. */
async function onSchedule(call: Call, make: (id: string) => Command): Promise<Reply> {
  await perform(call, () => {
    const schedule = jobScheduleOf(call);
    expectVersion(call, versionOf(schedule));
    return make(schedule.id);
  });
  const schedule = call.service.world.jobSchedule(call.path.jobScheduleId);
  return changed(call, schedule === undefined ? undefined : versionOf(schedule));
}

/** JobSchedule_Patch: what the body names; a schedule or job specification is taken as a whole (S-07). */
export async function patchJobSchedule(call: Call): Promise<Reply> {
  const body = call.body ?? {};
  checkMetadata(objects(body, "metadata"), "metadata");
  const schedule = object(body, "schedule");
  const job = object(body, JOB);
  const warned = job === undefined ? {} : withoutManager(call, job);
  const reply = await onSchedule(call, (jobScheduleId) => ({
    kind: "PatchJobSchedule",
    jobScheduleId,
    ...(schedule === undefined ? {} : { schedule: recurrence(schedule) }),
    ...(job === undefined ? {} : { jobSpecification: jobSpec(call, job, `${JOB}.`) }),
    ...given("opaque", picked<JobDetails>(body, ["metadata"])),
  }));
  return { ...reply, ...warned };
}

/** JobSchedule_Update: everything anew; without a schedule it runs once, now (S-07). */
export async function updateJobSchedule(call: Call): Promise<Reply> {
  const body = call.body ?? {};
  checkMetadata(objects(body, "metadata"), "metadata");
  const schedule = object(body, "schedule");
  const job = object(body, JOB) ?? {};
  const warned = withoutManager(call, job);
  const reply = await onSchedule(call, (jobScheduleId) => ({
    kind: "UpdateJobSchedule",
    jobScheduleId,
    ...(schedule === undefined ? {} : { schedule: recurrence(schedule) }),
    jobSpecification: jobSpec(call, job, `${JOB}.`),
    ...given("opaque", picked<JobDetails>(body, ["metadata"])),
  }));
  return { ...reply, ...warned };
}

/** JobSchedule_Disable. */
export const disableJobSchedule = (call: Call): Promise<Reply> =>
  onSchedule(call, (jobScheduleId) => ({ kind: "DisableJobSchedule", jobScheduleId }));

/** JobSchedule_Enable. */
export const enableJobSchedule = (call: Call): Promise<Reply> =>
  onSchedule(call, (jobScheduleId) => ({ kind: "EnableJobSchedule", jobScheduleId }));

/** JobSchedule_Terminate. */
export const terminateJobSchedule = (call: Call): Promise<Reply> =>
  onSchedule(call, (jobScheduleId) => ({ kind: "TerminateJobSchedule", jobScheduleId }));

/** JobSchedule_Delete. */
export async function deleteJobSchedule(call: Call): Promise<Reply> {
  await onSchedule(call, (jobScheduleId) => ({ kind: "DeleteJobSchedule", jobScheduleId }));
  return { status: call.operation.status };
}
