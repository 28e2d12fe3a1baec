/**
 * Queueing theory knows what a pool of c one-slot nodes does under Poisson arrivals and exponential durations (Erlang's C formula). The simulator
 * has to agree within the statistical error of its own run, estimated by batch means.
 */
import { describe, expect, it } from "vitest";
import { brokenClaims, runScenario } from "../../runtime/sim/index.ts";
import { poisson, scenarioOf } from "./scenarios.ts";

/** Mean wait in seconds of c servers, arrivals a second, mean service in seconds. */
function erlangWait(c: number, rate: number, service: number): number {
  const load = rate * service;
  let blocked = 1;
  for (let k = 1; k <= c; k++) blocked = (load * blocked) / (k + load * blocked);
  const waiting = (c * blocked) / (c - load * (1 - blocked));
  return (waiting * service) / (c - load);
}

/** Mean of the waits, and how far it may be off: five standard errors over batches long enough to be nearly independent. */
function batchMeans(waits: Float64Array, batches: number): { mean: number; leeway: number } {
  const size = Math.floor(waits.length / batches);
  const means = Array.from(
    { length: batches },
    (_, i) => waits.subarray(i * size, (i + 1) * size).reduce((sum, wait) => sum + wait, 0) / size,
  );
  const mean = means.reduce((sum, one) => sum + one, 0) / batches;
  const variance = means.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (batches - 1);
  return { mean, leeway: 5 * Math.sqrt(variance / batches) };
}

describe("waits are those of queueing theory (Erlang C)", () => {
  const cases = [
    { c: 1, use: 0.5 },
    { c: 1, use: 0.8 },
    { c: 4, use: 0.7 },
    { c: 10, use: 0.9 },
    { c: 50, use: 0.95 },
  ];
  it.each(cases)("$c nodes, $use of them busy", ({ c, use }) => {
    const service = 30;
    const rate = (use * c) / service;
    const count = 40_000;
    const run = runScenario(scenarioOf(poisson(rate, count, service, c), { pool: { targetDedicatedNodes: c } }));
    const { workload } = run.scenario;
    const skipped = 4_000;
    const waits = Float64Array.from(
      { length: count - skipped },
      (_, i) => (run.recorder.startMs[i + skipped] - workload.submitMs[i + skipped]) / 1000,
    );
    const { mean, leeway } = batchMeans(waits, 18);
    const expected = erlangWait(c, rate, service);
    expect(leeway).toBeLessThan(expected * 0.9);
    expect(Math.abs(mean - expected)).toBeLessThan(leeway);
    expect(brokenClaims(run)).toEqual([]);
  });

  it("the formula itself: one server is M/M/1", () => {
    expect(erlangWait(1, 0.5, 1)).toBeCloseTo(1, 12);
    expect(erlangWait(2, 1, 1)).toBeCloseTo(1 / 3, 12);
  });
});
