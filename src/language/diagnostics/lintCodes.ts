/**
 * All lint codes, in the order in which the reference page shows them: targets, samples and time, statements and conditions. The rows stand
 * in three files by what they are about; the rules that report them are in `check/lint/rules`.
 */
import { table } from "../../base/table.ts";
import { lintRowsOfSamples } from "./lintCodesOfSamples.ts";
import { lintRowsOfStatements } from "./lintCodesOfStatements.ts";
import { lintRowsOfTargets } from "./lintCodesOfTargets.ts";
import type { LintRow } from "./lintRow.ts";

export type { LintRow } from "./lintRow.ts";

/** The rows under the headings of the reference page. */
export const lintChapters = [
  { title: "Targets", rows: lintRowsOfTargets },
  { title: "Samples and time", rows: lintRowsOfSamples },
  { title: "Statements and conditions", rows: lintRowsOfStatements },
] as const;

/** Every lint row. */
export const lintRows = [...lintRowsOfTargets, ...lintRowsOfSamples, ...lintRowsOfStatements] as const;

/** The name of a lint row. */
export type LintCode = (typeof lintRows)[number]["name"];

/** Finds a row by its code; undefined for any other string. */
export const lintTable = table<LintRow>(lintRows);
