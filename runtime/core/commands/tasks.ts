/** Commands on tasks (T-01 to T-16). */
import { unreachable } from "../../../src/base/assert.ts";
import { Answer, type Outcome } from "../answers.ts";
import { emit, request } from "../apply.ts";
import { noteEmptied } from "../apply/occupancy.ts";
import type { Job } from "../job.ts";
import { taskCollectionMax } from "../limits.ts";
import type { ComputeNode } from "../node.ts";
import type { AddTaskSpec, TaskCommand } from "../protocol/commands.ts";
import { Refusal, refuse, refuseProperty } from "../refusals.ts";
import { failTask } from "../schedule/complete.ts";
import { killAttempt } from "../schedule/endings.ts";
import { ENDED_BY_REQUEST } from "../schedule/exits.ts";
import { endJobIfAllComplete } from "../schedule/jobEnds.ts";
import { nodesOf } from "../subtasks.ts";
import { Task } from "../task.ts";
import type { TaskSpec } from "../taskSpec.ts";
import type { World } from "../world.ts";
import { openJob } from "./jobChecks.ts";
import { constraintsRefusal, taskIdRefusal, taskSpecRefusal } from "./taskChecks.ts";

type Of<Kind extends TaskCommand["kind"]> = Extract<TaskCommand, { kind: Kind }>;

export function taskCommand(world: World, command: TaskCommand): Outcome {
  const job = openJob(world, command.jobId);
  if (job instanceof Refusal) return job;
  switch (command.kind) {
    case "AddTask":
      return addTask(world, job, command.id, command.spec);
    case "AddTasks":
      return addTasks(world, job, command);
    default:
  }
  const task = typeof command.taskId === "string" ? job.task(command.taskId) : undefined;
  if (task === undefined) return refuse("TaskNotFound", `job ${job.id} has no task ${String(command.taskId).slice(0, 64)}`);
  switch (command.kind) {
    case "UpdateTask":
      return updateTask(world, task, command);
    case "TerminateTask":
      return terminateTask(world, task);
    case "DeleteTask":
      return deleteTask(world, task);
    case "ReactivateTask":
      return reactivateTask(world, task);
    default:
      return unreachable(command);
  }
}

/** Specs are not changed once they were handed over, so one that was good for the job as it is now is good again. */
function wasGood(job: Job, spec: TaskSpec): boolean {
  return spec === job.goodTaskSpec && job.spec === job.goodUnder;
}

function addTask(world: World, job: Job, id: string, spec: TaskSpec): Refusal | undefined {
  const wrong = taskIdRefusal(job, id) ?? (wasGood(job, spec) ? undefined : taskSpecRefusal(job, spec));
  if (wrong !== undefined) return wrong;
  job.goodTaskSpec = spec;
  job.goodUnder = job.spec;
  emit(world, { kind: "TaskAdded", task: new Task(job, id, job.taskSequence + 1, "user", spec, world.now) });
  return undefined;
}

/** T-02: each task for itself; some may be added and others not. */
function addTasks(world: World, job: Job, command: Of<"AddTasks">): Outcome {
  const { tasks, unlimited } = command;
  if (unlimited !== true && tasks.length > taskCollectionMax.value)
    return refuseProperty("value", tasks.length, `at most ${taskCollectionMax.value} tasks`);
  const results: (Refusal | undefined)[] = [];
  for (const { id, spec } of tasks as readonly AddTaskSpec[]) results.push(addTask(world, job, id, spec));
  return new Answer(results);
}

/** T-06: the constraints, all of them; absent ones return to their defaults. */
function updateTask(world: World, task: Task, command: Of<"UpdateTask">): Refusal | undefined {
  const { maxTaskRetryCount, maxWallClockMs, retentionMs } = command;
  const wrong = constraintsRefusal({ maxTaskRetryCount, maxWallClockMs, retentionMs });
  if (wrong !== undefined) return wrong;
  if (task.state === "completed") return refuse("TaskCompleted", `task ${task.id} is completed`);
  const version = { modifiedAt: world.now, changeNumber: (task.spec.changeNumber ?? 1) + 1 };
  const { attempt, spec: before } = task;
  const spec = { ...before, maxTaskRetryCount, maxWallClockMs, retentionMs, ...version };
  emit(world, { kind: "TaskChanged", task, spec });
  // One that waits for its preparation is told with the new ones when it starts.
  const isTold = attempt !== undefined && !attempt.preparing && attempt.kill === undefined;
  if (isTold && (maxWallClockMs !== before.maxWallClockMs || retentionMs !== before.retentionMs))
    request(world, { kind: "ConstrainTask", attempt });
  return undefined;
}

/** T-13: completed at once; its process dies behind it. */
function terminateTask(world: World, task: Task): Refusal | undefined {
  if (task.state === "completed") return refuse("TaskCompleted", `task ${task.id} is completed`);
  if (task.attempt !== undefined && task.state !== "active") killAttempt(world, task.attempt, "terminate");
  else failTask(world, task, ENDED_BY_REQUEST);
  return undefined;
}

/** T-14: the record goes at once, the process and the directory behind it. */
function deleteTask(world: World, task: Task): undefined {
  const { attempt, job } = task;
  const places = placesOf(task);
  emit(world, { kind: "TaskRemoved", task });
  if (attempt !== undefined) killAttempt(world, attempt, "terminate");
  for (const at of places) {
    if (at.gone) continue;
    request(world, { kind: "RemoveTaskFiles", task, node: at });
    if (at.drain?.option === "retaineddata" && at.empty) noteEmptied(world, at);
  }
  endJobIfAllComplete(world, job);
}

/** Nodes on which directories of a task lie: those that it holds, and those of its last run (T-59). */
function placesOf(task: Task): Iterable<ComputeNode> {
  const group = task.attempt?.group;
  return group === undefined ? nodesOf(task) : new Set([...group, ...nodesOf(task)]);
}

/** T-15. */
function reactivateTask(world: World, task: Task): Refusal | undefined {
  if (task.state !== "completed") return refuse("TaskNotCompleted", `task ${task.id} is ${task.state}`);
  if (task.result === "success") return refuse("TaskSucceeded", `task ${task.id} has succeeded`);
  emit(world, { kind: "TaskReactivated", task });
  // Its directory is no longer retained, which a node that drains may have waited for (P-57).
  const { node } = task;
  if (node !== undefined && !node.gone && node.drain?.option === "retaineddata" && node.empty) noteEmptied(world, node);
  // The timer of the job's oldest task may have gone past this one.
  world.timers.set(task.creationAt + world.settings.taskLifetimeMs, { kind: "taskLifetime", task });
  return undefined;
}
