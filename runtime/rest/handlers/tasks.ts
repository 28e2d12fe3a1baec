/** Tasks: added, read, changed, ended (T-01 to T-16). */
import type { Command } from "../../core/protocol.ts";
import type { Task } from "../../core/task.ts";
import type { Call, Reply } from "../call.ts";
import { BatchError } from "../errors.ts";
import { showSubtasks } from "../show/subtasks.ts";
import { showTask, taskField } from "../show/task.ts";
import { taskVersion } from "../show/tags.ts";
import { viewOf } from "../show/view.ts";
import { addressOf, changed, expectVersion, jobOf, perform, taskOf } from "./acting.ts";
import { taskSpec } from "./decode/task.ts";
import { given, limitMs, object, retentionMs, text, whole } from "./read.ts";

/** Task_Add. */
export async function addTask(call: Call): Promise<Reply> {
  const body = call.body ?? {};
  const id = text(body, "id") ?? "";
  const spec = taskSpec(call, body);
  await perform(call, () => ({ kind: "AddTask", jobId: call.path.jobId, id, spec }));
  return taskChanged(call, id, `${addressOf(call)}/${id}`);
}

/** The answer to a change of a task, which may be gone already. */
function taskChanged(call: Call, taskId = call.path.taskId, url?: string): Reply {
  const task = call.service.world.job(call.path.jobId)?.task(taskId);
  return changed(call, task === undefined ? undefined : taskVersion(task), url);
}

/** Task_List, in order of addition. */
export function listTasks(call: Call): Reply {
  const view = viewOf(call);
  const show = (task: Task) => showTask(task, view);
  const { tasks } = jobOf(call);
  const itemsAfter = (sequence: number) => tasks.values(sequence);
  return { status: 200, items: tasks.values(), itemsAfter, key: ({ sequence }: Task) => sequence, show, field: taskField };
}

/** Task_Get. */
export function getTask(call: Call): Reply {
  const task = taskOf(call);
  const version = taskVersion(task);
  expectVersion(call, version);
  return { status: 200, ...version, body: showTask(task, viewOf(call)) };
}

/** One command on the task of the path, if the request's conditions hold for it. */
async function onTask(call: Call, make: (task: Task, names: { jobId: string; taskId: string }) => Command): Promise<void> {
  await perform(call, () => {
    const task = taskOf(call);
    expectVersion(call, taskVersion(task));
    return make(task, { jobId: task.job.id, taskId: task.id });
  });
}

/** Task_Update: the constraints, all of them; absent ones go back to their defaults (T-06). */
export async function updateTask(call: Call): Promise<Reply> {
  const constraints = object(call.body, "constraints");
  await onTask(call, (_, names) => ({
    kind: "UpdateTask",
    ...names,
    ...given("maxTaskRetryCount", whole(constraints, "maxTaskRetryCount")),
    ...given("maxWallClockMs", limitMs(constraints, "maxWallClockTime")),
    ...given("retentionMs", retentionMs(constraints, "retentionTime")),
  }));
  return taskChanged(call);
}

/** Task_Terminate. */
export async function terminateTask(call: Call): Promise<Reply> {
  await onTask(call, (_, names) => ({ kind: "TerminateTask", ...names }));
  return taskChanged(call);
}

/** Task_Reactivate. */
export async function reactivateTask(call: Call): Promise<Reply> {
  await onTask(call, (_, names) => ({ kind: "ReactivateTask", ...names }));
  // Alone among the actions it is answered without an address.
  const { url: _none, ...reply } = taskChanged(call);
  return reply;
}

/** Task_Delete. */
export async function deleteTask(call: Call): Promise<Reply> {
  await onTask(call, (_, names) => ({ kind: "DeleteTask", ...names }));
  return { status: call.operation.status };
}

/** Task_ListSubtasks: those of the last run of a group; none for an ordinary task (T-53). */
export function listSubtasks(call: Call): Reply {
  return { status: 200, items: showSubtasks(taskOf(call), viewOf(call)) };
}

/** Task_ListEnvironment: everything the process was given, by name, secrets apart (T-81). */
export function listEnvironment(call: Call): Reply {
  const task = taskOf(call);
  const found = call.files.environment?.(task);
  if (found === undefined) {
    const why = task.node === undefined ? "it has not run yet" : "the node where it ran is gone";
    throw new BatchError("OperationInvalidForCurrentState", `There is no environment of task ${task.id}: ${why}.`);
  }
  const show = ([name, value]: readonly [string, string]) => ({ name, value });
  return { status: 200, items: found, show };
}
