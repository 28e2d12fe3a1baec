/**
 * Opens the file of a SQLite store, or says in a sentence why it cannot be used and what to do: no permission, no database, damaged, of a newer
 * program, of another program, in use.
 */
import Database from "libsql";
import { StoreError } from "./persistence.ts";
import { APPLICATION_ID, type Migration, migrations } from "./schema.ts";

/** An open connection whose tables are up to date. `known` are the migrations to bring them there. */
export function openDatabase(path: string, known: readonly Migration[] = migrations): Database.Database {
  let database: Database.Database;
  try {
    database = new Database(path);
  } catch (error) {
    throw cannotOpen(path, error);
  }
  try {
    prepare(database, path, known);
    return database;
  } catch (error) {
    database.close();
    throw error instanceof StoreError ? error : cannotOpen(path, error);
  }
}

function prepare(database: Database.Database, path: string, known: readonly Migration[]): void {
  database.exec("PRAGMA busy_timeout = 2000");
  const number = (pragma: string) => {
    const row = database.prepare(`PRAGMA ${pragma}`).get([]) as Record<string, unknown>;
    return Number(row[pragma]);
  };
  const version = number("user_version");
  const owner = number("application_id");
  const newest = known[known.length - 1].version;
  const tablesThere = (database.prepare("SELECT count(*) AS count FROM sqlite_schema").get([]) as { count: number }).count;
  if (tablesThere > 0 && owner !== APPLICATION_ID)
    throw new StoreError(path, `${path} is a database of another program; choose another data directory`);
  if (version > newest)
    throw new StoreError(
      path,
      `${path} has schema version ${version}, and this program knows versions up to ${newest}: use the newer program that wrote it, or another data directory`,
    );
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  // 64 MB of pages, and a log that is folded in every 32 MB: fewer, larger folds suit many small commits.
  database.exec("PRAGMA cache_size = -65536");
  database.exec("PRAGMA wal_autocheckpoint = 8192");
  for (const migration of known) if (migration.version > version) migrate(database, migration);
  checkWhole(database, path);
}

function migrate(database: Database.Database, { version, statements }: Migration): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    for (const statement of statements) database.exec(statement);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(`PRAGMA user_version = ${version}`);
    database.exec("COMMIT");
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Looks at every page once: damage is told before anything is built upon it. A quarter of a gigabyte takes about a second. */
function checkWhole(database: Database.Database, path: string): void {
  const rows = database.prepare("PRAGMA quick_check(3)").all([]) as { quick_check: string }[];
  const found = rows.map((row) => row.quick_check.replace(/^\*\*\*.*\*\*\*\n/, "")).filter((line) => line !== "ok");
  if (found.length > 0) throw damaged(path, found.join("; "));
}

function damaged(path: string, reason: string): StoreError {
  return new StoreError(path, `${path} is damaged (${reason}): restore it from a copy, or move it away to begin anew`);
}

function cannotOpen(path: string, error: unknown): StoreError {
  const { message = String(error), code } = error as { code?: string; message?: string };
  // That it could not open a file at all the library says in words only.
  if (message.includes("Unable to open"))
    return new StoreError(
      path,
      `${path} cannot be opened for writing: check that its directory exists and may be written`,
      error,
    );
  switch (code) {
    case "SQLITE_NOTADB":
      return new StoreError(path, `${path} is not a database: move it away, or choose another data directory`, error);
    case "SQLITE_CORRUPT":
      return damaged(path, message);
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
      return new StoreError(
        path,
        `${path} cannot be opened for writing: check that its directory exists and may be written`,
        error,
      );
    case "SQLITE_BUSY":
      return new StoreError(
        path,
        `${path} is in use by another process: stop that one first, or choose another data directory`,
        error,
      );
    default:
      return new StoreError(path, `${path} cannot be opened: ${message}`, error);
  }
}
