/** Every numbered rule of the language as golden cases, through every executor. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type AutoScaleRun, evaluate } from "../../src/autoscale/run.ts";
import { type RuleCase, readRuleCases } from "../support/rules.ts";

const folder = join(import.meta.dirname, "../golden/rules");

function judge(run: AutoScaleRun, expected: readonly string[]): void {
  const fails = expected.some((line) => line.startsWith("! "));
  const got = run.error === null ? [] : [`! ${run.error.code} ${run.error.values[0]?.value ?? ""}`];
  if (!fails) expect(got).toEqual([]);
  for (const line of expected) {
    if (line.startsWith("! ")) expect(got.join().slice(0, line.length)).toBe(line);
    else if (line.startsWith("message ")) expect(`message ${run.error?.message}`).toBe(line);
    else if (line.startsWith("results ")) expect(`results ${run.results}`).toBe(line);
    else expect(run.results.split(";")).toContain(line);
  }
}

const runs: [string, (ruleCase: RuleCase) => AutoScaleRun][] = [
  ["evaluate", (c) => evaluate(c.formula, { store: c.store, at: c.now, targets: c.targets, semantics: c.semantics })],
];

for (const { file, cases } of readRuleCases(folder)) {
  describe(file, () => {
    for (const ruleCase of cases) {
      it(ruleCase.title, () => {
        for (const [, run] of runs) judge(run(ruleCase), ruleCase.expected);
      });
    }
  });
}
