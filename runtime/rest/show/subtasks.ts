/**
 * SubtaskInformation of each instance of a multi-instance task but the primary, which is the task itself (T-53, T-59): of the group that holds its nodes
 * now, or as the last run that began has left them.
 */
import type { Attempt } from "../../core/attempt.ts";
import type { ComputeNode } from "../../core/node.ts";
import { FAILURE_EXIT_CODE } from "../../core/schedule/exits.ts";
import type { Subtask, Subtasks } from "../../core/subtasks.ts";
import type { Task } from "../../core/task.ts";
import { taskDirectory } from "../../providers/taskDirectories.ts";
import type { JsonObject } from "../call.ts";
import { showNodeInfo } from "./task.ts";
import { showFailure, type View, wire } from "./view.ts";
import { instant } from "./when.ts";

/** In order of their ids, from 1; empty for a task of one instance. */
export function showSubtasks(task: Task, view: View): JsonObject[] {
  const { attempt, subtasks } = task;
  if (attempt !== undefined) return (attempt.group ?? []).slice(1).map((node, i) => showLive(attempt, node, i + 1, view));
  return subtasks?.ended.map((each, i) => showEnded(task, subtasks, each, i + 1, view)) ?? [];
}

/** An instance whose group holds its nodes: it goes on until the whole task is over (T-55). */
function showLive({ task, preparing }: Attempt, node: ComputeNode, id: number, view: View): JsonObject {
  return wire({
    id,
    nodeInfo: nodeOf(task, node, id, view),
    startTime: preparing ? undefined : instant(task.startAt),
    state: preparing ? "preparing" : "running",
    stateTransitionTime: instant(task.stateTransitionAt),
  });
}

/** One that is over. Its exit code is that of the coordination command, the only command it runs (T-54). */
function showEnded(task: Task, { startAt, endAt }: Subtasks, ended: Subtask, id: number, view: View): JsonObject {
  const { node, exitCode } = ended;
  const failure = ended.failure ?? (exitCode === undefined || exitCode === 0 ? undefined : FAILURE_EXIT_CODE);
  return wire({
    id,
    nodeInfo: nodeOf(task, node, id, view),
    startTime: instant(startAt),
    endTime: instant(endAt),
    exitCode,
    failureInfo: showFailure(failure),
    state: "completed",
    stateTransitionTime: instant(endAt),
    previousState: "running",
    previousStateTransitionTime: instant(startAt),
    result: failure === undefined ? "success" : "failure",
  });
}

function nodeOf(task: Task, node: ComputeNode, id: number, view: View): JsonObject {
  return showNodeInfo(node, `${taskDirectory(task.job, task.id)}/${id}`, view);
}
