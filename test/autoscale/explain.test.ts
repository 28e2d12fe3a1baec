/** Explanations: the sentences, the trees, the samples, and that they tell of the run that evaluate gives. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExplainedNode, type Explanation, explain } from "../../src/autoscale/explain.ts";
import { explanationText } from "../../src/autoscale/explanationText.ts";
import { evaluate } from "../../src/autoscale/run.ts";
import { parseInstant } from "../../src/base/time.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { readRuleCases } from "../support/rules.ts";
import { arbitraryFormula, arbitraryWorld, start } from "./worlds.ts";

const at = "2026-01-05T12:00:00Z";
const tasks = (values: number[]) => {
  const store = new MetricStore();
  store.load("$PendingTasks", parseInstant(at)! - BigInt(values.length - 1) * 3_000_000_000n, values);
  return store;
};

function nodes(explanation: Explanation): ExplainedNode[] {
  const all: ExplainedNode[] = [];
  const visit = (node: ExplainedNode) => {
    all.push(node);
    node.children.forEach(visit);
  };
  for (const statement of explanation.statements) visit(statement.value);
  return all;
}

for (const { file, cases } of readRuleCases(join(import.meta.dirname, "../golden/explain"))) {
  describe(`why a target is what it is, ${file}`, () => {
    it.each(cases.map((c) => [c.title, c] as const))("%s", (_title, c) => {
      const { why } = explain(c.formula, { store: c.store, at: c.now, targets: c.targets, semantics: c.semantics });
      expect(why.map((each) => each.sentence).slice(0, c.expected.length)).toEqual(c.expected);
    });
  });
}

describe("an explanation", () => {
  it("is of the run that evaluate gives, has one sentence a target and is plain JSON, for generated formulas and histories", () => {
    const property = fc.property(
      arbitraryWorld,
      arbitraryFormula,
      fc.integer({ min: 0, max: 90 }),
      (world, formula, minutes) => {
        const options = {
          store: world.store,
          at: start + world.offset + BigInt(minutes) * 600_000_000n,
          targets: { dedicated: 4, lowPriority: 2 },
          seed: 3,
        };
        const explanation = explain(formula, options);
        expect(explanation.run).toEqual(evaluate(formula, options));
        expect(explanation.why.map((each) => each.value)).toEqual([
          explanation.run.targets.dedicated,
          explanation.run.targets.lowPriority,
        ]);
        for (const { sentence } of explanation.why)
          expect(sentence).toMatch(/^\$Target\w+Nodes (is|stays) \d+(, as before| \(was \d+\)): .+[^.]\.$/);
        expect(JSON.parse(JSON.stringify(explanation))).toEqual(JSON.parse(JSON.stringify(explanation)));
        expect(explanationText(explanation).split("\n").length).toBeGreaterThan(explanation.statements.length);
        const assigned = explanation.statements.filter(
          (statement) =>
            statement.assigns !== null && statement.state === "evaluated" && !statement.assigns.startsWith("$Target"),
        );
        const last = new Map(assigned.map((statement) => [statement.assigns, statement.value.value]));
        for (const [name, value] of last)
          if (name !== "$NodeDeallocationOption") expect(explanation.run.variables[name!]).toEqual(value);
        const failed = [...explanation.statements, ...nodes(explanation)].filter((node) => node.state === "failed").length;
        expect(failed > 0).toBe(explanation.run.error !== null);
      },
    );
    fc.assert(property, { numRuns: 100 });
  }, 60_000);

  it("has every expression with its place, its value and what became of it", () => {
    const formula = "x = 1 > 2 ? foo(3) : max(4, 5 + 6 - 7);";
    const [statement] = explain(formula, { at }).statements;
    expect(statement).toMatchObject({
      line: 1,
      column: 1,
      assigns: "x",
      state: "evaluated",
      text: "x = 1 > 2 ? foo(3) : max(4, 5 + 6 - 7)",
    });
    const [condition, whenTrue, whenFalse] = statement.value.children;
    expect(condition).toMatchObject({ role: "condition", text: "1 > 2", valueText: "0", state: "evaluated" });
    expect(whenTrue).toMatchObject({ role: "whenTrue", text: "foo(3)", value: null, state: "notTaken", children: [] });
    expect(whenFalse).toMatchObject({ role: "whenFalse", valueText: "4", state: "evaluated" });
    expect(whenFalse.children[1].children.map((child) => child.text)).toEqual(["5", "6", "7"]);
    for (const node of nodes(explain(formula, { at }))) expect(formula.slice(node.start, node.end)).toBe(node.text);
  });

  it("says what && and || left out, where a run failed, and what it no longer reached (rules 2.13, 8.21)", () => {
    const { statements } = explain("a = 0 && b; c = min(1, avg($PendingTasks.GetSample(TimeInterval_Hour)), 2); d = 3;", {
      store: tasks([1]),
    });
    expect(statements.map((statement) => statement.state)).toEqual(["evaluated", "interrupted", "notReached"]);
    expect(statements[0].value.children.map((child) => child.state)).toEqual(["evaluated", "notTaken"]);
    const [one, avg, two] = statements[1].value.children;
    expect([one.state, avg.state, two.state]).toEqual(["evaluated", "interrupted", "notReached"]);
    expect(avg.children[0].state).toBe("failed");
    const stopped = explain("a = max(1, stop()); b = 2;", { at });
    expect(stopped.statements.map((statement) => statement.state)).toEqual(["interrupted", "notReached"]);
    expect(stopped.statements[0].value.children.map((child) => child.state)).toEqual(["evaluated", "stopped"]);
  });

  it("lists the samples of a window, its slots, and the times of those that are missing (rules 5.10, 8.2)", () => {
    const { statements } = explain(
      "x = $PendingTasks.GetSample(30 * TimeInterval_Minute, 10); y = $PendingTasks.GetSample(2); z = $ActiveTasks.GetSamplePercent(TimeInterval_Hour);",
      {
        store: tasks([5, Number.NaN, 7, Number.NaN]),
        at,
      },
    );
    expect(statements[0].value.window).toEqual({
      metric: "$PendingTasks",
      kind: "span",
      asked: null,
      from: "2026-01-05T11:30:00.000Z",
      to: "2026-01-05T12:00:00.000Z",
      older: 18_000_000_000,
      newer: 0,
      slots: 6,
      found: 2,
      percent: 200 / 6,
      wanted: 10,
      samples: [5, 7],
      missing: 4,
      missingAt: [
        "2026-01-05T11:35:00.000Z",
        "2026-01-05T11:40:00.000Z",
        "2026-01-05T11:50:00.000Z",
        "2026-01-05T12:00:00.000Z",
      ],
    });
    expect(statements[1].value.window).toMatchObject({
      kind: "last",
      asked: 2,
      found: 2,
      from: "2026-01-05T11:45:00.000Z",
      to: "2026-01-05T11:55:00.000Z",
    });
    expect(statements[2].value.window).toMatchObject({
      kind: "span",
      slots: 12,
      found: 0,
      percent: 0,
      wanted: null,
      missing: 12,
      missingAt: [],
    });
  });

  it("keeps its lists short however long the window, and its counts whole", () => {
    const store = new MetricStore({ history: Number.POSITIVE_INFINITY });
    store.load(
      "$PendingTasks",
      parseInstant("2026-01-01")!,
      Float64Array.from({ length: 900 }, (_unused, i) => (i % 2 === 0 ? i : Number.NaN)),
    );
    const window = explain("x = len($PendingTasks.GetSample(TimeInterval_Year, 0));", { store }).statements[0].value.children[0]
      .window!;
    expect(window).toMatchObject({ found: 450, slots: 105120, missing: 104670 });
    expect([window.samples.length, window.samples[39], window.missingAt.length]).toEqual([40, 898, 12]);
  });

  it.each([
    ["a long chain", `x = 1${"+1".repeat(4000)};`],
    ["deep parentheses", `x = ${"(".repeat(400)}1${")".repeat(400)};`],
    ["deep conditionals", `x = ${"1 ? 2 : ".repeat(400)}3;`],
    ["many arguments", `$TargetDedicatedNodes = max(${"1,".repeat(3000)}2);`],
    ["a long chain of conditions", `$TargetDedicatedNodes = ${"1 && ".repeat(1500)}1 ? 1 : 2;`],
    [
      "variables behind variables",
      `${Array.from({ length: 98 }, (_unused, i) => `v${i + 1} = max(0, v${i});`)
        .join("")
        .replace("v0", "7")}$TargetDedicatedNodes = v98;`,
    ],
    ["signs", `$TargetDedicatedNodes = ${"!".repeat(400)}1;`],
  ])("explains %s without end or overflow", (_name, formula) => {
    const explanation = explain(formula, { at });
    expect(explanation.run.error).toBeNull();
    expect(JSON.stringify(explanation).length).toBeLessThan(3_000_000);
    for (const { sentence } of explanation.why) expect(sentence.length).toBeLessThan(3_000);
    expect(explanationText(explanation)).not.toBe("");
  });

  it("is shown as a tree with its samples, branches and reasons", () => {
    const formula =
      "$p = $PendingTasks.GetSamplePercent(15 * TimeInterval_Minute);\n$TargetDedicatedNodes = $p < 50 ? 1 : max($PendingTasks.GetSample(3));";
    expect(explanationText(explain(formula, { store: tasks([5, Number.NaN, 7]), at })).split("\n")).toEqual([
      "   1 | $p = $PendingTasks.GetSamplePercent(15 * TimeInterval_Minute)",
      "       = 66.6667",
      "         2 of 3 samples (66.7%), after 2026-01-05T11:45:00.000Z up to 12:00:00",
      "         5 7",
      "         missing: 11:55:00",
      "   2 | $TargetDedicatedNodes = $p < 50 ? 1 : max($PendingTasks.GetSample(3))",
      "       = 7",
      "       ├─ $p < 50 → 0",
      "       │  └─ $p → 66.6667",
      "       ├─ not taken: 1",
      "       └─ taken: max($PendingTasks.GetSample(3)) → 7",
      "          └─ $PendingTasks.GetSample(3) → [5,7]",
      "               2 of the 3 asked for, from 2026-01-05T11:50:00.000Z to 12:00:00",
      "               5 7",
      "",
      "$TargetDedicatedNodes is 7 (was 0): it is the largest of the only 2 samples of $PendingTasks (7), chosen because $p < 50 is false (66.6667 < 50; only 2 of 3 expected samples of $PendingTasks in the last 15 minutes exist).",
      "$TargetLowPriorityNodes stays 0, as before: the formula does not assign it.",
    ]);
  });

  it("paints each piece by its role and shows no control characters of the formula", () => {
    const roles = new Set<string>();
    const text = explanationText(explain('x = "\u0007" == "a" ? 1 : stop(); y = z;', { at }), (role, piece) => {
      roles.add(role);
      return piece;
    });
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect([...roles].sort()).toEqual(["branch", "expression", "gutter", "skipped", "source", "value", "why"]);
  });
});
