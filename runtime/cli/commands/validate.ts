/**
 * `weir validate`: everything that is wrong with each formula, at once, each problem with its line and a caret: syntax errors, what is certain
 * to fail when it is reached, and advice (lint). A formula is valid if nothing is an error; advice fails only under `--max-warnings`.
 */
import type { Ticks } from "../../../src/base/time.ts";
import { check } from "../../../src/language/check/checker.ts";
import { checkIntact } from "../../../src/language/check/intact.ts";
import { lint, type LintOptions } from "../../../src/language/check/lint/index.ts";
import { byPlace, type Diagnostic } from "../../../src/language/diagnostics/diagnostic.ts";
import type { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { distinctPaths, STANDARD_INPUT, writeText } from "../files.ts";
import { fixed } from "../fixes.ts";
import { problemsText, readFormula, semanticsOf } from "../formulas.ts";
import { jsonDiagnostic } from "../jsonDiagnostic.ts";
import { counted, type Output } from "../output.ts";

interface ValidateOptions {
  readonly strict?: boolean;
  readonly lint: boolean;
  readonly fix?: boolean;
  readonly maxWarnings?: number;
  readonly poolSlots?: number;
  readonly samplePeriod?: Ticks;
  readonly sampleDelay?: Ticks;
}

/** What is known of one formula without running it. */
interface Judged {
  readonly source: Source;
  readonly diagnostics: readonly Diagnostic[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
}

/** Runs the command. A file that cannot be read does not keep the others from being judged; the command then ends with 2. */
export async function validate(paths: readonly string[], options: ValidateOptions, output: Output): Promise<ExitCode> {
  const distinct = distinctPaths(paths);
  if (options.fix === true && distinct.includes(STANDARD_INPUT))
    throw new UsageError("standard input (-) cannot be fixed in place", "validate");
  const files: Judged[] = [];
  let unreadable = 0;
  for (const path of distinct) {
    try {
      const source = await readFormula(path);
      files.push(options.fix === true ? fixFile(path, source, options, output) : judge(source, options));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unreadable++;
      output.problem(`weir: ${error.message}`);
    }
  }
  if (output.json) output.document({ files: files.map(jsonFile) });
  else print(files, output);
  const warnings = countOf(files, "warning");
  const tooMany = options.maxWarnings !== undefined && warnings > options.maxWarnings;
  if (tooMany) output.problem(`weir: ${counted(warnings, "warning")}, at most ${options.maxWarnings} allowed`);
  if (unreadable > 0) return exitCodes.usage;
  return tooMany || countOf(files, "error") > 0 ? exitCodes.wrong : exitCodes.done;
}

function judge(source: Source, options: ValidateOptions): Judged {
  const parsed = parse(source);
  const { formula } = parsed;
  const semantics = semanticsOf(options);
  if (formula === undefined) {
    const diagnostics = [...parsed.diagnostics, ...checkIntact(source, parsed.diagnostics, { semantics })].sort(byPlace);
    return { source, diagnostics, reads: [], writes: [], variables: new Map() };
  }
  const { diagnostics, reads, writes, variables } = check(formula, { semantics });
  const advice = options.lint ? lint(source, formula, { semantics, ...lintOptions(options), comments: parsed.comments }) : [];
  return { source, diagnostics: [...diagnostics, ...advice].sort(byPlace), reads, writes, variables };
}

function lintOptions(options: ValidateOptions): LintOptions {
  return {
    ...(options.poolSlots === undefined ? {} : { pool: { taskSlotsPerNode: options.poolSlots } }),
    ...(options.samplePeriod === undefined ? {} : { samplePeriod: options.samplePeriod }),
    ...(options.sampleDelay === undefined ? {} : { sampleDelay: options.sampleDelay }),
  };
}

function fixFile(path: string, source: Source, options: ValidateOptions, output: Output): Judged {
  const { titles, source: after } = fixed(source, (text) => judge(text, options).diagnostics);
  if (titles.length === 0) return judge(source, options);
  writeText(path, after.text);
  output.note(`${source.name}: ${counted(titles.length, "fix", "fixes")} made: ${titles.join("; ")}`);
  return judge(after, options);
}

function countOf(files: readonly Judged[], severity: Diagnostic["severity"]): number {
  return files.reduce((sum, file) => sum + file.diagnostics.filter((item) => item.severity === severity).length, 0);
}

function print(files: readonly Judged[], output: Output): void {
  for (const { source, diagnostics } of files) {
    const shown = output.quiet ? diagnostics.filter((item) => item.severity === "error") : diagnostics;
    if (shown.length > 0) output.line(`${problemsText(source, shown, output.paint)}\n`);
  }
  if (output.quiet || files.length === 0) return;
  const [errors, warnings, hints, fixes] = [
    countOf(files, "error"),
    countOf(files, "warning"),
    countOf(files, "hint"),
    fixesIn(files),
  ];
  const invalid = files.filter((file) => file.diagnostics.some((item) => item.severity === "error")).length;
  const verdict =
    invalid === 0
      ? output.paint("good", `${counted(files.length, "formula")} valid`)
      : output.paint(
          "error",
          `${files.length === 1 ? "formula" : `${invalid} of ${counted(files.length, "formula")}`} not valid`,
        );
  const parts = [
    errors > 0 && counted(errors, "error"),
    warnings > 0 && counted(warnings, "warning"),
    hints > 0 && counted(hints, "hint"),
  ].filter(Boolean);
  const fixable = fixes === 0 ? "" : ` (${fixes} can be fixed with --fix)`;
  output.line(`${verdict}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}${fixable}`);
}

function fixesIn(files: readonly Judged[]): number {
  return files.reduce((sum, file) => sum + file.diagnostics.filter((item) => item.fix !== undefined).length, 0);
}

function jsonFile({ source, diagnostics, reads, writes, variables }: Judged) {
  const types = Object.create(null) as Record<string, string>;
  for (const [name, type] of variables) types[name] = type;
  const valid = !diagnostics.some((item) => item.severity === "error");
  const items = diagnostics.map((item) => jsonDiagnostic(source, item));
  return {
    file: source.name === "standard input" ? STANDARD_INPUT : source.name,
    valid,
    diagnostics: items,
    reads,
    writes,
    variables: types,
  };
}
