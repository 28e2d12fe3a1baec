/**
 * Branch coverage on formulas whose branches are counted by hand (rules 2.13, 2.14, 3.15).
 */
import { describe, expect, it } from "vitest";
import { runText } from "./inputs.ts";

const cases = (formula: string, ...values: readonly number[]) =>
  `formulaText: |\n  ${formula.replace(/\n/g, "\n  ")}\ndefaults: { at: 2026-01-05T09:00:00Z }\ncases:\n${values
    .map((value, i) => `  - { name: case ${i}, metrics: { $PendingTasks: ${value} }, expect: { error: none } }\n`)
    .join("")}`;

/** Taken and total of branches and statements, and what was missed as `line:column text: words`. */
async function covered(formula: string, ...values: readonly number[]) {
  const { results, formulas } = await runText(cases(formula, ...values));
  expect(results.every((result) => result.status === "passed")).toBe(true);
  const [coverage] = formulas.coverage();
  const { source, branches, reached } = coverage;
  const missed = coverage.missed().map(({ span, words }) => {
    const { line, column } = source.position(span.start);
    return `${line}:${column} ${source.text.slice(span.start, span.end)}: ${words}`;
  });
  return { branches: `${branches.taken}/${branches.total}`, statements: `${reached.taken}/${reached.total}`, missed };
}

describe("coverage", () => {
  const formula = "p = $PendingTasks;\nx = p > 2 && p < 8 || p == 20 ? (p > 5 ? 1 : 2) : 3;\n$TargetDedicatedNodes = x;";

  it("counts both ways of each conditional, && and ||", async () => {
    expect(await covered(formula, 1)).toEqual({
      branches: "3/8",
      statements: "3/3",
      missed: [
        "2:14 p < 8: the left side of && was never true: this was never looked at",
        "2:20 ||: the left side of || was never true",
        "2:34 p > 5 ? 1 : 2: the condition was never true",
      ],
    });
  });

  it("adds up over cases until nothing is missed", async () => {
    expect(await covered(formula, 1, 6)).toMatchObject({ branches: "7/8", missed: ["2:46 2: the condition was never false"] });
    expect(await covered(formula, 1, 6, 4)).toEqual({ branches: "8/8", statements: "3/3", missed: [] });
  });

  it("counts statements that stop() or a failure keeps from being reached", async () => {
    expect(await covered("a = 1; b = $PendingTasks > 5 ? 1 : 0;\nc = b ? stop() : 2;\nd = c ? 1 : 2;", 9)).toMatchObject({
      branches: "2/6",
      statements: "3/4",
      missed: [
        "1:36 0: the condition was never false",
        "2:18 2: the condition was never false",
        "3:1 d = c ? 1 : 2: never reached",
      ],
    });
  });

  it("of a formula without branches is whole, and of one that does not parse there is none", async () => {
    expect(await covered("x = 1;", 1)).toEqual({ branches: "0/0", statements: "1/1", missed: [] });
    const { formulas } = await runText(cases("x = (;", 1));
    expect(formulas.coverage()).toEqual([]);
  });

  it("walks a chain of thousands of operators (rule 8.18)", async () => {
    expect(await covered(`x = $PendingTasks${"||1".repeat(2600)};`, 0)).toMatchObject({ branches: "2600/5200" });
  });
});
