/** Every numbered rule of the language as golden cases, through every executor. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bind } from "../../src/autoscale/bind.ts";
import { type AutoScaleRun, completedRun, evaluate } from "../../src/autoscale/run.ts";
import { type CompileOptions, compile } from "../../src/language/execute/compile.ts";
import { runOnce } from "../../src/language/execute/program.ts";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { type RuleCase, readRuleCases } from "../support/rules.ts";

const folder = join(import.meta.dirname, "../golden/rules");

function judge(run: AutoScaleRun, expected: readonly string[], executor: string): void {
  const fails = expected.some((line) => line.startsWith("! "));
  const got = run.error === null ? [] : [`! ${run.error.code} ${run.error.values[0]?.value ?? ""}`];
  if (!fails) expect(got, executor).toEqual([]);
  for (const line of expected) {
    if (line.startsWith("! ")) expect(got.join().slice(0, line.length), executor).toBe(line);
    else if (line.startsWith("message ")) expect(`message ${run.error?.message}`, executor).toBe(line);
    else if (line.startsWith("results ")) expect(`results ${run.results}`, executor).toBe(line);
    else expect(run.results.split(";"), executor).toContain(line);
  }
}

/** Runs a case on one executor; a text that does not parse never reaches any. */
function on(options: CompileOptions): (ruleCase: RuleCase) => AutoScaleRun {
  return (c) => {
    const source = new Source(c.formula);
    const { formula } = parse(source);
    if (formula === undefined) return evaluated(c);
    const program = compile(formula, { ...options, semantics: c.semantics });
    return completedRun(c.now, source, runOnce(program, bind(c.store, { now: c.now, targets: c.targets, seed: 1 })));
  };
}

const evaluated = (c: RuleCase) =>
  evaluate(c.formula, { store: c.store, at: c.now, targets: c.targets, semantics: c.semantics });

const runs: [string, (ruleCase: RuleCase) => AutoScaleRun][] = [
  ["evaluate", evaluated],
  ["the interpreter", on({ tier: "interpreter" })],
  ["the default tier", on({})],
  ["the default tier, not optimized", on({ optimize: false })],
  ["WebAssembly", on({ tier: "native" })],
  ["WebAssembly, not optimized", on({ tier: "native", optimize: false })],
  ["generated code", on({ tier: "code" })],
  ["generated code, not optimized", on({ tier: "code", optimize: false })],
];

for (const { file, cases } of readRuleCases(folder)) {
  describe(file, () => {
    for (const ruleCase of cases) {
      it(ruleCase.title, () => {
        for (const [executor, run] of runs) judge(run(ruleCase), ruleCase.expected, executor);
      });
    }
  });
}
