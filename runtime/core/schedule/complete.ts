/**
 * What becomes of a task when one of its attempts has ended: completed, retried, requeued or recovered (T-25), and what follows from a completed
 * task: its dependants, its job's actions and end.
 *
 *     attempt ended ── asked to be killed? ── requeue, recover → active again
 *                   └─ exit 0 → completed    nonzero, retries left → active again    anything else → completed
 *     completed → dependants woken → manager done? exit action? all tasks complete? → job
 */
import { emit } from "../apply.ts";
import type { Attempt } from "../attempt.ts";
import { type SubtaskEnding, subtasksOf } from "../subtasks.ts";
import type { Task } from "../task.ts";
import { type Ending, type FailureInfo, TIME_LIMIT_EXIT_CODE } from "../taskOutcome.ts";
import type { World } from "../world.ts";
import { satisfies } from "./dependencies.ts";
import { exitMeaning, failureOf, RECOVERY_LIMIT_REACHED } from "./exits.ts";
import { afterAttempt, disableJob, endJobIfAllComplete, isEnding, terminateJob } from "./jobEnds.ts";

/** An attempt is over on all nodes that are left of it: its slots are free, and its task goes on. `told`: of a group, its instances from 1 on. */
export function endAttempt(
  world: World,
  attempt: Attempt,
  ending: Ending,
  told?: readonly (SubtaskEnding | undefined)[],
): void {
  const task = attempt.task;
  const intent = attempt.kill;
  const current = runsBy(task, attempt);
  const { exitCode } = ending;
  const subtasks = attempt.group === undefined ? undefined : subtasksOf(attempt, told, ending.cause, world.now);
  // Two shapes of event and no spreading: nearly every task comes by here, and few are groups.
  if (subtasks === undefined) emit(world, { kind: "AttemptEnded", attempt, exitCode });
  else emit(world, { kind: "AttemptEnded", attempt, exitCode, subtasks });
  if (current) decide(world, task, intent, ending);
  afterAttempt(world, task.job);
}

/** Whether the task's fate hangs on this attempt: not when it was completed or removed, nor when it was reactivated while the process dies. */
export function runsBy(task: Task, attempt: Attempt): boolean {
  return task.attempt === attempt && !task.gone && (task.state === "running" || task.state === "preparing");
}

/** Whatever was asked for, a process that ended well before the kill reached it has done its work. */
function decide(world: World, task: Task, intent: Attempt["kill"], ending: Ending): void {
  const succeeded = ending.cause === "exit" && ending.exitCode === 0;
  if (!succeeded && intent === "requeue") {
    comeBack(world, task, "requeue");
    return;
  }
  if (!succeeded && intent === "recover") {
    if (task.recoveryCount < world.settings.recoveriesMax) {
      comeBack(world, task, "recovery");
      return;
    }
    const failure = RECOVERY_LIMIT_REACHED;
    completeTask(world, task, { exitCode: undefined, failure, cause: "killed" });
    return;
  }
  if (ending.cause === "exit" && !succeeded && retriesLeft(task)) {
    comeBack(world, task, "retry");
    return;
  }
  completeTask(world, task, ending);
}

/** Only a nonzero exit is retried; preprocessing and upload errors and time limits are not (T-26, T-30, T-31). */
export function retriesLeft(task: Task): boolean {
  const most = task.spec.maxTaskRetryCount ?? task.job.spec.maxTaskRetryCount;
  return most === -1 || task.retryCount < most;
}

/** A task of a job that is ending is not run again (J-25). */
function comeBack(world: World, task: Task, by: "retry" | "requeue" | "recovery"): void {
  if (isEnding(task.job)) {
    completeTask(world, task, { exitCode: undefined, failure: undefined, cause: "killed" });
    return;
  }
  emit(world, { kind: "TaskReturned", task, by });
}

/** Completes a task in any state but completed, and does what follows from it. */
export function completeTask(world: World, task: Task, ending: Ending): void {
  const exitCode = ending.cause === "timeLimit" ? TIME_LIMIT_EXIT_CODE : ending.exitCode;
  const failure = failureOf(ending);
  const meaning = exitMeaning(task.spec.exitConditions, exitCode === ending.exitCode ? ending : { ...ending, exitCode });
  emit(world, { kind: "TaskCompleted", task, exitCode, failure, dependencyAction: meaning.dependencyAction });
  if (satisfies(task)) wakeDependants(world, task);
  const job = task.job;
  if (isEnding(job)) return;
  if (task.kind === "manager" && job.spec.jobManager?.killJobOnCompletion === true) {
    terminateJob(world, job, "JMComplete");
    return;
  }
  if (failure !== undefined && job.spec.onTaskFailure === "performexitoptionsjobaction") {
    if (meaning.jobAction === "terminate") {
      terminateJob(world, job, "TaskFailed");
      return;
    }
    if (meaning.jobAction === "disable" && job.state === "active") disableJob(world, job, "requeue");
  }
  endJobIfAllComplete(world, job);
}

function wakeDependants(world: World, task: Task): void {
  const woken = task.job.dependencies?.satisfy(task);
  if (woken === undefined) return;
  for (const waiter of woken) emit(world, { kind: "DependencySatisfied", task: waiter, open: waiter.openDependencies - 1 });
}

/** Ends a task for good, at once; its process, if there is one, dies behind it (T-13, L-71). */
export function failTask(world: World, task: Task, failure: FailureInfo): void {
  completeTask(world, task, { exitCode: undefined, failure, cause: "killed" });
}
