/**
 * What must hold for every formula: lint never throws and points into the text; fixes parse, remove their problem and keep what they say they keep;
 * what the analysis says of an expression is true of every value that a run gives it.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Analysis } from "../../../src/language/check/lint/analysis.ts";
import { Facts } from "../../../src/language/check/lint/facts.ts";
import type { Known } from "../../../src/language/check/lint/known.ts";
import type { Range } from "../../../src/language/check/lint/range.ts";
import { lintTable } from "../../../src/language/diagnostics/lintCodes.ts";
import { interpret } from "../../../src/language/execute/interpreter.ts";
import type { Outcome } from "../../../src/language/execute/outcome.ts";
import { defaultSemantics, strictSemantics } from "../../../src/language/semantics.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { Timeinterval, type Value } from "../../../src/language/values/value.ts";
import { applied, lintCases, lintText } from "./cases.ts";
import { environmentOf, formulas, type World, worlds } from "./world.ts";

/** The same formulas at every run of the tests; change it to look further. */
const SEED = 20161013;

const parsed = (text: string) => {
  const { formula } = parse(new Source(text));
  if (formula === undefined) throw new Error(`does not parse: ${text}`);
  return formula;
};

describe("lint", () => {
  it("never throws, points into the text, and sorts what it found", () => {
    fc.assert(
      fc.property(formulas, (text) => {
        const found = lintText(text);
        for (const item of found) {
          expect(lintTable.get(item.code)).toBeDefined();
          expect(item.start).toBeGreaterThanOrEqual(0);
          expect(item.end).toBeGreaterThanOrEqual(item.start);
          expect(item.end).toBeLessThanOrEqual(text.length);
          expect(`${item.message} ${item.hint}`).not.toMatch(/undefined|\[object/);
        }
        expect(found.map((item) => item.start)).toEqual(found.map((item) => item.start).sort((a, b) => a - b));
      }),
      { numRuns: 400, seed: SEED },
    );
  });

  it("a formula and its text after any fix both parse, and only codes that promise a fix have one", () => {
    let fixes = 0;
    fc.assert(
      fc.property(formulas, (text) => {
        for (const item of lintText(text)) {
          if (item.fix === undefined) continue;
          fixes++;
          expect(lintTable.get(item.code)!.fix).toBeDefined();
          expect(() => parsed(applied(text, item.fix!))).not.toThrow();
        }
      }),
      { numRuns: 400, seed: SEED },
    );
    expect(fixes).toBeGreaterThan(20);
  });

  it("a fix that promises to keep the meaning gives the same outcome of every run, places left aside", () => {
    let fixes = 0;
    const check = (text: string, world: World) => {
      for (const item of lintText(text)) {
        if (item.fix === undefined || lintTable.get(item.code)!.fix !== "keeps") continue;
        fixes++;
        const run = (formula: string) => summary(interpret(parsed(formula), environmentOf(world)));
        expect(run(applied(text, item.fix))).toEqual(run(text));
      }
    };
    const named = lintCases().filter(({ kind }) => kind === "fix");
    for (const { formula } of named) for (const world of fc.sample(worlds, { numRuns: 20, seed: 1 })) check(formula, world);
    fc.assert(fc.property(formulas, worlds, check), { numRuns: 600, seed: SEED });
    expect(fixes).toBeGreaterThan(100);
  });
});

/** All of an outcome but where it failed, and in which words: a fix may rename and move. */
function summary(outcome: Outcome) {
  const { failure, targetDedicated, targetLowPriority, nodeDeallocationOption, variables } = outcome;
  return {
    code: failure?.code,
    targetDedicated,
    targetLowPriority,
    nodeDeallocationOption,
    variables: [...variables].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

describe("what is known before the run", () => {
  it.each([
    ["by default", defaultSemantics],
    ["in strict mode", strictSemantics],
    ["where statistics of nothing are nan", { ...defaultSemantics, emptyVector: "nan", sundayWeekday: 7 } as const],
  ])("holds for every value of every run %s", (_name, semantics) => {
    let values = 0;
    fc.assert(
      fc.property(formulas, worlds, (text, world) => {
        const source = new Source(text);
        const formula = parsed(text);
        const analysis = new Analysis(new Facts(source, formula), semantics);
        const wrong: string[] = [];
        interpret(formula, environmentOf(world), semantics, {
          value(expression, value) {
            values++;
            if (!agrees(analysis.of(expression), value))
              wrong.push(`${source.text.slice(expression.start, expression.end)} = ${String(value)}`);
          },
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 1500, seed: SEED },
    );
    expect(values).toBeGreaterThan(4000);
  });

  it("holds for the targets at the end of every run", () => {
    fc.assert(
      fc.property(formulas, worlds, (text, world) => {
        const formula = parsed(text);
        const targets = new Analysis(new Facts(new Source(text), formula), defaultSemantics).targets();
        const outcome = interpret(formula, environmentOf(world));
        if (outcome.failure !== undefined) return;
        for (const { name, known } of targets) {
          const value = name === "$TargetDedicatedNodes" ? outcome.targetDedicated : outcome.targetLowPriority;
          const isUnassigned = value === (name === "$TargetDedicatedNodes" ? world.dedicated : world.lowPriority);
          if (known.kind === "double" && !isUnassigned)
            expect(value).toSatisfy((x: number) => x >= Math.trunc(known.range.lo) && x <= Math.ceil(known.range.hi));
        }
      }),
      { numRuns: 500, seed: SEED },
    );
  });
});

function agrees(known: Known, value: Value): boolean {
  switch (known.kind) {
    case "unknown":
      return true;
    case "double":
      return typeof value === "number" && inRange(known.range, value);
    case "timeinterval":
      return value instanceof Timeinterval && inRange(known.range, Number(value.ticks));
    case "vector":
      return (
        value instanceof Float64Array &&
        value.length >= known.least &&
        value.length <= known.most &&
        value.every((element) => known.element !== undefined && inRange(known.element, element))
      );
    default:
      return typeof value === "object" || typeof value === "string";
  }
}

/** Averages may miss a bound by the last digits. */
function inRange(r: Range, value: number): boolean {
  if (Number.isNaN(value)) return r.nan;
  if (value === Number.POSITIVE_INFINITY) return r.positiveInfinity;
  if (value === Number.NEGATIVE_INFINITY) return r.negativeInfinity;
  const slack = Math.abs(value) * 1e-12;
  return value >= r.lo - slack && value <= r.hi + slack && (!r.whole || Number.isInteger(value)) && !(r.notZero && value === 0);
}
