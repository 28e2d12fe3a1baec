/** What a durable state change costs at least: one small row changed in place, hundreds in a transaction, and nothing decided. */
import Database from "libsql";

const ROWS_PER_COMMIT = 500;

/** Rows written per second: each of `count` rows is inserted and then updated twice, as a task is. */
export function handWrittenRows(path: string, count: number): number {
  const database = new Database(path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec(
    "CREATE TABLE task (job TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (job, number)) WITHOUT ROWID",
  );
  const insert = database.prepare("INSERT INTO task (job, number, state) VALUES (?, ?, ?)");
  const update = database.prepare("UPDATE task SET state = ? WHERE job = ? AND number = ?");
  const state = JSON.stringify({ s: "running", p: "active", n: ["pool", "tvm-1", 1_767_225_600_000], b: 1_767_225_600_000 });
  const began = performance.now();
  for (let from = 0; from < count; from += ROWS_PER_COMMIT) {
    for (let turn = 0; turn < 3; turn++) {
      database.exec("BEGIN IMMEDIATE");
      for (let i = from; i < Math.min(count, from + ROWS_PER_COMMIT); i++) {
        if (turn === 0) insert.run(["job", i, state]);
        else update.run([state, "job", i]);
      }
      database.exec("COMMIT");
    }
  }
  const took = performance.now() - began;
  database.close();
  return ((3 * count) / took) * 1000;
}
