/** Autoscale in the core: when it is evaluated, what becomes of a run, what it samples (P-08, P-31, P-32, P-65 to P-74, formula rules 4.10, 6.1 to 6.19). */
import { describe, expect, it } from "vitest";
import { instantText } from "../../src/base/time.ts";
import { ticksAt } from "../../runtime/core/autoscale/observe.ts";
import type { AutoScaleRun } from "../../src/autoscale/run.ts";
import { Cluster, MINUTE, START } from "./cluster.ts";

const enable = (formula: string, intervalMs?: number) =>
  ({
    kind: "EnableAutoScale",
    poolId: "p",
    autoScaleFormula: formula,
    ...(intervalMs === undefined ? {} : { autoScaleEvaluationIntervalMs: intervalMs }),
  }) as const;
const runsAt = (cluster: Cluster) => cluster.pool().autoScaleRuns.map((record) => (record.at - START) / MINUTE);
const outcomes = (cluster: Cluster) => cluster.pool().autoScaleRuns.map((record) => record.outcome);

function scaled(formula: string, spec: object = {}): Cluster {
  const cluster = new Cluster();
  cluster.addPool({ enableAutoScale: true, autoScaleFormula: formula, ...spec });
  return cluster;
}

describe("when it is evaluated", () => {
  it("6.2, P-65: inside the call that adds the pool, then every 15 minutes", () => {
    const cluster = scaled("$TargetDedicatedNodes = 1;");
    expect(runsAt(cluster)).toEqual([0]);
    cluster.serve();
    cluster.advance(46 * MINUTE);
    expect(runsAt(cluster)).toEqual([0, 15, 30, 45]);
    expect(cluster.pool().autoScaleRuns[1].run.timestamp).toBe(instantText(ticksAt(START + 15 * MINUTE)));
  });

  it("6.3: a new interval restarts the grid, a new formula alone keeps it and is run at once", () => {
    const cluster = scaled("$TargetDedicatedNodes = 0;");
    cluster.advance(4 * MINUTE);
    cluster.ok(enable("$TargetDedicatedNodes = 0; a = 1;"));
    cluster.advance(16 * MINUTE);
    expect(runsAt(cluster)).toEqual([0, 4, 15]);
    cluster.ok({ kind: "EnableAutoScale", poolId: "p", autoScaleEvaluationIntervalMs: 5 * MINUTE });
    cluster.advance(11 * MINUTE);
    expect(runsAt(cluster)).toEqual([0, 4, 15, 20, 25, 30]);
    expect(cluster.pool().autoScaleRuns[5].run.variables).toHaveProperty("a");
  });

  it("a host that was late evaluates once and goes on with the grid", () => {
    const cluster = scaled("$TargetDedicatedNodes = 0;", { autoScaleEvaluationIntervalMs: 5 * MINUTE });
    cluster.now += 23 * MINUTE;
    cluster.do({ kind: "TimePassed" });
    cluster.advance(8 * MINUTE);
    expect(runsAt(cluster)).toEqual([0, 23, 25, 30]);
  });

  it("disabling ends it: no run and no sample after it (P-71)", () => {
    const cluster = scaled("$TargetDedicatedNodes = 2;");
    cluster.serve();
    cluster.ok({ kind: "DisableAutoScale", poolId: "p" });
    expect(cluster.refused({ kind: "DisableAutoScale", poolId: "p" })).toBe("OperationNotValidOnPool");
    cluster.advance(60 * MINUTE);
    expect([runsAt(cluster), cluster.pool().dedicated.target]).toEqual([[0], 2]);
    expect(cluster.pool().store?.names()).toEqual([]);
    cluster.ok({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 1 });
  });

  it("P-68: the last runs are kept, the oldest go", () => {
    const cluster = new Cluster({ settings: { autoScaleRunsKept: 3 } });
    cluster.addPool({ enableAutoScale: true, autoScaleFormula: "", autoScaleEvaluationIntervalMs: 5 * MINUTE });
    cluster.advance(30 * MINUTE);
    expect(runsAt(cluster)).toEqual([20, 25, 30]);
  });
});

