/**
 * Expressions that always have a value and do nothing else: no samples that may be missing, no call that may fail, no draw of chance. A fix may remove
 * or skip one without anyone seeing it.
 */
import type { Expression } from "../../ast.ts";
import { variables } from "../../builtins/index.ts";
import { partsOf } from "../../ast.ts";
import type { LintContext } from "./rule.ts";

const TOTAL_CALLS = new Set([
  "min",
  "max",
  "avg",
  "sum",
  "len",
  "range",
  "norm",
  "std",
  "ceil",
  "floor",
  "round",
  "lg",
  "ln",
  "log",
]);

/** Whether evaluating the expression surely gives a value and changes nothing. */
export function isTotal(context: LintContext, expression: Expression): boolean {
  const open: Expression[] = [expression];
  while (open.length > 0) {
    const node = open.pop()!;
    if (!isTotalItself(context, node)) return false;
    open.push(...partsOf(node));
  }
  return true;
}

function isTotalItself(context: LintContext, node: Expression): boolean {
  const isDouble = (part: Expression) => context.analysis.double(part) !== undefined;
  switch (node.kind) {
    case "number":
    case "string":
    case "group":
      return true;
    case "name":
      return variables.get(node.name) !== undefined || context.facts.definition(node) !== undefined;
    case "unary":
      return isDouble(node.operand);
    case "binary":
      return isDouble(node.left) && isDouble(node.right);
    case "conditional":
      return isDouble(node.condition);
    case "call":
      return TOTAL_CALLS.has(node.name) && node.args.length > 0 && node.args.every(isDouble);
    default:
      return false;
  }
}
