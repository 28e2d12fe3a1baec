/**
 * Makes the tree of `ast.ts` from what the grammar's parser reports. The tree has the places of rule 8.20; nothing is judged here.
 */
import type { Token } from "../../../grammar/tokens.ts";
import type { TreeBuilder } from "../../../grammar/parser.ts";
import type { BinaryOperator, Expression, Statement, UnaryOperator } from "../ast.ts";

/** One past a token's last character. */
export function tokenEnd(token: Token): number {
  return token.startOffset + token.image.length;
}

export const astBuilder: TreeBuilder<Expression, Statement> = {
  number: (token) => ({ kind: "number", value: Number(token.image), start: token.startOffset, end: tokenEnd(token) }),
  string: (token) => ({ kind: "string", value: token.image.slice(1, -1), start: token.startOffset, end: tokenEnd(token) }),
  name: (token) => ({ kind: "name", name: token.image, start: token.startOffset, end: tokenEnd(token) }),
  call: (name, open, args, close) => ({
    kind: "call",
    name: name.image,
    open: open.startOffset,
    args,
    start: name.startOffset,
    end: tokenEnd(close),
  }),
  vector: (open, elements, close) => ({ kind: "vector", elements, start: open.startOffset, end: tokenEnd(close) }),
  group: (open, inner, close) => ({ kind: "group", inner, start: open.startOffset, end: tokenEnd(close) }),
  member: (object, name) => ({
    kind: "member",
    object,
    name: name.image,
    at: name.startOffset,
    start: object.start,
    end: tokenEnd(name),
  }),
  method: (object, name, open, args, close) => ({
    kind: "method",
    object,
    name: name.image,
    at: name.startOffset,
    open: open.startOffset,
    args,
    start: object.start,
    end: tokenEnd(close),
  }),
  unary: (operator, operand) => ({
    kind: "unary",
    operator: operator.image as UnaryOperator,
    operand,
    start: operator.startOffset,
    end: operand.end,
  }),
  binary: (operator, left, right) => ({
    kind: "binary",
    operator: operator.image as BinaryOperator,
    at: operator.startOffset,
    left,
    right,
    start: left.start,
    end: right.end,
  }),
  conditional: (question, condition, whenTrue, whenFalse) => ({
    kind: "conditional",
    at: question.startOffset,
    condition,
    whenTrue,
    whenFalse,
    start: condition.start,
    end: whenFalse.end,
  }),
  statement: (target, value) => ({
    target: target && { name: target.image, start: target.startOffset, end: tokenEnd(target) },
    value,
    start: target?.startOffset ?? value.start,
    end: value.end,
  }),
};
