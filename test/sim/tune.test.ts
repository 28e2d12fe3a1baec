/** Tuning: which ranges a formula declares, what text a point has, which outcomes are on the front, and that more nodes wait less and cost more. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  declaredRanges,
  formulaAt,
  paretoFront,
  readRange,
  reportCharts,
  reportFigures,
  simulate,
  type TuneOutcome,
  TuneProblem,
  tunePoint,
  tunePoints,
} from "../../runtime/sim/index.ts";
import { poisson, scenarioOf } from "./scenarios.ts";

const FORMULA = `// tune: maxNodes 2..6 step 2
// tune: reserve 0, 1.5
maxNodes = 4;
reserve = 0; // not this one: reserve = 9;
$TargetDedicatedNodes = min(maxNodes, $PendingTasks.GetSamplePercent(60 * TimeInterval_Second) > 0 ? avg($PendingTasks.GetSample(1)) : 1) + reserve;
`;

describe("tuning", () => {
  it("reads ranges with steps and lists, and makes every combination", () => {
    expect(declaredRanges(FORMULA)).toEqual([
      { name: "maxNodes", values: [2, 4, 6] },
      { name: "reserve", values: [0, 1.5] },
    ]);
    expect(tunePoints(declaredRanges(FORMULA)).map((point) => ({ ...point }))).toHaveLength(6);
    expect(readRange("x 0..0.3 step 0.1").values).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it.each([
    "x",
    "x 5..1",
    "x 1..2 step 0",
    "x a, b",
    "1x 1..2",
    "x 0..1 step 0.00001",
    "x 1.. 2 ..3",
    "x",
  ])("refuses the range %j", (text) => {
    expect(() => readRange(text)).toThrow(TuneProblem);
  });

  it("too many combinations are refused before any is made", () => {
    const wide = Array.from({ length: 6 }, (_, i) => ({ name: `x${i}`, values: Array.from({ length: 50 }, (_one, j) => j) }));
    expect(() => tunePoints(wide)).toThrow(/combinations/);
  });

  it("exchanges the assigned numbers and nothing else", () => {
    const text = formulaAt(FORMULA, { maxNodes: 6, reserve: 1.5 });
    expect(text).toBe(FORMULA.replace("maxNodes = 4;", "maxNodes = 6;").replace("reserve = 0;", "reserve = 1.5;"));
    expect(() => formulaAt(FORMULA, { other: 1 })).toThrow(/assigns no plain number to other/);
    expect(() => formulaAt(FORMULA, { maxNode: 1 })).toThrow("assigns no plain number to maxNode; did you mean maxNodes?");
    expect(() => formulaAt("a = 1; a = 2;", { a: 3 })).toThrow(/2 times/);
    expect(() => formulaAt("a = 1 + 1;", { a: 3 })).toThrow(TuneProblem);
  });

  it("no outcome on the front is beaten by any, and every other one is (property)", () => {
    const outcome = fc.record({ cost: fc.nat(20), p95: fc.nat(20), unfinished: fc.nat(1) });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 30 }), (given) => {
        const outcomes = given.map(
          ({ cost, p95, unfinished }) => ({ cost, waitSeconds: { mean: p95, p95 }, unfinished }) as TuneOutcome,
        );
        const front = paretoFront(outcomes);
        const beats = (a: TuneOutcome, b: TuneOutcome) =>
          a.unfinished < b.unfinished ||
          (a.unfinished === b.unfinished &&
            a.cost <= b.cost &&
            a.waitSeconds.p95 <= b.waitSeconds.p95 &&
            (a.cost < b.cost || a.waitSeconds.p95 < b.waitSeconds.p95));
        for (const kept of front) expect(outcomes.some((other) => beats(other, kept))).toBe(false);
        for (const other of outcomes) {
          const equal = front.some((kept) => kept.cost === other.cost && kept.waitSeconds.p95 === other.waitSeconds.p95);
          expect(equal || outcomes.some((kept) => beats(kept, other))).toBe(true);
        }
      }),
    );
  });

  it("a point is simulated under every seed; more nodes wait less and cost more", () => {
    const scenario = (seed: number) =>
      scenarioOf(poisson(0.05, 300, 100, seed), {
        seed,
        pool: {
          autoScaleEvaluationIntervalMs: 300_000,
          price: { dedicated: 1, lowPriority: 0 },
          boot: { kind: "exponential", meanMs: 120_000 },
        },
      });
    const [few, many] = [
      { maxNodes: 4, reserve: 0 },
      { maxNodes: 6, reserve: 1.5 },
    ].map((point) => tunePoint(scenario, FORMULA, point, [1, 2]));
    expect(many.cost).toBeGreaterThan(few.cost);
    expect(many.waitSeconds.p95).toBeLessThan(few.waitSeconds.p95);
    expect(tunePoint(scenario, FORMULA, { maxNodes: 4, reserve: 0 }, [1, 2])).toEqual(few);
    expect(few.failedEvaluations).toBe(0);
  });
});

describe("report data", () => {
  it("figures are finite and named once; charts are columns of one length that keep the peaks", () => {
    const result = simulate(scenarioOf(poisson(0.2, 300, 60), { pool: { targetDedicatedNodes: 10 } }));
    expect(new Set(reportFigures.map(({ title }) => title)).size).toBe(reportFigures.length);
    for (const { value } of reportFigures) expect(Number.isFinite(value(result))).toBe(true);
    const { waitSeconds, slowdown, rowsPerPoint, ...columns } = reportCharts(result, 3);
    expect(new Set(Object.values(columns).map((column) => column.length))).toEqual(
      new Set([Math.ceil(result.timeline.length / rowsPerPoint)]),
    );
    expect(columns.times.length).toBeLessThanOrEqual(3);
    expect(Math.max(...columns.running)).toBe(Math.max(...result.timeline.map((row) => row.runningTasks)));
    expect(waitSeconds.reduce((sum, bar) => sum + bar.count, 0)).toBe(300);
    expect(slowdown.reduce((sum, bar) => sum + bar.count, 0)).toBe(300);
    expect(columns.cost.at(-1)).toBe(result.cost);
  });
});
