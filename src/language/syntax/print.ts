/**
 * Text from a tree, also from one that was made by a program: one line for a statement, no comments. Parentheses of the tree are kept and
 * those it needs are added, so that reading the text gives the same tree again, up to places and groups. For the layout of a text that
 * people wrote see `format.ts`.
 */
import type { Binary, Expression, Formula, Statement } from "../ast.ts";
import { binaryLevel, CONDITIONAL_LEVEL, levelOf, PRIMARY_LEVEL, UNARY_LEVEL } from "./precedence.ts";

/** A formula as lines `name = value;` without a line end after the last, or an expression on one line. */
export function print(tree: Formula | Expression): string {
  return "statements" in tree ? tree.statements.map(printStatement).join("\n") : write(tree, CONDITIONAL_LEVEL);
}

function printStatement({ target, value }: Statement): string {
  return `${target === undefined ? "" : `${target.name} = `}${write(value, CONDITIONAL_LEVEL)};`;
}

/** `minimum`: how strongly the text must bind where it stands. */
function write(expression: Expression, minimum: number): string {
  const text = body(expression);
  return levelOf(expression) < minimum ? `(${text})` : text;
}

function body(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return number(expression.value);
    case "string":
      return `"${expression.value}"`;
    case "name":
      return expression.name;
    case "vector":
      return `[${list(expression.elements)}]`;
    case "group":
      return `(${write(expression.inner, CONDITIONAL_LEVEL)})`;
    case "call":
      return `${expression.name}(${list(expression.args)})`;
    case "member":
      return `${object(expression.object)}.${expression.name}`;
    case "method":
      return `${object(expression.object)}.${expression.name}(${list(expression.args)})`;
    case "unary":
      return expression.operator + write(expression.operand, UNARY_LEVEL);
    case "binary":
      return chain(expression);
    case "conditional":
      return `${write(expression.condition, 1)} ? ${write(expression.whenTrue, CONDITIONAL_LEVEL)} : ${write(expression.whenFalse, CONDITIONAL_LEVEL)}`;
  }
}

/** A chain may be thousands of operators long, so its left spine is walked by a loop. */
function chain(top: Binary): string {
  const parts: string[] = [];
  let node: Binary = top;
  for (;;) {
    const level = binaryLevel(node.operator);
    parts.push(` ${node.operator} ${write(node.right, level + 1)}`);
    const { left } = node;
    if (left.kind !== "binary" || binaryLevel(left.operator) < level) {
      parts.push(write(left, level));
      return parts.reverse().join("");
    }
    node = left;
  }
}

/** What stands before a point; `5.x` would be the number `5.` and a name. */
function object(expression: Expression): string {
  return expression.kind === "number" ? `(${body(expression)})` : write(expression, PRIMARY_LEVEL);
}

function list(elements: readonly Expression[]): string {
  return elements.map((element) => write(element, CONDITIONAL_LEVEL)).join(", ");
}

/** Shortest text of the double. A text has no infinity, negative number or NaN of its own; a tree made by a program may. */
function number(value: number): string {
  if (Number.isNaN(value)) return "(0 / 0)";
  if (value < 0 || Object.is(value, -0)) return `(-${number(-value)})`;
  return value === Number.POSITIVE_INFINITY ? "1e999" : String(value);
}
