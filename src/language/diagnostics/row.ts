/**
 * What a diagnostic code says once: severity, phase, message, hint and an example that provokes it. Codes are kebab-case and live for ever;
 * nothing recognises a problem by its message. The three lists (syntax, evaluation, lint) meet in codes.ts.
 */

export type Severity = "error" | "warning" | "hint";

/** Values that a message may name; each row says which it uses. */
export type Details = Readonly<Record<string, string>>;

export interface DiagnosticRow {
  /** Kebab-case, unique, never renamed. */
  readonly name: string;
  readonly severity: Severity;
  /** `syntax`: refused before it runs. `evaluation`: fails the run that reaches it (rule 8.17). `lint`: advice. */
  readonly phase: "syntax" | "evaluation" | "lint";
  /** One line in the words of the field; for syntax and evaluation the text behind the service's `Line L, Col C: `. */
  readonly message: (details: Details) => string;
  /** What to do about it, for a person. */
  readonly hint?: (details: Details) => string | undefined;
  /** For lint: why it matters, in words that a beginner understands. */
  readonly reason?: string;
  /** A formula that provokes it; tests run it. Undefined where no short text can (too long, too many statements). */
  readonly example: string | undefined;
}
