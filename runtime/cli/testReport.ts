/**
 * Results of formula tests for people: a line a case, beneath a failed one what was expected, what came, why, and the place in the formula; at the
 * end what the formulas have that no case took.
 */
import { type Diagnostic, showDiagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import type { Source, Span } from "../../src/language/source.ts";
import {
  type CaseResult,
  type FileResult,
  type FormulaCoverage,
  type Mismatch,
  type Share,
  testProblemText,
} from "../formulatest/index.ts";
import { counted, type Output, type PaintText, visibleText } from "./output.ts";

/** One test file. With `--quiet` only what went wrong. */
export function printFile(file: FileResult, output: Output): void {
  const { paint } = output;
  for (const problem of file.problems)
    output.line(testProblemText(file.name, problem).replace(/error:/, paint("error", "error:")));
  const shown = output.quiet ? file.cases.filter((one) => one.status !== "passed") : file.cases;
  if (shown.length > 0) output.line(paint("title", file.name));
  for (const one of shown) output.line(caseText(one, file.name, paint));
}

function caseText(one: CaseResult, file: string, paint: PaintText): string {
  const name = visibleText(one.name);
  if (one.status === "passed") return `  ${paint("good", "✓")} ${name}`;
  const lines = [`  ${paint("error", "✗")} ${name} ${paint("quiet", `(line ${one.line})`)}`];
  if (one.problem !== undefined) lines.push(`      not run: ${testProblemText(file, one.problem)}`);
  for (const step of one.steps) {
    if (step.mismatches.length === 0) continue;
    if (step.name !== undefined) lines.push(`      ${paint("title", visibleText(step.name))}, ${step.at}`);
    for (const mismatch of step.mismatches) lines.push(...mismatchLines(mismatch, one.source, paint));
  }
  return lines.join("\n");
}

function mismatchLines(
  { what, expected, actual, why, span }: Mismatch,
  source: Source | undefined,
  paint: PaintText,
): string[] {
  const lines = [
    `      ${visibleText(what)}: expected ${paint("good", visibleText(expected))}, got ${paint("error", visibleText(actual))}`,
  ];
  if (why !== undefined) lines.push(`        ${paint("hint", visibleText(why))}`);
  if (span !== undefined && source !== undefined) {
    const { line, column } = source.position(span.start);
    lines.push(
      `        ${paint("place", `${source.name}:${line}:${column}`)}`,
      ...placeLines(source, span, paint).map((text) => `      ${text}`),
    );
  }
  return lines;
}

/** The line of the formula with a caret below. */
function placeLines(source: Source, { start, end }: Span, paint: PaintText): string[] {
  return showDiagnostic(source, marked(start, end, ""), paint)
    .split("\n")
    .slice(1, 3);
}

function marked(start: number, end: number, message: string): Diagnostic {
  return { code: "not-covered", severity: "warning", phase: "lint", message, hint: undefined, fix: undefined, start, end };
}

/** `12 cases in 2 files: 11 passed, 1 failed`. */
export function summaryText(files: readonly FileResult[], paint: PaintText): string {
  const cases = files.flatMap((file) => file.cases);
  const of = (status: CaseResult["status"]) => cases.filter((one) => one.status === status).length;
  const broken = files.filter((file) => file.problems.length > 0).length;
  const parts = [
    of("passed") > 0 && paint("good", `${of("passed")} passed`),
    of("failed") > 0 && paint("error", `${of("failed")} failed`),
    of("notRun") > 0 && paint("error", `${of("notRun")} not run`),
    broken > 0 && paint("error", `${counted(broken, "test file")} with problems, not run`),
  ].filter(Boolean);
  return `${counted(cases.length, "case")} in ${counted(files.length, "file")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`;
}

/** What the cases took of each formula, and every branch and statement that none took. */
export function printCoverage(coverages: readonly FormulaCoverage[], output: Output): void {
  const { paint } = output;
  if (coverages.length === 0) output.line("coverage: no formula was read");
  const width = Math.max(0, ...coverages.map(({ source }) => source.name.length));
  for (const { source, branches, reached } of coverages)
    output.line(
      `${paint("title", source.name.padEnd(width))}  ${shareText(branches, "branches", paint)}, ${shareText(reached, "statements", paint)}`,
    );
  for (const coverage of coverages) {
    for (const part of coverage.missed()) {
      const { start, end } = part.span;
      output.line(`\n${showDiagnostic(coverage.source, marked(start, end, part.words), paint)}`);
    }
  }
}

function shareText({ taken, total, percent }: Share, what: string, paint: PaintText): string {
  return paint(taken === total ? "good" : "warning", `${taken} of ${total} ${what} (${percentText(percent)})`);
}

/** Cut, not rounded: 100 % is everything. */
export function percentText(percent: number): string {
  return `${Math.floor(percent * 10) / 10} %`;
}
