/**
 * A problem of a formula as data, and the one way to show it: code, place, message, the line with a caret, hint.
 * Colour is the caller's: `paint` gets each piece with its role and gives it back decorated.
 */
import type { Source, Span } from "../source.ts";
import type { Details, DiagnosticRow, Severity } from "./row.ts";

/** A replacement of text; a fix may need several, none overlapping, in text order. */
export interface TextEdit extends Span {
  readonly text: string;
}

/** A change that removes the problem and is safe to make without asking. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

export interface Diagnostic extends Span {
  readonly code: string;
  readonly severity: Severity;
  readonly phase: DiagnosticRow["phase"];
  readonly message: string;
  readonly hint: string | undefined;
  readonly fix: Fix | undefined;
}

/** Makes a diagnostic from its row; `hint` replaces the row's own when given. */
export function diagnostic(
  row: DiagnosticRow,
  span: Span,
  details: Details = {},
  extra: { hint?: string | undefined; fix?: Fix | undefined } = {},
): Diagnostic {
  return {
    code: row.name,
    severity: row.severity,
    phase: row.phase,
    message: row.message(details),
    hint: extra.hint ?? row.hint?.(details),
    fix: extra.fix,
    start: span.start,
    end: span.end,
  };
}

/** In text order, the wider of two at one place first. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return a.start - b.start || b.end - a.end;
}

/** The service's form of a place: `Line 9, Col 43` (rule 1.14). */
export function placeText(source: Source, offset: number): string {
  const { line, column } = source.position(offset);
  return `Line ${line}, Col ${column}`;
}

export type Paint = (role: Severity | "place" | "gutter" | "caret" | "hint", text: string) => string;

const LINE_WIDTH_MAX = 160;

/**
 * Several lines for a person:
 *
 *     name:2:14: error[undefined-symbol]: Undefined symbol: $PendingTask
 *       2 | $x = max(0, $PendingTask);
 *         |             ^^^^^^^^^^^^
 *         = hint: did you mean $PendingTasks?
 *
 * Control characters are shown as `·`, a tab as one blank; a very long line is cut around the caret.
 */
export function showDiagnostic(source: Source, item: Diagnostic, paint: Paint = (_role, text) => text): string {
  const from = source.position(item.start);
  const to = source.position(Math.max(item.start, item.end));
  const visible = source
    .line(from.line)
    .replace(/\t/g, " ")
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "·");
  const cut = from.column > LINE_WIDTH_MAX - 40 ? from.column - 60 : 0;
  const shown = `${cut > 0 ? "…" : ""}${visible.slice(cut, cut + LINE_WIDTH_MAX)}${visible.length > cut + LINE_WIDTH_MAX ? "…" : ""}`;
  const indent = from.column - 1 - cut + (cut > 0 ? 1 : 0);
  const length = Math.max(
    1,
    Math.min((to.line === from.line ? to.column : visible.length + 1) - from.column, shown.length - indent),
  );
  const number = String(from.line).padStart(4);
  const blank = " ".repeat(number.length);
  const lines = [
    `${paint("place", `${source.name}:${from.line}:${from.column}:`)} ${paint(item.severity, `${item.severity}[${item.code}]`)}: ${item.message}`,
    `${paint("gutter", `${number} |`)} ${shown}`,
    `${paint("gutter", `${blank} |`)} ${" ".repeat(indent)}${paint("caret", "^".repeat(length))}`,
  ];
  if (item.hint !== undefined) lines.push(`${paint("gutter", `${blank} =`)} ${paint("hint", `hint: ${item.hint}`)}`);
  if (item.fix !== undefined) lines.push(`${paint("gutter", `${blank} =`)} ${paint("hint", `fix: ${item.fix.title}`)}`);
  return lines.join("\n");
}
