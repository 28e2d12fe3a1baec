/** Reading: what is refused, where, and that nothing a person or an attacker can write does more than be refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formulaLengthMax, nestingMax, statementsMax } from "../../../src/base/limits.ts";
import { showDiagnostic } from "../../../src/language/diagnostics/diagnostic.ts";
import { syntaxRows } from "../../../src/language/diagnostics/syntaxCodes.ts";
import { Source } from "../../../src/language/source.ts";
import { MISTAKES_MAX } from "../../../src/language/syntax/mistakes.ts";
import { parse, serviceSyntaxError } from "../../../src/language/syntax/parse.ts";
import { print } from "../../../src/language/syntax/print.ts";
import { quickStop } from "../../../src/language/syntax/quick.ts";
import { readCases } from "../../support/cases.ts";
import {
  arbitraryBrokenFormula,
  arbitraryCharacterSoup,
  arbitraryTokenSoup,
  deepestFormulas,
  hostileTexts,
} from "../../support/formulas.ts";

const parseText = (text: string) => parse(new Source(text));

/** What a case file shows of a text. */
function outcome(text: string): string {
  const source = new Source(text);
  const { formula, diagnostics } = parse(source);
  if (formula !== undefined) return `ok\n${print(formula)}`.trimEnd();
  const service = serviceSyntaxError(source, diagnostics)!;
  return [service.message || service.code, ...diagnostics.map((item) => showDiagnostic(source, item))]
    .join("\n")
    .replace(/[ \t]+$/gm, "");
}

for (const { file, cases } of readCases(new URL("../../golden/syntax", import.meta.url).pathname, outcome)) {
  describe(`golden ${file}`, () => {
    it.each(cases.map((item) => [item.title, item] as const))("%s", (_title, item) => {
      expect(item.expected).not.toBe("");
      expect(outcome(item.formula)).toBe(item.expected);
    });
  });
}

