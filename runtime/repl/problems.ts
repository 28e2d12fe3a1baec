/**
 * A failure of a run as a diagnostic with a span and a hint. What the checker knows about the same place is better (it knows the names in
 * scope), so its words are taken where it has any; the rest comes from the failure's row.
 */
import type { Formula } from "../../src/language/ast.ts";
import { check } from "../../src/language/check/checker.ts";
import { type Diagnostic, diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { type EvaluationFailure, evaluationRow } from "../../src/language/diagnostics/failure.ts";
import type { Semantics } from "../../src/language/semantics.ts";

/** What a person is shown of a failed run; `formula` is what ran, `text` its text. */
export function failureDiagnostic(
  failure: EvaluationFailure,
  formula: Formula,
  text: string,
  semantics: Semantics,
): Diagnostic {
  const known = check(formula, { semantics }).diagnostics.find(
    (item) => item.code === failure.code && item.start === failure.at,
  );
  if (known !== undefined) return known;
  return diagnostic(evaluationRow(failure.code), { start: failure.at, end: endOf(text, failure.at) }, failure.details);
}

/** One past the name, operator or parenthesis at an offset. */
function endOf(text: string, start: number): number {
  const match = /^(?:[A-Za-z_$][A-Za-z0-9_]*|&&|\|\||[<>=!]=|[\s\S])/.exec(text.slice(start, start + 256));
  return start + (match?.[0].length ?? 0);
}
