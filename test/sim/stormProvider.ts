/**
 * A provider that gets things wrong: the simulated one behind a skin that refuses allocations, cannot give machines back, breaks boots, fails
 * preparation and release tasks, ends tasks in every way there is, and tells reports late, twice or not in order. `calm` makes it an
 * honest one. All of it is drawn from the seed.
 */
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import type { SpecialRun } from "../../runtime/core/job.ts";
import type { Effect, Report } from "../../runtime/core/protocol.ts";
import type { Provider } from "../../runtime/providers/provider.ts";

/** How often each thing goes wrong, 0 to 1, and how late what is told late is told. */
export interface Trouble {
  readonly refusedAllocations: number;
  readonly failedRemovals: number;
  readonly failedBoots: number;
  readonly failedSpecials: number;
  readonly oddEndings: number;
  /** How often, after some report, a machine that is up is called silent or unusable out of the blue. */
  readonly falseAlarms: number;
  readonly repeats: number;
  readonly delays: number;
  readonly delayMsMax: number;
}

interface Due {
  readonly at: number;
  readonly report: Report;
}

/** What a provider may tell twice; an eviction or an allocation told again would be another one. */
const REPEATED: ReadonlySet<Report["kind"]> = new Set([
  "NodeStarted",
  "NodeReady",
  "StartTaskEnded",
  "NodeReleased",
  "AllocationFailed",
  "TaskEnded",
  "PreparationEnded",
  "ReleaseEnded",
]);

function subjectOf(report: Report): string {
  return "nodeId" in report ? `${report.poolId}/${report.nodeId}` : "attempt" in report ? `${report.attempt}` : "";
}

const CODES = ["AllocationFailed", "AccountCoreQuotaReached", "Unknown", "SomethingNew"];
const DISK_FULL = [{ code: "DiskFull", message: "no room" }];
const SPECIAL_MS_MAX = 120_000;

export class StormProvider implements Provider {
  private readonly inner: Provider;
  private readonly trouble: Trouble;
  private readonly stream: RandomStream;
  private readonly own: Due[] = [];
  /** Reports about one node, or one attempt, keep their order: until when later ones wait. */
  private readonly heldUntil = new Map<string, number>();
  private now = 0;
  /** Machines that were told of and not taken away since. */
  private readonly there = new Set<string>();
  /** Machines that have really fallen silent, and recoveries that are no end of a false alarm. */
  private readonly silent = new Set<string>();
  private readonly meant = new WeakSet<Report>();
  /** From now on everything is answered rightly and in time. */
  calm = false;

  constructor(inner: Provider, trouble: Trouble, seed: number) {
    this.inner = inner;
    this.trouble = trouble;
    this.stream = randomStream(seed, "trouble");
  }

  nextDueAt(): number {
    return Math.min(this.inner.nextDueAt(), this.own[0]?.at ?? Number.POSITIVE_INFINITY);
  }

  take(): Report | undefined {
    this.now = this.nextDueAt();
    if (this.own.length > 0 && this.own[0].at <= this.inner.nextDueAt()) {
      const { report } = this.own.shift()!;
      // A machine that has really fallen silent meanwhile does not come back because an alarm was false.
      return report.kind === "NodeRecovered" && this.silent.has(subjectOf(report)) && !this.meant.has(report)
        ? undefined
        : report;
    }
    const taken = this.inner.take();
    if (taken === undefined) return undefined;
    // What is told later must not change meanwhile: the simulated provider tells all plain ends with one object.
    const report: Report = { ...taken };
    if (report.kind === "NodeLost") this.silent.add(subjectOf(report));
    if (report.kind === "NodeRecovered" || report.kind === "NodeStarted") this.silent.delete(subjectOf(report));
    if (report.kind === "NodeRecovered") this.meant.add(report);
    const told = this.spoilt(report);
    const about = subjectOf(told);
    if (told.kind === "NodeAllocated") this.there.add(about);
    if (told.kind === "NodePreempted" || told.kind === "NodeReleased") this.there.delete(about);
    if (this.happens(this.trouble.falseAlarms)) this.raiseAlarm();
    if (REPEATED.has(told.kind) && this.happens(this.trouble.repeats)) this.tell(told, this.lateness());
    const heldMs = (this.heldUntil.get(about) ?? 0) - this.now;
    const lateMs = this.happens(this.trouble.delays) ? this.lateness() : 0;
    if (heldMs <= 0 && lateMs === 0) return told;
    this.heldUntil.set(about, this.now + Math.max(heldMs, lateMs));
    this.tell(told, Math.max(heldMs, lateMs));
    return undefined;
  }

