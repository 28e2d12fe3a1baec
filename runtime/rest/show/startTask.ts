/** A pool's start task as a property of pools and nodes, and how it went on a node (P-100 to P-110). */
import type { CommandDetails } from "../../agent/run/details.ts";
import type { StartTaskInfo, StartTaskSpec } from "../../core/node.ts";
import { FAILURE_EXIT_CODE } from "../../core/schedule/exits.ts";
import type { JsonObject } from "../call.ts";
import { showCommandDetails } from "./command.ts";
import { details, showFailure, type View, wire } from "./view.ts";
import { instant } from "./when.ts";

/** StartTask. */
export function showStartTask(spec: StartTaskSpec, view: View): JsonObject {
  return wire({
    commandLine: spec.commandLine,
    ...showCommandDetails(details<CommandDetails>(spec.opaque), view),
    maxTaskRetryCount: spec.maxTaskRetryCount,
    waitForSuccess: spec.waitForSuccess,
  });
}

/** Of a start task that has run to its end; the core keeps no failure for a plain exit (P-102). */
const FAILED = { ...FAILURE_EXIT_CODE, message: "The start task exited with an exit code representing a failure" };

/** StartTaskInformation. */
export function showStartTaskInfo(info: StartTaskInfo): JsonObject {
  return wire({
    state: info.state,
    startTime: instant(info.startAt),
    endTime: instant(info.endAt),
    exitCode: info.exitCode,
    failureInfo: info.result === "failure" ? showFailure(info.failure ?? FAILED) : undefined,
    retryCount: info.retryCount,
    lastRetryTime: instant(info.lastRetryAt),
    result: info.result,
  });
}
