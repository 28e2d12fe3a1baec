/**
 * A store in one SQLite file, through libsql. Write-ahead log and `synchronous = FULL`: a commit has reached the disk when it returns. One connection,
 * statements prepared once, one transaction a batch; all rows are texts that others made.
 */
import { dirname } from "node:path";
import type Database from "libsql";
import { type StoredWorld, type Table, tables, type TaskRow, type WorldChanges } from "../core/restore/tables.ts";
import { lockDirectory } from "./dataLock.ts";
import { openDatabase } from "./openDatabase.ts";
import { eventsOf } from "./eventChunks.ts";
import {
  type Batch,
  type EventChunk,
  type EventRetention,
  eventRetention,
  type Persistence,
  type RecordChange,
  type Stored,
  type StoredEvent,
  StoreError,
} from "./persistence.ts";
import { Statements } from "./statements.ts";

type RunBody = StoredWorld["runs"] extends Iterable<infer Row> ? Row : never;
type SampleBody = StoredWorld["samples"] extends Iterable<infer Row> ? Row : never;

/** How many commits go by between two looks for events that are too old. */
const PRUNE_EVERY = 64;

/** The store in a file, whose directory it locks against other processes until `close`. */
export class SqlitePersistence implements Persistence {
  /** The file. */
  readonly path: string;
  private readonly database: Database.Database;
  private readonly sql: Statements;
  private readonly retention: Required<EventRetention>;
  private readonly unlock: () => void;
  private commits = 0;
  private open = true;

  /**
   * Opens or makes the file, and locks its directory, which must be there, for this process until `close`. Throws StoreError for one that cannot be
   * used: the message says what to do.
   */
  constructor(path: string, retention: EventRetention = {}) {
    this.path = path;
    this.retention = { ...eventRetention, ...retention };
    this.unlock = lockDirectory(dirname(path));
    try {
      this.database = openDatabase(path);
      this.sql = new Statements(this.database);
    } catch (error) {
      this.unlock();
      throw error;
    }
  }

  load(): Stored {
    return this.guarded("read", () => {
      const { sql } = this;
      const world = (sql.world.get([]) as { body: string } | undefined)?.body;
      const last = sql.lastChunk.get([]) as { first: number; count: number } | undefined;
      return {
        world: world === undefined ? undefined : this.storedWorld(world),
        records: sql.records.all([]) as { kind: string; key: string; json: string }[],
        lastEvent: last === undefined ? 0 : last.first + last.count - 1,
      };
    });
  }

  commit(batch: Batch): void {
    this.guarded("write to", () => {
      this.sql.begin.run([]);
      try {
        if (batch.changes !== undefined) this.writeWorld(batch.changes);
        for (const record of batch.records ?? []) this.writeRecord(record);
        if (batch.events !== undefined) this.writeEvents(batch.events);
        this.sql.commit.run([]);
      } catch (error) {
        if (this.database.inTransaction) this.sql.rollback.run([]);
        throw error;
      }
    });
  }

  readEvents(from: number, max: number): StoredEvent[] {
    return this.guarded("read", () => {
      const found: StoredEvent[] = [];
      // A chunk at a time: how many of them it takes is not known before they are opened.
      for (let next = from; found.length < max; ) {
        const chunk = this.sql.chunkFrom.get([next]) as EventChunk | undefined;
        if (chunk === undefined) break;
        found.push(...eventsOf([chunk], next, max - found.length));
        next = chunk.first + chunk.count;
      }
      return found;
    });
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    try {
      // The log is folded into the file, so that a copy of the one file is a copy of all.
      this.database.pragma("wal_checkpoint(TRUNCATE)");
    } catch {
      // On a full disk it stays beside the file and is read by the next start: nothing is lost, and whoever closes has heard of the disk already.
    }
    try {
      this.database.close();
    } finally {
      this.unlock();
    }
  }

  private writeWorld(changes: WorldChanges): void {
    const { sql } = this;
    sql.putWorld.run([changes.world]);
    for (const pool of changes.poolsGone) for (const { statement, key } of sql.dropPool) statement.run([key(pool)].flat());
    for (const job of changes.jobsGone) for (const { statement, key } of sql.dropJob) statement.run([key(job)].flat());
    for (const { table, key, body } of changes.rows) {
      if (body === undefined) sql.remove[table].run([key]);
      else sql.put[table].run([key, body]);
    }
    for (const { job, number, made, state } of changes.tasks) {
      if (state === undefined) sql.removeTask.run([job, number]);
      else if (made === undefined) sql.updateTask.run([state, job, number]);
      else sql.putTask.run([job, number, made, state]);
    }
    for (const { pool, number, body, kept } of changes.runs) {
      sql.putRun.run([pool, number, body]);
      sql.dropRuns.run([pool, number - kept]);
    }
    for (const { pool, at, values, keptFrom } of changes.samples) {
      sql.putSample.run([pool, at, values]);
      sql.dropSamples.run([pool, keptFrom]);
    }
  }

  private writeRecord({ kind, key, json }: RecordChange): void {
    if (json === undefined) this.sql.removeRecord.run([kind, key]);
    else this.sql.putRecord.run([kind, key, json]);
  }

  private writeEvents({ first, count, at, json }: EventChunk): void {
    this.sql.putChunk.run([first, count, at, json]);
    if (++this.commits % PRUNE_EVERY !== 0) return;
    const { eventsMax, eventAgeMsMax } = this.retention;
    this.sql.dropChunksBefore.run([first + count - eventsMax]);
    this.sql.dropChunksOlder.run([at - eventAgeMsMax]);
  }

  private storedWorld(world: string): StoredWorld {
    const { sql } = this;
    const rows = Object.fromEntries(tables.map((table) => [table, sql.all[table].all([])])) as unknown as Record<
      Table,
      { key: string; body: string }[]
    >;
    return {
      world,
      rows,
      tasks: this.each<TaskRow>(sql.tasks),
      runs: this.each<RunBody>(sql.runs),
      samples: this.each<SampleBody>(sql.samples),
    };
  }

  /** Rows one after the other: a million of them need not be in memory at one time. */
  private each<Row>(statement: Database.Statement): Iterable<Row> {
    const step = (rows: Iterator<unknown>) => this.guarded("read", () => rows.next());
    const begin = () => this.guarded("read", () => statement.iterate([]));
    return {
      *[Symbol.iterator]() {
        const rows = begin();
        for (let next = step(rows); next.done !== true; next = step(rows)) yield next.value as Row;
      },
    };
  }

  private guarded<T>(what: string, action: () => T): T {
    if (!this.open) throw new StoreError(this.path, `${this.path}: the store is closed`);
    try {
      return action();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(this.path, `could not ${what} ${this.path}: ${reasonOf(error)}`, error);
    }
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  switch (code) {
    case "SQLITE_FULL":
      return "the disk is full; make room and start again, nothing that was acknowledged is lost";
    case "SQLITE_READONLY":
      return "it may not be written; check the permissions of the file and its directory";
    case "SQLITE_CORRUPT":
      return "the file is damaged; restore it from a copy, or move it away to begin anew";
    default:
      return message ?? String(error);
  }
}
