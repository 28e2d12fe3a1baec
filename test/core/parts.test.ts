/** The small parts: timers, attempts, digest, settings, refusals, victims. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Attempts } from "../../runtime/core/attempt.ts";
import { EventDigest } from "../../runtime/core/digest.ts";
import { eventRow } from "../../runtime/core/eventFields.ts";
import { idKey, isId } from "../../runtime/core/limits.ts";
import { refusalRows, refuse } from "../../runtime/core/refusals.ts";
import { victims } from "../../runtime/core/resize/victims.ts";
import { defaultSettings, settingRows } from "../../runtime/core/settings.ts";
import { nextDueAt, step } from "../../runtime/core/step.ts";
import { Timers } from "../../runtime/core/timers.ts";
import { World } from "../../runtime/core/world.ts";
import { Cluster, START } from "./cluster.ts";

describe("timers", () => {
  it("give what is due in order of due time, then of setting, and never a cancelled one", () => {
    const entries = fc.array(fc.record({ dueAt: fc.integer({ min: 0, max: 20 }), cancel: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(entries, (list) => {
        const timers = new Timers();
        const set = list.map(({ dueAt }) => timers.set(dueAt, { kind: "samplePool" } as never));
        for (const [i, { cancel }] of list.entries()) set[i].cancelled = cancel;
        const wanted = set.filter((timer) => !timer.cancelled).sort((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence);
        expect([...timers.pending()]).toHaveLength(wanted.length);
        const taken = [];
        for (let now = 0; now <= 20; now++) {
          expect(timers.nextDueAt()).toBe(wanted[taken.length]?.dueAt ?? Number.POSITIVE_INFINITY);
          for (let timer = timers.takeDue(now); timer !== undefined; timer = timers.takeDue(now)) taken.push(timer);
        }
        expect(taken).toEqual(wanted);
      }),
    );
  });

  it("a timer for Infinity is never due", () => {
    const timers = new Timers();
    timers.set(Number.POSITIVE_INFINITY, { kind: "samplePool" } as never);
    expect(timers.nextDueAt()).toBe(Number.POSITIVE_INFINITY);
    expect(timers.takeDue(Number.MAX_VALUE)).toBeUndefined();
  });

  it("time does not go back, and is a number", () => {
    const world = new World();
    step(world, { kind: "TimePassed" }, START);
    for (const now of [START - 1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => step(world, { kind: "TimePassed" }, now)).toThrow("time does not go back");
    expect(nextDueAt(world)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("attempts", () => {
  it("ids are never given twice, and an old or foreign id finds nothing", () => {
    const attempts = new Attempts();
    const seen = new Set<number>();
    const make = () => attempts.add({} as never, {} as never, undefined, 1, 0);
    for (let i = 0; i < 100; i++) {
      const [a, b] = [make(), make()];
      for (const { id } of [a, b]) expect(seen.size).toBeLessThan(seen.add(id).size + 1);
      expect(attempts.get(a.id)).toBe(a);
      attempts.remove(a);
      attempts.remove(a);
      expect([attempts.get(a.id), attempts.get(b.id)]).toEqual([undefined, b]);
      attempts.remove(b);
    }
    expect([seen.size, attempts.size]).toEqual([200, 0]);
    for (const id of [-1, 0.5, Number.NaN, 2 ** 60]) expect(attempts.get(id)).toBeUndefined();
  });
});

describe("digest and rows", () => {
  const story = (change: (cluster: Cluster) => void) => {
    const cluster = new Cluster({ events: "digest" });
    cluster.readyPool({ targetDedicatedNodes: 2 });
    change(cluster);
    return cluster.world.digest.toString();
  };

  it("the same inputs give the same digest; another event, order, instant or id another one", () => {
    const digests = [
      story(() => {}),
      story((cluster) => cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" })),
      story((cluster) => cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-2" })),
      story((cluster) => {
        cluster.advance(0.25);
        cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" });
      }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(story(() => {})).toBe(digests[0]);
    expect(digests[0]).toMatch(/^[0-9a-f]{16}$/);
  });

  it("is this very number on every machine", () => {
    const digest = new EventDigest();
    digest.add(1.5, { kind: "StaleReport", report: "NodeLost", about: "tvm-1" });
    digest.add(2 ** 40, { kind: "NodeRequestEnded", pool: { id: "p" } as never, nodeId: "é\u{1F600}" });
    digest.number("x", Number.NaN);
    expect(digest.toString()).toMatchInlineSnapshot(`"24275744be34efe4"`);
  });

  it("events are dropped in digest mode and when off, and rows are flat", () => {
    for (const events of ["digest", "off"] as const) {
      const cluster = new Cluster({ events });
      expect(
        cluster.ok({ kind: "AddPool", spec: { id: "p", vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 1 } }).events,
      ).toEqual([]);
      expect(cluster.world.digest.count > 0).toBe(events === "digest");
    }
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    const rows = cluster.events.map(eventRow);
    expect(rows[1]).toEqual({ kind: "PoolTargetsChanged", pool: "p", dedicated: 1, lowPriority: 0 });
    for (const row of rows) for (const value of Object.values(row)) expect(["string", "number"]).toContain(typeof value);
  });

  it("changed entities are handed out once, removed ones too", () => {
    const cluster = new Cluster({ trackChanges: true });
    const pool = cluster.readyPool({ targetDedicatedNodes: 1 });
    const node = cluster.node("tvm-1");
    expect(cluster.world.takeChanged()).toEqual([pool, node]);
    expect(cluster.world.takeChanged()).toEqual([]);
    cluster.do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" });
    expect(cluster.world.takeChanged()).toEqual([node]);
    cluster.ok({ kind: "DeletePool", poolId: "p" });
    cluster.serve();
    expect(cluster.world.takeChanged().map((entity) => entity.gone)).toEqual([true, true]);
  });
});

describe("tables", () => {
  it("every setting has a row with rule and reason, and every row is a setting", () => {
    expect(Object.keys(defaultSettings)).toEqual(settingRows.map((row) => row.name));
    expect(settingRows.filter((row) => row.rule === "" || row.reason === "" || row.unit === "")).toEqual([]);
    expect(new Set(settingRows.map((row) => row.name)).size).toBe(settingRows.length);
  });

  it("a refusal has a code of the table, and another code is our mistake", () => {
    expect(refuse("PoolExists", "m").status).toBe(409);
    expect(() => refuse("constructor", "m")).toThrow("no refusal");
    expect(refusalRows.rows.length).toBeGreaterThan(50);
  });

  it.each(["", "a b", "ä", "a\n", "x".repeat(65), "x".repeat(8192), null, 7, {}, "a/b"])("L-20: %j is no id", (text) => {
    expect(isId(text)).toBe(false);
    expect(
      new Cluster().refused({
        kind: "AddPool",
        spec: { id: text as string, vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 0 },
      }),
    ).toBe("InvalidPropertyValue");
  });

  it.each(["x".repeat(64), "constructor", "__proto__", "-", "A_1"])("L-20: %j is an id, compared without case", (id) => {
    const cluster = new Cluster();
    cluster.addPool({ id });
    expect(
      cluster.refused({
        kind: "AddPool",
        spec: { id: id.toUpperCase(), vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 0 },
      }),
    ).toBe("PoolExists");
  });

  it.each([
    [{ vmSize: "" }, "MissingRequiredProperty"],
    [{ coresPerNode: 0 }, "InvalidPropertyValue"],
    [{ coresPerNode: 2, taskSlotsPerNode: 8 }, undefined],
    [{ coresPerNode: 2, taskSlotsPerNode: 9 }, "InvalidPropertyValue"],
    [{ coresPerNode: 100, taskSlotsPerNode: 256 }, undefined],
    [{ coresPerNode: 100, taskSlotsPerNode: 257 }, "InvalidPropertyValue"],
    [{ nodeFillType: "random" as "pack" }, "InvalidPropertyValue"],
    [{ startTask: { commandLine: "", maxTaskRetryCount: 0, waitForSuccess: true } }, "MissingRequiredProperty"],
    [{ startTask: { commandLine: "x", maxTaskRetryCount: -2, waitForSuccess: true } }, "InvalidPropertyValue"],
  ])("P-01, P-10, P-11, P-103: a pool with %j answers %s", (spec, code) => {
    expect(
      new Cluster().refused({
        kind: "AddPool",
        spec: { id: "p", vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 0, ...spec },
      }),
    ).toBe(code);
  });

  it("P-15: over the pool quota it is PoolQuotaReached", () => {
    const cluster = new Cluster({ quotas: { pools: 1 } });
    cluster.addPool();
    expect(cluster.refused({ kind: "AddPool", spec: { id: "q", vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 0 } })).toBe(
      "PoolQuotaReached",
    );
  });
});

it("L-20: isId says what the pattern of ids says, idKey what lower case is, for any text", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 70 }),
    fc.string({ unit: fc.constantFrom("a", "Z", "0", "-", "_", "@", "[", "`", "{", "/", ":", "\u0130", "\n"), maxLength: 70 }),
  );
  fc.assert(
    fc.property(text, (id) => {
      expect(isId(id)).toBe(/^[A-Za-z0-9_-]{1,64}$/.test(id) && !id.includes("\n"));
      if (isId(id)) expect(idKey(id)).toBe(id.toLowerCase());
    }),
    { numRuns: 500 },
  );
});

describe("victims (P-46, P-47)", () => {
  const node = (id: number, more: object = {}) =>
    ({
      id: `tvm-${id}`,
      place: id,
      isDedicated: true,
      state: "idle",
      usedSlots: 0,
      managers: 0,
      allocationAt: 0,
      drain: undefined,
      ...more,
    }) as never;

  it("orders broken or coming, offline, fewest slots, managers; ties newest first, then the later id", () => {
    const nodes = [
      node(1, { state: "running", usedSlots: 1, managers: 1 }),
      node(2, { state: "running", usedSlots: 3 }),
      node(3, { state: "running", usedSlots: 2 }),
      node(4),
      node(5, { allocationAt: 5 }),
      node(6),
      node(7, { state: "offline" }),
      node(8, { state: "creating" }),
      node(9, { state: "unusable", allocationAt: 1 }),
      node(10, { state: "leavingpool" }),
      node(11, { drain: { purpose: "leave" } }),
      node(12, { isDedicated: false }),
    ];
    expect(victims(nodes, true, 99).map((victim) => victim.node.id)).toEqual([
      "tvm-9",
      "tvm-8",
      "tvm-7",
      "tvm-5",
      "tvm-6",
      "tvm-4",
      "tvm-3",
      "tvm-2",
      "tvm-1",
    ]);
    expect(victims(nodes, true, 2).map((victim) => victim.reason)).toEqual([
      "it is broken or not usable yet",
      "it is broken or not usable yet",
    ]);
    expect(victims(nodes, false, 9).map((victim) => victim.node.id)).toEqual(["tvm-12"]);
    expect(victims(nodes, true, 0)).toEqual([]);
  });
});
