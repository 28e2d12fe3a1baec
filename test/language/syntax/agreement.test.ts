/** The fast reader against the grammar's parser, which is the definition: same texts accepted, equal trees, same place of stopping. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statementsMax } from "../../../src/base/limits.ts";
import { grammarReading, tokensOf } from "../../../src/language/syntax/mistakes.ts";
import { quickFormula, quickStop } from "../../../src/language/syntax/quick.ts";
import {
  arbitraryBrokenFormula,
  arbitraryCharacterSoup,
  arbitraryFormulaLayout,
  arbitraryTokenSoup,
  deepestFormulas,
} from "../../support/formulas.ts";

/** Compares both readings of a text; says whether it was accepted. */
function agree(text: string): boolean {
  const quick = quickFormula(text);
  const tokens = tokensOf(text);
  const grammar = grammarReading(tokens, statementsMax.value);
  if ("statements" in grammar) {
    expect(quick).toEqual({ statements: grammar.statements, start: 0, end: text.length });
    return true;
  }
  expect(quick).toBeUndefined();
  const stop = quickStop(text, 0, statementsMax.value);
  expect(stop).toEqual({ offset: tokens[grammar.index]?.startOffset ?? text.length, limit: grammar.limit });
  return false;
}

describe("the fast reader and the grammar's parser", () => {
  it("both accept every text that the grammar can generate, with equal trees", () => {
    fc.assert(
      fc.property(arbitraryFormulaLayout(), (text) => {
        expect(agree(text)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ["formulas with changed characters", arbitraryBrokenFormula],
    ["token soup", arbitraryTokenSoup],
    ["character soup", arbitraryCharacterSoup],
  ])("agree on %s", (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (text) => void agree(text)),
      { numRuns: 700 },
    );
  });

  it("meet accepted and refused texts among the broken ones, so that neither half of the comparison is empty", () => {
    const outcomes = fc.sample(arbitraryBrokenFormula, { numRuns: 200, seed: 1 }).map(agree);
    expect(new Set(outcomes)).toEqual(new Set([true, false]));
  });

  it("agree on numbers with and without fraction and exponent (1.8)", () => {
    for (const number of [
      "1",
      "1.5",
      ".5",
      "1.",
      "1e3",
      "1E+3",
      "1.e-3",
      ".5e1",
      "1e",
      "1e+",
      "1.5.5",
      "1..5",
      "..5",
      "0x1",
      "00017",
      "1e400",
      "5e-324",
      "1_000",
    ]) {
      agree(`a=${number}`);
      agree(number);
    }
  });

  it("agree on every single character, alone and behind a value", () => {
    for (let code = 0; code < 0x300; code++) {
      agree(String.fromCharCode(code));
      agree(`x ${String.fromCharCode(code)} y`);
    }
  });

  it("agree on formulas a few levels deep at every kind of nesting", () => {
    for (const [, text] of deepestFormulas) if (text.length > 4000 && /^[^(]*$/.test(text)) expect(agree(text)).toBe(true);
    for (const [open, close] of [
      ["(", ")"],
      ["f(", ")"],
      ["[", "]"],
      ["-", ""],
      ["1?", ":1"],
      ["1?1:", ""],
      ["1+(2*", ")"],
    ]) {
      for (const levels of [1, 2, 49, 50]) expect(agree(`${open.repeat(levels)}1${close.repeat(levels)}`)).toBe(true);
    }
  });
});
