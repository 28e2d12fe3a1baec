/**
 * What a resize has to do, decided without changing anything: targets against what is there, quota, cap → a plan with a reason for every node
 * that leaves and an error for every node that cannot be had. `carryOut.ts` does it. Each resize is planned once, when it starts: nodes that
 * the provider then refuses are not asked for again by the same resize (P-36).
 */
import type { Pool, ResizeError, ResizeErrorCode } from "../pool.ts";
import type { World } from "../world.ts";
import { type Victim, victims } from "./victims.ts";

export interface ResizePlan {
  /** How many new nodes to ask for. */
  readonly dedicated: number;
  readonly lowPriority: number;
  /** Ids asked for that are no longer wanted: newest first. */
  readonly cancel: readonly string[];
  readonly leave: readonly Victim[];
  /** Why fewer nodes are asked for than the targets want. */
  readonly errors: readonly ResizeError[];
}

/** The plan for the pool's present targets. Reads only. */
export function reconcile(world: World, pool: Pool): ResizePlan {
  const cancel: string[] = [];
  const leave: Victim[] = [];
  const errors: ResizeError[] = [];
  shrink(pool, true, cancel, leave);
  shrink(pool, false, cancel, leave);
  const room = roomUnderCap(world, pool) + cancel.length;
  const dedicated = grow(world, pool, true, room, errors);
  const lowPriority = grow(world, pool, false, room - dedicated, errors);
  return { dedicated, lowPriority, cancel, leave, errors };
}

/** Too many of a kind: first give up what was asked for, then choose nodes (P-48). */
function shrink(pool: Pool, isDedicated: boolean, cancel: string[], leave: Victim[]): void {
  const kind = pool.kind(isDedicated);
  let excess = kind.staying - kind.target;
  if (excess <= 0) return;
  const asked = [...pool.requests.values()].filter((request) => request.isDedicated === isDedicated && !request.cancelled);
  for (let i = asked.length - 1; i >= 0 && excess > 0; i--, excess--) cancel.push(asked[i].nodeId);
  if (excess > 0) leave.push(...victims(pool.nodes.values(), isDedicated, excess));
}

/** Too few of a kind: as many as quota and cap allow, and an error for the rest. */
function grow(world: World, pool: Pool, isDedicated: boolean, room: number, errors: ResizeError[]): number {
  const wanted = shortfall(pool, isDedicated);
  if (wanted === 0) return 0;
  const allowed = Math.min(wanted, nodesWithinQuota(world, pool, isDedicated));
  if (allowed < wanted) {
    const code = isDedicated ? "AccountCoreQuotaReached" : "AccountLowPriorityCoreQuotaReached";
    errors.push(
      resizeError(code, quotaText(world, pool, isDedicated, wanted, allowed), {
        wanted,
        allowed,
        ...coresOf(world, isDedicated),
        asked: wanted * pool.spec.coresPerNode,
      }),
    );
  }
  const fitting = Math.max(0, Math.min(allowed, room));
  if (fitting < allowed) {
    const max = world.settings.interNodeNodesMax;
    const message = `a pool with inter-node communication has at most ${max} nodes`;
    errors.push(resizeError("CommunicationEnabledPoolReachedMaxVMCount", message, { wanted: allowed, allowed: fitting }));
  }
  return fitting;
}

/** Nodes of a kind that the target wants beyond those that are there or asked for. */
export function shortfall(pool: Pool, isDedicated: boolean): number {
  const kind = pool.kind(isDedicated);
  return Math.max(0, kind.target - kind.staying);
}

/** How many more nodes of the pool's size the account's cores allow (L-10). Cores are counted over all pools, requests included (L-13). */
export function nodesWithinQuota(world: World, pool: Pool, isDedicated: boolean): number {
  const { quota, used } = coresOf(world, isDedicated);
  return Math.max(0, Math.floor((quota - used) / pool.spec.coresPerNode));
}

/** Cores of a kind that the account may have, and those that nodes of all pools take. */
function coresOf(world: World, isDedicated: boolean): { quota: number; used: number } {
  return isDedicated
    ? { quota: world.quotas.dedicatedCores, used: world.dedicatedCores }
    : { quota: world.quotas.lowPriorityCores, used: world.lowPriorityCores };
}

/** Answers "why will my pool not reach more than so many nodes?". */
function quotaText(world: World, pool: Pool, isDedicated: boolean, wanted: number, allowed: number): string {
  const { quota, used } = coresOf(world, isDedicated);
  const kind = isDedicated ? "cores" : "low-priority cores";
  const asked = wanted * pool.spec.coresPerNode;
  return (
    `the account's quota is ${quota} ${kind}, ${used} of them are used, and ${asked} were asked for ` +
    `(${wanted} nodes of ${pool.spec.coresPerNode}): there is room for ${allowed} of ${wanted} nodes`
  );
}

/** How many more nodes a pool may have; only inter-node communication caps it (P-141). Leaving nodes count until they are gone. */
export function roomUnderCap(world: World, pool: Pool): number {
  if (!pool.spec.enableInterNodeCommunication) return Number.POSITIVE_INFINITY;
  const taken = pool.dedicated.current + pool.dedicated.requested + pool.lowPriority.current + pool.lowPriority.requested;
  return Math.max(0, world.settings.interNodeNodesMax - taken);
}

/** A resize error; `counts` become its values. */
export function resizeError(
  code: ResizeErrorCode,
  message: string,
  counts: Readonly<Record<string, number>> = {},
): ResizeError {
  return { code, message, values: Object.entries(counts).map(([name, value]) => ({ name, value: String(value) })) };
}
