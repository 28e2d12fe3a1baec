/**
 * What node events write: the node, the pool's counts by kind and state, reserved cores, and the placement index. After every event the counts
 * are again what a walk over the nodes would give; `invariants/pools.ts` does that walk.
 */
import { idKey } from "../limits.ts";
import { assert, unreachable } from "../../../src/base/assert.ts";
import { type ComputeNode, type NodeError, type NodeState, nodeMachine } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { NodeEvent } from "../protocol/events.ts";
import type { World } from "../world.ts";
import { noteEmptied, refreshFree } from "./occupancy.ts";

const NO_ERRORS: readonly NodeError[] = Object.freeze([]);

export function applyNodeEvent(world: World, event: NodeEvent): void {
  switch (event.kind) {
    case "NodesRequested":
      nodesRequested(world, event.pool, event.dedicated, event.nodeIds);
      return;
    case "NodeRequestCancelled": {
      const asked = requestOf(event.pool, event.nodeId);
      assert(!asked.cancelled, "a request is cancelled once");
      asked.cancelled = true;
      event.pool.kind(asked.isDedicated).requested--;
      world.markChanged(event.pool);
      return;
    }
    case "NodeRequestEnded":
      requestEnded(world, event.pool, event.nodeId);
      return;
    case "NodeCreated":
      nodeCreated(world, event.node);
      return;
    case "NodeStateChanged":
      stateChanged(world, event.node, event.to, event.errors);
      break;
    case "NodeDrainStarted": {
      const node = event.node;
      if (node.drain?.purpose === "leave") counts(node).leaving--;
      node.drain = event.drain;
      if (event.drain.purpose === "leave") counts(node).leaving++;
      node.pool.draining.add(node);
      // An empty node is looked at in the same step; it may still have retained data to wait for.
      if (node.empty) noteEmptied(world, node);
      break;
    }
    case "NodeDrainEnded": {
      const node = event.node;
      assert(node.drain !== undefined && node.state !== "leavingpool", "a drain ends that was going on");
      if (node.drain.purpose === "leave") counts(node).leaving--;
      node.drain = undefined;
      node.pool.draining.delete(node);
      // It may have been what an upgrade waited for.
      if (node.pool.state === "upgrading") world.touchForResize(node.pool);
      break;
    }
    case "NodeSchedulingChanged":
      event.node.schedulingState = event.to;
      break;
    case "ReplacementSought":
      event.node.awaitsReplacement = event.sought;
      break;
    case "StartTaskStarted":
      startTaskStarted(world, event.node, event.retryCount);
      break;
    case "StartTaskCompleted": {
      const info = event.node.startTaskInfo;
      assert(info?.state === "running", "a start task ends that was running");
      info.state = "completed";
      info.endAt = world.now;
      info.exitCode = event.exitCode;
      info.failure = event.failure;
      info.result = event.exitCode === 0 && event.failure === undefined ? "success" : "failure";
      break;
    }
    case "NodeRemoved":
      nodeRemoved(world, event.node);
      return;
    default:
      unreachable(event);
  }
  refresh(world, event.node);
}

/** Placement sees the node as it is now, and looks for tasks if it may take some. */
function refresh(world: World, node: ComputeNode): void {
  refreshFree(node);
  if (node.schedulable) world.touchForPlacement(node.pool);
  world.markChanged(node);
}

const counts = (node: ComputeNode) => node.pool.kind(node.isDedicated);

function requestOf(pool: Pool, nodeId: string) {
  const asked = pool.requests.get(idKey(nodeId));
  if (asked === undefined) assert(false, "a node was asked for before it is answered");
  return asked!;
}

/** Cores are reserved when a node is asked for, so that pools racing for them cannot pass the quota together (L-13). */
function reserve(world: World, pool: Pool, isDedicated: boolean, nodes: number): void {
  if (isDedicated) world.dedicatedCores += nodes * pool.spec.coresPerNode;
  else world.lowPriorityCores += nodes * pool.spec.coresPerNode;
}

