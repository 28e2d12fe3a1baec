/**
 * A resize from its start to its end (section 3 of the pool rules). One file because the ends are many and must agree: targets met, timeout, stop,
 * quota, refusal by the provider, a new target in the middle, deletion of the pool.
 *
 *     startResize: plan once → ask for nodes, drain those that leave → … reports … → completeIfDone → steady
 *                                    timeout, stop: cancel requests, end drains → steady, target keeps its value
 */
import { emit, request } from "../apply.ts";
import type { ComputeNode, DeallocationOption } from "../node.ts";
import type { Pool, Resize, ResizeError } from "../pool.ts";
import type { World } from "../world.ts";
import { endDrain, startDrain } from "./deallocate.ts";
import { nodesWithinQuota, reconcile, resizeError, roomUnderCap, shortfall } from "./reconcile.ts";

export interface ResizeOptions {
  readonly by: Resize["by"];
  readonly option: DeallocationOption;
  /** Infinity: never given up. */
  readonly timeoutMs: number;
  /** For remove-nodes: these leave, and no other is touched (P-49). */
  readonly nodes?: readonly ComputeNode[];
}

/** Starts a resize to the pool's present targets, or turns a running one to them (P-70). */
export function startResize(world: World, pool: Pool, options: ResizeOptions): void {
  const { by, option, timeoutMs } = options;
  const number = pool.resizeNumber + 1;
  const resize: Resize = {
    number,
    by,
    option,
    before: { dedicated: pool.dedicated.current, lowPriority: pool.lowPriority.current },
    wanted: { dedicated: pool.dedicated.target, lowPriority: pool.lowPriority.target },
    startedAt: world.now,
    timeoutAt: world.now + timeoutMs,
  };
  emit(world, { kind: "ResizeStarted", pool, resize });
  world.touchForResize(pool);
  // A drain may end a job, and that job's own pool with it: what was planned before then is void.
  const superseded = () => pool.resizeNumber !== number;
  if (options.nodes !== undefined) {
    for (const node of options.nodes)
      if (!superseded()) startDrain(world, node, { option, purpose: "leave", reason: "it was named to be removed" });
    return;
  }
  const plan = reconcile(world, pool);
  for (const error of plan.errors) emit(world, { kind: "ResizeTroubled", pool, error });
  cancelRequests(world, pool, plan.cancel);
  for (const { node, reason } of plan.leave) if (!superseded()) startDrain(world, node, { option, purpose: "leave", reason });
  if (superseded()) return;
  requestNodes(world, pool, true, plan.dedicated);
  requestNodes(world, pool, false, plan.lowPriority);
}

/** Asks for new nodes. Their ids count up within the pool and are not given twice. */
function requestNodes(world: World, pool: Pool, dedicated: boolean, count: number): void {
  if (count === 0) return;
  const nodeIds = Array.from({ length: count }, (_, i) => `tvm-${pool.nodeSequence + i + 1}`);
  emit(world, { kind: "NodesRequested", pool, dedicated, nodeIds });
  request(world, { kind: "AllocateNodes", pool, dedicated, nodeIds });
}

function cancelRequests(world: World, pool: Pool, nodeIds: readonly string[]): void {
  if (nodeIds.length === 0) return;
  for (const nodeId of nodeIds) emit(world, { kind: "NodeRequestCancelled", pool, nodeId });
  request(world, { kind: "CancelAllocation", pool, nodeIds });
}

/** Notes why the running resize will end short; a code is noted once. */
export function trouble(world: World, pool: Pool, error: ResizeError): void {
  if (pool.resize === undefined || pool.pendingErrors.some((earlier) => earlier.code === error.code)) return;
  emit(world, { kind: "ResizeTroubled", pool, error });
}

/** Ends the resize when nothing of it is under way any more. */
export function completeIfDone(world: World, pool: Pool): void {
  if (pool.resize === undefined) return;
  const leaving = pool.dedicated.leaving + pool.lowPriority.leaving;
  const requested = pool.dedicated.requested + pool.lowPriority.requested;
  if (leaving === 0 && requested === 0) complete(world, pool, pool.resize);
}

function complete(world: World, pool: Pool, resize: Resize): void {
  const after = { dedicated: pool.dedicated.current, lowPriority: pool.lowPriority.current };
  emit(world, { kind: "ResizeCompleted", pool, resize, after, errors: [...pool.pendingErrors] });
  const held = pool.heldTargets;
  if (held !== undefined) {
    emit(world, { kind: "TargetsHeld", pool, held: undefined });
    if (pool.autoScale !== undefined && retarget(world, pool, held.dedicated, held.lowPriority, held.option)) return;
  }
  seekLater(world, pool);
}

