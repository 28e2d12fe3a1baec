/**
 * `weir evaluate --cases`: a case a line in, a result a line out, in order, as they come, so that it can stand in a pipe. A run that fails is an
 * answer and not a failure of the command; a line that is no case is, and ends it with 2 once all lines are done.
 */
import { TICKS_PER_MS } from "../../../src/base/time.ts";
import { CaseRunner } from "../cases.ts";
import { type RunOptions, SEED, targetsOf } from "../evaluation.ts";
import { type ExitCode, exitCodes, InputError } from "../exitCodes.ts";
import { readFormula, semanticsOf } from "../formulas.ts";
import { lineBatches } from "../lines.ts";
import { emptyHistory, readHistory, storeOptions } from "../metricsFile.ts";
import { counted, type Output } from "../output.ts";

/** Characters of results that are written at once. */
const WRITE_LENGTH = 1 << 16;

/** Runs the command; `path` is the formula of cases that give none. */
export async function evaluateCases(
  path: string | undefined,
  options: RunOptions & { readonly cases: string },
  output: Output,
): Promise<ExitCode> {
  const runner = new CaseRunner({
    formula: path === undefined ? undefined : (await readFormula(path)).text,
    store: options.metrics === undefined ? emptyHistory(options) : await readHistory(options.metrics, options, output),
    at: options.at,
    present: BigInt(Date.now()) * TICKS_PER_MS,
    targets: targetsOf(options),
    seed: options.seed ?? SEED,
    semantics: semanticsOf(options),
    samples: storeOptions(options),
  });
  let line = 0;
  let cases = 0;
  let results = "";
  for await (const batch of lineBatches(options.cases)) {
    for (const text of batch) {
      line++;
      if (text === "" || text.trim() === "") continue;
      cases++;
      results += `${runner.result(text, line)}\n`;
      if (results.length < WRITE_LENGTH) continue;
      await written(results);
      results = "";
    }
    // What came in together goes out together: an interactive peer must not wait for a full buffer.
    if (results !== "") await written(results);
    results = "";
  }
  if (cases === 0) throw new InputError(`${options.cases}: holds no cases; write one JSON object a line`);
  if (runner.unusable === 0) return exitCodes.done;
  output.problem(
    `weir: ${counted(runner.unusable, "line")} of ${cases.toLocaleString("en-US")} could not be used; see their "error"`,
  );
  return exitCodes.usage;
}

/** Writes to stdout and waits while whoever reads it is slower than we are. */
function written(text: string): Promise<void> | undefined {
  if (process.stdout.write(text)) return undefined;
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}
