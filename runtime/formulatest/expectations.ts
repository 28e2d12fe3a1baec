/**
 * From what a case expects as it is written to what is judged: codes that exist, variables with their tolerance. Codes are looked up in the tables of
 * diagnostics, so that a misspelt one is a mistake of the test file and not a test that passes for the wrong reason.
 */
import { serviceMessages } from "../../src/autoscale/run.ts";
import { nearest } from "../../src/base/table.ts";
import { evaluationRows } from "../../src/language/diagnostics/evaluationCodes.ts";
import { lintRows, lintTable } from "../../src/language/diagnostics/lintCodes.ts";
import { syntaxRows } from "../../src/language/diagnostics/syntaxCodes.ts";
import type { Path, TestDocument } from "./document.ts";
import type { TestProblems } from "./problem.ts";
import type { GivenExpectation, GivenValue } from "./schema.ts";
import type { Expectation, ExpectedVariable } from "./testFile.ts";

/** Codes that an error can have: the service's, and Weir's finer ones. */
const errorCodes: readonly string[] = [
  ...Object.keys(serviceMessages),
  ...evaluationRows.map((row) => row.name),
  ...syntaxRows.map((row) => row.name),
];

/** Where an expectation stands, and who hears of problems. */
export interface Reading {
  readonly path: Path;
  readonly document: TestDocument;
  readonly problems: TestProblems;
}

/** The expectation as it is judged. `tolerance` is the one of the defaults. */
export function readExpectation(given: GivenExpectation, tolerance: number | undefined, reading: Reading): Expectation {
  const { path, document, problems } = reading;
  if (asksNothing(given))
    problems.add(document.place(path), '"expect" expects nothing', "name a target, a variable, an error or a lint code");
  const own = given.tolerance ?? tolerance;
  return {
    dedicated: given.targets?.dedicated,
    lowPriority: given.targets?.lowPriority,
    nodeDeallocationOption: given.targets?.nodeDeallocationOption,
    variables: Object.entries(given.variables ?? {}).map(([name, value]) => variable(name, value, own)),
    error: readError(given.error, reading),
    lint: {
      present: lintCodes(given.lint?.present, [...path, "lint", "present"], reading),
      absent: lintCodes(given.lint?.absent, [...path, "lint", "absent"], reading),
    },
  };
}

/** A tolerance alone asks nothing, nor does a key with nothing below it. */
function asksNothing({ targets, variables, error, lint }: GivenExpectation): boolean {
  const keys = [...Object.keys(targets ?? {}), ...Object.keys(variables ?? {})];
  return keys.length === 0 && error === undefined && (lint?.present ?? []).length === 0 && (lint?.absent ?? []).length === 0;
}

function variable(name: string, given: GivenValue, tolerance: number | undefined): ExpectedVariable {
  if (typeof given === "object" && given !== null && !Array.isArray(given))
    return { name, value: given.value, tolerance: given.tolerance ?? tolerance };
  return { name, value: given, tolerance };
}

function readError(given: GivenExpectation["error"], { path, document, problems }: Reading): Expectation["error"] {
  if (given === undefined || given === "none") return "none";
  if (given === "any") return "any";
  const error = typeof given === "string" ? { code: given } : given;
  const { code } = error;
  if (code !== undefined && !errorCodes.includes(code)) {
    const meant = nearest(code, errorCodes);
    const at = typeof given === "string" ? [...path, "error"] : [...path, "error", "code"];
    const remedy =
      meant === undefined
        ? "write a code such as InsufficientSampleData or insufficient-data, or any"
        : `did you mean ${meant}?`;
    problems.add(document.place(at), `there is no error code "${code.slice(0, 60)}"`, remedy);
  }
  return { code, line: error.line, column: error.column, text: error.text };
}

function lintCodes(codes: readonly string[] | undefined, path: Path, { document, problems }: Reading): readonly string[] {
  const known = lintRows.map((row) => row.name);
  codes?.forEach((code, i) => {
    if (lintTable.get(code) !== undefined) return;
    const meant = nearest(code, known);
    problems.add(
      document.place([...path, i]),
      `there is no lint code "${code.slice(0, 60)}"`,
      meant === undefined ? "weir validate shows the codes" : `did you mean ${meant}?`,
    );
  });
  return codes ?? [];
}
