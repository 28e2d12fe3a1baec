/** A pool's row. What the nodes' rows tell (counts, places, free slots) is not in it. */
import { prepare } from "../../../../src/autoscale/run.ts";
import { type HeldTargets, Pool, type PoolSpec, type Resize, type ResizeError } from "../../pool.ts";
import { idKey } from "../../limits.ts";
import { nameOf, type NodeName } from "./places.ts";

/** Autoscale settings of a pool that has them switched on, and when it is next evaluated and sampled. */
interface Autoscaling {
  readonly formula: string;
  readonly intervalMs: number;
  readonly gridStartAt: number;
  readonly evaluationAt: number;
  /** As of the row; samples that are younger than the row say how far the grid has gone on since. */
  readonly sampleAt: number;
}

/** A pool without what its nodes tell. Instants in milliseconds since 1970. */
export interface PoolRow {
  readonly spec: PoolSpec;
  readonly creationAt: number;
  readonly state: Pool["state"];
  readonly stateTransitionAt: number;
  readonly allocationState: Pool["allocationState"];
  readonly allocationStateTransitionAt: number;
  readonly lastModifiedAt: number;
  readonly changeNumber: number;
  readonly targets: readonly [dedicated: number, lowPriority: number];
  /** Time of nodes that have left; absent when none has. */
  readonly leftMs?: readonly [dedicated: number, lowPriority: number];
  readonly resize?: Resize;
  readonly resizeNumber: number;
  readonly lastResize?: Resize;
  readonly resizeErrors?: readonly ResizeError[];
  readonly pendingErrors?: readonly ResizeError[];
  /** When low-priority nodes are sought again (P-83). */
  readonly seekAt?: number;
  readonly autoScale?: Autoscaling;
  readonly autoScaleEnabledAt?: number;
  readonly evaluationNumber: number;
  readonly heldTargets?: HeldTargets;
  readonly nodeSequence: number;
  /** Id, dedicated, cancelled. */
  readonly requests?: readonly (readonly [nodeId: string, isDedicated: boolean, cancelled: boolean])[];
  readonly upgrade?: {
    readonly targetOSVersion: string;
    readonly currentOSVersion?: string;
    readonly node?: NodeName;
    readonly pending: readonly NodeName[];
  };
}

const some = <T>(list: readonly T[]) => (list.length > 0 ? list : undefined);

/** The row of a pool as it stands. */
export function poolRow(pool: Pool): PoolRow {
  const { upgrade, requests } = pool;
  return {
    spec: pool.spec,
    creationAt: pool.creationAt,
    state: pool.state,
    stateTransitionAt: pool.stateTransitionAt,
    allocationState: pool.allocationState,
    allocationStateTransitionAt: pool.allocationStateTransitionAt,
    lastModifiedAt: pool.lastModifiedAt,
    changeNumber: pool.changeNumber,
    targets: [pool.dedicated.target, pool.lowPriority.target],
    leftMs:
      pool.dedicated.leftMs + pool.lowPriority.leftMs === 0 ? undefined : [pool.dedicated.leftMs, pool.lowPriority.leftMs],
    resize: pool.resize,
    resizeNumber: pool.resizeNumber,
    lastResize: pool.lastResize,
    resizeErrors: some(pool.resizeErrors),
    pendingErrors: some(pool.pendingErrors),
    seekAt: pool.seekTimer?.dueAt,
    autoScale: autoscalingOf(pool),
    autoScaleEnabledAt: pool.autoScaleEnabledAt === Number.NEGATIVE_INFINITY ? undefined : pool.autoScaleEnabledAt,
    evaluationNumber: pool.evaluationNumber,
    heldTargets: pool.heldTargets,
    nodeSequence: pool.nodeSequence,
    requests: some(
      Array.from(requests.values(), ({ nodeId, isDedicated, cancelled }) => [nodeId, isDedicated, cancelled] as const),
    ),
    upgrade:
      upgrade === undefined
        ? undefined
        : {
            targetOSVersion: upgrade.targetOSVersion,
            currentOSVersion: upgrade.currentOSVersion,
            node: upgrade.node === undefined ? undefined : nameOf(upgrade.node),
            pending: upgrade.pending.filter((node) => !node.gone && node.awaitsUpgrade).map(nameOf),
          },
  } as PoolRow;
}

function autoscalingOf({ autoScale, evaluationTimer, sampleTimer }: Pool): Autoscaling | undefined {
  if (autoScale === undefined) return undefined;
  const { formula, intervalMs, gridStartAt } = autoScale;
  return { formula, intervalMs, gridStartAt, evaluationAt: evaluationTimer!.dueAt, sampleAt: sampleTimer!.dueAt };
}

/** The pool of a row, without its nodes, timers and samples; its upgrade has still to find its nodes. */
export function poolOf(row: PoolRow): Pool {
  const pool = new Pool(row.spec, idKey(row.spec.id), row.creationAt);
  pool.state = row.state;
  pool.stateTransitionAt = row.stateTransitionAt;
  pool.allocationState = row.allocationState;
  pool.allocationStateTransitionAt = row.allocationStateTransitionAt;
  pool.lastModifiedAt = row.lastModifiedAt;
  pool.changeNumber = row.changeNumber;
  pool.dedicated.target = row.targets[0];
  pool.lowPriority.target = row.targets[1];
  [pool.dedicated.leftMs, pool.lowPriority.leftMs] = row.leftMs ?? [0, 0];
  pool.resize = row.resize;
  pool.resizeNumber = row.resizeNumber;
  pool.lastResize = row.lastResize;
  pool.resizeErrors = row.resizeErrors ?? [];
  pool.pendingErrors.push(...(row.pendingErrors ?? []));
  if (row.autoScale !== undefined) {
    const { formula, intervalMs, gridStartAt } = row.autoScale;
    pool.autoScale = { formula, prepared: prepare(formula), intervalMs, gridStartAt };
  }
  pool.autoScaleEnabledAt = row.autoScaleEnabledAt ?? Number.NEGATIVE_INFINITY;
  pool.evaluationNumber = row.evaluationNumber;
  pool.heldTargets = row.heldTargets;
  pool.nodeSequence = row.nodeSequence;
  for (const [nodeId, isDedicated, cancelled] of row.requests ?? []) {
    pool.requests.set(idKey(nodeId), { nodeId, isDedicated, cancelled });
    if (!cancelled) pool.kind(isDedicated).requested++;
  }
  return pool;
}
