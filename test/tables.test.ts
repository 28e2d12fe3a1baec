/** The tables keep their promises: codes are unique, examples give what they say, names are reachable, limits are met at, below and above. */
import { describe, expect, it } from "vitest";
import { evaluate } from "../src/autoscale/run.ts";
import { formulaLengthMax, nestingMax, statementsMax, targetMax } from "../src/base/limits.ts";
import { functions, methods, variables } from "../src/language/builtins/index.ts";
import { check } from "../src/language/check/checker.ts";
import { diagnosticCodes } from "../src/language/diagnostics/codes.ts";
import { evaluationRows } from "../src/language/diagnostics/evaluationCodes.ts";
import { defaultSemantics, semanticsRows, strictSemantics } from "../src/language/semantics.ts";
import { Source } from "../src/language/source.ts";
import { parse } from "../src/language/syntax/parse.ts";

const at = "2026-01-05T08:00:00Z";
const run = (formula: string, semantics = defaultSemantics) => evaluate(formula, { at, semantics });

describe("built-ins", () => {
  it.each(
    functions.rows.flatMap((row) => row.examples.map((example) => [row.name, example] as const)),
  )("the example of %s gives what it says", (_, example) => {
    expect(run(example.formula).results.split(";")).toContain(`x=${example.result}`);
  });

  it("every function has an example, and every code it can fail with is a row", () => {
    for (const row of functions.rows) {
      expect(row.examples.length, row.name).toBeGreaterThan(0);
      for (const code of row.fails) expect(diagnosticCodes.get(code), code).toBeDefined();
    }
  });

  it("every name of the service is known, as itself or by its full name", () => {
    for (const row of variables.rows) {
      const { error } = run(`x = ${row.name};`);
      expect(error, row.name).toBeNull();
      if (row.aliasOf !== undefined) expect(variables.get(row.aliasOf)?.aliasOf, row.name).toBeUndefined();
    }
    for (const method of methods.rows) expect(method.overloads.length).toBeGreaterThan(0);
  });
});

describe("diagnostics", () => {
  it.each(
    evaluationRows.filter((row) => row.example !== undefined).map((row) => [row.name, row.example!] as const),
  )("the example of %s provokes it when it runs, with the service's code", (name, example) => {
    const row = evaluationRows.find((candidate) => candidate.name === name)!;
    const { error } = run(example);
    expect(error?.code).toBe(row.serviceCode);
    expect(error?.values[0].value).toMatch(/^Line 1, Col \d+: ./);
  });

  it("what the checker finds is what the run fails with, word for word, for every example", () => {
    for (const { name, example } of evaluationRows) {
      const formula = example === undefined ? undefined : parse(new Source(example)).formula;
      const [first] = formula === undefined ? [] : check(formula, {}).diagnostics;
      if (first !== undefined) expect(run(example!).error?.values[0].value.endsWith(first.message), name).toBe(true);
    }
  });

  it("the two strict-only codes come in strict mode", () => {
    expect(run("x = max([]);", strictSemantics).error?.values[0].value).toBe("Line 1, Col 8: max of no values");
    expect(run("x = val([1], 3);", strictSemantics).error?.values[0].value).toBe(
      "Line 1, Col 8: val has no element 3: the vector has 1",
    );
  });
});

describe("limits", () => {
  const code = (formula: string) => run(formula).error?.code ?? "fine";
  it.each([
    ["length", (n: number) => `${" ".repeat(n - 1)}1`, formulaLengthMax.value, "AutoScalingFormulaTooLong"],
    ["statements", (n: number) => "1;".repeat(n), statementsMax.value, "AutoScalingFormulaSyntaxError"],
    ["nesting", (n: number) => `${"(".repeat(n)}1${")".repeat(n)}`, nestingMax.value, "AutoScalingFormulaSyntaxError"],
    ["target", (n: number) => `$TargetDedicatedNodes = ${n}`, targetMax.value, "AutoScalingFormulaEvaluationError"],
  ] as const)("%s: one below, at, and one above", (_, make, most, refusal) => {
    expect([code(make(most - 1)), code(make(most)), code(make(most + 1))]).toEqual(["fine", "fine", refusal]);
  });

  it("at least 256 levels of every kind of nesting work (rule 8.18)", () => {
    for (const formula of [
      `${"[".repeat(256)}1${"]".repeat(256)}`,
      `${"!".repeat(256)}1`,
      `${"1?".repeat(256)}1${":1".repeat(256)}`,
      `${"max(".repeat(256)}1${")".repeat(256)}`,
    ]) {
      expect(code(formula)).toBe("fine");
    }
  });
});

describe("settings for what is not documented", () => {
  it("have one row each, and the defaults are the rows'", () => {
    expect(semanticsRows.map((row) => row.name).sort()).toEqual(Object.keys(defaultSemantics).sort());
    for (const row of semanticsRows) expect(defaultSemantics[row.name]).toBe(row.default);
  });
});
