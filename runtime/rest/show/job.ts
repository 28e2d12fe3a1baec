/** A job as the wire shows it, and the job specification of a schedule, which has the same properties (J-01 to J-70, S rules). */
import type { JobDetails, SpecialDetails } from "../../agent/run/details.ts";
import type { Job, JobManagerSpec, JobPreparationSpec, JobReleaseSpec, JobSpec } from "../../core/job.ts";
import type { JobSchedule } from "../../core/jobSchedule.ts";
import type { JsonObject } from "../call.ts";
import { showCommandDetails } from "./command.ts";
import { showPoolSpecification } from "./pool.ts";
import { jobScheduleStatistics, jobStatistics } from "./statistics.ts";
import { versionOf } from "./tags.ts";
import { showTaskSpec } from "./task.ts";
import { jobScheduleUrl, jobUrl } from "./urls.ts";
import { details, showFailure, type View, wire } from "./view.ts";
import { duration, instant } from "./when.ts";

/** CloudJob. */
export function showJob(job: Job, view: View): JsonObject {
  const { eTag } = versionOf(job);
  const { previousState } = job;
  return wire({
    id: job.id,
    displayName: job.spec.displayName,
    usesTaskDependencies: job.spec.usesTaskDependencies,
    url: jobUrl(view.base, job.id),
    eTag,
    lastModified: instant(job.lastModifiedAt),
    creationTime: instant(job.creationAt),
    state: job.state,
    stateTransitionTime: instant(job.stateTransitionAt),
    previousState,
    previousStateTransitionTime: previousState === undefined ? undefined : instant(job.previousStateAt ?? job.creationAt),
    ...showSpec({ ...job.spec, priority: job.priority }, view),
    executionInfo: showExecution(job),
    stats: view.stats ? jobStatistics(job, view) : undefined,
  });
}

function showExecution(job: Job): JsonObject {
  return wire({
    startTime: instant(job.creationAt),
    endTime: instant(job.endAt),
    poolId: job.poolId,
    schedulingError: showFailure(job.schedulingError),
    terminateReason: job.terminateReason,
  });
}

/** What jobs and job specifications share, defaults filled in (notes on the wire, section 3). */
function showSpec(spec: Omit<JobSpec, "id">, view: View): JsonObject {
  const given = details<JobDetails>(spec.opaque);
  return wire({
    priority: spec.priority,
    allowTaskPreemption: false,
    maxParallelTasks: spec.maxParallelTasks ?? -1,
    constraints: { maxWallClockTime: duration(spec.maxWallClockMs), maxTaskRetryCount: spec.maxTaskRetryCount },
    jobManagerTask: spec.jobManager === undefined ? undefined : showManager(spec.jobManager, spec, view),
    jobPreparationTask: spec.preparation === undefined ? undefined : showPreparation(spec.preparation, view),
    jobReleaseTask: spec.release === undefined ? undefined : showRelease(spec.release, view),
    commonEnvironmentSettings: given.commonEnvironmentSettings,
    poolInfo: showPoolInfo(spec, view),
    onAllTasksComplete: spec.onAllTasksComplete,
    onTaskFailure: spec.onTaskFailure,
    networkConfiguration: given.networkConfiguration,
    metadata: given.metadata,
  });
}

function showPoolInfo({ poolId, autoPool }: Omit<JobSpec, "id">, view: View): JsonObject {
  if (autoPool === undefined) return wire({ poolId });
  return wire({
    autoPoolSpecification: {
      autoPoolIdPrefix: autoPool.idPrefix === "" ? undefined : autoPool.idPrefix,
      poolLifetimeOption: autoPool.lifetime,
      keepAlive: autoPool.keepAlive,
      pool: showPoolSpecification(autoPool.pool, view),
    },
  });
}

function showManager(manager: JobManagerSpec, job: Omit<JobSpec, "id">, view: View): JsonObject {
  const { exitConditions: _none, ...shown } = showTaskSpec(manager, job.maxTaskRetryCount, view);
  return wire({
    id: manager.id,
    ...shown,
    killJobOnCompletion: manager.killJobOnCompletion,
    runExclusive: manager.runExclusive,
    allowLowPriorityNode: view.version.singleTarget ? undefined : manager.allowLowPriorityNode,
  });
}

function showPreparation(preparation: JobPreparationSpec, view: View): JsonObject {
  const given = details<SpecialDetails>(preparation.opaque);
  const { displayName: _none, ...shown } = showCommandDetails(given, view);
  return wire({
    id: preparation.id,
    commandLine: preparation.commandLine,
    ...shown,
    constraints: {
      maxWallClockTime: duration(preparation.maxWallClockMs),
      retentionTime: duration(given.retentionMs ?? view.settings.retentionMs),
      maxTaskRetryCount: preparation.maxTaskRetryCount,
    },
    waitForSuccess: preparation.waitForSuccess,
    rerunOnNodeRebootAfterSuccess: preparation.rerunOnNodeRebootAfterSuccess,
  });
}

function showRelease(release: JobReleaseSpec, view: View): JsonObject {
  const given = details<SpecialDetails>(release.opaque);
  const { displayName: _none, ...shown } = showCommandDetails(given, view);
  return wire({
    id: release.id,
    commandLine: release.commandLine,
    ...shown,
    maxWallClockTime: duration(release.maxWallClockMs),
    retentionTime: duration(given.retentionMs ?? view.settings.retentionMs),
  });
}

/** CloudJobSchedule. */
export function showJobSchedule(schedule: JobSchedule, view: View): JsonObject {
  const { spec, previousState, recentJob } = schedule;
  const { doNotRunUntil, doNotRunAfter, startWindowMs, recurrenceIntervalMs } = spec.schedule;
  const { displayName, ...job } = spec.jobSpecification;
  return wire({
    id: schedule.id,
    displayName: spec.displayName,
    url: jobScheduleUrl(view.base, schedule.id),
    eTag: versionOf(schedule).eTag,
    lastModified: instant(schedule.lastModifiedAt),
    creationTime: instant(schedule.creationAt),
    state: schedule.state,
    stateTransitionTime: instant(schedule.stateTransitionAt),
    previousState,
    previousStateTransitionTime:
      previousState === undefined ? undefined : instant(schedule.previousStateAt ?? schedule.creationAt),
    schedule: {
      doNotRunUntil: instant(doNotRunUntil),
      doNotRunAfter: instant(doNotRunAfter),
      startWindow: startWindowMs === undefined ? undefined : duration(startWindowMs),
      recurrenceInterval: recurrenceIntervalMs === undefined ? undefined : duration(recurrenceIntervalMs),
    },
    jobSpecification: { displayName, usesTaskDependencies: job.usesTaskDependencies, ...showSpec(job, view) },
    executionInfo: {
      nextRunTime: schedule.state === "active" ? instant(schedule.nextRunAt) : undefined,
      recentJob: recentJob === undefined ? undefined : { id: recentJob.id, url: jobUrl(view.base, recentJob.id) },
      endTime: instant(schedule.endAt),
    },
    metadata: details<JobDetails>(spec.opaque).metadata,
    stats: view.stats ? jobScheduleStatistics(schedule, view) : undefined,
  });
}
