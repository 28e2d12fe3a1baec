/**
 * The mistakes that people type into test files, and what they are told: the place, what is wrong, what to do.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTestFile } from "../../runtime/formulatest/index.ts";
import { problemsOf } from "./inputs.ts";

const good = `formula: a.formula
defaults: { at: 2026-01-05T09:00:00Z }
cases:
  - name: one
    metrics: { $PendingTasks: 5 6x3 _ 9 }
    expect: { targets: { dedicated: 6 } }
`;

describe("a right test file", () => {
  it("is read with its cases, defaults and the files that it names", () => {
    const reading = readTestFile(good, "t.yaml");
    expect(reading).toMatchObject({
      ok: true,
      file: { cases: [{ name: "one" }], references: [{ path: "a.formula", kind: "formula" }] },
    });
  });
});

describe("mistakes", () => {
  const mistakes: readonly [title: string, text: string, expected: readonly string[]][] = [
    ["a misspelt key", good.replace("metrics:", "metircs:"), ['5:5: "case 1" has no key "metircs" (did you mean "metrics"?)']],
    [
      "a misspelt key at the top",
      good.replace("cases:", "case:"),
      [
        '1:1: "cases" is missing (write a list of cases, each with name and expect)',
        '3:1: a test file has no key "case" (did you mean "cases"?)',
      ],
    ],
    [
      "a misspelt key below expect",
      good.replace("dedicated", "dedicatd"),
      ['6:26: "targets" has no key "dedicatd" (did you mean "dedicated"?)'],
    ],
    [
      "a key one level too high",
      good.replace("expect: { targets: { dedicated: 6 } }", "targets: { dedicated: 6 }"),
      ['6:5: "case 1" has no key "targets" (it belongs to "pool" or "expect"; check the indentation)'],
    ],
    [
      "a key without what belongs to it",
      good.replace("expect: { targets: { dedicated: 6 } }", "expect:\n    targets: { dedicated: 6 }"),
      [
        '6:5: "expect" has no value (write what the run gives: targets, variables, error, lint; with scenario a text such as p95 wait <= 10 min, cost <= 12.50; indent what belongs to it by two blanks)',
        '7:5: "case 1" has no key "targets" (it belongs to "pool" or "expect"; check the indentation)',
      ],
    ],
    [
      "an entry in the wrong column",
      good.replace("    metrics:", "   metrics:"),
      [
        "5:4: this line does not stand in the column of the entries around it (check the indentation: entries of one list or map start in the same column)",
      ],
    ],
    [
      "a tab",
      good.replace("    metrics:", "\tmetrics:"),
      ["5:1: not YAML: tabs are not allowed as indentation (indent with blanks, not with tabs)"],
    ],
    ["two of one key", `${good}    name: two\n`, ["7:5: not YAML: map keys must be unique (keep one of the two)"]],
    [
      "no formula",
      good.replace("formula: a.formula\n", ""),
      [
        '3:5: "one" has no formula (name a formula file, relative to this file: formula: pool.formula; or write formulaText: |)',
      ],
    ],
    [
      "the text of a formula where its file belongs",
      good.replace("a.formula", "$TargetDedicatedNodes = 1;"),
      ['1:10: "formula" names a file, but this is the text of a formula (write formulaText: |)'],
    ],
    [
      "both kinds of formula",
      good.replace("cases:", "formulaText: x = 1;\ncases:"),
      ['3:14: both "formula" and "formulaText" are given (keep one of the two)'],
    ],
    [
      "bad sample notation",
      good.replace("5 6x3", "5 6*3"),
      [
        "5:31: samples of $PendingTasks: 6*3: not a sample; write a number, _ for a gap, 6x3 for three of a kind or 0..10/2 for a range",
      ],
    ],
    [
      "a misspelt metric",
      good.replace("$PendingTasks", "$PendingTask"),
      ['5:16: no formula can read a metric named "$PendingTask" (write $PendingTasks)'],
    ],
    [
      "an older name of a metric",
      good.replace("$PendingTasks", "$CurrentDedicated"),
      ["5:16: $CurrentDedicated reads the samples of $CurrentDedicatedNodes (write $CurrentDedicatedNodes)"],
    ],
    [
      "a word for a number",
      good.replace("dedicated: 6", "dedicated: six"),
      ['6:37: "dedicated" is "six" (write a whole number of nodes)'],
    ],
    [
      "half a node",
      good.replace("dedicated: 6", "dedicated: 6.5"),
      ['6:37: "dedicated" is 6.5 (write a whole number of nodes)'],
    ],
    [
      "a deallocation option in the wrong case",
      good.replace("dedicated: 6", "nodeDeallocationOption: taskCompletion"),
      ['6:50: "nodeDeallocationOption" is "taskCompletion" (write requeue, terminate, taskcompletion or retaineddata)'],
    ],
    [
      "a truth value for a variable",
      good.replace("targets: { dedicated: 6 }", "variables: { big: true }"),
      [
        '6:33: "big" is true (write a number (1 for true, 0 for false), a text, a list of numbers, null for not assigned, or { value: …, tolerance: … })',
      ],
    ],
    [
      "a time that is none",
      good.replace("2026-01-05T09:00:00Z", "2026-01-05 09:00"),
      ['2:17: "2026-01-05 09:00" is not a time (write it as 2026-01-31T08:00:00Z)'],
    ],
    [
      "no time",
      good.replace("defaults: { at: 2026-01-05T09:00:00Z }\n", ""),
      ['3:5: "one" says no time (write at: 2026-01-31T08:00:00Z in the case or under defaults:)'],
    ],
    [
      "a duration as people say it",
      good.replace("Z }", "Z, samplePeriod: 5 min }"),
      ['2:53: "5 min" is not a duration above 0 (write it as an ISO 8601 duration: PT30S, PT5M, PT1H30M, P1D)'],
    ],
    [
      "nothing expected",
      good.replace("expect: { targets: { dedicated: 6 } }", "expect: { targets: {}, tolerance: 1 }"),
      ['6:13: "expect" expects nothing (name a target, a variable, an error or a lint code)'],
    ],
    [
      "no expect",
      good.replace("    expect: { targets: { dedicated: 6 } }\n", ""),
      ['4:5: "one" expects nothing (write expect: with a target, a variable, an error or a lint code)'],
    ],
    [
      "a misspelt error code",
      good.replace("targets: { dedicated: 6 }", "error: InsuficientSampleData"),
      ['6:22: there is no error code "InsuficientSampleData" (did you mean InsufficientSampleData?)'],
    ],
    [
      "a misspelt lint code",
      good.replace("targets: { dedicated: 6 }", "lint: { absent: [no-targets] }"),
      ['6:32: there is no lint code "no-targets" (did you mean no-target?)'],
    ],
    [
      "two cases of one name",
      good + good.slice(good.indexOf("  - name")),
      ['7:11: two cases are named "one" (give each case a name of its own)'],
    ],
    ["an empty file", "", ['1:1: "the file" has no value (write formula: and cases: as in samples/tests)']],
    ["a list for a file", "- 1\n", ['1:1: "the file" is a list (write formula: and cases: as in samples/tests)']],
    ["no cases", "formula: a\ncases: []\n", ["2:8: there are no cases (a case has a name and what it expects)"]],
    [
      "a key that cannot be one",
      good.replace("one\n", "one\n    __proto__: 1\n"),
      ["5:5: this cannot be a key (a key is a plain name; put values such as <name> in quotes)"],
    ],
  ];
  for (const [title, text, expected] of mistakes) it(title, () => expect(problemsOf(text)).toEqual(expected));

  it("are all told at once, in the order of the file", () => {
    const text = good.replace("metrics:", "metircs:").replace("dedicated: 6", "dedicated: six").replace("defaults", "default");
    expect(problemsOf(text).map((line) => line.split(":")[0])).toEqual(["2", "5", "6"]);
  });
});

describe("rows of each", () => {
  const table = (rows: string, samples = "<p>x3", nodes = "<n>") =>
    `formula: a\ndefaults: { at: 2026-01-05T09:00:00Z }\ncases:\n  - name: "<p> give <n>"\n    each:\n${rows}    metrics: { $PendingTasks: ${samples} }\n    expect: { targets: { dedicated: ${nodes} } }\n`;

  it("make a case each, with numbers that stay numbers", () => {
    const reading = readTestFile(table("      - { p: 1, n: 2 }\n      - { p: 3, n: 4 }\n"), "t.yaml");
    expect(reading.ok && reading.file.cases.map(({ name }) => name)).toEqual(["1 give 2", "3 give 4"]);
    expect(reading).toMatchObject({
      file: { cases: [{ steps: [{ expect: { dedicated: 2 } }] }, { steps: [{ expect: { dedicated: 4 } }] }] },
    });
  });

  it("must have the names that the case uses", () => {
    expect(problemsOf(table("      - { pp: 1, n: 2 }\n"))).toEqual([
      '4:11: no row of "each" has a value named <p> (did you mean <pp>?)',
      '7:31: no row of "each" has a value named <p> (did you mean <pp>?)',
    ]);
  });

  it("must all have the same names", () => {
    expect(problemsOf(table("      - { p: 1, n: 2 }\n      - { p: 1 }\n"))).toContain(
      '7:9: row 2 of "each" has no "n" (give every row the same names)',
    );
  });

  it("must be used", () => {
    expect(problemsOf(table("      - { p: 1, n: 2, q: 3 }\n"))).toEqual([
      '6:7: "q" is used nowhere in the case (write <q> where its value belongs, or leave it out)',
    ]);
  });

  it("are judged like any other value, once for all rows of one line", () => {
    expect(problemsOf(table("      - { p: 1, n: x }\n"))).toEqual(['8:37: "dedicated" is "x" (write a whole number of nodes)']);
  });
});

describe("hostile files", () => {
  it("of any text give cases or problems", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 300 }), fc.json()), (text) => {
        const reading = readTestFile(text, "t.yaml");
        return reading.ok ? reading.file.cases.length > 0 : reading.problems.length > 0;
      }),
      { numRuns: 100 },
    );
  });

  it("that were a right one with a piece cut out or doubled give cases or problems with a place in the file", () => {
    const whole = good.replace("    expect", "    pool: { targets: { dedicated: 2 } }\n    seed: 4\n    expect");
    const lines = whole.split("\n").length * 2;
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(30), fc.boolean(), (at, length, twice) => {
        const text = twice ? whole.slice(0, at + length) + whole.slice(at) : whole.slice(0, at) + whole.slice(at + length);
        const reading = readTestFile(text, "t.yaml");
        return reading.ok || reading.problems.every(({ line, column }) => line >= 1 && line <= lines && column >= 1);
      }),
      { numRuns: 200 },
    );
  });

  it("with endless nesting or aliases that multiply are refused", () => {
    expect(problemsOf("[".repeat(20_000))[0]).toMatch(/nests too deeply|not YAML/);
    const bomb = `a: &a [${"1,".repeat(99)}1]\nb: &b [${"*a,".repeat(99)}*a]\nc: &c [${"*b,".repeat(99)}*b]\ncases: [*c,*c]\n`;
    expect(problemsOf(bomb).length).toBe(1);
    expect(problemsOf(bomb)[0]).toMatch(/too many values/);
    expect(problemsOf("a: &a [*a]\n").length).toBeGreaterThan(0);
  });

  it("with short words for millions of samples are refused before they are all made", () => {
    const metrics = ["$PendingTasks", "$ActiveTasks", "$RunningTasks", "$FailedTasks"]
      .map((name) => `${name}: 1x900000`)
      .join(", ");
    expect(problemsOf(good.replace("$PendingTasks: 5 6x3 _ 9", metrics))).toEqual([
      "5:80: more than 2000000 samples in one test file (keep long histories in a metricsFile)",
    ]);
  });

  it("with names of Object.prototype as keys are told of unknown keys", () => {
    expect(problemsOf(good.replace("metrics:", "constructor:"))[0]).toMatch(/^5:5: "case 1" has no key "constructor"/);
    expect(problemsOf(good.replace("$PendingTasks", "toString"))[0]).toMatch(
      /^5:16: no formula can read a metric named "toString"/,
    );
  });
});
