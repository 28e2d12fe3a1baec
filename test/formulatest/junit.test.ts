/**
 * JUnit XML that every reader takes: well formed whatever names and messages hold, with counts that add up.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CaseResult, type FileResult, junitXml } from "../../runtime/formulatest/index.ts";
import { Source } from "../../src/language/source.ts";
import { readXml } from "./xml.ts";

const mismatch = {
  what: "$TargetDedicatedNodes",
  expected: "5",
  actual: "4",
  why: "because a < b && c > d",
  span: { start: 0, end: 2 },
};
const base = { line: 3, source: new Source("x = 1;", "a & b.formula"), problem: undefined };
const passed = (name: string): CaseResult => ({ ...base, name, status: "passed", steps: [] });
const failed = (name: string, actual = "4"): CaseResult => ({
  ...base,
  name,
  status: "failed",
  steps: [{ name: undefined, at: undefined, run: undefined, mismatches: [{ ...mismatch, actual }] }],
});
const notRun = (name: string): CaseResult => ({
  ...base,
  name,
  status: "notRun",
  steps: [],
  problem: { line: 2, column: 1, message: "no such file", remedy: undefined },
});

describe("the checker of this test", () => {
  it("refuses what is not well formed", () => {
    const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
    expect(readXml(`${head}<a b="&lt;&#10;"><c/>t&amp;</a>\n`)).toEqual({
      name: "a",
      attributes: { b: "<\n" },
      children: [{ name: "c", attributes: {}, children: [], text: "" }],
      text: "t&",
    });
    for (const bad of [
      "<a>",
      "<a></b>",
      "<a/><b/>",
      "<a>&</a>",
      "<a>&nbsp;</a>",
      '<a b="<"/>',
      '<a b="1" b="2"/>',
      "<a>]]></a>",
      "<a>\u0001</a>",
      "<a>\ud800</a>",
      "x<a/>",
      "",
    ])
      expect(() => readXml(head + bad), bad).toThrow();
  });
});

describe("the report", () => {
  const files: FileResult[] = [
    { name: "a.yaml", cases: [passed("fine"), failed("wrong"), notRun("lost")], problems: [] },
    { name: "b.yaml", cases: [], problems: [{ line: 7, column: 2, message: "misspelt", remedy: "mend it" }] },
  ];

  it("has a suite a file and a test case a case, with counts that add up", () => {
    const root = readXml(junitXml(files));
    expect(root.attributes).toEqual({ name: "weir test", tests: "4", failures: "1", errors: "2" });
    expect(root.children.map((suite) => [suite.attributes.name, suite.attributes.tests, suite.children.length])).toEqual([
      ["a.yaml", "3", 3],
      ["b.yaml", "1", 1],
    ]);
    expect(root.children[0].children.map((one) => one.children.map((child) => child.name))).toEqual([
      [],
      ["failure"],
      ["error"],
    ]);
  });

  it("says expected, actual, why and where", () => {
    const failure = readXml(junitXml(files)).children[0].children[1].children[0];
    expect(failure.attributes.message).toBe("$TargetDedicatedNodes: expected 5, got 4");
    expect(failure.text).toBe("$TargetDedicatedNodes: expected 5, got 4\n  because a < b && c > d\n  at a & b.formula:1:1");
  });

  it("counts a file with problems as an error, so that no reader takes it for a success", () => {
    expect(readXml(junitXml(files)).children[1].children[0].children[0]).toMatchObject({
      name: "error",
      text: "b.yaml:7:2: error: misspelt (mend it)",
    });
  });

  it("is well formed, and gives names back, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (name, text) => {
        const root = readXml(junitXml([{ name, cases: [passed(name), failed(name, text)], problems: [] }]));
        const shown = name
          .replace(/\p{Surrogate}/gu, "\ufffd")
          .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
        expect(root.children[0].children[0].attributes.name).toBe(shown);
      }),
      { numRuns: 200 },
    );
  });
});
