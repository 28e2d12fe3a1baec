/**
 * Conditions that are decided before the run: by what metrics and clocks can be, by what the condition around has said, or by two halves that
 * exclude each other, as in `hour >= 20 && hour < 6`. Settings pass: a condition on a variable that was assigned a constant is a switch.
 */
import type { Binary, Conditional, Expression } from "../../../ast.ts";
import { ungroup } from "../../../ast.ts";
import type { Analysis } from "../analysis.ts";
import { partsOf } from "../../../ast.ts";
import { onlyValue, truth } from "../range.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";
import { isTotal } from "../total.ts";
import { isChained, isNegatedOperand, isSumAsCondition } from "./comparisons.ts";

const COMPARISONS = new Set(["<", "<=", ">", ">=", "==", "!="]);

export const conditions: Rule = {
  codes: ["constant-condition", "dead-branch", "same-branches"],
  find(context) {
    let apart: Analysis | undefined;
    const free = () => {
      apart ??= context.suppose({ followsConditions: false });
      return apart;
    };
    for (const node of context.facts.expressions) {
      if (node.kind === "conditional") {
        judgeConditional(context, node, free);
        sameBranches(context, node);
      } else if (node.kind === "binary" && !isConditionOf(context, node)) judgePart(context, node, free);
    }
  },
};

function decided(analysis: Analysis, node: Expression): "true" | "false" | undefined {
  const range = analysis.double(node);
  const outcome = range && truth(range);
  return outcome === "either" ? undefined : outcome;
}

function judgeConditional(context: LintContext, node: Conditional, free: () => Analysis): void {
  const condition = ungroup(node.condition);
  const outcome = decided(context.analysis, condition);
  if (outcome === undefined || isExempt(context, condition, outcome) || isSumAsCondition(node)) return;
  const isLogic = condition.kind === "binary" && (condition.operator === "&&" || condition.operator === "||");
  if (isLogic && decided(free(), condition.left) !== undefined) return; // its left half is reported
  const isDecidedHere = decided(free(), condition) === undefined && !isLogic;
  const details = {
    truth: outcome,
    branch: outcome === "true" ? "first branch" : "second branch",
    hint: sundayHint(context, condition),
  };
  if (isDecidedHere)
    context.report("dead-branch", spanOf(condition), {
      ...details,
      branch: outcome === "true" ? "second branch" : "first branch",
    });
  else context.report("constant-condition", spanOf(condition), details);
}

/**
 * A comparison, or both halves of a logic operator, that is no conditional's condition by itself. A half that changes nothing (true in `&&`, false in
 * `||`) is caution, not a slip.
 */
function judgePart(context: LintContext, node: Binary, free: () => Analysis): void {
  const isLogic = node.operator === "&&" || node.operator === "||";
  if (!isLogic && !COMPARISONS.has(node.operator)) return;
  const outcome = decided(context.analysis, node);
  if (outcome === undefined || isExempt(context, node, outcome)) return;
  if (isLogic && (decided(free(), node.left) !== undefined || decided(free(), node.right) !== undefined)) return;
  if (!isLogic && decided(free(), node) === undefined) return;
  const outer = outerLogic(context, node);
  if (outer !== undefined && (outer.operator === "&&") === (outcome === "true")) return;
  const branch = outcome === "true" ? "true case" : "false case";
  context.report("constant-condition", spanOf(node), { truth: outcome, branch, hint: sundayHint(context, node) });
}

function isConditionOf(context: LintContext, node: Expression): boolean {
  const outer = outside(context, node);
  return outer?.kind === "conditional" && ungroup(outer.condition) === node;
}

function outerLogic(context: LintContext, node: Expression): Binary | undefined {
  const outer = outside(context, node);
  return outer?.kind === "binary" && (outer.operator === "&&" || outer.operator === "||") ? outer : undefined;
}

/** The expression around, parentheses left out. */
function outside(context: LintContext, node: Expression): Expression | undefined {
  let outer = context.facts.parent(node);
  while (outer?.kind === "group") outer = context.facts.parent(outer);
  return outer;
}

/** Settings, caution about slots, and what other rules report. */
function isExempt(context: LintContext, condition: Expression, outcome: "true" | "false"): boolean {
  const { facts, analysis, flow } = context;
  if (condition.kind === "binary" && (isChained(condition) || isNegatedOperand(condition))) return true;
  if (condition.kind === "binary" && facts.key(condition.left) === facts.key(condition.right)) return true;
  // 1 == 1 and 0 == 1 are how true and false are written (rule 1.12); a number alone is a switch too.
  if (holdsOnlyNumbers(condition)) return true;
  if (outcome === "true" && flow.allNames(condition).has("$TaskSlotsPerNode")) return true;
  return facts.names.some((name) => {
    if (name.start < condition.start || name.end > condition.end) return false;
    const definition = facts.definition(name);
    const range = definition && analysis.double(definition.statement.value);
    return range !== undefined && onlyValue(range) !== undefined;
  });
}

function holdsOnlyNumbers(expression: Expression): boolean {
  const open: Expression[] = [expression];
  while (open.length > 0) {
    const node = open.pop()!;
    if (node.kind === "name" || node.kind === "call" || node.kind === "method") return false;
    open.push(...partsOf(node));
  }
  return true;
}

/** The commonest of them all: Sunday is not 7 here (rule 2.4). */
function sundayHint(context: LintContext, condition: Expression): string {
  const isWeekday =
    condition.kind === "binary" && [condition.left, condition.right].some((side) => memberName(context, side) === "weekday");
  return isWeekday ? `weekday goes from Monday, 1, to Saturday, 6; Sunday is ${context.semantics.sundayWeekday}` : "";
}

function memberName(context: LintContext, side: Expression): string {
  const node = context.facts.resolve(side);
  return node.kind === "member" ? node.name : "";
}

function sameBranches(context: LintContext, node: Conditional): void {
  const key = context.facts.key(node.whenTrue);
  if (key !== context.facts.key(node.whenFalse) || /\brand\b/.test(key)) return;
  const edits = [
    { start: node.start, end: node.whenTrue.start, text: "" },
    { start: node.whenTrue.end, end: node.end, text: "" },
  ];
  const isSafe = isTotal(context, node.condition);
  context.report("same-branches", spanOf(node), {}, isSafe ? { fix: { title: "keep one branch", edits } } : {});
}
