/**
 * `weir tune`: which constants a formula should have. Every choice runs over the scenario under several seeds; shown are the choices that no other
 * beats in both cost and wait, cheapest first, because which of them is best is for the user to say.
 */
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import {
  declaredRanges,
  formulaAt,
  readRange,
  type TunePoint,
  TuneProblem,
  type TuneRange,
  tunePoints,
} from "../../sim/index.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { inputName, STANDARD_INPUT, writeText } from "../files.ts";
import { problemsText, readFormula, shortNames } from "../formulas.ts";
import { counted, type Output } from "../output.ts";
import { lateBar } from "../progress.ts";
import { openScenario, readScenarioText } from "../scenarioFiles.ts";
import { isPriced } from "../simulationTable.ts";
import { constantsText, jsonTuning, type Search, tuningTable } from "../tuningTable.ts";
import { search, TuneRefused } from "../tuning.ts";

interface TuneFileOptions {
  readonly scenario: string;
  readonly param?: readonly string[];
  readonly seeds?: number;
  readonly jobs?: number;
  readonly write?: string;
  readonly html?: string;
}

const SEEDS = 3;
const SEED_END = 2 ** 32;

/** Runs the command. */
export async function tuneFile(path: string, options: TuneFileOptions, output: Output): Promise<ExitCode> {
  if (options.html === STANDARD_INPUT || options.write === STANDARD_INPUT)
    throw new UsageError("a report needs a file, formulas a directory, not -", "tune");
  const formula = await readFormula(path);
  const { diagnostics } = parse(formula);
  if (diagnostics.length > 0) {
    output.problem(problemsText(formula, diagnostics, output.paintError));
    return exitCodes.wrong;
  }
  const text = await readScenarioText(options.scenario);
  const reading = openScenario(text, undefined, output);
  if (!reading.ok) {
    output.problem(reading.problems.join("\n"));
    return reading.unreadable ? exitCodes.usage : exitCodes.wrong;
  }
  const planned = plan(formula, options.param ?? []);
  if (typeof planned === "string") {
    output.problem(planned);
    return exitCodes.wrong;
  }
  const { ranges, points } = planned;
  const seeds = Array.from({ length: options.seeds ?? SEEDS }, (_, i) => (reading.scenario.seed + i) % SEED_END);
  const jobs = options.jobs ?? availableParallelism();
  const runs = (points.length + 1) * seeds.length;
  output.note(
    `${counted(points.length, "point")} and the formula as it is, under ${counted(seeds.length, "seed")} each: ${counted(runs, "run")}`,
  );
  const bar = await lateBar("tune", runs, "runs", output);
  try {
    const tuning = await search({ scenario: text, formula: formula.text }, points, seeds, jobs, bar.update);
    bar.stop();
    const found: Search = {
      tuning,
      ranges,
      seeds,
      formula,
      scenario: inputName(options.scenario),
      priced: isPriced(reading.scenario),
    };
    const written = options.write === undefined ? undefined : writeFormulas(options.write, found);
    if (options.html !== undefined) {
      const { tuningPage } = await import("../report/tuning.ts");
      writeText(options.html, tuningPage(found));
    }
    if (output.json) output.document(jsonTuning(found));
    else print(found, written, options, output);
    return exitCodes.done;
  } catch (error) {
    if (!(error instanceof TuneRefused)) throw error;
    output.problem(`weir: ${error.message}`);
    return exitCodes.wrong;
  } finally {
    bar.stop();
  }
}

/** What is searched: what the options say goes before what the formula declares. In words when the formula is at fault. */
function plan(formula: Source, params: readonly string[]): { ranges: TuneRange[]; points: TunePoint[] } | string {
  const ranges = new Map<string, TuneRange>();
  for (const [i, line] of formula.text.split(/\r\n?|\n/).entries()) {
    try {
      for (const range of declaredRanges(line)) ranges.set(range.name, range);
    } catch (error) {
      if (error instanceof TuneProblem) return `${formula.name}:${i + 1}: error: ${error.message}`;
      throw error;
    }
  }
  try {
    for (const range of params.map(readRange)) ranges.set(range.name, range);
    if (ranges.size === 0)
      throw new UsageError(
        "nothing to search: write // tune: maxNodes 5..50 step 5 into the formula, or --param maxNodes=5..50/5",
        "tune",
      );
    const points = tunePoints([...ranges.values()]);
    formulaAt(formula.text, points[0]);
    return { ranges: [...ranges.values()], points };
  } catch (error) {
    if (error instanceof TuneProblem) throw new InputError(`${formula.name}: ${error.message}`);
    throw error;
  }
}

/** A file for each formula of the front, called by its constants; their paths. */
function writeFormulas(folder: string, { tuning, formula }: Search): string[] {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new InputError(`${folder}: cannot be made (${(error as NodeJS.ErrnoException).code})`);
  }
  const [name] = formula.name === "standard input" ? ["formula"] : shortNames([formula.name]);
  return tuning.front.map(({ point, formula: text }) => {
    const constants = Object.entries(point).map(([constant, value]) => `${constant}-${value}`);
    const path = join(folder, `${[name, ...constants].join(".")}.formula`);
    writeText(path, text);
    return path;
  });
}

function print(found: Search, written: readonly string[] | undefined, options: TuneFileOptions, output: Output): void {
  output.line(tuningTable(found, output));
  if (written === undefined && !output.quiet) {
    for (const { point, formula } of found.tuning.front)
      output.line(`\n${output.paint("title", `// ${constantsText(point)}`)}\n${formula.trimEnd()}`);
  }
  for (const file of written ?? []) output.note(`wrote ${file}`);
  if (options.html !== undefined) output.note(`wrote ${options.html}`);
}
