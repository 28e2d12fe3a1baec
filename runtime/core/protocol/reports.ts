/**
 * Reports: what a provider or a node's agent tells. They name entities by id, since they come from outside; one that names something unknown or
 * past is ignored and recorded as `StaleReport`.
 */
import type { NodeError } from "../node.ts";
import type { SubtaskEnding } from "../subtasks.ts";
import type { Ending, FailureInfo } from "../taskOutcome.ts";

interface AtNode {
  readonly poolId: string;
  readonly nodeId: string;
}

/** About machines. */
export type NodeReport =
  /** A requested node exists: creating. Also the replacement of a preempted one (P-82). */
  | ({ readonly kind: "NodeAllocated" } & AtNode)
  /** These requested nodes will not come. `code` is a resize error code (section 3 of the pool rules). */
  | {
      readonly kind: "AllocationFailed";
      readonly poolId: string;
      readonly nodeIds: readonly string[];
      readonly code: string;
      readonly message: string;
    }
  /** Its agent has started, after the first boot or another: starting. */
  | ({ readonly kind: "NodeStarted" } & AtNode)
  /** The boot sequence is done up to the start task. */
  | ({ readonly kind: "NodeReady" } & AtNode)
  /** A package, container image or certificate could not be installed: unusable (row 5). */
  | ({ readonly kind: "NodeBootFailed"; readonly errors: readonly NodeError[] } & AtNode)
  | ({
      readonly kind: "StartTaskEnded";
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
    } & AtNode)
  /** Low-priority capacity was taken away; everything on the node is gone (P-81). */
  | ({ readonly kind: "NodePreempted" } & AtNode)
  /** Contact is lost (row 18), found again (row 19). */
  | ({ readonly kind: "NodeLost" } & AtNode)
  | ({ readonly kind: "NodeRecovered" } & AtNode)
  /** Everything that ran on it has ended with its agent, what its start task had left running too; an agent is there again. */
  | ({ readonly kind: "NodeInterrupted" } & AtNode)
  /** Disk full, network blocked (row 20). Without errors: no contact (P-94). */
  | ({ readonly kind: "NodeUnusable"; readonly errors: readonly NodeError[] } & AtNode)
  /** The machine is given back; the record goes (P-50). */
  | ({ readonly kind: "NodeReleased" } & AtNode)
  | ({ readonly kind: "RemovalFailed"; readonly message: string } & AtNode)
  /** Usage of a node since its last report, by metric name of formula rule 4.10 (`$CPUPercent` …). */
  | ({ readonly kind: "UsageSampled"; readonly values: readonly (readonly [metric: string, value: number])[] } & AtNode);

/** About work on nodes. */
export type TaskReport =
  /** The attempt is over on every one of its nodes. */
  | {
      readonly kind: "TaskEnded";
      readonly attempt: number;
      /** `lost`: nobody saw its end, and nothing of it runs any more; the task is recovered (T-25, P-95). */
      readonly cause: Ending["cause"] | "lost";
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
      /** Of a group: its instances from 1 on, as far as their ends are known (T-53). */
      readonly subtasks?: readonly (SubtaskEnding | undefined)[];
    }
  | {
      readonly kind: "PreparationEnded";
      readonly jobId: string;
      readonly run: number;
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
    }
  | {
      readonly kind: "ReleaseEnded";
      readonly jobId: string;
      readonly run: number;
      readonly exitCode: number | undefined;
      readonly failure: FailureInfo | undefined;
    };

export type Report = NodeReport | TaskReport;
