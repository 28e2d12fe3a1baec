/**
 * `weir explain`: one evaluation with everything that happened in it. The exit code is that of `evaluate`; a formula that does not parse has
 * nothing to explain but its problems.
 */
import { explain } from "../../../src/autoscale/explain.ts";
import { type ExplanationRole, explanationText } from "../../../src/autoscale/explanationText.ts";
import { instantTextExact } from "../../../src/base/time.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { occasionOf, type RunOptions, SEED, targetsOf } from "../evaluation.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { problemsText, readFormula, semanticsOf } from "../formulas.ts";
import type { Output, Role } from "../output.ts";

/** How the command shows the roles of an explanation; undefined is plain. */
const roles: Readonly<Record<ExplanationRole, Role | undefined>> = {
  gutter: "gutter",
  source: "title",
  value: "value",
  expression: undefined,
  branch: "taken",
  skipped: "notTaken",
  samples: "quiet",
  missing: "warning",
  failure: "error",
  heading: "title",
  why: "title",
};

/** Runs the command. */
export async function explainOnce(path: string, options: RunOptions, output: Output): Promise<ExitCode> {
  const source = await readFormula(path);
  const { store, at } = await occasionOf(options, output);
  const targets = targetsOf(options);
  const { formula, diagnostics } = parse(source);
  const isWrong = formula === undefined;
  if (isWrong && !output.json) {
    output.problem(problemsText(source, diagnostics, output.paintError));
    return exitCodes.wrong;
  }
  const explanation = explain(source.text, { store, at, targets, seed: options.seed ?? SEED, semantics: semanticsOf(options) });
  if (output.json) output.document(explanation);
  else {
    output.note(
      `${source.name} at ${instantTextExact(at)}, the pool has ${targets.dedicated} dedicated and ${targets.lowPriority} low-priority nodes`,
    );
    output.line(explanationText(explanation, (role, text) => paintAs(roles[role], text, output)));
  }
  if (isWrong) return exitCodes.wrong;
  return explanation.run.error === null ? exitCodes.done : exitCodes.evaluationFailed;
}

function paintAs(role: Role | undefined, text: string, output: Output): string {
  return role === undefined ? text : output.paint(role, text);
}
