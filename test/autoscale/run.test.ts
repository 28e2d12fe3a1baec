/** One evaluation: the golden runs, the shape of the answer, and what the results string may hold. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bind } from "../../src/autoscale/bind.ts";
import { jsonValue, resultsText } from "../../src/autoscale/results.ts";
import { evaluate, prepare } from "../../src/autoscale/run.ts";
import { parseInstant } from "../../src/base/time.ts";
import { strictSemantics } from "../../src/language/semantics.ts";
import { OptionWord, Timeinterval, Timestamp, type Value } from "../../src/language/values/value.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { readRuleCases } from "../support/rules.ts";

const at = "2026-01-05T12:00:00Z";

for (const { file, cases } of readRuleCases(join(import.meta.dirname, "../golden/runs"))) {
  describe(`runs in ${file}`, () => {
    it.each(cases.map((c) => [c.title, c] as const))("%s", (_title, c) => {
      const run = evaluate(c.formula, { store: c.store, at: c.now, targets: c.targets, semantics: c.semantics });
      const lines = [
        `results ${run.results}`,
        `message ${run.error?.message}`,
        `! ${run.error?.code} ${run.error?.values[0]?.value ?? ""}`,
      ];
      for (const line of c.expected) expect(lines).toContain(line);
      expect(run.error !== null).toBe(c.expected.some((line) => line.startsWith("! ")));
      expect(
        evaluate(prepare(c.formula, { semantics: c.semantics }), { store: c.store, at: c.now, targets: c.targets }),
      ).toEqual(run);
    });
  });
}

describe("evaluate", () => {
  it("gives the document of the command line: timestamp, results, error, targets, variables with their types", () => {
    const store = new MetricStore();
    store.load("$PendingTasks", parseInstant("2026-01-05T11:50:00Z")!, [3, 4, 8]);
    const formula = `$n = avg($PendingTasks.GetSample(15 * TimeInterval_Minute)); v = $PendingTasks.GetSample(2); t = time(); i = TimeInterval_Hour * 1.5;
      s = "x;y"; w = taskcompletion; nan = 0 / 0; inf = [1 / 0, -1 / 0, -0]; $TargetDedicatedNodes = $n; $NodeDeallocationOption = w;`;
    expect(JSON.parse(JSON.stringify(evaluate(formula, { store, at: `${at.slice(0, -1)}.1234567Z` })))).toEqual({
      timestamp: "2026-01-05T12:00:00.123Z",
      results:
        "$TargetDedicatedNodes=5;$TargetLowPriorityNodes=0;$NodeDeallocationOption=taskcompletion;$n=5;i=01:30:00;inf=[inf,-inf,0];nan=nan;s=x%3By;t=2026-01-05T12:00:00.123Z;v=[4,8];w=taskcompletion",
      error: null,
      targets: { dedicated: 5, lowPriority: 0, nodeDeallocationOption: "taskcompletion" },
      variables: {
        $n: { type: "double", value: 5 },
        v: { type: "doubleVec", value: [4, 8] },
        t: { type: "timestamp", value: "2026-01-05T12:00:00.1234567Z" },
        i: { type: "timeinterval", value: "PT1H30M" },
        s: { type: "string", value: "x;y" },
        w: { type: "deallocationOption", value: "taskcompletion" },
        nan: { type: "double", value: "NaN" },
        inf: { type: "doubleVec", value: ["Infinity", "-Infinity", 0] },
      },
    });
  });

  it("names its error as the service does: code, message, and the place in values (rules 6.8, 6.9)", () => {
    expect(evaluate("x = y;", { at }).error).toEqual({
      code: "AutoScalingFormulaEvaluationError",
      message: "The specified auto-scaling formula has evaluation error",
      values: [{ name: "Message", value: "Line 1, Col 5: Undefined symbol: y" }],
    });
    expect(evaluate("x".repeat(8193), { at }).error).toEqual({
      code: "AutoScalingFormulaTooLong",
      message: "The specified auto-scaling formula exceeds lengths limit.",
      values: [],
    });
  });

  it("keeps variables apart from what every object has", () => {
    const { variables, results } = evaluate("__proto__ = 1; constructor = 2; toString = __proto__ + constructor;", { at });
    expect(results).toContain(";__proto__=1;constructor=2;toString=3");
    expect(JSON.parse(JSON.stringify(variables))).toEqual(
      JSON.parse(
        '{"__proto__":{"type":"double","value":1},"constructor":{"type":"double","value":2},"toString":{"type":"double","value":3}}',
      ),
    );
  });

  it("evaluates at the newest sample unless told when, and says what it needs", () => {
    const store = new MetricStore();
    expect(() => evaluate("x = 1;", { store })).toThrow(
      new RangeError("at: the store has no samples, so the instant must be given"),
    );
    store.load("$PendingTasks", parseInstant("2026-01-05T11:50:00Z")!, [3, 4]);
    expect(evaluate("x = 1;", { store }).timestamp).toBe("2026-01-05T11:55:00.000Z");
    expect(() => evaluate("x = 1;", { at: "noon" })).toThrow("at: not a time: noon");
    expect(() => evaluate("x = 1;", { at, targets: { dedicated: 1.5 } })).toThrow(
      "targets.dedicated must be a whole number from 0 to 2147483647, received 1.5",
    );
  });

  it("draws rand() from the seed: the same seed the same numbers, another seed others (rule 3.14)", () => {
    const draw = (seed: number) => evaluate("x = rand(); y = rand();", { at, seed }).variables;
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(draw(5).x).not.toEqual(draw(5).y);
  });

  it("takes the semantics given: strict refuses statistics of nothing (rule 8.6)", () => {
    expect(evaluate("x = avg([]);", { at }).error).toBeNull();
    expect(evaluate("x = avg([]);", { at, semantics: strictSemantics }).error?.code).toBe("AutoScalingFormulaEvaluationError");
  });
});

describe("the results string", () => {
  const value: fc.Arbitrary<Value> = fc.oneof(
    fc.double(),
    fc.array(fc.double()).map((list) => Float64Array.from(list)),
    fc.string({ unit: "binary" }),
    fc.bigInt({ min: -62135596800_0000000n, max: 253402300799_9999999n }).map((ticks) => new Timestamp(ticks)),
    fc.bigInt({ min: -9223372036854775807n, max: 9223372036854775807n }).map((ticks) => new Timeinterval(ticks)),
    fc.constant(new OptionWord("requeue")),
  );

  it("splits at ; and = into exactly its variables, whatever their values (rule 6.16)", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[$_a-zA-Z][_a-zA-Z0-9]{0,5}$/), { maxLength: 6 });
    fc.assert(
      fc.property(names, fc.array(value, { minLength: 6, maxLength: 6 }), (used, values) => {
        const variables = new Map(used.map((name, i) => [name, values[i]]));
        const parts = resultsText({
          targetDedicated: 1,
          targetLowPriority: 0,
          nodeDeallocationOption: "requeue",
          variables,
        }).split(";");
        expect(parts.length).toBe(3 + used.length);
        expect(parts.slice(3).map((part) => part.split("=").length)).toEqual(used.map(() => 2));
        expect(parts.slice(3).map((part) => part.split("=")[0])).toEqual([...used].sort((a, b) => (a < b ? -1 : 1)));
        expect([...parts.join("")].every((character) => character >= " ")).toBe(true);
      }),
    );
  });

  it("has a JSON twin of every value that JSON can hold", () => {
    fc.assert(
      fc.property(value, (one) => {
        const json = jsonValue(one);
        expect(JSON.parse(JSON.stringify(json))).toEqual(json);
      }),
    );
  });
});

describe("a bound environment", () => {
  it("moves to another now and other targets, and its readers and cursors with it (rules 4.5, 8.23)", () => {
    const store = new MetricStore();
    store.load("$PendingTasks", parseInstant("2026-01-05T12:00:00Z")!, [3, 4, 8]);
    const environment = bind(store, { now: parseInstant("2026-01-05T12:00:00Z")!, targets: { dedicated: 7, lowPriority: 2 } });
    const tasks = environment.metric("$PendingTasks");
    const nodes = environment.metric("$CurrentDedicatedNodes");
    const cursor = tasks.cursor();
    cursor.last(5);
    expect([
      tasks.latest(),
      tasks.count(),
      nodes.latest(),
      environment.metric("$CurrentLowPriorityNodes").latest(),
      [...cursor.copy()],
    ]).toEqual([3, 1, 7, 2, [3]]);
    environment.aim(parseInstant("2026-01-05T12:10:00Z")!, 1, 0);
    cursor.last(5);
    expect([
      tasks.latest(),
      tasks.count(),
      nodes.latest(),
      environment.metric("$TaskSlotsPerNode").latest(),
      [...cursor.copy()],
    ]).toEqual([8, 3, 1, 1, [3, 4, 8]]);
    expect(environment.metric("$PendingTasks")).toBe(tasks);
    expect(environment.metric("__proto__").latest()).toBe(0);
    expect(nodes.historyBegin()).toBe(environment.now);
  });
});
