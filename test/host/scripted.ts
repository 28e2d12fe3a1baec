/** A provider and a store that note what is done to them and when, and a clock that is moved by hand: for looking at the order of a service's turns. */
import type { Effect, Report } from "../../runtime/core/protocol.ts";
import { World, type WorldOptions } from "../../runtime/core/world.ts";
import type { Clock } from "../../runtime/host/clock.ts";
import { Service } from "../../runtime/host/service.ts";
import type { ServiceOptions } from "../../runtime/host/serviceOptions.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import type { Batch } from "../../runtime/persistence/persistence.ts";
import type { Provider } from "../../runtime/providers/provider.ts";
import { START } from "../core/cluster.ts";

/** Tells what the test has it tell, and notes what it is asked. */
class ScriptedProvider implements Provider {
  readonly effects: Effect[] = [];
  private readonly reports: Report[] = [];
  private wake: () => void = () => {};
  private readonly noted: string[];

  constructor(noted: string[]) {
    this.noted = noted;
  }

  /** Told now, and the service is woken. */
  tell(...reports: Report[]): void {
    this.reports.push(...reports);
    this.wake();
  }

  nextDueAt(): number {
    return this.reports.length > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  take(): Report | undefined {
    const report = this.reports.shift();
    this.noted.push(`take ${report?.kind}`);
    return report;
  }

  perform(effect: Effect): void {
    this.effects.push(effect);
    this.noted.push(`perform ${effect.kind}`);
  }

  onReport(wake: () => void): void {
    this.wake = wake;
  }

  committed(): void {
    this.noted.push("committed");
  }

  restored(world: World): void {
    this.noted.push(`restored ${world.pools.size} pools`);
  }
}

/** Notes each commit, and fails on request. */
class NotingPersistence extends MemoryPersistence {
  readonly batches: Batch[] = [];
  /** Thrown by the next commit. */
  trouble: Error | undefined = undefined;
  private readonly noted: string[];

  constructor(noted: string[]) {
    super();
    this.noted = noted;
  }

  override commit(batch: Batch): void {
    this.noted.push("commit");
    if (this.trouble !== undefined) throw this.trouble;
    this.batches.push(batch);
    super.commit(batch);
  }
}

/** A clock that stands still until it is moved. */
class StillClock implements Clock {
  private instant = START;

  now(): number {
    return this.instant;
  }

  /** Moves forward; an earlier instant leaves it where it is. */
  advanceTo(instant: number): void {
    if (instant > this.instant) this.instant = instant;
  }
}

/** Of a world that a service takes. */
export const WORLD: WorldOptions = { quotas: { dedicatedCores: 100, activeJobsAndSchedules: 1000 }, trackChanges: true };

/** A service with everything that can be looked at. */
export class Scripted {
  readonly noted: string[] = [];
  readonly clock = new StillClock();
  readonly provider = new ScriptedProvider(this.noted);
  readonly persistence = new NotingPersistence(this.noted);
  readonly logged: string[] = [];
  readonly failures: Error[] = [];
  readonly service: Service;

  constructor(options: Partial<ServiceOptions> = {}) {
    this.service = new Service({
      world: new World(WORLD),
      provider: this.provider,
      persistence: this.persistence,
      clock: this.clock,
      log: (level, event, fields) => this.logged.push(`${level} ${event} ${JSON.stringify(fields)}`),
      onFailure: (error) => this.failures.push(error),
      ...options,
    });
  }
}

/** Lets every turn that is due be made. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
