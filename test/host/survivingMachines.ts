/**
 * Machines that outlive the service: they run what they were told, keep what they have not been thanked for, and tell it again to the next service. They
 * watch that no attempt is started twice, and no task runs twice at one time.
 */
import type { Effect, Report } from "../../runtime/core/protocol.ts";
import type { World } from "../../runtime/core/world.ts";
import type { Provider } from "../../runtime/providers/provider.ts";

/** What runs and has run, whoever is connected. */
export class Machines {
  /** Attempts that run, with their task. */
  readonly running = new Map<number, string>();
  /** Ended ones whose end has not been acknowledged. */
  readonly ended = new Map<number, Report>();
  /** How often each task was really started. */
  readonly starts = new Map<string, number>();
  readonly nodes = new Set<string>();
  readonly known = new Set<number>();
  /** What was done that must not be. */
  readonly wrongs: string[] = [];

  run(attempt: number, task: string): void {
    if (this.known.has(attempt)) return;
    this.known.add(attempt);
    if ([...this.running.values()].includes(task)) this.wrongs.push(`${task} runs twice`);
    this.running.set(attempt, task);
    this.starts.set(task, (this.starts.get(task) ?? 0) + 1);
  }

  end(attempt: number, exitCode: number): Report {
    this.running.delete(attempt);
    const report: Report = { kind: "TaskEnded", attempt, cause: "exit", exitCode, failure: undefined };
    this.ended.set(attempt, report);
    return report;
  }
}

/** One connection of a service to the machines. After `dead` is set nothing of it reaches them any more. */
export class MachineLink implements Provider {
  dead = false;
  restoredNodes = 0;
  private readonly machines: Machines;
  private readonly reports: Report[] = [];
  /** Ends that were taken and wait for the commit. */
  private taken: number[] = [];
  private wake: () => void = () => {};

  constructor(machines: Machines) {
    this.machines = machines;
  }

  nextDueAt(): number {
    return this.reports.length > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  take(): Report | undefined {
    const report = this.reports.shift();
    if (report?.kind === "TaskEnded") this.taken.push(report.attempt);
    return report;
  }

  onReport(wake: () => void): void {
    this.wake = wake;
  }

  restored(world: World): void {
    for (const pool of world.pools.values()) this.restoredNodes += pool.nodes.size;
    this.tell(...this.machines.ended.values());
  }

  committed(): void {
    if (this.dead) return;
    for (const attempt of this.taken.splice(0)) this.machines.ended.delete(attempt);
  }

  perform(effect: Effect): void {
    if (this.dead) return;
    switch (effect.kind) {
      case "AllocateNodes":
        for (const nodeId of effect.nodeIds) {
          this.machines.nodes.add(nodeId);
          for (const kind of ["NodeAllocated", "NodeStarted", "NodeReady"] as const)
            this.tell({ kind, poolId: effect.pool.id, nodeId });
        }
        return;
      case "RunTask":
        this.machines.run(effect.attempt.id, effect.attempt.task.id);
        return;
      case "KillTask":
        if (this.machines.running.has(effect.attempt.id)) this.end(effect.attempt.id, 137);
        return;
      default:
    }
  }

  end(attempt: number, exitCode: number): void {
    this.tell(this.machines.end(attempt, exitCode));
  }

  private tell(...reports: Report[]): void {
    this.reports.push(...reports);
    this.wake();
  }
}
