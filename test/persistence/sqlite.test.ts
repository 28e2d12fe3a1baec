/** Files that SQLite stores are opened from: those that cannot be used are refused in a sentence, older ones are brought up to date. */
import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockDirectory } from "../../runtime/persistence/dataLock.ts";
import { openDatabase } from "../../runtime/persistence/openDatabase.ts";
import { StoreError } from "../../runtime/persistence/persistence.ts";
import { migrations, SCHEMA_VERSION } from "../../runtime/persistence/schema.ts";
import { SqlitePersistence } from "../../runtime/persistence/sqlite.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "weir-sqlite-"));
  path = join(directory, "weir.db");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The message with which the store is refused; a refusal leaves the directory free. */
function refusal(): string {
  try {
    new SqlitePersistence(path).close();
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    expect(existsSync(join(directory, "lock"))).toBe(false);
    return (error as StoreError).message;
  }
  return "not refused";
}

function write(events = 3): void {
  const store = new SqlitePersistence(path);
  for (let first = 1; first <= events; first++)
    store.commit({ events: { first, count: 1, at: 0, json: `[[0,{"kind":"E","text":"${"x".repeat(5_000)}"}]]` } });
  store.close();
}

it("a file that is not a database is refused", () => {
  writeFileSync(path, "pools:\n  - id: p\n".repeat(200));
  expect(refusal()).toBe(`${path} is not a database: move it away, or choose another data directory`);
});

it("a damaged file is refused, wherever the damage lies in the table of events", () => {
  write(40);
  const whole = readFileSync(path);
  for (const at of [4096, 8192, whole.length >> 1]) {
    const damaged = Buffer.from(whole);
    damaged.fill(0xa5, at, at + 4096);
    writeFileSync(path, damaged);
    expect(refusal(), `damage at byte ${at}`).toMatch(
      /weir\.db is damaged \(.+\): restore it from a copy, or move it away to begin anew$/,
    );
  }
});

it("a file that was cut short is refused", () => {
  write(40);
  writeFileSync(path, readFileSync(path).subarray(0, 20_000));
  expect(refusal()).toMatch(/is damaged/);
});

it("a file of a newer program is refused, and is left as it was", () => {
  write();
  const database = new Database(path);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  database.close();
  expect(refusal()).toContain(
    `has schema version ${SCHEMA_VERSION + 1}, and this program knows versions up to ${SCHEMA_VERSION}`,
  );
  const after = new Database(path);
  expect(after.prepare("PRAGMA user_version").get([])).toMatchObject({ user_version: SCHEMA_VERSION + 1 });
  after.close();
});

it("a database of another program is refused", () => {
  const database = new Database(path);
  database.exec("CREATE TABLE recipes (name TEXT)");
  database.close();
  expect(refusal()).toBe(`${path} is a database of another program; choose another data directory`);
});

it("a directory that is not there or cannot be written is refused", () => {
  path = join(directory, "none", "weir.db");
  expect(refusal()).toMatch(/none cannot be written: check that it exists and its permissions$/);
  writeFileSync(join(directory, "file"), "");
  path = join(directory, "file", "weir.db");
  expect(refusal()).toMatch(/file cannot be written/);
  path = "/proc/weir.db";
  expect(() => new SqlitePersistence(path)).toThrow("/proc cannot be written: check that it exists and its permissions");
});

it("a file in the place of which a directory stands is refused", () => {
  path = tmpdir();
  expect(() => openDatabase(path)).toThrow(/cannot be opened for writing: check that its directory exists and may be written/);
});

