/**
 * What nodes tell of tasks, preparation and release tasks. A report about an attempt or run that is over, or never was, is recorded as
 * `StaleReport` and changes nothing: providers repeat themselves, and an attempt that was lost with its node may still be heard of.
 */
import { idKey } from "../limits.ts";
import { emit } from "../apply.ts";
import type { Attempt } from "../attempt.ts";
import type { TaskReport } from "../protocol/reports.ts";
import { endAttempt } from "../schedule/complete.ts";
import { releaseEnded } from "../schedule/releases.ts";
import { preparationEnded } from "../schedule/specials.ts";
import type { SubtaskEnding } from "../subtasks.ts";
import type { Ending } from "../taskOutcome.ts";
import type { World } from "../world.ts";

export function taskReport(world: World, report: TaskReport): void {
  if (report.kind === "TaskEnded") {
    const attempt = world.attempts.get(report.attempt);
    // An attempt that waits for its preparation was never given out: nobody can report its end.
    if (attempt === undefined || attempt.preparing) {
      stale(world, report.kind, String(report.attempt));
      return;
    }
    if (report.cause === "lost") attemptLost(world, attempt, report.subtasks);
    else endAttempt(world, attempt, report as Ending, report.subtasks);
    return;
  }
  const run = world.specials.get(report.run);
  const kind = report.kind === "PreparationEnded" ? "preparation" : "release";
  if (run === undefined || run.kind !== kind || run.awaitsNode || run.job.key !== idKey(report.jobId)) {
    stale(world, report.kind, String(report.run));
    return;
  }
  if (kind === "preparation") preparationEnded(world, run, report.exitCode, report.failure);
  else releaseEnded(world, run, report.exitCode, report.failure);
}

/** Its end was not seen: the service's doing, so the task comes back, unless something else was asked for it already. */
function attemptLost(world: World, attempt: Attempt, told: readonly (SubtaskEnding | undefined)[] | undefined): void {
  if (attempt.kill === undefined) emit(world, { kind: "KillRequested", attempt, intent: "recover" });
  endAttempt(world, attempt, { exitCode: undefined, failure: undefined, cause: "killed" }, told);
}

function stale(world: World, report: string, about: string): void {
  emit(world, { kind: "StaleReport", report, about: about.slice(0, 64) });
}
