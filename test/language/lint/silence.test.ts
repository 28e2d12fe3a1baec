/**
 * Silencing comments: which line they speak of, and what is said about those that do nothing. And texts made to hurt.
 */
import { describe, expect, it } from "vitest";
import { lintText } from "./cases.ts";

const codes = (text: string) => lintText(text).map((item) => item.code);

describe("silencing comments", () => {
  it("a comment behind a statement speaks of its line only", () => {
    const text =
      "$TargetDedicatedNodes = min(9, $PendingTasks); // weir-ignore: metric-as-number, no-deallocation-option\nx = 1;";
    expect(codes(text)).toEqual(["unused-variable"]);
    expect(codes(`y = 1; // weir-ignore: unused-variable\nx = 1;\n$TargetDedicatedNodes = 1;`)).toEqual(["unused-variable"]);
  });

  it("a comment on a line of its own speaks of the next line, several of them of the line below all", () => {
    const text =
      "// weir-ignore: metric-as-number\n  // weir-ignore: no-deallocation-option\n$TargetDedicatedNodes = min(9, $PendingTasks);";
    expect(codes(text)).toEqual([]);
  });

  it("a comment for the formula speaks of every line, wherever it stands", () => {
    expect(codes("x = 1;\ny = 2;\n$TargetDedicatedNodes = 1;\n// weir-ignore-file: unused-variable")).toEqual([]);
  });

  it("a code that does not exist is reported with the nearest one, at its place", () => {
    const [item] = lintText("// weir-ignore-file: unused-variables\n$TargetDedicatedNodes = 1;");
    expect(item).toMatchObject({ code: "unknown-ignore", start: 21, end: 37, hint: "did you mean unused-variable?" });
  });

  it("each code that silences nothing is reported, the others of the same comment work", () => {
    const text = "x = 1; // weir-ignore: unused-variable, self-comparison\n$TargetDedicatedNodes = 1;";
    expect(lintText(text).map(({ code, start }) => [code, text.slice(start, start + 4)])).toEqual([["unused-ignore", "self"]]);
  });

  it("a silencer inside a string, or with other words before it, is none", () => {
    expect(codes('x = "// weir-ignore: unused-variable";\n$TargetDedicatedNodes = 1;')).toEqual(["unused-variable"]);
    expect(codes("x = 1; // do not weir-ignore: unused-variable\n$TargetDedicatedNodes = 1;")).toEqual(["unused-variable"]);
  });

  it("hints about silencers can be silenced for the formula", () => {
    expect(codes("// weir-ignore-file: unused-ignore\n// weir-ignore: self-comparison\n$TargetDedicatedNodes = 1;")).toEqual(
      [],
    );
  });
});

describe("hostile texts", () => {
  const deep = (open: string, inside: string, close: string, levels: number) =>
    open.repeat(levels) + inside + close.repeat(levels);
  const texts: [string, string][] = [
    [
      "names of Object.prototype",
      "constructor = 1; __proto__ = constructor; toString = hasOwnProperty.valueOf; x = time().constructor; __proto__();",
    ],
    [
      "huge numbers",
      "$TargetDedicatedNodes = 1e999 / 1e999 - 1e308 * 10; x = $PendingTasks.GetSample(1e300 * TimeInterval_Year, 1e999);",
    ],
    ["a long sum", `$TargetDedicatedNodes = ${"1+".repeat(4000)}1;`],
    ["a chain of members", `x = a${".b".repeat(490)};`],
    ["a long chain of conditions", `x = ${"a&&".repeat(2600)}a ? 1 : 2;`],
    [
      "deep parentheses, statement upon statement",
      Array.from({ length: 15 }, (_, i) => `a${i + 1} = ${deep("(", `a${i}`, ")", 240)}`).join(";"),
    ],
    [
      "deep unary operators, statement upon statement",
      Array.from({ length: 16 }, (_, i) => `a${i + 1} = ${"!".repeat(240)}a${i}`).join(";"),
    ],
    ["deep conditionals", `x = ${"$PendingTasks>1?2:".repeat(400)}3;`],
    [
      "deep calls",
      `$TargetDedicatedNodes = ${deep("max(0,", "$PendingTasks", ")", 240)} / ${deep("max(0,", "$PendingTasks", ")", 240)};`,
    ],
    ["doubling variables", Array.from({ length: 99 }, (_, i) => `a${i + 1} = a${i} + a${i}`).join(";")],
    [
      "doubling guards",
      `a0 = $PendingTasks.GetSamplePercent(TimeInterval_Hour) >= 70;${Array.from({ length: 90 }, (_, i) => `a${i + 1} = a${i} && a${i}`).join(";")}; x = a90 ? avg($PendingTasks.GetSample(TimeInterval_Hour)) : 0`,
    ],
    ["control characters in a text", 'x = time("\u0000\u001b[31m\u2028");'],
    ["a comment that is all codes", `// weir-ignore:${" x,".repeat(2000)}\nx = 1;`],
    ["nothing", ""],
    ["only semicolons and comments", ";;;// weir-ignore: x\n;"],
  ];

  it.each(texts)(
    "%s: an answer, in time",
    (_name, text) => {
      expect(text.length).toBeLessThanOrEqual(8192);
      expect(Array.isArray(lintText(text))).toBe(true);
    },
    2_000,
  );
});
