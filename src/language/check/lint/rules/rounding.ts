/**
 * Quotients of task counts that reach a target without being rounded up: the target is cut to a whole number, so a few tasks make no node at all
 * (rule 4.6). A sum over the line (`tasks + slots - 1`) or a fraction added afterwards counts as rounding.
 */
import { type Binary, type Expression, ungroup } from "../../../ast.ts";
import { metricName } from "../facts.ts";
import { fold } from "../fold.ts";
import { isTaskCount } from "../flow.ts";
import { onlyValue } from "../range.ts";
import { type LintContext, type Rule, shortText, spanOf } from "../rule.ts";

type Amount = "tasks" | "number" | "other";

export const rounding: Rule = {
  codes: ["truncated-quotient"],
  find(context) {
    const amount = amounts(context);
    const seen = new Set<Expression>();
    for (const target of context.targets) {
      // A lower bound of a node or more keeps the last tasks from waiting for ever.
      if (target.known.kind !== "double" || target.known.range.lo >= 1) continue;
      for (const { statement } of target.givenBy) {
        for (const quotient of unrounded(context, statement.value)) {
          if (seen.has(quotient)) continue;
          seen.add(quotient);
          const count = quotient.operator === "/" || isFraction(context, quotient.right) ? quotient.left : quotient.right;
          if (amount(count) === "tasks") report(context, quotient, target.name);
        }
      }
    }
  },
};

/** Tells counts of tasks (as they are, chosen, averaged, scaled or added up) from plain numbers and from everything else. */
function amounts(context: LintContext): (expression: Expression) => Amount {
  const mixed = (parts: readonly Amount[]): Amount =>
    parts.includes("other") || parts.length === 0 ? "other" : parts.includes("tasks") ? "tasks" : "number";
  return fold<Amount>(context.facts, (node, of, definition) => {
    switch (node.kind) {
      case "number":
        return "number";
      case "name":
        return definition(node) ?? (isTaskCount(metricName(node) ?? "") ? "tasks" : "other");
      case "group":
        return of(node.inner);
      case "conditional":
        return mixed([of(node.whenTrue), of(node.whenFalse)]);
      case "call": {
        const args = node.name === "val" || node.name === "percentile" ? node.args.slice(0, 1) : node.args;
        return ["min", "max", "avg", "sum", "val", "percentile"].includes(node.name) ? mixed(args.map(of)) : "other";
      }
      case "method":
        return node.name === "GetSample" && isTaskCount(metricName(node.object) ?? "") ? "tasks" : "other";
      case "binary": {
        const [left, right] = [of(node.left), of(node.right)];
        // Anything but tasks added to tasks is taken for what rounds the quotient up.
        if (node.operator === "+") return left === right ? left : "other";
        if (node.operator === "-") return left === "tasks" ? mixed([left, right]) : left === right ? left : "other";
        if (node.operator === "*") return mixed([left, right]);
        return node.operator === "/" && right === "number" ? left : "other";
      }
      default:
        return "other";
    }
  });
}

/** Quotients, and products with a fraction, on the way to a value that only chooses among them. */
function unrounded(context: LintContext, value: Expression): Binary[] {
  const found: Binary[] = [];
  const seen = new Set<Expression>();
  const open: Expression[] = [value];
  while (open.length > 0) {
    const node = ungroup(open.pop()!);
    if (seen.has(node)) continue;
    seen.add(node);
    const definition = node.kind === "name" ? context.facts.definition(node) : undefined;
    if (definition !== undefined) open.push(definition.statement.value);
    else if (node.kind === "conditional") open.push(node.whenTrue, node.whenFalse);
    else if (node.kind === "call" && (node.name === "min" || node.name === "max")) open.push(...node.args);
    else if (node.kind === "binary") {
      const divisor = node.operator === "/" ? context.analysis.double(node.right) : undefined;
      if (divisor !== undefined && divisor.hi > 1) found.push(node);
      if (node.operator === "*" && (isFraction(context, node.left) || isFraction(context, node.right))) found.push(node);
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

function isFraction(context: LintContext, expression: Expression): boolean {
  const known = context.analysis.double(expression);
  const value = known && onlyValue(known);
  return value !== undefined && value > 0 && value < 1;
}

function report(context: LintContext, node: Binary, target: string): void {
  const divisor = ungroup(node.right);
  const value = divisor.kind === "number" ? divisor.value : undefined;
  const count = shortText(context, node.left);
  const isWhole = value !== undefined && Number.isInteger(value) && value >= 2;
  const offset = isWhole ? ` + ${value - 1}` : divisor.kind === "name" ? ` + ${divisor.name} - 1` : undefined;
  if (node.operator !== "/" || offset === undefined) {
    context.report("truncated-quotient", spanOf(node), { target, rounded: raised(context, node) });
    return;
  }
  const edits = [
    { start: node.left.start, end: node.left.start, text: "(" },
    { start: node.left.end, end: node.left.end, text: `${offset})` },
  ];
  const rounded = `(${count}${offset}) / ${shortText(context, node.right)}`;
  context.report("truncated-quotient", spanOf(node), { target, rounded }, { fix: { title: "round up", edits } });
}

/** The expression with a fraction added; a stand-in where it is too long to be repeated whole, for half of it would not be a formula. */
function raised(context: LintContext, node: Binary): string {
  const text = shortText(context, node);
  return `${text.endsWith("…") ? "quotient" : text} + 0.9`;
}
