/**
 * A task of the wire as the core's spec (T-01 to T-06, section 12 for exit conditions). Called thousands of times a second for collections, so it makes one
 * object and touches each property once.
 */
import type { JobAction } from "../../../core/job.ts";
import type { DependencyAction } from "../../../core/taskOutcome.ts";
import type { ExitConditions, ExitOptions, TaskDependencies, TaskSpec } from "../../../core/taskSpec.ts";
import type { Call, JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { refuseLinuxPackages } from "../linuxPackages.ts";
import { checkPackages } from "../references.ts";
import { given, limitMs, object, objects, retentionMs, text, texts, whole, word } from "../read.ts";
import { taskDetails } from "./command.ts";

/** TaskSpec of a TaskAddParameter or JobManagerTask; `place` is the path to it with a dot at its end, or "". */
export function taskSpec(call: Call, body: JsonObject, place = ""): TaskSpec {
  const constraints = object(body, "constraints");
  const packages = objects(body, "applicationPackageReferences");
  if (packages !== undefined) {
    refuseLinuxPackages(call, body, place);
    checkPackages(call, packages, `${place}applicationPackageReferences`);
  }
  const opaque = taskDetails(body, place);
  const affinityId = text(object(body, "affinityInfo"), "affinityId");
  const conditions = object(body, "exitConditions");
  const dependsOn = object(body, "dependsOn");
  const settings = object(body, "multiInstanceSettings");
  return {
    commandLine: text(body, "commandLine") ?? "",
    requiredSlots: whole(body, "requiredSlots") ?? 1,
    maxTaskRetryCount: whole(constraints, "maxTaskRetryCount"),
    maxWallClockMs: limitMs(constraints, "maxWallClockTime"),
    retentionMs: retentionMs(constraints, "retentionTime"),
    ...(conditions === undefined ? {} : { exitConditions: exitConditions(conditions) }),
    ...(dependsOn === undefined ? {} : { dependsOn: dependencies(dependsOn, place) }),
    ...(settings === undefined ? {} : { multiInstance: multiInstance(settings) }),
    ...(affinityId === undefined ? {} : { affinityId }),
    ...(opaque === undefined ? {} : { opaque }),
  };
}

/** T-50: how many instances is optional since 2017-09, the coordination command before. */
function multiInstance(settings: JsonObject): NonNullable<TaskSpec["multiInstance"]> {
  return {
    numberOfInstances: whole(settings, "numberOfInstances") ?? 1,
    ...given("coordinationCommandLine", text(settings, "coordinationCommandLine")),
  };
}

/** T-40; ranges are numbers of 32 bits, checked by the core. */
function dependencies(body: JsonObject, place: string): TaskDependencies {
  const taskIdRanges = (objects(body, "taskIdRanges") ?? []).map((range) => ({
    start: whole(range, "start") ?? 0,
    end: whole(range, "end") ?? 0,
  }));
  const taskIds = texts(body, "taskIds") ?? [];
  if (taskIds.length === 0 && taskIdRanges.length === 0)
    throw badProperty(`${place}dependsOn`, body, "ids or ranges of ids are required", "MissingRequiredProperty");
  return { taskIds, taskIdRanges };
}

function exitConditions(body: JsonObject): ExitConditions {
  return {
    ...given(
      "exitCodes",
      objects(body, "exitCodes")?.map((row) => ({ code: whole(row, "code") ?? 0, options: optionsOf(row) })),
    ),
    ...given(
      "exitCodeRanges",
      objects(body, "exitCodeRanges")?.map((row) => ({
        start: whole(row, "start") ?? 0,
        end: whole(row, "end") ?? 0,
        options: optionsOf(row),
      })),
    ),
    ...given("preProcessingError", exitOptions(object(body, "preProcessingError"))),
    ...given("fileUploadError", exitOptions(object(body, "fileUploadError"))),
    ...given("default", exitOptions(object(body, "default"))),
  };
}

const optionsOf = (row: JsonObject): ExitOptions => exitOptions(object(row, "exitOptions")) ?? {};

function exitOptions(body: JsonObject | undefined): ExitOptions | undefined {
  if (body === undefined) return undefined;
  return {
    ...given("jobAction", word<JobAction>(body, "jobAction")),
    ...given("dependencyAction", word<DependencyAction>(body, "dependencyAction")),
  };
}
