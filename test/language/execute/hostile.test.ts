/** Formulas as large and as strange as the limits allow: every tier compiles and runs them, quickly and without a stack overflow (rule 8.18). */
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/language/execute/compile.ts";
import type { Tier } from "../../../src/language/execute/program.ts";
import { runOnce } from "../../../src/language/execute/program.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { FakeEnvironment } from "./fakeEnvironment.ts";

const TIERS: readonly Tier[] = ["bytecode", "native", "code", "interpreter"];
const LONGEST = 8192;

/** As many copies of `piece` as fit. */
function filled(before: string, piece: string, after = ""): string {
  return before + piece.repeat(Math.floor((LONGEST - before.length - after.length) / piece.length)) + after;
}

function answers(text: string) {
  const { formula, diagnostics } = parse(new Source(text));
  expect(diagnostics).toEqual([]);
  return TIERS.flatMap((tier) =>
    [true, false].map((optimize) =>
      runOnce(compile(formula!, { tier, optimize }), new FakeEnvironment({ $PendingTasks: [{ minutes: 1, value: 3 }] })),
    ),
  );
}

const nested = (open: string, inner: string, close: string, levels = 256) => open.repeat(levels) + inner + close.repeat(levels);

describe("hostile sizes", () => {
  const cases: readonly [string, string, number][] = [
    ["a sum of constants, 4,000 operators long", filled("x = 1", "+1"), 4094],
    ["a sum of metrics, to the last character", filled("x=$PendingTasks", "+$PendingTasks"), 1755],
    ["a product with one variable over and over", filled("y=$PendingTasks;x=y", "*1"), 3],
    ["a chain of &&, 2,000 long", filled("y=$PendingTasks;x=y", "&&y"), 1],
    ["a chain of || with calls that can fail", filled("y=0;x=y", "||val([0],0)"), 0],
    ["one call with thousands of arguments", filled("x=max(1", ",$PendingTasks", ")"), 3],
    ["one sum of thousands of arguments", filled("x=sum(1", ",2", ")"), 8185],
    ["256 parentheses", `x = ${nested("(", "7", ")")}`, 7],
    ["256 unary operators", `x = ${"-".repeat(256)}7`, 7],
    ["256 calls inside each other", `x = ${nested("max(1,", "$PendingTasks", ")")}`, 3],
    ["256 conditionals inside each other", `x = ${nested("$PendingTasks>9?1:", "8", "")}`, 8],
    ["200 conditionals in the condition", `x = ${nested("(", "1", ">2?3:$PendingTasks)", 200)}`, 3],
    ["256 conditionals whose branches cannot be computed in advance", `x = ${nested("$PendingTasks>9?rand():", "8", "")}`, 8],
    ["256 vectors inside each other", `x = len(${nested("[1,", "2", "]")})`, 257],
    ["100 statements", `${Array.from({ length: 99 }, (_, i) => `v${i} = $PendingTasks + ${i}`).join(";")}; x = v98`, 101],
    [
      "names that objects have by themselves",
      "constructor = 1; __proto__ = 2; toString = 3; hasOwnProperty = 4; x = constructor + __proto__ + toString + hasOwnProperty",
      10,
    ],
    ["huge and tiny numbers", `x = ${"9".repeat(400)} > 1e308 && 1e-400 == 0 && 0.${"0".repeat(400)}1 == 0`, 1],
  ];
  for (const [title, text, wanted] of cases) {
    it(`${title}: the same answer in every tier`, () => {
      const outcomes = answers(text);
      for (const outcome of outcomes) {
        expect(outcome.failure).toBeUndefined();
        expect(outcome.variables.get("x")).toBe(wanted);
      }
      expect(outcomes).toHaveLength(8);
    });
  }

  it("variables named like members of Object.prototype are listed as themselves", () => {
    for (const outcome of answers("__proto__ = 2; constructor = 1")) {
      expect([...outcome.variables].sort()).toEqual([
        ["__proto__", 2],
        ["constructor", 1],
      ]);
    }
  });

  it("functions and members named like members of Object.prototype are undefined (rule 8.21)", () => {
    for (const text of ["constructor(1)", "x = time().constructor", "$PendingTasks.toString()", "__proto__(1)"]) {
      for (const outcome of answers(text)) expect(outcome.failure?.code).toBe("undefined-symbol");
    }
  });
});
