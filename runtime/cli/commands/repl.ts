/**
 * `weir repl`: hands the terminal to an interactive session, with what the command line says of samples, time and pool.
 */
import { homedir } from "node:os";
import { historyFileFrom, startRepl } from "../../repl/index.ts";
import { type RunOptions, SEED } from "../evaluation.ts";
import { type ExitCode, UsageError } from "../exitCodes.ts";
import { STANDARD_INPUT } from "../files.ts";
import { semanticsOf } from "../formulas.ts";
import type { Output } from "../output.ts";

/** Runs the command; the session's own exit code. */
export async function repl(file: string | undefined, options: RunOptions, output: Output): Promise<ExitCode> {
  if (file === STANDARD_INPUT || options.metrics === STANDARD_INPUT)
    throw new UsageError("standard input (-) is where the session's lines come from", "repl");
  if (output.json) throw new UsageError("a session has no --json", "repl");
  const { at, targetDedicated, targetLowPriority, samplePeriod, sampleDelay, map } = options;
  const code = await startRepl({
    input: process.stdin,
    output: process.stdout,
    errorOutput: process.stderr,
    color: output.color,
    historyFile: historyFileFrom(process.env, homedir()),
    formulaFile: file,
    metricsFile: options.metrics,
    at,
    targetDedicated,
    targetLowPriority,
    samplePeriod,
    sampleDelay,
    map,
    seed: options.seed ?? SEED,
    semantics: semanticsOf(options),
  });
  return code as ExitCode;
}
