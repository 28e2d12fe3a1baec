/** What every store promises: the same suite over memory and SQLite. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RowChange, WorldChanges } from "../../runtime/core/restore/tables.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import type { EventChunk, EventRetention, Persistence } from "../../runtime/persistence/persistence.ts";
import { SqlitePersistence } from "../../runtime/persistence/sqlite.ts";

const NOTHING: WorldChanges = { world: "{}", poolsGone: [], jobsGone: [], rows: [], tasks: [], runs: [], samples: [] };
const changes = (some: Partial<WorldChanges>): WorldChanges => ({ ...NOTHING, ...some });
const row = (table: RowChange["table"], key: string, body: string | undefined): RowChange => ({ table, key, body });
const chunk = (first: number, count: number, at = first): EventChunk => ({
  first,
  count,
  at,
  json: JSON.stringify(Array.from({ length: count }, (_, i) => [at, { kind: "E", n: first + i }])),
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "weir-store-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const stores: readonly (readonly [string, (retention?: EventRetention) => Persistence])[] = [
  ["memory", (retention) => new MemoryPersistence(retention)],
  ["sqlite", (retention) => new SqlitePersistence(join(directory, "weir.db"), retention)],
];

describe.each(stores)("%s", (name, open) => {
  /** The same store, read anew: SQLite from its file. */
  function reopened(store: Persistence): Persistence {
    if (name === "memory") return store;
    store.close();
    return open();
  }

  function worldOf(store: Persistence) {
    const world = store.load().world!;
    return { ...world, tasks: [...world.tasks], runs: [...world.runs], samples: [...world.samples] };
  }

  it("a new store holds no world, no documents and no events", () => {
    const store = open();
    expect(store.load()).toEqual({ world: undefined, records: [], lastEvent: 0 });
    expect(store.readEvents(0, 10)).toEqual([]);
    store.close();
  });

  it("rows come back in the order in which they were first written; a rewritten one keeps its place, one removed and written again is last", () => {
    const store = open();
    store.commit({ changes: changes({ rows: ["a", "b", "c"].map((key) => row("pool", key, `${key}1`)) }) });
    store.commit({ changes: changes({ rows: [row("pool", "a", "a2")] }) });
    store.commit({ changes: changes({ rows: [row("pool", "b", undefined), row("pool", "b", "b2")] }) });
    const again = reopened(store);
    expect(worldOf(again).rows.pool).toEqual([
      { key: "a", body: "a2" },
      { key: "c", body: "c1" },
      { key: "b", body: "b2" },
    ]);
    again.close();
  });

  it("tasks come back by number; what they were made with is kept when only their state is written", () => {
    const store = open();
    const task = (number: number, made: string | undefined, state: string | undefined) => ({ job: "j", number, made, state });
    store.commit({ changes: changes({ tasks: [task(2, "m2", "s2"), task(1, "m1", "s1"), task(10, "m10", "s10")] }) });
    store.commit({ changes: changes({ tasks: [task(2, undefined, "t2"), task(1, undefined, undefined)] }) });
    store.commit({ changes: changes({ tasks: [task(10, "n10", "t10")] }) });
    const again = reopened(store);
    expect(worldOf(again).tasks).toEqual([
      { job: "j", number: 2, made: "m2", state: "t2" },
      { job: "j", number: 10, made: "n10", state: "t10" },
    ]);
    again.close();
  });

  it("a pool goes with its nodes, start tasks, runs, samples and tally, and no other pool's", () => {
    const store = open();
    const rows = ["p", "p-1", "pp"].flatMap((pool) => [
      row("pool", pool, "b"),
      row("node", `${pool}/n`, "b"),
      row("startTask", `${pool}/n`, "b"),
      row("tally", `p/${pool}`, "b"),
    ]);
    const runs = ["p", "p-1"].map((pool) => ({ pool, number: 1, body: "r", kept: 10 }));
    const samples = ["p", "p-1"].map((pool) => ({ pool, at: 1.5, values: "[]", keptFrom: 0 }));
    store.commit({ changes: changes({ rows: [...rows, row("tally", "j/p", "b")], runs, samples }) });
    store.commit({ changes: changes({ poolsGone: ["p"], rows: [row("pool", "p", "anew")] }) });
    const again = reopened(store);
    const world = worldOf(again);
    expect(world.rows.pool).toEqual([
      { key: "p-1", body: "b" },
      { key: "pp", body: "b" },
      { key: "p", body: "anew" },
    ]);
    expect(world.rows.node.map(({ key }) => key)).toEqual(["p-1/n", "pp/n"]);
    expect(world.rows.startTask.map(({ key }) => key)).toEqual(["p-1/n", "pp/n"]);
    expect(world.rows.tally.map(({ key }) => key)).toEqual(["p/p-1", "p/pp", "j/p"]);
    expect(world.runs).toEqual([{ pool: "p-1", body: "r" }]);
    expect(world.samples).toEqual([{ pool: "p-1", at: 1.5, values: "[]" }]);
    again.close();
  });

  it("a job goes with its tasks, special runs, forgotten tasks and tally, and no other job's", () => {
    const store = open();
    const rows = ["s:job-1", "s:job-10"].flatMap((job) => [
      row("job", job, "b"),
      row("special", `${job}/preparation/p/n/1`, "b"),
      row("forgotten", `${job}/1`, "2"),
      row("tally", `j/${job}`, "b"),
    ]);
    const tasks = ["s:job-1", "s:job-10"].map((job) => ({ job, number: 1, made: "m", state: "s" }));
    store.commit({ changes: changes({ rows, tasks }) });
    store.commit({ changes: changes({ jobsGone: ["s:job-1"] }) });
    const again = reopened(store);
    const world = worldOf(again);
    expect(world.rows.job).toHaveLength(1);
    expect(world.rows.special.map(({ key }) => key)).toEqual(["s:job-10/preparation/p/n/1"]);
    expect(world.rows.forgotten.map(({ key }) => key)).toEqual(["s:job-10/1"]);
    expect(world.rows.tally.map(({ key }) => key)).toEqual(["j/s:job-10"]);
    expect(world.tasks).toEqual([{ job: "s:job-10", number: 1, made: "m", state: "s" }]);
    again.close();
  });

  it("autoscale runs and samples are dropped when they are not kept any more", () => {
    const store = open();
    for (let number = 1; number <= 5; number++) {
      store.commit({
        changes: changes({
          runs: [{ pool: "p", number, body: `r${number}`, kept: 2 }],
          samples: [{ pool: "p", at: number + 0.25, values: `[${number}]`, keptFrom: number - 1.5 }],
        }),
      });
    }
    const again = reopened(store);
    expect(worldOf(again).runs.map(({ body }) => body)).toEqual(["r4", "r5"]);
    expect(worldOf(again).samples).toEqual([
      { pool: "p", at: 4.25, values: "[4]" },
      { pool: "p", at: 5.25, values: "[5]" },
    ]);
    again.close();
  });

  it("documents are kept by kind and key, in the order in which they were first put", () => {
    const store = open();
    store.commit({
      records: [
        { kind: "a", key: "2", json: "1" },
        { kind: "a", key: "1", json: "2" },
        { kind: "b", key: "2", json: '"é\\u0000"' },
      ],
    });
    store.commit({
      records: [
        { kind: "a", key: "2", json: "3" },
        { kind: "a", key: "1", json: undefined },
        { kind: "a", key: "none", json: undefined },
      ],
    });
    const again = reopened(store);
    expect(again.load().records).toEqual([
      { kind: "a", key: "2", json: "3" },
      { kind: "b", key: "2", json: '"é\\u0000"' },
    ]);
    again.close();
  });

  it("events are read from any number on, across and within commits", () => {
    const store = open();
    for (const [first, count] of [
      [1, 3],
      [4, 1],
      [5, 4],
    ])
      store.commit({ events: chunk(first, count) });
    const again = reopened(store);
    expect(again.load().lastEvent).toBe(8);
    const numbers = (from: number, max: number) => again.readEvents(from, max).map(({ number, n }) => [number, n]);
    for (let from = 0; from <= 9; from++) {
      for (let max = 0; max <= 9; max++) {
        const wanted = Array.from({ length: 8 }, (_, i) => i + 1)
          .filter((number) => number >= from)
          .slice(0, max);
        expect(numbers(from, max)).toEqual(wanted.map((number) => [number, number]));
      }
    }
    again.close();
  });

  it("old events are dropped by count and by age, whole commits at a time, the newest never", () => {
    const byCount = open({ eventsMax: 100 });
    for (let i = 0; i < 256; i++) byCount.commit({ events: chunk(1 + 2 * i, 2) });
    const kept = byCount.readEvents(0, 10_000).map(({ number }) => number);
    expect(kept.length).toBeGreaterThanOrEqual(100);
    expect(kept.length).toBeLessThanOrEqual(102 + 128);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 512 - kept.length + 1 + i));
    byCount.close();
    rmSync(directory, { recursive: true, force: true });
    directory = mkdtempSync(join(tmpdir(), "weir-store-"));
    const byAge = open({ eventAgeMsMax: 10 });
    for (let i = 0; i < 64; i++) byAge.commit({ events: chunk(1 + i, 1, i < 63 ? 0 : 1_000) });
    expect(byAge.readEvents(0, 100).map(({ number }) => number)).toEqual([64]);
    byAge.close();
  });

  it("texts come back as they were given: control characters, quotes, surrogates, a megabyte", () => {
    const store = open();
    const texts = ["\"\\u0001\u0001\n\t'", "\ud83d\ude00 é ಠ", "x".repeat(1_000_000), "'; DROP TABLE pool; --", "__proto__"];
    store.commit({
      changes: changes({ world: texts[0], rows: texts.map((body, i) => row("pool", `${i}${body.slice(0, 20)}`, body)) }),
    });
    const again = reopened(store);
    expect(worldOf(again).world).toBe(texts[0]);
    expect(worldOf(again).rows.pool.map(({ body }) => body)).toEqual(texts);
    again.close();
  });
});
