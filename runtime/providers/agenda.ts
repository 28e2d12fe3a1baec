/**
 * What a simulated provider foresees: task ends and other occurrences, in order of time. Both wait in one queue as numbers into tables whose places
 * are used again, so a task end costs no allocation. An entry of 0 or more is a place in the table of attempts, a negative one in the other.
 */
import type { Attempt } from "../core/attempt.ts";
import type { SpecialRun } from "../core/job.ts";
import type { Pool } from "../core/pool.ts";
import { EventQueue } from "./eventQueue.ts";
import type { Machine, MachineHappening } from "./machine.ts";
import type { SpotMarket } from "./spot.ts";

/** Anything foreseen but the natural end of a task. */
export type Occurrence =
  | {
      readonly kind: "machine";
      readonly what: MachineHappening;
      readonly machine: Machine;
      readonly life: number;
      readonly boot: number;
    }
  | { readonly kind: "refused"; readonly pool: Pool; readonly nodeIds: readonly string[] }
  | { readonly kind: "released"; readonly pool: Pool; readonly nodeId: string }
  | { readonly kind: "killed"; readonly attempt: Attempt }
  | { readonly kind: "special"; readonly run: SpecialRun }
  | { readonly kind: "usage"; readonly pool: Pool }
  | { readonly kind: "market"; readonly pool: Pool; readonly market: SpotMarket };

/** Things at reusable places. */
class Places<Thing> {
  private readonly things: (Thing | undefined)[] = [];
  private readonly free: number[] = [];

  keep(thing: Thing): number {
    const place = this.free.length > 0 ? this.free.pop()! : this.things.length;
    this.things[place] = thing;
    return place;
  }

  take(place: number): Thing {
    const thing = this.things[place]!;
    this.things[place] = undefined;
    this.free.push(place);
    return thing;
  }
}

/** Task ends and occurrences to come; at the same instant in order of addition. */
export class Agenda {
  private readonly queue = new EventQueue();
  private readonly attempts = new Places<Attempt>();
  private readonly occurrences = new Places<Occurrence>();

  /** Milliseconds since 1970 UTC; Infinity when nothing is foreseen. */
  nextDueAt(): number {
    return this.queue.nextDueAt();
  }

  /** The natural end of an attempt. */
  addEnd(dueAt: number, attempt: Attempt): void {
    this.queue.add(dueAt, this.attempts.keep(attempt));
  }

  /** Infinity: it will not happen, nothing is kept. */
  add(dueAt: number, occurrence: Occurrence): void {
    if (dueAt !== Number.POSITIVE_INFINITY) this.queue.add(dueAt, -1 - this.occurrences.keep(occurrence));
  }

  /** Whether the natural end of an attempt is due first; something must be foreseen. */
  endIsFirst(): boolean {
    return this.queue.first() >= 0;
  }

  /** The attempt whose natural end is due first. */
  takeEnd(): Attempt {
    return this.attempts.take(this.queue.take());
  }

  /** Anything else that is due first. */
  take(): Occurrence {
    return this.occurrences.take(-1 - this.queue.take());
  }
}
