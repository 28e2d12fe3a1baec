/** Every statement that the SQLite store makes, prepared once. The tables are made in `schema.ts`. */
import type Database from "libsql";
import { tables, type Table } from "../core/restore/tables.ts";
import { sqlNameOf } from "./schema.ts";

type Statement = Database.Statement;

/** A deletion and what it is told of a pool's or job's key. */
interface Drop {
  readonly statement: Statement;
  readonly key: (owner: string) => string | string[];
}

const own = (owner: string) => owner;
/** Keys from `owner/` to before `owner0`: the slash is followed by the digit 0 in ASCII. */
const under = (owner: string) => [`${owner}/`, `${owner}0`];

/** Prepared when made, for one connection; of use until that is closed. */
export class Statements {
  readonly begin: Statement;
  readonly commit: Statement;
  readonly rollback: Statement;
  readonly world: Statement;
  readonly putWorld: Statement;
  readonly put: Readonly<Record<Table, Statement>>;
  readonly remove: Readonly<Record<Table, Statement>>;
  readonly all: Readonly<Record<Table, Statement>>;
  readonly tasks: Statement;
  readonly putTask: Statement;
  readonly updateTask: Statement;
  readonly removeTask: Statement;
  readonly runs: Statement;
  readonly putRun: Statement;
  readonly dropRuns: Statement;
  readonly samples: Statement;
  readonly putSample: Statement;
  readonly dropSamples: Statement;
  readonly records: Statement;
  readonly putRecord: Statement;
  readonly removeRecord: Statement;
  readonly putChunk: Statement;
  readonly chunkFrom: Statement;
  readonly lastChunk: Statement;
  readonly dropChunksBefore: Statement;
  readonly dropChunksOlder: Statement;
  readonly dropPool: readonly Drop[];
  readonly dropJob: readonly Drop[];

  constructor(database: Database.Database) {
    const prepare = (sql: string) => database.prepare(sql);
    const each = (sql: (name: string) => string) =>
      Object.fromEntries(tables.map((table) => [table, prepare(sql(sqlNameOf[table]))])) as Record<Table, Statement>;
    const dropUnder = (table: Table): Drop => ({
      statement: prepare(`DELETE FROM ${sqlNameOf[table]} WHERE key >= ? AND key < ?`),
      key: under,
    });
    this.begin = prepare("BEGIN IMMEDIATE");
    this.commit = prepare("COMMIT");
    this.rollback = prepare("ROLLBACK");
    this.world = prepare("SELECT body FROM world");
    this.putWorld = prepare("INSERT INTO world (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body");
    // A row that is there keeps its rowid, and so its place in the order.
    this.put = each(
      (name) => `INSERT INTO ${name} (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body`,
    );
    this.remove = each((name) => `DELETE FROM ${name} WHERE key = ?`);
    this.all = each((name) => `SELECT key, body FROM ${name} ORDER BY rowid`);
    this.tasks = prepare("SELECT job, number, made, state FROM task ORDER BY job, number");
    this.putTask = prepare(
      "INSERT INTO task (job, number, made, state) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (job, number) DO UPDATE SET made = excluded.made, state = excluded.state",
    );
    this.updateTask = prepare("UPDATE task SET state = ? WHERE job = ? AND number = ?");
    this.removeTask = prepare("DELETE FROM task WHERE job = ? AND number = ?");
    this.runs = prepare("SELECT pool, body FROM run ORDER BY pool, number");
    this.putRun = prepare("INSERT OR REPLACE INTO run (pool, number, body) VALUES (?, ?, ?)");
    this.dropRuns = prepare("DELETE FROM run WHERE pool = ? AND number <= ?");
    this.samples = prepare('SELECT pool, at, samples AS "values" FROM sample ORDER BY pool, at');
    this.putSample = prepare("INSERT OR REPLACE INTO sample (pool, at, samples) VALUES (?, ?, ?)");
    this.dropSamples = prepare("DELETE FROM sample WHERE pool = ? AND at < ?");
    this.records = prepare("SELECT kind, key, json FROM record ORDER BY rowid");
    this.putRecord = prepare(
      "INSERT INTO record (kind, key, json) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json",
    );
    this.removeRecord = prepare("DELETE FROM record WHERE kind = ? AND key = ?");
    this.putChunk = prepare("INSERT INTO event (first, count, at, json) VALUES (?, ?, ?, ?)");
    this.chunkFrom = prepare(
      "SELECT first, count, at, json FROM event " +
        "WHERE first >= ifnull((SELECT first FROM event WHERE first <= ?1 AND first + count > ?1 ORDER BY first DESC LIMIT 1), ?1) " +
        "ORDER BY first LIMIT 1",
    );
    this.lastChunk = prepare("SELECT first, count FROM event ORDER BY first DESC LIMIT 1");
    this.dropChunksBefore = prepare("DELETE FROM event WHERE first < (SELECT max(first) FROM event WHERE first <= ?)");
    // The newest always stays: it says which number comes next.
    this.dropChunksOlder = prepare("DELETE FROM event WHERE at < ? AND first < (SELECT max(first) FROM event)");
    this.dropPool = [
      { statement: prepare("DELETE FROM run WHERE pool = ?"), key: own },
      { statement: prepare("DELETE FROM sample WHERE pool = ?"), key: own },
      { statement: this.remove.tally, key: (owner) => `p/${owner}` },
      dropUnder("node"),
      dropUnder("startTask"),
      { statement: this.remove.pool, key: own },
    ];
    this.dropJob = [
      { statement: prepare("DELETE FROM task WHERE job = ?"), key: own },
      { statement: this.remove.tally, key: (owner) => `j/${owner}` },
      dropUnder("special"),
      dropUnder("forgotten"),
      { statement: this.remove.job, key: own },
    ];
  }
}
