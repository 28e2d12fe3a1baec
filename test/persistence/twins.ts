/**
 * A living cluster that is written down step by step, and beside it a world that was restored from what was written: both get the same inputs, and
 * have to say the same. Used by the random models of the core.
 */
import { expect } from "vitest";
import { brokenInvariants } from "../../runtime/core/invariants.ts";
import type { Effect, Event, Input } from "../../runtime/core/protocol.ts";
import { ChangeCollector } from "../../runtime/core/restore/changes.ts";
import { eventText } from "../../runtime/core/restore/eventText.ts";
import { restoreWorld } from "../../runtime/core/restore/restore.ts";
import { snapshotWorld } from "../../runtime/core/restore/snapshot.ts";
import type { StoredWorld } from "../../runtime/core/restore/tables.ts";
import { step, type StepResult } from "../../runtime/core/step.ts";
import type { World } from "../../runtime/core/world.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import type { Cluster } from "../core/cluster.ts";
import { align } from "./align.ts";

/** All rows as texts, in no order: for comparing. Samples apart. */
export function rowsOf({ world, rows, tasks, runs }: StoredWorld): string[] {
  return [
    `world ${world}`,
    ...Object.entries(rows).flatMap(([table, list]) => list.map(({ key, body }) => `${table} ${key} ${compared(table, body)}`)),
    ...Array.from(tasks, ({ job, number, made, state }) => `task ${job}/${number} ${made} ${state}`),
    ...Array.from(runs, ({ pool, body }) => `run ${pool} ${body}`),
  ].sort();
}

/**
 * A node's row may name recent tasks that were removed since it was written; a reader passes them over (`rows.test.ts` looks at the others). A pool's row
 * says where samples stood when it was written, and which nodes an upgrade had still to reach; later samples and the nodes' own rows move both.
 */
function compared(table: string, body: string): string {
  if (table !== "pool" && table !== "node") return body;
  const row = JSON.parse(body) as { q?: unknown; autoScale?: { sampleAt?: number }; upgrade?: { pending?: unknown } };
  delete row.q;
  delete row.autoScale?.sampleAt;
  delete row.upgrade?.pending;
  return JSON.stringify(row);
}

/** The rows of a world as it is. */
function rowsOfWorld(world: World): string[] {
  const memory = new MemoryPersistence();
  memory.commit({ changes: snapshotWorld(world) });
  return rowsOf(memory.load().world!);
}

/** Numbers that are not written at once may be behind: a tally says so only when it changes by what it counts. */
const told = (events: readonly Event[]) =>
  events
    .filter(({ kind }) => kind !== "LifetimeWatched")
    .map((event) => eventText(0, event))
    .sort();

function effectText(effect: Effect): string {
  const row: Record<string, unknown> = { kind: effect.kind };
  for (const [name, value] of Object.entries(effect)) {
    const entity = value as { id?: unknown };
    row[name] = typeof value === "object" && value !== null && "id" in value ? entity.id : name === "startTask" ? "" : value;
  }
  return JSON.stringify(row);
}

/** A release that failed is tried again by a timer that is not stored: whoever restores asks for it at once (`outstandingEffects`). */
function wanted(effects: readonly Effect[], input: Input): string[] {
  const again = (effect: Effect) => effect.kind === "ReleaseNode" && input.kind === "TimePassed";
  return effects
    .filter((effect) => !again(effect))
    .map(effectText)
    .sort();
}

/** A cluster and its latest restored twin; `restore` makes the twin, and from then on both are told the same. */
export class Twins {
  readonly memory = new MemoryPersistence();
  readonly cluster: Cluster;
  restorations = 0;
  private readonly collector: ChangeCollector;
  private twin: World | undefined;

  /** Takes over a cluster: from now on all it does is written, and done to the twin as well. */
  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const { world } = cluster;
    Object.assign(world, { trackChanges: true });
    this.memory.commit({ changes: snapshotWorld(world) });
    this.collector = new ChangeCollector(world);
    const live = cluster.do.bind(cluster);
    cluster.do = (input: Input) => this.both(input, live);
  }

  /** The rows written so far make a world like the living one, which goes on beside it from now on. */
  restore(): void {
    const { world } = this.cluster;
    this.memory.commit({ changes: this.collector.take() });
    const stored = this.memory.load().world!;
    expect(rowsOf(stored)).toEqual(rowsOfWorld(world));
    const options = { settings: world.settings, events: "keep", trackChanges: true } as const;
    const restored = restoreWorld(stored, options);
    expect(brokenInvariants(restored)).toEqual([]);
    expect(rowsOfWorld(restored)).toEqual(rowsOfWorld(world));
    expect(samplesOf(restored)).toEqual(samplesOf(world));
    align(world, restored);
    this.twin = restored;
    this.restorations++;
  }

  private both(input: Input, live: Cluster["do"]): StepResult {
    const result = live(input);
    for (const event of result.events) this.collector.note(event);
    if (this.twin === undefined) return result;
    const other = step(this.twin, input, this.cluster.now);
    expect(told(other.events), `events of ${input.kind}`).toEqual(told(result.events));
    expect(wanted(other.effects, input), `effects of ${input.kind}`).toEqual(wanted(result.effects, input));
    expect(other.refusal?.code).toBe(result.refusal?.code);
    expect(brokenInvariants(this.twin)).toEqual([]);
    return result;
  }
}

function samplesOf(world: World): unknown {
  return Array.from(world.pools.values(), (pool) => [
    pool.key,
    pool.store?.names().map((name) => {
      const series = pool.store!.series(name);
      return [name, Array.from(series.values.subarray(series.head, series.tail))];
    }) ?? [],
  ]);
}
