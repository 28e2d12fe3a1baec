/**
 * What the provider tells of machines, one function per thing that can happen. A report about a node that is unknown, gone, or in a state in which
 * the report makes no sense is ignored and recorded as `StaleReport`: providers are slow, repeat themselves and cross with our wishes.
 */
import { idKey } from "../limits.ts";
import { emit, request } from "../apply.ts";
import { noteEmptied } from "../apply/occupancy.ts";
import { recordUsage } from "../autoscale/observe.ts";
import { ComputeNode, type NodeError, nodeMachine, type NodeState, type StartTaskSpec } from "../node.ts";
import type { Pool, ResizeErrorCode } from "../pool.ts";
import type { NodeReport } from "../protocol/reports.ts";
import { restart } from "../resize/deallocate.ts";
import { resizeError } from "../resize/reconcile.ts";
import { seekLater, seekReplacement, trouble } from "../resize/operation.ts";
import { loseWork, nodeBooted, nodeCameUp, nodeLeaves, nodeUnfit } from "../schedule/endings.ts";
import type { FailureInfo } from "../taskOutcome.ts";
import type { World } from "../world.ts";

const RESIZE_CODES: ReadonlySet<string> = new Set<ResizeErrorCode>([
  "AccountCoreQuotaReached",
  "AccountLowPriorityCoreQuotaReached",
  "AllocationTimedout",
  "AllocationFailed",
  "RemoveNodesFailed",
  "CommunicationEnabledPoolReachedMaxVMCount",
  "Unknown",
]);

export function nodeReport(world: World, report: NodeReport): void {
  const pool = world.pool(report.poolId);
  if (pool === undefined) {
    stale(world, report, report.poolId);
    return;
  }
  if (report.kind === "AllocationFailed") {
    allocationFailed(world, pool, report.nodeIds, report.code, report.message);
    return;
  }
  if (report.kind === "NodeAllocated") {
    nodeAllocated(world, pool, report.nodeId, report);
    return;
  }
  const node = pool.node(report.nodeId);
  if (node === undefined) {
    const late = pool.requests.get(idKey(report.nodeId))?.cancelled === true;
    if (late && report.kind === "NodeReleased") lateNodeReleased(world, pool, report.nodeId);
    else if (late && report.kind === "RemovalFailed") releaseLater(world, pool, report.nodeId);
    else stale(world, report, report.nodeId);
    return;
  }
  if (!nodeTold(world, node, report)) stale(world, report, node.id);
}

function stale(world: World, report: NodeReport, about: string): void {
  emit(world, { kind: "StaleReport", report: report.kind, about: about.slice(0, 64) });
}

/** Whether the report made sense. */
function nodeTold(
  world: World,
  node: ComputeNode,
  report: Exclude<NodeReport, { kind: "AllocationFailed" | "NodeAllocated" }>,
): boolean {
  switch (report.kind) {
    case "NodeStarted":
      return started(world, node);
    case "NodeReady":
      return ready(world, node);
    case "NodeBootFailed":
      return unusable(world, node, report.errors, node.state === "starting");
    case "StartTaskEnded":
      return startTaskEnded(world, node, report.exitCode, report.failure);
    case "NodePreempted":
      return preempted(world, node);
    case "NodeLost":
      return lost(world, node);
    case "NodeRecovered":
      return recovered(world, node);
    case "NodeInterrupted":
      return interrupted(world, node);
    case "NodeUnusable":
      return unusable(world, node, report.errors, true);
    case "NodeReleased":
      return released(world, node);
    case "RemovalFailed":
      return removalFailed(world, node, report.message);
    case "UsageSampled":
      recordUsage(node.pool, report.values);
      return true;
  }
}

function change(world: World, node: ComputeNode, to: NodeState, errors: readonly NodeError[] = []): void {
  emit(world, { kind: "NodeStateChanged", node, to, errors });
}

/** Row 1; row 17 for the replacement of a preempted node, which keeps id and place (P-82). */
function nodeAllocated(world: World, pool: Pool, nodeId: string, report: NodeReport): void {
  const present = pool.node(nodeId);
  if (present !== undefined) {
    if (present.state !== "preempted") {
      stale(world, report, nodeId);
      return;
    }
    change(world, present, "creating");
    return;
  }
  const asked = pool.requests.get(idKey(nodeId));
  if (asked === undefined) {
    stale(world, report, nodeId);
    return;
  }
  if (asked.cancelled) {
    request(world, { kind: "ReleaseNode", pool, nodeId: asked.nodeId });
    return;
  }
  const place = pool.freePlaces.length > 0 ? pool.freePlaces[pool.freePlaces.length - 1] : pool.places.length;
  emit(world, { kind: "NodeCreated", node: new ComputeNode(pool, asked.nodeId, place, asked.isDedicated, world.now) });
  world.touchForResize(pool);
}

