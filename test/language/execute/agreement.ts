/**
 * Two roads to one answer: whatever a formula does, the interpreter, both compiled tiers and their unoptimized forms answer the same: targets,
 * option, every variable, and failures by code, details and place.
 */
import fc from "fast-check";
import { expect } from "vitest";
import { check } from "../../../src/language/check/checker.ts";
import { compile } from "../../../src/language/execute/compile.ts";
import { interpret } from "../../../src/language/execute/interpreter.ts";
import type { Outcome } from "../../../src/language/execute/outcome.ts";
import { defaultSemantics, type Semantics } from "../../../src/language/semantics.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { OptionWord, Timeinterval, Timestamp, type Value } from "../../../src/language/values/value.ts";
import { FakeEnvironment } from "./fakeEnvironment.ts";
import { formulaText, samples } from "./formulas.ts";

const WAYS = [
  { tier: "bytecode", optimize: true },
  { tier: "bytecode", optimize: false },
  { tier: "native", optimize: true },
  { tier: "native", optimize: false },
  { tier: "code", optimize: true },
  { tier: "code", optimize: false },
] as const;

function valueShown(value: Value): unknown {
  if (value instanceof Timestamp) return `timestamp ${value.ticks}`;
  if (value instanceof Timeinterval) return `timeinterval ${value.ticks}`;
  if (value instanceof OptionWord) return `option ${value.word}`;
  return value;
}

/** An outcome in a form that `toEqual` compares exactly, NaN and -0 included. */
function shown(outcome: Outcome): unknown {
  const { failure } = outcome;
  return {
    failure: failure === undefined ? undefined : { code: failure.code, details: { ...failure.details }, at: failure.at },
    targets: [outcome.targetDedicated, outcome.targetLowPriority, outcome.nodeDeallocationOption],
    variables: Object.fromEntries(
      [...outcome.variables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, valueShown(value)]),
    ),
  };
}

const semantics: fc.Arbitrary<Semantics> = fc
  .record({
    sampleOrder: fc.constantFrom("oldestFirst", "newestFirst"),
    emptyVector: fc.constantFrom("zero", "nan", "error"),
    extensions: fc.constantFrom("allow", "allow", "allow", "refuse"),
    sundayWeekday: fc.constantFrom(0, 7),
  } as const)
  .map((changes) => ({ ...defaultSemantics, ...changes }) as Semantics);

/** What the runs of a comparison met. */
export interface Met {
  readonly well: number;
  readonly failed: number;
  readonly codes: ReadonlySet<string>;
}

/** Compares all ways on generated formulas, samples and semantics, at two instants each; throws at the first difference, shrunk. */
export function compareAll(numRuns: number, seed: number): Met {
  const met = { well: 0, failed: 0, codes: new Set<string>() };
  fc.assert(
    fc.property(formulaText, samples, semantics, (text, series, chosen) => {
      const { formula } = parse(new Source(text));
      expect(formula, text).toBeDefined();
      const judge = new FakeEnvironment(series);
      const checked = check(formula!, { semantics: chosen });
      const runs = WAYS.map((way) => {
        const environment = new FakeEnvironment(series);
        const program = compile(checked, way);
        expect(program.tier).toBe(way.tier);
        return { way, environment, run: program.bind(environment) };
      });
      for (const [now, dedicated] of [
        [judge.now, 2],
        [judge.now - 12_345_678_901n, 7],
      ] as const) {
        for (const environment of [judge, ...runs.map((run) => run.environment)]) {
          environment.now = now;
          environment.targetDedicated = dedicated;
        }
        const wanted = interpret(formula!, judge, chosen);
        if (wanted.failure === undefined) met.well++;
        else {
          met.failed++;
          met.codes.add(wanted.failure.code);
        }
        for (const { way, run } of runs) {
          expect(run.evaluate(), `${text}\n${JSON.stringify(way)}`).toBe(wanted.failure === undefined);
          expect(shown(run.outcome()), `${text}\n${JSON.stringify(way)}`).toEqual(shown(wanted));
        }
      }
    }),
    { numRuns, seed },
  );
  return met;
}
