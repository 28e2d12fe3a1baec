/** A store that lasts as long as the process: for tests, and for a service that is to leave nothing behind. It keeps texts, as a file would. */
import type { StoredWorld, Table, TaskRow } from "../core/restore/tables.ts";
import { tables } from "../core/restore/tables.ts";
import {
  type Batch,
  type EventChunk,
  type EventRetention,
  eventRetention,
  type Persistence,
  type Stored,
  type StoredEvent,
} from "./persistence.ts";
import { eventsOf } from "./eventChunks.ts";

/** The store of a process; `load` gives back what was committed, so that a restart can be tried in one. */
export class MemoryPersistence implements Persistence {
  private world: string | undefined;
  private readonly rows = Object.fromEntries(tables.map((table) => [table, new Map<string, string>()])) as Record<
    Table,
    Map<string, string>
  >;
  private readonly tasks = new Map<string, Map<number, { made: string; state: string }>>();
  private readonly runs = new Map<string, Map<number, string>>();
  private readonly samples = new Map<string, Map<number, string>>();
  private readonly records = new Map<string, { kind: string; key: string; json: string }>();
  private readonly chunks: EventChunk[] = [];
  private eventCount = 0;
  private readonly retention: Required<EventRetention>;

  constructor(retention: EventRetention = {}) {
    this.retention = { ...eventRetention, ...retention };
  }

  load(): Stored {
    const last = this.chunks.at(-1);
    return {
      world: this.world === undefined ? undefined : this.storedWorld(this.world),
      records: [...this.records.values()],
      lastEvent: last === undefined ? 0 : last.first + last.count - 1,
    };
  }

  commit(batch: Batch): void {
    const { changes, records, events } = batch;
    if (changes !== undefined) {
      this.world = changes.world;
      for (const pool of changes.poolsGone) this.dropPool(pool);
      for (const job of changes.jobsGone) this.dropJob(job);
      for (const { table, key, body } of changes.rows) {
        if (body === undefined) this.rows[table].delete(key);
        else this.rows[table].set(key, body);
      }
      for (const { job, number, made, state } of changes.tasks) {
        const tasks = inner(this.tasks, job);
        if (state === undefined) tasks.delete(number);
        else tasks.set(number, { made: made ?? tasks.get(number)!.made, state });
      }
      for (const { pool, number, body, kept } of changes.runs) {
        const runs = inner(this.runs, pool).set(number, body);
        for (const old of runs.keys()) if (old <= number - kept) runs.delete(old);
      }
      for (const { pool, at, values, keptFrom } of changes.samples) {
        const samples = inner(this.samples, pool).set(at, values);
        for (const old of samples.keys()) if (old < keptFrom) samples.delete(old);
      }
    }
    for (const { kind, key, json } of records ?? []) {
      if (json === undefined) this.records.delete(`${kind}/${key}`);
      else this.records.set(`${kind}/${key}`, { kind, key, json });
    }
    if (events !== undefined) this.keep(events);
  }

  readEvents(from: number, max: number): StoredEvent[] {
    return eventsOf(this.chunks, from, max);
  }

  close(): void {}

  private keep(events: EventChunk): void {
    this.chunks.push(events);
    this.eventCount += events.count;
    const { eventsMax, eventAgeMsMax } = this.retention;
    while (this.chunks.length > 1 && (this.eventCount > eventsMax || this.chunks[0].at < events.at - eventAgeMsMax))
      this.eventCount -= this.chunks.shift()!.count;
  }

  private dropPool(pool: string): void {
    this.runs.delete(pool);
    this.samples.delete(pool);
    this.rows.tally.delete(`p/${pool}`);
    for (const table of ["node", "startTask"] as const) dropUnder(this.rows[table], pool);
    this.rows.pool.delete(pool);
  }

  private dropJob(job: string): void {
    this.tasks.delete(job);
    this.rows.tally.delete(`j/${job}`);
    for (const table of ["special", "forgotten"] as const) dropUnder(this.rows[table], job);
    this.rows.job.delete(job);
  }

  private storedWorld(world: string): StoredWorld {
    const rows = Object.fromEntries(
      tables.map((table) => [table, Array.from(this.rows[table], ([key, body]) => ({ key, body }))]),
    ) as unknown as StoredWorld["rows"];
    const tasks: TaskRow[] = [];
    for (const [job, ofJob] of this.tasks)
      for (const [number, { made, state }] of [...ofJob].sort((a, b) => a[0] - b[0])) tasks.push({ job, number, made, state });
    return {
      world,
      rows,
      tasks,
      runs: [...this.runs].flatMap(([pool, ofPool]) => Array.from(ofPool.values(), (body) => ({ pool, body }))),
      samples: [...this.samples].flatMap(([pool, ofPool]) => Array.from(ofPool, ([at, values]) => ({ pool, at, values }))),
    };
  }
}

function inner<Key, Value>(map: Map<string, Map<Key, Value>>, key: string): Map<Key, Value> {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = new Map()));
  return found;
}

/** Keys of rows that belong to a pool or job begin with its key and a slash, which no id has. */
function dropUnder(rows: Map<string, string>, owner: string): void {
  for (const key of rows.keys()) if (key.startsWith(`${owner}/`)) rows.delete(key);
}
