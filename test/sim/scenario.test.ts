/** Scenario files: the example of the documentation, every kind of mistake with its place, hostile files, the samples. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { coresOf, readScenario, scenarioJsonSchema, simulate } from "../../runtime/sim/index.ts";

const NO_FILES = (path: string): string => {
  throw new Error(`there is no ${path}`);
};

const GOOD = `seed: 7
pool:
  vmSize: standard_d4_v3
  taskSlotsPerNode: 4
  formula: pending.formula
  autoScaleEvaluationInterval: PT5M
  node: { boot: { kind: constant, mean: PT3M }, price: { dedicated: 0.20, lowPriority: 0.04 } }
workload:
  arrivals: { kind: poisson, rate: 0.5, count: 100 }
  duration: { kind: exponential, mean: PT30S }
quota: { dedicatedCores: 20 }
faults: { preemptionsPerNodeHour: 0.0, nodeFailuresPerNodeHour: 0.0, sampleLoss: 0.0 }
until: drained
`;
const read = (text: string) =>
  readScenario(text, (path) => (path === "pending.formula" ? "$TargetDedicatedNodes = 3;" : NO_FILES(path)));

function problemsOf(text: string) {
  const reading = read(text);
  return reading.ok ? [] : reading.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

describe("scenario files", () => {
  it("reads the documented example", () => {
    const reading = read(GOOD);
    expect(reading).toMatchObject({
      ok: true,
      scenario: {
        seed: 7,
        pool: {
          vmSize: "standard_d4_v3",
          coresPerNode: 4,
          taskSlotsPerNode: 4,
          formula: "$TargetDedicatedNodes = 3;",
          autoScaleEvaluationIntervalMs: 300_000,
          boot: { kind: "constant", meanMs: 180_000 },
          price: { dedicated: 0.2, lowPriority: 0.04 },
        },
        workload: { count: 100 },
        quota: { dedicatedCores: 20, lowPriorityCores: Number.POSITIVE_INFINITY },
        until: "drained",
      },
    });
  });

  it("another seed may be given, and draws another workload", () => {
    const submits = (seed?: number) => {
      const reading = readScenario(GOOD, () => "x", seed);
      return reading.ok ? [...reading.scenario.workload.submitMs] : [];
    };
    expect(submits(7)).toEqual(submits());
    expect(submits(8)).not.toEqual(submits());
    expect(submits(8)).toHaveLength(100);
  });

  it("JSON is read alike", () => {
    const json =
      '{"pool":{"targetDedicatedNodes":2},"workload":{"arrivals":{"kind":"constant","rate":1,"count":5},"duration":{"kind":"constant","mean":"PT1S"}},"until":"PT1H"}';
    expect(read(json)).toMatchObject({
      ok: true,
      scenario: { until: 3_600_000, quota: { dedicatedCores: Number.POSITIVE_INFINITY } },
    });
  });

  it.each([
    [GOOD.replace("seed: 7", "seed: seven"), '1:1 seed: "seed" is not right: write a whole number from 0 to 4294967295'],
    [
      GOOD.replace("taskSlotsPerNode: 4", "taskSlotPerNode: 4"),
      '4:3 pool: "pool" has no key "taskSlotPerNode"; did you mean "taskSlotsPerNode"?',
    ],
    [
      GOOD.replace("PT5M", "5 minutes"),
      '6:3 pool.autoScaleEvaluationInterval: "pool.autoScaleEvaluationInterval" is not right: write an ISO 8601 duration from PT5M to PT168H',
    ],
    [
      GOOD.replace("PT5M", "PT1M"),
      "6:3 pool.autoScaleEvaluationInterval: the evaluation interval lies between PT5M and PT168H",
    ],
    [
      GOOD.replace("rate: 0.5", "rate: 0"),
      '9:30 workload.arrivals.rate: "workload.arrivals.rate" is not right: write tasks a second, above 0',
    ],
    [
      GOOD.replace("  duration: { kind: exponential, mean: PT30S }\n", ""),
      "8:1 workload: the workload has no tasks: write trace, or arrivals and duration",
    ],
    [
      GOOD.replace("formula: pending.formula", "formula: other.formula"),
      "5:3 pool.formula: other.formula cannot be read: there is no other.formula",
    ],
    [
      GOOD.replace("formula: pending.formula", "targetDedicatedNodes: 1\n  formulaText: x"),
      "2:1 pool.formula: a pool has a formula or targets, not both",
    ],
    [
      GOOD.replace("taskSlotsPerNode: 4", "taskSlotsPerNode: 17"),
      "4:3 pool.taskSlotsPerNode: a node of 4 cores has at most 16 task slots; choose a larger vmSize or write coresPerNode",
    ],
    [
      GOOD.replace("until: drained", "until: never"),
      '13:1 until: "until" is not right: write drained, or an ISO 8601 duration such as P1D',
    ],
    ["", 'the scenario" is not'],
    ["pool: [", "not YAML"],
    ["a: &a [x]\npool: *a", "no key"],
  ])("names place and remedy (%#)", (text, expected) => {
    expect(problemsOf(text).join("\n")).toContain(expected.replace('the scenario" is not', "the scenario is"));
  });

  it("tells all problems of the shape at once", () => {
    expect(problemsOf(GOOD.replace("seed: 7", "seed: -1").replace("until: drained", "until: 5")).length).toBe(2);
  });

  it("hostile files give a problem, never a stack", () => {
    const bomb = `a: &a [x, x, x, x, x, x, x, x]\n${"bcdefghijk"
      .split("")
      .map((name, i) => `${name}: &${name} [${Array(8).fill(`*${"abcdefghij"[i]}`).join(", ")}]`)
      .join("\n")}`;
    const hostile = [
      "[".repeat(20_000),
      `${"{a: ".repeat(5000)}`,
      bomb,
      "__proto__: { seed: 1 }",
      "constructor: 1",
      "\u0000",
      "x".repeat(2_000_000),
      "- 1\n- 2",
      "null",
      "!!js/function 'x'",
    ];
    for (const text of hostile) {
      const reading = read(text);
      expect(reading.ok).toBe(false);
      if (!reading.ok)
        expect(reading.problems.every((problem) => problem.message.length < 2000 && problem.line >= 1)).toBe(true);
    }
    expect(({} as Record<string, unknown>).seed).toBeUndefined();
  });

  it("a workload's mistake is told with its file and line", () => {
    const text = GOOD.replace(/ {2}arrivals[\s\S]*?quota/, "  trace: bad.swf\nquota");
    const reading = readScenario(text, (path) => (path === "bad.swf" ? "1 0 -1 x 1" : "$TargetDedicatedNodes = 3;"));
    expect(reading).toMatchObject({
      ok: false,
      problems: [{ line: 9, path: "workload.trace", message: 'bad.swf, line 1: "x" is no number' }],
    });
  });

  it("the shape is a JSON Schema whose properties all say what to write", () => {
    const { properties } = scenarioJsonSchema() as { properties: Record<string, { description?: string }> };
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(["seed", "pool", "workload", "quota", "faults", "until"]));
  });

  it.each(["nasa-week.yaml", "spot-day.yaml"])("the sample %s runs and drains", (name) => {
    const folder = new URL("../../samples/scenarios/", import.meta.url);
    const reading = readScenario(readFileSync(new URL(name, folder), "utf8"), (path) =>
      readFileSync(new URL(path, folder), "utf8"),
    );
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    const result = simulate(reading.scenario);
    expect(result.tasks.unfinished).toBe(0);
    expect(result.warnings).toEqual([]);
    expect(result.cost).toBeGreaterThan(1);
  });
});

describe("cores of a VM size", () => {
  it.each([
    ["standard_d4_v3", 4],
    ["Standard_D2s_v3", 2],
    ["standard_d4_v2", 8],
    ["STANDARD_D11", 2],
    ["standard_f16s", 16],
    ["standard_a1", 1],
    ["standard_a4_v2", 4],
    ["small", 1],
    ["standard_e64_v3", 64],
    ["constructor", undefined],
    ["__proto__", undefined],
    ["", undefined],
  ])("%s: %s", (name, cores) => {
    expect(coresOf(name)).toBe(cores);
  });
});
