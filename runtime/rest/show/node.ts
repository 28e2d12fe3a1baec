/** A compute node as the wire shows it (section 8 of the pool rules). */
import { AGENT_PROTOCOL } from "../../agent/protocol.ts";
import type { CertificateReference, PoolDetails } from "../../agent/run/details.ts";
import type { ComputeNode } from "../../core/node.ts";
import { instanceOn } from "../../core/subtasks.ts";
import type { Task } from "../../core/task.ts";
import type { FrontEnd } from "../../providers/network/frontEnds.ts";
import type { NodeFiles } from "../../providers/nodeFiles.ts";
import type { JsonObject } from "../call.ts";
import { showStartTask, showStartTaskInfo } from "./startTask.ts";
import { showExecution } from "./task.ts";
import { nodeUrl, taskUrl } from "./urls.ts";
import { details, type View, wire } from "./view.ts";
import { instant } from "./when.ts";

/** What `affinityId` of a node is made of (T-65); with its cluster, where there are several: `TVM:tvm-1@cluster-2`. */
export const affinityOf = (nodeId: string, cluster?: string): string =>
  cluster === undefined ? `TVM:${nodeId}` : `TVM:${nodeId}@${cluster}`;

/** ComputeNode. Address, cluster and endpoints are told by whoever supplies the node, if it has some; `certificates`: those that are installed on it. */
export function showNode(
  node: ComputeNode,
  files: NodeFiles,
  certificates: readonly CertificateReference[],
  view: View,
): JsonObject {
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
    ipAddress: files.address?.(node),
    affinityId: affinityOf(node.id, files.cluster?.(node)),
    vmSize: pool.spec.vmSize,
    totalTasksRun: node.totalTasksRun,
    runningTasksCount: node.attempts.length,
    runningTaskSlotsCount: view.version.maxTasksPerNode ? undefined : node.usedSlots,
    totalTasksSucceeded: node.totalTasksSucceeded,
    recentTasks:
      node.recentTasks.length === 0 ? undefined : node.recentTasks.map((task) => showRecent(task, node, view)).reverse(),
    startTask: startTask === undefined ? undefined : showStartTask(startTask, view),
    startTaskInfo: startTaskInfo === undefined ? undefined : showStartTaskInfo(startTaskInfo),
    certificateReferences: certificates.map((reference) => wire({ ...reference })),
    errors: node.errors.length === 0 ? undefined : node.errors.map(({ code, message }) => ({ code, message })),
    isDedicated: view.version.singleTarget ? undefined : node.isDedicated,
    nodeAgentInfo: { version: `${AGENT_PROTOCOL}.0.0`, lastUpdateTime: instant(node.lastBootAt ?? node.allocationAt) },
    endpointConfiguration: showEndpoints(files.frontEnds?.(node) ?? []),
    virtualMachineInfo: showImage(given) ?? showGuestOS(node, given),
  });
}

/** ComputeNodeEndpointConfiguration; a node without a way in from outside has none. */
function showEndpoints(frontEnds: readonly FrontEnd[]): JsonObject | undefined {
  if (frontEnds.length === 0) return undefined;
  const inboundEndpoints = frontEnds.map(({ name, protocol, publicIPAddress, publicFQDN, frontendPort, backendPort }) => ({
    name,
    protocol,
    publicIPAddress,
    publicFQDN,
    frontendPort,
    backendPort,
  }));
  return { inboundEndpoints };
}

/** The guest OS of a node of cloud services as the image that it is: the release shows how far an upgrade has come (P-125). */
function showGuestOS({ awaitsUpgrade, pool }: ComputeNode, given: PoolDetails): JsonObject | undefined {
  const { upgrade, spec } = pool;
  const { osFamily } = (given.cloudServiceConfiguration ?? {}) as { osFamily?: string };
  const exactVersion = (awaitsUpgrade ? undefined : upgrade?.currentOSVersion) ?? spec.currentOSVersion;
  if (osFamily === undefined || exactVersion === undefined) return undefined;
  const version = upgrade?.targetOSVersion ?? spec.osVersion;
  const imageReference = {
    publisher: "microsoftwindowsserver",
    offer: "guestos",
    sku: `family-${osFamily}`,
    version,
    exactVersion,
  };
  return { imageReference };
}

/** TaskInformation of a task that ran here lately (P-93). */
function showRecent(task: Task, node: ComputeNode, view: View): JsonObject {
  return wire({
    taskUrl: taskUrl(view.base, task),
    jobId: task.job.id,
    taskId: task.id,
    subtaskId: task.spec.multiInstance === undefined ? undefined : instanceOn(task.attempt, task.subtasks, node),
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
