/**
 * Job release tasks: when a job ends, one on each node where its preparation completed and tasks of it ran (J-65). They take no slot, are not
 * retried, and their failure does not keep the job (J-66, J-67).
 */
import { emit } from "../apply.ts";
import type { Job, SpecialRun } from "../job.ts";
import type { ComputeNode, NodeState } from "../node.ts";
import type { FailureInfo } from "../taskOutcome.ts";
import type { World } from "../world.ts";
import { afterAttempt } from "./jobEnds.ts";
import { startSpecial } from "./specials.ts";

const UP: ReadonlySet<NodeState> = new Set(["idle", "running", "offline"]);
/** It will come up with its disk; the release waits for that (J-68). */
const COMING: ReadonlySet<NodeState> = new Set(["rebooting", "starting", "waitingforstarttask", "unknown"]);

/** Starts the job's release tasks wherever they are due. Nodes that are gone or on their way out are skipped. */
export function startReleases(world: World, job: Job): void {
  if (job.spec.release === undefined) return;
  for (const [node, preparation] of job.preparations) {
    if (node.gone || !preparation.tasksRan || !completed(preparation) || leavesSoon(node)) continue;
    if (!UP.has(node.state) && !COMING.has(node.state)) continue;
    const run = startSpecial(world, "release", job, node, UP.has(node.state));
    if (COMING.has(node.state)) emit(world, { kind: "SpecialPostponed", run });
  }
}

/** A run that was lost or killed did not complete; one that failed and is not waited for did. */
function completed(preparation: SpecialRun): boolean {
  return preparation.state === "completed" && (preparation.stands || preparation.result === "success");
}

function leavesSoon(node: ComputeNode): boolean {
  const drain = node.drain;
  return drain?.purpose === "leave" && (drain.option === "requeue" || drain.option === "terminate");
}

/** A release task that was killed for a reboot runs again after it (J-68); any other end is its end. */
export function releaseEnded(
  world: World,
  run: SpecialRun,
  exitCode: number | undefined,
  failure: FailureInfo | undefined,
): void {
  if (!run.stands && run.node.drain?.purpose === "reboot") {
    emit(world, { kind: "SpecialPostponed", run });
    return;
  }
  emit(world, { kind: "SpecialEnded", run, exitCode, failure });
  afterAttempt(world, run.job);
}