describe("what becomes of a run", () => {
  it("6.17: an unchanged target starts no resize, not even after one that ended short; the setting changes that", () => {
    for (const [retryUnchangedTarget, kinds] of [
      [false, []],
      [true, ["AllocateNodes"]],
    ] as const) {
      const cluster = new Cluster({ settings: { retryUnchangedTarget } });
      cluster.addPool({ enableAutoScale: true, autoScaleFormula: "$TargetDedicatedNodes = 2;" });
      cluster.take("AllocateNodes");
      cluster.do({
        kind: "AllocationFailed",
        poolId: "p",
        nodeIds: ["tvm-1", "tvm-2"],
        code: "AllocationFailed",
        message: "none",
      });
      cluster.advance(15 * MINUTE);
      expect(cluster.pending.map((effect) => effect.kind)).toEqual(kinds);
    }
  });

  it("P-69, 6.10: a failed run changes nothing in the pool", () => {
    const cluster = scaled("$TargetDedicatedNodes = avg($CPUPercent.GetSample(10 * TimeInterval_Minute));");
    const [record] = cluster.pool().autoScaleRuns;
    expect([record.outcome, record.run.error?.code]).toEqual(["failed", "InsufficientSampleData"]);
    expect(cluster.kinds()).toEqual(["PoolAdded", "AutoScaleEnabled", "AutoScaleEvaluated"]);
  });

  it("P-70, 6.18: a new target while resizing turns the resize; the former target is never reached", () => {
    const cluster = scaled("$TargetDedicatedNodes = 1;");
    cluster.serve();
    cluster.advance(MINUTE);
    cluster.ok(enable("$TargetDedicatedNodes = $CurrentDedicatedNodes + 4;", 5 * MINUTE));
    expect(cluster.pool().dedicated.target).toBe(5);
    cluster.advance(5 * MINUTE); // the samples say 1 node, but the target has changed once already
    cluster.advance(5 * MINUTE);
    const pool = cluster.pool();
    expect(pool.allocationState).toBe("resizing");
    cluster.serve();
    expect([pool.allocationState, pool.dedicated.current]).toEqual(["steady", 5]);
  });

  it("P-70: shrinking in the middle of growing cancels what was asked for", () => {
    const cluster = scaled('$TargetDedicatedNodes = time() < time("2026-01-01T00:05:00Z") ? 4 : 1;', {
      autoScaleEvaluationIntervalMs: 5 * MINUTE,
    });
    cluster.take("AllocateNodes");
    cluster.do({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-1" });
    cluster.advance(5 * MINUTE);
    expect(cluster.take("CancelAllocation")[0].nodeIds).toEqual(["tvm-4", "tvm-3", "tvm-2"]);
    expect([cluster.pool().allocationState, outcomes(cluster)]).toEqual(["steady", ["resize", "resize"]]);
  });

  it("P-74: the quota caps an autoscaled pool, and the explanation says so", () => {
    const cluster = new Cluster({ quotas: { dedicatedCores: 2 } });
    cluster.addPool({ enableAutoScale: true, autoScaleFormula: "$TargetDedicatedNodes = 5;" });
    cluster.serve();
    expect([cluster.pool().dedicated.current, cluster.pool().resizeErrors[0].code]).toEqual([2, "AccountCoreQuotaReached"]);
  });

  it("6.19: a resize that autoscale started times out after 15 minutes, whatever the pool's resize timeout (P-12)", () => {
    const cluster = scaled("$TargetDedicatedNodes = 2;", {
      resizeTimeoutMs: 60 * MINUTE,
      autoScaleEvaluationIntervalMs: 60 * MINUTE,
    });
    cluster.advance(15 * MINUTE);
    expect(cluster.pool().resizeErrors.map((error) => error.code)).toEqual(["AllocationTimedout"]);
  });

  it("rand() of two evaluations differs, and two equal worlds draw the same", () => {
    const runs = () => {
      const cluster = scaled("a = rand();", { autoScaleEvaluationIntervalMs: 5 * MINUTE });
      cluster.advance(5 * MINUTE);
      return cluster.pool().autoScaleRuns.map((record) => record.run.results);
    };
    const [first, second] = runs();
    expect(first).not.toBe(second);
    expect(runs()).toEqual([first, second]);
  });
});

describe("who may", () => {
  it("P-31, P-32, P-49, P-66: hands off an autoscaled pool, and enabling needs a steady pool and 30 seconds", () => {
    const cluster = scaled("$TargetDedicatedNodes = 1;");
    expect(cluster.refused({ kind: "ResizePool", poolId: "p", targetDedicatedNodes: 3 })).toBe("OperationNotValidOnPool");
    expect(cluster.refused({ kind: "RemoveNodes", poolId: "p", nodeIds: ["tvm-1"] })).toBe("OperationNotValidOnPool");
    cluster.advance(29_999);
    expect(cluster.refused(enable("a = 1;"))).toBe("TooManyEnableAutoScaleRequests");
    cluster.advance(1);
    expect(cluster.refused(enable("a = 1;"))).toBe("PoolBeingResized");
    cluster.serve();
    cluster.ok(enable("a = 1;"));
  });

  it("P-66: the first enabling needs a formula, later ones a formula or an interval", () => {
    const cluster = new Cluster();
    cluster.readyPool();
    expect(cluster.refused({ kind: "EnableAutoScale", poolId: "p", autoScaleEvaluationIntervalMs: 5 * MINUTE })).toBe(
      "InvalidAutoScalingSettings",
    );
    cluster.ok(enable("a = 1;"));
    cluster.advance(30_000);
    expect(cluster.refused({ kind: "EnableAutoScale", poolId: "p" })).toBe("InvalidAutoScalingSettings");
  });

  it.each([
    [5 * MINUTE - 1, "InvalidPropertyValue"],
    [5 * MINUTE, undefined],
    [168 * 60 * MINUTE, undefined],
    [168 * 60 * MINUTE + 1, "InvalidPropertyValue"],
    [Number.NaN, "InvalidPropertyValue"],
  ])("P-13: an interval of %s ms answers %s", (intervalMs, code) => {
    const cluster = new Cluster();
    cluster.readyPool();
    expect(cluster.refused(enable("a = 1;", intervalMs))).toBe(code);
  });

  it.each([
    ["$TargetDedicatedNodes = ;", "AutoScalingFormulaSyntaxError"],
    ["a".repeat(8193), "AutoScalingFormulaTooLong"],
    ["x = 1 / 0;", undefined],
    [7, "InvalidAutoScalingSettings"],
  ])("P-09, 6.7: formula %j answers %s, on adding and on enabling", (formula, code) => {
    const cluster = new Cluster();
    cluster.readyPool();
    expect(cluster.refused(enable(formula as string))).toBe(code);
    expect(
      cluster.refused({
        kind: "AddPool",
        spec: { id: "q", vmSize: "s", coresPerNode: 1, enableAutoScale: true, autoScaleFormula: formula as string },
      }),
    ).toBe(code);
    expect(cluster.world.pools.has("q")).toBe(code === undefined);
  });

  it("P-67, 6.6: evaluate answers a run, an error included, and changes nothing", () => {
    const cluster = scaled("$TargetDedicatedNodes = 0;");
    const { answer, events, effects } = cluster.ok({
      kind: "EvaluateAutoScale",
      poolId: "p",
      autoScaleFormula: "$TargetDedicatedNodes = 9;",
    });
    expect([(answer as AutoScaleRun).targets.dedicated, events, effects]).toEqual([9, [], []]);
    const broken = cluster.ok({ kind: "EvaluateAutoScale", poolId: "p", autoScaleFormula: "$x = ;" }).answer as AutoScaleRun;
    expect(broken.error?.code).toBe("AutoScalingFormulaSyntaxError");
    cluster.addPool({ id: "q" });
    expect(cluster.refused({ kind: "EvaluateAutoScale", poolId: "q", autoScaleFormula: "a = 1;" })).toBe(
      "OperationNotValidOnPool",
    );
  });

  it.each([
    [{ enableAutoScale: true, autoScaleFormula: "a = 1;", targetDedicatedNodes: 1 }, "InvalidAutoScalingSettings"],
    [{ enableAutoScale: true }, "InvalidAutoScalingSettings"],
    [{ autoScaleFormula: "a = 1;", targetDedicatedNodes: 1 }, "InvalidAutoScalingSettings"],
    [{}, "MissingRequiredProperty"],
  ])("P-08: targets or a formula, never both, never neither: %j", (spec, code) => {
    const cluster = new Cluster();
    expect(cluster.refused({ kind: "AddPool", spec: { id: "p", vmSize: "s", coresPerNode: 1, ...spec } })).toBe(code);
  });
});

describe("samples (P-73, 4.10)", () => {
  const sampled = (cluster: Cluster, name: string) => {
    const series = cluster.pool().store!.series(name);
    series.settle();
    return Array.from(series.values.subarray(series.head, series.tail));
  };

  it("every 30 seconds the core's counts, and usage averaged or summed over what nodes told", () => {
    const cluster = scaled("$TargetDedicatedNodes = 2; $TargetLowPriorityNodes = 1;", { taskSlotsPerNode: 3 });
    cluster.serve();
    cluster.do({ kind: "NodePreempted", poolId: "p", nodeId: "tvm-3" });
    for (const [nodeId, cpu, bytes] of [
      ["tvm-1", 20, 100],
      ["tvm-2", 40, 50],
    ] as const) {
      const values = [
        ["$CPUPercent", cpu],
        ["$NetworkInBytes", bytes],
        ["$NoMetric", 1],
        ["$DiskBytes", Number.NaN],
        ["__proto__", 1],
      ] as const;
      cluster.do({ kind: "UsageSampled", poolId: "p", nodeId, values });
    }
    cluster.advance(60_000);
    const { byState } = cluster.pool().lowPriority;
    expect(byState.preempted).toBe(1);
    expect(sampled(cluster, "$CurrentDedicatedNodes")).toEqual([2, 2]);
    expect(sampled(cluster, "$CurrentLowPriorityNodes")).toEqual([1, 1]);
    expect(sampled(cluster, "$PreemptedNodeCount")).toEqual([1, 1]);
    expect(sampled(cluster, "$UsableNodeCount")).toEqual([2, 2]);
    expect(sampled(cluster, "$SampleNodeCount")).toEqual([2, 2]);
    expect(sampled(cluster, "$TaskSlotsPerNode")).toEqual([3, 3]);
    expect(sampled(cluster, "$CPUPercent")).toEqual([30]);
    expect(sampled(cluster, "$NetworkInBytes")).toEqual([150]);
    expect(cluster.pool().store!.names()).not.toContain("$NoMetric");
  });

  it("a formula sees them about a minute later", () => {
    const cluster = scaled("$TargetDedicatedNodes = 3;", { autoScaleEvaluationIntervalMs: 5 * MINUTE });
    cluster.serve();
    cluster.advance(89_999);
    const count = () =>
      (
        cluster.ok({ kind: "EvaluateAutoScale", poolId: "p", autoScaleFormula: "n = $CurrentDedicatedNodes.Count();" })
          .answer as AutoScaleRun
      ).variables.n.value;
    expect(count()).toBe(0);
    cluster.advance(1);
    expect(count()).toBe(1);
  });

  it("instants keep their fractions, as far as a double holds them", () => {
    expect(ticksAt(START + 0.25) - ticksAt(START)).toBe(2500n);
    expect(ticksAt(0.0001)).toBe(1n);
    expect(ticksAt(-0.5)).toBe(-5000n);
  });
});
