/**
 * `weir evaluate`: one evaluation, as the service's evaluate call would answer it, printed one variable a line in the service's order. A failed
 * run prints what the service would print, the unchanged targets, and says on stderr why, at which place.
 */
import { bind } from "../../../src/autoscale/bind.ts";
import { completedRun, refusedRun } from "../../../src/autoscale/run.ts";
import { check } from "../../../src/language/check/checker.ts";
import { interpret } from "../../../src/language/execute/interpreter.ts";
import { parse, serviceSyntaxError } from "../../../src/language/syntax/parse.ts";
import { failureDiagnostic, occasionOf, type RunOptions, SEED, targetsOf } from "../evaluation.ts";
import { type ExitCode, exitCodes, UsageError } from "../exitCodes.ts";
import { problemsText, readFormula, semanticsOf } from "../formulas.ts";
import type { Output } from "../output.ts";

/** Runs the command. */
export async function evaluateOnce(path: string | undefined, options: RunOptions, output: Output): Promise<ExitCode> {
  if (path === undefined) throw new UsageError("missing argument: a formula file, or --cases", "evaluate");
  const source = await readFormula(path);
  const { store, at } = await occasionOf(options, output);
  const targets = targetsOf(options);
  const { formula, diagnostics } = parse(source);
  if (formula === undefined) {
    if (output.json) output.document(refusedRun(at, targets, serviceSyntaxError(source, diagnostics)));
    else output.problem(problemsText(source, diagnostics, output.paintError));
    return exitCodes.wrong;
  }
  const semantics = semanticsOf(options);
  const outcome = interpret(formula, bind(store, { now: at, targets, seed: options.seed ?? SEED }), semantics);
  const run = completedRun(at, source, outcome);
  if (output.json) output.document(run);
  else printResults(run.results, output);
  if (outcome.failure === undefined) return exitCodes.done;
  if (!output.json) {
    const shown = failureDiagnostic(source, outcome.failure, check(formula, { semantics }).diagnostics);
    output.problem(
      `${problemsText(source, [shown], output.paintError)}\nThe evaluation failed (${run.error?.code}): the targets stay as they are.`,
    );
  }
  return exitCodes.evaluationFailed;
}

/** The results string, a variable a line; printed values hold neither `;` nor `=`. */
function printResults(results: string, output: Output): void {
  for (const line of results.split(";")) {
    const [name, value] = line.split("=");
    output.line(`${output.paint("name", name)}=${output.paint("value", value)}`);
  }
}