function allocationFailed(world: World, pool: Pool, nodeIds: readonly string[], code: string, message: string): void {
  let wanted = 0;
  for (const nodeId of nodeIds) {
    const key = idKey(nodeId);
    const asked = pool.requests.get(key);
    const node = pool.nodes.get(key);
    if (asked !== undefined) {
      if (!asked.cancelled) wanted++;
      emit(world, { kind: "NodeRequestEnded", pool, nodeId });
    } else if (node?.awaitsReplacement === true && node.state === "preempted") {
      emit(world, { kind: "ReplacementSought", node, sought: false });
    } else {
      emit(world, { kind: "StaleReport", report: "AllocationFailed", about: nodeId.slice(0, 64) });
    }
  }
  if (wanted > 0)
    trouble(
      world,
      pool,
      resizeError(RESIZE_CODES.has(code) ? (code as ResizeErrorCode) : "AllocationFailed", message, { nodes: wanted }),
    );
  world.touchForResize(pool);
  seekLater(world, pool);
}

/** A machine came after its request was cancelled, and was given back: only now are its cores free (L-13). */
function lateNodeReleased(world: World, pool: Pool, nodeId: string): void {
  emit(world, { kind: "NodeRequestEnded", pool, nodeId });
  world.touchForResize(pool);
}

/** It could not be given back, and nobody can be told: its pool is being deleted, or it came too late to get a record. */
function releaseLater(world: World, pool: Pool, nodeId: string): void {
  world.timers.set(world.now + world.settings.unusableRecoveryMs, { kind: "releaseAgain", pool, nodeId });
}

/** Time to try again, if it is still there. */
export function releaseAgain(world: World, pool: Pool, nodeId: string): void {
  const key = idKey(nodeId);
  if (pool.requests.has(key) || pool.nodes.get(key)?.state === "leavingpool")
    request(world, { kind: "ReleaseNode", pool, nodeId });
}

/** Rows 2, 13, 14: the agent is up. */
function started(world: World, node: ComputeNode): boolean {
  if (node.state !== "creating" && node.state !== "rebooting" && node.state !== "reimaging") return false;
  const wiped = node.state !== "rebooting";
  change(world, node, "starting");
  nodeBooted(world, node, wiped);
  return true;
}

/** Rows 3 and 4. The start task reads the pool's present settings (P-109). */
function ready(world: World, node: ComputeNode): boolean {
  if (node.state !== "starting") return false;
  const startTask = node.pool.spec.startTask;
  if (startTask !== undefined) runStartTask(world, node, startTask, 0);
  if (startTask?.waitForSuccess === true) change(world, node, "waitingforstarttask");
  else comeUp(world, node);
  return true;
}

function runStartTask(world: World, node: ComputeNode, startTask: StartTaskSpec, retryCount: number): void {
  emit(world, { kind: "StartTaskStarted", node, retryCount });
  request(world, { kind: "RunStartTask", node, startTask });
}

function startTaskFailed(world: World, node: ComputeNode): void {
  change(world, node, "starttaskfailed");
  nodeUnfit(world, node);
}

/** The node may take tasks, unless its scheduling was disabled meanwhile. */
function comeUp(world: World, node: ComputeNode): void {
  change(world, node, node.schedulingState === "enabled" ? "idle" : "offline");
  nodeCameUp(world, node);
}

/** Rows 6 and 7, P-103: only nonzero exits are retried, a start task that could not be started is not. */
function startTaskEnded(
  world: World,
  node: ComputeNode,
  exitCode: number | undefined,
  failure: FailureInfo | undefined,
): boolean {
  const info = node.startTaskInfo;
  const startTask = node.startTask;
  if (info?.state !== "running" || startTask === undefined || node.state === "leavingpool" || node.state === "preempted")
    return false;
  const waiting = node.state === "waitingforstarttask";
  const succeeded = exitCode === 0 && failure === undefined;
  const retriesLeft = startTask.maxTaskRetryCount === -1 || info.retryCount < startTask.maxTaskRetryCount;
  if (!succeeded && failure === undefined && exitCode !== undefined && retriesLeft) {
    runStartTask(world, node, startTask, info.retryCount + 1);
    return true;
  }
  emit(world, { kind: "StartTaskCompleted", node, exitCode, failure });
  if (waiting && succeeded) comeUp(world, node);
  else if (waiting) startTaskFailed(world, node);
  return true;
}

