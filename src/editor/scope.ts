/**
 * What is known at a place of a text that need not be whole: each statement is read alone, so that one half-typed statement does not hide
 * the others. Variables see what was assigned in the statements before theirs; there are no loops, so text order is all there is (rule 2.17).
 */
import { formulaLengthMax } from "../base/limits.ts";
import type { Expression, Formula, Statement } from "../language/ast.ts";
import { variables } from "../language/builtins/index.ts";
import { defaultSemantics, type Semantics } from "../language/semantics.ts";
import { quickFormula } from "../language/syntax/quick.ts";
import type { Type } from "../language/values/value.ts";
import type { StatementTokens } from "./tokens.ts";
import { typesOf, type VariableTypes } from "./types.ts";

/** What an editor may know besides the text. */
export interface Known {
  /** Variables that exist before the text begins (an interactive session has some). */
  readonly variables?: VariableTypes;
  readonly semantics?: Semantics;
}

/** A statement read alone, its offsets counted from its own start; undefined for one that the grammar does not accept. */
export function readAlone(text: string, statement: StatementTokens): Statement | undefined {
  return formulaOf(text.slice(statement.start, statement.end))?.statements[0];
}

/** The formula in a text; undefined for one that the grammar does not accept, of whatever length. */
export function formulaOf(text: string): Formula | undefined {
  return text.length > formulaLengthMax.value ? undefined : quickFormula(text);
}

/** Types of the variables that the statement of this index may read; `any` for one whose statement cannot be read. */
export function variablesBefore(
  text: string,
  statements: readonly StatementTokens[],
  index: number,
  known: Known = {},
): VariableTypes {
  const readable: Statement[] = [];
  for (const before of statements.slice(0, index)) {
    const statement = readAlone(text, before);
    if (statement !== undefined) readable.push(statement);
    else if (before.target !== undefined) readable.push(unreadable(before.target.text));
  }
  const found = typesOf(
    { statements: readable, start: 0, end: 0 },
    known.variables,
    known.semantics ?? defaultSemantics,
  ).variables;
  const types = new Map(found);
  for (const before of statements.slice(0, index)) {
    const name = before.target?.text;
    if (name !== undefined && types.get(name) === undefined && variables.get(name) === undefined) types.set(name, "any");
  }
  return types;
}

/** The type of an expression's text where these variables are known; undefined if it has none or cannot be read. */
export function typeOfText(text: string, types: VariableTypes, semantics: Semantics = defaultSemantics): Type | undefined {
  const formula = formulaOf(text);
  if (formula?.statements.length !== 1) return undefined;
  return typesOf(formula, types, semantics).of(formula.statements[0].value);
}

/** Stands for a statement that cannot be read: its variable exists, its value is anybody's guess. */
function unreadable(name: string): Statement {
  const value: Expression = { kind: "name", name: "", start: 0, end: 0 };
  return { target: { name, start: 0, end: 0 }, value, start: 0, end: 0 };
}