it("a file of every older version is brought up to date, and nothing in it is lost", () => {
  for (const { version } of migrations.slice(0, -1)) {
    path = join(directory, `from${version}.db`);
    const old = openDatabase(path, migrations.slice(0, version));
    old.exec("INSERT INTO record (kind, key, json) VALUES ('a', 'b', '1')");
    old.exec('INSERT INTO event (first, count, at, json) VALUES (1, 1, 5, \'[[5,{"kind":"E"}]]\')');
    old.close();
    const store = new SqlitePersistence(path);
    expect(store.load()).toMatchObject({ records: [{ kind: "a", key: "b", json: "1" }], lastEvent: 1 });
    expect(store.readEvents(1, 9)).toEqual([{ number: 1, at: 5, kind: "E" }]);
    store.close();
    const after = new Database(path);
    expect(after.prepare("PRAGMA user_version").get([])).toMatchObject({ user_version: SCHEMA_VERSION });
    after.close();
  }
  expect(migrations.length).toBeGreaterThan(1);
});

it("a migration that fails leaves the file at the version before it", () => {
  write();
  const broken = [
    ...migrations,
    { version: SCHEMA_VERSION + 1, what: "fails", statements: ["CREATE TABLE more (x)", "NONSENSE"] },
  ];
  expect(() => openDatabase(path, broken)).toThrow(/cannot be opened: .*NONSENSE/);
  const after = new Database(path);
  expect(after.prepare("PRAGMA user_version").get([])).toMatchObject({ user_version: SCHEMA_VERSION });
  expect(after.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'more'").get([])).toMatchObject({ n: 0 });
  after.close();
  expect(refusal()).toBe("not refused");
});

it("the migrations are numbered from 1 without gaps", () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, i) => i + 1));
});

it("a batch that cannot be written is not written at all, and the store goes on", () => {
  const store = new SqlitePersistence(path);
  const record = (key: string) => ({ kind: "k", key, json: "1" });
  expect(() => store.commit({ records: [record("a"), { ...record("b"), json: null as unknown as string }] })).toThrow(
    StoreError,
  );
  store.commit({ records: [record("c")] });
  expect(store.load().records.map(({ key }) => key)).toEqual(["c"]);
  store.close();
  expect(() => store.commit({})).toThrow(/the store is closed/);
  store.close();
});

it("a closed store is one file: a copy of it is a copy of all", () => {
  write();
  const copy = join(mkdtempSync(join(directory, "copy-")), "weir.db");
  copyFileSync(path, copy);
  const store = new SqlitePersistence(copy);
  expect(store.load().lastEvent).toBe(3);
  store.close();
});

it("a directory is used by one store at a time, of this process too, and is free again after it", () => {
  const store = new SqlitePersistence(path);
  expect(() => new SqlitePersistence(path)).toThrow(
    `${directory} is in use by process ${process.pid}: stop that one first, or choose another data directory`,
  );
  store.close();
  new SqlitePersistence(path).close();
});

it("a lock of a process that is gone, of an id that was given again, or cut short by a crash is taken over", async () => {
  const gone = await ended(spawn(process.execPath, ["-e", ""]));
  for (const left of [
    JSON.stringify({ pid: gone, startedAt: "1" }),
    JSON.stringify({ pid: process.ppid, startedAt: "1" }),
    '{"pid":',
    "",
    "[]",
  ]) {
    writeFileSync(join(directory, "lock"), left);
    const unlock = lockDirectory(directory);
    expect(JSON.parse(readFileSync(join(directory, "lock"), "utf8"))).toMatchObject({ pid: process.pid });
    unlock();
    expect(existsSync(join(directory, "lock"))).toBe(false);
  }
});

it("a lock of another living process is respected", async () => {
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  try {
    const stat = readFileSync(`/proc/${other.pid}/stat`, "utf8");
    const startedAt = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    writeFileSync(join(directory, "lock"), JSON.stringify({ pid: other.pid, startedAt }));
    expect(() => lockDirectory(directory)).toThrow(`is in use by process ${other.pid}`);
  } finally {
    other.kill("SIGKILL");
    await ended(other);
  }
  lockDirectory(directory)();
});

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once("exit", () => resolve(child.pid!)));
}