describe("every refused text", () => {
  it.each([
    ["formulas with changed characters", arbitraryBrokenFormula],
    ["token soup", arbitraryTokenSoup],
    ["character soup", arbitraryCharacterSoup],
  ])("among %s has problems inside the text, in order, the first where reading stops (8.19, 8.20)", (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (text) => {
        const source = new Source(text);
        const { formula, diagnostics } = parse(source);
        expect(formula === undefined).toBe(diagnostics.length > 0);
        expect(diagnostics.length).toBeLessThanOrEqual(MISTAKES_MAX);
        diagnostics.forEach((item, index) => {
          expect(item.start).toBeGreaterThanOrEqual(index === 0 ? 0 : diagnostics[index - 1].start);
          expect(item.end).toBeGreaterThanOrEqual(item.start);
          expect(item.end).toBeLessThanOrEqual(source.text.length);
          expect(showDiagnostic(source, item)).toContain(item.code);
        });
        if (formula === undefined) {
          expect(diagnostics[0].start).toBe(quickStop(source.text, 0, statementsMax.value)!.offset);
          expect(serviceSyntaxError(source, diagnostics)!.message).toMatch(/^Line \d+, Col \d+: Syntax error near '[\s\S]+'$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("after two signs in a row, touching or apart, is first reported where reading stops, the one place that the service names (8.19, 8.20)", () => {
    const pieces = [
      "",
      ..."+-*/<>=!&|?:;,.()[]{}#%^~'\"@$".split(""),
      "&&",
      "||",
      "==",
      "!=",
      "<=",
      ">=",
      "a",
      "1",
      '"s"',
      "and",
    ];
    const reported: string[] = [];
    const stopped: string[] = [];
    for (const before of ["x = ", "x = a", "x = a ? b", "x"])
      for (const one of pieces)
        for (const between of ["", " "])
          for (const two of pieces)
            for (const after of [";", " b;", "b : c;", "= b;"]) {
              const text = `${before}${one}${between}${two}${after}`;
              const source = new Source(text);
              const { formula, diagnostics } = parse(source);
              if (formula !== undefined) continue;
              const { offset } = quickStop(text, 0, statementsMax.value)!;
              reported.push(`${text} at ${diagnostics[0].start}`);
              stopped.push(`${text} at ${offset}`);
            }
    expect(reported.filter((item, i) => item !== stopped[i])).toEqual([]);
    expect(reported.length).toBeGreaterThan(30_000);
  });

  it.each(hostileTexts)("made of 8192 characters of %s is refused or read, never a crash (8.18)", (_name, text) => {
    const { formula, diagnostics } = parseText(text);
    expect(formula === undefined).toBe(diagnostics.length > 0);
    expect(diagnostics.length).toBeLessThanOrEqual(MISTAKES_MAX);
  });
});

describe("limits", () => {
  it("reads 8192 characters and refuses 8193, before anything else is judged (1.2, 8.13)", () => {
    expect(formulaLengthMax.value).toBe(8192);
    const longest = `x=1;${" ".repeat(8188)}`;
    expect(parseText(longest.slice(1)).formula).toBeUndefined();
    expect(parseText(longest).formula?.statements).toHaveLength(1);
    for (const text of [`${longest} `, "%".repeat(8193)]) {
      const source = new Source(text);
      const { formula, diagnostics } = parse(source);
      expect(formula).toBeUndefined();
      expect(diagnostics.map((item) => item.code)).toEqual(["too-long"]);
      expect(serviceSyntaxError(source, diagnostics)).toEqual({ code: "AutoScalingFormulaTooLong", message: "" });
    }
  });

  it("does not count a byte order mark at the start (1.3, 8.13)", () => {
    expect(parseText(`\ufeffx=1;${" ".repeat(8188)}`).formula).toBeDefined();
  });

  it("reads 100 statements and refuses the 101st at its first token, empty ones not counted (8.12)", () => {
    expect(parseText("a=1;;".repeat(statementsMax.value)).formula?.statements).toHaveLength(100);
    const source = new Source(`${"a=1;;".repeat(100)} b = %`);
    const { diagnostics } = parse(source);
    expect(diagnostics.map((item) => [item.code, item.start])).toEqual([["too-many-statements", 501]]);
    expect(serviceSyntaxError(source, diagnostics)?.message).toBe("Line 1, Col 502: Syntax error near 'b'");
  });

  it("reports at most twenty problems", () => {
    expect(MISTAKES_MAX).toBe(20);
    expect(parseText("a b;".repeat(21)).diagnostics).toHaveLength(20);
    expect(parseText("a b;".repeat(19)).diagnostics).toHaveLength(19);
  });

  it("reports a mistake before the 101st statement first, and counts on behind it (8.12, 8.19)", () => {
    const { diagnostics } = parseText(`${"a=1;".repeat(50)}b=;${"a=1;".repeat(50)}`);
    expect(diagnostics.map((item) => [item.code, item.start])).toEqual([
      ["missing-operand", 202],
      ["too-many-statements", 203 + 49 * 4],
    ]);
  });

  it.each(deepestFormulas)("reads the deepest %s and prints them back (8.18)", (_name, text) => {
    const { formula } = parseText(text);
    expect(formula).toBeDefined();
    expect(print(formula!).replace(/[ ;]/g, "")).toBe(text);
  });

  it.each([
    ["(", ")"],
    ["[", "]"],
    ["f(", ")"],
    ["!", ""],
    ["1?", ":1"],
    ["1?1:", ""],
    ["", ".y"],
  ])("reads 500 levels of %s…%s and refuses 501 (8.18)", (open, close) => {
    const nested = (levels: number) => `${open.repeat(levels)}x${close.repeat(levels)}`;
    expect(nestingMax.value).toBe(500);
    expect(parseText(nested(500)).formula).toBeDefined();
    expect(parseText(nested(501)).diagnostics.map((item) => item.code)).toEqual(["too-deep"]);
  });

  it("finds the one mistake in the middle of a deep formula where it is", () => {
    const text = `${"(".repeat(300)}1 % 2${")".repeat(300)}`;
    expect(parseText(text).diagnostics.map((item) => [item.code, item.start])).toEqual([["unknown-operator", 302]]);
  });
});

describe("every row of the syntax codes", () => {
  it.each(syntaxRows.filter((row) => row.example !== undefined))("$name comes first for its example", (row) => {
    const { diagnostics } = parseText(row.example!);
    expect(diagnostics[0].code).toBe(row.name);
    expect(diagnostics[0].message).not.toMatch(/undefined/);
    expect(diagnostics[0].hint ?? "").not.toMatch(/undefined/);
  });

  it("whose problem has a fix is gone, or another problem comes first, once the fix is made", () => {
    let fixes = 0;
    for (const { example } of syntaxRows) {
      const first = example === undefined ? undefined : parseText(example).diagnostics[0];
      if (first?.fix === undefined) continue;
      fixes++;
      let text = example!;
      for (const edit of [...first.fix.edits].reverse()) text = text.slice(0, edit.start) + edit.text + text.slice(edit.end);
      const after = parseText(text).diagnostics[0];
      expect(after === undefined || after.start > first.start || after.code !== first.code, text).toBe(true);
    }
    expect(fixes).toBeGreaterThan(4);
  });
});

describe("comments", () => {
  it("are found with their text, not in strings, in refused texts too (1.4, 1.9, 1.15)", () => {
    const text = 'x = "a // b"; // one\r// two  \n% //three "\n"open // no\n//';
    expect(parseText(text).comments.map((comment) => [comment.text, comment.start])).toEqual([
      [" one", 14],
      [" two  ", 21],
      ['three "', 32],
      ["", 54],
    ]);
  });
});

describe("what is no text", () => {
  it.each([5, null, undefined, {}, ["x = 1;"]])("is refused with what is wanted: %j", (given) => {
    const wanted = "parse wants the formula's text, or a Source made of it";
    expect(() => parse(given as unknown as string)).toThrow(new TypeError(wanted));
  });
});
