/**
 * What cases give: targets, variables, errors, lint, samples at their times, sequences; and that a case which should fail does, with the reason.
 */
import { describe, expect, it } from "vitest";
import { problemsOf, runText, verdict, verdicts } from "./inputs.ts";

const at = "2026-01-05T09:00:00Z";
/** A test file of one inline formula and some cases, given as YAML flow maps without name. */
const file = (formula: string, ...cases: readonly string[]) =>
  `formulaText: |\n  ${formula.replace(/\n/g, "\n  ")}\ndefaults: { at: ${at} }\ncases:\n${cases.map((one, i) => `  - { name: case ${i + 1}, ${one} }\n`).join("")}`;

describe("targets", () => {
  const formula = "$TargetDedicatedNodes = max(0, $PendingTasks.GetSample(1));\n$NodeDeallocationOption = taskcompletion;";

  it("that are as expected pass, and only those that are named are compared", async () => {
    expect(
      await verdicts(
        file(
          formula,
          "metrics: { $PendingTasks: 4 }, expect: { targets: { dedicated: 4, lowPriority: 0, nodeDeallocationOption: taskcompletion } }",
          "metrics: { $PendingTasks: 4 }, pool: { targets: { lowPriority: 3 } }, expect: { targets: { lowPriority: 3 } }",
        ),
      ),
    ).toEqual(["passed", "passed"]);
  });

  it("that are not fail, each by itself, with the sentence why and the assignment", async () => {
    const { results } = await runText(
      file(
        formula,
        "metrics: { $PendingTasks: 4 }, expect: { targets: { dedicated: 5, lowPriority: 1, nodeDeallocationOption: requeue } }",
      ),
    );
    expect(verdict(results[0])).toBe(
      "$TargetDedicatedNodes: 5, got 4\n$TargetLowPriorityNodes: 1, got 0\n$NodeDeallocationOption: requeue, got taskcompletion",
    );
    const [dedicated, lowPriority, option] = results[0].steps[0].mismatches;
    expect(dedicated.why).toMatch(/^\$TargetDedicatedNodes is 4 \(was 0\): .*the latest sample of \$PendingTasks/);
    expect(lowPriority.why).toMatch(/the formula does not assign it/);
    expect([dedicated.span?.start, lowPriority.span, option.span?.start]).toEqual([0, undefined, 60]);
  });
});

describe("variables", () => {
  const formula = [
    'third = 100 / 3; whole = 7; nan = 0 / 0; v = [1, 2.5]; word = requeue; text = "a";',
    'when = time("2026-01-05T09:00:00Z"); long = 90 * TimeInterval_Minute; stop(); never = 1;',
  ].join("\n");

  it("of every type are compared with what a person writes (rule 8.27 for doubles)", async () => {
    const variables =
      "third: 33.3333, whole: 7, nan: NaN, v: [1, 2.5], word: requeue, text: a, when: 2026-01-05T10:00:00+01:00, long: PT1H30M, never: null";
    expect(await verdicts(file(formula, `expect: { variables: { ${variables} } }`))).toEqual(["passed"]);
  });

  it("that differ say both values; a tolerance widens what passes, by itself or for all", async () => {
    expect(
      await verdicts(
        file(
          formula,
          "expect: { variables: { third: 33.4, whole: 7.5, v: [1, 2], word: terminate, long: PT1H, whol: 7 } }",
          "expect: { variables: { third: { value: 33.4, tolerance: 0.1 } } }",
          "expect: { tolerance: 0.01, variables: { third: 33.4 } }",
          "expect: { variables: { whole: null, never: 1, third: text, v: 1 } }",
        ),
      ),
    ).toEqual([
      "third: 33.4, got 33.333333333333336 (double)\nwhole: 7.5, got 7 (double)\nv: [1,2], got [1,2.5] (doubleVec)\nword: terminate, got requeue (deallocationOption)\nlong: PT1H, got PT1H30M (timeinterval)\nwhol: 7, got not assigned",
      "passed",
      "third: 33.4 ± 0.01, got 33.333333333333336 (double)",
      "whole: not assigned, got 7 (double)\nnever: 1, got not assigned\nthird: text, got 33.333333333333336 (double)\nv: 1, got [1,2.5] (doubleVec)",
    ]);
  });

  it("of huge whole numbers are not taken for equal because they print alike (rule 8.27)", async () => {
    expect(await verdicts(file("x = 1000001;", "expect: { variables: { x: 1000002 } }"))).toEqual([
      "x: 1000002, got 1000001 (double)",
    ]);
  });

  it("named like members of Object.prototype are just names", async () => {
    expect(await verdicts(file("constructor = 1;", "expect: { variables: { constructor: 1, toString: 2 } }"))).toEqual([
      "toString: 2, got not assigned",
    ]);
  });
});

