/**
 * The world: everything the scheduler knows, in memory. Mutable inside for speed; only `apply` and the folders below it write entities.
 * Maps are asked by id without case (L-20) and walked in order of insertion, so the same inputs always give the same outputs.
 */
import { Attempts } from "./attempt.ts";
import { EventDigest } from "./digest.ts";
import type { Job, SpecialRun } from "./job.ts";
import type { JobSchedule } from "./jobSchedule.ts";
import { idKey } from "./limits.ts";
import type { ComputeNode } from "./node.ts";
import type { Pool } from "./pool.ts";
import type { Effect } from "./protocol/effects.ts";
import type { Event } from "./protocol/events.ts";
import { defaultQuotas, defaultSettings, type Quotas, type Settings } from "./settings.ts";
import type { Task } from "./task.ts";
import { Timers } from "./timers.ts";

export type Entity = Pool | ComputeNode | Job | JobSchedule | Task;

export interface WorldOptions {
  readonly settings?: Partial<Settings>;
  readonly quotas?: Partial<Quotas>;
  /** `keep`: a step's result holds its events. `digest`: they are hashed and dropped. `off`: dropped. Default `keep`. */
  readonly events?: "keep" | "digest" | "off";
  /** Collect changed entities for persistence; whoever asks for it must empty `changed`. Default false. */
  readonly trackChanges?: boolean;
}

/** Told of each event as it is applied, in the middle of a step. It reads, and changes nothing. */
export interface EventListener {
  note(event: Event, at: number): void;
}

export class World {
  /** The instant of the running step, milliseconds since 1970 UTC. Never goes back. */
  now = Number.NEGATIVE_INFINITY;
  readonly settings: Settings;
  readonly quotas: Quotas;
  readonly pools = new Map<string, Pool>();
  readonly jobs = new Map<string, Job>();
  readonly jobSchedules = new Map<string, JobSchedule>();
  /** Jobs by the pool they name, whether or not that pool exists (P-22). */
  readonly jobsByPool = new Map<string, Set<Job>>();
  /** Jobs and schedules that count against the quota (L-12, S-12). */
  activeJobsAndSchedules = 0;
  readonly attempts = new Attempts();
  /** Ids of preparation and release runs, from 1; and those that run. */
  specialSequence = 0;
  readonly specials = new Map<number, SpecialRun>();
  /** The latest preparation and release runs on a node, of jobs that may still have work there. */
  readonly specialsByNode = new Map<ComputeNode, Set<SpecialRun>>();
  readonly timers = new Timers();
  /** Cores of nodes that are there or asked for (L-10, L-13). */
  dedicatedCores = 0;
  lowPriorityCores = 0;
  poolSequence = 0;
  /** Nodes list the tasks whose directories they keep: since a drain first waited for such a directory (T-87, P-57). */
  listsRetained = false;

  readonly eventMode: "keep" | "digest" | "off";
  readonly digest = new EventDigest();
  /** Hears every event, whatever the mode: for whoever needs none of them afterwards, which spares a list in every step. */
  listener: EventListener | undefined = undefined;
  /** Of the running step; the step's result hands them out. */
  events: Event[] = [];
  effects: Effect[] = [];
  /** Pools to reconcile or schedule before the step ends. */
  readonly touched: Pool[] = [];
  readonly trackChanges: boolean;
  /** Entities changed since the host last emptied the list, each once. */
  readonly changed: Entity[] = [];
  /** Samples taken since then, with `trackChanges` only: name and value of each metric in turn, at an instant. */
  readonly sampled: { readonly pool: Pool; readonly at: number; readonly values: readonly (string | number)[] }[] = [];

  constructor(options: WorldOptions = {}) {
    this.settings = Object.freeze({ ...defaultSettings, ...options.settings });
    this.quotas = { ...defaultQuotas, ...options.quotas };
    this.eventMode = options.events ?? "keep";
    this.trackChanges = options.trackChanges ?? false;
  }

  pool(id: string): Pool | undefined {
    return this.pools.get(idKey(id));
  }

  job(id: string): Job | undefined {
    return this.jobs.get(idKey(id));
  }

  jobSchedule(id: string): JobSchedule | undefined {
    return this.jobSchedules.get(idKey(id));
  }

  /** Looks at the pool's targets and drains again before the step ends. */
  touchForResize(pool: Pool): void {
    if (!pool.needsReconcile && !pool.needsSchedule) this.touched.push(pool);
    pool.needsReconcile = true;
  }

  /** Looks for tasks that can be placed in the pool before the step ends. */
  touchForPlacement(pool: Pool): void {
    if (!pool.needsReconcile && !pool.needsSchedule) this.touched.push(pool);
    pool.needsSchedule = true;
  }

  /** Notes that an entity's row is to be written. */
  markChanged(entity: Entity): void {
    if (this.trackChanges && !entity.changed) {
      entity.changed = true;
      this.changed.push(entity);
    }
  }

  /** Hands out the changed entities, each once, and starts anew. Removed ones have `gone` set. */
  takeChanged(): Entity[] {
    const taken = this.changed.splice(0);
    for (const entity of taken) entity.changed = false;
    return taken;
  }
}
