/**
 * `weir backtest`: formulas over one recorded history, compared. Open loop: what a formula answers does not change what was recorded, so the
 * figures compare formulas with each other and with the demand; they do not foretell waiting times.
 */
import { type Backtest, type BacktestSession, instantOfStep, startBacktest } from "../../../src/autoscale/backtest.ts";
import { durationText, instantTextExact, type Ticks } from "../../../src/base/time.ts";
import type { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import type { MetricStore } from "../../../src/metrics/index.ts";
import { failedCount, failureLines, figures } from "../backtestTable.ts";
import { comparisonTable } from "../comparison.ts";
import { type RunOptions, SEED, targetsOf } from "../evaluation.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { distinctPaths, STANDARD_INPUT, writeText } from "../files.ts";
import { problemsText, readFormula, semanticsOf, shortNames } from "../formulas.ts";
import { readHistory } from "../metricsFile.ts";
import { counted, type Output, visibleName } from "../output.ts";
import { drawing } from "../plot.ts";
import { inPieces } from "../progress.ts";
import { stepsCsv } from "../stepsCsv.ts";

interface BacktestFileOptions extends RunOptions {
  readonly metrics: string;
  readonly from?: Ticks;
  readonly to?: Ticks;
  readonly interval?: Ticks;
  readonly html?: string;
  readonly csv?: string;
}

/** Formulas drawn in the terminal; more would push the table out of sight. */
const DRAWINGS_MAX = 4;

/** Runs the command. Formulas that do not parse are all shown, and nothing is run; one that never had a result makes the code 3. */
export async function backtestFiles(paths: readonly string[], options: BacktestFileOptions, output: Output): Promise<ExitCode> {
  for (const file of [options.html, options.csv])
    if (file === STANDARD_INPUT) throw new UsageError("a report needs a file, not -", "backtest");
  const distinct = distinctPaths(paths);
  const again = paths.find((path, i) => path !== distinct[i]);
  if (again !== undefined)
    throw new UsageError(
      `${visibleName(again)} is a formula that is named already; name each once, or a copy of it`,
      "backtest",
    );
  const sources: Source[] = [];
  for (const path of distinct) sources.push(await readFormula(path));
  const broken = sources.flatMap((source) => {
    const { diagnostics } = parse(source);
    return diagnostics.length === 0 ? [] : [problemsText(source, diagnostics, output.paintError)];
  });
  if (broken.length > 0) {
    output.problem(broken.join("\n\n"));
    return exitCodes.wrong;
  }
  const store = await readHistory(options.metrics, options, output);
  const names = shortNames(distinct);
  const formulas = sources.map((source, i) => ({ name: names[i], formula: source.text }));
  const session = started(store, formulas, options);
  await inPieces(session, output);
  const result = session.result();
  if (options.csv !== undefined) writeText(options.csv, stepsCsv(result));
  if (options.html !== undefined) {
    const { reportPage } = await import("../report/report.ts");
    writeText(options.html, reportPage(result, { metrics: options.metrics, formulas }));
  }
  if (output.json) output.document(jsonBacktest(result, distinct));
  else print(result, options, output);
  const hopeless = result.formulas.filter((formula) => failedCount(formula) === result.timeline.steps);
  for (const { name } of hopeless)
    output.problem(
      `${visibleName(name)}: every evaluation failed, so the targets are the pool's own and its figures say nothing of the formula`,
    );
  return hopeless.length > 0 ? exitCodes.evaluationFailed : exitCodes.done;
}

function started(
  store: MetricStore,
  formulas: readonly { name: string; formula: string }[],
  options: BacktestFileOptions,
): BacktestSession {
  const { from, to, interval, seed } = options;
  try {
    return startBacktest({
      store,
      formulas,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(interval === undefined ? {} : { interval }),
      initialTargets: targetsOf(options),
      seed: seed ?? SEED,
      semantics: semanticsOf(options),
    });
  } catch (error) {
    // Ranges that make no sense together are found only with the history at hand.
    if (error instanceof RangeError) throw new InputError(error.message.replace(/^(from|to|interval):/, "--$1:"));
    throw error;
  }
}

function print(result: Backtest, options: BacktestFileOptions, output: Output): void {
  const { timeline, formulas, demand } = result;
  const from = instantOfStep(timeline, 0);
  const to = instantOfStep(timeline, timeline.steps - 1);
  const every = durationText(BigInt(timeline.interval));
  output.note(
    `${counted(timeline.steps, "evaluation")} of ${counted(formulas.length, "formula")}, every ${every} from ${instantTextExact(from)} to ${instantTextExact(to)}`,
  );
  if (demand === undefined)
    output.note("the history has neither $PendingTasks nor $RunningTasks: there is no demand to compare with");
  else output.note(`demand: nodes that ${demand.metric} would keep busy`);
  const totals = formulas.map(({ targetDedicated, targetLowPriority }) =>
    // Each kind fits into 31 bits, their sum does not.
    Float64Array.from(targetDedicated, (value, step) => value + targetLowPriority[step]),
  );
  const top = scaleTop(totals, demand?.nodes);
  if (!output.quiet && timeline.steps > 1) {
    formulas.slice(0, DRAWINGS_MAX).forEach((formula, i) => {
      const title = `${formula.name}: target nodes${demand === undefined ? "" : " over demand (░)"}`;
      output.line(
        `\n${drawing({ title, line: totals[i], area: demand?.nodes, top, width: output.width, rows: 12, from, to }, output.paint)}`,
      );
    });
    if (formulas.length > DRAWINGS_MAX) output.note(`(${formulas.length - DRAWINGS_MAX} more not drawn)`);
    output.line("");
  }
  output.line(comparisonTable(formulas, figures, output));
  for (const line of failureLines(result, output)) output.line(line);
  for (const file of [options.html, options.csv]) if (file !== undefined) output.note(`wrote ${file}`);
}

/** The largest target with some room above it; the demand's peaks may be far beyond and must not flatten everything else. */
function scaleTop(totals: readonly Float64Array[], demand: Float64Array | undefined): number {
  const most = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);
  const target = Math.max(1, ...totals.map(most));
  return demand === undefined ? target : Math.max(target, Math.min(most(demand), target * 1.5));
}

function jsonBacktest(result: Backtest, paths: readonly string[]) {
  const { timeline, initialTargets, demand, formulas } = result;
  return {
    from: instantTextExact(instantOfStep(timeline, 0)),
    to: instantTextExact(instantOfStep(timeline, timeline.steps - 1)),
    interval: durationText(BigInt(timeline.interval)),
    steps: timeline.steps,
    initialTargets,
    demand: demand === undefined ? null : { metric: demand.metric },
    formulas: formulas.map(({ targetDedicated: _d, targetLowPriority: _l, failed: _f, ...figures }, i) => ({
      file: paths[i],
      ...figures,
    })),
  };
}
