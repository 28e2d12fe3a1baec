/**
 * What stands where in a formula: every expression with the one around it, every assignment, and for every name that is read the assignment
 * that gave it its value. There are no loops and no conditional assignments, so that is known exactly (rule 2.17); an alias and its full name
 * are one variable, and once the full name was assigned the alias changes nothing (rules 4.2, 8.24).
 */
import {
  type Binary,
  type Expression,
  type Formula,
  type Member,
  type MethodCall,
  type Name,
  partsOf,
  type Statement,
  ungroup,
} from "../../ast.ts";
import { fullName, type VariableRow, variables } from "../../builtins/index.ts";
import type { Source } from "../../source.ts";

/** A chain that may be thousands long, leftmost part first: `links[0].left` (or `.object`) is `first`. */
export function leftSpine(expression: Expression): {
  readonly first: Expression;
  readonly links: readonly (Binary | Member | MethodCall)[];
} {
  const links: (Binary | Member | MethodCall)[] = [];
  let first = expression;
  while (first.kind === "binary" || first.kind === "member" || first.kind === "method") {
    links.push(first);
    first = first.kind === "binary" ? first.left : first.object;
  }
  return { first, links: links.reverse() };
}

/** A statement, with what its left side means. */
export interface StatementFact {
  readonly index: number;
  readonly statement: Statement;
  /** The variable assigned, by its full name; undefined for a bare expression and for a read-only name (the run fails there). */
  readonly assigns: string | undefined;
  /** The row of a target or option; undefined for a user-defined variable. */
  readonly row: VariableRow | undefined;
  /** False for an alias after its full name: nothing is assigned (rule 8.24). */
  readonly isEffective: boolean;
}

/** Facts of one formula; they never change. */
export class Facts {
  readonly source: Source;
  readonly formula: Formula;
  /** The statements up to the first one that surely ends the run with `stop()`. */
  readonly statements: readonly StatementFact[];
  /** All expressions of these statements, outer ones before inner ones, in text order of their statements. */
  readonly expressions: readonly Expression[];
  /** All names among the expressions. */
  readonly names: readonly Name[];
  private readonly parents = new Map<Expression, Expression>();
  private readonly homes = new Map<Expression, number>();
  private readonly definitions = new Map<Name, number>();

  constructor(source: Source, formula: Formula) {
    this.source = source;
    this.formula = formula;
    const statements: StatementFact[] = [];
    const expressions: Expression[] = [];
    const names: Name[] = [];
    const latest = new Map<string, { index: number; byFullName: boolean }>();
    for (const [index, statement] of formula.statements.entries()) {
      const from = expressions.length;
      this.collect(statement.value, index, expressions);
      for (let i = from; i < expressions.length; i++) {
        const node = expressions[i];
        if (node.kind !== "name") continue;
        names.push(node);
        const definition = latest.get(fullNameOf(node.name));
        if (definition !== undefined) this.definitions.set(node, definition.index);
      }
      const row = statement.target && variables.get(statement.target.name);
      const canAssign = statement.target !== undefined && (row === undefined || row.kind === "target" || row.kind === "option");
      const assigns = canAssign ? fullNameOf(statement.target!.name) : undefined;
      const byFullName = row?.aliasOf === undefined;
      const isEffective = assigns !== undefined && (byFullName || latest.get(assigns)?.byFullName !== true);
      if (isEffective) latest.set(assigns!, { index, byFullName });
      statements.push({ index, statement, assigns, row: canAssign ? row : undefined, isEffective });
      if (isStop(ungroup(statement.value))) break;
    }
    this.statements = statements;
    this.expressions = expressions;
    this.names = names;
  }

  /** The expression around this one; undefined for a statement's value. */
  parent(expression: Expression): Expression | undefined {
    return this.parents.get(expression);
  }

  /** The statement that an expression stands in. */
  statementOf(expression: Expression): StatementFact {
    return this.statements[this.homes.get(expression)!];
  }

  /** The statement whose assignment a name reads; undefined for predefined values and for names that were never assigned. */
  definition(name: Name): StatementFact | undefined {
    const index = this.definitions.get(name);
    return index === undefined ? undefined : this.statements[index];
  }

  /** An expression without parentheses and, if it is the name of a variable, what the variable was assigned, and so on. */
  resolve(expression: Expression): Expression {
    let inner = ungroup(expression);
    while (inner.kind === "name") {
      const definition = this.definition(inner);
      if (definition === undefined) return inner;
      inner = ungroup(definition.statement.value);
    }
    return inner;
  }

  /** The statements that assign a variable (full name), in order; those without effect left out. */
  assignments(variable: string): StatementFact[] {
    return this.statements.filter((fact) => fact.isEffective && fact.assigns === variable);
  }

  /** The text of an expression as written. */
  text(expression: Expression): string {
    return this.source.text.slice(expression.start, expression.end);
  }

  /** The text without blanks, comments and outer parentheses: equal for expressions that are written alike. */
  key(expression: Expression): string {
    return this.text(ungroup(expression)).replace(/("[^"\r\n]*")|\/\/[^\r\n]*|[\s\ufeff]+/g, (_, string) => string ?? "");
  }

  private collect(root: Expression, statement: number, into: Expression[]): void {
    const open: Expression[] = [root];
    while (open.length > 0) {
      const node = open.pop()!;
      into.push(node);
      this.homes.set(node, statement);
      const parts = partsOf(node);
      for (let i = parts.length - 1; i >= 0; i--) {
        this.parents.set(parts[i], node);
        open.push(parts[i]);
      }
    }
  }
}

/** The full name of an alias; any other name as it is. */
export function fullNameOf(name: string): string {
  const row = variables.get(name);
  return row === undefined ? name : fullName(row);
}

/** A call of `stop()`. */
export function isStop(expression: Expression): boolean {
  return expression.kind === "call" && expression.name === "stop" && expression.args.length === 0;
}

/** The metric's full name, if the expression is a metric's name (in parentheses or not). */
export function metricName(expression: Expression): string | undefined {
  const inner = ungroup(expression);
  if (inner.kind !== "name") return undefined;
  const row = variables.get(inner.name);
  return row?.kind === "metric" ? fullName(row) : undefined;
}

/** `$M.method(…)` on a metric: the metric's full name; undefined for other expressions. */
export function metricOfCall(expression: Expression, method: MethodCall["name"]): string | undefined {
  return expression.kind === "method" && expression.name === method ? metricName(expression.object) : undefined;
}
