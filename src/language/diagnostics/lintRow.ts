/**
 * What a lint code says once. Lint is advice: the formula is accepted and may run, but experience says that it does not do what its author
 * wanted. A row is written for that author: `reason` explains to a beginner why it matters, `example` is a formula that provokes the code.
 */
import type { Details, DiagnosticRow } from "./row.ts";

export interface LintRow extends DiagnosticRow {
  /** `warning`: probably a mistake. `hint`: worth a thought, often right as it is. */
  readonly severity: "warning" | "hint";
  readonly phase: "lint";
  readonly reason: string;
  readonly example: string;
  /** The rules of the language that it rests on, such as `4.6`. */
  readonly rules: string;
  /**
   * Whether a fix may come with it. `keeps`: applying it changes no outcome of any run. `improves`: it changes outcomes, and each one that it
   * changes was the problem reported. Undefined: a person has to decide.
   */
  readonly fix: "keeps" | "improves" | undefined;
}

interface Words {
  readonly message: (details: Details) => string;
  readonly hint: (details: Details) => string | undefined;
  readonly reason: string;
  readonly example: string;
  readonly fix?: "keeps" | "improves";
}

/** Makes a row; its name stays a literal type, so that a misspelt code does not type-check. */
export function lintRow<const Name extends string>(
  name: Name,
  severity: LintRow["severity"],
  rules: string,
  words: Words,
): LintRow & { readonly name: Name } {
  return Object.freeze({ name, severity, rules, phase: "lint", ...words, fix: words.fix });
}
