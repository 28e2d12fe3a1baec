/** A pool's start task as a property of pools and nodes, and how it went on a node (P-100 to P-110). */
import type { CommandDetails } from "../../agent/details.ts";
import type { StartTaskInfo, StartTaskSpec } from "../../core/node.ts";
import type { JsonObject } from "../call.ts";
import { showCommandDetails } from "./command.ts";
import { details, type View, wire } from "./view.ts";
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

/** StartTaskInformation. The core keeps a failure as one sentence; its code is told from whether a process ran (P-102). */
export function showStartTaskInfo(info: StartTaskInfo): JsonObject {
  const { exitCode, failure } = info;
  const code = exitCode === undefined ? "Unknown" : "FailureExitCode";
  const failed = info.result === "failure";
  const message = failure ?? "The start task exited with an exit code representing a failure";
  return wire({
    state: info.state,
    startTime: instant(info.startAt),
    endTime: instant(info.endAt),
    exitCode,
    failureInfo: failed
      ? {
          category: exitCode === undefined ? "ServerError" : "UserError",
          code,
          message,
          details: [{ name: "Message", value: message }],
        }
      : undefined,
    retryCount: info.retryCount,
    lastRetryTime: instant(info.lastRetryAt),
    result: info.result,
  });
}