/** Row 16, P-81: tasks run again elsewhere, the disk is lost, the record stays. */
function preempted(world: World, node: ComputeNode): boolean {
  if (node.isDedicated || !nodeMachine.allows(node.state, "preempted")) return false;
  change(world, node, "preempted");
  loseWork(world, node, "recover");
  if (node.drain !== undefined && node.drain.purpose !== "leave") emit(world, { kind: "NodeDrainEnded", node });
  if (node.drain === undefined) seekReplacement(world, node);
  // Retained data went with the disk, so a node that waited for it may leave.
  else noteEmptied(world, node);
  world.touchForResize(node.pool);
  return true;
}

/** Row 18. What runs there is left alone for a while: contact may come back. */
function lost(world: World, node: ComputeNode): boolean {
  if (!nodeMachine.allows(node.state, "unknown")) return false;
  change(world, node, "unknown");
  recoverLater(world, node, world.settings.unknownGraceMs);
  return true;
}

function recoverLater(world: World, node: ComputeNode, afterMs: number): void {
  world.timers.set(world.now + afterMs, { kind: "nodeRecovery", node, stateNumber: node.stateNumber });
}

/** Row 19: back to where it was; what ended meanwhile is told by reports of its own. */
function recovered(world: World, node: ComputeNode): boolean {
  if (node.state !== "unknown") return false;
  const before = node.stateBeforeUnknown;
  switch (before) {
    case "idle":
    case "running":
    case "offline":
      if (node.attempts.length === 0) comeUp(world, node);
      else {
        change(world, node, "running");
        nodeCameUp(world, node);
      }
      break;
    case "waitingforstarttask":
      // Its start task may have ended while nobody heard of the node.
      if (node.startTaskInfo?.state === "running") change(world, node, before);
      else if (node.startTaskInfo?.result === "success") comeUp(world, node);
      else startTaskFailed(world, node);
      break;
    case "starttaskfailed":
    case "unusable":
      change(world, node, before);
      nodeUnfit(world, node);
      // What was wrong with it is not known any more: as without contact, the service keeps trying (P-94).
      if (before === "unusable") recoverLater(world, node, world.settings.unusableRecoveryMs);
      break;
    default:
      // It was on its way up; an agent that answers has started.
      change(world, node, "starting");
      if (before !== "starting") nodeBooted(world, node, before !== "rebooting");
  }
  return true;
}

/** As after a failure of its machine: its tasks run again without a count (P-95), and it boots, so that its start task runs again (P-100). */
function interrupted(world: World, node: ComputeNode): boolean {
  const state = node.state === "unknown" ? node.stateBeforeUnknown : node.state;
  if (state !== "idle" && state !== "running" && state !== "offline") return false;
  loseWork(world, node, "recover");
  if (node.drain?.purpose !== "leave") restart(world, node, "rebooting");
  return true;
}

/** Rows 5 and 20. Its tasks run elsewhere (P-95). Without errors it means no contact, and the service keeps trying (P-94). */
function unusable(world: World, node: ComputeNode, errors: readonly NodeError[], legal: boolean): boolean {
  if (!legal || !nodeMachine.allows(node.state, "unusable") || node.state === "leavingpool" || node.state === "unknown")
    return false;
  change(world, node, "unusable", errors);
  loseWork(world, node, "recover");
  if (errors.length === 0) recoverLater(world, node, world.settings.unusableRecoveryMs);
  return true;
}

/** Silent for too long, or unusable without a cause: its tasks run elsewhere and it is rebooted (rows 19, 21, P-95). */
export function nodeRecoveryDue(world: World, node: ComputeNode, stateNumber: number): void {
  if (node.gone || node.stateNumber !== stateNumber) return;
  loseWork(world, node, "recover");
  if (node.drain?.purpose !== "leave") restart(world, node, "rebooting");
  // A node that is to leave goes its way now that it is empty. Where data are waited for it stays, and its drain may be given up: so look again.
  else if (node.stateNumber === stateNumber) recoverLater(world, node, world.settings.unknownGraceMs);
}

/** P-50. A machine that the provider takes away unasked goes the same way. */
function released(world: World, node: ComputeNode): boolean {
  const pool = node.pool;
  if (node.state !== "leavingpool") {
    loseWork(world, node, "recover");
    change(world, node, "leavingpool");
  }
  nodeLeaves(world, node);
  emit(world, { kind: "NodeRemoved", node });
  world.touchForResize(pool);
  seekLater(world, pool);
  return true;
}

/** The node stays, unusable; the next resize takes it first. In a pool that is being deleted it is tried until it goes. */
function removalFailed(world: World, node: ComputeNode, message: string): boolean {
  if (node.state !== "leavingpool") return false;
  trouble(world, node.pool, resizeError("RemoveNodesFailed", message));
  if (node.pool.state === "deleting") releaseLater(world, node.pool, node.id);
  else {
    change(world, node, "unusable", [{ code: "RemoveNodesFailed", message }]);
    nodeUnfit(world, node);
  }
  world.touchForResize(node.pool);
  return true;
}
