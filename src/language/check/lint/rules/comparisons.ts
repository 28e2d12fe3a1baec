/**
 * Comparisons that are read in another way than they look: chains, a `!` that binds tighter, a sum that is the whole condition, a value compared with
 * itself (rules 2.2, 2.12, 2.16).
 */
import { type Binary, type Conditional, type Expression, ungroup } from "../../../ast.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";

const ORDER = new Set(["<", "<=", ">", ">="]);
const EQUALITY = new Set(["==", "!="]);

export const comparisons: Rule = {
  codes: ["self-comparison", "chained-comparison", "negated-operand", "sum-as-condition"],
  find(context) {
    for (const node of context.facts.expressions) {
      if (node.kind === "conditional" && isSumAsCondition(node)) {
        context.report("sum-as-condition", spanOf(node.condition), { condition: shortText(context, node.condition) });
      }
      if (node.kind !== "binary" || !(ORDER.has(node.operator) || EQUALITY.has(node.operator))) continue;
      if (isChained(node)) reportChain(context, node);
      else if (isNegatedOperand(node)) {
        const operand = node.left.kind === "unary" ? shortText(context, node.left.operand) : "";
        context.report("negated-operand", spanOf(node), { operand, operator: node.operator });
      } else if (isSelfComparison(context, node))
        context.report("self-comparison", spanOf(node), { left: shortText(context, node.left) });
    }
  },
};

/** `a < b < c`, without parentheses: comparisons of one strength are taken from the left. */
export function isChained(node: Binary): boolean {
  const { left } = node;
  if (left.kind !== "binary") return false;
  return (ORDER.has(node.operator) && ORDER.has(left.operator)) || (EQUALITY.has(node.operator) && EQUALITY.has(left.operator));
}

function reportChain(context: LintContext, node: Binary): void {
  const left = node.left as Binary;
  const last = shortText(context, node.right);
  const rewritten = `${shortText(context, left)} && ${shortText(context, left.right)} ${node.operator} ${last}`;
  context.report("chained-comparison", spanOf(node), { first: shortText(context, left), last, rewritten });
}

/** `!a > b`; comparing two truths, or a truth with 0 or 1, is fine. */
export function isNegatedOperand(node: Binary): boolean {
  if (node.left.kind !== "unary" || node.left.operator !== "!" || !(ORDER.has(node.operator) || EQUALITY.has(node.operator)))
    return false;
  const right = ungroup(node.right);
  return (
    !(right.kind === "unary" && right.operator === "!") &&
    !(right.kind === "number" && (right.value === 0 || right.value === 1))
  );
}

/** `a + b ? c : d`, the sum without parentheses. */
export function isSumAsCondition(node: Conditional): boolean {
  return node.condition.kind === "binary" && (node.condition.operator === "+" || node.condition.operator === "-");
}

/** Written alike on both sides. `x == x` and `x != x` are how one asks for nan, where x can be one; numbers are how one writes true and false. */
function isSelfComparison(context: LintContext, node: Binary): boolean {
  const { facts, analysis } = context;
  const key = facts.key(node.left);
  if (key !== facts.key(node.right) || /\brand\b/.test(key) || isNumber(node.left)) return false;
  return !(EQUALITY.has(node.operator) && (analysis.double(node.left)?.nan ?? false));
}

function isNumber(expression: Expression): boolean {
  return ungroup(expression).kind === "number";
}
