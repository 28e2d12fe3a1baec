/**
 * Job preparation tasks: what a node needs of them before a task may run there, and what becomes of the tasks that wait (J-60 to J-63). A
 * preparation runs inside the slot of the task that caused it; further tasks of the job on the node wait for the same one. Also what happens to
 * preparation and release tasks when their node is drained, lost or comes up. Release tasks begin in `releases.ts`.
 */
import { emit, request } from "../apply.ts";
import type { Attempt } from "../attempt.ts";
import { type Job, SpecialRun } from "../job.ts";
import type { ComputeNode } from "../node.ts";
import type { FailureInfo } from "../taskOutcome.ts";
import type { World } from "../world.ts";
import { endAttempt } from "./complete.ts";
import { LOST_WITH_NODE, PREPARATION_FAILED } from "./exits.ts";
import { afterAttempt, isEnding } from "./jobEnds.ts";

/** What happens to the tasks: back to active by a user's doing, by the service's doing, or completed as a failure. */
export type EndWork = "requeue" | "recover" | "terminate";

/** Whether a task of the job may run on the node as far as preparation goes; `excluded`: never, until the node is reimaged (J-62). */
function preparationOn(job: Job, node: ComputeNode): "done" | "running" | "needed" | "excluded" {
  if (job.spec.preparation === undefined) return "done";
  if (job.excluded?.has(node) === true) return "excluded";
  const run = job.preparations.get(node);
  if (run === undefined) return "needed";
  if (run.state === "running") return "running";
  return run.stands ? "done" : "needed";
}

/** Sees to the preparation of all the nodes; whether a task placed there has to wait for it. */
export function prepare(world: World, job: Job, nodes: readonly ComputeNode[]): boolean {
  const preparation = job.spec.preparation;
  if (preparation === undefined) return false;
  let waits = false;
  for (const node of nodes) {
    const state = preparationOn(job, node);
    if (state === "done") continue;
    if (state === "needed") startSpecial(world, "preparation", job, node);
    waits = true;
  }
  return waits && preparation.waitForSuccess;
}

/** Starts a preparation or release task on a node; `now` false: one that is to wait until the node is up. */
export function startSpecial(world: World, kind: SpecialRun["kind"], job: Job, node: ComputeNode, now = true): SpecialRun {
  const run = new SpecialRun(kind, job, node, world.specialSequence + 1, world.now);
  emit(world, { kind: "SpecialStarted", run });
  if (now) request(world, kind === "preparation" ? { kind: "RunPreparation", run } : { kind: "RunRelease", run });
  return run;
}

/** Retries are the preparation's own (J-62); one that is being killed is not retried. */
export function preparationEnded(
  world: World,
  run: SpecialRun,
  exitCode: number | undefined,
  failure: FailureInfo | undefined,
): void {
  const { job, node } = run;
  const most = job.spec.preparation?.maxTaskRetryCount ?? 0;
  const plainFailure = failure === undefined && exitCode !== undefined && exitCode !== 0;
  if (plainFailure && run.stands && !isEnding(job) && (most === -1 || run.retryCount < most)) {
    emit(world, { kind: "SpecialRetried", run });
    request(world, { kind: "RunPreparation", run });
    return;
  }
  const killed = !run.stands;
  emit(world, { kind: "SpecialEnded", run, exitCode, failure });
  const waiting = node.attempts.filter((attempt) => attempt.preparing && attempt.task.job === job);
  for (const attempt of waiting) if (attempt.preparing && node.attempts.includes(attempt)) goOn(world, attempt, killed);
  afterAttempt(world, job);
}

/** A task waited for the preparation that has ended on one of its nodes. */
function goOn(world: World, attempt: Attempt, killed: boolean): void {
  const { task } = attempt;
  const job = task.job;
  const nodes = attempt.group ?? [attempt.node];
  if (attempt.kill !== undefined) {
    // On a group the others may still prepare; nothing of this attempt runs anywhere, so it need not wait for them.
    endAttempt(world, attempt, { exitCode: undefined, failure: undefined, cause: "killed" });
    return;
  }
  if (nodes.some((node) => preparationOn(job, node) === "excluded")) {
    emit(world, { kind: "AttemptEnded", attempt, exitCode: undefined });
    emit(world, { kind: "TaskScheduleFailed", task, failure: PREPARATION_FAILED });
    emit(world, { kind: "TaskReturned", task, by: "preparation" });
    return;
  }
  // Killed for the sake of others, while this one came to wait for it: another one.
  if (killed) prepare(world, job, nodes);
  if (nodes.some((node) => preparationOn(job, node) !== "done")) return;
  emit(world, { kind: "TaskStarted", task });
  request(world, { kind: "RunTask", attempt });
}

