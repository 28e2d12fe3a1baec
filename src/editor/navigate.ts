/**
 * Where a variable comes from and where it goes, renaming it, and the outline of a formula. All of it works on tokens, so a statement that
 * is being typed does not blind the rest; functions and members of the same name are never touched (rule 8.22).
 */
import { functions, variables } from "../language/builtins/index.ts";
import type { TextEdit } from "../language/diagnostics/diagnostic.ts";
import type { Source, Span } from "../language/source.ts";
import type { Type } from "../language/values/value.ts";
import { type Known, readAlone } from "./scope.ts";
import { NAME_FORM, roleOf, type StatementTokens, statementsOf, tokenAt, type Token, tokensOf } from "./tokens.ts";
import { typesOf } from "./types.ts";

/** One place where a variable is named. */
export interface Use extends Span {
  /** `write`: on the left of `=`. */
  readonly access: "read" | "write";
}

/** The variable at an offset, by name; undefined where something else or nothing stands. */
export function variableAt(source: Source, offset: number): (Span & { readonly name: string }) | undefined {
  const code = tokensOf(source.text).filter((token) => token.kind !== "comment");
  const index = tokenAt(code, offset);
  const token = code[index];
  if (token?.kind !== "name" || roleOf(code, index) !== "variable") return undefined;
  return { name: token.text, start: token.start, end: token.end };
}

/** All places that name the variable at the offset, in text order; empty where there is none. Predefined names count as well. */
export function uses(source: Source, offset: number): Use[] {
  const variable = variableAt(source, offset);
  return variable === undefined ? [] : usesOf(statementsOf(tokensOf(source.text)), variable.name);
}

/**
 * The name on the left of the assignment whose value the variable at the offset has there: its own if it stands on the left, else the last
 * one in the statements before. Undefined for predefined names that were not assigned, and for names without a value.
 */
export function definition(source: Source, offset: number): Span | undefined {
  const variable = variableAt(source, offset);
  if (variable === undefined) return undefined;
  let found: Span | undefined;
  for (const { target, start, end } of statementsOf(tokensOf(source.text))) {
    if (start > variable.start) break;
    if (target?.text !== variable.name) continue;
    // In `x = x + 1` the right x still has the value from before.
    if (target.start === variable.start || end <= variable.start) found = { start: target.start, end: target.end };
  }
  return found;
}

/** What a rename answers: the edits in text order, or why it is refused. */
export type Rename = { readonly edits: readonly TextEdit[] } | { readonly refusal: string };

/**
 * Renames the user-defined variable at the offset everywhere. Refused where the meaning would change: predefined names, names that the
 * formula uses already. Case counts, and so does the `$` (rules 1.5, 1.6).
 */
export function rename(source: Source, offset: number, to: string): Rename {
  const variable = variableAt(source, offset);
  if (variable === undefined) return { refusal: "there is no variable here" };
  if (variables.get(variable.name) !== undefined) return { refusal: `${variable.name} is predefined` };
  if (!NAME_FORM.test(to)) return { refusal: "a name is a letter, _ or $, then letters, digits and _" };
  if (variables.get(to) !== undefined) return { refusal: `${to} is predefined` };
  if (to === variable.name) return { edits: [] };
  const statements = statementsOf(tokensOf(source.text));
  if (usesOf(statements, to).length > 0) return { refusal: `${to} is in use in this formula` };
  return { edits: usesOf(statements, variable.name).map(({ start, end }) => ({ start, end, text: to })) };
}

/** A text with edits made; they are in text order and do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** One statement in the outline. */
export interface OutlineItem extends Span {
  /** The name assigned, or the expression's text. */
  readonly label: string;
  readonly kind: "target" | "option" | "variable" | "call" | "expression";
  /** Type of its value; undefined where it has none, `any` where the statement cannot be read. */
  readonly type: Type | undefined;
  /** The name on the left, else the whole statement: what to select. */
  readonly selection: Span;
}

const LABEL_MAX = 60;

/** The statements of a formula in text order. */
export function outline(source: Source, known: Known = {}): OutlineItem[] {
  const statements = statementsOf(tokensOf(source.text));
  const alone = statements.map((statement) => readAlone(source.text, statement));
  const readable = alone.filter((statement) => statement !== undefined);
  const types = typesOf({ statements: readable, start: 0, end: 0 }, known.variables, known.semantics);
  return statements.map((statement, i): OutlineItem => {
    const { start, end, target } = statement;
    const read = alone[i];
    const type = read === undefined ? "any" : types.of(read.value);
    const text = source.text.slice(start, end).replace(/\s+/g, " ");
    const label = target?.text ?? (text.length > LABEL_MAX ? `${text.slice(0, LABEL_MAX)}…` : text);
    return {
      label,
      kind: kindOf(statement),
      type,
      start,
      end,
      selection: target === undefined ? { start, end } : { start: target.start, end: target.end },
    };
  });
}

function kindOf({ target, tokens }: StatementTokens): OutlineItem["kind"] {
  if (target === undefined)
    return functions.get(tokens[0].text) !== undefined && tokens[1]?.text === "(" ? "call" : "expression";
  const kind = variables.get(target.text)?.kind;
  return kind === "target" || kind === "option" ? kind : "variable";
}

function usesOf(statements: readonly StatementTokens[], name: string): Use[] {
  const found: Use[] = [];
  for (const { tokens, target } of statements) {
    tokens.forEach((token: Token, i) => {
      if (token.kind !== "name" || token.text !== name || roleOf(tokens, i) !== "variable") return;
      found.push({ start: token.start, end: token.end, access: token === target ? "write" : "read" });
    });
  }
  return found;
}
