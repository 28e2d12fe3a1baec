/**
 * Why a pool is as it is, as data: why this target, why it does not grow or shrink, why this node leaves. A list of reasons with code and numbers;
 * the text is one rendering of them. Reads only.
 */
import type { ComputeNode } from "../node.ts";
import type { KindCounts, Pool } from "../pool.ts";
import { nodesWithinQuota, shortfall } from "../resize/reconcile.ts";
import type { World } from "../world.ts";

export type PoolReasonCode =
  | "target-by-formula"
  | "target-by-request"
  | "target-held"
  | "evaluation-failed"
  | "on-target"
  | "nodes-requested"
  | "nodes-leaving"
  | "waits-for-tasks"
  | "waits-for-retained-data"
  | "quota"
  | "stale-resize-error"
  | "seeks-low-priority"
  | "being-deleted"
  | "not-usable-yet"
  | "not-usable";

/** One reason. `values` are the numbers and ids behind the text. */
export interface Reason<Code extends string = string> {
  readonly code: Code;
  readonly text: string;
  readonly values: Readonly<Record<string, string | number>>;
}

type PoolReason = Reason<PoolReasonCode>;

/** Why the pool has the targets and nodes it has, most important first. */
export function explainPool(world: World, pool: Pool): PoolReason[] {
  const reasons: PoolReason[] = [];
  const because = (code: PoolReasonCode, text: string, values: PoolReason["values"] = {}) =>
    reasons.push({ code, text, values });
  if (pool.state === "deleting")
    because("being-deleted", `pool ${pool.id} is being deleted; ${pool.nodes.size} nodes are left`, { nodes: pool.nodes.size });
  else target(pool, because);
  for (const isDedicated of [true, false]) explainKind(world, pool, isDedicated, because);
  draining(pool, because);
  if (reasons.every(({ code }) => code.startsWith("target-") || code === "evaluation-failed"))
    because("on-target", "the pool has the nodes that its targets want");
  return reasons;
}

type Because = (code: PoolReasonCode, text: string, values?: PoolReason["values"]) => void;

function target(pool: Pool, because: Because): void {
  const dedicated = pool.dedicated.target;
  const lowPriority = pool.lowPriority.target;
  const values = { dedicated, lowPriority };
  const last = pool.autoScaleRuns[pool.autoScaleRuns.length - 1];
  if (pool.autoScale === undefined) {
    because("target-by-request", `targets ${dedicated} and ${lowPriority} were set by request`, values);
    return;
  }
  if (last?.run.error != null)
    because("evaluation-failed", `the last evaluation failed (${last.run.error.code}), so nothing was changed`, {
      code: last.run.error.code,
      at: last.run.timestamp,
    });
  because(
    "target-by-formula",
    `targets ${dedicated} and ${lowPriority} come from the formula`,
    last === undefined ? values : { ...values, results: last.run.results },
  );
  const held = pool.heldTargets;
  if (held !== undefined)
    because("target-held", `targets ${held.dedicated} and ${held.lowPriority} wait until nodes that drain are through`, {
      dedicated: held.dedicated,
      lowPriority: held.lowPriority,
    });
}

function explainKind(world: World, pool: Pool, isDedicated: boolean, because: Because): void {
  const kind = pool.kind(isDedicated);
  const name = isDedicated ? "dedicated" : "low-priority";
  if (kind.requested > 0)
    because("nodes-requested", `${kind.requested} ${name} nodes were asked for and are not there yet`, {
      kind: name,
      nodes: kind.requested,
    });
  if (kind.leaving > 0)
    because("nodes-leaving", `${kind.leaving} ${name} nodes are leaving`, { kind: name, nodes: kind.leaving });
  const missing = shortfall(pool, isDedicated);
  if (missing > 0) explainMissing(world, pool, isDedicated, missing, because);
  usability(kind, name, because);
}

/** Why the pool does not grow. */
function explainMissing(world: World, pool: Pool, isDedicated: boolean, missing: number, because: Because): void {
  const name = isDedicated ? "dedicated" : "low-priority";
  const allowed = nodesWithinQuota(world, pool, isDedicated);
  if (allowed < missing)
    because("quota", `the account's core quota has room for ${allowed} more ${name} nodes, ${missing} are missing`, {
      kind: name,
      missing,
      allowed,
    });
  if (!isDedicated && pool.seekTimer !== undefined)
    because("seeks-low-priority", `${missing} low-priority nodes are missing and are asked for again`, {
      missing,
      at: pool.seekTimer.dueAt,
    });
  for (const error of pool.resizeErrors) {
    const again = pool.autoScale === undefined ? "resize again to retry" : "an evaluation with the same targets does not retry";
    because("stale-resize-error", `the last resize ended with ${error.code} (${error.message}); ${again}`, {
      code: error.code,
      missing,
    });
  }
}

function usability(kind: KindCounts, name: string, because: Because): void {
  const { byState } = kind;
  const coming = byState.creating + byState.starting + byState.waitingforstarttask + byState.rebooting + byState.reimaging;
  const unfit = byState.starttaskfailed + byState.unusable + byState.unknown + byState.preempted + byState.offline;
  if (coming > 0) because("not-usable-yet", `${coming} ${name} nodes are on their way up`, { kind: name, nodes: coming });
  if (unfit > 0)
    because(
      "not-usable",
      `${unfit} ${name} nodes cannot run tasks: failed start task, unusable, unknown, preempted or offline`,
      { kind: name, nodes: unfit },
    );
}

/** Why the pool does not shrink. */
function draining(pool: Pool, because: Because): void {
  let tasks = 0;
  let retained = 0;
  for (const node of pool.draining) {
    if (node.attempts.length > 0) tasks++;
    else if (node.empty && node.drain?.option === "retaineddata") retained++;
  }
  if (tasks > 0) because("waits-for-tasks", `${tasks} nodes drain and still run tasks`, { nodes: tasks });
  if (retained > 0)
    because("waits-for-retained-data", `${retained} nodes drain and still keep data of tasks`, { nodes: retained });
}

/** Why a node takes no tasks or leaves; undefined for one that takes tasks. */
export function explainNode(node: ComputeNode): Reason | undefined {
  const { drain } = node;
  const values = { node: node.id, state: node.state };
  if (drain !== undefined) {
    return {
      code: `drains-to-${drain.purpose}`,
      text: `node ${node.id} drains to ${drain.purpose} (${drain.option}): ${drain.reason}`,
      values: { ...values, option: drain.option, since: drain.since },
    };
  }
  if (node.schedulingState === "disabled")
    return { code: "scheduling-disabled", text: `scheduling on node ${node.id} is disabled`, values };
  if (node.schedulable) return undefined;
  const error = node.errors[0];
  return {
    code: `is-${node.state}`,
    text: `node ${node.id} is ${node.state}${error === undefined ? "" : `: ${error.code}`}`,
    values,
  };
}
