/**
 * Why a condition held or not, in words: the comparison with its values in place, of `&&` and `||` the side that decided, and for a comparison of a
 * sample percentage how many samples there were.
 */
import { type Binary, type Expression, ungroup } from "../../language/ast.ts";
import type { Source } from "../../language/source.ts";
import { isTrue } from "../../language/values/arithmetic.ts";
import { shareNoun } from "./nouns.ts";
import type { RunRecord } from "./record.ts";
import { listed, shownValue, writtenText } from "./texts.ts";

/** A reason looks through at most so many variables and operators. */
const DEPTH_MAX = 6;
/** Most conditions joined by `&&` or `||` that are told one by one. */
const LISTED_MAX = 3;

/** Finds the expression that a name was assigned. */
export type Definition = (name: string) => { readonly value: Expression } | undefined;

/** Tells the reasons of one run's conditions. */
export class Conditions {
  private readonly source: Source;
  private readonly record: RunRecord;
  private readonly definition: Definition;

  constructor(source: Source, record: RunRecord, definition: Definition) {
    this.source = source;
    this.record = record;
    this.definition = definition;
  }

  /** A clause that says that the condition is true, or is not, and by which values: `$pct < 70 is false (100 < 70)`. */
  reason(given: Expression, depth = 0): string {
    const expression = ungroup(given);
    const value = this.record.values.get(expression);
    const truth = typeof value === "number" ? (isTrue(value) ? "true" : "false") : "undecided";
    const written = writtenText(this.source, expression);
    if (depth >= DEPTH_MAX) return `${written} is ${truth}`;
    if (expression.kind === "unary" && expression.operator === "!") return this.reason(expression.operand, depth + 1);
    if (expression.kind === "binary") {
      const { operator } = expression;
      if (operator === "&&" || operator === "||") return this.logic(expression, operator, truth === "true", depth);
      if (!"+-*/".includes(operator)) return `${written} is ${truth}${this.comparison(expression)}`;
    }
    if (expression.kind === "name") {
      const defined = ungroup(this.definition(expression.name)?.value ?? expression);
      const isLogical =
        (defined.kind === "binary" && !"+-*/".includes(defined.operator)) ||
        (defined.kind === "unary" && defined.operator === "!");
      if (isLogical)
        return `${expression.name} is ${truth}${depth === DEPTH_MAX - 1 ? "" : `, as ${this.reason(defined, depth + 1)}`}`;
    }
    return value === undefined
      ? `${written} is ${truth}`
      : `${written} is ${shownValue(value)}${typeof value === "number" ? `, which counts as ${truth}` : ""}`;
  }

  /** ` (100 < 70)`: the values, where they are not what is written; and what is behind a percentage. */
  private comparison(expression: Binary): string {
    const left = this.record.values.get(ungroup(expression.left));
    const right = this.record.values.get(ungroup(expression.right));
    if (left === undefined || right === undefined) return "";
    const values = `${shownValue(left)} ${expression.operator} ${shownValue(right)}`;
    const share = this.share(expression.left) ?? this.share(expression.right);
    const shown = values === writtenText(this.source, expression) ? "" : values;
    const parts = [shown, share ?? ""].filter((part) => part !== "");
    return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
  }

  /** What is behind a sample percentage, directly or by way of a variable. */
  private share(given: Expression): string | undefined {
    let expression = ungroup(given);
    if (expression.kind === "name") expression = ungroup(this.definition(expression.name)?.value ?? expression);
    if (expression.kind !== "method" || expression.name !== "GetSamplePercent") return undefined;
    const window = this.record.windows.get(expression);
    return window === undefined ? undefined : shareNoun(window, (window.percent ?? 0) < 100);
  }

  /** Of `a && b && c` that is false the first false one; of one that is true all of them; `||` the other way round. */
  private logic(outermost: Binary, operator: "&&" | "||", truth: boolean, depth: number): string {
    const operands: Expression[] = [];
    let expression: Expression = outermost;
    while (expression.kind === "binary" && expression.operator === operator) {
      operands.unshift(expression.right);
      expression = expression.left;
    }
    operands.unshift(expression);
    const evaluated = operands.map(ungroup).filter((operand) => this.record.values.has(operand));
    const decidedByOne = truth === (operator === "||");
    if (decidedByOne) return this.reason(evaluated[evaluated.length - 1], depth + 1);
    // Side by side, variables are not looked into: a reason inside a list would leave open where it ends.
    const inList = evaluated.length > 1 ? DEPTH_MAX - 1 : depth + 1;
    const told = evaluated.slice(0, LISTED_MAX).map((operand) => this.reason(operand, inList));
    return listed(evaluated.length > LISTED_MAX ? [...told, `${evaluated.length - LISTED_MAX} more`] : told);
  }
}