describe("errors", () => {
  const unguarded = "x = 1;\n$TargetDedicatedNodes = avg($PendingTasks.GetSample(TimeInterval_Hour));";

  it("are matched by the service's code, by the finer code, by place (rule 8.20) and by a part of the message", async () => {
    const errors = ["InsufficientSampleData", "insufficient-data", "any", "{ line: 2, column: 52 }", "{ text: wanted 70% }"];
    const cases = errors.map(
      (error) =>
        `pool: { targets: { dedicated: 3 } }, expect: { error: ${error}, targets: { dedicated: 3 }, variables: { x: 1 } }`,
    );
    expect(await verdicts(file(unguarded, ...cases))).toEqual(errors.map(() => "passed"));
  });

  it("that nobody expected fail the case alone, whatever else differs", async () => {
    expect(await verdicts(file(unguarded, "expect: { targets: { dedicated: 9 } }"))).toEqual([
      "error: no error, got InsufficientSampleData (insufficient-data), line 2, column 52: Insufficient data from data set: $PendingTasks wanted 70%, received 0%",
    ]);
  });

  it("that are other than expected, or do not come, fail the case", async () => {
    const wrong = await verdicts(
      file(
        unguarded,
        "expect: { error: undefined-symbol }",
        "expect: { error: { line: 1 } }",
        "metrics: { $PendingTasks: 2x12 }, expect: { error: { code: insufficient-data, text: x } }",
      ),
    );
    expect(wrong[0]).toMatch(/^error: undefined-symbol, got InsufficientSampleData/);
    expect(wrong[1]).toMatch(/^error: an error, line 1, got InsufficientSampleData/);
    expect(wrong[2]).toBe('error: insufficient-data, with "x", got no error');
  });

  it("of a formula that does not parse are the case's to expect too", async () => {
    expect(
      await verdicts(file("x = (1;", "expect: { error: AutoScalingFormulaSyntaxError }", "expect: { variables: { x: 1 } }")),
    ).toEqual([
      "passed",
      expect.stringMatching(/^error: no error, got AutoScalingFormulaSyntaxError \([a-z-]+\), line 1, column \d+: /),
    ]);
  });

  it("of values nobody may assign: strict refuses extensions (rule 2.10) where default allows them", async () => {
    const cases = ["strict: true, expect: { error: no-such-operation }", "expect: { variables: { v: [2] } }"];
    expect(await verdicts(file("v = 2 * [1];", ...cases))).toEqual(["passed", "passed"]);
  });
});

describe("lint", () => {
  it("is asked for codes that must be there and codes that must not", async () => {
    const cases = [
      "expect: { lint: { present: [unguarded-samples], absent: [no-target] } }",
      "expect: { lint: { present: [no-target], absent: [unguarded-samples] } }",
    ];
    const [good, bad] = await verdicts(
      file(
        "$TargetDedicatedNodes = min(9, avg($PendingTasks.GetSample(TimeInterval_Hour)));",
        ...cases.map((one) => `metrics: { $PendingTasks: 1x12 }, ${one}`),
      ),
    );
    expect(good).toBe("passed");
    expect(bad).toMatch(/^lint: no-target, got no such advice\nlint: no unguarded-samples, got \S/);
  });
});

