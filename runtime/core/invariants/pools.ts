/**
 * What must hold of pools and nodes after every step. Counters are compared with a walk over what they count; every row names the rule or the
 * promise it watches, and a test breaks each by hand. Full check: for tests and the simulator; it costs time in the number of nodes.
 */
import { type ComputeNode, takesTasks } from "../node.ts";
import { KindCounts, type Pool } from "../pool.ts";
import type { World } from "../world.ts";

/** One thing that must hold of a pool: undefined when it does, else what was found. */
export interface PoolInvariant {
  readonly name: string;
  readonly rule: string;
  readonly broken: (pool: Pool, world: World) => string | undefined;
}

function firstNode(pool: Pool, wrong: (node: ComputeNode) => boolean): string | undefined {
  for (const node of pool.nodes.values()) if (wrong(node)) return `node ${node.id} (${node.state})`;
  return undefined;
}

const isLeaving = (node: ComputeNode) => node.state === "leavingpool" || node.drain?.purpose === "leave";

function counted(pool: Pool, isDedicated: boolean): KindCounts {
  const counts = new KindCounts();
  for (const node of pool.nodes.values()) {
    if (node.isDedicated !== isDedicated) continue;
    counts.current++;
    if (isLeaving(node)) counts.leaving++;
    counts.byState[node.state]++;
  }
  for (const asked of pool.requests.values()) if (asked.isDedicated === isDedicated && !asked.cancelled) counts.requested++;
  return counts;
}

function wrongCounts(pool: Pool, isDedicated: boolean): string | undefined {
  const kept = pool.kind(isDedicated);
  const walked = counted(pool, isDedicated);
  const name = isDedicated ? "dedicated" : "low-priority";
  for (const key of ["current", "leaving", "requested"] as const) {
    if (kept[key] !== walked[key]) return `${name} ${key}: kept ${kept[key]}, counted ${walked[key]}`;
  }
  for (const [state, count] of Object.entries(walked.byState)) {
    const keptCount = kept.byState[state as keyof typeof kept.byState];
    if (keptCount !== count) return `${name} ${state}: kept ${keptCount}, counted ${count}`;
  }
  return undefined;
}

function slotsOf(node: ComputeNode): number {
  return node.attempts.reduce((sum, attempt) => sum + attempt.slots, 0);
}

