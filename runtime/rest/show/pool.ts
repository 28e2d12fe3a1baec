/** A pool as the wire shows it, and the specification of an auto pool, which has the same properties before there is a pool. */
import type { AutoScaleRun } from "../../../src/autoscale/run.ts";
import { evaluationIntervalMs } from "../../../src/base/limits.ts";
import type { PoolDetails } from "../../agent/run/details.ts";
import type { AddPoolSpec, AutoScaleRecord, KindCounts, Pool, ResizeError } from "../../core/pool.ts";
import type { NodeState } from "../../core/node.ts";
import type { JsonObject } from "../call.ts";
import { withoutSecrets } from "./secrets.ts";
import { showStartTask } from "./startTask.ts";
import { poolStatistics } from "./statistics.ts";
import { versionOf } from "./tags.ts";
import { poolUrl } from "./urls.ts";
import { details, type View, wire } from "./view.ts";
import { duration, instant } from "./when.ts";

/** CloudPool. */
export function showPool(pool: Pool, view: View): JsonObject {
  const { spec } = pool;
  const errors = pool.allocationState === "steady" ? pool.resizeErrors : [];
  const { eTag } = versionOf(pool);
  return wire({
    id: pool.id,
    displayName: spec.displayName,
    url: poolUrl(view.base, pool.id),
    eTag,
    lastModified: instant(pool.lastModifiedAt),
    creationTime: instant(pool.creationAt),
    state: pool.state,
    stateTransitionTime: instant(pool.stateTransitionAt),
    allocationState: pool.allocationState,
    allocationStateTransitionTime: instant(pool.allocationStateTransitionAt),
    vmSize: spec.vmSize,
    resizeTimeout: duration(spec.resizeTimeoutMs),
    ...sizes(pool, view),
    ...showResizeErrors(errors, view),
    ...showAutoScale(pool),
    enableInterNodeCommunication: spec.enableInterNodeCommunication,
    startTask: spec.startTask === undefined ? undefined : showStartTask(spec.startTask, view),
    ...showPoolDetails(spec.opaque, view),
    cloudServiceConfiguration: showCloudService(pool, view),
    ...slots(spec.taskSlotsPerNode, view),
    taskSchedulingPolicy: { nodeFillType: fillType(spec.nodeFillType) },
    // Nodes of one machine need no way in from outside.
    currentNodeCommunicationMode: hasCommunicationMode(view) ? "simplified" : undefined,
    stats: view.stats ? poolStatistics(pool, view) : undefined,
  });
}

/** Targets and nodes of both kinds; before 2017-05 there were dedicated nodes only, under shorter names. */
function sizes({ dedicated, lowPriority }: Pool, view: View): JsonObject {
  if (view.version.singleTarget) return { currentDedicated: dedicated.current, targetDedicated: dedicated.target };
  return {
    currentDedicatedNodes: dedicated.current,
    targetDedicatedNodes: dedicated.target,
    currentLowPriorityNodes: lowPriority.current,
    targetLowPriorityNodes: lowPriority.target,
  };
}

function slots(taskSlotsPerNode: number | undefined, view: View): JsonObject {
  const count = taskSlotsPerNode ?? 1;
  return view.version.maxTasksPerNode ? { maxTasksPerNode: count } : { taskSlotsPerNode: count };
}

const fillType = (type: string | undefined): string => (type === "pack" ? "Pack" : "Spread");

/** A list since 2017-05, a single one before. Absent while a resize runs (P-33). */
function showResizeErrors(errors: readonly ResizeError[], view: View): JsonObject {
  if (errors.length === 0) return {};
  const shown = errors.map(({ code, message, values }) =>
    wire({ code, message, values: values.length === 0 ? undefined : values }),
  );
  return view.version.singleTarget ? { resizeError: shown[0] } : { resizeErrors: shown };
}

function showAutoScale(pool: Pool): JsonObject {
  const { autoScale } = pool;
  if (autoScale === undefined) return { enableAutoScale: false };
  const last: AutoScaleRecord | undefined = pool.autoScaleRuns.at(-1);
  return wire({
    enableAutoScale: true,
    autoScaleFormula: autoScale.formula,
    autoScaleEvaluationInterval: duration(autoScale.intervalMs),
    autoScaleRun: last === undefined ? undefined : showAutoScaleRun(last.run),
  });
}

/** AutoScaleRun: what the last or a tried evaluation gave (P-68). A failed one has an error and the unchanged targets as results. */
export function showAutoScaleRun(run: AutoScaleRun): JsonObject {
  const { error } = run;
  return wire({
    timestamp: run.timestamp,
    results: run.results,
    error: error === null ? undefined : { code: error.code, message: error.message, values: error.values },
  });
}

