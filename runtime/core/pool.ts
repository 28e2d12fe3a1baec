/**
 * A pool: nodes of one size, the targets it seeks, and at most one resize at a time (P-01 to P-40). Two machines: the pool's own state and its
 * allocation state. Instants are milliseconds since 1970 UTC, durations milliseconds.
 */
import type { AutoScaleRun, PreparedFormula, StandingFormula } from "../../src/autoscale/run.ts";
import type { DeallocationOption } from "../../src/language/values/value.ts";
import type { MetricStore } from "../../src/metrics/index.ts";
import { idKey } from "./limits.ts";
import { Machine, type TransitionRow } from "./machine.ts";
import { markOf } from "./mark.ts";
import type { ComputeNode, NodeState, StartTaskSpec } from "./node.ts";
import { FreeSlots } from "./schedule/freeSlots.ts";
import { ReadyQueue } from "./schedule/queue.ts";
import type { Timer } from "./timers.ts";

export type PoolState = "active" | "upgrading" | "deleting";
export type AllocationState = "steady" | "resizing" | "stopping";
export type NodeFillType = "spread" | "pack";

export const poolMachine = new Machine<PoolState>(
  "pool",
  [
    { name: "active", meaning: "usable" },
    { name: "upgrading", meaning: "an OS upgrade goes from node to node" },
    { name: "deleting", meaning: "its nodes are being released" },
  ],
  [
    { from: "(none)", trigger: "pool added", to: "active", rule: "P-16" },
    { from: "active", trigger: "OS upgrade requested", to: "upgrading", rule: "P-125" },
    { from: "upgrading", trigger: "every node upgraded", to: "active", rule: "P-125" },
    { from: "active", trigger: "delete requested", to: "deleting", rule: "P-20" },
    { from: "upgrading", trigger: "delete requested", to: "deleting", rule: "P-20" },
    { from: "deleting", trigger: "last node gone", to: "(none)", rule: "P-20" },
  ],
);

export const allocationMachine = new Machine<AllocationState>(
  "pool allocation",
  [
    { name: "steady", meaning: "nobody changes the number of nodes" },
    { name: "resizing", meaning: "nodes come or go until the targets are met" },
    { name: "stopping", meaning: "a resize was asked to stop" },
  ],
  [
    { from: "(none)", trigger: "pool added", to: "steady", rule: "P-16" },
    {
      from: "steady",
      trigger: "resize, remove nodes, autoscale with another target, pool delete",
      to: "resizing",
      rule: "P-30",
    },
    { from: "resizing", trigger: "targets met, or timeout, quota, capacity", to: "steady", rule: "P-36" },
    { from: "resizing", trigger: "autoscale with another target, pool delete", to: "resizing", rule: "P-70" },
    { from: "resizing", trigger: "stop resize, pool delete", to: "stopping", rule: "P-20" },
    { from: "stopping", trigger: "stopped", to: "steady", rule: "section 3" },
    { from: "stopping", trigger: "pool delete", to: "resizing", rule: "P-20" },
    { from: "steady", trigger: "pool gone", to: "(none)", rule: "P-20" },
    { from: "resizing", trigger: "pool gone", to: "(none)", rule: "P-20" },
  ] satisfies TransitionRow<AllocationState>[],
);

export type ResizeErrorCode =
  | "AccountCoreQuotaReached"
  | "AccountLowPriorityCoreQuotaReached"
  | "AllocationTimedout"
  | "AllocationFailed"
  | "RemoveNodesFailed"
  | "ResizeStopped"
  | "CommunicationEnabledPoolReachedMaxVMCount"
  | "Unknown";

/** Why the last resize ended short of its targets (P-33). */
export interface ResizeError {
  readonly code: ResizeErrorCode;
  readonly message: string;
  readonly values: readonly { readonly name: string; readonly value: string }[];
}

/** Numbers of nodes of both kinds. */
export interface PoolSize {
  readonly dedicated: number;
  readonly lowPriority: number;
}

/** The one resize that is going on. */
export interface Resize {
  /** Counts resizes of the pool from 1; an allocation reported for an older one is not taken for this one's. */
  readonly number: number;
  readonly by: "manual" | "autoscale" | "removeNodes" | "delete" | "create";
  readonly startedAt: number;
  /** Nodes and targets of both kinds when it started (P-40). */
  readonly before: PoolSize;
  readonly wanted: PoolSize;
  /** When it is given up (P-12, P-39). */
  readonly timeoutAt: number;
  readonly option: DeallocationOption;
}