export const poolInvariants: readonly PoolInvariant[] = [
  { name: "counts", rule: "P-34, P-210", broken: (pool) => wrongCounts(pool, true) ?? wrongCounts(pool, false) },
  {
    name: "resize and allocation state agree",
    rule: "section 3",
    broken: (pool) =>
      (pool.resize === undefined) === (pool.allocationState === "steady")
        ? undefined
        : `${pool.allocationState}, resize ${pool.resize?.number}`,
  },
  {
    name: "a resize has a timer that can end it",
    rule: "P-12",
    broken: (pool) => {
      const timer = pool.resizeTimer;
      const alive = timer !== undefined && !timer.cancelled && timer.dueAt === pool.resize?.timeoutAt;
      return alive === (pool.resize !== undefined) ? undefined : "resize and timer disagree";
    },
  },
  {
    name: "a resize under way has something under way",
    rule: "P-36",
    broken: (pool) => {
      const rest = pool.dedicated.leaving + pool.lowPriority.leaving + pool.dedicated.requested + pool.lowPriority.requested;
      return pool.resize !== undefined && rest === 0 ? "nothing is asked for and no node leaves" : undefined;
    },
  },
  {
    name: "resize errors only while steady",
    rule: "P-33",
    broken: (pool) =>
      pool.allocationState !== "steady" && pool.resizeErrors.length > 0
        ? `${pool.resizeErrors[0].code} while ${pool.allocationState}`
        : undefined,
  },
  {
    name: "steady without errors means on target",
    rule: "section 3",
    broken: (pool) => {
      const { allocationState, resizeErrors, lastResize, dedicated } = pool;
      if (allocationState !== "steady" || resizeErrors.length > 0 || lastResize === undefined) return undefined;
      // Naming nodes to remove does not bring others to target; machines that the provider took away unasked are the one way to fall short.
      if (lastResize.by === "removeNodes" || pool.state === "deleting") return undefined;
      const staying = dedicated.current - dedicated.leaving;
      return staying > dedicated.target ? `${staying} dedicated nodes, target ${dedicated.target}` : undefined;
    },
  },
  {
    name: "dedicated nodes are not asked for in peace",
    rule: "P-36",
    broken: (pool) =>
      pool.resize === undefined && pool.dedicated.requested > 0 ? `${pool.dedicated.requested} asked for` : undefined,
  },
  {
    name: "autoscale has its timers",
    rule: "P-65, P-73",
    broken: (pool) => {
      const on = pool.autoScale !== undefined;
      const evaluation = pool.evaluationTimer !== undefined && !pool.evaluationTimer.cancelled;
      const sample = pool.sampleTimer !== undefined && !pool.sampleTimer.cancelled;
      return evaluation === on && sample === on ? undefined : "autoscale and its timers disagree";
    },
  },
  {
    name: "held targets need autoscale and a resize",
    rule: "P-70",
    broken: (pool) =>
      pool.heldTargets !== undefined && (pool.autoScale === undefined || pool.resize === undefined) ? "held" : undefined,
  },
  {
    name: "missing low-priority nodes are sought",
    rule: "P-83",
    broken: (pool) => {
      const missing = pool.lowPriority.staying < pool.lowPriority.target || pool.lowPriority.byState.preempted > 0;
      if (!missing || pool.state === "deleting" || pool.resize !== undefined || pool.seekTimer !== undefined) return undefined;
      if (pool.resizeErrors.some((error) => error.code === "ResizeStopped")) return undefined;
      return (
        firstNode(pool, (node) => node.state === "preempted" && !node.awaitsReplacement && !isLeaving(node)) ??
        (pool.lowPriority.staying < pool.lowPriority.target ? "no timer" : undefined)
      );
    },
  },
  {
    name: "every node stands at its own place",
    rule: "P-131",
    broken: (pool) =>
      firstNode(pool, (node) => pool.places[node.place] !== node || node.gone) ??
      (pool.places.filter((node) => node !== undefined).length === pool.nodes.size
        ? undefined
        : "a place holds a node that is gone"),
  },
  {
    name: "slots are counted and not exceeded",
    rule: "P-130",
    broken: (pool) => firstNode(pool, (node) => node.usedSlots !== slotsOf(node) || node.usedSlots > node.slots),
  },
  {
    name: "running and idle agree with what runs",
    rule: "rows 8, 9",
    broken: (pool) =>
      firstNode(pool, (node) => takesTasks(node.state) && (node.state === "running") !== node.attempts.length > 0),
  },
  {
    name: "an idle node is enabled, an offline one disabled and empty",
    rule: "rows 10 to 12",
    broken: (pool) =>
      firstNode(
        pool,
        (node) =>
          (node.state === "idle" && node.schedulingState === "disabled") ||
          (node.state === "offline" && (node.schedulingState === "enabled" || node.attempts.length > 0)),
      ),
  },
  {
    name: "nothing runs where nothing can",
    rule: "section 8",
    broken: (pool) =>
      firstNode(pool, (node) => node.attempts.length > 0 && !takesTasks(node.state) && node.state !== "unknown"),
  },
  {
    name: "draining nodes are known, and an empty one does not linger",
    rule: "section 5",
    broken: (pool) =>
      firstNode(pool, (node) => pool.draining.has(node) !== (node.drain !== undefined && node.state !== "leavingpool")) ??
      firstNode(
        pool,
        (node) =>
          node.drain !== undefined && node.state !== "leavingpool" && node.empty && node.drain.option !== "retaineddata",
      ),
  },
  {
    name: "errors only on unusable nodes",
    rule: "P-94",
    broken: (pool) => firstNode(pool, (node) => node.errors.length > 0 && node.state !== "unusable"),
  },
  {
    name: "only low-priority nodes are preempted",
    rule: "row 16",
    broken: (pool) => firstNode(pool, (node) => node.isDedicated && node.state === "preempted"),
  },
  {
    name: "an upgrade has nodes to reach",
    rule: "P-125",
    broken: (pool) =>
      (pool.state === "upgrading") === (pool.upgrade !== undefined) ? undefined : "state and upgrade disagree",
  },
  {
    name: "a deleted pool goes when it is empty",
    rule: "P-20",
    broken: (pool) =>
      pool.state === "deleting" && pool.nodes.size + pool.requests.size === 0 ? "nothing is left of it" : undefined,
  },
  {
    name: "no pool is left touched",
    rule: "step",
    broken: (pool) => (pool.needsReconcile || pool.needsSchedule || pool.emptied.length > 0 ? "touched" : undefined),
  },
];

/** Everything that does not hold, in words; empty when all is well. */
export function brokenInvariantsOfPools(world: World): string[] {
  const found: string[] = [];
  for (const pool of world.pools.values()) {
    for (const { name, rule, broken } of poolInvariants) {
      const what = broken(pool, world);
      if (what !== undefined) found.push(`pool ${pool.id}: ${name} (${rule}): ${what}`);
    }
  }
  const cores = reservedCores(world);
  if (cores !== undefined) found.push(cores);
  return found;
}

/** L-10, L-13: cores of records and requests, over all pools. A quota that was lowered later may be below them. */
export function reservedCores(world: World): string | undefined {
  let dedicated = 0;
  let lowPriority = 0;
  for (const pool of world.pools.values()) {
    for (const asked of pool.requests.values()) {
      if (asked.isDedicated) dedicated += pool.spec.coresPerNode;
      else lowPriority += pool.spec.coresPerNode;
    }
    dedicated += pool.dedicated.current * pool.spec.coresPerNode;
    lowPriority += pool.lowPriority.current * pool.spec.coresPerNode;
  }
  if (dedicated === world.dedicatedCores && lowPriority === world.lowPriorityCores) return undefined;
  return `cores (L-13): kept ${world.dedicatedCores} and ${world.lowPriorityCores}, counted ${dedicated} and ${lowPriority}`;
}
