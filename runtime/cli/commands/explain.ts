/** `weir explain`. */
import { explain } from "../../../src/autoscale/explain.ts";
import { occasionOf, type RunOptions, SEED, targetsOf } from "../evaluation.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { readFormula, semanticsOf } from "../formulas.ts";
import type { Output } from "../output.ts";

/** Runs the command. */
export async function explainOnce(path: string, options: RunOptions, output: Output): Promise<ExitCode> {
  const source = await readFormula(path);
  const { store, at } = await occasionOf(options, output);
  const explanation = explain(source.text, {
    store,
    at,
    targets: targetsOf(options),
    seed: options.seed ?? SEED,
    semantics: semanticsOf(options),
  });
  if (output.json) output.document(explanation);
  else output.document(explanation);
  return exitCodes.done;
}