/** What a client says when it adds a pool; ids and limits are checked by the command. */
export interface PoolSpec {
  readonly id: string;
  readonly displayName?: string;
  readonly vmSize: string;
  /** Cores of one node, from the catalogue of sizes: quota counts them (L-10). */
  readonly coresPerNode: number;
  readonly taskSlotsPerNode: number;
  readonly nodeFillType: NodeFillType;
  readonly enableInterNodeCommunication: boolean;
  readonly resizeTimeoutMs: number;
  readonly configuration: "cloudService" | "virtualMachine";
  /** Wanted version of a cloud service's guest OS; `*` the newest (P-04). */
  readonly osVersion: string;
  /** Version that its nodes have, or had when the upgrade that is going on began; told by whoever knows the releases, else it is `osVersion`. */
  readonly currentOSVersion?: string;
  readonly startTask?: StartTaskSpec;
  /** Set when a job or schedule made it (P-200). */
  readonly autoPool?: { readonly owner: string; readonly lifetime: "job" | "jobschedule"; readonly keepAlive: boolean };
  /** What the core carries but does not read: configuration, packages, metadata, network. */
  readonly opaque?: unknown;
}

/** A pool as it is asked for: its properties and either targets or a formula (P-08). Absent numbers take the documented defaults. */
export interface AddPoolSpec {
  readonly id: string;
  readonly displayName?: string;
  readonly vmSize: string;
  readonly coresPerNode: number;
  readonly taskSlotsPerNode?: number;
  readonly nodeFillType?: NodeFillType;
  readonly enableInterNodeCommunication?: boolean;
  readonly resizeTimeoutMs?: number;
  readonly targetDedicatedNodes?: number;
  readonly targetLowPriorityNodes?: number;
  readonly enableAutoScale?: boolean;
  readonly autoScaleFormula?: string;
  readonly autoScaleEvaluationIntervalMs?: number;
  /** Cloud services pools can be reimaged and upgraded, virtual machine pools cannot (P-125, section 10). */
  readonly configuration?: PoolSpec["configuration"];
  readonly osVersion?: string;
  readonly currentOSVersion?: string;
  readonly startTask?: StartTaskSpec;
  readonly autoPool?: PoolSpec["autoPool"];
  readonly opaque?: unknown;
}

/** One kept autoscale run with what came of it. `at` is the instant of the evaluation. */
export interface AutoScaleRecord {
  readonly at: number;
  readonly run: AutoScaleRun;
  /** What came of it: an error, the targets the pool has, targets that wait (P-70), or a resize. */
  readonly outcome: "failed" | "unchanged" | "held" | "resize";
}

/** A pool's autoscale settings while it is on (section 6 of the pool rules). */
export interface AutoScale {
  readonly formula: string;
  readonly prepared: PreparedFormula;
  readonly intervalMs: number;
  /** The grid of evaluations is start + n · interval; a new interval restarts it (P-65, formula rule 6.2). */
  readonly gridStartAt: number;
}

/** A node that was asked for and is not there yet. Its cores are reserved (L-13). */
export interface NodeRequest {
  readonly nodeId: string;
  readonly isDedicated: boolean;
  /** Nobody waits for it any more; if it comes nevertheless it is given back. */
  cancelled: boolean;
}

/** Counts of one kind of node, dedicated or low-priority, kept up to date with every change (P-210). */
export class KindCounts {
  target = 0;
  /** Node records in any state (P-34). */
  current = 0;
  /** Of these: chosen to leave, or leaving. */
  leaving = 0;
  /** Asked for, not cancelled, not yet there. */
  requested = 0;
  /** Time in the pool of the nodes that have left it, milliseconds each from allocation to removal, summed (P-211). */
  leftMs = 0;
  readonly byState: Record<NodeState, number> = {
    creating: 0,
    starting: 0,
    waitingforstarttask: 0,
    starttaskfailed: 0,
    idle: 0,
    running: 0,
    offline: 0,
    rebooting: 0,
    reimaging: 0,
    leavingpool: 0,
    preempted: 0,
    unusable: 0,
    unknown: 0,
    upgradingos: 0,
  };

  /** Nodes that are there or asked for and are to stay: what is compared with the target. */
  get staying(): number {
    return this.current - this.leaving + this.requested;
  }
}

/** Task counts over the jobs of a pool, as autoscale sees them (formula rule 4.10). Kept up to date by the application of task events. */
export class PoolTaskCounts {
  /** Ready to run and not running; a multi-instance task counts its instances (T-46, T-52). */
  active = 0;
  /** Placed: preparing or running. */
  running = 0;
  /** Finished since the pool exists. */
  succeeded = 0;
  failed = 0;
}

