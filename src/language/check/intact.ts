/**
 * The rest of a formula that has syntax errors: its intact statements are checked too, so that all problems come in one go and nobody mends a
 * parenthesis only to be told of the next misspelt name. Broken statements are blanked, which moves no place, and what reads a name that only
 * they assign is not held against anyone. Advice (lint) waits until the text can be read whole.
 */
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Semantics } from "../semantics.ts";
import type { Source, Span } from "../source.ts";
import { quickFormula } from "../syntax/quick.ts";
import { check } from "./checker.ts";

const ASSIGNED = /([$A-Za-z_][\w]*)\s*=(?!=)/g;

/** What the checker says of the statements without a syntax error; nothing where even those cannot be told apart. */
export function checkIntact(
  source: Source,
  mistakes: readonly Diagnostic[],
  options: { readonly semantics?: Semantics } = {},
): readonly Diagnostic[] {
  const { text } = source;
  let rest = text;
  const lost = new Set<string>();
  for (const { start, end } of statementSpans(text)) {
    const isLast = end === text.length;
    if (!mistakes.some((mistake) => mistake.start >= start && (mistake.start < end || isLast))) continue;
    const broken = text.slice(start, end);
    for (const [, name] of broken.matchAll(ASSIGNED)) lost.add(name);
    rest = rest.slice(0, start) + broken.replace(/[^\r\n]/g, " ") + rest.slice(end);
  }
  const formula = quickFormula(rest);
  if (formula === undefined) return [];
  const { diagnostics } = check(formula, options);
  return diagnostics.filter((item) => item.code !== "undefined-symbol" || !lost.has(text.slice(item.start, item.end)));
}

/** From behind one `;` up to and with the next, strings and comments apart; a string that is not closed ends with its line. */
function statementSpans(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  const token = /"[^"\r\n]*"?|\/\/[^\r\n]*|;/g;
  for (const match of text.matchAll(token)) {
    if (match[0] !== ";") continue;
    spans.push({ start, end: match.index + 1 });
    start = match.index + 1;
  }
  spans.push({ start, end: text.length });
  return spans;
}
