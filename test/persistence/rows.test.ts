/** Single things that rows have to bring back, and what is told of rows that cannot be read. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { eventRow } from "../../runtime/core/eventFields.ts";
import { ChangeCollector } from "../../runtime/core/restore/changes.ts";
import { eventText } from "../../runtime/core/restore/eventText.ts";
import { outstandingEffects } from "../../runtime/core/restore/outstanding.ts";
import { RestoreError } from "../../runtime/core/restore/restoreError.ts";
import { restoreWorld } from "../../runtime/core/restore/restore.ts";
import { snapshotWorld } from "../../runtime/core/restore/snapshot.ts";
import type { StoredWorld, Table } from "../../runtime/core/restore/tables.ts";
import { fromText, toText } from "../../runtime/core/restore/text.ts";
import { step } from "../../runtime/core/step.ts";
import type { World } from "../../runtime/core/world.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import { Cluster, MINUTE, START } from "../core/cluster.ts";
import { actions, run } from "../core/model.ts";
import { runWork, workActions } from "../core/jobModel.ts";

const spec = { commandLine: "c", requiredSlots: 1, maxTaskRetryCount: 0, maxWallClockMs: undefined, retentionMs: undefined };

function stored(world: World): StoredWorld {
  const memory = new MemoryPersistence();
  memory.commit({ changes: snapshotWorld(world) });
  return memory.load().world!;
}

const again = (cluster: Cluster): World =>
  restoreWorld(stored(cluster.world), { settings: cluster.world.settings, trackChanges: true });

it("plain data goes through a text unchanged, infinities and the mark itself included", () => {
  const data = fc.anything({
    values: [
      fc.double({ noNaN: true }),
      fc.string({ unit: "binary" }),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom("\u0001", "\u0001Infinity", "null", "\\u0001"),
    ],
  });
  fc.assert(
    fc.property(data, (value) => {
      fc.pre(value !== undefined);
      expect(fromText(toText(value))).toEqual(withoutMinusZero(value));
    }),
    { numRuns: 200 },
  );
  expect(fromText(toText({ retentionMs: Number.POSITIVE_INFINITY, a: [Number.NEGATIVE_INFINITY, null] }))).toEqual({
    retentionMs: Number.POSITIVE_INFINITY,
    a: [Number.NEGATIVE_INFINITY, null],
  });
  expect(Object.keys(fromText(toText(JSON.parse('{"__proto__":{"a":null}}'))) as object)).toEqual(["__proto__"]);
});

function withoutMinusZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutMinusZero(inner)]));
}

it("an event's text is the JSON of its row, for every event of random clusters", () => {
  const seen = new Set<string>();
  const check = (cluster: Cluster) => {
    for (const event of cluster.events) {
      seen.add(event.kind);
      expect(JSON.parse(eventText(1.5, event))).toEqual([1.5, JSON.parse(JSON.stringify(eventRow(event)))]);
    }
  };
  fc.assert(
    fc.property(actions, (list) => check(run(list))),
    { numRuns: 15 },
  );
  fc.assert(
    fc.property(workActions, (list) => check(runWork(list).cluster)),
    { numRuns: 15 },
  );
  expect(seen.size).toBeGreaterThan(40);
});

it("samples survive: a formula over an hour sees after the restart what it would have seen, and sampling goes on on its grid", () => {
  const cluster = new Cluster({ trackChanges: true });
  const collector = new ChangeCollector(cluster.world);
  const memory = new MemoryPersistence();
  const commit = () => memory.commit({ changes: collector.take() });
  const live = cluster.do.bind(cluster);
  cluster.do = (input) => {
    const result = live(input);
    for (const event of result.events) collector.note(event);
    commit();
    return result;
  };
  const formula = "$TargetDedicatedNodes = min(3, max($ActiveTasks.GetSample(60 * TimeInterval_Minute, 1)));";
  cluster.addPool({ enableAutoScale: true, autoScaleFormula: formula, autoScaleEvaluationIntervalMs: 5 * MINUTE });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
  cluster.advance(20 * MINUTE + 12_345);
  for (let i = 0; i < 7; i++) cluster.ok({ kind: "AddTask", jobId: "j", id: `t${i}`, spec });
  cluster.advance(6 * MINUTE);
  cluster.serve();
  for (let i = 0; i < 3; i++) cluster.endTask("j", `t${i}`);
  cluster.advance(45_000);
  const restored = restoreWorld(memory.load().world!, { settings: cluster.world.settings, trackChanges: true });
  const [before, after] = [cluster.pool(), restored.pool("p")!];
  expect(after.store!.names()).toEqual(before.store!.names());
  expect(after.store!.lastSampleTime()).toBe(before.store!.lastSampleTime());
  expect(after.sampleTimer!.dueAt).toBe(before.sampleTimer!.dueAt);
  expect(after.evaluationTimer!.dueAt).toBe(before.evaluationTimer!.dueAt);
  const at = cluster.now + 10 * MINUTE;
  const command = {
    kind: "EvaluateAutoScale",
    poolId: "p",
    autoScaleFormula: `${formula} n = $ActiveTasks.Count(); m = $SucceededTasks.GetSample(1);`,
  } as const;
  const wanted = step(cluster.world, command, at).answer as { error: unknown };
  expect(wanted.error).toBeNull();
  expect(step(restored, command, at).answer).toEqual(wanted);
  expect(before.store!.series("$ActiveTasks").length).toBeGreaterThan(40);
});

it("samples that no window can read are dropped from the store", () => {
  const cluster = new Cluster({ trackChanges: true, settings: { samplePeriodMs: 30 * MINUTE } });
  const collector = new ChangeCollector(cluster.world);
  const memory = new MemoryPersistence();
  cluster.addPool({
    enableAutoScale: true,
    autoScaleFormula: "$TargetDedicatedNodes = 0;",
    autoScaleEvaluationIntervalMs: 168 * 60 * MINUTE,
  });
  for (let hour = 0; hour < 60; hour++) {
    cluster.advance(60 * MINUTE);
    memory.commit({ changes: collector.take() });
  }
  const kept = [...memory.load().world!.samples].map(({ at }) => cluster.now - at);
  expect(Math.max(...kept)).toBeLessThanOrEqual(25 * 60 * MINUTE);
  expect(Math.max(...kept)).toBeGreaterThanOrEqual(24 * 60 * MINUTE - 1);
});

it("tasks that shared a spec share it again, and one that was updated does not", () => {
  const cluster = new Cluster();
  cluster.ok({
    kind: "AddJob",
    spec: {
      id: "j",
      poolId: "p",
      jobManager: { ...spec, id: "m", killJobOnCompletion: true, runExclusive: false, allowLowPriorityNode: true },
    },
  });
  const tasks = Array.from({ length: 20 }, (_, i) => ({ id: `t,"${i}`.replace(/[,"]/g, "-"), spec }));
  cluster.ok({ kind: "AddTasks", jobId: "j", tasks });
  cluster.ok({ kind: "UpdateTask", jobId: "j", taskId: tasks[10].id, retentionMs: Number.POSITIVE_INFINITY });
  const found = [...again(cluster).job("j")!.tasks.values()];
  expect(found.map(({ kind }) => kind)).toEqual(["manager", ...tasks.map(() => "user")]);
  const specs = new Set(found.map((task) => task.spec));
  expect(specs.size).toBe(4);
  expect(found[11].spec).toMatchObject({ retentionMs: Number.POSITIVE_INFINITY, changeNumber: 2 });
  expect(found[12].spec).toBe(found[20].spec);
});

it("recent tasks of a node come back, those that were removed and those of a job made anew apart", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  for (const jobId of ["a", "b"]) {
    cluster.ok({ kind: "AddJob", spec: { id: jobId, poolId: "p" } });
    for (const id of ["1", "2"]) {
      cluster.ok({ kind: "AddTask", jobId, id, spec });
      cluster.endTask(jobId, id);
    }
  }
  const rows = stored(cluster.world);
  cluster.now += MINUTE;
  cluster.ok({ kind: "DeleteTask", jobId: "a", taskId: "2" });
  cluster.ok({ kind: "DeleteJob", jobId: "b" });
  cluster.ok({ kind: "AddJob", spec: { id: "b", poolId: "none" } });
  cluster.ok({ kind: "AddTask", jobId: "b", id: "1", spec });
  // The node's row is of before: nothing happened on it since.
  const later = stored(cluster.world);
  const world = restoreWorld({ ...later, rows: { ...later.rows, node: rows.rows.node } });
  expect(
    world
      .pool("p")!
      .nodes.get("tvm-1")!
      .recentTasks.map(({ id, job }) => `${job.id}/${id}`),
  ).toEqual(["a/1"]);
});

it("T-43: a wait that ended by a task which was deleted afterwards stays over, others stay open", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p", usesTaskDependencies: true } });
  const add = (id: string, taskIds: string[], taskIdRanges: { start: number; end: number }[] = []) =>
    cluster.ok({ kind: "AddTask", jobId: "j", id, spec: { ...spec, dependsOn: { taskIds, taskIdRanges } } });
  cluster.ok({ kind: "AddTask", jobId: "j", id: "1", spec });
  add("child", ["1", "2"]);
  add("range", [], [{ start: 1, end: 2 }]);
  cluster.endTask("j", "1");
  cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "1" });
  add("late", ["1"]);
  const world = again(cluster);
  const open = (id: string) => world.job("j")!.tasks.get(id)!.openDependencies;
  expect([open("child"), open("range"), open("late")]).toEqual([1, 1, 1]);
  step(world, { kind: "AddTask", jobId: "j", id: "2", spec }, cluster.now);
  const attempt = world.job("j")!.tasks.get("2")!.attempt!;
  step(world, { kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode: 0, failure: undefined }, cluster.now);
  expect([open("child"), open("range"), open("late")]).toEqual([0, 0, 1]);
});

it("a task may name nodes and pools that are gone: it keeps their ids", () => {
  const cluster = new Cluster();
  cluster.readyPool({ id: "Old", targetDedicatedNodes: 1 });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "Old" } });
  cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec });
  cluster.endTask("j", "t");
  cluster.ok({ kind: "DeletePool", poolId: "Old" });
  cluster.serve();
  cluster.now += MINUTE;
  cluster.readyPool({ id: "old", targetDedicatedNodes: 1 });
  const node = again(cluster).job("j")!.tasks.get("t")!.node!;
  expect([node.gone, node.id, node.pool.id, node.pool.gone]).toEqual([true, "tvm-1", "Old", true]);
});

it("quotas, counters and the last instant come back; ids of attempts are never given again", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  cluster.ok({ kind: "SetQuotas", quotas: { pools: 3 } });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
  const ids = new Set<number>();
  for (const id of ["1", "2"]) {
    cluster.ok({ kind: "AddTask", jobId: "j", id, spec });
    ids.add(cluster.world.job("j")!.tasks.get(id)!.attempt!.id);
    cluster.endTask("j", id);
  }
  cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "2" });
  const world = again(cluster);
  expect(world.quotas).toEqual(cluster.world.quotas);
  expect(world.now).toBe(START);
  step(world, { kind: "AddTask", jobId: "j", id: "3", spec }, START);
  const task = world.job("j")!.tasks.get("3")!;
  expect(ids.has(task.attempt!.id)).toBe(false);
  expect(task.sequence).toBe(3);
});

it("what a world waits for is asked for again, in an order that makes sense", () => {
  const cluster = new Cluster();
  cluster.readyPool({
    targetDedicatedNodes: 3,
    targetLowPriorityNodes: 1,
    taskSlotsPerNode: 2,
    coresPerNode: 2,
    startTask: { commandLine: "s", maxTaskRetryCount: 0, waitForSuccess: false },
  });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
  for (const id of ["1", "2", "3", "4", "5"]) cluster.ok({ kind: "AddTask", jobId: "j", id, spec });
  cluster.ok({ kind: "TerminateTask", jobId: "j", taskId: "1" });
  cluster.ok({ kind: "NodePreempted", poolId: "p", nodeId: "tvm-4" } as never);
  cluster.ok({ kind: "RebootNode", poolId: "p", nodeId: "tvm-3", nodeRebootOption: "requeue" });
  for (const effect of cluster.take("KillTask").slice(1))
    cluster.do({ kind: "TaskEnded", attempt: effect.attempt.id, cause: "killed", exitCode: 1, failure: undefined });
  cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 5 });
  cluster.ok({ kind: "StopResize", poolId: "p" });
  const text = (effects: ReturnType<typeof outstandingEffects>) =>
    effects.map((effect) =>
      "nodeIds" in effect
        ? `${effect.kind} ${effect.nodeIds.join()}`
        : "attempt" in effect
          ? `${effect.kind} ${effect.attempt.task.id}`
          : "node" in effect
            ? `${effect.kind} ${effect.node.id}`
            : effect.kind,
    );
  const found = text(outstandingEffects(again(cluster)));
  expect(found).toEqual(text(outstandingEffects(cluster.world)));
  expect(found.slice(0, 2)).toEqual(["AllocateNodes tvm-5,tvm-6", "CancelAllocation tvm-5,tvm-6"]);
  expect(found).toContain("RebootNode tvm-3");
  expect(found).toContain("ReplaceNode tvm-4");
  expect(found.indexOf("RunTask 1")).toBeGreaterThan(0);
  expect(found.indexOf("KillTask 1")).toBeGreaterThan(found.lastIndexOf("RunTask 5"));
});

it("rows that cannot be read, or do not fit together, are told with table and key", () => {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 1 });
  cluster.ok({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
  cluster.ok({ kind: "AddTask", jobId: "j", id: "t", spec });
  const whole = stored(cluster.world);
  const withRows = (table: Table, change: (body: string) => string | undefined): StoredWorld => ({
    ...whole,
    rows: {
      ...whole.rows,
      [table]: whole.rows[table].flatMap(({ key, body }) => {
        const changed = change(body);
        return changed === undefined ? [] : [{ key, body: changed }];
      }),
    },
  });
  const refusals: [StoredWorld, RegExp][] = [
    [{ ...whole, world: "{" }, /^row of table world: .*JSON/],
    [withRows("pool", () => "{"), /^row p of table pool: /],
    [withRows("pool", () => undefined), /^row p\/tvm-1 of table node: there is no pool p$/],
    [withRows("node", () => "7x"), /^row p\/tvm-1 of table node: /],
    [withRows("node", () => undefined), /^row j\/1 of table task: its attempt holds slots on node tvm-1, which is gone$/],
    [withRows("job", () => undefined), /^row j\/1 of table task: there is no such job$/],
    [{ ...whole, tasks: [...whole.tasks].map((task) => ({ ...task, made: "[" })) }, /^row j\/1 of table task: /],
    [{ ...whole, samples: [{ pool: "none", at: 1, values: "[]" }] }, /^row none of table sample: there is no pool none$/],
  ];
  for (const [rows, message] of refusals) {
    let told: unknown;
    try {
      restoreWorld(rows);
    } catch (error) {
      told = error;
    }
    expect(told).toBeInstanceOf(RestoreError);
    expect((told as Error).message).toMatch(message);
  }
});
