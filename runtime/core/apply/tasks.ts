/** What task events write: the task, its job's and its pool's counts, the ready queue, and the slots of nodes through `occupancy.ts`. */
import { assert, unreachable } from "../../../src/base/assert.ts";
import type { Attempt } from "../attempt.ts";
import { idKey } from "../limits.ts";
import type { ComputeNode } from "../node.ts";
import type { TaskEvent } from "../protocol/events.ts";
import { Dependencies, satisfies } from "../schedule/dependencies.ts";
import { nodesOf } from "../subtasks.ts";
import { type Task, taskMachine, type TaskState } from "../task.ts";
import { outcomeOf } from "../taskOutcome.ts";
import type { World } from "../world.ts";
import { occupy, vacate } from "./occupancy.ts";
import { leaveReady, refreshFull, refreshReady } from "./readiness.ts";

type Of<Kind extends TaskEvent["kind"]> = Extract<TaskEvent, { kind: Kind }>;

export function applyTaskEvent(world: World, event: TaskEvent): void {
  switch (event.kind) {
    case "TaskAdded":
      added(world, event.task);
      return;
    case "TaskPlaced":
      placed(world, event);
      return;
    case "TaskStarted": {
      const task = event.task;
      change(world, task, "running");
      task.startAt = world.now;
      if (task.attempt !== undefined) {
        task.attempt.preparing = false;
        noteRan(task.attempt);
      }
      world.markChanged(task);
      return;
    }
    case "KillRequested":
      event.attempt.kill = event.intent;
      world.markChanged(event.attempt.task);
      return;
    case "AttemptEnded":
      if (event.subtasks !== undefined) event.attempt.task.subtasks = event.subtasks;
      attemptEnded(world, event.attempt, event.exitCode);
      return;
    case "AttemptNodeLost":
      vacate(world, event.node, event.attempt);
      event.attempt.lostNodes ??= [];
      event.attempt.lostNodes.push(event.node);
      world.markChanged(event.attempt.task);
      return;
    case "TaskCompleted":
      completed(world, event);
      return;
    case "TaskReturned":
      returned(world, event.task, event.by);
      return;
    case "TaskReactivated":
      reactivated(world, event.task);
      return;
    case "TaskChanged":
      event.task.spec = event.spec;
      world.markChanged(event.task);
      return;
    case "TaskScheduleFailed":
      event.task.passedOver = true;
      world.markChanged(event.task);
      return;
    case "DependencySatisfied": {
      const task = event.task;
      assert(event.open === task.openDependencies - 1, "waits end one by one");
      task.openDependencies = event.open;
      world.markChanged(task);
      if (event.open > 0 || task.state !== "active") return;
      task.job.counts.blocked--;
      refreshReady(world, task);
      return;
    }
    case "TaskRemoved":
      removed(world, event.task);
      return;
    default:
      unreachable(event);
      return;
  }
}

function added(world: World, task: Task): void {
  taskMachine.check("(none)", "active");
  const job = task.job;
  const key = idKey(task.id);
  const others = job.tasks.size;
  job.tasks.set(key, task);
  assert(
    job.tasks.size > others && task.sequence === job.taskSequence + 1,
    "a task has an id and a sequence number of its own",
  );
  job.taskSequence = task.sequence;
  job.counts.active++;
  if (task.kind === "manager") {
    job.manager = task;
    job.ready.held = true;
  }
  if (task.spec.dependsOn !== undefined) {
    job.dependencies ??= new Dependencies(job.tasks.values());
    task.openDependencies = job.dependencies.enter(task, job.tasks);
    if (task.openDependencies > 0) job.counts.blocked++;
  }
  job.lifetime ??= world.timers.set(world.now + world.settings.taskLifetimeMs, { kind: "taskLifetime", task });
  refreshReady(world, task);
  world.markChanged(task);
}

/** Moves the task to another state, and the counts of its job and of the pool where it runs with it. */
function change(world: World, task: Task, to: TaskState): void {
  const from = task.state;
  taskMachine.check(from, to);
  const counts = task.job.counts;
  counts.add(from, -1);
  counts.add(to, 1);
  if (from === "active" && task.openDependencies > 0) counts.blocked--;
  if (to === "active" && task.openDependencies > 0) counts.blocked++;
  const ran = from === "running" || from === "preparing";
  const runs = to === "running" || to === "preparing";
  if (ran !== runs) task.node!.pool.tasks.running += runs ? 1 : -1;
  task.previousState = from;
  task.state = to;
  if (to === "active") task.stateTransitionAt = world.now;
}

function placed(world: World, { task, attempt, preparing }: Of<"TaskPlaced">): void {
  assert(task.attempt === undefined, "a task runs once at a time");
  leaveReady(world, task);
  task.attempt = attempt;
  task.attemptCount++;
  task.node = attempt.node;
  task.job.liveAttempts++;
  if (task.kind === "manager") task.job.liveManagers++;
  if (task.job.spec.maxParallelTasks !== undefined) refreshFull(world, task.job);
  attempt.preparing = preparing;
  change(world, task, preparing ? "preparing" : "running");
  if (!preparing) task.startAt = world.now;
  if (attempt.group === undefined) occupy(world, attempt.node, attempt);
  else for (const node of attempt.group) occupy(world, node, attempt);
  if (!preparing) noteRan(attempt);
  world.markChanged(task);
}

/** The job's release task is due on these nodes (J-65). */
function noteRan(attempt: Attempt): void {
  const job = attempt.task.job;
  if (job.spec.preparation === undefined) return;
  for (const node of attempt.group ?? [attempt.node]) {
    const run = job.preparations.get(node);
    if (run !== undefined) run.tasksRan = true;
  }
}

