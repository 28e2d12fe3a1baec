/** A task as the wire shows it (T-01 to T-27). Lists show thousands, so this does nothing twice and nothing that was not asked for. */
import type { TaskDetails } from "../../agent/run/details.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";
import type { ExitConditions, ExitOptions, TaskSpec } from "../../core/taskSpec.ts";
import { pathOn } from "../../providers/operatingSystem.ts";
import { taskDirectory } from "../../providers/taskDirectories.ts";
import type { JsonObject } from "../call.ts";
import { showCommandDetails, showFiles } from "./command.ts";
import { affinityOf } from "./node.ts";
import { taskStatistics } from "./statistics.ts";
import { taskVersion } from "./tags.ts";
import { fileUrl, nodeUrl, taskUrl } from "./urls.ts";
import { details, showFailure, type View, wire } from "./view.ts";
import { duration, instant } from "./when.ts";

/** CloudTask. */
export function showTask(task: Task, view: View): JsonObject {
  const { spec, previousState } = task;
  const { eTag, lastModifiedAt } = taskVersion(task);
  const moved = instant(task.stateTransitionAt);
  return wire({
    id: task.id,
    url: taskUrl(view.base, task),
    eTag,
    creationTime: instant(task.creationAt),
    lastModified: instant(lastModifiedAt),
    state: task.state,
    stateTransitionTime: moved,
    previousState,
    previousStateTransitionTime: instant(previousStateAt(task)),
    ...showTaskSpec(spec, task.job.spec.maxTaskRetryCount, view),
    executionInfo: showExecution(task, view),
    nodeInfo: task.node === undefined ? undefined : showNodeInfo(task.node, taskDirectory(task.job, task.id), view),
    stats: view.stats && task.startAt !== undefined ? taskStatistics(task, view) : undefined,
  });
}

/** When a task entered the state before its present one, as far as that is kept: its last run, its last return, or its addition (T-11). */
function previousStateAt(task: Task): number | undefined {
  switch (task.previousState) {
    case undefined:
      return undefined;
    case "running":
      return task.startAt;
    case "preparing":
      return task.attempt?.placedAt ?? task.startAt ?? task.creationAt;
    case "completed":
      return task.startAt ?? task.creationAt;
    case "active":
      return Math.max(task.creationAt, task.lastRetryAt ?? 0, task.lastRequeueAt ?? 0);
  }
}

/** What was asked for with a task or a job manager. `retries` holds where the task says nothing (T-03). */
export function showTaskSpec(spec: TaskSpec, retries: number, view: View): JsonObject {
  const given = details<TaskDetails>(spec.opaque);
  return wire({
    commandLine: spec.commandLine,
    ...showCommandDetails(given, view),
    outputFiles: given.outputFiles,
    constraints: {
      maxWallClockTime: duration(spec.maxWallClockMs),
      retentionTime: duration(spec.retentionMs ?? view.settings.retentionMs),
      maxTaskRetryCount: spec.maxTaskRetryCount ?? retries,
    },
    requiredSlots: view.version.maxTasksPerNode ? undefined : spec.requiredSlots,
    exitConditions: spec.exitConditions === undefined ? undefined : showExitConditions(spec.exitConditions, view),
    affinityInfo: spec.affinityId === undefined ? undefined : { affinityId: spec.affinityId },
    multiInstanceSettings: showMultiInstance(spec, given, view),
    dependsOn: spec.dependsOn,
    applicationPackageReferences: given.applicationPackageReferences,
    authenticationTokenSettings: given.authenticationTokenSettings,
  });
}

function showMultiInstance({ multiInstance }: TaskSpec, given: TaskDetails, view: View): JsonObject | undefined {
  if (multiInstance === undefined) return undefined;
  return wire({ ...multiInstance, commonResourceFiles: showFiles(given.commonResourceFiles, view) });
}

/** Before 2017-05 the two kinds of errors apart from the exit code were one (T-36). */
function showExitConditions(conditions: ExitConditions, view: View): JsonObject {
  const { exitCodes, exitCodeRanges, preProcessingError, fileUploadError } = conditions;
  const before = view.version.schedulingError ? "schedulingError" : "preProcessingError";
  const options = (given: ExitOptions | undefined) =>
    given === undefined ? undefined : { jobAction: given.jobAction, dependencyAction: given.dependencyAction };
  return wire({
    exitCodes: exitCodes?.map(({ code, options: given }) => ({ code, exitOptions: options(given) })),
    exitCodeRanges: exitCodeRanges?.map(({ start, end, options: given }) => ({ start, end, exitOptions: options(given) })),
    [before]: options(preProcessingError),
    fileUploadError: view.version.schedulingError ? undefined : options(fileUploadError),
    default: options(conditions.default),
  });
}

/** TaskExecutionInformation. 2017-03 told only of failures without an exit code, as `schedulingError`; later every failure has a failureInfo. */
export function showExecution(task: Task, view: View): JsonObject {
  const { failure, exitCode } = task;
  const full = !view.version.schedulingError;
  return wire({
    startTime: instant(task.startAt),
    endTime: instant(task.endAt),
    exitCode,
    failureInfo: full ? showFailure(failure) : undefined,
    schedulingError: full || failure?.code === "FailureExitCode" ? undefined : showFailure(failure),
    result: full ? task.result : undefined,
    retryCount: task.retryCount,
    lastRetryTime: instant(task.lastRetryAt),
    requeueCount: task.requeueCount,
    lastRequeueTime: instant(task.lastRequeueAt),
  });
}

/** What a filter may ask of a task, read without showing it; instants as milliseconds. */
export function taskField(task: Task, name: string): string | number | boolean | undefined {
  switch (name) {
    case "id":
      return task.id;
    case "state":
      return task.state;
    case "stateTransitionTime":
      return task.stateTransitionAt;
    case "creationTime":
      return task.creationAt;
    case "lastModified":
    case "lastModifiedTime":
      return task.spec.modifiedAt ?? task.creationAt;
    case "executionInfo/startTime":
      return task.startAt;
    case "executionInfo/endTime":
      return task.endAt;
    case "executionInfo/exitCode":
      return task.exitCode;
    case "executionInfo/result":
      return task.result;
    default:
      return undefined;
  }
}

/** ComputeNodeInformation: where a task or subtask runs or last ran; the node may be gone (T-12). `directory`: its own, below the node's root. */
export function showNodeInfo(node: ComputeNode, directory: string, view: View): JsonObject {
  const url = nodeUrl(view.base, node);
  return {
    affinityId: affinityOf(node.id),
    nodeUrl: url,
    poolId: node.pool.id,
    nodeId: node.id,
    taskRootDirectory: pathOn(node.pool, directory),
    taskRootDirectoryUrl: fileUrl(url, directory),
  };
}
