/** Printing and formatting: text and tree in both directions, comments kept, nothing changed twice. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Expression, Formula } from "../../../src/language/ast.ts";
import { Source } from "../../../src/language/source.ts";
import { comments } from "../../../src/language/syntax/comments.ts";
import { FORMAT_WIDTH, format } from "../../../src/language/syntax/format.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { print } from "../../../src/language/syntax/print.ts";
import {
  arbitraryBrokenFormula,
  arbitraryFormulaLayout,
  arbitraryFormulaText,
  deepestFormulas,
} from "../../support/formulas.ts";

const read = (text: string): Formula => parse(new Source(text)).formula!;
const formatted = (text: string) => format(new Source(text)).text;

/** A tree without places; `groups: false` also without its parentheses. */
function shape(tree: unknown, groups = true): unknown {
  if (Array.isArray(tree)) return tree.map((item) => shape(item, groups));
  if (tree === null || typeof tree !== "object") return Object.is(tree, -0) ? "-0" : tree;
  if (!groups && (tree as Expression).kind === "group") return shape((tree as { inner: Expression }).inner, groups);
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([key]) => !["start", "end", "open", "at"].includes(key))
      .map(([key, value]) => [key, shape(value, groups)]),
  );
}

/** The same tree without any Group node, as a program might build it. */
function withoutGroups<T>(tree: T): T {
  if (Array.isArray(tree)) return tree.map(withoutGroups) as T;
  if (tree === null || typeof tree !== "object") return tree;
  if ((tree as unknown as Expression).kind === "group") return withoutGroups((tree as unknown as { inner: T }).inner);
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, withoutGroups(value)])) as T;
}

describe("print", () => {
  it("then parse is the identity on trees, places aside (2.16)", () => {
    fc.assert(
      fc.property(arbitraryFormulaText(), (text) => {
        const tree = read(text);
        expect(shape(read(print(tree)), false)).toEqual(shape(tree, false));
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the parentheses of the text", () => {
    expect(print(read("x=((1))+(a*b)"))).toBe("x = ((1)) + (a * b);");
  });

  it("adds the parentheses that a tree without groups needs (2.15, 2.16)", () => {
    fc.assert(
      fc.property(arbitraryFormulaText(), (text) => {
        const tree = withoutGroups(read(text));
        expect(shape(read(print(tree)), false)).toEqual(shape(tree, false));
      }),
      { numRuns: 300 },
    );
  });

  it("adds no parentheses that are not needed", () => {
    for (const text of ["a - b - c;", "a ? b : c ? d : e;", "-!x.y(1).z * 2 + 3 < 4 == 1 && 0 || [1, f()];"])
      expect(print(read(text))).toBe(text);
    expect(print(withoutGroups(read("a - (b - c); (a ? b : c) ? d : e; (-x).y; (a + b) * c; 5 .x")))).toBe(
      "a - (b - c);\n(a ? b : c) ? d : e;\n(-x).y;\n(a + b) * c;\n(5).x;",
    );
  });
});

describe("format", () => {
  it("keeps tree and comments and changes nothing the second time, whatever stands between the tokens", () => {
    fc.assert(
      fc.property(arbitraryFormulaLayout(), (text) => {
        const once = formatted(text);
        expect(shape(read(once))).toEqual(shape(read(text)));
        const texts = (of: string) => comments(new Source(of)).map((comment) => comment.text.trimEnd());
        expect(texts(once)).toEqual(texts(text));
        expect(formatted(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves a text with mistakes as it is and says why", () => {
    fc.assert(
      fc.property(arbitraryBrokenFormula, (text) => {
        const source = new Source(text);
        const result = format(source);
        if (parse(source).formula === undefined)
          expect(result).toEqual({ text: source.text, diagnostics: parse(source).diagnostics });
        else expect(result.diagnostics).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("puts one statement on a line, ended by ; and a line end, and keeps paragraphs one blank line apart", () => {
    expect(formatted("\n\n a=1;b =2 ;;\r\n\r\n\r\nc= max( 1,2 )\n\n\n")).toBe("a = 1;\nb = 2;\n\nc = max(1, 2);\n");
    expect(formatted("")).toBe("");
    expect(formatted(" ;\n; ")).toBe("");
  });

  it("keeps numbers and strings as written", () => {
    expect(formatted('a=1.50+.5e+03+1.;b="a  b"')).toBe('a = 1.50 + .5e+03 + 1.;\nb = "a  b";\n');
  });

  it("keeps comments where they belong: own line, behind a statement, inside an expression", () => {
    expect(formatted("// head\n\na=1 // one\n;\n // own\nb=max( // first\n1,// second\n2)// last")).toBe(
      "// head\n\na = 1; // one\n// own\nb = max( // first\n  1, // second\n  2\n); // last\n",
    );
  });

  it("cuts a long statement at its choice, then at operators and arguments, indented by two", () => {
    const long = "some_quite_long_name_of_a_variable";
    expect(formatted(`x=${long}<1?${long}:${long}+1`)).toBe(`x = ${long} < 1\n  ? ${long}\n  : ${long} + 1;\n`);
    expect(formatted(`x=${long}&&${long}&&${long}`)).toBe(`x = ${long}\n  && ${long}\n  && ${long};\n`);
    expect(formatted(`x=max(${long},${long},${long})`)).toBe(`x = max(\n  ${long},\n  ${long},\n  ${long}\n);\n`);
  });

  it("keeps a statement of exactly 100 columns on one line and cuts one of 101", () => {
    expect(FORMAT_WIDTH).toBe(100);
    const ofWidth = (width: number) => `x = ${"a".repeat(width - 9)} + b;`;
    expect(ofWidth(100)).toHaveLength(100);
    expect(formatted(ofWidth(100))).toBe(`${ofWidth(100)}\n`);
    expect(formatted(ofWidth(101))).toBe(`x = ${"a".repeat(92)}\n  + b;\n`);
  });

  it.each(deepestFormulas)("survives the deepest %s (8.18)", (_name, text) => {
    const once = formatted(text);
    expect(once.length).toBeLessThanOrEqual(8192);
    expect(formatted(once)).toBe(once);
    expect(print(read(once))).toBe(print(read(text)));
  });
});
