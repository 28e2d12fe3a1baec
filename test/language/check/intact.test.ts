/** All problems in one go: statements without a syntax error are checked beside those with one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkIntact } from "../../../src/language/check/intact.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { arbitraryBrokenFormula } from "../../support/formulas.ts";

function problems(text: string): string[] {
  const source = new Source(text);
  const { diagnostics } = parse(source);
  return checkIntact(source, diagnostics).map(
    (item) => `${source.position(item.start).line}:${source.position(item.start).column} ${item.message}`,
  );
}

describe("the intact statements of a broken formula", () => {
  it("are checked at their own places", () => {
    expect(problems("x = $foo;\ny = 1 +;\nz = $baz;")).toEqual(["1:5 Undefined symbol: $foo", "3:5 Undefined symbol: $baz"]);
  });
  it("may read what a broken statement assigns", () => {
    expect(problems("y = (1;\nz = y + q;")).toEqual(["2:9 Undefined symbol: q"]);
  });
  it("are told apart in spite of strings, comments and open strings", () => {
    expect(problems('a = "x;y"; // b; c\nd = ;\ne = $f;')).toEqual(["3:5 Undefined symbol: $f"]);
    // An open string takes the rest of its line, its semicolon too, so the next line belongs to the same statement.
    expect(problems('a = "x;\nb = $c;')).toEqual([]);
  });
  it("never throw and stay inside the text, whatever is broken", () => {
    fc.assert(
      fc.property(arbitraryBrokenFormula, (text) => {
        const source = new Source(text);
        for (const item of checkIntact(source, parse(source).diagnostics)) {
          expect(item.start >= 0 && item.end <= source.text.length && item.start <= item.end).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