function nodesRequested(world: World, pool: Pool, isDedicated: boolean, nodeIds: readonly string[]): void {
  for (const nodeId of nodeIds) {
    assert(!pool.requests.has(idKey(nodeId)), "a node is asked for once");
    pool.requests.set(idKey(nodeId), { nodeId, isDedicated, cancelled: false });
  }
  pool.nodeSequence += nodeIds.length;
  pool.kind(isDedicated).requested += nodeIds.length;
  world.markChanged(pool);
  reserve(world, pool, isDedicated, nodeIds.length);
}

function requestEnded(world: World, pool: Pool, nodeId: string): void {
  const asked = requestOf(pool, nodeId);
  pool.requests.delete(idKey(nodeId));
  if (!asked.cancelled) pool.kind(asked.isDedicated).requested--;
  world.markChanged(pool);
  reserve(world, pool, asked.isDedicated, -1);
}

function nodeCreated(world: World, node: ComputeNode): void {
  const pool = node.pool;
  const key = idKey(node.id);
  nodeMachine.check("(none)", "creating");
  assert(requestOf(pool, node.id).isDedicated === node.isDedicated, "a node comes as the kind that was asked for");
  assert(!pool.nodes.has(key) && pool.places[node.place] === undefined, "a node has an id and a place of its own");
  // Its cores stay reserved; they pass from the request to the record.
  pool.requests.delete(key);
  if (pool.freePlaces.length > 0) pool.freePlaces.pop();
  pool.nodes.set(key, node);
  pool.places[node.place] = node;
  const kind = counts(node);
  kind.requested--;
  kind.current++;
  kind.byState.creating++;
  world.markChanged(pool);
  world.markChanged(node);
}

function stateChanged(world: World, node: ComputeNode, to: NodeState, errors: readonly NodeError[]): void {
  const from = node.state;
  nodeMachine.check(from, to);
  const kind = counts(node);
  kind.byState[from]--;
  kind.byState[to]++;
  node.state = to;
  node.stateTransitionAt = world.now;
  node.stateNumber++;
  node.errors = to === "unusable" ? errors : NO_ERRORS;
  node.stateBeforeUnknown = to === "unknown" ? from : undefined;
  switch (to) {
    case "starting":
      node.lastBootAt = world.now;
      break;
    case "preempted":
      // Its replacement is made with the new version, whenever there is one: an upgrade does not wait for it (P-82, P-125).
      node.awaitsUpgrade = false;
      wipe(world, node);
      break;
    case "reimaging":
      wipe(world, node);
      break;
    case "creating":
      node.awaitsReplacement = false;
      node.awaitsUpgrade = false;
      break;
    case "leavingpool":
      if (node.drain?.purpose !== "leave") kind.leaving++;
      node.pool.draining.delete(node);
      break;
    default:
  }
  if (from === "leavingpool") {
    kind.leaving--;
    node.drain = undefined;
  }
  if (node.pool.state === "upgrading") world.touchForResize(node.pool);
}

/** Nothing is retained on the disk any more, nor does a start task count that ran on it (P-81). */
function wipe(world: World, node: ComputeNode): void {
  node.retained = [];
  node.wipedAt = world.now;
  node.startTaskInfo = undefined;
}

function startTaskStarted(world: World, node: ComputeNode, retryCount: number): void {
  node.startTask = node.pool.spec.startTask;
  node.startTaskInfo = {
    state: "running",
    startAt: world.now,
    endAt: undefined,
    exitCode: undefined,
    failure: undefined,
    retryCount,
    lastRetryAt: retryCount > 0 ? world.now : undefined,
    result: undefined,
  };
}

function nodeRemoved(world: World, node: ComputeNode): void {
  const pool = node.pool;
  nodeMachine.check(node.state, "(none)");
  assert(node.empty, "nothing runs on a node that goes");
  const kind = counts(node);
  kind.current--;
  kind.leaving--;
  kind.byState[node.state]--;
  kind.leftMs += world.now - node.allocationAt;
  node.gone = true;
  refreshFree(node);
  pool.nodes.delete(idKey(node.id));
  pool.draining.delete(node);
  pool.places[node.place] = undefined;
  keepPlace(pool.freePlaces, node.place);
  reserve(world, pool, node.isDedicated, -1);
  world.markChanged(node);
  world.markChanged(pool);
}

/** Places wait in falling order, so that the lowest is taken first from the end. */
function keepPlace(places: number[], place: number): void {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] > place) low = middle + 1;
    else high = middle;
  }
  places.splice(low, 0, place);
}