const hasCommunicationMode = (view: View): boolean => view.version.date >= "2022-10-01";

/** What the core carries unread of a pool. */
function showPoolDetails(opaque: unknown, view: View): JsonObject {
  const given = details<PoolDetails>(opaque);
  return wire({
    virtualMachineConfiguration: withoutSecrets(given.virtualMachineConfiguration),
    networkConfiguration: given.networkConfiguration,
    certificateReferences: given.certificateReferences,
    applicationPackageReferences: given.applicationPackageReferences,
    applicationLicenses: given.applicationLicenses,
    userAccounts: withoutSecrets(given.userAccounts),
    metadata: given.metadata,
    mountConfiguration: withoutSecrets(given.mountConfiguration),
    upgradePolicy: given.upgradePolicy,
    resourceTags: given.resourceTags,
    targetNodeCommunicationMode: hasCommunicationMode(view) ? (given.targetNodeCommunicationMode ?? "default") : undefined,
  });
}

/** What of a pool is read to show its guest OS; of an auto pool's specification there is no upgrade. */
interface OfCloudService {
  readonly spec: Pick<AddPoolSpec, "opaque" | "osVersion" | "currentOSVersion">;
  readonly upgrade?: Pool["upgrade"];
}

/** The wanted version of the guest OS; until 2018-12 also the one that its nodes have, the old one until all are upgraded (P-125). */
function showCloudService({ spec, upgrade }: OfCloudService, view: View): JsonObject | undefined {
  const given = details<PoolDetails>(spec.opaque).cloudServiceConfiguration as JsonObject | undefined;
  if (given === undefined) return undefined;
  const wanted = upgrade?.targetOSVersion ?? spec.osVersion ?? "*";
  if (view.version.date >= "2018-12-01") return { ...given, osVersion: wanted };
  return { ...given, targetOSVersion: wanted, currentOSVersion: spec.currentOSVersion ?? spec.osVersion ?? "*" };
}

/** PoolSpecification of an auto pool, with the defaults that adding the pool will fill in (P-200). */
export function showPoolSpecification(spec: Omit<AddPoolSpec, "id">, view: View): JsonObject {
  const autoScaled = spec.enableAutoScale === true;
  const low = !view.version.singleTarget;
  return wire({
    displayName: spec.displayName,
    vmSize: spec.vmSize,
    ...slots(spec.taskSlotsPerNode, view),
    taskSchedulingPolicy: { nodeFillType: fillType(spec.nodeFillType) },
    resizeTimeout: duration(spec.resizeTimeoutMs ?? view.settings.resizeTimeoutMs),
    [low ? "targetDedicatedNodes" : "targetDedicated"]: autoScaled ? undefined : (spec.targetDedicatedNodes ?? 0),
    targetLowPriorityNodes: autoScaled || !low ? undefined : (spec.targetLowPriorityNodes ?? 0),
    enableAutoScale: autoScaled,
    autoScaleFormula: spec.autoScaleFormula,
    autoScaleEvaluationInterval: autoScaled
      ? duration(spec.autoScaleEvaluationIntervalMs ?? evaluationIntervalMs.value)
      : undefined,
    enableInterNodeCommunication: spec.enableInterNodeCommunication ?? false,
    startTask: spec.startTask === undefined ? undefined : showStartTask(spec.startTask, view),
    ...showPoolDetails(spec.opaque, view),
    cloudServiceConfiguration: showCloudService({ spec }, view),
  });
}

/** PoolNodeCounts (P-210). States are spelled here as nowhere else on the wire. */
export function showNodeCounts({ id, dedicated, lowPriority }: Pool): JsonObject {
  return { poolId: id, dedicated: kindCounts(dedicated), lowPriority: kindCounts(lowPriority) };
}

const COUNTED: readonly (readonly [name: string, state: NodeState])[] = [
  ["creating", "creating"],
  ["idle", "idle"],
  ["offline", "offline"],
  ["preempted", "preempted"],
  ["rebooting", "rebooting"],
  ["reimaging", "reimaging"],
  ["running", "running"],
  ["starting", "starting"],
  ["startTaskFailed", "starttaskfailed"],
  ["leavingPool", "leavingpool"],
  ["unknown", "unknown"],
  ["unusable", "unusable"],
  ["waitingForStartTask", "waitingforstarttask"],
  ["upgradingOS", "upgradingos"],
];

function kindCounts({ byState, current }: KindCounts): JsonObject {
  const counts: Record<string, number> = {};
  for (const [name, state] of COUNTED) counts[name] = byState[state];
  counts.total = current;
  return counts;
}
