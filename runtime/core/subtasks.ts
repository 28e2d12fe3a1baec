/**
 * What is remembered of the instances of a multi-instance task besides its primary, once the group has given back its nodes (T-53): of the last run
 * that began, an entry an instance. The list is as long as the group was and replaced as a whole, so what a task remembers never grows.
 */
import type { Attempt } from "./attempt.ts";
import type { ComputeNode } from "./node.ts";
import { ENDED_BY_REQUEST, LOST_WITH_NODE } from "./schedule/exits.ts";
import type { Task } from "./task.ts";
import type { Ending, FailureInfo } from "./taskOutcome.ts";

/** What a provider tells of one instance: how its coordination command ended. */
export interface SubtaskEnding {
  /** Undefined when it did not return, or never ran. */
  readonly exitCode: number | undefined;
  /** Undefined for a plain exit, whatever its code. */
  readonly failure: FailureInfo | undefined;
}

/** One subtask that is over. */
export interface Subtask extends SubtaskEnding {
  /** Where it ran; may be gone. */
  readonly node: ComputeNode;
}

/** The subtasks of one run, over together. Instants in milliseconds since 1970. */
export interface Subtasks {
  readonly startAt: number;
  readonly endAt: number;
  /** Ids rise from 1: the first is subtask 1 (T-53). */
  readonly ended: readonly Subtask[];
}

/**
 * The subtasks of an attempt that ends now; undefined when there are none, or nothing of it has run. `told` is of instance 1 on; where it tells nothing
 * the kind of ending speaks.
 */
export function subtasksOf(
  attempt: Attempt,
  told: readonly (SubtaskEnding | undefined)[] | undefined,
  cause: Ending["cause"],
  endAt: number,
): Subtasks | undefined {
  const { group, task, preparing, lostNodes } = attempt;
  if (group === undefined || group.length < 2 || preparing || task.startAt === undefined) return undefined;
  const ended = group.slice(1).map((node, i): Subtask => {
    const known = told?.[i];
    if (known !== undefined) return { node, exitCode: known.exitCode, failure: known.failure };
    const failure = lostNodes?.includes(node) === true ? LOST_WITH_NODE : cause === "killed" ? ENDED_BY_REQUEST : undefined;
    return { node, exitCode: undefined, failure };
  });
  return { startAt: task.startAt, endAt, ended };
}

/** Nodes on which a task has directories: its own, and those of the subtasks of its last run (T-59). */
export function nodesOf({ node, subtasks }: Task): readonly ComputeNode[] {
  const own = node === undefined ? [] : [node];
  return subtasks === undefined ? own : [...own, ...subtasks.ended.map((each) => each.node)];
}

/** Which instance of a task runs or last ran on a node: 0 is the primary, and the answer where that is not remembered. */
export function instanceOn(attempt: Attempt | undefined, subtasks: Subtasks | undefined, node: ComputeNode): number {
  const among = attempt?.group?.indexOf(node) ?? (subtasks?.ended.findIndex((each) => each.node === node) ?? -1) + 1;
  return Math.max(0, among);
}
