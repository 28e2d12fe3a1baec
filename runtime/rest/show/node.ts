/** A compute node as the wire shows it (section 8 of the pool rules). */
import { AGENT_PROTOCOL } from "../../agent/protocol.ts";
import type { PoolDetails } from "../../agent/details.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";
import type { JsonObject } from "../call.ts";
import { showStartTask, showStartTaskInfo } from "./startTask.ts";
import { showExecution } from "./task.ts";
import { nodeUrl, taskUrl } from "./urls.ts";
import { details, type View, wire } from "./view.ts";
import { instant } from "./when.ts";

/** What `affinityId` of a node is made of (T-65). */
export const affinityOf = (nodeId: string): string => `TVM:${nodeId}`;

/** ComputeNode. `ipAddress` is told by whoever supplies the node, if it has one. */
export function showNode(node: ComputeNode, ipAddress: string | undefined, view: View): JsonObject {
  const { pool, startTask, startTaskInfo } = node;
  const given = details<PoolDetails>(pool.spec.opaque);
  return wire({
    id: node.id,
    url: nodeUrl(view.base, node),
    state: node.state,
    schedulingState: node.schedulingState,
    stateTransitionTime: instant(node.stateTransitionAt),
    lastBootTime: instant(node.lastBootAt),
    allocationTime: instant(node.allocationAt),
    ipAddress,
    affinityId: affinityOf(node.id),
    vmSize: pool.spec.vmSize,
    totalTasksRun: node.totalTasksRun,
    runningTasksCount: node.attempts.length,
    runningTaskSlotsCount: view.version.maxTasksPerNode ? undefined : node.usedSlots,
    totalTasksSucceeded: node.totalTasksSucceeded,
    recentTasks: node.recentTasks.length === 0 ? undefined : node.recentTasks.map((task) => showRecent(task, view)).reverse(),
    startTask: startTask === undefined ? undefined : showStartTask(startTask, view),
    startTaskInfo: startTaskInfo === undefined ? undefined : showStartTaskInfo(startTaskInfo),
    certificateReferences: given.certificateReferences ?? [],
    errors: node.errors.length === 0 ? undefined : node.errors.map(({ code, message }) => ({ code, message })),
    isDedicated: view.version.singleTarget ? undefined : node.isDedicated,
    nodeAgentInfo: { version: `${AGENT_PROTOCOL}.0.0`, lastUpdateTime: instant(node.lastBootAt ?? node.allocationAt) },
    virtualMachineInfo: showImage(given),
  });
}

/** TaskInformation of a task that ran here lately (P-93). */
function showRecent(task: Task, view: View): JsonObject {
  return wire({
    taskUrl: taskUrl(view.base, task),
    jobId: task.job.id,
    taskId: task.id,
    subtaskId: task.spec.multiInstance === undefined ? undefined : 0,
    taskState: task.state,
    executionInfo: showExecution(task, view),
  });
}

/** The image that the pool names; an exact version is the one that was asked for, since local nodes have none of their own. */
function showImage({ virtualMachineConfiguration }: PoolDetails): JsonObject | undefined {
  const image = (virtualMachineConfiguration as { imageReference?: Record<string, string> } | undefined)?.imageReference;
  if (image === undefined) return undefined;
  return wire({ imageReference: { ...image, exactVersion: image.version } });
}
