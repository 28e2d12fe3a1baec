/**
 * A pool: nodes of one size, the targets it seeks, and at most one resize at a time (P-01 to P-40). Two machines: the pool's own state and its
 * allocation state. Instants are milliseconds since 1970 UTC, durations milliseconds.
 */
import type { AutoScaleRun } from "../../src/autoscale/run.ts";
import type { DeallocationOption } from "../../src/language/values/value.ts";
import { Machine, type TransitionRow } from "./machine.ts";
import type { StartTaskSpec } from "./node.ts";

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
    { from: "steady", trigger: "resize, remove nodes, autoscale with another target, pool delete", to: "resizing", rule: "P-30" },
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

/** The one resize that is going on. */
export interface Resize {
  /** Counts resizes of the pool from 1; an allocation reported for an older one is not taken for this one's. */
  readonly number: number;
  readonly by: "manual" | "autoscale" | "removeNodes" | "delete" | "create";
  readonly startedAt: number;
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
  readonly startTask?: StartTaskSpec;
  /** Set when a job or schedule made it (P-200). */
  readonly autoPool?: { readonly owner: string; readonly lifetime: "job" | "jobschedule"; readonly keepAlive: boolean };
  /** What the core carries but does not read: configuration, packages, metadata, network. */
  readonly opaque?: unknown;
}

/** One kept autoscale run with what came of it. */
export interface AutoScaleRecord {
  readonly at: number;
  readonly run: AutoScaleRun;
  readonly startedResize: boolean;
}
