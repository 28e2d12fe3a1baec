/**
 * Effects: what the host is to have done outside, in the imperative. They carry entities, whose ids a provider on another machine is told.
 * Each is answered by a report, named here.
 */
import type { Attempt } from "../attempt.ts";
import type { Job, SpecialRun } from "../job.ts";
import type { ComputeNode, StartTaskSpec } from "../node.ts";
import type { Pool } from "../pool.ts";
import type { Task } from "../task.ts";

export type Effect =
  /** → NodeAllocated or AllocationFailed, for each id. */
  | { readonly kind: "AllocateNodes"; readonly pool: Pool; readonly dedicated: boolean; readonly nodeIds: readonly string[] }
  /** Give up what is not there yet. → AllocationFailed for ids that will not come; NodeAllocated for those too late to stop. */
  | { readonly kind: "CancelAllocation"; readonly pool: Pool; readonly nodeIds: readonly string[] }
  /** Find capacity again for a preempted node (P-82). → NodeAllocated or AllocationFailed. */
  | { readonly kind: "ReplaceNode"; readonly node: ComputeNode }
  /** → NodeReleased or RemovalFailed. `nodeId` may be of a machine that came too late and has no record. */
  | { readonly kind: "ReleaseNode"; readonly pool: Pool; readonly nodeId: string }
  /** → NodeStarted, NodeReady. The disk stays (reboot) or is wiped (reimage). */
  | { readonly kind: "RebootNode"; readonly node: ComputeNode }
  | { readonly kind: "ReimageNode"; readonly node: ComputeNode }
  /** → StartTaskEnded. */
  | { readonly kind: "RunStartTask"; readonly node: ComputeNode; readonly startTask: StartTaskSpec }
  /** → TaskEnded. */
  | { readonly kind: "RunTask"; readonly attempt: Attempt }
  /** → TaskEnded, whether or not it was still running. */
  | { readonly kind: "KillTask"; readonly attempt: Attempt }
  /** The task's time limit or retention is another one now, for the run that goes on too (T-06). No report. */
  | { readonly kind: "ConstrainTask"; readonly attempt: Attempt }
  /** → PreparationEnded, ReleaseEnded. */
  | { readonly kind: "RunPreparation"; readonly run: SpecialRun }
  | { readonly kind: "RunRelease"; readonly run: SpecialRun }
  | { readonly kind: "KillSpecial"; readonly run: SpecialRun }
  /** Every directory of the job on this node is to go (J-27). No report. */
  | { readonly kind: "RemoveJobFiles"; readonly job: Job; readonly node: ComputeNode }
  /** The job has ended: the directory of its preparation task on this node is to go when its retention time, counted from now, is over (J-64). No report. */
  | { readonly kind: "RetainPreparationFiles"; readonly run: SpecialRun }
  /** The task's directory is to go, whatever its retention (T-14). No report. */
  | { readonly kind: "RemoveTaskFiles"; readonly task: Task; readonly node: ComputeNode };
