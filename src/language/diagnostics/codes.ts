/**
 * Every diagnostic code there is: the lists of syntax, evaluation and lint in one table.
 */
import { table, type Table } from "../../base/table.ts";
import { evaluationRows } from "./evaluationCodes.ts";
import { lintRows } from "./lintCodes.ts";
import type { DiagnosticRow } from "./row.ts";
import { syntaxRows } from "./syntaxCodes.ts";

/** All rows, syntax first; a code stands for one row for ever. */
export const diagnosticCodes: Table<DiagnosticRow> = table<DiagnosticRow>([...syntaxRows, ...evaluationRows, ...lintRows]);
