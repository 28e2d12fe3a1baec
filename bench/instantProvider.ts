/** A provider that answers every effect at once with what an obliging machine would report: what is measured with it is everything but the work. */
import type { Effect, Report } from "../runtime/core/protocol.ts";
import type { Provider } from "../runtime/providers/provider.ts";

export class InstantProvider implements Provider {
  private reports: Report[] = [];
  private first = 0;

  nextDueAt(): number {
    return this.first < this.reports.length ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  take(): Report | undefined {
    const report = this.reports[this.first++];
    if (this.first === this.reports.length) {
      this.reports = [];
      this.first = 0;
    }
    return report;
  }

  perform(effect: Effect): void {
    switch (effect.kind) {
      case "RunTask":
      case "KillTask": {
        const cause = effect.kind === "RunTask" ? "exit" : "killed";
        this.reports.push({ kind: "TaskEnded", attempt: effect.attempt.id, cause, exitCode: 0, failure: undefined });
        return;
      }
      case "AllocateNodes":
        for (const nodeId of effect.nodeIds)
          for (const kind of ["NodeAllocated", "NodeStarted", "NodeReady"] as const)
            this.reports.push({ kind, poolId: effect.pool.id, nodeId });
        return;
      case "ReleaseNode":
        this.reports.push({ kind: "NodeReleased", poolId: effect.pool.id, nodeId: effect.nodeId });
        return;
      default:
    }
  }
}