/** A pool and all it owns. Written by `apply` alone. */
export class Pool {
  readonly id: string;
  /** The id without case (L-20). */
  readonly key: string;
  /** Stands for the id in the digest. */
  readonly mark: number;
  /** Replaced as a whole by property updates (P-23); slots and size never change. */
  spec: PoolSpec;
  readonly creationAt: number;
  state: PoolState = "active";
  stateTransitionAt: number;
  allocationState: AllocationState = "steady";
  allocationStateTransitionAt: number;
  /** Targets, settings or properties changed (P-24); `changeNumber` is the ETag. */
  lastModifiedAt: number;
  changeNumber = 1;

  resize: Resize | undefined = undefined;
  resizeNumber = 0;
  /** The last resize that ended. */
  lastResize: Resize | undefined = undefined;
  /** Of the last resize; empty while one runs (P-33). */
  resizeErrors: readonly ResizeError[] = [];
  /** Errors of the running resize so far; they become `resizeErrors` at its end. */
  readonly pendingErrors: ResizeError[] = [];
  resizeTimer: Timer | undefined = undefined;
  seekTimer: Timer | undefined = undefined;

  autoScale: AutoScale | undefined = undefined;
  /** When autoscale was last enabled or changed, disabled since or not (P-66). */
  autoScaleEnabledAt = Number.NEGATIVE_INFINITY;
  /** Evaluations made so far; each draws `rand()` from its own stream. */
  evaluationNumber = 0;
  /** Newest last, at most `autoScaleRunsKept`. */
  readonly autoScaleRuns: AutoScaleRecord[] = [];
  /** A target that waits for the end of a waiting drain (P-70). */
  heldTargets: HeldTargets | undefined = undefined;
  evaluationTimer: Timer | undefined = undefined;
  sampleTimer: Timer | undefined = undefined;
  store: MetricStore | undefined = undefined;
  /** Its formula bound to that store, from the first evaluation on. Nothing that is to be kept: whoever restores a pool makes it anew. */
  standing: StandingFormula | undefined = undefined;
  /** Usage reported since the last sample, by metric name: sum and number of reports (formula rule 4.10, resources). */
  readonly usage = new Map<string, { sum: number; count: number }>();

  /** By id without case. */
  readonly nodes = new Map<string, ComputeNode>();
  /** By place; undefined where a place is free. */
  readonly places: (ComputeNode | undefined)[] = [];
  /** Places left by nodes that are gone. */
  readonly freePlaces: number[] = [];
  nodeSequence = 0;
  readonly dedicated = new KindCounts();
  readonly lowPriority = new KindCounts();
  /** Nodes asked for, by id. */
  readonly requests = new Map<string, NodeRequest>();
  /** Nodes that drain, in the order in which they began. */
  readonly draining = new Set<ComputeNode>();
  /** Draining nodes that have become empty and were not looked at since. */
  readonly emptied: ComputeNode[] = [];
  /** The OS upgrade going on. */
  upgrade: Upgrade | undefined = undefined;

  readonly free: FreeSlots;
  readonly queue = new ReadyQueue();
  readonly tasks = new PoolTaskCounts();
  needsReconcile = false;
  needsSchedule = false;
  changed = false;
  gone = false;

  constructor(spec: PoolSpec, key: string, creationAt: number) {
    this.id = spec.id;
    this.key = key;
    this.mark = markOf(spec.id);
    this.spec = spec;
    this.creationAt = creationAt;
    this.stateTransitionAt = creationAt;
    this.allocationStateTransitionAt = creationAt;
    this.lastModifiedAt = creationAt;
    this.free = new FreeSlots(spec.taskSlotsPerNode);
  }

  /** By its id, whatever its case (L-20). */
  node(id: string): ComputeNode | undefined {
    return this.nodes.get(idKey(id));
  }

  /** Counts of the kind a node belongs to. */
  kind(isDedicated: boolean): KindCounts {
    return isDedicated ? this.dedicated : this.lowPriority;
  }
}

/** An OS upgrade that goes from node to node (P-125). */
export interface Upgrade {
  readonly targetOSVersion: string;
  /** What `targetOSVersion` stands for, as the pool's `currentOSVersion` will say. */
  readonly currentOSVersion?: string;
  /** Whose turn it is. */
  node: ComputeNode | undefined;
  /** Nodes it has still to reach; entries that are gone or were made anew are passed over. */
  readonly pending: ComputeNode[];
}

/** A target decided during a drain that waits for tasks (P-70). */
export interface HeldTargets {
  readonly dedicated: number;
  readonly lowPriority: number;
  readonly option: DeallocationOption;
  readonly since: number;
}
