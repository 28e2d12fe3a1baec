/**
 * The tree that serves people: printing, hovering, renaming, explaining, and the interpreter that judges every faster road. It keeps
 * parentheses and exact places and is never changed after it was made. Section 9 of the grammar is its shape; `autoscale.ebnf` the page.
 *
 * Places follow rule 8.20: `start` is the first character of a node, `end` one past its last; `open` is the parenthesis at which a call
 * fails, `at` the operator or name that a message points to.
 */
import type { Span } from "./source.ts";

export interface Formula extends Span {
  readonly statements: readonly Statement[];
}

/** `name = value` or a bare expression (rule 1.13). `start` is the name's, or the expression's, first character. */
export interface Statement extends Span {
  readonly target: NameTarget | undefined;
  readonly value: Expression;
}

/** The name on the left of `=`. */
export interface NameTarget extends Span {
  readonly name: string;
}

export type UnaryOperator = "-" | "!";
export type BinaryOperator = "+" | "-" | "*" | "/" | "<" | "<=" | ">" | ">=" | "==" | "!=" | "&&" | "||";

export interface NumberLiteral extends Span {
  readonly kind: "number";
  readonly value: number;
}
export interface StringLiteral extends Span {
  readonly kind: "string";
  /** Between the quotes; there are no escapes (rule 1.9). */
  readonly value: string;
}
/** `[a, b]`; fails at its `[`, which is `start`. */
export interface VectorLiteral extends Span {
  readonly kind: "vector";
  readonly elements: readonly Expression[];
}
export interface Name extends Span {
  readonly kind: "name";
  readonly name: string;
}
/** `name(args)`. */
export interface Call extends Span {
  readonly kind: "call";
  readonly name: string;
  readonly open: number;
  readonly args: readonly Expression[];
}
/** `object.name`. */
export interface Member extends Span {
  readonly kind: "member";
  readonly object: Expression;
  readonly name: string;
  /** First character of the member's name. */
  readonly at: number;
}
/** `object.name(args)`. */
export interface MethodCall extends Span {
  readonly kind: "method";
  readonly object: Expression;
  readonly name: string;
  readonly at: number;
  readonly open: number;
  readonly args: readonly Expression[];
}
/** Parentheses; they change no value, but the printer and the metric-object rule (8.23) want to know. */
export interface Group extends Span {
  readonly kind: "group";
  readonly inner: Expression;
}
export interface Unary extends Span {
  readonly kind: "unary";
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}
/** `at` is the operator. Left-associative chains are left-deep and may be thousands long: walk their spine with a loop. */
export interface Binary extends Span {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly at: number;
  readonly left: Expression;
  readonly right: Expression;
}
/** `condition ? whenTrue : whenFalse`; `at` is the question mark. */
export interface Conditional extends Span {
  readonly kind: "conditional";
  readonly at: number;
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorLiteral
  | Name
  | Call
  | Member
  | MethodCall
  | Group
  | Unary
  | Binary
  | Conditional;

/** The expression without the parentheses around it. */
export function ungroup(expression: Expression): Expression {
  let inner = expression;
  while (inner.kind === "group") inner = inner.inner;
  return inner;
}

/** The expressions an expression is made of, from left to right. One level only: chains may be thousands long, so walk them with a loop. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "name":
      return NO_PARTS;
    case "vector":
      return expression.elements;
    case "group":
      return [expression.inner];
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.condition, expression.whenTrue, expression.whenFalse];
    case "call":
      return expression.args;
    case "member":
      return [expression.object];
    case "method":
      return [expression.object, ...expression.args];
    default:
      return expression satisfies never;
  }
}

const NO_PARTS: readonly Expression[] = Object.freeze([]);
