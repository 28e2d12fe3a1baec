/**
 * A diagnostic as scripts and editors get it. Lines and columns count from 1, the end is one past the last character, columns are UTF-16 units.
 */
import type { Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import type { Source } from "../../src/language/source.ts";

/** A replacement of text in lines and columns. */
export interface JsonEdit {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
}

export interface JsonDiagnostic extends Omit<JsonEdit, "text"> {
  readonly severity: Diagnostic["severity"];
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** A change that may be made without asking. */
  readonly fix?: { readonly title: string; readonly edits: readonly JsonEdit[] };
}

/** Writes a diagnostic of `source` down. */
export function jsonDiagnostic(source: Source, item: Diagnostic): JsonDiagnostic {
  const { severity, code, message, hint, fix } = item;
  return {
    severity,
    code,
    message,
    ...places(source, item.start, item.end),
    ...(hint === undefined ? {} : { hint }),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: fix.title,
            edits: fix.edits.map((edit) => ({ ...places(source, edit.start, edit.end), text: edit.text })),
          },
        }),
  };
}

function places(source: Source, start: number, end: number) {
  const from = source.position(start);
  const to = source.position(end);
  return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}