/** An autoscale run's targets take effect: whether they were new. An unchanged target starts no resize (formula rule 6.17). */
export function retarget(
  world: World,
  pool: Pool,
  dedicated: number,
  lowPriority: number,
  option: DeallocationOption,
): boolean {
  const same = dedicated === pool.dedicated.target && lowPriority === pool.lowPriority.target;
  if (same && !(world.settings.retryUnchangedTarget && pool.resize === undefined && !onTarget(pool))) return false;
  if (!same) emit(world, { kind: "PoolTargetsChanged", pool, dedicated, lowPriority });
  startResize(world, pool, { by: "autoscale", option, timeoutMs: world.settings.resizeTimeoutMs });
  return true;
}

/** Whether both kinds have as many node records as their targets say. */
export function onTarget(pool: Pool): boolean {
  return pool.dedicated.current === pool.dedicated.target && pool.lowPriority.current === pool.lowPriority.target;
}

/** Stops the running resize: what is there stays, what is on its way out of the pool goes (section 3, P-30). */
export function stopResize(world: World, pool: Pool): void {
  emit(world, { kind: "ResizeStopping", pool });
  if (pool.heldTargets !== undefined) emit(world, { kind: "TargetsHeld", pool, held: undefined });
  abandon(world, pool);
  trouble(world, pool, resizeError("ResizeStopped", "the resize was stopped by request"));
  world.touchForResize(pool);
}

/** The resize took too long (P-12, P-39). */
export function resizeTimedOut(world: World, pool: Pool, resizeNumber: number): void {
  const resize = pool.resize;
  if (pool.gone || resize === undefined || resize.number !== resizeNumber) return;
  const removal = pool.dedicated.leaving + pool.lowPriority.leaving > 0;
  const requested = pool.dedicated.requested + pool.lowPriority.requested;
  abandon(world, pool);
  const message = removal
    ? "nodes could not be removed in time: their tasks or retained data were waited for"
    : `${requested} nodes were not allocated in time`;
  trouble(world, pool, resizeError("AllocationTimedout", message));
  complete(world, pool, resize);
}

/** Gives up requests and drains; nodes that already leave cannot be stopped. */
function abandon(world: World, pool: Pool): void {
  cancelRequests(
    world,
    pool,
    Array.from(pool.requests.values())
      .filter((asked) => !asked.cancelled)
      .map((asked) => asked.nodeId),
  );
  for (const node of [...pool.draining]) if (node.drain?.purpose === "leave") endDrain(world, node);
}

/**
 * The low-priority target is sought for ever (P-83): while nodes of it are missing or preempted, the provider is asked again now and then. A
 * resize that was stopped by request ends the search for missing ones until the next resize; preempted ones are still replaced.
 */
export function seekLater(world: World, pool: Pool): void {
  if (pool.seekTimer !== undefined || pool.state === "deleting" || pool.gone) return;
  if (!missesLowPriority(pool) && pool.lowPriority.byState.preempted === 0) return;
  pool.seekTimer = world.timers.set(world.now + world.settings.lowPrioritySeekMs, { kind: "seekLowPriority", pool });
  world.markChanged(pool);
}

function missesLowPriority(pool: Pool): boolean {
  return shortfall(pool, false) > 0 && !pool.resizeErrors.some((error) => error.code === "ResizeStopped");
}

/** Asks again for low-priority nodes. While a resize runs that is its business; its end sets the timer anew. */
export function seekDue(world: World, pool: Pool): void {
  pool.seekTimer = undefined;
  if (pool.gone || pool.state === "deleting") return;
  world.markChanged(pool);
  if (pool.lowPriority.byState.preempted > 0) {
    for (const node of pool.nodes.values()) if (node.state === "preempted") seekReplacement(world, node);
  }
  if (pool.resize === undefined && missesLowPriority(pool)) {
    const allowed = Math.min(shortfall(pool, false), nodesWithinQuota(world, pool, false), roomUnderCap(world, pool));
    requestNodes(world, pool, false, allowed);
  }
  seekLater(world, pool);
}

/** Asks for the replacement of a preempted node, unless that was done or the node is to leave. */
export function seekReplacement(world: World, node: ComputeNode): void {
  if (node.awaitsReplacement || node.drain !== undefined) return;
  emit(world, { kind: "ReplacementSought", node, sought: true });
  request(world, { kind: "ReplaceNode", node });
}
