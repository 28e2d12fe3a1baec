/** The types that hover shows are the types that values have. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { typesOf } from "../../src/editor/types.ts";
import { ungroup } from "../../src/language/ast.ts";
import { functions } from "../../src/language/builtins/index.ts";
import { interpret } from "../../src/language/execute/interpreter.ts";
import { defaultSemantics, strictSemantics } from "../../src/language/semantics.ts";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { type Type, typeOf } from "../../src/language/values/value.ts";
import { FakeEnvironment } from "../language/execute/fakeEnvironment.ts";
import { formulaText, samples } from "../language/execute/formulas.ts";
import { arbitraryFormulaText, deepestFormulas } from "../support/formulas.ts";

const typeOfLast = (text: string, known = new Map<string, Type | undefined>()) => {
  const { formula } = parse(new Source(text));
  const last = formula!.statements[formula!.statements.length - 1];
  return typesOf(formula!, known).of(last.value);
};

describe("types", () => {
  it.each([
    ["1 + 2", "double"],
    ["[1] * 2", "doubleVec"],
    ["2 * [1]", "doubleVec"],
    ["time()", "timestamp"],
    ["time() - time()", "timeinterval"],
    ["time().hour", "double"],
    ['"a" == "b"', "double"],
    ["requeue", "deallocationOption"],
    ["$PendingTasks", "double"],
    ["$PendingTasks.GetSample(1)", "doubleVec"],
    ["($PendingTasks).Count()", "double"],
    ["$PendingTasks.HistoryBeginTime() + 2 * TimeInterval_Hour", "timestamp"],
    ["floor(1)", "double"],
    ["floor(1, 2)", "doubleVec"],
    ["1 ? 1 : time()", "any"],
    ["1 ? 1 : stop()", "double"],
    ["stop()", "none"],
    ["x = 1; x = time(); x", "timestamp"],
    ["x = 1 ? 1 : time(); x - time()", "timeinterval"],
    ["x = 1 ? 1 : [1]; floor(x)", "any"],
    ["x = 1 ? 1 : [1]; x * 2", "any"],
    ["$TargetDedicatedNodes", "double"],
  ])("%s is a %s", (text, type) => {
    expect(typeOfLast(text)).toBe(type);
  });

  it.each([
    "nowhere",
    "time() + 1",
    '"a" + "b"',
    "foo(1)",
    "val(1, 2)",
    "[time()]",
    "-time()",
    "time() ? 1 : 2",
    "$PendingTasks.hour",
    "(1).hour",
    "x = nowhere; x",
    "stop() + 1",
    "1 ? stop() + 1 : nowhere",
  ])("%s never has a value", (text) => {
    expect(typeOfLast(text)).toBeUndefined();
  });

  it("reads variables that are known from before", () => {
    expect(typeOfLast("x + time()", new Map([["x", "timeinterval"]]))).toBe("timestamp");
  });

  it("every value of a run has the type found, or its type was said to depend on a condition", () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.oneof(formulaText, arbitraryFormulaText()), samples, fc.boolean(), (text, series, strict) => {
        const { formula } = parse(new Source(text));
        if (formula === undefined) return;
        const semantics = strict ? strictSemantics : defaultSemantics;
        const types = typesOf(formula, new Map(), semantics);
        interpret(formula, new FakeEnvironment(series), semantics, {
          value: (expression, value) => {
            const found = types.of(expression);
            if (found !== "any") expect(`${text}: ${found}`).toBe(`${text}: ${typeOf(value)}`);
            compared++;
          },
        });
      }),
      { numRuns: 400 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  it("walks the deepest formulas and the longest chains", () => {
    for (const [name, text] of deepestFormulas) {
      const { formula } = parse(new Source(text));
      expect(formula, name).toBeDefined();
      expect(() => typesOf(formula!)).not.toThrow();
    }
  });

  it("every example of a function has the type its row promises", () => {
    expect(functions.rows.length).toBeGreaterThan(15);
    for (const { examples, overloads } of functions.rows) {
      for (const example of examples) {
        const { formula } = parse(new Source(example.formula));
        const first = formula!.statements[0];
        const results = [...overloads.map((overload) => overload.result), "double"];
        expect(results).toContain(typesOf(formula!).of(ungroup(first.value)));
      }
    }
  });
});