/** A task that waited for the preparation on this node is being killed: so is the preparation, if no other one waits for it. */
export function preparationUnwanted(world: World, node: ComputeNode, job: Job): void {
  const run = job.preparations.get(node);
  if (run?.state !== "running") return;
  if (node.attempts.some((attempt) => attempt.preparing && attempt.kill === undefined && attempt.task.job === job)) return;
  killSpecial(world, run);
}

function killSpecial(world: World, run: SpecialRun): void {
  if (!run.stands) return;
  emit(world, { kind: "SpecialLapsed", run, wiped: false });
  request(world, { kind: "KillSpecial", run });
}

const runsOn = (world: World, node: ComputeNode): SpecialRun[] => [...(world.specialsByNode.get(node) ?? [])];

const underWay = (run: SpecialRun) => run.state === "running" && !run.awaitsNode;

/** Has everything of this kind on the node killed (P-58). */
export function killSpecials(world: World, node: ComputeNode): void {
  for (const run of runsOn(world, node)) if (underWay(run)) killSpecial(world, run);
}

/** Has the job's preparations killed: no task of it is left that could need them. */
export function killPreparations(world: World, job: Job): void {
  for (const run of job.preparations.values()) if (underWay(run)) killSpecial(world, run);
}

/** Everything of this kind on the node has ended without a report. A release task runs again if the node comes back with its disk (J-68). */
export function loseSpecials(world: World, node: ComputeNode): void {
  const comesBack = node.state !== "unusable" && node.state !== "preempted" && node.state !== "starttaskfailed";
  for (const run of runsOn(world, node)) {
    if (run.state !== "running") continue;
    if (run.kind === "release" && comesBack) {
      if (!run.awaitsNode) emit(world, { kind: "SpecialPostponed", run });
      continue;
    }
    if (run.stands) emit(world, { kind: "SpecialLapsed", run, wiped: false });
    emit(world, { kind: "SpecialEnded", run, exitCode: undefined, failure: LOST_WITH_NODE });
    afterAttempt(world, run.job);
  }
}

/** The node came up again: which preparations count still (J-63), which releases run again (J-68). `wiped`: reimaged or replaced. */
export function nodeBooted(world: World, node: ComputeNode, wiped: boolean): void {
  for (const run of runsOn(world, node)) {
    if (run.kind === "release") {
      if (wiped && run.awaitsNode) skip(world, run);
      continue;
    }
    const rerun = run.job.spec.preparation?.rerunOnNodeRebootAfterSuccess === true && run.result === "success";
    if (wiped || (rerun && run.stands)) emit(world, { kind: "SpecialLapsed", run, wiped });
  }
}

/** The node takes tasks (again): releases that waited for it run (J-68). */
export function nodeCameUp(world: World, node: ComputeNode): void {
  for (const run of runsOn(world, node)) {
    if (!run.awaitsNode) continue;
    emit(world, { kind: "SpecialStarted", run });
    request(world, { kind: "RunRelease", run });
  }
}

/** The node failed to come up: releases do not wait for it any more (J-67). */
export function nodeUnfit(world: World, node: ComputeNode): void {
  if (node.state === "waitingforstarttask") return;
  for (const run of runsOn(world, node)) if (run.awaitsNode) skip(world, run);
}

/** The node's record is about to go: nobody waits for it any more (J-67). */
export function nodeLeaves(world: World, node: ComputeNode): void {
  for (const run of runsOn(world, node)) if (run.state === "running") skip(world, run);
  world.specialsByNode.delete(node);
}

function skip(world: World, run: SpecialRun): void {
  emit(world, { kind: "SpecialEnded", run, exitCode: undefined, failure: LOST_WITH_NODE });
  afterAttempt(world, run.job);
}
