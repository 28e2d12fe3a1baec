/**
 * Percentages written as fractions, and percentages that can never be reached (rules 4.10, 5.7, 5.9, 8.14): processor load and sample percentages
 * both go from 0 to 100, and 0.7 is less than one of a hundred.
 */
import type { Binary, Call, Expression } from "../../../ast.ts";
import { metricOfCall } from "../facts.ts";
import { unchangedMetric } from "../flow.ts";
import { onlyValue } from "../range.ts";
import { type LintContext, type Rule, spanOf } from "../rule.ts";

const COMPARISONS = new Set(["<", "<=", ">", ">=", "==", "!="]);

export const percentages: Rule = {
  codes: ["percent-as-fraction", "percent-above-100", "percent-in-average"],
  find(context) {
    for (const node of context.facts.expressions) {
      if (node.kind === "binary" && COMPARISONS.has(node.operator)) compared(context, node);
      else if (node.kind === "call" && node.name === "percentile" && node.args.length === 2) {
        fraction(context, node.args[1], node.args[1], "The percentage of percentile", false);
      }
    }
    const withoutPercentage = new Set<Expression>();
    for (const { call, ends } of context.windows) {
      if (call.name !== "GetSample") continue;
      if (ends.length === call.args.length) {
        withoutPercentage.add(call);
        continue;
      }
      const wanted = call.args[call.args.length - 1];
      fraction(context, wanted, wanted, "The sample percentage", false);
      const known = context.analysis.double(wanted);
      if (known !== undefined && known.lo > 100)
        context.report("percent-above-100", spanOf(wanted), { value: String(known.lo) });
    }
    for (const node of context.facts.expressions) if (node.kind === "call") averaged(context, node, withoutPercentage);
  },
};

/** `avg(samples, 70)`: the 70 was meant for GetSample, and is averaged as if it were a sample (rule 3.1). */
function averaged(context: LintContext, node: Call, withoutPercentage: ReadonlySet<Expression>): void {
  if (node.name !== "avg" || node.args.length !== 2) return;
  const [samples, number] = node.args;
  const known = context.analysis.double(number);
  const value = known && onlyValue(known);
  if (value === undefined || value <= 1 || value > 100 || !withoutPercentage.has(context.facts.resolve(samples))) return;
  context.report("percent-in-average", spanOf(number), { value: String(value) });
}

function compared(context: LintContext, node: Binary): void {
  for (const [side, other] of [
    [node.left, node.right],
    [node.right, node.left],
  ] as const) {
    if (unchangedMetric(context.facts, side) === "$CPUPercent") fraction(context, node, other, "$CPUPercent", true);
    else if (isSamplePercent(context, side)) fraction(context, node, other, "GetSamplePercent", false);
  }
}

/** GetSamplePercent, or min of several. */
function isSamplePercent(context: LintContext, expression: Expression): boolean {
  const node = context.facts.resolve(expression);
  const parts = node.kind === "call" && node.name === "min" ? node.args.map((arg) => context.facts.resolve(arg)) : [node];
  return parts.length > 0 && parts.every((part) => metricOfCall(part, "GetSamplePercent") !== undefined);
}

function fraction(context: LintContext, at: Expression, number: Expression, what: string, isOneToo: boolean): void {
  const known = context.analysis.double(number);
  const value = known && onlyValue(known);
  if (value === undefined || value <= 0 || value > 1 || (value === 1 && !isOneToo)) return;
  context.report("percent-as-fraction", spanOf(at), {
    what,
    value: String(value),
    suggestion: String(Math.round(value * 1e8) / 1e6),
  });
}
