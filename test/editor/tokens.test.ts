/** The editor's scanner never gives up, and cuts as the grammar's lexer does wherever that one can read. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formulaLexer } from "../../grammar/tokens.ts";
import { isUnfinished, roleOf, statementsOf, tokenAt, tokensOf } from "../../src/editor/tokens.ts";
import { arbitraryCharacterSoup, arbitraryFormulaLayout, arbitraryTokenSoup, hostileTexts } from "../support/formulas.ts";

const cut = (text: string) =>
  tokensOf(text)
    .filter((token) => token.kind !== "comment")
    .map((token) => `${token.start}:${token.text}`);

describe("tokens", () => {
  it("cuts a formula in any layout as the grammar's lexer does (1.3 to 1.9, 1.15)", () => {
    fc.assert(
      fc.property(arbitraryFormulaLayout(), (text) => {
        const { tokens, errors } = formulaLexer().tokenize(text);
        fc.pre(errors.length === 0);
        expect(cut(text)).toEqual(tokens.map((token) => `${token.startOffset}:${token.image}`));
      }),
      { numRuns: 300 },
    );
  });

  it("covers any text with tokens in order, with only blanks between", () => {
    const covers = (text: string) => {
      let at = 0;
      let wrong = 0;
      for (const { start, end, text: piece } of tokensOf(text)) {
        if (!/^[ \t\v\f\r\n]*$/.test(text.slice(at, start)) || end <= start || text.slice(start, end) !== piece) wrong++;
        at = end;
      }
      return wrong === 0 && /^[ \t\v\f\r\n]*$/.test(text.slice(at));
    };
    fc.assert(fc.property(fc.oneof(arbitraryCharacterSoup, arbitraryTokenSoup), covers), { numRuns: 200 });
    for (const [name, text] of hostileTexts) expect(covers(text), name).toBe(true);
  });

  it("calls an open string and a foreign character illegal, and goes on behind it", () => {
    expect(tokensOf('x = "open ; y\n; “ 😀 z').map(({ kind, text }) => [kind, text])).toEqual([
      ["name", "x"],
      ["sign", "="],
      ["illegal", '"open ; y'],
      ["sign", ";"],
      ["illegal", "“"],
      ["illegal", "😀"],
      ["name", "z"],
    ]);
  });

  it("finds the statements of a broken text, with the name each assigns", () => {
    const statements = statementsOf(tokensOf("a = 1;; // c ; d\n(b; $c = ;\n"));
    expect(statements.map(({ start, end, closed, target }) => [start, end, closed, target?.text])).toEqual([
      [0, 5, 6, "a"],
      [17, 19, 20, undefined],
      [21, 25, 27, "$c"],
    ]);
  });

  it("tells functions, members and variables of one name apart (8.22)", () => {
    const tokens = tokensOf("max + max (1) + a.max + b.max()");
    expect(tokens.flatMap((token, i) => (token.text === "max" ? [roleOf(tokens, i)] : []))).toEqual([
      "variable",
      "function",
      "member",
      "member",
    ]);
  });

  it.each([
    [0, 0],
    [2, 0],
    [3, 0],
    [4, 1],
    [5, 2],
    [6, 2],
    [7, 2],
    [8, -1],
  ])("at offset %i of `abc +de` stands token %i", (offset, index) => {
    expect(tokenAt(tokensOf("abc +de"), offset)).toBe(index);
  });
});

describe("unfinished text", () => {
  it.each([
    "x =",
    "1 +",
    "max(1,",
    "[1",
    "a ? b",
    "a ? b :",
    "!",
    "(a ? b : c",
    "x.",
    "a ? (b ? 1 : 2)",
    "1 && // why",
    "x = 1; y =",
  ])("%s waits for more", (text) => {
    expect(isUnfinished(text)).toBe(true);
  });
  it.each([
    "",
    "x",
    "x = 1",
    "x = 1;",
    "(1)",
    "[1]",
    "a ? b : c",
    "// x =",
    "x = 1; // y =",
    "a ? b ;",
    "(1;",
    "1)",
    "(1]",
    "(1 ? 2)",
    "a : b",
    "“ +",
    '"open',
  ])("%s does not", (text) => {
    expect(isUnfinished(text)).toBe(false);
  });
});
