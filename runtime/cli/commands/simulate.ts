/**
 * `weir simulate`: a scenario in closed loop. Workload, pool and formula run in the real runtime on a virtual clock, so the figures are waiting times
 * and cost, not only targets; what the formula does changes what it reads next. Several formulas meet the same workload and the same seed.
 */
import { durationText, TICKS_PER_MS, type Ticks } from "../../../src/base/time.ts";
import type { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { type Scenario, type SimulationResult, SimulationProblem, simulate } from "../../sim/index.ts";
import { comparisonTable } from "../comparison.ts";
import { type ExitCode, exitCodes, UsageError } from "../exitCodes.ts";
import { distinctPaths, inputName, STANDARD_INPUT, writeText } from "../files.ts";
import { problemsText, readFormula, shortNames } from "../formulas.ts";
import { counted, type Output, visibleName } from "../output.ts";
import { lateBar } from "../progress.ts";
import { openScenario, readScenarioText } from "../scenarioFiles.ts";
import { drawings, type ScenarioRun, simulationFigures } from "../simulationTable.ts";
import { timelineCsv } from "../timelineCsv.ts";

interface SimulateFileOptions {
  readonly seed?: number;
  readonly until?: "drained" | Ticks;
  readonly compare?: readonly string[] | undefined;
  readonly html?: string;
  readonly csv?: string;
}

/** A formula that the scenario is run with; none for a pool of fixed size. */
interface Contender {
  readonly name: string;
  readonly file: string | null;
  readonly formula: Source | undefined;
}

const SCENARIO_NAME = /\.(ya?ml|json)$/i;

/**
 * Runs the command. A scenario or formula with problems is told with all of them, and nothing is run. `given` is undefined where `--compare` took
 * all names for itself: then the one of them that is a scenario by its ending is meant.
 */
export async function simulateFile(given: string | undefined, options: SimulateFileOptions, output: Output): Promise<ExitCode> {
  const meant = given === undefined ? sortedOut(options.compare ?? []) : { scenario: given, formulas: options.compare };
  if (meant === undefined) throw new UsageError("missing required argument 'scenario'", "simulate");
  const foreign = meant.formulas?.find((path) => SCENARIO_NAME.test(path));
  if (foreign !== undefined)
    throw new UsageError(`--compare takes formulas, not ${visibleName(foreign)}; one scenario at a time`, "simulate");
  return await simulateScenario(meant.scenario, { ...options, compare: meant.formulas }, output);
}

/** The scenario among names, if there is just one, and the formulas. */
function sortedOut(names: readonly string[]): { scenario: string; formulas: string[] | undefined } | undefined {
  const scenarios = names.filter((name) => SCENARIO_NAME.test(name));
  if (scenarios.length > 1)
    throw new UsageError(`one scenario at a time, not ${scenarios.map(visibleName).join(" and ")}`, "simulate");
  const formulas = names.filter((name) => !SCENARIO_NAME.test(name));
  return scenarios.length === 1 ? { scenario: scenarios[0], formulas: formulas.length > 0 ? formulas : undefined } : undefined;
}

async function simulateScenario(path: string, options: SimulateFileOptions, output: Output): Promise<ExitCode> {
  for (const file of [options.html, options.csv])
    if (file === STANDARD_INPUT) throw new UsageError("a report needs a file, not -", "simulate");
  const text = await readScenarioText(path);
  const reading = openScenario(text, options.seed, output);
  if (!reading.ok) {
    output.problem(reading.problems.join("\n"));
    return reading.unreadable ? exitCodes.usage : exitCodes.wrong;
  }
  const scenario = { ...reading.scenario, ...(options.until === undefined ? {} : { until: untilOf(options.until) }) };
  const own = ownContender(reading, path);
  const contenders = options.compare === undefined ? [own] : await contendersOf(options.compare, own, output);
  if (contenders === undefined) return exitCodes.wrong;
  const runs: ScenarioRun[] = [];
  for (const contender of contenders) {
    const its = contender.formula === own.formula ? scenario : withFormula(scenario, contender.formula!);
    const result = await run(its, contenders.length === 1 ? "simulate" : contender.name, output);
    if (typeof result === "string") {
      output.problem(`weir: ${inputName(path)}: ${result}`);
      return exitCodes.wrong;
    }
    runs.push({ ...contender, scenario: its, result });
  }
  if (options.csv !== undefined) writeText(options.csv, timelineCsv(runs));
  if (options.html !== undefined) {
    const { simulationPage } = await import("../report/simulation.ts");
    writeText(options.html, simulationPage(runs, { scenario: inputName(path), text: text.text }));
  }
  if (output.json) output.document(options.compare === undefined ? runs[0].result : jsonRuns(runs));
  else print(runs, options, output);
  return judged(runs, output);
}

/** A formula that failed each time has moved nothing: its figures would mislead whoever compares them, so this is said even with --quiet. */
function judged(runs: readonly ScenarioRun[], output: Output): ExitCode {
  const hopeless = runs.filter(({ result }) => result.evaluations > 0 && result.failedEvaluations === result.evaluations);
  for (const { name } of hopeless)
    output.problem(
      `${visibleName(name)}: every evaluation failed, so the figures say nothing of the formula; weir validate tells why`,
    );
  return hopeless.length > 0 ? exitCodes.evaluationFailed : exitCodes.done;
}

function untilOf(until: "drained" | Ticks): Scenario["until"] {
  return until === "drained" ? until : Number(until / TICKS_PER_MS);
}

/** The pool as the scenario has it. A formula without a file is called like the scenario. */
function ownContender(reading: { formula: Source | undefined; formulaFile: string | null }, path: string): Contender {
  const { formula, formulaFile: file } = reading;
  if (formula === undefined) return { name: "fixed size", file, formula };
  const name = file ?? (path === STANDARD_INPUT ? "scenario" : path.replace(/\.(ya?ml|json)$/i, ""));
  return { name: shortNames([name])[0], file, formula };
}

/** The formulas to compare; a single one is compared with what the scenario has. Undefined when one has mistakes, which were shown. */
async function contendersOf(paths: readonly string[], own: Contender, output: Output): Promise<Contender[] | undefined> {
  const distinct = distinctPaths(paths);
  if (distinct.length < paths.length) output.note("a formula that is named more than once is run once");
  const formulas: Source[] = [];
  for (const path of distinct) formulas.push(await readFormula(path));
  const broken = formulas.flatMap((formula) => {
    const { diagnostics } = parse(formula);
    return diagnostics.length === 0 ? [] : [problemsText(formula, diagnostics, output.paintError)];
  });
  if (broken.length > 0) {
    output.problem(broken.join("\n\n"));
    return undefined;
  }
  const names = shortNames(distinct);
  const given = formulas.map((formula, i): Contender => ({ name: names[i], file: distinct[i], formula }));
  return given.length === 1
    ? [{ ...own, name: own.name === given[0].name ? `${own.name} (scenario)` : own.name }, ...given]
    : given;
}

/** The scenario with another formula, also where it had none. */
function withFormula(scenario: Scenario, formula: Source): Scenario {
  return { ...scenario, pool: { ...scenario.pool, formula: formula.text } };
}

/** The result, or in words what the service would refuse about the scenario. */
async function run(scenario: Scenario, title: string, output: Output): Promise<SimulationResult | string> {
  const drained = scenario.until === "drained";
  const total = drained ? Math.max(1, scenario.workload.count) : 100;
  const bar = await lateBar(visibleName(title), total, drained ? "tasks" : "", output);
  try {
    return simulate(scenario, { onProgress: (ratio) => bar.update(Math.floor(ratio * total)) });
  } catch (error) {
    if (error instanceof SimulationProblem) return error.message;
    throw error;
  } finally {
    bar.stop();
  }
}

function jsonRuns(runs: readonly ScenarioRun[]) {
  return { runs: runs.map(({ name, file, result }) => ({ name, file, ...result })) };
}

function print(runs: readonly ScenarioRun[], options: SimulateFileOptions, output: Output): void {
  const [{ scenario }] = runs;
  const { workload, pool } = scenario;
  const until =
    scenario.until === "drained" ? "until all are done" : `for ${durationText(BigInt(scenario.until) * TICKS_PER_MS)}`;
  const slots = pool.taskSlotsPerNode === 1 ? "" : ` with ${counted(pool.taskSlotsPerNode, "slot")} a node`;
  output.note(`${counted(workload.count, "task")} on ${pool.vmSize}${slots}, ${until}, seed ${scenario.seed}`);
  if (!output.quiet) {
    for (const drawn of drawings(runs, output)) output.line(`\n${drawn}`);
    output.line("");
  }
  output.line(comparisonTable(runs, simulationFigures, output));
  for (const { name, result } of runs)
    for (const warning of result.warnings) {
      const about = runs.length === 1 ? "" : `${visibleName(name)}: `;
      output.note(`${output.paintError("warning", "warning")}: ${about}${warning}`);
    }
  for (const file of [options.html, options.csv]) if (file !== undefined) output.note(`wrote ${file}`);
}