  /** Taken back with a boot that goes on, or never: then the service has to reboot the node. */
  private raiseAlarm(): void {
    const machines = [...this.there];
    if (machines.length === 0) return;
    const [poolId, nodeId] = machines[Math.floor(this.stream() * machines.length)].split("/");
    const lost = this.stream() < 0.5;
    const brief = this.stream() < 0.5;
    if (!lost) this.tell({ kind: "NodeUnusable", poolId, nodeId, errors: brief ? [] : DISK_FULL });
    else {
      this.tell({ kind: "NodeLost", poolId, nodeId }, 0);
      if (brief) this.tell({ kind: "NodeRecovered", poolId, nodeId }, 1000);
      if (brief) this.tell({ kind: "NodeReady", poolId, nodeId }, 2000);
    }
  }

  private lateness(): number {
    return this.stream() * this.trouble.delayMsMax;
  }

  perform(effect: Effect, now: number): void {
    this.now = now;
    const { trouble } = this;
    switch (effect.kind) {
      case "AllocateNodes":
        if (this.happens(trouble.refusedAllocations)) {
          this.refuse(effect.pool.id, effect.nodeIds);
          return;
        }
        break;
      case "ReplaceNode":
        if (this.happens(trouble.refusedAllocations)) {
          this.refuse(effect.node.pool.id, [effect.node.id]);
          return;
        }
        break;
      case "ReleaseNode":
        // The machine stays, so that whoever asks again, or reboots it, is answered; one that was taken away cannot be stuck.
        if (this.there.has(`${effect.pool.id}/${effect.nodeId}`) && this.happens(trouble.failedRemovals)) {
          this.tell({ kind: "RemovalFailed", poolId: effect.pool.id, nodeId: effect.nodeId, message: "stuck" });
          return;
        }
        break;
      case "RunPreparation":
      case "RunRelease":
        this.endSpecial(effect.run, this.happens(trouble.failedSpecials) ? 1 : 0, this.stream() * SPECIAL_MS_MAX);
        return;
      case "KillSpecial":
        this.endSpecial(effect.run, -9, 0);
        return;
      default:
    }
    this.inner.perform(effect, now);
  }

  private happens(ratio: number): boolean {
    const drawn = this.stream();
    return !this.calm && drawn < ratio;
  }

  private tell(report: Report, afterMs = this.stream() * 1000): void {
    const due = { at: this.now + afterMs, report };
    const place = this.own.findIndex((other) => other.at > due.at);
    this.own.splice(place < 0 ? this.own.length : place, 0, due);
  }

  private refuse(poolId: string, nodeIds: readonly string[]): void {
    const code = CODES[Math.floor(this.stream() * CODES.length)];
    this.tell({ kind: "AllocationFailed", poolId, nodeIds, code, message: "not today" });
  }

  private endSpecial(run: SpecialRun, exitCode: number, afterMs: number): void {
    const kind = run.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
    this.tell({ kind, jobId: run.job.id, run: run.id, exitCode, failure: undefined }, afterMs);
  }

  /** What is told in place of what was meant. */
  private spoilt(report: Report): Report {
    switch (report.kind) {
      case "NodeReady": {
        if (!this.happens(this.trouble.failedBoots)) return report;
        const { poolId, nodeId } = report;
        const errors = this.stream() < 0.5 ? [{ code: "ApplicationPackageError", message: "m" }] : DISK_FULL;
        return this.stream() < 0.5
          ? { kind: "NodeBootFailed", poolId, nodeId, errors }
          : { kind: "NodeUnusable", poolId, nodeId, errors: this.stream() < 0.5 ? [] : DISK_FULL };
      }
      case "TaskEnded": {
        if (report.cause !== "exit" || !this.happens(this.trouble.oddEndings)) return report;
        const causes = ["preprocessing", "upload", "lost", "exit", "exit"] as const;
        const cause = causes[Math.floor(this.stream() * causes.length)];
        return {
          ...report,
          cause,
          exitCode: cause === "preprocessing" || cause === "lost" ? undefined : Math.floor(this.stream() * 4),
        };
      }
      default:
        return report;
    }
  }
}