describe("samples", () => {
  const formula =
    "v = $PendingTasks.GetSample(TimeInterval_Hour, 0); p = $PendingTasks.GetSamplePercent(TimeInterval_Hour); s = $TaskSlotsPerNode;";

  it("end at the case's time, start where they say, and keep their gaps", async () => {
    expect(
      await verdicts(
        file(
          formula,
          'metrics: { $PendingTasks: "1 _ 3x2" }, expect: { variables: { v: [1, 3, 3], p: 25, s: 1 } }',
          "metrics: { $PendingTasks: [1, null, 3] }, expect: { variables: { v: [1, 3] } }",
          "metrics: { $PendingTasks: { values: 1 2, end: 2026-01-05T08:00:00Z } }, expect: { variables: { v: [] } }",
          "metrics: { $PendingTasks: { values: 1..13, start: 2026-01-05T08:05:00Z } }, expect: { variables: { v: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], p: 100 } }",
          "metrics: { $PendingTasks: 0x12 }, expect: { variables: { v: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } }",
        ),
      ),
    ).toEqual(["passed", "passed", "passed", "passed", "passed"]);
  });

  it("follow the sample period, the delay, the history, and the pool's slots", async () => {
    expect(
      await verdicts(
        file(
          formula,
          "samplePeriod: PT10M, metrics: { $PendingTasks: 7x3 }, expect: { variables: { p: 50 } }",
          "sampleDelay: PT5M, metrics: { $PendingTasks: 1 2 3 }, pool: { taskSlotsPerNode: 4 }, expect: { variables: { v: [1, 2], s: 4 } }",
          "history: PT10M, metrics: { $PendingTasks: 1 2 3 }, expect: { variables: { v: [2, 3] } }",
          "pool: { taskSlotsPerNode: 4 }, metrics: { $TaskSlotsPerNode: 3 }, expect: { variables: { s: 3 } }",
        ),
      ),
    ).toEqual(["passed", "passed", "passed", "notRun 8: both taskSlotsPerNode and samples of $TaskSlotsPerNode are given"]);
  });

  it("of a file are shared by cases, and a case's own samples are seen by no other", async () => {
    const files = {
      "m.csv": "time,$PendingTasks\n2026-01-05T08:50:00Z,5\n2026-01-05T08:55:00Z,6\n",
      "bad.csv": "time,$PendingTasks\nnoon,5\n",
    };
    const cases = [
      "metricsFile: m.csv, expect: { variables: { v: [5, 6] } }",
      "metricsFile: m.csv, metrics: { $PendingTasks: 7 }, expect: { variables: { v: [5, 6, 7] } }",
      "metricsFile: m.csv, expect: { variables: { v: [5, 6] } }",
      "metricsFile: none.csv, expect: { variables: { v: [] } }",
      "metricsFile: bad.csv, expect: { variables: { v: [] } }",
    ];
    expect(await verdicts(file(formula, ...cases), files)).toEqual([
      "passed",
      "passed",
      "passed",
      "notRun 8: none.csv: no such file",
      expect.stringMatching(/^notRun 9: bad\.csv: line 2, /),
    ]);
  });

  it("of a file give the time when a case says none", async () => {
    const text =
      'formulaText: t = time();\ncases: [{ name: a, metricsFile: m.csv, expect: { variables: { t: "2026-01-05T08:55:00Z" } } }]\n';
    expect(await verdicts(text, { "m.csv": "time,$PendingTasks\n2026-01-05T08:50:00Z,5\n2026-01-05T08:55:00Z,6\n" })).toEqual([
      "passed",
    ]);
    expect(await verdicts(text, { "m.csv": "time,$PendingTasks\n" })).toEqual([expect.stringMatching(/^notRun 2: /)]);
  });
});

