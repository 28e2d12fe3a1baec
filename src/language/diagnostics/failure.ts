/**
 * A failed run: which row, where, and with which details. Executors throw it and return it; what the service would answer is read off it.
 */
import type { Source } from "../source.ts";
import { placeText } from "./diagnostic.ts";
import { evaluationRows, type EvaluationRow } from "./evaluationCodes.ts";
import type { Details } from "./row.ts";
import { table } from "../../base/table.ts";
import { assert } from "../../base/assert.ts";

const rows = table<EvaluationRow>(evaluationRows);

/** The row of an evaluation code; asking for another is our mistake. */
export function evaluationRow(code: string): EvaluationRow {
  const found = rows.get(code);
  assert(found !== undefined, `evaluation code ${code} has a row`);
  return found;
}

/** Not an Error on purpose: failing for lack of samples is an ordinary answer. */
export class EvaluationFailure {
  readonly code: string;
  readonly details: Details;
  /** Offset of the place that rule 8.20 names. */
  readonly at: number;
  constructor(code: string, details: Details, at: number) {
    this.code = code;
    this.details = details;
    this.at = at;
  }
}

/** The service's code and its `Line L, Col C: text` (rules 6.9, 5.8, 8.7). */
export function serviceError(source: Source, failure: EvaluationFailure): { readonly code: string; readonly message: string } {
  const row = evaluationRow(failure.code);
  return { code: row.serviceCode, message: `${placeText(source, failure.at)}: ${row.message(failure.details)}` };
}
