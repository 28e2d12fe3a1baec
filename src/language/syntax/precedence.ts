/** How strongly each construct binds (rule 2.16): the printer and the formatter ask, the parsers have the same numbers in their tables. */
import type { BinaryOperator, Expression } from "../ast.ts";

/** Strength of a conditional; binary operators lie above it, then unary ones, then whatever can stand before a point. */
export const CONDITIONAL_LEVEL = 0;
export const UNARY_LEVEL = 7;
export const PRIMARY_LEVEL = 8;

const BINARY_LEVEL: Readonly<Record<BinaryOperator, number>> = {
  "||": 1,
  "&&": 2,
  "==": 3,
  "!=": 3,
  "<": 4,
  "<=": 4,
  ">": 4,
  ">=": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
};

/** Strength of a binary operator, 1 to 6. All of them group to the left. */
export function binaryLevel(operator: BinaryOperator): number {
  return BINARY_LEVEL[operator];
}

/** Strength of an expression as a whole. */
export function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case "conditional":
      return CONDITIONAL_LEVEL;
    case "binary":
      return BINARY_LEVEL[expression.operator];
    case "unary":
      return UNARY_LEVEL;
    default:
      return PRIMARY_LEVEL;
  }
}
