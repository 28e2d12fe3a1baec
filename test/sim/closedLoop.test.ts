/** A formula in closed loop: the pool follows the load, what it costs is what it had, and faults change nothing that must hold. */
import { describe, expect, it } from "vitest";
import { brokenClaims, resultOf, runScenario, simulate } from "../../runtime/sim/index.ts";
import { FOLLOW, poisson, scenarioOf } from "./scenarios.ts";

const minutes = (count: number) => count * 60_000;

describe("closed loop", () => {
  const workload = poisson(0.2, 3000, 120);
  const scaled = scenarioOf(workload, {
    pool: {
      formula: FOLLOW(50),
      autoScaleEvaluationIntervalMs: minutes(5),
      taskSlotsPerNode: 2,
      boot: { kind: "lognormal", meanMs: minutes(3), sigma: 0.4 },
      price: { dedicated: 0.2, lowPriority: 0.04 },
    },
  });

  it("grows with the load, drains it, and costs node hours times price (P-96)", () => {
    const run = runScenario(scaled, { checkEvery: 500 });
    const result = resultOf(run);
    expect(brokenClaims(run)).toEqual([]);
    expect(result.tasks).toEqual({ total: 3000, succeeded: 3000, failed: 0, retries: 0, requeues: 0, unfinished: 0 });
    expect(result.evaluations).toBeGreaterThan(40);
    expect(result.resizes).toBeGreaterThan(3);
    expect(result.cost).toBeCloseTo(0.2 * result.nodeHours.dedicated, 9);
    expect(result.utilization).toBeGreaterThan(0.4);
    expect(result.utilization).toBeLessThan(1);
    expect(Math.max(...result.timeline.map((row) => row.currentDedicated))).toBeGreaterThan(8);
    expect(result.timeline[0]).toMatchObject({ time: "2026-01-05T00:00:00.000Z", currentDedicated: 0 });
  });

  it("the same scenario gives the same document, another seed another", () => {
    const faulty = { ...scaled, faults: { ...scaled.faults, nodeFailuresPerNodeHour: 0.5 } };
    expect(simulate(faulty)).toEqual(simulate(faulty));
    expect(simulate({ ...faulty, seed: 2 }).eventDigest).not.toBe(simulate(faulty).eventDigest);
  });

  it("a draw of one concern does not shift another: start task times leave the boot times alone", () => {
    const boots = (pool: object) => {
      const run = runScenario(
        scenarioOf(poisson(1, 50, 10), {
          pool: { targetDedicatedNodes: 20, boot: { kind: "exponential", meanMs: 60_000 }, ...pool },
        }),
      );
      return [...run.world.pool("pool")!.nodes.values()].map((node) => node.lastBootAt);
    };
    const startTask = {
      duration: { kind: "exponential", meanMs: 1000 },
      failureRatio: 0,
      maxTaskRetryCount: 0,
      waitForSuccess: false,
    } as const;
    expect(boots({ startTask }).slice(0, 5)).toEqual(boots({}).slice(0, 5));
  });

  it("lost samples and failing tasks leave a run that drains, with the failures it was given", () => {
    const run = runScenario(
      { ...scaled, maxTaskRetryCount: 3, faults: { ...scaled.faults, sampleLoss: 0.5, taskFailures: 0.2 } },
      { checkEvery: 500 },
    );
    expect(brokenClaims(run)).toEqual([]);
    expect(run.recorder.retries).toBeGreaterThan(3000 * 0.2 * 0.8);
    expect(run.recorder.failed).toBeLessThan(3000 * 0.2 ** 4 * 4);
  });

  it("evictions for whole pools at once bring tasks back, and all complete (P-81, P-83)", () => {
    const spot = {
      ...scaled,
      pool: { ...scaled.pool, formula: FOLLOW(50, "LowPriority") },
      faults: { ...scaled.faults, spot: "rough" as const },
    };
    const run = runScenario(spot, { checkEvery: 200 });
    expect(brokenClaims(run)).toEqual([]);
    expect(run.recorder.preemptions).toBeGreaterThan(5);
    expect(run.recorder.recoveries).toBeGreaterThan(5);
    expect(run.recorder.succeeded).toBe(3000);
  });

  it("a formula may ask for processor usage: busy slots, averaged over nodes", () => {
    const formula = `
      $percent = $CPUPercent.GetSamplePercent(TimeInterval_Minute * 5) < 70 ? 50 : avg($CPUPercent.GetSample(TimeInterval_Minute * 5));
      $TargetDedicatedNodes = $CurrentDedicatedNodes.GetSamplePercent(TimeInterval_Minute * 5) < 70 ? 4 : min(40, val($CurrentDedicatedNodes.GetSample(1), 0) * ($percent > 70 ? 1.5 : 1));`;
    const run = runScenario({ ...scaled, pool: { ...scaled.pool, formula } }, { checkEvery: 500 });
    expect(brokenClaims(run)).toEqual([]);
    expect(run.recorder.failedEvaluations).toBe(0);
    expect(Math.max(...run.recorder.timeline.rows.map((row) => row.currentDedicated))).toBeGreaterThan(8);
  });

  it("stops at the given length of time, with what is unfinished counted", () => {
    const run = runScenario({ ...scaled, until: minutes(90) }, { checkEvery: 500 });
    const result = resultOf(run);
    expect(brokenClaims(run)).toEqual([]);
    expect(result.tasks.unfinished).toBeGreaterThan(100);
    expect(result.timeline.at(-1)?.time).toBe("2026-01-05T01:30:00.000Z");
  });

  it("a pool that never grows ends the run as stalled instead of running for ever", () => {
    const run = runScenario({ ...scaled, pool: { ...scaled.pool, formula: "$TargetDedicatedNodes = 0;" } });
    expect(run.recorder.stalled).toBe(true);
    expect(resultOf(run).warnings.join()).toContain("nothing happened to the waiting tasks");
  });

  it("durations without end are ended by the service after 180 days (T-16), and the run with them", () => {
    const endless = { ...workload, durationMs: workload.durationMs.map(() => 1e16) };
    const result = simulate(scenarioOf(endless, { pool: { targetDedicatedNodes: 1 } }));
    expect(result.tasks).toMatchObject({ succeeded: 0, failed: 3000, unfinished: 0 });
    expect(result.makespanSeconds / 86_400).toBeCloseTo(180, 0);
    expect(result.timeline.length).toBeLessThanOrEqual(20_000);
  });

  it("tasks larger than a node never run and do not hold up the end (P-130)", () => {
    const mixed = { ...workload, slots: workload.slots.map((_, row) => (row % 10 === 0 ? 3 : 1)) };
    const run = runScenario({ ...scaled, workload: mixed });
    expect(brokenClaims(run)).toEqual([]);
    expect(resultOf(run).tasks).toMatchObject({ succeeded: 2700, unfinished: 300 });
    expect(resultOf(run).warnings[0]).toContain("300 of 3000 tasks need more than the 2 slots");
  });

  it("quota caps what a formula reaches (L-10, P-74)", () => {
    const run = runScenario({
      ...scaled,
      pool: { ...scaled.pool, coresPerNode: 2 },
      quota: { dedicatedCores: 9, lowPriorityCores: 0 },
    });
    expect(brokenClaims(run)).toEqual([]);
    expect(Math.max(...run.recorder.timeline.rows.map((row) => row.currentDedicated))).toBe(4);
  });
});
