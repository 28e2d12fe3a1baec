/** Jobs: added, read, changed, and what they hold (J rules). What stops and starts them is in `jobActions.ts`. */
import type { JobDetails } from "../../agent/run/details.ts";
import type { Job } from "../../core/job.ts";
import type { JobProperties } from "../../core/protocol/commands.ts";
import type { Call, JsonObject, Reply } from "../call.ts";
import { BatchError, badProperty } from "../errors.ts";
import { showJob } from "../show/job.ts";
import { showSpecials, specialsKey, specialsOf, type SpecialsOfNode } from "../show/specials.ts";
import { versionOf } from "../show/tags.ts";
import { showTaskCounts } from "../show/taskCounts.ts";
import { jobUrl } from "../show/urls.ts";
import { viewOf } from "../show/view.ts";
import { changed, expectVersion, jobOf, jobScheduleOf, perform } from "./acting.ts";
import { checkMetadata } from "./decode/command.ts";
import { checkPreemption, jobSpec } from "./decode/job.ts";
import { flag, given, limitMs, object, objects, picked, text, whole, word } from "./read.ts";

/** Job_Add. */
export async function addJob(call: Call): Promise<Reply> {
  const body = call.body ?? {};
  const id = text(body, "id") ?? "";
  await perform(call, () => ({ kind: "AddJob", spec: { ...jobSpec(call, body), id } }));
  const job = call.service.world.job(id);
  return changed(call, job === undefined ? undefined : versionOf(job), jobUrl(call.account.url, id));
}

const keyOf = ({ key }: Job): string => key;

/** Job_List. */
export function listJobs(call: Call): Reply {
  const view = viewOf(call);
  return { status: 200, items: call.service.world.jobs.values(), key: keyOf, show: (job: Job) => showJob(job, view) };
}

/** Job_ListFromJobSchedule. */
export function listJobsOfSchedule(call: Call): Reply {
  const view = viewOf(call);
  return { status: 200, items: jobScheduleOf(call).jobs, key: keyOf, show: (job: Job) => showJob(job, view) };
}

/** Job_Get. */
export function getJob(call: Call): Reply {
  const job = jobOf(call);
  const version = versionOf(job);
  expectVersion(call, version);
  return { status: 200, ...version, body: showJob(job, viewOf(call)) };
}

/** Job_Patch: what the body names (J-07). */
export function patchJob(call: Call): Promise<Reply> {
  return changeJob(call, (job, body) => ({
    kind: "PatchJob",
    jobId: job.id,
    properties: properties(job, body, {
      ...(job.spec.opaque as JobDetails | undefined),
      ...picked<JobDetails>(body, CHANGEABLE),
    }),
  }));
}

/** Job_Update: all that can be changed; what the body lacks goes back to its default (J-07). What cannot be changed stays. */
export function updateJob(call: Call): Promise<Reply> {
  return changeJob(call, (job, body) => {
    const kept = { ...(job.spec.opaque as JobDetails | undefined) } as Record<string, unknown>;
    for (const name of CHANGEABLE) delete kept[name];
    return {
      kind: "UpdateJob",
      jobId: job.id,
      properties: properties(job, body, { ...kept, ...picked<JobDetails>(body, CHANGEABLE) }),
    };
  });
}

const CHANGEABLE = ["metadata"] as const;

async function changeJob(
  call: Call,
  make: (job: Job, body: JsonObject) => { kind: "PatchJob" | "UpdateJob"; jobId: string; properties: JobProperties },
): Promise<Reply> {
  const body = call.body ?? {};
  checkMetadata(objects(body, "metadata"), "metadata");
  checkPreemption(body);
  await perform(call, () => {
    const job = jobOf(call);
    expectVersion(call, versionOf(job));
    return make(job, body);
  });
  return jobChanged(call);
}

/** The answer to a change of the path's job, which may be gone already. */
export function jobChanged(call: Call): Reply {
  const job = call.service.world.job(call.path.jobId);
  return changed(call, job === undefined ? undefined : versionOf(job));
}

/** Constraints are taken as a whole: what a body's constraints lack goes back to its default. */
function properties(job: Job, body: JsonObject, opaque: JobDetails): JobProperties {
  const constraints = object(body, "constraints");
  return {
    ...given("priority", whole(body, "priority")),
    ...given("maxParallelTasks", whole(body, "maxParallelTasks")),
    ...given("onAllTasksComplete", word<"noaction" | "terminatejob">(body, "onAllTasksComplete")),
    ...(constraints === undefined ? {} : limits(constraints)),
    ...poolInfo(job, object(body, "poolInfo")),
    opaque,
  };
}

function limits(constraints: JsonObject): JobProperties {
  const maxWallClockMs = limitMs(constraints, "maxWallClockTime");
  return {
    // Present and undefined takes a limit away, which leaving it out would not (J-07).
    ...({ maxWallClockMs } as JobProperties),
    maxTaskRetryCount: whole(constraints, "maxTaskRetryCount") ?? 0,
  };
}

/** J-09, P-202: another pool, or an auto pool's keepAlive; the rest of an auto pool cannot be changed, and is not looked at. */
function poolInfo(job: Job, info: JsonObject | undefined): JobProperties {
  if (info === undefined) return {};
  const poolId = text(info, "poolId");
  const autoPool = object(info, "autoPoolSpecification");
  if (autoPool === undefined) return given("poolId", poolId);
  if (poolId !== undefined) throw badProperty("poolInfo", poolId, "either poolId or autoPoolSpecification is required");
  const present = job.spec.autoPool;
  if (present === undefined)
    throw badProperty("poolInfo.autoPoolSpecification", autoPool, "the job was added for a pool that exists apart from it");
  const keepAlive = flag(autoPool, "keepAlive") ?? false;
  return keepAlive === present.keepAlive ? {} : { keepAlive };
}

/** Job_ListPreparationAndReleaseTaskStatus (J-70). */
export function listSpecials(call: Call): Reply {
  const job = jobOf(call);
  if (job.spec.preparation === undefined && job.spec.release === undefined)
    throw new BatchError(
      "JobPreparationTaskOrReleaseTaskNotSpecified",
      `Job ${job.id} has neither a job preparation nor a job release task.`,
    );
  const view = viewOf(call);
  return { status: 200, items: specialsOf(job), key: specialsKey, show: (row: SpecialsOfNode) => showSpecials(row, view) };
}

/** Job_GetTaskCounts (T-90). */
export function getTaskCounts(call: Call): Reply {
  return { status: 200, body: showTaskCounts(jobOf(call), viewOf(call)) };
}