describe("steps", () => {
  const formula =
    "$TargetDedicatedNodes = $TargetDedicatedNodes + max(0, $PendingTasks.GetSample(1));\nn = $PendingTasks.Count(); fail = n > 2 ? val(1, 0) : 0;";

  it("take over the targets of the step before; a failed one changes nothing (rule 6.10)", async () => {
    const steps = [
      "{ expect: { targets: { dedicated: 12 }, variables: { n: 1 } } }",
      "{ after: PT5M, metrics: { $PendingTasks: 3 }, expect: { targets: { dedicated: 15 }, variables: { n: 2 } } }",
      "{ name: broken, after: PT5M, metrics: { $PendingTasks: 9 }, expect: { error: wrong-argument-type, targets: { dedicated: 15 } } }",
      "{ at: 2026-01-06T09:09:00Z, expect: { targets: { dedicated: 24 } } }",
    ];
    expect(
      await verdicts(
        file(formula, `pool: { targets: { dedicated: 10 } }, metrics: { $PendingTasks: 2 }, steps: [${steps.join(", ")}]`),
      ),
    ).toEqual(["passed"]);
  });

  it("that differ name themselves and their time", async () => {
    const { results } = await runText(
      file(
        formula,
        "metrics: { $PendingTasks: 2 }, steps: [{ expect: { targets: { dedicated: 3 } } }, { name: later, after: PT5M, expect: { targets: { dedicated: 3 } } }]",
      ),
    );
    expect(verdict(results[0])).toBe("step 1: $TargetDedicatedNodes: 3, got 2\nlater: $TargetDedicatedNodes: 3, got 4");
    expect(results[0].steps.map((step) => step.at)).toEqual([at, "2026-01-05T09:05:00Z"]);
  });

  it("without a time, back in time, or with an expectation above them are refused", async () => {
    expect(problemsOf(file(formula, "steps: [{ expect: { error: any } }, { expect: { error: any } }]"))).toEqual([
      expect.stringMatching(/the step says no time \(write after: PT15M or at: with a time\)/),
    ]);
    expect(problemsOf(file(formula, "expect: { error: any }, steps: [{ after: PT5M, expect: { error: any } }]")).length).toBe(
      2,
    );
    expect(
      await verdicts(
        file(formula, "steps: [{ expect: { error: none } }, { at: 2026-01-05T08:00:00Z, expect: { error: none } }]"),
      ),
    ).toEqual(["notRun 6: 2026-01-05T08:00:00Z is not after the step before (2026-01-05T09:00:00Z)"]);
  });
});

describe("formulas", () => {
  it("that cannot be read leave their cases not run, and the others run", async () => {
    const text = `formula: a.formula\ndefaults: { at: ${at} }\ncases:\n  - { name: a, expect: { error: none } }\n  - { name: b, formula: b.formula, expect: { error: none } }\n`;
    expect(await verdicts(text, { "b.formula": "x = 1;" })).toEqual(["notRun 1: a.formula: no such file", "passed"]);
  });

  it("whose text differs from row to row are run each with its own", async () => {
    const text = `defaults: { at: ${at} }\ncases:\n  - { name: "<n>", formulaText: x = <n>;, each: [{ n: 1 }, { n: 2 }], expect: { variables: { x: <n> } } }\n`;
    expect(await verdicts(text)).toEqual(["passed", "passed"]);
  });

  it("draw random numbers from the seed (rule 3.14): the same seed the same value", async () => {
    const { results } = await runText(
      file("x = rand();", ...[5, 5, 6].map((seed) => `seed: ${seed}, expect: { variables: { x: 2 } }`)),
    );
    const [a, b, c] = results.map((result) => result.steps[0].mismatches[0].actual);
    expect([a === b, a === c]).toEqual([true, false]);
  });
});
