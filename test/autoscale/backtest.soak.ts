/** The back-test's columns against single evaluations, longer: more generated formulas, and histories of many blocks. */
import fc from "fast-check";
import { describe, it } from "vitest";
import { expectSameAsSingleSteps, expectSameOverLongHistory, longFormulas } from "./singleSteps.ts";
import { arbitraryFormula, arbitraryWorld } from "./worlds.ts";

describe("columns and single steps, longer", () => {
  it("give the same targets and failures for generated formulas over generated histories", () => {
    const property = fc.property(arbitraryWorld, arbitraryFormula, (world, formula) => {
      fc.pre(!formula.includes("rand()")); // a loop of evaluations starts the stream anew each time
      expectSameAsSingleSteps(world, formula, 400);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it.each(longFormulas)("give the same over a long history: %s", (_name, text) => {
    expectSameOverLongHistory(text, 6000);
  });
});
