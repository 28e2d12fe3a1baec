/**
 * From text to tree: the fast reader first, and the grammar's parser, which can explain, only if that one gives up. Comments are looked
 * for when someone asks for them. The limit of length is judged before anything else (rule 8.13).
 */
import { formulaLengthMax } from "../../base/limits.ts";
import type { Formula } from "../ast.ts";
import { type Diagnostic, diagnostic, placeText } from "../diagnostics/diagnostic.ts";
import { syntaxCodes } from "../diagnostics/syntaxCodes.ts";
import { Source } from "../source.ts";
import { type Comment, comments } from "./comments.ts";
import { findMistakes, tokenText } from "./mistakes.ts";
import { quickFormula } from "./quick.ts";

export type { Comment } from "./comments.ts";

/** What reading a text gave. */
export interface Parsed {
  /** The tree; undefined exactly if a diagnostic is an error, and every syntax diagnostic is one. */
  readonly formula: Formula | undefined;
  /** In text order; at most one for each statement, at most 20 in all. The first is the one that the service would report (rule 8.19). */
  readonly diagnostics: readonly Diagnostic[];
  /** In text order, also of a text that is refused. */
  readonly comments: readonly Comment[];
}

const NONE: readonly Diagnostic[] = Object.freeze([]);

class Reading implements Parsed {
  readonly formula: Formula | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly #source: Source;
  #comments: readonly Comment[] | undefined;

  constructor(source: Source, formula: Formula | undefined, diagnostics: readonly Diagnostic[]) {
    this.#source = source;
    this.formula = formula;
    this.diagnostics = diagnostics;
  }

  get comments(): readonly Comment[] {
    this.#comments ??= comments(this.#source);
    return this.#comments;
  }
}

/** Reads a formula, given as text or as the Source that later shows its diagnostics; TypeError for anything else. No text makes it throw; 8192 units take some milliseconds at most. */
export function parse(formula: Source | string): Parsed {
  const source = typeof formula === "string" ? new Source(formula) : formula;
  // Callers without types hand over anything; what they read should be about their call, not about a property of undefined.
  if (typeof (source as Source | undefined)?.text !== "string")
    throw new TypeError("parse wants the formula's text, or a Source made of it");
  const { text } = source;
  const { value: lengthMax } = formulaLengthMax;
  if (text.length > lengthMax) {
    const tooLong = diagnostic(
      syntaxCodes.get("too-long")!,
      { start: lengthMax, end: text.length },
      { length: String(text.length) },
    );
    return new Reading(source, undefined, [tooLong]);
  }
  const tree = quickFormula(text);
  return tree === undefined ? new Reading(source, undefined, findMistakes(source)) : new Reading(source, tree, NONE);
}

/** A refusal in the service's words (rules 6.9, 8.7, 8.13). */
export interface ServiceSyntaxError {
  readonly code: "AutoScalingFormulaSyntaxError" | "AutoScalingFormulaTooLong";
  /** The run's `values[0]`, `Line L, Col C: Syntax error near 'TOKEN'`; empty for a formula that is too long, which has no values. */
  readonly message: string;
}

/**
 * What the service would say of a refused text: one error, the first in text order (rule 8.19). TOKEN is the token as written, an illegal
 * character alone, an open string up to the end of its line, or `end of formula`. Undefined if no diagnostic is a syntax error.
 */
export function serviceSyntaxError(source: Source, diagnostics: readonly Diagnostic[]): ServiceSyntaxError | undefined {
  let first: Diagnostic | undefined;
  for (const item of diagnostics) {
    if (item.phase === "syntax" && item.severity === "error" && (first === undefined || item.start < first.start)) first = item;
  }
  if (first === undefined) return undefined;
  if (first.code === "too-long") return { code: "AutoScalingFormulaTooLong", message: "" };
  const token = tokenText(source, first.start) ?? "end of formula";
  return { code: "AutoScalingFormulaSyntaxError", message: `${placeText(source, first.start)}: Syntax error near '${token}'` };
}