function attemptEnded(world: World, attempt: Attempt, exitCode: number | undefined): void {
  const task = attempt.task;
  leaveNode(world, attempt.node, attempt, exitCode);
  if (attempt.group !== undefined)
    for (let i = 1; i < attempt.group.length; i++) leaveNode(world, attempt.group[i], attempt, exitCode);
  world.attempts.remove(attempt);
  task.job.liveAttempts--;
  if (task.kind === "manager") task.job.liveManagers--;
  if (task.attempt === attempt) task.attempt = undefined;
  if (task.job.spec.maxParallelTasks !== undefined) refreshFull(world, task.job);
  world.markChanged(task);
  // A task that was reactivated while its old process was still dying.
  refreshReady(world, task);
}

function leaveNode(world: World, node: ComputeNode, attempt: Attempt, exitCode: number | undefined): void {
  if (attempt.lostNodes?.includes(node) === true) return;
  vacate(world, node, attempt);
  if (attempt.preparing) return;
  node.totalTasksRun++;
  if (exitCode === 0) node.totalTasksSucceeded++;
  node.noteRecent(attempt.task, world.settings.recentTasksKept);
}

function completed(world: World, event: Of<"TaskCompleted">): void {
  const { task, exitCode, failure } = event;
  leaveReady(world, task);
  const ran = task.state === "running";
  change(world, task, "completed");
  const succeeded = failure === undefined;
  task.endAt = world.now;
  task.outcome = outcomeOf(exitCode, failure, event.dependencyAction);
  const job = task.job;
  if (succeeded) job.counts.succeeded++;
  else job.counts.failed++;
  const pool = job.pool ?? task.node?.pool;
  if (pool !== undefined && succeeded) pool.tasks.succeeded++;
  else if (pool !== undefined) pool.tasks.failed++;
  if (ran) retain(world, task);
  if (job.dependencies !== undefined && satisfies(task)) job.dependencies.note(task);
  world.markChanged(task);
}

/**
 * Its directory stays on the node for its retention time (T-87). Who waits for that are drains with `retaineddata`, which most worlds never see, so
 * the lists are kept from the first question on.
 */
function retain(world: World, task: Task): void {
  if (!world.listsRetained) return;
  for (const node of nodesOf(task)) retainOn(world, task, node);
}

function retainOn(world: World, task: Task, node: ComputeNode): void {
  if (node.gone) return;
  node.retained.push(task);
  if (node.retained.length < node.retainedTidyAt) return;
  tidyRetained(world, node);
}

/** Makes the lists of retained directories of all nodes out of the tasks. */
export function listRetained(world: World): void {
  if (world.listsRetained) return;
  world.listsRetained = true;
  for (const pool of world.pools.values()) for (const node of pool.nodes.values()) node.retained = [];
  for (const job of world.jobs.values()) {
    for (const task of job.tasks.values()) {
      if (task.state !== "completed" || task.previousState !== "running") continue;
      // A disk that was wiped since has nothing left of it (P-81).
      for (const node of nodesOf(task))
        if (node.wipedAt === undefined || task.endAt! > node.wipedAt) retainOn(world, task, node);
    }
  }
}

/** Drops entries of tasks that are gone, run again or whose retention is over. */
export function tidyRetained(world: World, node: ComputeNode): void {
  node.retained = node.retained.filter((task) => retainedUntilOf(world, task, node) > world.now);
  // Tidying looks at every task kept; that it is done as often as the list has grown fourfold bounds both its cost and what is kept in vain.
  node.retainedTidyAt = Math.max(64, 4 * node.retained.length);
}

/** Until when a task's directory is kept on a node; -Infinity when none is. */
export function retainedUntilOf(world: World, task: Task, node: ComputeNode): number {
  if (task.gone || task.job.gone || task.endAt === undefined) return Number.NEGATIVE_INFINITY;
  if (task.node !== node && task.subtasks?.ended.some((each) => each.node === node) !== true) return Number.NEGATIVE_INFINITY;
  return task.endAt + (task.spec.retentionMs ?? world.settings.retentionMs);
}

function returned(world: World, task: Task, by: Of<"TaskReturned">["by"]): void {
  change(world, task, "active");
  switch (by) {
    case "retry":
      task.retryCount++;
      task.lastRetryAt = world.now;
      break;
    case "requeue":
      task.requeueCount++;
      task.lastRequeueAt = world.now;
      break;
    case "recovery":
      task.recoveryCount++;
      break;
    case "preparation":
      break;
    default:
      unreachable(by);
      return;
  }
  refreshReady(world, task);
  world.markChanged(task);
}

/** T-15. */
function reactivated(world: World, task: Task): void {
  const job = task.job;
  if (job.dependencies !== undefined && satisfies(task)) job.dependencies.forget(task);
  change(world, task, "active");
  job.counts.failed--;
  task.retryCount = 0;
  task.endAt = undefined;
  task.outcome = undefined;
  refreshReady(world, task);
  world.markChanged(task);
}

function removed(world: World, task: Task): void {
  const job = task.job;
  taskMachine.check(task.state, "(none)");
  leaveReady(world, task);
  job.counts.add(task.state, -1);
  if (task.state === "active" && task.openDependencies > 0) job.counts.blocked--;
  if (task.state === "running" || task.state === "preparing") task.node!.pool.tasks.running--;
  if (task.result === "success") job.counts.succeeded--;
  if (task.result === "failure") job.counts.failed--;
  if (job.dependencies !== undefined && satisfies(task)) job.dependencies.forget(task);
  job.tasks.delete(idKey(task.id));
  if (job.manager === task) job.manager = undefined;
  task.gone = true;
  world.markChanged(task);
}
