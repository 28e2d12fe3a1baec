/**
 * `weir test`: formula test files, for people and for CI. The exit code is 0 when every case is as expected (and covers enough), 1 when one is not or
 * a test file is wrong, 2 when something could not be read or run.
 */
import {
  type CaseResult,
  type FileReference,
  type FileResult,
  type FormulaCoverage,
  junitXml,
  type Mismatch,
  readTestFile,
  runTestFile,
  TestedFormulas,
} from "../../formulatest/index.ts";
import type { Source } from "../../../src/language/source.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { distinctPaths, inputName, STANDARD_INPUT, writeText } from "../files.ts";
import type { Output } from "../output.ts";
import { percentText, printCoverage, printFile, summaryText } from "../testReport.ts";
import { readReferences, readTestText, referencePath } from "../testFiles.ts";
import { runTestScenario } from "../testScenarios.ts";
import { runAtEveryChange, type WatchedRun } from "../watching.ts";

interface TestOptions {
  readonly junit?: string;
  readonly watch?: boolean;
  readonly coverage?: boolean;
  /** Percent, 0 to 100. */
  readonly minCoverage?: number;
}

/** Runs the command. */
export async function testFormulas(paths: readonly string[], options: TestOptions, output: Output): Promise<ExitCode> {
  if (options.junit === STANDARD_INPUT) throw new UsageError("a JUnit report needs a file, not -", "test");
  if (options.minCoverage !== undefined && options.minCoverage > 100)
    throw new UsageError("--min-coverage is a percentage: at most 100", "test");
  const distinct = distinctPaths(paths);
  if (options.watch !== true) return (await runOnce(distinct, options, output)).code;
  if (output.json) throw new UsageError("--watch prints many results, --json one document: choose one", "test");
  if (distinct.includes(STANDARD_INPUT)) throw new UsageError("standard input (-) cannot be watched", "test");
  return runAtEveryChange(distinct, () => runOnce(distinct, options, output), output);
}

async function runOnce(paths: readonly string[], options: TestOptions, output: Output): Promise<WatchedRun> {
  const formulas = new TestedFormulas();
  const files: FileResult[] = [];
  const read = new Set(paths);
  let unreadable = 0;
  for (const path of paths) {
    try {
      const result = await runFile(path, formulas, (named) => read.add(named));
      files.push(result);
      if (!output.json) printFile(result, output);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unreadable++;
      output.problem(`weir: ${error.message}`);
    }
  }
  const coverages = formulas.coverage();
  const wantsCoverage = options.coverage === true || options.minCoverage !== undefined;
  const below = options.minCoverage === undefined ? [] : belowMinimum(coverages, options.minCoverage);
  if (output.json) output.document(jsonReport(files, wantsCoverage ? coverages : undefined));
  else {
    if (!output.quiet && files.length > 0) output.line(`\n${summaryText(files, output.paint)}`);
    if (wantsCoverage) {
      if (!output.quiet) output.line("");
      printCoverage(coverages, output);
    }
  }
  for (const line of below) output.problem(`weir: ${line}`);
  if (options.junit !== undefined) {
    writeText(options.junit, junitXml(files));
    output.note(`wrote ${options.junit}`);
  }
  const has = (status: CaseResult["status"]) => files.some((file) => file.cases.some((one) => one.status === status));
  const wrong = has("failed") || below.length > 0 || files.some((file) => file.problems.length > 0);
  const code = unreadable > 0 || has("notRun") ? exitCodes.usage : wrong ? exitCodes.wrong : exitCodes.done;
  return { code, paths: [...read].filter((path) => path !== STANDARD_INPUT) };
}

/** Runs a test file; `noted` hears every file that it names. */
async function runFile(path: string, formulas: TestedFormulas, noted: (path: string) => void): Promise<FileResult> {
  const name = inputName(path);
  const reading = readTestFile(await readTestText(path), name);
  if (!reading.ok) return { name, cases: [], problems: reading.problems };
  const { references } = reading.file;
  for (const reference of references) noted(referencePath(path, reference));
  const texts = await readReferences(path, references);
  const inputs = {
    readFile: (reference: FileReference) => texts.get(referencePath(path, reference)) ?? { trouble: "was not read" },
    nameOf: (reference: FileReference) => inputName(referencePath(path, reference)),
    simulate: (scenario: string) => runTestScenario(referencePath(path, { path: scenario }), noted),
  };
  return { name, cases: await runTestFile(reading.file, inputs, formulas), problems: [] };
}

/** Each formula for itself: a thorough test of one says nothing of another. */
function belowMinimum(coverages: readonly FormulaCoverage[], least: number): string[] {
  return coverages.flatMap(({ source, branches, reached }) => {
    const low = [
      branches.percent < least && `${percentText(branches.percent)} of its branches`,
      reached.percent < least && `${percentText(reached.percent)} of its statements`,
    ].filter(Boolean);
    return low.length === 0 ? [] : [`${source.name}: the cases take ${low.join(" and ")}, at least ${least} % wanted`];
  });
}

function jsonReport(files: readonly FileResult[], coverages: readonly FormulaCoverage[] | undefined) {
  const cases = files.flatMap((file) => file.cases);
  const of = (status: CaseResult["status"]) => cases.filter((one) => one.status === status).length;
  return {
    summary: { cases: cases.length, passed: of("passed"), failed: of("failed"), notRun: of("notRun") },
    files: files.map(({ name, problems, cases: results }) => ({
      file: name === "standard input" ? STANDARD_INPUT : name,
      problems,
      cases: results.map(jsonCase),
    })),
    ...(coverages === undefined ? {} : { coverage: coverages.map(jsonCoverage) }),
  };
}

function jsonCase({ name, line, status, source, steps, problem }: CaseResult) {
  return {
    name,
    line,
    status,
    formula: source?.name ?? null,
    ...(problem === undefined ? {} : { problem }),
    steps: steps.map((step) => ({
      name: step.name ?? null,
      at: step.at ?? null,
      run: step.run ?? null,
      mismatches: step.mismatches.map((mismatch) => jsonMismatch(mismatch, source)),
    })),
  };
}

function jsonMismatch({ what, expected, actual, why, span }: Mismatch, source: Source | undefined) {
  const place = span === undefined || source === undefined ? null : source.position(span.start);
  return { what, expected, actual, why: why ?? null, ...(place === null ? {} : { line: place.line, column: place.column }) };
}

function jsonCoverage(coverage: FormulaCoverage) {
  const { source, branches, reached } = coverage;
  return {
    formula: source.name,
    branches,
    statements: reached,
    missed: coverage.missed().map(({ kind, words, span }) => {
      const from = source.position(span.start);
      const to = source.position(span.end);
      return { kind, message: words, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
    }),
  };
}
