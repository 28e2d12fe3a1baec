/**
 * Closed-loop expectations: what can be written, what is refused, and that a scenario without a simulator is never taken for a success.
 */
import { describe, expect, it } from "vitest";
import { measures, readSimulationExpectations, type SimulationSummary } from "../../runtime/formulatest/index.ts";
import { problemsOf, verdicts } from "./inputs.ts";

const summary: SimulationSummary = {
  tasks: { total: 100, succeeded: 98, failed: 2, retries: 3, requeues: 4 },
  waitSeconds: { mean: 100, p50: 60, p95: 601, p99: 900, max: 1200 },
  makespanSeconds: 8000,
  nodeHours: { dedicated: 10, lowPriority: 5.5 },
  cost: 12.5,
  utilization: 0.81,
  resizes: 6,
  evaluations: 20,
  preemptions: 0,
};

const scenario = (expectation: string) => `cases:\n  - name: s\n    scenario: burst.yaml\n    expect: ${expectation}\n`;
const files = { "burst.yaml": "seed: 7\n" };
const judged = async (expectation: string) =>
  (await verdicts(scenario(JSON.stringify(expectation)), files, async () => ({ kind: "ran", summary })))[0];

describe("expectations of a simulated pool", () => {
  it("compare every measure, at the limit and beyond it", async () => {
    expect(
      await judged(
        "p95 wait <= 601 s, cost <= 12.50, utilization >= 81%, utilization > 0.8, makespan < 3 h, failed tasks == 2, preemptions = 0",
      ),
    ).toBe("passed");
    expect(await judged("max wait ≤ 20 min\nmean wait <= PT100S; node hours <= 15.5 h, tasks != 99, retries<=3")).toBe(
      "passed",
    );
    expect(await judged("p95 wait <= 10 min, cost < 12.50, p50 wait <= 1 min")).toBe(
      "p95 wait: p95 wait <= 10 min, got 10.017 min\ncost: cost < 12.50, got 12.5",
    );
  });

  it("know every measure of the table under its own name", () => {
    expect(measures.length).toBeGreaterThanOrEqual(19);
    for (const { name, unit } of measures)
      expect(readSimulationExpectations(`${name} <= ${unit === "seconds" ? "1 s" : "1"}`), name).toMatchObject({ ok: true });
  });

  it("that cannot be meant so are refused with the nearest name or the form", () => {
    const refusals: readonly [string, string][] = [
      ["p95 wiat <= 10 min", 'did you mean "p95 wait"?'],
      ["p95 wait below 10 min", "write it as p95 wait <= 10 min, cost <= 12.50"],
      ["p95 wait <= 10", "write 90 s, 10 min, 2 h, 1 d or an ISO 8601 duration such as PT10M"],
      ["cost <= 10 min", "write a number such as 12.50"],
      ["utilization >= 81", "write 80% or 0.8"],
      ["cost <= 12,50", "write it as p95 wait <= 10 min, cost <= 12.50"],
      ["", "write it as p95 wait <= 10 min, cost <= 12.50"],
    ];
    for (const [text, remedy] of refusals) expect(readSimulationExpectations(text), text).toMatchObject({ ok: false, remedy });
  });

  it("stand in a text beside a scenario, and nothing else does", () => {
    expect(problemsOf(scenario("{ targets: { dedicated: 1 } }"))).toEqual([
      "4:13: a scenario expects a text (write it as expect: p95 wait <= 10 min, cost <= 12.50)",
    ]);
    expect(problemsOf(`${scenario("cost <= 1")}    at: 2026-01-05T09:00:00Z\n`)).toEqual([
      '5:9: "at" means nothing beside "scenario" (the scenario says it; remove one of the two)',
    ]);
  });
});

describe("without a simulator", () => {
  it("a scenario is not run, and says why at its place", async () => {
    expect(await verdicts(scenario("cost <= 1"), files)).toEqual(["notRun 3: no simulator here"]);
    expect(await verdicts(scenario("cost <= 1"))).toEqual(["notRun 3: burst.yaml: no such file"]);
  });
});
