/**
 * The tables of the SQLite store and how older files are brought up to date. Migration n takes a file from version n - 1 to n, in a transaction of its
 * own; a file of a version that is not in the list was made by a newer program. Rows are only ever added to the list.
 */
import { tables, type Table } from "../core/restore/tables.ts";

/** Names of the tables of `tables.ts` in SQL. */
export const sqlNameOf: Readonly<Record<Table, string>> = {
  pool: "pool",
  node: "node",
  startTask: "start_task",
  jobSchedule: "job_schedule",
  job: "job",
  special: "special",
  forgotten: "forgotten",
  tally: "tally",
};

/** Says that a file is ours: `PRAGMA application_id`, "Weir" in ASCII. */
export const APPLICATION_ID = 0x57656972;

/** One step from the version before to `version`. */
export interface Migration {
  readonly version: number;
  readonly what: string;
  readonly statements: readonly string[];
}

const keyed = (name: string) => `CREATE TABLE ${name} (key TEXT NOT NULL UNIQUE, body TEXT NOT NULL)`;

/** All of them, in order of version from 1 on, without gaps. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    what: "the first tables",
    statements: [
      "CREATE TABLE world (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL)",
      ...tables.map((table) => keyed(sqlNameOf[table])),
      // A job's tasks lie together in order of number: they are read so, and go with one statement.
      "CREATE TABLE task (job TEXT NOT NULL, number INTEGER NOT NULL, made TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (job, number)) WITHOUT ROWID",
      "CREATE TABLE run (pool TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (pool, number)) WITHOUT ROWID",
      "CREATE TABLE sample (pool TEXT NOT NULL, at REAL NOT NULL, samples TEXT NOT NULL, PRIMARY KEY (pool, at)) WITHOUT ROWID",
      "CREATE TABLE record (kind TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (kind, key))",
      "CREATE TABLE event (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, at REAL NOT NULL, json TEXT NOT NULL)",
    ],
  },
  {
    version: 2,
    what: "events are found by age",
    statements: ["CREATE INDEX event_at ON event (at)"],
  },
];

/** The version that this program writes. */
export const SCHEMA_VERSION = migrations[migrations.length - 1].version;
